/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls of lifted functions: CanonicalABI.md#canon-lift, Store.lift. */
#ifndef RUNTIME_LIFT_H
#define RUNTIME_LIFT_H

#include "runtime/state.h"

/*
 * Starts a call and runs it until it blocks or ends. `levels`: instances that it enters (enter_count_levels()).
 * *ret_task (may be NULL) is set before anything runs, and stays valid until the caller's `resolve` has been called.
 */
weir_status lift_call(struct rt_lift *lift, uint32_t levels, const struct rt_caller_ops *ops, void *caller,
                      struct rt_instance *caller_inst, struct rt_task **ret_task);

/*
 * The end of canon_lift for a task of synchronous type: starts its implicit thread, and runs others of its instance
 * while that one waits, until it has resolved. Traps where nobody can go on. The task may be gone afterwards.
 */
weir_status lift_run_sync(struct rt_task *task, rt_thread_fn begin);

/*
 * For a call of async type whose core function was not called here: goes on with the task, which is the current one,
 * after its core function has returned. The task may be gone afterwards.
 */
weir_status lift_after_core(struct rt_task *task, union eng_val core_result);

#endif
