/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Writes one entry of a section. Each function puts the shortest form that the format has for the entry; all indices
 * go through the writer's maps, which refuse an index that the module does not have.
 *
 * The parts: types and limits; imports; what modules define; segments.
 */
#include "wasm/write.h"

#include "wasm/put.h"
#include "wasm/renumber.h"
#include "wasm/walk.h"

static weir_status map(const struct writer *w, enum wasm_space space, uint32_t index, uint32_t *ret) {
  return index_map_get(w->maps, space, index, 0, w->d, ret);
}

static weir_status write_index(const struct writer *w, enum wasm_space space, uint32_t index, struct text *out) {
  uint32_t mapped;
  WEIR_TRY(map(w, space, index, &mapped));
  put_u32(out, mapped);
  return WEIR_OK;
}

static weir_status write_type(const struct writer *w, const struct wasm_valtype *type, struct text *out) {
  struct wasm_valtype mapped = *type;
  WEIR_TRY(valtype_map(&mapped, w->maps, 0, w->d));
  valtype_put(out, &mapped);
  return WEIR_OK;
}

static weir_status write_expr(const struct writer *w, struct wasm_span span, struct text *out) {
  return renumber_expr(w->maps, sections_cursor(w->s, span, w->d), out);
}

void write_preamble(struct text *out) {
  text_add(out, (struct str){"\0asm\1\0\0\0", 8});
}

weir_status write_group(const struct writer *w, const struct wasm_group *group, struct text *out) {
  struct cursor c = sections_cursor(w->s, group->types, w->d);
  struct wasm_subtype ignored;
  if (group->count != 1) {
    put_byte(out, TYPE_GROUP);
    put_u32(out, group->count);
  }
  for (uint32_t i = 0; i < group->count; i++)
    WEIR_TRY(subtype_copy(&c, w->maps, out, &ignored));
  return WEIR_OK;
}

void write_limits(const struct wasm_limits *limits, struct text *out) {
  put_byte(out, limits->flags);
  put_u64(out, limits->min);
  if ((limits->flags & LIMITS_MAX) != 0)
    put_u64(out, limits->max);
  if ((limits->flags & LIMITS_PAGE) != 0)
    put_u32(out, limits->page_log2);
}

weir_status write_tag(const struct writer *w, uint32_t type, struct text *out) {
  put_byte(out, 0);
  return write_index(w, SPACE_TYPE, type, out);
}

static weir_status write_global_type(const struct writer *w, const struct wasm_global *global, struct text *out) {
  WEIR_TRY(write_type(w, &global->type, out));
  put_byte(out, global->flags);
  return WEIR_OK;
}

static weir_status write_table_type(const struct writer *w, const struct wasm_table *table, struct text *out) {
  WEIR_TRY(write_type(w, &table->type, out));
  write_limits(&table->limits, out);
  return WEIR_OK;
}

weir_status write_import_type(const struct writer *w, const struct wasm_import *import, struct text *out) {
  const struct wasm_sections *s = w->s;
  put_byte(out, import->exact ? IMPORT_FUNC_EXACT : import->space);
  switch (import->space) {
    case SPACE_FUNC:
      return write_index(w, SPACE_TYPE, s->funcs[import->index], out);
    case SPACE_TABLE:
      return write_table_type(w, &s->tables[import->index], out);
    case SPACE_MEMORY:
      write_limits(&s->memories[import->index], out);
      return WEIR_OK;
    case SPACE_GLOBAL:
      return write_global_type(w, &s->globals[import->index], out);
    default:
      return write_tag(w, s->tags[import->index], out);
  }
}

weir_status write_table(const struct writer *w, const struct wasm_table *table, struct str init, struct text *out) {
  if (init.size != 0) {
    put_byte(out, TABLE_WITH_INIT);
    put_byte(out, 0);
  }
  WEIR_TRY(write_table_type(w, table, out));
  text_add(out, init);
  return WEIR_OK;
}

weir_status write_global(const struct writer *w, const struct wasm_global *global, struct text *out) {
  WEIR_TRY(write_global_type(w, global, out));
  return write_expr(w, global->init, out);
}

static bool is_funcref(const struct wasm_valtype *type) {
  return type->code == VALTYPE_REF_NULL && type->heap.code == HEAP_FUNC && !type->heap.shared;
}

/* The items follow one another: a count is put before them, not between. */
static weir_status write_items(const struct writer *w, const struct wasm_elem *elem, struct text *out) {
  struct cursor c = sections_cursor(w->s, elem->items, w->d);
  put_u32(out, elem->count);
  for (uint32_t i = 0; i < elem->count; i++) {
    uint32_t func;
    struct cursor expr = c;
    if (!elem->exprs) {
      WEIR_TRY(cursor_u32_leb(&c, &func));
      WEIR_TRY(write_index(w, SPACE_FUNC, func, out));
      continue;
    }
    WEIR_TRY(walk_skip(&c));
    expr.size = c.pos;
    WEIR_TRY(renumber_expr(w->maps, expr, out));
  }
  return WEIR_OK;
}

weir_status write_elem(const struct writer *w, const struct wasm_elem *elem, enum segment_mode mode, struct text *out) {
  uint32_t flags = elem->exprs ? ELEM_EXPRS : 0, table = 0;
  bool implied = false; /* table 0, items of type funcref */
  if (mode == SEGMENT_ACTIVE) {
    WEIR_TRY(map(w, SPACE_TABLE, elem->table, &table));
    implied = table == 0 && (!elem->exprs || is_funcref(&elem->type));
    flags |= implied ? 0 : ELEM_HAS_TABLE;
  } else {
    flags |= ELEM_NOT_ACTIVE | (mode == SEGMENT_DECLARED ? ELEM_DECLARED : 0);
  }
  put_u32(out, flags);
  if (mode == SEGMENT_ACTIVE) {
    if (!implied)
      put_u32(out, table);
    WEIR_TRY(write_expr(w, elem->offset, out));
  }
  if (!implied && elem->exprs)
    WEIR_TRY(write_type(w, &elem->type, out));
  else if (!implied)
    put_byte(out, SPACE_FUNC);
  return write_items(w, elem, out);
}

weir_status write_data(const struct writer *w, const struct wasm_data *data, enum segment_mode mode, struct text *out) {
  uint32_t memory = 0;
  if (mode == SEGMENT_ACTIVE) {
    WEIR_TRY(map(w, SPACE_MEMORY, data->memory, &memory));
    put_u32(out, memory == 0 ? 0 : DATA_WITH_MEMORY);
    if (memory != 0)
      put_u32(out, memory);
    WEIR_TRY(write_expr(w, data->offset, out));
  } else {
    put_u32(out, SEGMENT_PASSIVE);
  }
  put_name(out, (struct str){(const char *)w->s->data + data->bytes.at, data->bytes.size});
  return WEIR_OK;
}
