/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * type: value, function, resource, component and instance types with their declarators (Binary.md#type-definitions).
 * Component and instance types hold each other; that is the only recursion here and decode_enter() bounds it.
 */
#include "component/decode_items.h"
#include "component/decode_parts.h"

enum field_shape { FIELD_LABEL_TYPE, FIELD_CASE, FIELD_TYPE, FIELD_LABEL };

static weir_status read_field(struct cursor *c, enum field_shape shape, struct ast_label_type *field) {
  field->label = STR("");
  if (shape != FIELD_TYPE)
    WEIR_TRY(cursor_name(c, &field->label));
  if (shape == FIELD_LABEL)
    return WEIR_OK;
  if (shape != FIELD_CASE)
    return decode_valtype(c, &field->type);
  WEIR_TRY(decode_optional_valtype(c, &field->type));
  return decode_expect(c, 0x00, "zero byte required");
}

static weir_status read_fields(struct decoder *dec, struct cursor *c, enum field_shape shape, struct ast_type *type) {
  static const uint8_t smallest[] = {[FIELD_LABEL_TYPE] = 2, [FIELD_CASE] = 3, [FIELD_TYPE] = 1, [FIELD_LABEL] = 1};
  uint32_t count;
  WEIR_TRY(decode_count(c, smallest[shape], &count));
  struct ast_label_type *fields = ARENA_ARRAY(dec->arena, struct ast_label_type, count);
  if (!fields)
    return diag_nomem(c->diag);
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(read_field(c, shape, &fields[i]));
  type->fields = fields;
  type->field_count = count;
  return WEIR_OK;
}

static weir_status read_func(struct decoder *dec, struct cursor *c, struct ast_type *type) {
  WEIR_TRY(read_fields(dec, c, FIELD_LABEL_TYPE, type));
  return decode_resultlist(c, &type->a);
}

static weir_status read_resource(struct cursor *c, struct ast_type *type) {
  bool has_dtor;
  type->index = AST_NONE;
  WEIR_TRY(decode_core_valtype(c, &type->rep));
  WEIR_TRY(decode_flag(c, "resource destructor", &has_dtor));
  return has_dtor ? decode_index(c, &type->index) : WEIR_OK;
}

/* ---- declarators ------------------------------------------------------------------------------------------------- */

static weir_status append_decl(struct decoder *dec, struct cursor *c, struct decode_list *list, struct ast_decl decl) {
  void *place;
  WEIR_TRY(decode_append(dec, c, list, &place));
  *(struct ast_decl *)place = decl;
  return WEIR_OK;
}

static weir_status read_core_type_decl(struct decoder *dec, struct cursor *c, struct decode_list *list,
                                       struct ast_decl decl) {
  uint32_t count;
  decl.kind = AST_DECL_CORE_TYPE;
  WEIR_TRY(decode_core_type(dec, c, &decl.of.core_type, &count));
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(append_decl(dec, c, list, decl));
  return WEIR_OK;
}

static weir_status read_decl(struct decoder *dec, struct cursor *c, enum ast_type_kind of, struct decode_list *list) {
  struct ast_decl decl = {.offset = cursor_offset(c)};
  uint8_t byte;
  WEIR_TRY(cursor_u8(c, &byte));
  if (byte == 0x00)
    return read_core_type_decl(dec, c, list, decl);
  if (byte == 0x01) {
    decl.kind = AST_DECL_TYPE;
    WEIR_TRY(decode_type(dec, c, &decl.of.type));
  } else if (byte == 0x02) {
    decl.kind = AST_DECL_ALIAS;
    WEIR_TRY(decode_alias(dec, c, &decl.of.alias));
  } else if (byte == 0x04 || (byte == 0x03 && of == AST_TYPE_COMPONENT)) {
    decl.kind = byte == 0x03 ? AST_DECL_IMPORT : AST_DECL_EXPORT;
    WEIR_TRY(decode_import(dec, c, &decl.of.item));
  } else {
    return decode_bad_byte(c, byte, "component or instance type declaration");
  }
  return append_decl(dec, c, list, decl);
}

static weir_status read_decls(struct decoder *dec, struct cursor *c, struct ast_type *type) {
  struct decode_list list = {.size = sizeof(struct ast_decl)};
  uint32_t count;
  WEIR_TRY(decode_enter(dec, c));
  WEIR_TRY(decode_count(c, 2, &count));
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(read_decl(dec, c, type->kind, &list));
  decode_leave(dec);
  type->decls = list.data;
  type->decl_count = list.count;
  return WEIR_OK;
}

/* ---- types ------------------------------------------------------------------------------------------------------- */

/* The kind for a leading byte. */
static bool type_kind_of(uint8_t byte, enum ast_type_kind *ret) {
  static const struct {
    uint8_t byte, kind;
  } kinds[] = {
      {0x72, AST_TYPE_RECORD},    {0x71, AST_TYPE_VARIANT},  {0x70, AST_TYPE_LIST},       {0x6f, AST_TYPE_TUPLE},
      {0x6e, AST_TYPE_FLAGS},     {0x6d, AST_TYPE_ENUM},     {0x6b, AST_TYPE_OPTION},     {0x6a, AST_TYPE_RESULT},
      {0x69, AST_TYPE_OWN},       {0x68, AST_TYPE_BORROW},   {0x67, AST_TYPE_FIXED_LIST}, {0x66, AST_TYPE_STREAM},
      {0x65, AST_TYPE_FUTURE},    {0x63, AST_TYPE_MAP},      {0x3f, AST_TYPE_RESOURCE},   {0x40, AST_TYPE_FUNC},
      {0x41, AST_TYPE_COMPONENT}, {0x42, AST_TYPE_INSTANCE}, {0x43, AST_TYPE_FUNC},
  };
  for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
    if (kinds[i].byte != byte)
      continue;
    *ret = (enum ast_type_kind)kinds[i].kind;
    return true;
  }
  return false;
}

/* Types of one or two value types. */
static weir_status read_wrapper(struct cursor *c, struct ast_type *type) {
  switch (type->kind) {
    case AST_TYPE_FIXED_LIST:
      WEIR_TRY(decode_valtype(c, &type->a));
      return cursor_u32_leb(c, &type->length);
    case AST_TYPE_RESULT:
      WEIR_TRY(decode_optional_valtype(c, &type->a));
      return decode_optional_valtype(c, &type->b);
    case AST_TYPE_MAP:
      WEIR_TRY(decode_valtype(c, &type->a));
      return decode_valtype(c, &type->b);
    case AST_TYPE_STREAM:
    case AST_TYPE_FUTURE:
      return decode_optional_valtype(c, &type->a);
    default:
      return decode_valtype(c, &type->a);
  }
}

static weir_status read_body(struct decoder *dec, struct cursor *c, struct ast_type *type) {
  switch (type->kind) {
    case AST_TYPE_PRIMITIVE:
      return WEIR_OK;
    case AST_TYPE_RECORD:
      return read_fields(dec, c, FIELD_LABEL_TYPE, type);
    case AST_TYPE_VARIANT:
      return read_fields(dec, c, FIELD_CASE, type);
    case AST_TYPE_TUPLE:
      return read_fields(dec, c, FIELD_TYPE, type);
    case AST_TYPE_FLAGS:
    case AST_TYPE_ENUM:
      return read_fields(dec, c, FIELD_LABEL, type);
    case AST_TYPE_OWN:
    case AST_TYPE_BORROW:
      return decode_index(c, &type->index);
    case AST_TYPE_RESOURCE:
      return read_resource(c, type);
    case AST_TYPE_FUNC:
      return read_func(dec, c, type);
    case AST_TYPE_COMPONENT:
    case AST_TYPE_INSTANCE:
      return read_decls(dec, c, type);
    default:
      return read_wrapper(c, type);
  }
}

weir_status decode_type(struct decoder *dec, struct cursor *c, const struct ast_type **ret) {
  uint8_t byte;
  WEIR_TRY(cursor_u8(c, &byte));
  struct ast_type *type = ARENA_NEW(dec->arena, struct ast_type);
  if (!type)
    return diag_nomem(c->diag);
  if (decode_primitive(byte, &type->primitive))
    type->kind = AST_TYPE_PRIMITIVE;
  else if (!type_kind_of(byte, &type->kind))
    return decode_bad_byte(c, byte, "component defined type");
  type->async = byte == 0x43;
  *ret = type;
  return read_body(dec, c, type);
}
