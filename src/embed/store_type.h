/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Types that something in a store refers to for the life of the store: they must not go before it. */
#ifndef EMBED_STORE_TYPE_H
#define EMBED_STORE_TYPE_H

#include "embed/state.h"

/*
 * The type itself where its component has an instance in the store, which keeps it; else the engine's (load/engine.h).
 * WEIR_ERR_TYPE: a resource of a component without instance here; WEIR_ERR_LIMIT; WEIR_ERR_NOMEM.
 */
weir_status store_type_adopt(struct store *s, const struct weir_type *type, const struct weir_type **ret,
                             struct diag *d);

#endif
