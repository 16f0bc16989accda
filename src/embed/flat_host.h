/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Host functions of scalars that finish at once; behind weir/flat.h. */
#ifndef EMBED_FLAT_HOST_H
#define EMBED_FLAT_HOST_H

#include "embed/host_call.h"

/* Between values and the 64 bits that stand for them in weir/flat.h. */
uint64_t flat_bits_of(const weir_value *value);
/* In place, a word at a time: a copy of what was just written in other widths stalls. */
void flat_value_set(const struct weir_type *t, uint64_t bits, weir_value *ret);

/* For traced stores: with the values of call->args; sets call->outcome. */
void flat_host_call_values(struct host_call *call);

/* rt_host_func.call_at_once where nobody watches the calls of the instance (seam_flat_way()); and its parts. */
weir_status flat_host_call(struct rt_host_func *func, struct rt_trampoline *lower, union eng_val *vals);
weir_status flat_host_args(struct rt_trampoline *lower, union eng_val *vals, uint64_t *slots);
bool flat_host_run(struct host_func *f, uint64_t *slots); /* false: failed, and the store has the words */
weir_status flat_host_result(struct host_func *f, struct rt_trampoline *lower, union eng_val *vals, uint64_t bits);

#endif
