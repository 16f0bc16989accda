/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Values as WAVE text, and the public printers. Values are checked against their types first, so the writers below
 * trust them. The text reads back as an equal value.
 */
#include "wit/wave.h"

#include "abi/value.h"
#include "abi/value_packed.h"
#include "base/number.h"
#include "base/utf8.h"
#include "wit/wit.h"

/* ---- chars and strings ------------------------------------------------------------------------------------------- */

static void print_scalar(struct text *out, uint32_t c, char quote) {
  if (c == (uint32_t)quote || c == '\\') {
    text_char(out, '\\');
    text_char(out, (char)c);
  } else if (c == '\n') {
    text_add(out, STR("\\n"));
  } else if (c == '\r') {
    text_add(out, STR("\\r"));
  } else if (c == '\t') {
    text_add(out, STR("\\t"));
  } else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029) {
    text_printf(out, "\\u{%x}", (unsigned)c);
  } else {
    text_scalar(out, c);
  }
}

static void print_string(struct text *out, struct str s) {
  text_char(out, '"');
  for (size_t i = 0; i < s.size && !out->failed;) {
    uint32_t scalar = 0xfffd;
    int n = utf8_decode((const uint8_t *)s.data + i, s.size - i, &scalar);
    print_scalar(out, n > 0 ? scalar : 0xfffd, '"');
    i += n > 0 ? (size_t)n : 1;
  }
  text_char(out, '"');
}

static void print_char(struct text *out, uint32_t scalar) {
  text_char(out, '\'');
  print_scalar(out, scalar, '\'');
  text_char(out, '\'');
}

/* ---- aggregates -------------------------------------------------------------------------------------------------- */

static weir_status print_packed(struct text *out, const struct weir_type *elem, const weir_value *value,
                                struct diag *d) {
  struct value_packed packed = value_packed_of(value);
  text_char(out, '[');
  for (size_t i = 0; i < packed.count; i++) {
    weir_value item = value_packed_item(&packed, i);
    if (i > 0)
      text_add(out, STR(", "));
    WEIR_TRY(wave_print(out, elem, &item, d));
  }
  text_char(out, ']');
  return WEIR_OK;
}

static weir_status print_list(struct text *out, const struct weir_type *type, const weir_value *value, struct diag *d) {
  if (value_is_packed(value))
    return print_packed(out, type->elem, value, d);
  text_char(out, '[');
  for (size_t i = 0; i < value->of.list.count; i++) {
    if (i > 0)
      text_add(out, STR(", "));
    WEIR_TRY(wave_print(out, type->elem, &value->of.list.items[i], d));
  }
  text_char(out, ']');
  return WEIR_OK;
}

static weir_status print_map(struct text *out, const struct weir_type *type, const weir_value *value, struct diag *d) {
  const struct type_field *pair = type->elem->fields;
  text_char(out, '{');
  if (value->of.list.count == 0)
    text_char(out, ':');
  for (size_t i = 0; i < value->of.list.count; i++) {
    const weir_value *entry = value->of.list.items[i].of.list.items;
    if (i > 0)
      text_add(out, STR(", "));
    WEIR_TRY(wave_print(out, pair[0].type, &entry[0], d));
    text_add(out, STR(": "));
    WEIR_TRY(wave_print(out, pair[1].type, &entry[1], d));
  }
  text_char(out, '}');
  return WEIR_OK;
}

/* Leaves out fields whose value is none. */
static weir_status print_record(struct text *out, const struct weir_type *type, const weir_value *value,
                                struct diag *d) {
  bool any = false;
  text_char(out, '{');
  for (uint32_t i = 0; i < type->field_count; i++) {
    const weir_value *item = &value->of.list.items[i];
    if (type->fields[i].type->kind == TYPE_OPTION && value_tag(item) == 0)
      continue;
    if (any)
      text_add(out, STR(", "));
    any = true;
    text_printf(out, STR_FMT ": ", STR_ARG(type->fields[i].label));
    WEIR_TRY(wave_print(out, type->fields[i].type, item, d));
  }
  text_add(out, any ? STR("}") : STR(":}"));
  return WEIR_OK;
}

static weir_status print_tuple(struct text *out, const struct weir_type *type, const weir_value *value,
                               struct diag *d) {
  text_char(out, '(');
  for (uint32_t i = 0; i < type->field_count; i++) {
    if (i > 0)
      text_add(out, STR(", "));
    WEIR_TRY(wave_print(out, type->fields[i].type, &value->of.list.items[i], d));
  }
  text_char(out, ')');
  return WEIR_OK;
}

static void print_flags(struct text *out, const struct weir_type *type, uint32_t bits) {
  bool any = false;
  text_char(out, '{');
  for (uint32_t i = 0; i < type->field_count && i < 32; i++) {
    if ((bits >> i & 1) == 0)
      continue;
    if (any)
      text_add(out, STR(", "));
    any = true;
    text_add(out, type->fields[i].label);
  }
  text_char(out, '}');
}

/* The name of the case: a word of its own for options and results, else the label, escaped where it is a keyword. */
static void print_case_name(struct text *out, const struct weir_type *type, uint32_t tag) {
  if (type->kind == TYPE_OPTION) {
    text_add(out, tag == 0 ? STR("none") : STR("some"));
  } else if (type->kind == TYPE_RESULT) {
    text_add(out, tag == 0 ? STR("ok") : STR("err"));
  } else {
    if (wave_is_keyword(type->fields[tag].label))
      text_char(out, '%');
    text_add(out, type->fields[tag].label);
  }
}

static weir_status print_variant(struct text *out, const struct weir_type *type, const weir_value *value,
                                 struct diag *d) {
  uint32_t tag = value_tag(value);
  print_case_name(out, type, tag);
  const struct weir_type *payload = type->fields[tag].type;
  if (!payload)
    return WEIR_OK;
  text_char(out, '(');
  WEIR_TRY(wave_print(out, payload, value->of.payload, d));
  text_char(out, ')');
  return WEIR_OK;
}

static void print_number(struct text *out, const weir_value *value) {
  switch (value->kind) {
    case WEIR_VALUE_S8:
      text_printf(out, "%d", value->of.s8);
      break;
    case WEIR_VALUE_U8:
      text_printf(out, "%u", (unsigned)value->of.u8);
      break;
    case WEIR_VALUE_S16:
      text_printf(out, "%d", value->of.s16);
      break;
    case WEIR_VALUE_U16:
      text_printf(out, "%u", (unsigned)value->of.u16);
      break;
    case WEIR_VALUE_S32:
      text_printf(out, "%ld", (long)value->of.s32);
      break;
    case WEIR_VALUE_U32:
      text_printf(out, "%lu", (unsigned long)value->of.u32);
      break;
    case WEIR_VALUE_S64:
      text_printf(out, "%lld", (long long)value->of.s64);
      break;
    default:
      text_printf(out, "%llu", (unsigned long long)value->of.u64);
      break;
  }
}

weir_status wave_print(struct text *out, const struct weir_type *type, const weir_value *value, struct diag *d) {
  switch (type->kind) {
    case TYPE_BOOL:
      text_add(out, value->of.boolean ? STR("true") : STR("false"));
      return WEIR_OK;
    case TYPE_F32:
      text_float(out, (double)value->of.f32, true);
      return WEIR_OK;
    case TYPE_F64:
      text_float(out, value->of.f64, false);
      return WEIR_OK;
    case TYPE_CHAR:
      print_char(out, value->of.character);
      return WEIR_OK;
    case TYPE_STRING:
      print_string(out, (struct str){value->of.string.data, value->of.string.size});
      return WEIR_OK;
    case TYPE_LIST:
    case TYPE_FIXED_LIST:
      return print_list(out, type, value, d);
    case TYPE_MAP:
      return print_map(out, type, value, d);
    case TYPE_RECORD:
      return print_record(out, type, value, d);
    case TYPE_TUPLE:
      return print_tuple(out, type, value, d);
    case TYPE_VARIANT:
    case TYPE_ENUM:
    case TYPE_OPTION:
    case TYPE_RESULT:
      return print_variant(out, type, value, d);
    case TYPE_FLAGS:
      print_flags(out, type, value->of.flags);
      return WEIR_OK;
    case TYPE_ERROR_CONTEXT:
    case TYPE_OWN:
    case TYPE_BORROW:
    case TYPE_STREAM:
    case TYPE_FUTURE:
      return diag_set(d, WEIR_ERR_TYPE, "resources, streams, futures and error contexts have no text");
    default:
      print_number(out, value);
      return WEIR_OK;
  }
}

/* ---- public ------------------------------------------------------------------------------------------------------ */

static weir_status value_print(const weir_type *type, const weir_value *value, struct text *out, struct diag *d) {
  WEIR_TRY(value_check(type, value, d));
  return wave_print(out, type, value, d);
}

weir_status weir_value_print(const weir_type *type, const weir_value *value, char **ret_text, size_t *ret_size,
                             weir_error **ret_error) {
  struct diag d;
  struct text out;
  diag_init(&d);
  text_init(&out);
  weir_status status = value_print(type, value, &out, &d);
  if (status == WEIR_OK) {
    *ret_text = text_take(&out, ret_size);
    status = *ret_text ? WEIR_OK : diag_nomem(&d);
  }
  text_done(&out);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}
