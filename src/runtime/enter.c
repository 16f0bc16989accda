/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See enter.h. */
#include "runtime/enter.h"

bool enter_is_allowed(const struct rt_instance *inst, uint32_t levels) {
  if (inst->held > 0)
    return false;
  for (; levels > 0; levels--, inst = inst->parent)
    if (!inst->may_enter)
      return false;
  return true;
}

void enter_set_allowed(struct rt_instance *inst, uint32_t levels, bool may_enter) {
  for (; levels > 0; levels--, inst = inst->parent) {
    inst->may_enter = may_enter;
    inst->gate->entered = !may_enter;
  }
}

void enter_update_gate(struct rt_instance *inst) {
  inst->gate->locked = !!inst->exclusive;
  inst->gate->closed = inst->backpressure > 0 || inst->num_waiting_to_enter > 0;
  inst->gate->sync_tasks = inst->sync_tasks;
}

static bool is_self_or_ancestor(const struct rt_instance *a, const struct rt_instance *of) {
  for (; of; of = of->parent)
    if (of == a)
      return true;
  return false;
}

bool enter_is_related(const struct rt_instance *a, const struct rt_instance *b) {
  return is_self_or_ancestor(a, b) || is_self_or_ancestor(b, a);
}

uint32_t enter_count_levels(const struct rt_instance *inst, const struct rt_instance *caller) {
  uint32_t levels = 0;
  for (; inst && !is_self_or_ancestor(inst, caller); inst = inst->parent)
    levels++;
  return levels;
}
