/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See enter.h. */
#include "runtime/enter.h"

bool instance_may_enter(const struct rt_instance *inst, uint32_t levels) {
  if (inst->held > 0)
    return false;
  for (; levels > 0; levels--, inst = inst->parent)
    if (!inst->may_enter)
      return false;
  return true;
}

void instance_set_may_enter(struct rt_instance *inst, uint32_t levels, bool may_enter) {
  for (; levels > 0; levels--, inst = inst->parent)
    inst->may_enter = may_enter;
}

static bool is_self_or_ancestor(const struct rt_instance *a, const struct rt_instance *of) {
  for (; of; of = of->parent)
    if (of == a)
      return true;
  return false;
}

bool instance_related(const struct rt_instance *a, const struct rt_instance *b) {
  return is_self_or_ancestor(a, b) || is_self_or_ancestor(b, a);
}

uint32_t instance_enter_levels(const struct rt_instance *inst, const struct rt_instance *caller) {
  uint32_t levels = 0;
  for (; inst && !is_self_or_ancestor(inst, caller); inst = inst->parent)
    levels++;
  return levels;
}
