/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The name section of the result, for backtraces and for readers: names keep their items under merged numbers, with the
 * prefix of their instance in front. An item that several instances name has the name of the first, which is the one
 * that defines it, if it has one there.
 */
#ifndef FUSE_MERGE_NAMES_H
#define FUSE_MERGE_NAMES_H

#include "fuse/merge_state.h"

weir_status merge_names(const struct merge *m, struct text *out);

#endif
