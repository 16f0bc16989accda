/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads the import, memory, export and name sections of a core module. The validator has seen the module, but nothing
 * here relies on that: every read is bounded by its section. Origin: the core specification's binary format.
 */
#include "wasm/module.h"
#include "wasm/cursor.h"

enum { SECTION_CUSTOM = 0, SECTION_IMPORT = 2, SECTION_MEMORY = 5, SECTION_EXPORT = 7, SECTION_TAG = 13 };
enum { LIMITS_MAX = 1, LIMITS_64 = 4, LIMITS_PAGE_SIZE = 8 };

struct module_reader {
  struct arena *arena;
  struct core_module *module;
};

static weir_status read_limits(struct cursor *c, bool *ret_is64) {
  uint8_t flags;
  uint64_t ignored;
  uint32_t page;
  WEIR_TRY(cursor_u8(c, &flags));
  WEIR_TRY(cursor_u64_leb(c, &ignored));
  if (flags & LIMITS_MAX)
    WEIR_TRY(cursor_u64_leb(c, &ignored));
  if (flags & LIMITS_PAGE_SIZE)
    WEIR_TRY(cursor_u32_leb(c, &page));
  *ret_is64 = flags & LIMITS_64;
  return WEIR_OK;
}

static weir_status read_valtype(struct cursor *c) {
  uint8_t byte;
  int64_t heap;
  WEIR_TRY(cursor_u8(c, &byte));
  if (byte != 0x63 && byte != 0x64)
    return WEIR_OK;
  uint8_t shared;
  WEIR_TRY(cursor_peek(c, &shared));
  if (shared == 0x65)
    WEIR_TRY(cursor_u8(c, &shared));
  return cursor_s33_leb(c, &heap);
}

static weir_status add_memory(struct module_reader *r, struct cursor *c) {
  bool is64;
  WEIR_TRY(read_limits(c, &is64));
  return ARENA_PUSH(r->arena, &r->module->memory64, is64) ? WEIR_OK : diag_nomem(c->diag);
}

static weir_status read_import_type(struct module_reader *r, struct cursor *c, uint8_t kind) {
  uint32_t index;
  uint8_t byte;
  bool is64;
  switch (kind) {
    case CORE_KIND_FUNC:
      return cursor_u32_leb(c, &index);
    case CORE_KIND_TABLE:
      WEIR_TRY(read_valtype(c));
      return read_limits(c, &is64);
    case CORE_KIND_MEMORY:
      return add_memory(r, c);
    case CORE_KIND_GLOBAL:
      WEIR_TRY(read_valtype(c));
      return cursor_u8(c, &byte);
    case CORE_KIND_TAG:
      r->module->has_tags = true;
      WEIR_TRY(cursor_u8(c, &byte));
      return cursor_u32_leb(c, &index);
    default:
      return diag_set(c->diag, WEIR_ERR_UNSUPPORTED, "core module imports something of kind 0x%02x", kind);
  }
}

static weir_status read_import(struct module_reader *r, struct cursor *c) {
  struct core_import import = {0};
  WEIR_TRY(cursor_name(c, &import.module));
  WEIR_TRY(cursor_name(c, &import.name));
  WEIR_TRY(cursor_u8(c, &import.kind));
  WEIR_TRY(read_import_type(r, c, import.kind));
  return ARENA_PUSH(r->arena, &r->module->imports, import) ? WEIR_OK : diag_nomem(c->diag);
}

static weir_status read_export(struct module_reader *r, struct cursor *c) {
  struct core_module *m = r->module;
  struct core_export export = {0};
  WEIR_TRY(cursor_name(c, &export.name));
  WEIR_TRY(cursor_u8(c, &export.kind));
  WEIR_TRY(cursor_u32_leb(c, &export.index));
  if (!ARENA_PUSH(r->arena, &m->exports, export) ||
      !name_index_add(&m->export_names, export.name, m->exports.count - 1))
    return diag_nomem(c->diag);
  return WEIR_OK;
}

static weir_status read_items(struct module_reader *r, struct cursor *c,
                              weir_status (*read)(struct module_reader *r, struct cursor *c)) {
  uint32_t count;
  WEIR_TRY(cursor_u32_leb(c, &count));
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(read(r, c));
  return WEIR_OK;
}

/* The module name; a broken name section is no error, as in the core specification. */
static void read_name_section(struct module_reader *r, struct cursor *c) {
  struct cursor quiet = *c;
  struct str section;
  uint8_t id;
  uint32_t size;
  quiet.diag = NULL;
  if (cursor_name(&quiet, &section) != WEIR_OK || !str_eq(section, STR("name")))
    return;
  if (cursor_u8(&quiet, &id) != WEIR_OK || id != 0 || cursor_u32_leb(&quiet, &size) != WEIR_OK)
    return;
  struct str name;
  if (cursor_name(&quiet, &name) == WEIR_OK)
    r->module->name = name;
}

static weir_status read_section(struct module_reader *r, uint8_t id, struct cursor *c) {
  switch (id) {
    case SECTION_CUSTOM:
      read_name_section(r, c);
      return WEIR_OK;
    case SECTION_IMPORT:
      return read_items(r, c, read_import);
    case SECTION_MEMORY:
      return read_items(r, c, add_memory);
    case SECTION_EXPORT:
      return read_items(r, c, read_export);
    case SECTION_TAG:
      r->module->has_tags = true;
      return WEIR_OK;
    default:
      return WEIR_OK;
  }
}

weir_status core_module_read(struct arena *arena, const struct core_bytes *bytes, struct core_module *ret,
                             struct diag *d) {
  struct cursor c = {.data = bytes->data, .size = bytes->size, .diag = d};
  struct module_reader r = {.arena = arena, .module = ret};
  const uint8_t *preamble;
  *ret = (struct core_module){0};
  name_index_init(&ret->export_names, arena);
  WEIR_TRY(cursor_bytes(&c, 8, &preamble));
  while (cursor_left(&c)) {
    struct cursor section;
    uint8_t id;
    uint32_t size;
    WEIR_TRY(cursor_u8(&c, &id));
    WEIR_TRY(cursor_u32_leb(&c, &size));
    WEIR_TRY(cursor_sub(&c, size, &section));
    WEIR_TRY(read_section(&r, id, &section));
  }
  return WEIR_OK;
}

const struct core_export *core_module_export(const struct core_module *m, struct str name) {
  uint32_t i = name_index_find(&m->export_names, name);
  return i == INDEX_NONE ? NULL : &m->exports.data[i];
}
