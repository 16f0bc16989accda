/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads the type of a core module into its imports and exports. In order: the types of externs, of which only the kind
 * matters, and for memories the 64 bits; declarators; the two readers of all of them.
 */
#include "component/module_type.h"

#include "component/decode_items.h"

enum { DECL_IMPORT = 0, DECL_TYPE = 1, DECL_ALIAS = 2, DECL_EXPORT = 3 };
enum { LIMITS_MAX = 0x01, LIMITS_64 = 0x04, LIMITS_PAGE = 0x08 };
enum { EXTERN_EXACT_FUNC = 0x20 };

struct declarator {
  uint8_t kind;
  struct str module, name; /* module: IMPORT */
  uint8_t extern_kind;     /* enum core_kind */
  bool memory64;
};

/*
 * ---- externs -------------------------------------------------------------------------------------------------------
 */

static weir_status skip_limits(struct cursor *c, uint8_t flag_mask, const char *message, bool *ret_is64) {
  uint8_t flags;
  uint64_t bound;
  uint32_t page_size;
  WEIR_TRY(cursor_peek(c, &flags));
  if ((flags & ~flag_mask) != 0)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, cursor_offset(c), "%s", message);
  c->pos++;
  *ret_is64 = flags & LIMITS_64;
  WEIR_TRY(cursor_u64_leb(c, &bound));
  if ((flags & LIMITS_MAX) != 0)
    WEIR_TRY(cursor_u64_leb(c, &bound));
  return (flags & LIMITS_PAGE) != 0 ? cursor_u32_leb(c, &page_size) : WEIR_OK;
}

static weir_status skip_global(struct cursor *c) {
  uint8_t byte;
  WEIR_TRY(decode_core_valtype(c, &byte));
  WEIR_TRY(cursor_u8(c, &byte));
  return byte <= 3 ? WEIR_OK : decode_bad_byte(c, byte, "global flags");
}

/* core:externtype */
static weir_status read_extern(struct cursor *c, struct declarator *decl) {
  uint8_t byte;
  uint32_t index;
  bool table64;
  WEIR_TRY(cursor_u8(c, &byte));
  decl->extern_kind = byte == EXTERN_EXACT_FUNC ? CORE_KIND_FUNC : byte;
  switch (decl->extern_kind) {
    case CORE_KIND_FUNC:
      return cursor_u32_leb(c, &index);
    case CORE_KIND_TABLE:
      WEIR_TRY(decode_reftype(c, "malformed reference type"));
      return skip_limits(c, 0x07, "invalid table resizable limits flags", &table64);
    case CORE_KIND_MEMORY:
      return skip_limits(c, 0x0f, "invalid memory limits flags", &decl->memory64);
    case CORE_KIND_GLOBAL:
      return skip_global(c);
    case CORE_KIND_TAG:
      WEIR_TRY(decode_expect(c, 0x00, "tag attributes"));
      return cursor_u32_leb(c, &index);
    default:
      return decode_bad_byte(c, byte, "external kind");
  }
}

/*
 * ---- declarators
 * -----------------------------------------------------------------------------------------------------
 */

static weir_status skip_alias(struct cursor *c) {
  uint32_t number;
  WEIR_TRY(decode_expect(c, 0x10, "outer alias kind"));
  WEIR_TRY(decode_expect(c, 0x01, "outer alias target"));
  WEIR_TRY(cursor_u32_leb(c, &number));
  return cursor_u32_leb(c, &number);
}

static weir_status read_declarator(struct cursor *c, struct declarator *decl) {
  struct ast_core_type type = {0};
  uint32_t count;
  *decl = (struct declarator){0};
  WEIR_TRY(cursor_u8(c, &decl->kind));
  switch (decl->kind) {
    case DECL_IMPORT:
      WEIR_TRY(cursor_name(c, &decl->module));
      WEIR_TRY(cursor_name(c, &decl->name));
      return read_extern(c, decl);
    case DECL_TYPE:
      return decode_rectype(c, &type, &count);
    case DECL_ALIAS:
      return skip_alias(c);
    case DECL_EXPORT:
      WEIR_TRY(cursor_name(c, &decl->name));
      return read_extern(c, decl);
    default:
      return decode_bad_byte(c, decl->kind, "type definition");
  }
}

weir_status module_type_skip(struct cursor *c) {
  struct declarator decl;
  uint32_t count;
  WEIR_TRY(decode_count(c, 3, &count));
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(read_declarator(c, &decl));
  return WEIR_OK;
}

/*
 * ---- what the linker keeps
 * ---------------------------------------------------------------------------------------------
 */

static bool keep_export(struct arena *arena, struct core_module *m, const struct declarator *decl) {
  struct core_export export = {.name = decl->name, .kind = decl->extern_kind, .index = m->exports.count};
  if (decl->extern_kind == CORE_KIND_MEMORY) {
    export.index = m->memory64.count;
    if (!ARENA_PUSH(arena, &m->memory64, decl->memory64))
      return false;
  }
  return ARENA_PUSH(arena, &m->exports, export) && name_index_add(&m->export_names, export.name, m->exports.count - 1);
}

static bool keep(struct arena *arena, struct core_module *m, const struct declarator *decl) {
  struct core_import import = {.module = decl->module, .name = decl->name, .kind = decl->extern_kind};
  if (decl->kind == DECL_IMPORT)
    return ARENA_PUSH(arena, &m->imports, import);
  return decl->kind != DECL_EXPORT || keep_export(arena, m, decl);
}

weir_status module_type_read(struct arena *arena, const struct ast_core_type *type, struct core_module *ret,
                             struct diag *d) {
  struct cursor c = {.data = type->bytes, .size = type->size, .diag = d};
  struct declarator decl;
  uint32_t count;
  *ret = (struct core_module){.name = STR(""), .has_tags = true};
  name_index_init(&ret->export_names, arena);
  WEIR_TRY(decode_expect(&c, 0x50, "module type"));
  WEIR_TRY(decode_count(&c, 3, &count));
  for (uint32_t i = 0; i < count; i++) {
    WEIR_TRY(read_declarator(&c, &decl));
    if (!keep(arena, ret, &decl))
      return diag_nomem(d);
  }
  return WEIR_OK;
}
