/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Values of WAVE that hold no other values. In order: numbers, characters, booleans and strings; the labels of a type;
 * flags; the one function that tells them apart.
 */
#include "wit/wave.h"

#include "abi/value.h"
#include "component/graph.h"

struct int_range {
  const char *name;
  uint64_t below; /* the largest magnitude below zero */
  uint64_t above; /* the largest value */
};

/* In the order of enum type_kind, from TYPE_S8. */
static const struct int_range int_ranges[] = {
    {"s8", 1u << 7, INT8_MAX},    {"u8", 0, UINT8_MAX},   {"s16", 1u << 15, INT16_MAX},   {"u16", 0, UINT16_MAX},
    {"s32", 1u << 31, INT32_MAX}, {"u32", 0, UINT32_MAX}, {"s64", 1ull << 63, INT64_MAX}, {"u64", 0, UINT64_MAX},
};

static weir_status parse_int(struct wave_scan *s, enum type_kind kind, weir_value *ret) {
  const struct int_range *range = &int_ranges[kind - TYPE_S8];
  bool negative = false;
  uint64_t magnitude = 0;
  wave_space(s);
  size_t at = s->pos;
  WEIR_TRY(wave_integer(s, range->name, &negative, &magnitude));
  if (negative && range->below == 0)
    return diag_at(s->diag, WEIR_ERR_PARSE, at, "the number is negative, but its type is %s", range->name);
  if (magnitude > (negative ? range->below : range->above))
    return diag_at(s->diag, WEIR_ERR_PARSE, at, "the number is out of range for %s", range->name);
  *ret = value_integer(kind, negative ? 0 - magnitude : magnitude);
  return WEIR_OK;
}

static weir_status parse_bool(struct wave_scan *s, weir_value *ret) {
  struct wave_label label;
  if (!wave_peek_label(s, &label) || label.escaped ||
      !(str_eq(label.name, STR("true")) || str_eq(label.name, STR("false"))))
    return wave_expected(s, "true or false");
  wave_skip_label(s, &label);
  *ret = (weir_value){.kind = WEIR_VALUE_BOOL, .of.boolean = label.name.data[0] == 't'};
  return WEIR_OK;
}

static weir_status parse_string(struct wave_scan *s, weir_value *ret) {
  struct text text;
  text_init(&text);
  weir_status status = wave_string(s, &text);
  if (status == WEIR_OK) {
    status = weir_value_new_string(!text.data ? "" : text.data, text.size, ret);
    if (status != WEIR_OK)
      diag_set(s->diag, status, "the string cannot be made");
  }
  text_done(&text);
  return status;
}

static weir_status parse_f32(struct wave_scan *s, weir_value *ret) {
  WEIR_TRY(wave_f32(s, &ret->of.f32));
  ret->kind = WEIR_VALUE_F32;
  return WEIR_OK;
}

static weir_status parse_f64(struct wave_scan *s, weir_value *ret) {
  WEIR_TRY(wave_f64(s, &ret->of.f64));
  ret->kind = WEIR_VALUE_F64;
  return WEIR_OK;
}

static weir_status parse_char(struct wave_scan *s, weir_value *ret) {
  uint32_t scalar = 0;
  WEIR_TRY(wave_char(s, &scalar));
  *ret = (weir_value){.kind = WEIR_VALUE_CHAR, .of.character = scalar};
  return WEIR_OK;
}

/* ---- labels and flags -------------------------------------------------------------------------------------------- */

static weir_status unknown_label(struct wave_scan *s, const struct wave_label *label, const char *what) {
  return diag_at(s->diag, WEIR_ERR_PARSE, label->at, "there is no %s `" STR_FMT "` in the type", what,
                 STR_ARG(label->name));
}

/* The position of a label in the type; WEIR_ERR_PARSE: the type lacks it. */
weir_status wave_label_index(struct wave_scan *s, const struct weir_type *type, const char *what, uint32_t *ret) {
  struct wave_label label;
  if (!wave_peek_label(s, &label))
    return wave_expected(s, what);
  for (uint32_t i = 0; i < type->field_count; i++) {
    if (!str_eq(type->fields[i].label, label.name))
      continue;
    wave_skip_label(s, &label);
    *ret = i;
    return WEIR_OK;
  }
  return unknown_label(s, &label, what);
}

static weir_status parse_flags(struct wave_scan *s, const struct weir_type *type, weir_value *ret) {
  uint32_t bits = 0;
  if (!wave_accept(s, '{'))
    return wave_expected(s, "flags in `{` and `}`");
  while (!wave_accept(s, '}')) {
    uint32_t i = 0;
    wave_space(s);
    size_t at = s->pos;
    WEIR_TRY(wave_label_index(s, type, "flag", &i));
    if ((bits >> i & 1) != 0)
      return diag_at(s->diag, WEIR_ERR_PARSE, at, "the flag is given twice");
    bits |= UINT32_C(1) << i;
    if (wave_accept(s, ','))
      continue;
    WEIR_TRY(wave_expect(s, '}', "`,` or `}` in the flags"));
    break;
  }
  *ret = (weir_value){.kind = WEIR_VALUE_FLAGS, .of.flags = bits};
  return WEIR_OK;
}

/* ---- the way in -------------------------------------------------------------------------------------------------- */

weir_status wave_plain(struct wave_scan *s, const struct weir_type *type, weir_value *ret) {
  switch (type->kind) {
    case TYPE_BOOL:
      return parse_bool(s, ret);
    case TYPE_F32:
      return parse_f32(s, ret);
    case TYPE_F64:
      return parse_f64(s, ret);
    case TYPE_CHAR:
      return parse_char(s, ret);
    case TYPE_STRING:
      return parse_string(s, ret);
    case TYPE_FLAGS:
      return parse_flags(s, type, ret);
    case TYPE_ERROR_CONTEXT:
    case TYPE_OWN:
    case TYPE_BORROW:
    case TYPE_STREAM:
    case TYPE_FUTURE:
      return diag_at(s->diag, WEIR_ERR_PARSE, s->pos, "values with handles cannot be written as text");
    default:
      return parse_int(s, type->kind, ret);
  }
}
