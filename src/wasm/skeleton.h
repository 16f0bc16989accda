/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A core module without its code, for callers to whom only its type matters. */
#ifndef WASM_SKELETON_H
#define WASM_SKELETON_H

#include "base/diag.h"
#include "base/text.h"

/*
 * Writes a module of the same type: the same imports and exports, types, tables, memories, globals and tags; functions
 * that only trap; no segments, no start function. The skeleton of a valid module is valid. WEIR_ERR_MALFORMED,
 * WEIR_ERR_NOMEM.
 */
weir_status skeleton_write(const uint8_t *data, size_t size, struct text *out, struct diag *d);

#endif
