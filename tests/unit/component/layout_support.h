/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Types from the notation of make_layout_vectors.py. */
#ifndef TEST_LAYOUT_SUPPORT_H
#define TEST_LAYOUT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "component/types.h"

struct layout_vector {
  const char *type;
  struct {
    uint32_t size, align;
    const char *flat; /* "*": more than 16 */
  } ptr[2];
};

#include "unit/component/layout_vectors.inc"

enum { LAYOUT_VECTOR_COUNT = sizeof(layout_vectors) / sizeof(layout_vectors[0]) };

struct notation {
  const char *at;
  struct arena arena;
  struct diag diag;
  struct type_table *types;
};

static inline void notation_open(struct notation *n) {
  arena_init(&n->arena, &mem_system);
  diag_init(&n->diag);
  n->types = type_table_new(&n->arena);
  assert_non_null(n->types);
}

static inline void notation_close(struct notation *n) {
  diag_done(&n->diag);
  arena_done(&n->arena);
}

static inline const struct weir_type *notation_read(struct notation *n);

static inline uint32_t notation_number(struct notation *n) {
  return (uint32_t)strtoul(n->at, (char **)(uintptr_t)&n->at, 10);
}

/* The types between parentheses; NULL for `_`. */
static inline uint32_t notation_list(struct notation *n, struct type_field *ret) {
  uint32_t count = 0;
  assert_int_equal(*n->at++, '(');
  while (*n->at != ')') {
    assert_true(count < 32);
    ret[count].label = STR("x");
    if (*n->at == '_')
      ret[count].type = (n->at++, NULL);
    else
      ret[count].type = notation_read(n);
    count++;
  }
  n->at++;
  return count;
}

static inline const struct weir_type *notation_labels(struct notation *n, enum type_kind kind) {
  static struct type_field labels[300];
  uint32_t count = notation_number(n);
  assert_int_equal(*n->at++, ';');
  assert_true(count <= 300);
  return type_fields(n->types, kind, labels, count, &n->diag);
}

static inline const struct weir_type *notation_compound(struct notation *n, char letter) {
  struct type_field parts[32] = {0};
  uint32_t length = letter == 'A' ? notation_number(n) : 0;
  if (letter == 'E' || letter == 'G')
    return notation_labels(n, letter == 'E' ? TYPE_ENUM : TYPE_FLAGS);
  uint32_t count = notation_list(n, parts);
  switch (letter) {
    case 'L':
      return type_list(n->types, parts[0].type, &n->diag);
    case 'A':
      return type_fixed_list(n->types, parts[0].type, length, &n->diag);
    case 'M':
      return type_map(n->types, parts[0].type, parts[1].type, &n->diag);
    case 'O':
      return type_option(n->types, parts[0].type, &n->diag);
    case 'Q':
      return type_result(n->types, parts[0].type, parts[1].type, &n->diag);
    case 'S':
      return type_channel(n->types, TYPE_STREAM, count ? parts[0].type : NULL, &n->diag);
    case 'R':
    case 'T':
      return type_fields(n->types, letter == 'R' ? TYPE_RECORD : TYPE_TUPLE, parts, count, &n->diag);
    default:
      return type_fields(n->types, TYPE_VARIANT, parts, count, &n->diag);
  }
}

static inline const struct weir_type *notation_read(struct notation *n) {
  static const struct {
    char letter;
    enum type_kind kind;
  } primitives[] = {{'b', TYPE_BOOL}, {'1', TYPE_U8},  {'2', TYPE_U16},  {'4', TYPE_U32},    {'8', TYPE_U64},
                    {'f', TYPE_F32},  {'d', TYPE_F64}, {'c', TYPE_CHAR}, {'s', TYPE_STRING}, {'h', TYPE_ERROR_CONTEXT}};
  char letter = *n->at++;
  for (size_t i = 0; i < sizeof(primitives) / sizeof(primitives[0]); i++)
    if (primitives[i].letter == letter)
      return type_primitive(n->types, primitives[i].kind, &n->diag);
  return notation_compound(n, letter);
}

static inline const struct weir_type *notation_type(struct notation *n, const char *text) {
  n->at = text;
  const struct weir_type *t = notation_read(n);
  if (!t)
    fail_msg("%s: %s", text, diag_message(&n->diag));
  assert_int_equal(*n->at, 0);
  return t;
}

#endif
