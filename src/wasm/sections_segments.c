/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Element and data segments, and function bodies. */
#include "wasm/sections_parts.h"
#include "wasm/walk.h"

/* The flags of an active segment tell whether it names its table; those of another, whether it is declared only. */
static weir_status read_elem_mode(struct cursor *c, uint32_t flags, struct wasm_elem *ret) {
  if ((flags & ELEM_NOT_ACTIVE) != 0) {
    ret->mode = (flags & ELEM_DECLARED) != 0 ? SEGMENT_DECLARED : SEGMENT_PASSIVE;
    return WEIR_OK;
  }
  ret->mode = SEGMENT_ACTIVE;
  if ((flags & ELEM_HAS_TABLE) != 0)
    WEIR_TRY(cursor_u32_leb(c, &ret->table));
  return read_expr(c, &ret->offset);
}

static weir_status read_elem_type(struct cursor *c, uint32_t flags, struct wasm_elem *ret) {
  uint8_t kind;
  ret->exprs = (flags & ELEM_EXPRS) != 0;
  ret->type = (struct wasm_valtype){.code = VALTYPE_REF_NULL, .heap = {.code = HEAP_FUNC}};
  if ((flags & (ELEM_NOT_ACTIVE | ELEM_HAS_TABLE)) == 0)
    return WEIR_OK;
  if (ret->exprs)
    return valtype_read_ref(c, &ret->type);
  WEIR_TRY(cursor_u8(c, &kind));
  return kind == SPACE_FUNC ? WEIR_OK
                            : diag_at(c->diag, WEIR_ERR_MALFORMED, cursor_offset(c) - 1, "malformed element kind");
}

static weir_status read_elem(struct cursor *c, struct wasm_elem *ret) {
  uint32_t flags, func;
  size_t start = cursor_offset(c);
  WEIR_TRY(cursor_u32_leb(c, &flags));
  if (flags > ELEM_FLAGS)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, start, "malformed elements segment kind");
  WEIR_TRY(read_elem_mode(c, flags, ret));
  WEIR_TRY(read_elem_type(c, flags, ret));
  WEIR_TRY(read_count(c, 1, &ret->count));
  size_t at = c->pos;
  for (uint32_t i = 0; i < ret->count; i++)
    WEIR_TRY(ret->exprs ? walk_skip(c) : cursor_u32_leb(c, &func));
  ret->items = span_since(c, at);
  return WEIR_OK;
}

weir_status read_elems(struct sections_reader *r, struct cursor *c) {
  struct wasm_sections *s = r->s;
  uint32_t count;
  WEIR_TRY(read_count(c, 3, &count));
  s->elems = ARENA_ARRAY(r->arena, struct wasm_elem, count);
  if (!s->elems)
    return diag_nomem(c->diag);
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(read_elem(c, &s->elems[i]));
  s->count[SPACE_ELEM] = count;
  return WEIR_OK;
}

weir_status read_data_count(struct sections_reader *r, struct cursor *c) {
  r->s->has_data_count = true;
  return cursor_u32_leb(c, &r->s->count[SPACE_DATA]);
}

static weir_status read_data(struct cursor *c, struct wasm_data *ret) {
  uint32_t flags, size;
  const uint8_t *bytes;
  size_t start = cursor_offset(c);
  WEIR_TRY(cursor_u32_leb(c, &flags));
  if (flags > DATA_WITH_MEMORY)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, start, "malformed data segment kind");
  ret->mode = flags == SEGMENT_PASSIVE ? SEGMENT_PASSIVE : SEGMENT_ACTIVE;
  if (flags == DATA_WITH_MEMORY)
    WEIR_TRY(cursor_u32_leb(c, &ret->memory));
  if (ret->mode == SEGMENT_ACTIVE)
    WEIR_TRY(read_expr(c, &ret->offset));
  WEIR_TRY(cursor_u32_leb(c, &size));
  size_t at = c->pos;
  WEIR_TRY(cursor_bytes(c, size, &bytes));
  ret->bytes = span_since(c, at);
  return WEIR_OK;
}

weir_status read_datas(struct sections_reader *r, struct cursor *c) {
  struct wasm_sections *s = r->s;
  uint32_t count;
  size_t at = cursor_offset(c);
  WEIR_TRY(read_count(c, 2, &count));
  if (s->has_data_count && count != s->count[SPACE_DATA])
    return diag_at(c->diag, WEIR_ERR_MALFORMED, at, "data count and data section have inconsistent lengths");
  s->datas = ARENA_ARRAY(r->arena, struct wasm_data, count);
  if (!s->datas)
    return diag_nomem(c->diag);
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(read_data(c, &s->datas[i]));
  s->count[SPACE_DATA] = count;
  return WEIR_OK;
}

weir_status read_code(struct sections_reader *r, struct cursor *c) {
  struct wasm_sections *s = r->s;
  uint32_t count, size;
  const uint8_t *body;
  size_t at = cursor_offset(c);
  WEIR_TRY(read_count(c, 1, &count));
  if (count != s->count[SPACE_FUNC] - s->imported[SPACE_FUNC])
    return diag_at(c->diag, WEIR_ERR_MALFORMED, at, "function and code section have inconsistent lengths");
  s->bodies = ARENA_ARRAY(r->arena, struct wasm_span, count);
  if (!s->bodies)
    return diag_nomem(c->diag);
  for (uint32_t i = 0; i < count; i++) {
    WEIR_TRY(cursor_u32_leb(c, &size));
    size_t start = c->pos;
    WEIR_TRY(cursor_bytes(c, size, &body));
    s->bodies[i] = span_since(c, start);
  }
  return WEIR_OK;
}
