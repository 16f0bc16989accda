/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Types that a store keeps for its host: taken over from the engine, or from a component that may go before it. Equal
 * ones are the same, so that their number is bounded by what the host's own program names; names are left out.
 */
#ifndef EMBED_STORE_TYPE_H
#define EMBED_STORE_TYPE_H

#include "embed/state.h"

/* The same type as the store's own. WEIR_ERR_TYPE: a resource of a component without instance here; WEIR_ERR_NOMEM. */
weir_status store_type_adopt(struct store *s, const struct weir_type *type, const struct weir_type **ret,
                             struct diag *d);

#endif
