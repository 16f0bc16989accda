/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The sections of a module's own items and of its exports. Own items continue the index spaces that imports began. */
#include "wasm/sections_parts.h"
#include "wasm/walk.h"

weir_status read_limits(struct cursor *c, struct wasm_limits *ret) {
  *ret = (struct wasm_limits){0};
  WEIR_TRY(cursor_u8(c, &ret->flags));
  if (ret->flags > (LIMITS_MAX | LIMITS_SHARED | LIMITS_64 | LIMITS_PAGE))
    return diag_at(c->diag, WEIR_ERR_MALFORMED, cursor_offset(c) - 1, "malformed limits flags");
  WEIR_TRY(cursor_u64_leb(c, &ret->min));
  if ((ret->flags & LIMITS_MAX) != 0)
    WEIR_TRY(cursor_u64_leb(c, &ret->max));
  if ((ret->flags & LIMITS_PAGE) != 0) {
    uint32_t log2;
    WEIR_TRY(cursor_u32_leb(c, &log2));
    if (log2 >= 64)
      return diag_at(c->diag, WEIR_ERR_MALFORMED, cursor_offset(c), "malformed page size");
    ret->page_log2 = (uint8_t)log2;
  }
  return WEIR_OK;
}

weir_status read_global_type(struct cursor *c, struct wasm_global *ret) {
  *ret = (struct wasm_global){0};
  WEIR_TRY(valtype_read(c, &ret->type));
  WEIR_TRY(cursor_u8(c, &ret->flags));
  if (ret->flags > (GLOBAL_MUTABLE | GLOBAL_SHARED))
    return diag_at(c->diag, WEIR_ERR_MALFORMED, cursor_offset(c) - 1, "malformed mutability");
  return WEIR_OK;
}

weir_status read_tag_type(struct cursor *c, uint32_t *ret) {
  uint8_t attribute;
  WEIR_TRY(cursor_u8(c, &attribute));
  if (attribute != 0)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, cursor_offset(c) - 1, "malformed tag attribute");
  return cursor_u32_leb(c, ret);
}

weir_status read_expr(struct cursor *c, struct wasm_span *ret) {
  size_t at = c->pos;
  WEIR_TRY(walk_skip(c));
  *ret = span_since(c, at);
  return WEIR_OK;
}

weir_status read_funcs(struct sections_reader *r, struct cursor *c) {
  struct wasm_sections *s = r->s;
  uint32_t more;
  WEIR_TRY(read_count(c, 1, &more));
  s->funcs = array_extend(r->arena, s->funcs, s->count[SPACE_FUNC], more, sizeof(*s->funcs));
  if (!s->funcs)
    return diag_nomem(c->diag);
  for (uint32_t i = 0; i < more; i++)
    WEIR_TRY(cursor_u32_leb(c, &s->funcs[s->count[SPACE_FUNC]++]));
  return WEIR_OK;
}

static weir_status read_table(struct cursor *c, struct wasm_table *ret) {
  uint8_t byte, zero;
  WEIR_TRY(cursor_peek(c, &byte));
  if (byte == TABLE_WITH_INIT) {
    c->pos++;
    WEIR_TRY(cursor_u8(c, &zero));
    if (zero != 0)
      return diag_at(c->diag, WEIR_ERR_MALFORMED, cursor_offset(c) - 1, "malformed table");
  }
  WEIR_TRY(valtype_read_ref(c, &ret->type));
  WEIR_TRY(read_limits(c, &ret->limits));
  return byte == TABLE_WITH_INIT ? read_expr(c, &ret->init) : WEIR_OK;
}

weir_status read_tables(struct sections_reader *r, struct cursor *c) {
  struct wasm_sections *s = r->s;
  uint32_t more;
  WEIR_TRY(read_count(c, 3, &more));
  s->tables = array_extend(r->arena, s->tables, s->count[SPACE_TABLE], more, sizeof(*s->tables));
  if (!s->tables)
    return diag_nomem(c->diag);
  for (uint32_t i = 0; i < more; i++)
    WEIR_TRY(read_table(c, &s->tables[s->count[SPACE_TABLE]++]));
  return WEIR_OK;
}

weir_status read_memories(struct sections_reader *r, struct cursor *c) {
  struct wasm_sections *s = r->s;
  uint32_t more;
  WEIR_TRY(read_count(c, 2, &more));
  s->memories = array_extend(r->arena, s->memories, s->count[SPACE_MEMORY], more, sizeof(*s->memories));
  if (!s->memories)
    return diag_nomem(c->diag);
  for (uint32_t i = 0; i < more; i++)
    WEIR_TRY(read_limits(c, &s->memories[s->count[SPACE_MEMORY]++]));
  return WEIR_OK;
}

weir_status read_tags(struct sections_reader *r, struct cursor *c) {
  struct wasm_sections *s = r->s;
  uint32_t more;
  WEIR_TRY(read_count(c, 2, &more));
  s->tags = array_extend(r->arena, s->tags, s->count[SPACE_TAG], more, sizeof(*s->tags));
  if (!s->tags)
    return diag_nomem(c->diag);
  for (uint32_t i = 0; i < more; i++)
    WEIR_TRY(read_tag_type(c, &s->tags[s->count[SPACE_TAG]++]));
  return WEIR_OK;
}

weir_status read_globals(struct sections_reader *r, struct cursor *c) {
  struct wasm_sections *s = r->s;
  uint32_t more;
  WEIR_TRY(read_count(c, 3, &more));
  s->globals = array_extend(r->arena, s->globals, s->count[SPACE_GLOBAL], more, sizeof(*s->globals));
  if (!s->globals)
    return diag_nomem(c->diag);
  for (uint32_t i = 0; i < more; i++) {
    struct wasm_global *global = &s->globals[s->count[SPACE_GLOBAL]++];
    WEIR_TRY(read_global_type(c, global));
    WEIR_TRY(read_expr(c, &global->init));
  }
  return WEIR_OK;
}

static weir_status read_export(struct cursor *c, struct wasm_export *ret) {
  WEIR_TRY(cursor_name(c, &ret->name));
  WEIR_TRY(cursor_u8(c, &ret->space));
  if (ret->space >= SPACE_EXTERNS)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, cursor_offset(c) - 1, "malformed export kind");
  return cursor_u32_leb(c, &ret->index);
}

weir_status read_exports(struct sections_reader *r, struct cursor *c) {
  struct wasm_sections *s = r->s;
  WEIR_TRY(read_count(c, 3, &s->export_count));
  s->exports = ARENA_ARRAY(r->arena, struct wasm_export, s->export_count);
  if (!s->exports)
    return diag_nomem(c->diag);
  for (uint32_t i = 0; i < s->export_count; i++)
    WEIR_TRY(read_export(c, &s->exports[i]));
  return WEIR_OK;
}

weir_status read_start(struct sections_reader *r, struct cursor *c) {
  r->s->has_start = true;
  return cursor_u32_leb(c, &r->s->start);
}
