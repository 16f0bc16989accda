/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The settings of a store on their way to those who keep them. */
#ifndef EMBED_LIMITS_H
#define EMBED_LIMITS_H

#include "base/diag.h"
#include "engine/eng.h"
#include "weir/limits.h"

struct store;

weir_status limits_check(const weir_engine *engine, const weir_store_config *c, struct diag *d);

/* The part that the engine's store must know from the beginning. */
void limits_for_engine(const weir_store_config *c, struct eng_store_limits *ret);

/* The rest, for a store that is otherwise made. */
void limits_apply(struct store *s, const weir_store_config *c);

/*
 * Between pieces of host work, of which a guest may have caused many: counts them, and looks at the deadline now and
 * then. False: it has passed, which has failed the store.
 */
bool limits_leave_time(struct store *s, uint32_t *pieces);

#endif
