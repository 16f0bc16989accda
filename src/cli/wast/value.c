/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Constants by type. A constant is a keyword and its operands; it stands in parentheses of its own, except in a field
 * of a record, where it follows the label. So readers get the keyword, and its siblings up to the end are operands.
 */
#include "cli/wast/value.h"

#include "abi/value.h"
#include "base/utf8.h"
#include "cli/wast/number.h"

static weir_status read_const(const struct sexp *keyword, const struct weir_type *type, weir_value *ret,
                              struct diag *d);

/* The types that a keyword may stand for. */
struct const_kind {
  const char *keyword;
  enum type_kind type, or_type, or_type_too;
};

static const struct const_kind const_kinds[] = {
    {"bool.const", TYPE_BOOL, TYPE_BOOL, TYPE_BOOL},
    {"s8.const", TYPE_S8, TYPE_S8, TYPE_S8},
    {"u8.const", TYPE_U8, TYPE_U8, TYPE_U8},
    {"s16.const", TYPE_S16, TYPE_S16, TYPE_S16},
    {"u16.const", TYPE_U16, TYPE_U16, TYPE_U16},
    {"s32.const", TYPE_S32, TYPE_S32, TYPE_S32},
    {"u32.const", TYPE_U32, TYPE_U32, TYPE_U32},
    {"s64.const", TYPE_S64, TYPE_S64, TYPE_S64},
    {"u64.const", TYPE_U64, TYPE_U64, TYPE_U64},
    {"f32.const", TYPE_F32, TYPE_F32, TYPE_F32},
    {"f64.const", TYPE_F64, TYPE_F64, TYPE_F64},
    {"char.const", TYPE_CHAR, TYPE_CHAR, TYPE_CHAR},
    {"str.const", TYPE_STRING, TYPE_STRING, TYPE_STRING},
    {"list.const", TYPE_LIST, TYPE_FIXED_LIST, TYPE_MAP},
    {"record.const", TYPE_RECORD, TYPE_RECORD, TYPE_RECORD},
    {"tuple.const", TYPE_TUPLE, TYPE_TUPLE, TYPE_TUPLE},
    {"variant.const", TYPE_VARIANT, TYPE_VARIANT, TYPE_VARIANT},
    {"enum.const", TYPE_ENUM, TYPE_ENUM, TYPE_ENUM},
    {"option.none", TYPE_OPTION, TYPE_OPTION, TYPE_OPTION},
    {"option.some", TYPE_OPTION, TYPE_OPTION, TYPE_OPTION},
    {"result.ok", TYPE_RESULT, TYPE_RESULT, TYPE_RESULT},
    {"result.err", TYPE_RESULT, TYPE_RESULT, TYPE_RESULT},
    {"flags.const", TYPE_FLAGS, TYPE_FLAGS, TYPE_FLAGS},
};

static weir_status const_error(const struct sexp *at, weir_status status, struct diag *d, const char *message) {
  return diag_set(d, status, "%u:%u: %s", at->line, at->column, message);
}

static weir_status check_keyword(const struct sexp *keyword, const struct weir_type *type, struct diag *d) {
  for (size_t i = 0; i < sizeof(const_kinds) / sizeof(const_kinds[0]); i++) {
    const struct const_kind *k = &const_kinds[i];
    if (!sexp_is(keyword, k->keyword))
      continue;
    if (type->kind == k->type || type->kind == k->or_type || type->kind == k->or_type_too)
      return WEIR_OK;
    char *name = NULL;
    weir_type_print(type, &name, NULL);
    diag_set(d, WEIR_ERR_TYPE, "%u:%u: %s where the function has %s", keyword->line, keyword->column, k->keyword,
             !name ? "another type" : name);
    weir_text_free(name);
    return WEIR_ERR_TYPE;
  }
  return const_error(keyword, WEIR_ERR_PARSE, d, "expected a constant of a component value, such as (u32.const 1)");
}

/* ---- scalars ----------------------------------------------------------------------------------------------------- */

/* The one operand, of that kind. */
static weir_status one_operand(const struct sexp *keyword, enum sexp_kind kind, const struct sexp **ret,
                               struct diag *d) {
  *ret = keyword->next;
  if (!*ret || (*ret)->kind != kind || (*ret)->next)
    return const_error(keyword, WEIR_ERR_PARSE, d, kind == SEXP_STRING ? "expected one string" : "expected one number");
  return WEIR_OK;
}

static weir_status read_bool(const struct sexp *keyword, weir_value *ret, struct diag *d) {
  const struct sexp *operand;
  WEIR_TRY(one_operand(keyword, SEXP_ATOM, &operand, d));
  if (!sexp_is(operand, "true") && !sexp_is(operand, "false"))
    return const_error(operand, WEIR_ERR_PARSE, d, "expected true or false");
  *ret = (weir_value){.kind = WEIR_VALUE_BOOL, .of.boolean = sexp_is(operand, "true")};
  return WEIR_OK;
}

/* As in core text, a signed literal may also be written as the unsigned number of the same bits, and back. */
static weir_status read_integer(const struct sexp *keyword, enum type_kind kind, weir_value *ret, struct diag *d) {
  const struct sexp *operand;
  bool negative = false;
  uint64_t magnitude = 0;
  WEIR_TRY(one_operand(keyword, SEXP_ATOM, &operand, d));
  unsigned bits = 8u << ((kind - TYPE_S8) / 2);
  uint64_t most = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1, least = UINT64_C(1) << (bits - 1);
  if (!wast_integer(operand->text, &negative, &magnitude))
    return const_error(operand, WEIR_ERR_PARSE, d, "expected an integer");
  if (magnitude > (negative ? least : most))
    return const_error(operand, WEIR_ERR_PARSE, d, "the constant is out of range");
  *ret = value_integer(kind, negative ? 0 - magnitude : magnitude);
  return WEIR_OK;
}

static weir_status read_float(const struct sexp *keyword, enum type_kind kind, weir_value *ret, struct diag *d) {
  const struct sexp *operand;
  WEIR_TRY(one_operand(keyword, SEXP_ATOM, &operand, d));
  bool ok = kind == TYPE_F32 ? wast_f32(operand->text, &ret->of.f32) : wast_f64(operand->text, &ret->of.f64);
  if (!ok)
    return const_error(operand, WEIR_ERR_PARSE, d, "expected a number");
  ret->kind = kind == TYPE_F32 ? WEIR_VALUE_F32 : WEIR_VALUE_F64;
  return WEIR_OK;
}

static weir_status read_char(const struct sexp *keyword, weir_value *ret, struct diag *d) {
  const struct sexp *operand;
  uint32_t scalar = 0;
  WEIR_TRY(one_operand(keyword, SEXP_STRING, &operand, d));
  int n = utf8_decode((const uint8_t *)operand->text.data, operand->text.size, &scalar);
  if (n <= 0 || (size_t)n != operand->text.size)
    return const_error(operand, WEIR_ERR_PARSE, d, "expected one scalar value");
  *ret = (weir_value){.kind = WEIR_VALUE_CHAR, .of.character = scalar};
  return WEIR_OK;
}

static weir_status read_str(const struct sexp *keyword, weir_value *ret, struct diag *d) {
  const struct sexp *operand;
  WEIR_TRY(one_operand(keyword, SEXP_STRING, &operand, d));
  weir_status status = weir_value_new_string(operand->text.data, operand->text.size, ret);
  if (status == WEIR_OK)
    return WEIR_OK;
  return const_error(operand, status, d, status == WEIR_ERR_NOMEM ? "out of memory" : "the string is not UTF-8");
}

/* ---- aggregates -------------------------------------------------------------------------------------------------- */

static uint32_t count_forms(const struct sexp *first) {
  uint32_t n = 0;
  for (; first; first = first->next)
    n++;
  return n;
}

/* Clears what a failed reader has made so far. */
static weir_status finish(weir_status status, weir_value *ret) {
  if (status != WEIR_OK)
    weir_value_clear(ret);
  return status;
}

static weir_status read_list(const struct sexp *keyword, const struct weir_type *type, weir_value *ret,
                             struct diag *d) {
  uint32_t count = count_forms(keyword->next), i = 0;
  weir_status status = WEIR_OK;
  if (type->kind == TYPE_FIXED_LIST && count != type->length)
    return const_error(keyword, WEIR_ERR_TYPE, d, "the list does not have the length of its type");
  if (weir_value_new_list(count, ret) != WEIR_OK)
    return diag_nomem(d);
  for (const struct sexp *s = keyword->next; s && status == WEIR_OK; s = s->next)
    status = wast_value(s, type->elem, &ret->of.list.items[i++], d);
  return finish(status, ret);
}

static weir_status read_tuple(const struct sexp *keyword, const struct weir_type *type, weir_value *ret,
                              struct diag *d) {
  weir_status status = WEIR_OK;
  uint32_t i = 0;
  if (count_forms(keyword->next) != type->field_count)
    return const_error(keyword, WEIR_ERR_TYPE, d, "the tuple does not have the length of its type");
  if (weir_value_new_record(type->field_count, ret) != WEIR_OK)
    return diag_nomem(d);
  for (const struct sexp *s = keyword->next; s && status == WEIR_OK; s = s->next, i++)
    status = wast_value(s, type->fields[i].type, &ret->of.list.items[i], d);
  return finish(status, ret);
}

static weir_status find_label(const struct sexp *at, const struct weir_type *type, uint32_t *ret, struct diag *d) {
  if (!at || at->kind != SEXP_STRING)
    return diag_set(d, WEIR_ERR_PARSE, "expected a label as a string");
  for (uint32_t i = 0; i < type->field_count; i++) {
    if (!str_eq(type->fields[i].label, at->text))
      continue;
    *ret = i;
    return WEIR_OK;
  }
  return const_error(at, WEIR_ERR_TYPE, d, "the type has no such label");
}

/* (field "name" keyword operands), or with the constant in parentheses. */
static weir_status read_field(const struct sexp *field, const struct weir_type *type, weir_value *items,
                              struct diag *d) {
  uint32_t i = 0;
  if (!str_eq(sexp_head(field), STR("field")))
    return const_error(field, WEIR_ERR_PARSE, d, "expected (field \"name\" constant)");
  const struct sexp *label = field->first->next;
  WEIR_TRY(find_label(label, type, &i, d));
  if (items[i].kind != WEIR_VALUE_NONE)
    return const_error(field, WEIR_ERR_PARSE, d, "the field is given twice");
  if (label->next && label->next->kind == SEXP_LIST)
    return wast_value(label->next, type->fields[i].type, &items[i], d);
  return read_const(!label->next ? label : label->next, type->fields[i].type, &items[i], d);
}

static weir_status read_record(const struct sexp *keyword, const struct weir_type *type, weir_value *ret,
                               struct diag *d) {
  weir_status status = WEIR_OK;
  if (count_forms(keyword->next) != type->field_count)
    return const_error(keyword, WEIR_ERR_TYPE, d, "the record does not have as many fields as its type");
  if (weir_value_new_record(type->field_count, ret) != WEIR_OK)
    return diag_nomem(d);
  for (const struct sexp *s = keyword->next; s && status == WEIR_OK; s = s->next)
    status = read_field(s, type, ret->of.list.items, d);
  return finish(status, ret);
}

static weir_status read_flags(const struct sexp *keyword, const struct weir_type *type, weir_value *ret,
                              struct diag *d) {
  uint32_t bits = 0, i = 0;
  for (const struct sexp *s = keyword->next; s; s = s->next) {
    WEIR_TRY(find_label(s, type, &i, d));
    bits |= UINT32_C(1) << i;
  }
  *ret = (weir_value){.kind = WEIR_VALUE_FLAGS, .of.flags = bits};
  return WEIR_OK;
}

/* A case with the constant `payload` (NULL: none), checked against the type of the case. */
static weir_status read_case(const struct sexp *keyword, const struct weir_type *type, uint32_t tag,
                             const struct sexp *payload, weir_value *ret, struct diag *d) {
  const struct weir_type *payload_type = type->fields[tag].type;
  weir_value value = {0};
  if ((!payload_type) != (!payload) || (payload && payload->next))
    return const_error(keyword, WEIR_ERR_TYPE, d, "the case and its type do not agree on the payload");
  if (payload)
    WEIR_TRY(wast_value(payload, payload_type, &value, d));
  if (weir_value_new_variant(tag, !payload ? NULL : &value, ret) == WEIR_OK)
    return WEIR_OK;
  weir_value_clear(&value);
  return diag_nomem(d);
}

static weir_status read_variant(const struct sexp *keyword, const struct weir_type *type, weir_value *ret,
                                struct diag *d) {
  uint32_t tag = 0;
  WEIR_TRY(find_label(keyword->next, type, &tag, d));
  return read_case(keyword, type, tag, keyword->next->next, ret, d);
}

static weir_status read_const(const struct sexp *keyword, const struct weir_type *type, weir_value *ret,
                              struct diag *d) {
  WEIR_TRY(check_keyword(keyword, type, d));
  switch (type->kind) {
    case TYPE_BOOL:
      return read_bool(keyword, ret, d);
    case TYPE_F32:
    case TYPE_F64:
      return read_float(keyword, type->kind, ret, d);
    case TYPE_CHAR:
      return read_char(keyword, ret, d);
    case TYPE_STRING:
      return read_str(keyword, ret, d);
    case TYPE_LIST:
    case TYPE_FIXED_LIST:
    case TYPE_MAP:
      return read_list(keyword, type, ret, d);
    case TYPE_RECORD:
      return read_record(keyword, type, ret, d);
    case TYPE_TUPLE:
      return read_tuple(keyword, type, ret, d);
    case TYPE_VARIANT:
    case TYPE_ENUM:
      return read_variant(keyword, type, ret, d);
    case TYPE_OPTION:
      return read_case(keyword, type, sexp_is(keyword, "option.some") ? 1 : 0, keyword->next, ret, d);
    case TYPE_RESULT:
      return read_case(keyword, type, sexp_is(keyword, "result.err") ? 1 : 0, keyword->next, ret, d);
    case TYPE_FLAGS:
      return read_flags(keyword, type, ret, d);
    default:
      return read_integer(keyword, type->kind, ret, d);
  }
}

weir_status wast_value(const struct sexp *form, const struct weir_type *type, weir_value *ret, struct diag *d) {
  *ret = (weir_value){0};
  if (form->kind != SEXP_LIST || !form->first)
    return const_error(form, WEIR_ERR_PARSE, d, "expected a constant in parentheses");
  weir_status status = read_const(form->first, type, ret, d);
  if (status != WEIR_OK)
    *ret = (weir_value){0};
  return status;
}
