/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The import section, with the two compact forms, which name a module once for many items. The reader reads the section
 * twice: first it counts the items of each index space, then it fills arrays of that size.
 */
#include "wasm/sections_parts.h"

enum { COMPACT_TYPES = 0x7f, COMPACT_NAMES = 0x7e };

/* The type of an imported item, whatever its space. */
struct item {
  uint8_t space;
  bool exact;
  uint32_t type; /* of a function or tag */
  struct wasm_table table;
  struct wasm_limits memory;
  struct wasm_global global;
};

struct importing {
  struct sections_reader *r;
  bool fill; /* the second time */
};

static weir_status read_item(struct cursor *c, struct item *ret) {
  uint8_t kind;
  *ret = (struct item){0};
  WEIR_TRY(cursor_u8(c, &kind));
  ret->exact = kind == IMPORT_FUNC_EXACT;
  ret->space = ret->exact ? SPACE_FUNC : kind;
  switch (ret->space) {
    case SPACE_FUNC:
      return cursor_u32_leb(c, &ret->type);
    case SPACE_TABLE:
      WEIR_TRY(valtype_read_ref(c, &ret->table.type));
      return read_limits(c, &ret->table.limits);
    case SPACE_MEMORY:
      return read_limits(c, &ret->memory);
    case SPACE_GLOBAL:
      return read_global_type(c, &ret->global);
    case SPACE_TAG:
      return read_tag_type(c, &ret->type);
    default:
      return diag_at(c->diag, WEIR_ERR_MALFORMED, cursor_offset(c) - 1, "malformed import kind");
  }
}

static void fill_space(struct wasm_sections *s, const struct item *item, uint32_t index) {
  switch (item->space) {
    case SPACE_FUNC:
      s->funcs[index] = item->type;
      return;
    case SPACE_TABLE:
      s->tables[index] = item->table;
      return;
    case SPACE_MEMORY:
      s->memories[index] = item->memory;
      return;
    case SPACE_GLOBAL:
      s->globals[index] = item->global;
      return;
    default:
      s->tags[index] = item->type;
  }
}

static void add_item(const struct importing *k, struct str module, struct str name, const struct item *item) {
  struct wasm_sections *s = k->r->s;
  uint32_t index = s->count[item->space]++;
  if (k->fill) {
    s->imports[s->import_count] = (struct wasm_import){module, name, item->space, item->exact, index};
    fill_space(s, item, index);
  }
  s->import_count++;
}

static weir_status read_compact(const struct importing *k, struct cursor *c, struct str module, uint8_t form) {
  struct item item;
  struct str name;
  uint32_t count;
  if (form == COMPACT_NAMES)
    WEIR_TRY(read_item(c, &item));
  WEIR_TRY(read_count(c, 1, &count));
  for (uint32_t i = 0; i < count; i++) {
    WEIR_TRY(cursor_name(c, &name));
    if (form == COMPACT_TYPES)
      WEIR_TRY(read_item(c, &item));
    add_item(k, module, name, &item);
  }
  return WEIR_OK;
}

static weir_status read_import(const struct importing *k, struct cursor *c) {
  struct str module, name;
  struct item item;
  uint8_t form;
  WEIR_TRY(cursor_name(c, &module));
  WEIR_TRY(cursor_name(c, &name));
  WEIR_TRY(cursor_peek(c, &form));
  if (name.size == 0 && (form == COMPACT_TYPES || form == COMPACT_NAMES)) {
    c->pos++;
    return read_compact(k, c, module, form);
  }
  WEIR_TRY(read_item(c, &item));
  add_item(k, module, name, &item);
  return WEIR_OK;
}

static weir_status read_all(const struct importing *k, struct cursor *c) {
  uint32_t count;
  WEIR_TRY(read_count(c, 3, &count));
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(read_import(k, c));
  return WEIR_OK;
}

static bool make_arrays(struct sections_reader *r) {
  struct wasm_sections *s = r->s;
  s->imports = ARENA_ARRAY(r->arena, struct wasm_import, s->import_count);
  s->funcs = ARENA_ARRAY(r->arena, uint32_t, s->count[SPACE_FUNC]);
  s->tables = ARENA_ARRAY(r->arena, struct wasm_table, s->count[SPACE_TABLE]);
  s->memories = ARENA_ARRAY(r->arena, struct wasm_limits, s->count[SPACE_MEMORY]);
  s->globals = ARENA_ARRAY(r->arena, struct wasm_global, s->count[SPACE_GLOBAL]);
  s->tags = ARENA_ARRAY(r->arena, uint32_t, s->count[SPACE_TAG]);
  return s->imports && s->funcs && s->tables && s->memories && s->globals && s->tags;
}

weir_status read_imports(struct sections_reader *r, struct cursor *c) {
  struct wasm_sections *s = r->s;
  struct importing k = {.r = r};
  struct cursor again = *c;
  WEIR_TRY(read_all(&k, c));
  if (!make_arrays(r))
    return diag_nomem(c->diag);
  for (uint32_t i = 0; i < SPACE_EXTERNS; i++) {
    s->imported[i] = s->count[i];
    s->count[i] = 0;
  }
  s->import_count = 0;
  k.fill = true;
  return read_all(&k, &again);
}
