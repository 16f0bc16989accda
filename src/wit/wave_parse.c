/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Values from WAVE text that hold others, led by the type. A reader that fails leaves `*ret` empty. An `option` or
 * `result` may be written as its bare payload where the payload is neither of the two: then the text has no second
 * reading. In order: lists, maps, tuples; records; variants; any value. Origin: WAVE (the value encoding of the
 * component model's tools); types of Explainer.md.
 */
#include "wit/wave.h"

#include "component/graph.h"

#include "abi/value.h"
#include "base/mem.h"
#include "base/vec.h"

typedef VEC(weir_value) value_vec;

static void values_done(value_vec *v) {
  for (uint32_t i = 0; i < v->count; i++)
    weir_value_clear(&v->data[i]);
  VEC_DONE(&mem_system, v);
}

/* ---- lists, tuples, maps ----------------------------------------------------------------------------------------- */

/* Moves the collected elements into a list. */
static weir_status list_finish(struct wave_scan *s, value_vec *v, weir_value *ret) {
  if (weir_value_new_list(v->count, ret) != WEIR_OK)
    return diag_nomem(s->diag);
  for (uint32_t i = 0; i < v->count; i++)
    ret->of.list.items[i] = v->data[i];
  v->count = 0;
  return WEIR_OK;
}

static weir_status bytes_finish(struct wave_scan *s, const value_vec *v, weir_value *ret) {
  if (weir_value_new_bytes(NULL, v->count, ret) != WEIR_OK)
    return diag_nomem(s->diag);
  for (uint32_t i = 0; i < v->count; i++)
    ret->of.string.data[i] = (char)v->data[i].of.u8;
  return WEIR_OK;
}

static weir_status push_value(struct wave_scan *s, value_vec *v, weir_value *take) {
  if (VEC_PUSH(&mem_system, v, *take))
    return WEIR_OK;
  weir_value_clear(take);
  return diag_nomem(s->diag);
}

static weir_status collect_list(struct wave_scan *s, const struct weir_type *elem, value_vec *v) {
  while (!wave_accept(s, ']')) {
    weir_value item = {0};
    WEIR_TRY(wave_value(s, elem, &item));
    WEIR_TRY(push_value(s, v, &item));
    if (wave_accept(s, ','))
      continue;
    return wave_expect(s, ']', "`,` or `]` in the list");
  }
  return WEIR_OK;
}

static weir_status parse_list(struct wave_scan *s, const struct weir_type *type, weir_value *ret) {
  value_vec v = {0};
  wave_space(s);
  size_t at = s->pos;
  if (!wave_accept(s, '['))
    return wave_expected(s, "a list in `[` and `]`");
  weir_status status = collect_list(s, type->elem, &v);
  if (status == WEIR_OK && type->kind == TYPE_FIXED_LIST && v.count != type->length)
    status =
        diag_at(s->diag, WEIR_ERR_PARSE, at, "the list has %u elements, but its type has %u", v.count, type->length);
  if (status == WEIR_OK)
    status =
        type->elem->kind == TYPE_U8 && type->kind == TYPE_LIST ? bytes_finish(s, &v, ret) : list_finish(s, &v, ret);
  values_done(&v);
  return status;
}

static weir_status new_record(struct wave_scan *s, uint32_t count, weir_value *ret) {
  return weir_value_new_record(count, ret) == WEIR_OK ? WEIR_OK : diag_nomem(s->diag);
}

/* `key: value` of a map, as a tuple. */
static weir_status parse_entry(struct wave_scan *s, const struct weir_type *pair, weir_value *ret) {
  WEIR_TRY(new_record(s, 2, ret));
  weir_status status = wave_value(s, pair->fields[0].type, &ret->of.list.items[0]);
  if (status == WEIR_OK)
    status = wave_expect(s, ':', "`:` after the key");
  if (status == WEIR_OK)
    status = wave_value(s, pair->fields[1].type, &ret->of.list.items[1]);
  if (status != WEIR_OK)
    weir_value_clear(ret);
  return status;
}

static weir_status collect_map(struct wave_scan *s, const struct weir_type *pair, value_vec *v) {
  if (wave_accept(s, ':'))
    return wave_expect(s, '}', "`}` after `{:`");
  while (!wave_accept(s, '}')) {
    weir_value entry = {0};
    WEIR_TRY(parse_entry(s, pair, &entry));
    WEIR_TRY(push_value(s, v, &entry));
    if (wave_accept(s, ','))
      continue;
    return wave_expect(s, '}', "`,` or `}` in the map");
  }
  return WEIR_OK;
}

static weir_status parse_map(struct wave_scan *s, const struct weir_type *type, weir_value *ret) {
  value_vec v = {0};
  if (!wave_accept(s, '{'))
    return wave_expected(s, "a map in `{` and `}`");
  weir_status status = collect_map(s, type->elem, &v);
  if (status == WEIR_OK)
    status = list_finish(s, &v, ret);
  values_done(&v);
  return status;
}

static weir_status fill_tuple(struct wave_scan *s, const struct weir_type *type, weir_value *items) {
  for (uint32_t i = 0; i < type->field_count; i++) {
    if (i > 0)
      WEIR_TRY(wave_expect(s, ',', "`,` and one more element of the tuple"));
    WEIR_TRY(wave_value(s, type->fields[i].type, &items[i]));
  }
  wave_accept(s, ',');
  return wave_expect(s, ')', "`)` at the end of the tuple");
}

static weir_status parse_tuple(struct wave_scan *s, const struct weir_type *type, weir_value *ret) {
  if (!wave_accept(s, '('))
    return wave_expected(s, "a tuple in `(` and `)`");
  WEIR_TRY(new_record(s, type->field_count, ret));
  weir_status status = fill_tuple(s, type, ret->of.list.items);
  if (status != WEIR_OK)
    weir_value_clear(ret);
  return status;
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

static weir_status parse_field(struct wave_scan *s, const struct weir_type *type, weir_value *items) {
  uint32_t i = 0;
  wave_space(s);
  size_t at = s->pos;
  WEIR_TRY(wave_label_index(s, type, "field", &i));
  if (items[i].kind != WEIR_VALUE_NONE)
    return diag_at(s->diag, WEIR_ERR_PARSE, at, "the field `" STR_FMT "` is given twice",
                   STR_ARG(type->fields[i].label));
  WEIR_TRY(wave_expect(s, ':', "`:` after the field's name"));
  return wave_value(s, type->fields[i].type, &items[i]);
}

static weir_status fill_record(struct wave_scan *s, const struct weir_type *type, weir_value *items) {
  if (wave_accept(s, ':'))
    return wave_expect(s, '}', "`}` after `{:`");
  while (!wave_accept(s, '}')) {
    WEIR_TRY(parse_field(s, type, items));
    if (wave_accept(s, ','))
      continue;
    return wave_expect(s, '}', "`,` or `}` in the record");
  }
  return WEIR_OK;
}

/* Fills in the missing fields: none, if their type is an option. */
static weir_status complete_record(struct wave_scan *s, const struct weir_type *type, weir_value *items) {
  for (uint32_t i = 0; i < type->field_count; i++) {
    if (items[i].kind != WEIR_VALUE_NONE)
      continue;
    if (type->fields[i].type->kind != TYPE_OPTION)
      return diag_at(s->diag, WEIR_ERR_PARSE, s->pos - 1, "the field `" STR_FMT "` is missing",
                     STR_ARG(type->fields[i].label));
    items[i] = (weir_value){.kind = WEIR_VALUE_VARIANT};
  }
  return WEIR_OK;
}

static weir_status parse_record(struct wave_scan *s, const struct weir_type *type, weir_value *ret) {
  if (!wave_accept(s, '{'))
    return wave_expected(s, "a record in `{` and `}`");
  WEIR_TRY(new_record(s, type->field_count, ret));
  weir_status status = fill_record(s, type, ret->of.list.items);
  if (status == WEIR_OK)
    status = complete_record(s, type, ret->of.list.items);
  if (status != WEIR_OK)
    weir_value_clear(ret);
  return status;
}

/* ---- variants ---------------------------------------------------------------------------------------------------- */

static weir_status make_case(struct wave_scan *s, uint32_t tag, weir_value *take_payload, weir_value *ret) {
  if (weir_value_new_variant(tag, take_payload, ret) == WEIR_OK)
    return WEIR_OK;
  if (take_payload)
    weir_value_clear(take_payload);
  return diag_nomem(s->diag);
}

/* `(payload)` after the name of the case, or nothing for a case without payload. */
static weir_status parse_case(struct wave_scan *s, uint32_t tag, const struct weir_type *payload_type,
                              weir_value *ret) {
  weir_value payload = {0};
  if (!payload_type)
    return make_case(s, tag, NULL, ret);
  WEIR_TRY(wave_expect(s, '(', "`(` and the payload of the case"));
  WEIR_TRY(wave_value(s, payload_type, &payload));
  weir_status status = wave_expect(s, ')', "`)` after the payload");
  if (status == WEIR_OK)
    return make_case(s, tag, &payload, ret);
  weir_value_clear(&payload);
  return status;
}

static weir_status parse_variant(struct wave_scan *s, const struct weir_type *type, weir_value *ret) {
  struct wave_label label;
  uint32_t tag = 0;
  bool is_enum = type->kind == TYPE_ENUM;
  if (wave_peek_label(s, &label) && !label.escaped && wave_is_keyword(label.name))
    return diag_at(s->diag, WEIR_ERR_PARSE, label.at, "`" STR_FMT "` is a keyword; the case is written `%%" STR_FMT "`",
                   STR_ARG(label.name), STR_ARG(label.name));
  WEIR_TRY(wave_label_index(s, type, is_enum ? "name of an enum" : "case", &tag));
  return parse_case(s, tag, type->fields[tag].type, ret);
}

/* An option or result whose payload is written bare. */
static weir_status parse_bare(struct wave_scan *s, uint32_t tag, const struct weir_type *payload_type,
                              const char *expected, weir_value *ret) {
  weir_value payload = {0};
  if (!payload_type || payload_type->kind == TYPE_OPTION || payload_type->kind == TYPE_RESULT)
    return wave_expected(s, expected);
  WEIR_TRY(wave_value(s, payload_type, &payload));
  return make_case(s, tag, &payload, ret);
}

/* none and some, or ok and err: the words in the order of the cases, and the case that may be written bare. */
static weir_status parse_known(struct wave_scan *s, const struct weir_type *type, weir_value *ret) {
  bool option = type->kind == TYPE_OPTION;
  const char *const *words = option ? (const char *const[]){"none", "some"} : (const char *const[]){"ok", "err"};
  struct wave_label label;
  if (wave_peek_label(s, &label) && !label.escaped)
    for (uint32_t tag = 0; tag < 2; tag++) {
      if (!str_eq(label.name, str_from(words[tag])))
        continue;
      wave_skip_label(s, &label);
      return parse_case(s, tag, type->fields[tag].type, ret);
    }
  uint32_t bare = option ? 1 : 0;
  return parse_bare(s, bare, type->fields[bare].type, option ? "some(...) or none" : "ok or err", ret);
}

/* ---- the way in -------------------------------------------------------------------------------------------------- */

static weir_status parse_kind(struct wave_scan *s, const struct weir_type *type, weir_value *ret) {
  switch (type->kind) {
    case TYPE_LIST:
    case TYPE_FIXED_LIST:
      return parse_list(s, type, ret);
    case TYPE_MAP:
      return parse_map(s, type, ret);
    case TYPE_RECORD:
      return parse_record(s, type, ret);
    case TYPE_TUPLE:
      return parse_tuple(s, type, ret);
    case TYPE_VARIANT:
    case TYPE_ENUM:
      return parse_variant(s, type, ret);
    case TYPE_OPTION:
    case TYPE_RESULT:
      return parse_known(s, type, ret);
    default:
      return wave_plain(s, type, ret);
  }
}

weir_status wave_value(struct wave_scan *s, const struct weir_type *type, weir_value *ret) {
  *ret = (weir_value){0};
  wave_space(s);
  weir_status status = parse_kind(s, type, ret);
  if (status != WEIR_OK)
    *ret = (weir_value){0};
  return status;
}
