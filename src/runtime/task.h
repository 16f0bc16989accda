/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Tasks: CanonicalABI.md#tasks. A task is made for each call of a lifted function and lives until it has resolved and
 * its last thread has exited. The store's count of live tasks changes here and nowhere else.
 *
 *   INITIAL --start--> STARTED --return--> RESOLVED
 *      |                  | request_cancellation, nobody to tell          (any thread's next cancellable wait)
 *      | cancel           +-------------> PENDING_CANCEL ---------------+
 *      |                  | request_cancellation                         v
 *      +----------------> CANCEL_DELIVERED <-----------------------------+   --return or cancel--> RESOLVED
 */
#ifndef RUNTIME_TASK_H
#define RUNTIME_TASK_H

#include "runtime/state.h"

/* Makes a task in state INITIAL with an implicit thread that is suspended. NULL: out of memory. */
struct rt_task *task_new(struct rt_lift *lift, const struct rt_caller_ops *ops, void *caller,
                         struct rt_instance *caller_inst);

/*
 * Task.enter_implicit_thread, in two halves: whether it need not wait (which may run the holder of the lock); then,
 * when it has not or no longer to wait, takes the lock and registers the thread.
 */
weir_status task_may_enter(struct rt_task *task, bool *ret_may_enter);
weir_status task_entered(struct rt_task *task);

/* Task.exit_implicit_thread. Frees the task if it was the last thread; traps where it has not resolved. */
weir_status task_exit_implicit(struct rt_task *task);

/* canon_lift's loop looks at it no longer (rt_task.watched): frees it if its last thread has exited. */
void task_unwatch(struct rt_task *task);

/* Task.register_thread, unregister_thread (explicit threads are given back to the pool). */
weir_status task_register_thread(struct rt_task *task, struct rt_thread *t);
weir_status task_unregister_thread(struct rt_task *task, struct rt_thread *t);

/* The exclusive lock between callbacks. */
void task_take_exclusive(struct rt_task *task);
void task_release_exclusive(struct rt_task *task);

/* Task.return_ with the values of its result; Task.cancel. */
weir_status task_return(struct rt_task *task, struct abi_cx *src, union eng_val *vals, uint32_t max_flat);
weir_status task_cancel(struct rt_task *task);

/* Task.cancel of one that never entered: resolves it as cancelled and ends it. */
weir_status task_cancel_unentered(struct rt_task *task);

/* Task.request_cancellation. */
weir_status task_request_cancellation(struct rt_task *task, struct rt_instance *caller);

#endif
