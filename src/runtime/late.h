/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Adapters that are made late (struct adapter_plan). The memory that such adapters share costs a store as much as a
 * hundred calls through the runtime. So a root begins without the adapters: its guests call switches, which lead to
 * the runtime until they have called so often that the adapters would have paid for themselves.
 *
 * What must hold: adapters may be made in the middle of everything but a start function. Until then gates, may_leave
 * and stand-ins are the runtime's alone, and move into the memory with what is in them. A call that the runtime has
 * begun stays the runtime's. A root that cannot have adapters (memory is out, a pool is empty) goes on without.
 */
#ifndef RUNTIME_LATE_H
#define RUNTIME_LATE_H

#include "runtime/adapted.h"

/* After the step of a late trampoline. */
weir_status late_step(struct rt_root *root, const struct root_binding *b, uint32_t trampoline, adapted_find find);

/* Makes the late adapters of a root that has them, now. */
void late_make(struct rt_root *root);

#endif
