/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Types out of the input of a fuzzer, at most as deep, and with as many lists in lists, as is asked for: so that the
 * largest value that a small memory can describe stays small.
 */
#ifndef FUZZ_TYPE_MAKER_H
#define FUZZ_TYPE_MAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "component/types.h"

struct input {
  const uint8_t *data;
  size_t size;
};

static uint8_t take(struct input *in) {
  if (in->size == 0)
    return 0;
  in->size--;
  return *in->data++;
}

enum { NAMED_MAX = 64 };

struct maker {
  struct input *in;
  struct type_table *table;
  const struct weir_type *named[NAMED_MAX]; /* in an order in which they can be defined */
  uint32_t named_count;
};

static const struct weir_type *make_type(struct maker *m, int depth, int lists);

static const struct weir_type *make_fields(struct maker *m, enum type_kind kind, int depth, int lists) {
  static const char letters[] = "abcdefgh";
  struct type_field fields[8];
  uint32_t n = 1 + take(m->in) % 6;
  for (uint32_t i = 0; i < n; i++) {
    bool empty = kind == TYPE_ENUM || kind == TYPE_FLAGS || (kind == TYPE_VARIANT && take(m->in) % 3 == 0);
    fields[i] = (struct type_field){.label = {letters + i, kind == TYPE_TUPLE ? 0 : 1},
                                    .type = empty ? NULL : make_type(m, depth - 1, lists)};
    if (!empty && !fields[i].type)
      return NULL;
  }
  return type_fields(m->table, kind, fields, n, NULL);
}

static const struct weir_type *make_list(struct maker *m, uint8_t kind, int depth, int lists) {
  const struct weir_type *elem = make_type(m, depth - 1, lists - 1);
  if (!elem)
    return NULL;
  if (kind == TYPE_FIXED_LIST)
    return type_fixed_list(m->table, elem, 1 + take(m->in) % 3, NULL);
  if (kind == TYPE_LIST)
    return type_list(m->table, elem, NULL);
  const struct weir_type *key = type_primitive(m->table, take(m->in) % 2 ? TYPE_STRING : TYPE_U8, NULL);
  return key ? type_map(m->table, key, elem, NULL) : NULL;
}

static const struct weir_type *make_any(struct maker *m, int depth, int lists) {
  uint8_t kind = (uint8_t)(TYPE_BOOL + take(m->in) % TYPE_FLAGS);
  if (kind == TYPE_ERROR_CONTEXT || (kind > TYPE_STRING && depth == 0))
    kind = TYPE_CHAR;
  if ((kind == TYPE_LIST || kind == TYPE_FIXED_LIST || kind == TYPE_MAP) && lists == 0)
    kind = TYPE_STRING;
  switch (kind) {
    case TYPE_LIST:
    case TYPE_FIXED_LIST:
    case TYPE_MAP:
      return make_list(m, kind, depth, lists);
    case TYPE_OPTION:
    case TYPE_RESULT: {
      const struct weir_type *part = make_type(m, depth - 1, lists), *other = NULL;
      if (!part)
        return NULL;
      if (kind == TYPE_OPTION)
        return type_option(m->table, part, NULL);
      if (take(m->in) % 2)
        other = make_type(m, depth - 1, lists);
      return type_result(m->table, other, part, NULL);
    }
    case TYPE_RECORD:
    case TYPE_TUPLE:
    case TYPE_VARIANT:
    case TYPE_ENUM:
    case TYPE_FLAGS:
      return make_fields(m, kind, depth, lists);
    default:
      return type_primitive(m->table, kind, NULL);
  }
}

static bool has_name(const struct weir_type *t) {
  return t->kind == TYPE_RECORD || t->kind == TYPE_VARIANT || t->kind == TYPE_ENUM || t->kind == TYPE_FLAGS;
}

static uint32_t name_of(const struct maker *m, const struct weir_type *t) {
  uint32_t i = 0;
  while (i < m->named_count && m->named[i] != t)
    i++;
  return i;
}

/* Parts are made, and so named, before what they are parts of. */
static const struct weir_type *make_type(struct maker *m, int depth, int lists) {
  const struct weir_type *t = make_any(m, depth, lists);
  if (!t || !has_name(t) || name_of(m, t) < m->named_count)
    return t;
  if (m->named_count == NAMED_MAX)
    return NULL;
  m->named[m->named_count++] = t;
  return t;
}

#endif
