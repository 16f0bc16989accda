/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The code of the result: all bodies under merged numbers, and the merged start function. */
#ifndef FUSE_MERGE_CODE_H
#define FUSE_MERGE_CODE_H

#include "fuse/merge_state.h"

/* Puts the bodies, each behind its size, in the order of merged numbers, the start function last. Fills m->refs. */
weir_status merge_code(struct merge *m, struct text *out);

#endif
