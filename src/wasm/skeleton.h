/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A core module without its code: for those who only want its type to be looked at. */
#ifndef WASM_SKELETON_H
#define WASM_SKELETON_H

#include "base/diag.h"
#include "base/text.h"

/*
 * Writes a module of the same type: the same imports and exports, types, tables, memories, globals and tags; functions
 * that only trap; no segments, no start function. It is valid where the module is. WEIR_ERR_MALFORMED, WEIR_ERR_NOMEM.
 */
weir_status skeleton_write(const uint8_t *data, size_t size, struct text *out, struct diag *d);

#endif
