/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Whether a component instance may be entered: CanonicalABI.md#component-instances. */
#ifndef RUNTIME_ENTER_H
#define RUNTIME_ENTER_H

#include "runtime/state.h"

/* ComponentInstance.may_enter_from, enter_from and leave_to, over `levels` instances from `inst` upwards. */
bool enter_is_allowed(const struct rt_instance *inst, uint32_t levels);
void enter_set_allowed(struct rt_instance *inst, uint32_t levels, bool may_enter);
/* After a change of the instance's lock, backpressure, those who wait to enter, or synchronous tasks. */
void enter_update_gate(struct rt_instance *inst);
/* How many levels `inst` is entered from `caller` (NULL: the host): its entering_set. */
uint32_t enter_count_levels(const struct rt_instance *inst, const struct rt_instance *caller);
/* Whether one is the other or an ancestor of it: calls between such trap for now (docs/conformance.md, reentrance). */
bool enter_is_related(const struct rt_instance *a, const struct rt_instance *b);

#endif
