/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Host functions of scalars that finish at once; behind weir/flat.h. */
#ifndef EMBED_FLAT_HOST_H
#define EMBED_FLAT_HOST_H

#include "embed/state.h"

/* rt_host_func.call_at_once of such a definition. */
weir_status flat_host_call(struct rt_host_func *func, struct rt_trampoline *lower, union eng_val *vals);

#endif
