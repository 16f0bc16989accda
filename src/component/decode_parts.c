/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Value types, names, sorts and extern types (Binary.md#type-definitions, #import-and-export-definitions). */
#include "component/decode_parts.h"

#include "component/decode_reader.h"

_Static_assert(TYPE_STRING - TYPE_BOOL == 0x7f - 0x73, "primitive types are numbered as their bytes descend");

bool decode_primitive(uint8_t byte, enum type_kind *ret) {
  if (byte >= 0x73 && byte <= 0x7f)
    *ret = (enum type_kind)(TYPE_BOOL + (0x7f - byte));
  else if (byte == 0x64)
    *ret = TYPE_ERROR_CONTEXT;
  else
    return false;
  return true;
}

weir_status decode_valtype(struct cursor *c, struct ast_valtype *ret) {
  size_t at = cursor_offset(c);
  uint8_t byte;
  WEIR_TRY(cursor_peek(c, &byte));
  *ret = (struct ast_valtype){.present = true};
  if (decode_primitive(byte, &ret->primitive)) {
    c->pos++;
    return WEIR_OK;
  }
  int64_t index;
  WEIR_TRY(cursor_s33_leb(c, &index));
  if (index < 0)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, at, "invalid leading byte (0x%x) for component value type", byte);
  if (index >= AST_NONE)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, at, "index out of range");
  ret->is_index = true;
  ret->index = (uint32_t)index;
  return WEIR_OK;
}

weir_status decode_optional_valtype(struct cursor *c, struct ast_valtype *ret) {
  bool present;
  *ret = (struct ast_valtype){0};
  WEIR_TRY(decode_flag(c, "optional component value type", &present));
  return present ? decode_valtype(c, ret) : WEIR_OK;
}

weir_status decode_resultlist(struct cursor *c, struct ast_valtype *ret) {
  bool absent;
  *ret = (struct ast_valtype){0};
  WEIR_TRY(decode_flag(c, "component function results", &absent));
  return absent ? decode_expect(c, 0x00, "number of results") : decode_valtype(c, ret);
}

weir_status decode_plain_name(struct cursor *c, struct ast_name *ret) {
  *ret = (struct ast_name){STR(""), STR(""), STR(""), STR("")};
  return cursor_name(c, &ret->name);
}

static weir_status decode_attribute(struct cursor *c, struct ast_name *name, unsigned *seen) {
  static const char *const words[] = {"implements", "versionsuffix", "external-id"};
  struct str *const places[] = {&name->implements, &name->version_suffix, &name->external_id};
  size_t at = cursor_offset(c);
  uint8_t kind;
  WEIR_TRY(cursor_u8(c, &kind));
  if (kind > 2)
    return decode_bad_byte(c, kind, "name option");
  if ((*seen & 1u << kind) != 0)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, at, "duplicate '%s' option in name", words[kind]);
  *seen |= 1u << kind;
  return cursor_name(c, places[kind]);
}

weir_status decode_name(struct cursor *c, struct ast_name *ret) {
  uint8_t form;
  WEIR_TRY(cursor_u8(c, &form));
  if (form > 2)
    return decode_bad_byte(c, form, "component name");
  WEIR_TRY(decode_plain_name(c, ret));
  if (form != 2)
    return WEIR_OK;
  uint32_t count;
  unsigned seen = 0;
  WEIR_TRY(decode_count(c, 2, &count));
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(decode_attribute(c, ret, &seen));
  return WEIR_OK;
}

weir_status decode_sort(struct cursor *c, enum ast_sort *ret) {
  uint8_t byte;
  WEIR_TRY(cursor_u8(c, &byte));
  if (byte > AST_SORT_INSTANCE)
    return decode_bad_byte(c, byte, "component external kind");
  if (byte == 0x00)
    WEIR_TRY(decode_expect(c, AST_SORT_CORE_MODULE & 0xff, "component external kind"));
  *ret = byte == 0x00 ? AST_SORT_CORE_MODULE : (enum ast_sort)byte;
  return WEIR_OK;
}

weir_status decode_sort_index(struct cursor *c, struct ast_sort_index *ret) {
  WEIR_TRY(decode_sort(c, &ret->sort));
  return decode_index(c, &ret->index);
}

static weir_status decode_type_bound(struct cursor *c, struct ast_extern_type *ret) {
  bool is_resource;
  WEIR_TRY(decode_flag(c, "type bound", &is_resource));
  return is_resource ? WEIR_OK : decode_index(c, &ret->index);
}

static weir_status decode_value_bound(struct cursor *c, struct ast_extern_type *ret) {
  bool by_type;
  WEIR_TRY(decode_flag(c, "value bound", &by_type));
  return by_type ? decode_valtype(c, &ret->value) : decode_index(c, &ret->index);
}

weir_status decode_extern_type(struct cursor *c, struct ast_extern_type *ret) {
  *ret = (struct ast_extern_type){.index = AST_NONE};
  WEIR_TRY(decode_sort(c, &ret->sort));
  if (ret->sort == AST_SORT_TYPE)
    return decode_type_bound(c, ret);
  if (ret->sort == AST_SORT_VALUE)
    return decode_value_bound(c, ret);
  return decode_index(c, &ret->index);
}
