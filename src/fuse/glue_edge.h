/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Inside fuse/: the glue of a call (glue.h). */
#ifndef FUSE_GLUE_EDGE_H
#define FUSE_GLUE_EDGE_H

#include "fuse/glue.h"

/* A lowered function that another instance lifts. */
weir_status glue_edge(struct glue *k, uint32_t trampoline, struct glue_module *ret);

#endif
