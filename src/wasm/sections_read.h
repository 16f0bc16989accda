/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads a whole core module (sections.h). */
#ifndef WASM_SECTIONS_READ_H
#define WASM_SECTIONS_READ_H

#include "base/arena.h"
#include "wasm/sections.h"

/*
 * Arrays are in `arena`; names and spans point into the bytes, which must stay. Modules of 4 GiB and more are refused.
 * WEIR_ERR_MALFORMED with the offset, WEIR_ERR_LIMIT, WEIR_ERR_NOMEM.
 */
weir_status sections_read(struct arena *arena, const uint8_t *data, size_t size, struct wasm_sections *ret,
                          struct diag *d);

#endif
