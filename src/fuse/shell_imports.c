/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The imports of a component are copied with the sections in front of them, so that their types are the same to the
 * byte. Only types, aliases of what is imported, and imports may stand there; modules and components are passed over,
 * as nothing there can name them.
 */
#include "component/decode_parts.h"
#include "component/decode_reader.h"
#include "fuse/shell.h"
#include "wasm/put.h"

enum { PREAMBLE = 8 };

/* ---- sections in front ------------------------------------------------------------------------------------------- */

struct front {
  struct shell *s;
  uint32_t *places; /* by import: its index among its sort */
  uint32_t seen;    /* imports */
};

static weir_status refuse(const struct shell *s, const char *what) {
  return diag_set(s->d, WEIR_ERR_UNSUPPORTED, "the component %s", what);
}

static weir_status count_one(struct shell *s, enum ast_sort sort, uint32_t *ret) {
  switch (sort) {
    case AST_SORT_INSTANCE:
      *ret = s->instances++;
      return WEIR_OK;
    case AST_SORT_FUNC:
      *ret = s->funcs++;
      return WEIR_OK;
    case AST_SORT_TYPE:
      *ret = s->types++;
      return WEIR_OK;
    default:
      return refuse(s, "imports components or core modules");
  }
}

static weir_status read_import(struct front *f, struct cursor *c) {
  struct ast_name name;
  struct ast_extern_type type;
  WEIR_TRY(decode_name(c, &name));
  WEIR_TRY(decode_extern_type(c, &type));
  if (f->seen == f->s->g->import_count)
    return diag_set(f->s->d, WEIR_ERR_INVALID, "an import was read differently");
  return count_one(f->s, type.sort, &f->places[f->seen++]);
}

static weir_status read_alias(struct front *f, struct cursor *c) {
  enum ast_sort sort;
  uint8_t target;
  uint32_t instance, place;
  struct str name;
  WEIR_TRY(decode_sort(c, &sort));
  WEIR_TRY(cursor_u8(c, &target));
  WEIR_TRY(decode_index(c, &instance));
  if (target != PART_ALIAS_EXPORT)
    return refuse(f->s, "has another alias than of an import in front of an import");
  WEIR_TRY(cursor_name(c, &name));
  return count_one(f->s, sort, &place);
}

static weir_status read_each(struct front *f, struct cursor c, weir_status (*read)(struct front *, struct cursor *)) {
  uint32_t count;
  WEIR_TRY(decode_count(&c, 3, &count));
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(read(f, &c));
  return WEIR_OK;
}

static weir_status read_count(struct cursor c, uint32_t *space) {
  uint32_t count;
  WEIR_TRY(decode_count(&c, 1, &count));
  *space += count;
  return WEIR_OK;
}

static weir_status read_section(struct front *f, uint8_t id, const struct cursor *c) {
  switch (id) {
    case PART_CORE_TYPE:
      return read_count(*c, &f->s->core_types);
    case PART_TYPE:
      return read_count(*c, &f->s->types);
    case PART_ALIAS:
      return read_each(f, *c, read_alias);
    case PART_IMPORT:
      return read_each(f, *c, read_import);
    default:
      return refuse(f->s, "defines instances or functions in front of an import");
  }
}

static bool is_passed_over(uint8_t id) {
  return id == PART_CUSTOM || id == PART_CORE_MODULE || id == PART_COMPONENT;
}

static weir_status copy_sections(struct front *f) {
  struct shell *s = f->s;
  struct cursor c = {.data = (const uint8_t *)s->bytes.data, .size = s->bytes.size, .pos = PREAMBLE, .diag = s->d};
  text_add(s->out, (struct str){s->bytes.data, PREAMBLE});
  while (f->seen < s->g->import_count && cursor_left(&c) > 0) {
    uint8_t id;
    uint32_t length;
    struct cursor section;
    WEIR_TRY(cursor_u8(&c, &id));
    WEIR_TRY(cursor_u32_leb(&c, &length));
    WEIR_TRY(cursor_sub(&c, length, &section));
    if (is_passed_over(id))
      continue;
    WEIR_TRY(read_section(f, id, &section));
    put_byte(s->out, id);
    put_u32(s->out, length);
    text_add(s->out, (struct str){(const char *)section.data, section.size});
  }
  return WEIR_OK;
}

/* ---- what is in the imports -------------------------------------------------------------------------------------- */

static void name_type(struct shell *s, const struct weir_extern *item, uint32_t index) {
  plug_types_name(&s->plain, item, index);
  plug_types_name(&s->named, item, index);
}

static weir_status bind_items(struct shell *s, const struct weir_extern *instance, uint32_t index);

static weir_status bind(struct shell *s, const struct weir_extern *item, uint32_t index) {
  switch (item->kind) {
    case WEIR_EXTERN_FUNC:
      s->host_funcs[item->func->ref.index] = index;
      return WEIR_OK;
    case WEIR_EXTERN_TYPE:
    case WEIR_EXTERN_RESOURCE:
      name_type(s, item, index);
      return WEIR_OK;
    case WEIR_EXTERN_INSTANCE:
      return bind_items(s, item, index);
    default:
      return refuse(s, "imports components or core modules");
  }
}

static enum ast_sort sort_of(const struct weir_extern *item) {
  if (item->kind == WEIR_EXTERN_FUNC)
    return AST_SORT_FUNC;
  return item->kind == WEIR_EXTERN_INSTANCE ? AST_SORT_INSTANCE : AST_SORT_TYPE;
}

static weir_status bind_items(struct shell *s, const struct weir_extern *instance, uint32_t index) {
  for (uint32_t i = 0; i < instance->item_count; i++) {
    const struct weir_extern *item = &instance->items[i];
    uint32_t place;
    if (item->kind == WEIR_EXTERN_COMPONENT || item->kind == WEIR_EXTERN_MODULE)
      return refuse(s, "imports components or core modules");
    part_put_alias(s->out, PART_ALIAS_EXPORT, sort_of(item), index, item->name.name);
    WEIR_TRY(count_one(s, sort_of(item), &place));
    WEIR_TRY(bind(s, item, place));
  }
  return WEIR_OK;
}

weir_status shell_put_imports(struct shell *s) {
  struct front f = {s, ARENA_ARRAY(s->arena, uint32_t, s->g->import_count), 0};
  if (!f.places)
    return diag_nomem(s->d);
  WEIR_TRY(copy_sections(&f));
  for (uint32_t i = 0; i < f.seen; i++)
    WEIR_TRY(bind(s, &s->g->imports[i], f.places[i]));
  return WEIR_OK;
}
