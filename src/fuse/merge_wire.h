/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The third part of a merge: every item of every instance gets its number in the result. In each space come first what
 * the result imports, in the order of first use, then what instances define, one instance after another.
 */
#ifndef FUSE_MERGE_WIRE_H
#define FUSE_MERGE_WIRE_H

#include "fuse/merge_state.h"

weir_status merge_wire(struct merge *m);

/* The merged number of what a source names, for exports of the result. WEIR_ERR_LINK: there is none. */
weir_status merge_source_find(const struct merge *m, const struct merge_source *source, uint8_t *ret_space,
                              uint32_t *ret);

#endif
