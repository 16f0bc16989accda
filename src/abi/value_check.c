/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Whether a host's value has a type; lowering relies on that. The walk keeps the path to the value on the stack, and
 * writes the path out only for a value that does not fit. Recursion is as deep as the type.
 */
#include "abi/value.h"

#include <stdio.h>

#include "abi/place.h"
#include "abi/value_kind.h"
#include "abi/value_packed.h"
#include "base/utf8.h"

/* One step from a value to a part of it. */
struct step {
  const struct step *up; /* NULL: the whole value */
  const struct weir_type *type;
  size_t index; /* of the field, case or element */
};

static weir_status check_value(struct diag *d, const struct step *at, const struct weir_type *t,
                               const weir_value *value);

/* ---- messages --------------------------------------------------------------------------------------------------- */

enum { PATH_SIZE = 200, WANT_SIZE = 100 };

struct path {
  char text[PATH_SIZE];
  size_t size;
};

static void path_add(struct path *path, const char *what, size_t number, struct str label) {
  size_t room = sizeof(path->text) - path->size;
  const char *comma = path->size != 0 ? ", " : "";
  int n;
  if (label.size != 0)
    n = snprintf(path->text + path->size, room, "%s%s `%.*s`", comma, what, label.size < 60 ? (int)label.size : 60,
                 label.data);
  else
    n = snprintf(path->text + path->size, room, "%s%s %zu", comma, what, number);
  if (n > 0 && (size_t)n < room)
    path->size += (size_t)n;
  else
    path->text[path->size] = '\0'; /* a part that does not fit into the text is left out whole */
}

static void path_step(struct path *path, const struct step *s) {
  const struct str none = {"", 0};
  switch (s->type->kind) {
    case TYPE_RECORD:
      path_add(path, "field", s->index, s->type->fields[s->index].label);
      break;
    case TYPE_TUPLE: /* with labels: the parameters of a function */
      if (s->type->fields[s->index].label.size != 0)
        path_add(path, "argument", s->index + 1, none);
      else
        path_add(path, "element", s->index, none);
      break;
    case TYPE_LIST:
    case TYPE_FIXED_LIST:
    case TYPE_MAP:
      path_add(path, "element", s->index, none);
      break;
    default:
      path_add(path, "case", s->index, s->type->fields[s->index].label);
      break;
  }
}

static void path_print(struct path *path, const struct step *at) {
  const struct step *steps[128];
  size_t n = 0;
  for (; at && n < sizeof(steps) / sizeof(steps[0]); at = at->up)
    steps[n++] = at;
  while (n > 0)
    path_step(path, steps[--n]);
}

static weir_status refuse(struct diag *d, const struct step *at, const char *want, const char *found) {
  struct path path = {"", 0};
  path_print(&path, at);
  return diag_set(d, WEIR_ERR_TYPE, "%s%sexpected %s, found %s", path.text, path.size != 0 ? ": " : "", want, found);
}

static const char *type_word(const struct weir_type *t) {
  switch (t->kind) {
    case TYPE_FIXED_LIST:
      return "fixed-length list";
    case TYPE_MAP:
      return "map";
    case TYPE_TUPLE:
      return "tuple";
    case TYPE_ENUM:
      return "enum";
    case TYPE_OPTION:
      return "option";
    case TYPE_RESULT:
      return "result";
    case TYPE_OWN:
      return "own resource";
    case TYPE_BORROW:
      return "borrowed resource";
    default:
      return value_kind_name(value_kind_of(t->kind));
  }
}

static weir_status refuse_kind(struct diag *d, const struct step *at, const struct weir_type *t,
                               const weir_value *value) {
  char want[WANT_SIZE];
  if (t->name.size != 0)
    snprintf(want, sizeof(want), "%s `%.*s`", type_word(t), t->name.size < 60 ? (int)t->name.size : 60, t->name.data);
  else
    snprintf(want, sizeof(want), "%s", type_word(t));
  return refuse(d, at, want, value_kind_name(value->kind));
}

static weir_status refuse_count(struct diag *d, const struct step *at, const struct weir_type *t, size_t want_count,
                                size_t count) {
  char want[WANT_SIZE], found[WANT_SIZE];
  snprintf(want, sizeof(want), "%s of %zu", type_word(t), want_count);
  snprintf(found, sizeof(found), "%zu", count);
  return refuse(d, at, want, found);
}

/* ---- checks ----------------------------------------------------------------------------------------------------- */

static weir_status check_items(struct diag *d, const struct step *at, const struct weir_type *t,
                               const weir_value *value) {
  for (size_t i = 0; i < value->of.list.count; i++) {
    const struct weir_type *elem = t->elem ? t->elem : t->fields[i].type;
    WEIR_TRY(check_value(d, &(struct step){at, t, i}, elem, &value->of.list.items[i]));
  }
  return WEIR_OK;
}

/* Numbers are good if their kind is, and most lists are numbers: no step for each of them. */
static weir_status check_numbers(struct diag *d, const struct step *at, const struct weir_type *t,
                                 const weir_value *value) {
  weir_value_kind kind = value_kind_of(t->elem->kind);
  for (size_t i = 0; i < value->of.list.count; i++)
    if (value->of.list.items[i].kind != kind)
      return refuse_kind(d, &(struct step){at, t, i}, t->elem, &value->of.list.items[i]);
  return WEIR_OK;
}

static weir_status check_char(struct diag *d, const struct step *at, const weir_value *value);

static weir_status check_packed(struct diag *d, const struct step *at, const struct weir_type *t,
                                const weir_value *value) {
  struct value_packed packed = value_packed_of(value);
  for (size_t i = 0; packed.kind == WEIR_VALUE_CHAR && i < packed.count; i++) {
    weir_value item = value_packed_item(&packed, i);
    WEIR_TRY(check_char(d, &(struct step){at, t, i}, &item));
  }
  return WEIR_OK;
}

static weir_status check_elements(struct diag *d, const struct step *at, const struct weir_type *t,
                                  const weir_value *value) {
  if (value_is_packed(value))
    return check_packed(d, at, t, value);
  return t->elem->numeric ? check_numbers(d, at, t, value) : check_items(d, at, t, value);
}

static weir_status check_record(struct diag *d, const struct step *at, const struct weir_type *t,
                                const weir_value *value) {
  if (value->of.list.count != t->field_count)
    return refuse_count(d, at, t, t->field_count, value->of.list.count);
  return check_items(d, at, t, value);
}

/* Lists, in both forms. No host lowers a list that is too long for a guest to have lifted. */
static weir_status check_list(struct diag *d, const struct step *at, const struct weir_type *t,
                              const weir_value *value) {
  size_t count = value_count(value);
  if (t->kind == TYPE_FIXED_LIST && count != t->length)
    return refuse_count(d, at, t, t->length, count);
  if (count > MAX_LIST_BYTE_LENGTH || count * (uint64_t)t->elem->layout[0].size > MAX_LIST_BYTE_LENGTH)
    return refuse(d, at, "list of less than 2^28 bytes", "a longer one");
  return check_elements(d, at, t, value);
}

static weir_status check_variant(struct diag *d, const struct step *at, const struct weir_type *t,
                                 const weir_value *value) {
  static const weir_value none;
  uint32_t tag = value_tag(value);
  if (tag >= t->field_count) {
    char want[WANT_SIZE], found[WANT_SIZE];
    snprintf(want, sizeof(want), "%s of %u cases", type_word(t), (unsigned)t->field_count);
    snprintf(found, sizeof(found), "case number %u", (unsigned)tag);
    return refuse(d, at, want, found);
  }
  return check_value(d, &(struct step){at, t, tag}, t->fields[tag].type, value->of.payload ? value->of.payload : &none);
}

static weir_status check_string(struct diag *d, const struct step *at, const weir_value *value) {
  if (value->of.string.size > MAX_STRING_BYTE_LENGTH)
    return refuse(d, at, "string of less than 2^28 bytes", "a longer one");
  if (value->of.string.size != 0 && !utf8_valid((const uint8_t *)value->of.string.data, value->of.string.size))
    return refuse(d, at, "string", "bytes that are not valid UTF-8");
  return WEIR_OK;
}

static weir_status check_flags(struct diag *d, const struct step *at, const struct weir_type *t,
                               const weir_value *value) {
  if (t->field_count >= 32 || value->of.flags >> t->field_count == 0)
    return WEIR_OK;
  char want[WANT_SIZE], found[WANT_SIZE];
  snprintf(want, sizeof(want), "%u flags", (unsigned)t->field_count);
  snprintf(found, sizeof(found), "bits 0x%x", (unsigned)value->of.flags);
  return refuse(d, at, want, found);
}

static weir_status check_char(struct diag *d, const struct step *at, const weir_value *value) {
  if (scalar_is_char(value->of.character))
    return WEIR_OK;
  char found[WANT_SIZE];
  snprintf(found, sizeof(found), "0x%x, which is no scalar value", (unsigned)value->of.character);
  return refuse(d, at, "char", found);
}

static bool kind_fits(const struct weir_type *t, const weir_value *value) {
  if (value_is_packed(value))
    return (t->kind == TYPE_LIST || t->kind == TYPE_FIXED_LIST) && type_is_scalar(t->elem->kind) &&
           value_packed_of(value).kind == value_kind_of(t->elem->kind);
  return value->kind == value_kind_of(t->kind);
}

static weir_status check_value(struct diag *d, const struct step *at, const struct weir_type *t,
                               const weir_value *value) {
  if (!t)
    return value->kind == WEIR_VALUE_NONE ? WEIR_OK : refuse(d, at, "nothing", value_kind_name(value->kind));
  if (!kind_fits(t, value))
    return refuse_kind(d, at, t, value);
  switch (value->kind) {
    case WEIR_VALUE_CHAR:
      return check_char(d, at, value);
    case WEIR_VALUE_STRING:
      return check_string(d, at, value);
    case WEIR_VALUE_FLAGS:
      return check_flags(d, at, t, value);
    case WEIR_VALUE_VARIANT:
      return check_variant(d, at, t, value);
    case WEIR_VALUE_RECORD:
      return check_record(d, at, t, value);
    case WEIR_VALUE_LIST:
    case WEIR_VALUE_BYTES:
    case WEIR_VALUE_PACKED:
      return check_list(d, at, t, value);
    default:
      return WEIR_OK;
  }
}

weir_status value_check(const struct weir_type *t, const weir_value *value, struct diag *d) {
  return check_value(d, NULL, t, value);
}

bool value_needs_memory(const struct weir_type *t, const weir_value *value) {
  if (!t || !t->has_pointer)
    return false;
  if (value->kind == WEIR_VALUE_VARIANT)
    return value->of.payload && value_needs_memory(t->fields[value_tag(value)].type, value->of.payload);
  if (value->kind != WEIR_VALUE_RECORD)
    return true;
  for (size_t i = 0; i < value->of.list.count; i++)
    if (value_needs_memory(t->fields[i].type, &value->of.list.items[i]))
      return true;
  return false;
}

weir_status weir_value_check(const weir_type *type, const weir_value *value, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = value_check(type, value, &d);
  return status == WEIR_OK ? status : diag_raise(&d, ret_error);
}
