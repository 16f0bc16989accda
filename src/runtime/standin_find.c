/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See standin_find.h. */
#include "runtime/standin_find.h"

struct rt_instance *standin_owner_at(const struct rt_root *root, uint32_t address) {
  uint32_t first = root->standin_first, size = sizeof(struct standin);
  if (address < first || (address - first) % size != 0 || (address - first) / size >= root->standin_count)
    return NULL;
  return root->standin_owners[(address - first) / size];
}

struct rt_trampoline *standin_call_of(const struct rt_root *root, const struct rt_instance *inst) {
  if (inst->standin->trampoline >= root->graph->trampoline_count)
    return NULL;
  struct rt_trampoline *t = &root->trampolines[inst->standin->trampoline];
  bool fits = t->decl && t->callee && t->callee->ready && t->callee->inst == inst && !t->never_enters;
  return fits && !inst->decl->can_block ? t : NULL;
}

const struct rt_lift *standin_running(const struct rt_thread *current) {
  const struct rt_root *root = current->task->inst->root;
  if (!root || *root->standin_top == 0)
    return current->task->lift;
  const struct rt_instance *inst = standin_owner_at(root, *root->standin_top);
  const struct rt_trampoline *t = inst ? standin_call_of(root, inst) : NULL;
  return t ? t->callee : current->task->lift;
}
