/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Instances, aliases, imports, exports and the start definition (Binary.md#instance-definitions, #alias-definitions,
 * #import-and-export-definitions, #start-definitions).
 */
#include "component/decode_items.h"
#include "component/decode_parts.h"

/* ---- instances --------------------------------------------------------------------------------------------------- */

/* Sorts that a core instance can export. */
static weir_status core_export_sort(const struct cursor *c, uint8_t byte, enum ast_sort *ret) {
  if (byte > (AST_SORT_CORE_TAG & 0xff))
    return decode_bad_byte(c, byte, "external kind");
  *ret = (enum ast_sort)(AST_SORT_CORE | byte);
  return WEIR_OK;
}

static weir_status read_core_arg(struct cursor *c, struct ast_arg *arg) {
  WEIR_TRY(decode_plain_name(c, &arg->name));
  WEIR_TRY(decode_expect(c, AST_SORT_CORE_INSTANCE & 0xff, "instantiation arg kind"));
  arg->what.sort = AST_SORT_CORE_INSTANCE;
  return decode_index(c, &arg->what.index);
}

static weir_status read_core_export(struct cursor *c, struct ast_arg *arg) {
  uint8_t byte;
  WEIR_TRY(decode_plain_name(c, &arg->name));
  WEIR_TRY(cursor_u8(c, &byte));
  WEIR_TRY(core_export_sort(c, byte, &arg->what.sort));
  return decode_index(c, &arg->what.index);
}

static weir_status read_arg(struct cursor *c, struct ast_arg *arg) {
  WEIR_TRY(decode_plain_name(c, &arg->name));
  return decode_sort_index(c, &arg->what);
}

static weir_status read_inline_export(struct cursor *c, struct ast_arg *arg) {
  WEIR_TRY(decode_name(c, &arg->name));
  return decode_sort_index(c, &arg->what);
}

struct instance_rules {
  const char *what;
  weir_status (*arg)(struct cursor *c, struct ast_arg *arg);
  weir_status (*inline_export)(struct cursor *c, struct ast_arg *arg);
};

static weir_status read_instance(struct decoder *dec, struct cursor *c, const struct instance_rules *rules,
                                 const struct ast_instance **ret) {
  struct ast_instance *instance = ARENA_NEW(dec->arena, struct ast_instance);
  bool is_inline;
  if (!instance)
    return diag_nomem(c->diag);
  WEIR_TRY(decode_flag(c, rules->what, &is_inline));
  instance->kind = is_inline ? AST_INLINE_EXPORTS : AST_INSTANTIATE;
  instance->index = AST_NONE;
  if (!is_inline)
    WEIR_TRY(decode_index(c, &instance->index));
  WEIR_TRY(decode_count(c, 3, &instance->arg_count));
  struct ast_arg *args = ARENA_ARRAY(dec->arena, struct ast_arg, instance->arg_count);
  if (!args)
    return diag_nomem(c->diag);
  for (uint32_t i = 0; i < instance->arg_count; i++)
    WEIR_TRY(is_inline ? rules->inline_export(c, &args[i]) : rules->arg(c, &args[i]));
  instance->args = args;
  *ret = instance;
  return WEIR_OK;
}

weir_status decode_core_instance(struct decoder *dec, struct cursor *c, const struct ast_instance **ret) {
  static const struct instance_rules rules = {"core instance", read_core_arg, read_core_export};
  return read_instance(dec, c, &rules, ret);
}

weir_status decode_instance(struct decoder *dec, struct cursor *c, const struct ast_instance **ret) {
  static const struct instance_rules rules = {"instance", read_arg, read_inline_export};
  return read_instance(dec, c, &rules, ret);
}

/* ---- aliases ----------------------------------------------------------------------------------------------------- */

/*
 * The sort of an alias stands before the byte that says which sorts are allowed. So the sort's place is kept, and a
 * cursor goes back to it afterwards.
 */
static weir_status alias_outer_sort(struct cursor *c, enum ast_sort *ret) {
  uint8_t byte;
  WEIR_TRY(cursor_u8(c, &byte));
  bool core = byte == 0x00;
  if (core)
    WEIR_TRY(cursor_u8(c, &byte));
  *ret = (enum ast_sort)(core ? AST_SORT_CORE | byte : byte);
  switch (*ret) {
    case AST_SORT_CORE_TYPE:
    case AST_SORT_CORE_MODULE:
    case AST_SORT_TYPE:
    case AST_SORT_COMPONENT:
      return WEIR_OK;
    default:
      return decode_bad_byte(c, byte, "component outer alias kind");
  }
}

static weir_status alias_core_sort(struct cursor *c, enum ast_sort *ret) {
  uint8_t byte;
  WEIR_TRY(decode_expect(c, 0x00, "core instance export kind"));
  WEIR_TRY(cursor_u8(c, &byte));
  return core_export_sort(c, byte, ret);
}

static weir_status read_alias_target(struct cursor *c, struct ast_alias *alias) {
  if (alias->kind == AST_ALIAS_OUTER) {
    WEIR_TRY(cursor_u32_leb(c, &alias->count));
    return decode_index(c, &alias->index);
  }
  WEIR_TRY(decode_index(c, &alias->instance));
  return cursor_name(c, &alias->name);
}

weir_status decode_alias(struct decoder *dec, struct cursor *c, const struct ast_alias **ret) {
  struct ast_alias *alias = ARENA_NEW(dec->arena, struct ast_alias);
  struct cursor sort = *c;
  uint8_t byte;
  if (!alias)
    return diag_nomem(c->diag);
  alias->name = STR("");
  WEIR_TRY(cursor_u8(c, &byte));
  if (byte == 0x00)
    WEIR_TRY(cursor_u8(c, &byte));
  WEIR_TRY(cursor_u8(c, &byte));
  if (byte > 2)
    return decode_bad_byte(c, byte, "alias");
  static const enum ast_alias_kind kinds[] = {AST_ALIAS_EXPORT, AST_ALIAS_CORE_EXPORT, AST_ALIAS_OUTER};
  alias->kind = kinds[byte];
  if (alias->kind == AST_ALIAS_EXPORT)
    WEIR_TRY(decode_sort(&sort, &alias->sort));
  else if (alias->kind == AST_ALIAS_CORE_EXPORT)
    WEIR_TRY(alias_core_sort(&sort, &alias->sort));
  else
    WEIR_TRY(alias_outer_sort(&sort, &alias->sort));
  *ret = alias;
  return read_alias_target(c, alias);
}

/* ---- imports, exports, start ------------------------------------------------------------------------------------- */

weir_status decode_import(struct decoder *dec, struct cursor *c, const struct ast_import **ret) {
  struct ast_import *import = ARENA_NEW(dec->arena, struct ast_import);
  if (!import)
    return diag_nomem(c->diag);
  *ret = import;
  WEIR_TRY(decode_name(c, &import->name));
  return decode_extern_type(c, &import->type);
}

weir_status decode_export(struct decoder *dec, struct cursor *c, const struct ast_export **ret) {
  struct ast_export *export = ARENA_NEW(dec->arena, struct ast_export);
  if (!export)
    return diag_nomem(c->diag);
  *ret = export;
  WEIR_TRY(decode_name(c, &export->name));
  WEIR_TRY(decode_sort_index(c, &export->what));
  WEIR_TRY(decode_flag(c, "optional component export type", &export->has_type));
  return export->has_type ? decode_extern_type(c, &export->type) : WEIR_OK;
}

weir_status decode_start(struct decoder *dec, struct cursor *c, const struct ast_start **ret) {
  struct ast_start *start = ARENA_NEW(dec->arena, struct ast_start);
  if (!start)
    return diag_nomem(c->diag);
  WEIR_TRY(decode_index(c, &start->func));
  WEIR_TRY(decode_count(c, 1, &start->arg_count));
  uint32_t *args = ARENA_ARRAY(dec->arena, uint32_t, start->arg_count);
  if (!args)
    return diag_nomem(c->diag);
  for (uint32_t i = 0; i < start->arg_count; i++)
    WEIR_TRY(decode_index(c, &args[i]));
  start->args = args;
  *ret = start;
  return cursor_u32_leb(c, &start->results);
}
