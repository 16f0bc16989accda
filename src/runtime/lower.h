/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls through lowered functions: CanonicalABI.md#canon-lower. */
#ifndef RUNTIME_LOWER_H
#define RUNTIME_LOWER_H

#include "runtime/cx.h"
#include "runtime/state.h"

/* A call of the core function that `canon lower` makes, once the instance may leave. */
weir_status lower_call(struct rt_trampoline *t, union eng_val *vals);

/*
 * For a call whose callee has begun without subtask and task: makes both, STARTED and INITIAL. `out`: the last core
 * argument, which says where a result goes that is not flat. Then the end of the call: `status` is that of the callee's
 * part; `vals` take the core result.
 */
weir_status lower_begin_started(struct rt_trampoline *t, uint32_t out, struct rt_subtask **ret);
weir_status lower_end(struct rt_subtask *st, weir_status status, union eng_val *vals);

/* For host callees: where the arguments are, in the caller's context. The subtask is STARTED by it. */
weir_status lower_host_args(struct rt_subtask *st, struct rt_cx *cx, struct abi_place *ret);

/* For host callees: where the result goes, in the caller's context. Then subtask_resolve(). */
weir_status lower_host_result(struct rt_subtask *st, struct rt_cx *cx, struct abi_place *ret);

/*
 * The same two without a subtask, for callees that end at once. `vals` are the core parameters, and take a flat result;
 * `cx` is made.
 */
weir_status lower_args_at_once(struct rt_trampoline *t, union eng_val *vals, struct rt_cx *cx, struct abi_place *ret);
weir_status lower_result_at_once(struct rt_trampoline *t, union eng_val *vals, struct rt_cx *cx, struct abi_place *ret);

#endif
