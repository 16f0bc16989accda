/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The canonical built-ins: CanonicalABI.md#canonical-definitions, one function each. Parameters come in `v`, the result
 * goes to v[0]. A failure is recorded in the store and becomes a trap in the guest.
 */
#ifndef RUNTIME_BUILTIN_H
#define RUNTIME_BUILTIN_H

#include "runtime/state.h"

typedef weir_status (*builtin_fn)(struct rt_trampoline *t, union eng_val *v);

/* Fills in the function that the guest calls for a trampoline's kind. WEIR_ERR_UNSUPPORTED where weir has none. */
weir_status builtin_bind(struct rt_trampoline *t, struct diag *d);

/* builtin_task.c */
weir_status builtin_task_return(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_task_cancel(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_context_get(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_context_set(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_backpressure_inc(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_backpressure_dec(struct rt_trampoline *t, union eng_val *v);

/* builtin_waitable.c */
weir_status builtin_waitable_set_new(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_waitable_set_wait(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_waitable_set_poll(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_waitable_set_drop(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_waitable_join(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_subtask_cancel(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_subtask_drop(struct rt_trampoline *t, union eng_val *v);

/* builtin_resource.c */
weir_status builtin_resource_new(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_resource_drop(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_resource_rep(struct rt_trampoline *t, union eng_val *v);

/* builtin_channel.c: streams and futures alike */
weir_status builtin_channel_new(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_channel_copy(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_channel_cancel(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_channel_drop(struct rt_trampoline *t, union eng_val *v);

/* builtin_thread.c */
weir_status builtin_thread_index(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_thread_yield(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_thread_new_indirect(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_thread_resume_later(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_thread_suspend(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_thread_then_resume(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_thread_then_promote(struct rt_trampoline *t, union eng_val *v);

/* builtin_error_context.c */
weir_status builtin_error_context_new(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_error_context_debug_message(struct rt_trampoline *t, union eng_val *v);
weir_status builtin_error_context_drop(struct rt_trampoline *t, union eng_val *v);

#endif
