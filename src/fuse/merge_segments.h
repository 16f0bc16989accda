/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The element and data segments of the result. */
#ifndef FUSE_MERGE_SEGMENTS_H
#define FUSE_MERGE_SEGMENTS_H

#include "fuse/merge_state.h"

/*
 * Puts the body of a section, with its count; puts nothing where the section has no entries. On entry m->refs names
 * the functions of `ref.func` in code that the result does not export; on return those that the merger declares.
 * WEIR_ERR_MALFORMED, WEIR_ERR_NOMEM.
 */
weir_status merge_put_elems(struct merge *m, struct text *body);
weir_status merge_put_datas(const struct merge *m, struct text *body);

#endif
