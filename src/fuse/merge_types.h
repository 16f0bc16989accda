/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The second part of a merge: the types of all modules as one list. */
#ifndef FUSE_MERGE_TYPES_H
#define FUSE_MERGE_TYPES_H

#include "fuse/merge_state.h"

/* Fills each module's `types`, the type section, and `types`. */
weir_status merge_types(struct merge *m);

#endif
