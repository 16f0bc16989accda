/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Direct calls: a synchronous function of plain numbers, called synchronously, in an instance that can neither block
 * nor make threads. Nothing of its task can outlive the call or be waited for, so the task lives on the C stack and the
 * core values are passed on as they are. Everything that can be observed is as canon_lift and canon_lower have it.
 */
#ifndef RUNTIME_DIRECT_H
#define RUNTIME_DIRECT_H

#include "runtime/state.h"

/* Whether calls through a trampoline may be direct; decided once, when its callee is bound. */
bool direct_possible(const struct rt_trampoline *t);

/*
 * The two ends of such a call: its task, which lives in `frame`, and the instances that it enters. Where direct_enter()
 * fails the store has failed.
 */
struct rt_frame;
weir_status direct_enter(struct rt_frame *frame, struct rt_lift *l, uint32_t levels);
void direct_leave(struct rt_frame *frame, struct rt_lift *l, uint32_t levels);

/* A call through such a trampoline. */
weir_status direct_call(struct rt_trampoline *t, union eng_val *vals);

#endif
