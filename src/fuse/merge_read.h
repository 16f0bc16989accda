/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The first part of a merge: reads the modules that instances are made of, and checks that the plan fits them. */
#ifndef FUSE_MERGE_READ_H
#define FUSE_MERGE_READ_H

#include "fuse/merge_state.h"

weir_status merge_read(struct merge *m);

#endif
