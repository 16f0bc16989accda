/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Inside fuse/: strings between encodings, by the runtime inside (rt/rt_text.c). */
#ifndef FUSE_GLUE_TEXT_H
#define FUSE_GLUE_TEXT_H

#include "adapter/model.h"
#include "fuse/glue_module.h"

/* What glue_put_text() needs; before any function. */
void glue_import_text(struct making_glue *n);

/*
 * Puts the function of ADAPTER_TRANSCODE between the two sides: an even site goes from the first to the second. Its
 * number.
 */
uint32_t glue_put_text(struct making_glue *n, const struct adapter_side *sides);

#endif
