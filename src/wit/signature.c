/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Function types from text, by recursive descent over the grammar in signature.h. Nesting is bounded, as the text may
 * come from anywhere. A failure of the type table (a type that is too large) is reported at the place of that type.
 * In order: lists of fields; types with a word of their own; any type; functions. Tokens are in signature_scan.c.
 */
#include "wit/signature.h"

#include "base/mem.h"
#include "base/vec.h"
#include "wit/signature_scan.h"

enum { SIGNATURE_DEPTH = 100 };

typedef VEC(struct type_field) field_vec;

static weir_status parse_type(struct signature *s, const struct weir_type **ret);

/* ---- lists of fields --------------------------------------------------------------------------------------------- */

static weir_status push_field(struct signature *s, field_vec *fields, struct str label, const struct weir_type *type) {
  struct type_field field = {.label = label, .type = type};
  return VEC_PUSH(&mem_system, fields, field) ? WEIR_OK : diag_nomem(s->diag);
}

/* The ways to write an element of a braced or bracketed list. */
enum field_shape {
  SHAPE_NAMED,   /* label: type */
  SHAPE_CASE,    /* label or label(type) */
  SHAPE_LABEL,   /* label */
  SHAPE_UNNAMED, /* type */
};

static weir_status parse_field(struct signature *s, enum field_shape shape, field_vec *fields) {
  struct str label = {"", 0};
  const struct weir_type *type = NULL;
  if (shape != SHAPE_UNNAMED)
    WEIR_TRY(signature_word(s, "a label", &label));
  if (shape == SHAPE_NAMED)
    WEIR_TRY(signature_expect(s, ':'));
  if (shape == SHAPE_NAMED || shape == SHAPE_UNNAMED) {
    WEIR_TRY(parse_type(s, &type));
  } else if (shape == SHAPE_CASE && signature_accept(s, '(')) {
    WEIR_TRY(parse_type(s, &type));
    WEIR_TRY(signature_expect(s, ')'));
  }
  return push_field(s, fields, label, type);
}

/* Elements up to `close`, with commas between them and perhaps after the last. */
static weir_status parse_fields(struct signature *s, enum field_shape shape, char close, field_vec *fields) {
  while (!signature_accept(s, close)) {
    WEIR_TRY(parse_field(s, shape, fields));
    if (signature_accept(s, ','))
      continue;
    return signature_expect(s, close);
  }
  return WEIR_OK;
}

static weir_status check_count(struct signature *s, enum type_kind kind, uint32_t count) {
  if (count == 0)
    return signature_expected(s, "at least one element");
  if (kind == TYPE_FLAGS && count > 32)
    return signature_expected(s, "at most 32 flags");
  return WEIR_OK;
}

static weir_status parse_aggregate(struct signature *s, enum type_kind kind, enum field_shape shape,
                                   const struct weir_type **ret) {
  field_vec fields = {0};
  bool angle = shape == SHAPE_UNNAMED;
  weir_status status = signature_expect(s, angle ? '<' : '{');
  if (status == WEIR_OK)
    status = parse_fields(s, shape, angle ? '>' : '}', &fields);
  if (status == WEIR_OK)
    status = check_count(s, kind, fields.count);
  if (status == WEIR_OK)
    *ret = type_fields(s->types, kind, fields.data, fields.count, s->diag);
  VEC_DONE(&mem_system, &fields);
  return status;
}

/* ---- generic types ----------------------------------------------------------------------------------------------- */

static weir_status parse_list(struct signature *s, const struct weir_type **ret) {
  const struct weir_type *elem = NULL;
  uint32_t length = 0;
  WEIR_TRY(signature_expect(s, '<'));
  WEIR_TRY(parse_type(s, &elem));
  if (signature_accept(s, ','))
    WEIR_TRY(signature_length(s, &length));
  WEIR_TRY(signature_expect(s, '>'));
  *ret = length > 0 ? type_fixed_list(s->types, elem, length, s->diag) : type_list(s->types, elem, s->diag);
  return WEIR_OK;
}

static weir_status parse_map(struct signature *s, const struct weir_type **ret) {
  const struct weir_type *key = NULL, *value = NULL;
  WEIR_TRY(signature_expect(s, '<'));
  WEIR_TRY(parse_type(s, &key));
  WEIR_TRY(signature_expect(s, ','));
  WEIR_TRY(parse_type(s, &value));
  WEIR_TRY(signature_expect(s, '>'));
  *ret = type_map(s->types, key, value, s->diag);
  return WEIR_OK;
}

static weir_status parse_option(struct signature *s, const struct weir_type **ret) {
  const struct weir_type *some = NULL;
  WEIR_TRY(signature_expect(s, '<'));
  WEIR_TRY(parse_type(s, &some));
  WEIR_TRY(signature_expect(s, '>'));
  *ret = type_option(s->types, some, s->diag);
  return WEIR_OK;
}

static weir_status parse_result(struct signature *s, const struct weir_type **ret) {
  const struct weir_type *ok = NULL, *error = NULL;
  if (signature_accept(s, '<')) {
    if (!signature_accept(s, '_'))
      WEIR_TRY(parse_type(s, &ok));
    if (signature_accept(s, ','))
      WEIR_TRY(parse_type(s, &error));
    WEIR_TRY(signature_expect(s, '>'));
  }
  *ret = type_result(s->types, ok, error, s->diag);
  return WEIR_OK;
}

static weir_status parse_channel(struct signature *s, enum type_kind kind, const struct weir_type **ret) {
  const struct weir_type *elem = NULL;
  if (signature_accept(s, '<')) {
    WEIR_TRY(parse_type(s, &elem));
    WEIR_TRY(signature_expect(s, '>'));
  }
  *ret = type_channel(s->types, kind, elem, s->diag);
  return WEIR_OK;
}

static weir_status make_handle(struct signature *s, enum type_kind kind, struct str name, size_t at,
                               const struct weir_type **ret) {
  const struct weir_resource_type *resource = !s->find ? NULL : s->find(s->data, name, false);
  if (!resource)
    return diag_at(s->diag, WEIR_ERR_PARSE, at, "`" STR_FMT "` is no resource that is known here", STR_ARG(name));
  *ret = type_handle(s->types, kind, resource, s->diag);
  return WEIR_OK;
}

static weir_status make_bare(struct signature *s, struct str name, size_t at, const struct weir_type **ret) {
  const struct weir_resource_type *resource = !s->find ? NULL : s->find(s->data, name, true);
  if (!resource)
    return diag_at(s->diag, WEIR_ERR_PARSE, at,
                   "`" STR_FMT "` is neither a type nor the name of a resource that is defined already (own<" STR_FMT
                   "> names one that is defined later)",
                   STR_ARG(name), STR_ARG(name));
  *ret = type_handle(s->types, TYPE_OWN, resource, s->diag);
  return WEIR_OK;
}

/* `<name>` after own or borrow. */
static weir_status parse_handle(struct signature *s, enum type_kind kind, const struct weir_type **ret) {
  struct str name;
  WEIR_TRY(signature_expect(s, '<'));
  signature_peek(s);
  size_t at = s->pos;
  WEIR_TRY(signature_word(s, "the name of a resource", &name));
  WEIR_TRY(signature_expect(s, '>'));
  return make_handle(s, kind, name, at, ret);
}

/* ---- types ------------------------------------------------------------------------------------------------------- */

static bool find_primitive(struct str word, enum type_kind *ret) {
  for (uint32_t kind = TYPE_BOOL; kind <= TYPE_ERROR_CONTEXT; kind++) {
    *ret = (enum type_kind)kind;
    if (str_eq(word, str_from(type_kind_name(kind))))
      return true;
  }
  return false;
}

/* Types that begin with a word of their own; `*ret_known` tells whether it was one. */
static weir_status parse_generic(struct signature *s, bool *ret_known, const struct weir_type **ret) {
  *ret_known = true;
  if (signature_accept_word(s, "list"))
    return parse_list(s, ret);
  if (signature_accept_word(s, "map"))
    return parse_map(s, ret);
  if (signature_accept_word(s, "option"))
    return parse_option(s, ret);
  if (signature_accept_word(s, "result"))
    return parse_result(s, ret);
  if (signature_accept_word(s, "tuple"))
    return parse_aggregate(s, TYPE_TUPLE, SHAPE_UNNAMED, ret);
  if (signature_accept_word(s, "record"))
    return parse_aggregate(s, TYPE_RECORD, SHAPE_NAMED, ret);
  if (signature_accept_word(s, "variant"))
    return parse_aggregate(s, TYPE_VARIANT, SHAPE_CASE, ret);
  if (signature_accept_word(s, "enum"))
    return parse_aggregate(s, TYPE_ENUM, SHAPE_LABEL, ret);
  if (signature_accept_word(s, "flags"))
    return parse_aggregate(s, TYPE_FLAGS, SHAPE_LABEL, ret);
  if (signature_accept_word(s, "own"))
    return parse_handle(s, TYPE_OWN, ret);
  if (signature_accept_word(s, "borrow"))
    return parse_handle(s, TYPE_BORROW, ret);
  if (signature_accept_word(s, "stream"))
    return parse_channel(s, TYPE_STREAM, ret);
  if (signature_accept_word(s, "future"))
    return parse_channel(s, TYPE_FUTURE, ret);
  *ret_known = false;
  return WEIR_OK;
}

static weir_status parse_named(struct signature *s, const struct weir_type **ret) {
  struct str word;
  enum type_kind kind;
  bool escaped = signature_peek(s) == '%';
  size_t at = s->pos;
  WEIR_TRY(signature_word(s, "a type", &word));
  if (escaped || !find_primitive(word, &kind))
    return make_bare(s, word, at, ret);
  *ret = type_primitive(s->types, kind, s->diag);
  return WEIR_OK;
}

/* A type that the table refused has its reason in the diag already. */
static weir_status type_made(struct signature *s, const struct weir_type *type) {
  if (type)
    return WEIR_OK;
  if (s->diag && s->diag->status != WEIR_OK)
    return s->diag->status;
  return diag_nomem(s->diag);
}

static weir_status parse_type(struct signature *s, const struct weir_type **ret) {
  bool known = false;
  *ret = NULL;
  if (s->depth == SIGNATURE_DEPTH)
    return signature_expected(s, "types that nest less deeply");
  s->depth++;
  WEIR_TRY(parse_generic(s, &known, ret));
  if (!known)
    WEIR_TRY(parse_named(s, ret));
  s->depth--;
  return type_made(s, *ret);
}

/* ---- functions --------------------------------------------------------------------------------------------------- */

static weir_status parse_params(struct signature *s, const struct weir_type **ret) {
  field_vec fields = {0};
  weir_status status = signature_expect(s, '(');
  if (status == WEIR_OK)
    status = parse_fields(s, SHAPE_NAMED, ')', &fields);
  if (status == WEIR_OK) {
    *ret = type_fields(s->types, TYPE_TUPLE, fields.data, fields.count, s->diag);
    status = type_made(s, *ret);
  }
  VEC_DONE(&mem_system, &fields);
  return status;
}

static weir_status parse_func(struct signature *s, const struct func_type **ret) {
  const struct weir_type *params = NULL, *result = NULL;
  bool async = signature_accept_word(s, "async");
  if (!signature_accept_word(s, "func"))
    return signature_expected(s, "`func`");
  WEIR_TRY(parse_params(s, &params));
  if (signature_accept(s, '-')) {
    WEIR_TRY(signature_expect(s, '>'));
    WEIR_TRY(parse_type(s, &result));
  }
  signature_peek(s);
  if (s->pos != s->text.size)
    return signature_expected(s, "the end");
  *ret = type_func(s->types, async, params, result, s->diag);
  return *ret ? WEIR_OK : type_made(s, NULL);
}

weir_status signature_parse(struct type_table *types, struct str text, signature_resource find, void *data,
                            const struct func_type **ret, struct diag *d) {
  struct signature s = {types, text, 0, 0, find, data, d, "signature"};
  return parse_func(&s, ret);
}

weir_status signature_parse_type(struct type_table *types, struct str text, const struct weir_type **ret,
                                 struct diag *d) {
  struct signature s = {types, text, 0, 0, NULL, NULL, d, "type"};
  WEIR_TRY(parse_type(&s, ret));
  signature_peek(&s);
  return s.pos == text.size ? WEIR_OK : signature_expected(&s, "the end");
}
