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

/* One for each line of canon.def, in builtin_*.c; builtin_none() stands for those that have none. */
#define CANON(ident, function, ...) weir_status builtin_##function(struct rt_trampoline *t, union eng_val *v);
#include "component/canon.def"
#undef CANON

#endif
