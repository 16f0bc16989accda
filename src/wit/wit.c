/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Types and functions in WIT syntax. WIT writes some types only as declarations: records, variants, enums, flags. They
 * appear by their name, or without a name as the body of their declaration. Origin: WIT.md#types.
 */
#include "wit/wit.h"

#include "wit/wit_text.h"

static const char *const keywords[] = {
    "as",   "async", "bool",   "borrow", "char",    "constructor", "enum",     "error-context", "export",
    "f32",  "f64",   "flags",  "from",   "func",    "future",      "import",   "include",       "interface",
    "list", "map",   "option", "own",    "package", "record",      "resource", "result",        "s16",
    "s32",  "s64",   "s8",     "static", "stream",  "string",      "tuple",    "type",          "u16",
    "u32",  "u64",   "u8",     "use",    "variant", "with",        "world",
};

static void add(struct text *out, const char *literal) {
  text_add(out, str_from(literal));
}

void wit_label(struct text *out, struct str label) {
  for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
    if (str_eq(label, str_from(keywords[i])))
      text_char(out, '%');
  text_add(out, label);
}

static void type_fields_text(struct text *out, const struct weir_type *t) {
  bool payload = t->kind == TYPE_VARIANT;
  add(out, " { ");
  for (uint32_t i = 0; i < t->field_count && out->size < WIT_TEXT_LIMIT; i++) {
    if (i)
      add(out, ", ");
    wit_label(out, t->fields[i].label);
    if (!t->fields[i].type)
      continue;
    add(out, payload ? "(" : ": ");
    wit_type(out, t->fields[i].type, false);
    if (payload)
      text_char(out, ')');
  }
  add(out, " }");
}

static void type_args(struct text *out, const char *name, const struct weir_type *a, const struct weir_type *b) {
  add(out, name);
  if (!a && !b)
    return;
  text_char(out, '<');
  if (a)
    wit_type(out, a, false);
  else
    text_char(out, '_');
  if (b) {
    add(out, ", ");
    wit_type(out, b, false);
  }
  text_char(out, '>');
}

static void type_tuple(struct text *out, const struct weir_type *t) {
  add(out, "tuple<");
  for (uint32_t i = 0; i < t->field_count && out->size < WIT_TEXT_LIMIT; i++) {
    if (i)
      add(out, ", ");
    wit_type(out, t->fields[i].type, false);
  }
  text_char(out, '>');
}

static void type_resource(struct text *out, const struct weir_type *t) {
  if (t->kind == TYPE_BORROW)
    add(out, "borrow<");
  if (t->resource->name.size)
    wit_label(out, t->resource->name);
  else
    text_printf(out, "resource-%u", t->resource->index);
  if (t->kind == TYPE_BORROW)
    text_char(out, '>');
}

static void type_named(struct text *out, const struct weir_type *t, const char *keyword, bool expand) {
  if (t->name.size && !expand) {
    wit_label(out, t->name);
    return;
  }
  add(out, keyword);
  type_fields_text(out, t);
}

static void type_fixed(struct text *out, const struct weir_type *t) {
  add(out, "list<");
  wit_type(out, t->elem, false);
  text_printf(out, ", %u>", t->length);
}

void wit_type(struct text *out, const struct weir_type *t, bool expand) {
  if (out->size >= WIT_TEXT_LIMIT) {
    add(out, "...");
    return;
  }
  switch (t->kind) {
    case TYPE_LIST:
      type_args(out, "list", t->elem, NULL);
      break;
    case TYPE_FIXED_LIST:
      type_fixed(out, t);
      break;
    case TYPE_MAP:
      type_args(out, "map", t->elem->fields[0].type, t->elem->fields[1].type);
      break;
    case TYPE_RECORD:
      type_named(out, t, "record", expand);
      break;
    case TYPE_TUPLE:
      type_tuple(out, t);
      break;
    case TYPE_VARIANT:
      type_named(out, t, "variant", expand);
      break;
    case TYPE_ENUM:
      type_named(out, t, "enum", expand);
      break;
    case TYPE_OPTION:
      type_args(out, "option", t->fields[1].type, NULL);
      break;
    case TYPE_RESULT:
      type_args(out, "result", t->fields[0].type, t->fields[1].type);
      break;
    case TYPE_FLAGS:
      type_named(out, t, "flags", expand);
      break;
    case TYPE_OWN:
    case TYPE_BORROW:
      type_resource(out, t);
      break;
    case TYPE_STREAM:
      type_args(out, "stream", t->elem, NULL);
      break;
    case TYPE_FUTURE:
      type_args(out, "future", t->elem, NULL);
      break;
    default:
      add(out, type_kind_name(t->kind));
      break;
  }
}

void wit_signature(struct text *out, const struct func_type *f, uint32_t skip, bool with_result) {
  text_char(out, '(');
  for (uint32_t i = skip; i < f->params->field_count && out->size < WIT_TEXT_LIMIT; i++) {
    if (i > skip)
      add(out, ", ");
    wit_label(out, f->params->fields[i].label);
    add(out, ": ");
    wit_type(out, f->params->fields[i].type, false);
  }
  text_char(out, ')');
  if (f->result && with_result) {
    add(out, " -> ");
    wit_type(out, f->result, false);
  }
}

void wit_func(struct text *out, const struct func_type *f) {
  add(out, f->async ? "async func" : "func");
  wit_signature(out, f, 0, true);
}

/* ---- public ------------------------------------------------------------------------------------------------------ */

weir_status wit_take(struct text *out, char **ret_text, size_t *ret_size) {
  char *text = text_take(out, ret_size);
  if (text)
    *ret_text = text;
  return text ? WEIR_OK : WEIR_ERR_NOMEM;
}

weir_status weir_type_print(const weir_type *type, char **ret_text, size_t *ret_size) {
  struct text out;
  if (!type)
    return WEIR_ERR_MISUSE;
  text_init(&out);
  wit_type(&out, type, true);
  return wit_take(&out, ret_text, ret_size);
}

weir_status weir_func_print(const weir_func *func, char **ret_text, size_t *ret_size) {
  struct text out;
  text_init(&out);
  wit_func(&out, func->type);
  return wit_take(&out, ret_text, ret_size);
}
