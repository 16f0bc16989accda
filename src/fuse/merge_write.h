/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The last part of a merge: the module as bytes. */
#ifndef FUSE_MERGE_WRITE_H
#define FUSE_MERGE_WRITE_H

#include "fuse/merge_state.h"

weir_status merge_write(struct merge *m, struct text *out);

#endif
