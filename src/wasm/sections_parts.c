/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Parts of the readers of all sections: counts that the input can hold, spans, arrays that grow by a known number. */
#include "wasm/sections_parts.h"

#include <string.h>

weir_status read_count(struct cursor *c, uint32_t least, uint32_t *ret) {
  size_t at = cursor_offset(c);
  WEIR_TRY(cursor_u32_leb(c, ret));
  if (*ret > cursor_left(c) / least)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, at, "length out of bounds");
  return WEIR_OK;
}

struct wasm_span span_since(const struct cursor *c, size_t at) {
  return (struct wasm_span){(uint32_t)(c->base + at), (uint32_t)(c->pos - at)};
}

void *array_extend(struct arena *arena, const void *old, uint32_t have, uint32_t more, size_t size) {
  void *wider = arena_array(arena, (size_t)have + more, size);
  if (wider && have != 0)
    memcpy(wider, old, have * size);
  return wider;
}
