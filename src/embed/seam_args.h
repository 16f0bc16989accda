/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Arguments of an import that are shown again when the call has ended. The host's function owns what it is called with
 * and may take it, so it gets the values and the call keeps copies. Handles cannot be copied: the copies have the bits
 * of them, to be looked at and not to be dropped.
 */
#ifndef EMBED_SEAM_ARGS_H
#define EMBED_SEAM_ARGS_H

#include "weir/value.h"

/* Moves arguments to `given`, and leaves copies. On failure too: then some of the copies are missing. */
weir_status seam_args_give(weir_value *items, size_t count, weir_value *given);
/* Releases what the host has left of what it was given. */
void seam_args_take_back(weir_value *given, size_t count);
/* Releases the record that has the copies. */
void seam_args_clear(weir_value *args);

#endif
