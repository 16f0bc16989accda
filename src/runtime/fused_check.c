/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See fused_check.h. */
#include "runtime/fused_check.h"

#include "runtime/standin_find.h"
#include "runtime/trap.h"

/* A stand-in says it as well as a task: whoever forges one can do no more than a guest can. */
static bool runs(const struct rt_store *s, const struct rt_instance *inst) {
  const struct rt_lift *lift = s->current ? standin_running(s->current) : NULL;
  return lift && lift->inst == inst;
}

weir_status fused_check_runs(const struct rt_instance *inst) {
  if (runs(inst->store, inst))
    return WEIR_OK;
  return rt_trap(inst->store, "wasm trap: a fused module calls out for a component instance that does not run");
}

weir_status fused_trap_adapter(const struct rt_root *root) {
  return rt_trap(root->store, "wasm trap: an adapter of a fused module is not what it should be");
}

weir_status fused_trap_not_left(struct rt_store *s, struct rt_thread *before) {
  s->current = before;
  return rt_trap(s, "wasm trap: a fused module has entered a component instance, and has not left it");
}

weir_status fused_check_site(const struct rt_root *root, uint32_t site) {
  if (site / 2 >= root->graph->trampoline_count)
    return fused_trap_adapter(root);
  const struct rt_trampoline *t = &root->trampolines[site / 2];
  return t->decl && t->callee && t->callee->ready ? WEIR_OK : fused_trap_adapter(root);
}
