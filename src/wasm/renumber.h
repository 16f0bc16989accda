/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Code under other numbers: copies function bodies and constant expressions, and maps each index in them. An index that
 * keeps its number keeps its bytes. The maps check every index but labels and locals, which mean something inside the
 * body only.
 */
#ifndef WASM_RENUMBER_H
#define WASM_RENUMBER_H

#include "base/text.h"
#include "wasm/cursor.h"
#include "wasm/index_map.h"

/*
 * A function body without its size: locals and code, to the end of the cursor. `refs` (NULL allowed) has a byte for
 * each function by its new number: those of ref.func are set to 1. WEIR_ERR_MALFORMED.
 */
weir_status renumber_body(const struct index_maps *maps, struct cursor body, struct text *out, uint8_t *refs);

/* A constant expression with its end, to the end of the cursor; without the end, to go on behind it. */
weir_status renumber_expr(const struct index_maps *maps, struct cursor expr, struct text *out);
weir_status renumber_open_expr(const struct index_maps *maps, struct cursor expr, struct text *out);

#endif
