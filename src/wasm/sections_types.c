/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The type section: recursion groups. A definition outside of a group is a group of one. */
#include "wasm/sections_parts.h"

static weir_status read_group(struct sections_reader *r, struct cursor *c, struct wasm_group *ret) {
  struct wasm_subtype ignored;
  uint8_t byte;
  ret->first = r->s->count[SPACE_TYPE];
  ret->count = 1;
  WEIR_TRY(cursor_peek(c, &byte));
  if (byte == TYPE_GROUP) {
    c->pos++;
    WEIR_TRY(read_count(c, 2, &ret->count));
  }
  size_t at = c->pos;
  for (uint32_t i = 0; i < ret->count; i++)
    WEIR_TRY(subtype_copy(c, NULL, NULL, &ignored));
  ret->types = span_since(c, at);
  r->s->count[SPACE_TYPE] += ret->count;
  return WEIR_OK;
}

weir_status read_types(struct sections_reader *r, struct cursor *c) {
  struct wasm_sections *s = r->s;
  WEIR_TRY(read_count(c, 2, &s->group_count));
  s->groups = ARENA_ARRAY(r->arena, struct wasm_group, s->group_count);
  if (!s->groups)
    return diag_nomem(c->diag);
  for (uint32_t i = 0; i < s->group_count; i++)
    WEIR_TRY(read_group(r, c, &s->groups[i]));
  return WEIR_OK;
}
