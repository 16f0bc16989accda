/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls through lowered functions: CanonicalABI.md#canon-lower. */
#ifndef RUNTIME_LOWER_H
#define RUNTIME_LOWER_H

#include "runtime/cx.h"
#include "runtime/state.h"

/* The core function that `canon lower` makes. */
struct wasm_trap_t *lower_entry(struct eng_host *host, union eng_val *vals);
/* The call itself. */
weir_status lower_call(struct rt_trampoline *t, union eng_val *vals);

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
