/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Host functions of scalars that finish at once; behind weir/flat.h. */
#ifndef EMBED_FLAT_HOST_H
#define EMBED_FLAT_HOST_H

#include "embed/host_call.h"

/* Between values and the 64 bits that stand for them in weir/flat.h. */
uint64_t flat_bits_of(const weir_value *value);
weir_value flat_value_of(const struct weir_type *t, uint64_t bits);

/* For traced stores: with the values of call->args; sets call->outcome. */
void flat_host_call_values(struct host_call *call);

/* rt_host_func.call_at_once of such a definition. */
weir_status flat_host_call(struct rt_host_func *func, struct rt_trampoline *lower, union eng_val *vals);

#endif
