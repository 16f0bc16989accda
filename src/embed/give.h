/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a host gives to guests inside of values: resources, streams and futures, checked where they come in. What is
 * given away gets another handle, so that copies of the value are stale from then on. What is given for a borrow is
 * lent: the host keeps its handle, and the value gets one of a loan, which ends with the value. Origin:
 * CanonicalABI.md, lift_own and lift_borrow (num_lends).
 */
#ifndef EMBED_GIVE_H
#define EMBED_GIVE_H

#include "embed/state.h"

/*
 * Takes and lends what is in a value of type `t`. WEIR_ERR_MISUSE: a handle is stale, of another store, in use or given
 * twice; WEIR_ERR_TYPE: of another type than the instances of `root` want (NULL: not asked); WEIR_ERR_NOMEM. After a
 * failure the value owns all but what was to be lent. Parts that are not of their type are passed over.
 */
weir_status give_value(struct store *s, const struct rt_root *root, const struct weir_type *t, weir_value *value,
                       struct diag *d);

/* Clears a value that was to be given; what was to be lent stays with the host. */
void give_refused(const struct weir_type *t, weir_value *value);

#endif
