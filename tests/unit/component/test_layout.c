/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Sizes, alignments and offsets, held against the specification's own definitions (make_layout_vectors.py). */
#include "unit/component/layout_support.h"

static void sizes_and_alignments_are_the_specifications(void **state) {
  (void)state;
  struct notation n;
  notation_open(&n);
  for (size_t i = 0; i < LAYOUT_VECTOR_COUNT; i++) {
    const struct layout_vector *v = &layout_vectors[i];
    const struct weir_type *t = notation_type(&n, v->type);
    for (int ptr = 0; ptr < 2; ptr++)
      if (t->layout[ptr].size != v->ptr[ptr].size || t->layout[ptr].align != v->ptr[ptr].align)
        fail_msg("%s: %u/%u is not %u/%u", v->type, t->layout[ptr].size, t->layout[ptr].align, v->ptr[ptr].size,
                 v->ptr[ptr].align);
  }
  notation_close(&n);
}

static void fields_are_aligned_one_after_the_other(void **state) {
  (void)state;
  static const uint32_t want[2][5] = {{0, 4, 12, 16, 24}, {0, 8, 24, 32, 40}};
  struct notation n;
  notation_open(&n);
  const struct weir_type *t = notation_type(&n, "R(1s281)");
  for (int ptr = 0; ptr < 2; ptr++)
    for (int i = 0; i < 5; i++)
      assert_int_equal(t->fields[i].offset[ptr], want[ptr][i]);
  assert_int_equal(t->layout[0].size, 32);
  assert_int_equal(t->layout[1].size, 48);
  notation_close(&n);
}

static void payloads_follow_the_discriminant(void **state) {
  (void)state;
  static const struct {
    const char *type;
    uint8_t disc;
    uint32_t payload[2];
  } rows[] = {
      {"V(1)", 1, {1, 1}},  {"O(8)", 1, {8, 8}},  {"O(s)", 1, {4, 8}},
      {"Q(__)", 1, {1, 1}}, {"E256;", 1, {1, 1}}, {"E257;", 2, {2, 2}},
  };
  struct notation n;
  notation_open(&n);
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    const struct weir_type *t = notation_type(&n, rows[i].type);
    assert_int_equal(t->disc_size, rows[i].disc);
    assert_int_equal(t->layout[0].payload, rows[i].payload[0]);
    assert_int_equal(t->layout[1].payload, rows[i].payload[1]);
  }
  notation_close(&n);
}

static void large_discriminants_take_four_bytes(void **state) {
  (void)state;
  struct notation n;
  notation_open(&n);
  struct type_field *cases = calloc(65537, sizeof(*cases));
  assert_non_null(cases);
  assert_int_equal(type_fields(n.types, TYPE_ENUM, cases, 65536, &n.diag)->disc_size, 2);
  assert_int_equal(type_fields(n.types, TYPE_ENUM, cases, 65537, &n.diag)->disc_size, 4);
  free(cases);
  notation_close(&n);
}

static void no_parameters_take_no_room(void **state) {
  (void)state;
  struct notation n;
  notation_open(&n);
  const struct weir_type *t = type_fields(n.types, TYPE_TUPLE, NULL, 0, &n.diag);
  assert_int_equal(t->layout[0].size, 0);
  assert_int_equal(t->layout[0].align, 1);
  assert_int_equal(t->layout[1].align, 1);
  notation_close(&n);
}

static void a_value_is_smaller_than_two_to_the_28(void **state) {
  (void)state;
  static const struct {
    const char *type;
    bool fits;
  } rows[] = {
      {"A268435455(1)", true},      {"A268435456(1)", false},    {"A33554431(8)", true},
      {"A33554432(8)", false},      {"A536870912(8)", false},    {"A16777215(s)", true},
      {"A16777216(s)", false},      {"M(1A268435455(1))", true}, {"T(A268435454(1)1)", true},
      {"T(A268435455(1)1)", false}, {"A2(A134217727(1))", true}, {"A2(A268435455(1))", false},
      {"O(A268435455(1))", false},  {"S(A268435455(1))", true},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    struct notation n;
    notation_open(&n);
    n.at = rows[i].type;
    const struct weir_type *t = notation_read(&n);
    if (!!t != rows[i].fits)
      fail_msg("%s: %s", rows[i].type, t ? "accepted" : diag_message(&n.diag));
    assert_int_equal(n.diag.status, rows[i].fits ? WEIR_OK : WEIR_ERR_INVALID);
    notation_close(&n);
  }
}

/* The pair in a map is no value type of its own, but the same tuple written out is. */
static void the_pair_of_a_map_may_be_larger(void **state) {
  (void)state;
  struct notation n;
  notation_open(&n);
  const struct weir_type *bytes = notation_type(&n, "A268435455(1)"), *u8 = notation_type(&n, "1");
  struct type_field fields[2] = {{.label = STR(""), .type = u8}, {.label = STR(""), .type = bytes}};
  const struct weir_type *map = type_map(n.types, u8, bytes, &n.diag);
  assert_int_equal(map->elem->layout[0].size, 1 << 28);
  assert_null(type_fields(n.types, TYPE_TUPLE, fields, 2, &n.diag));
  assert_int_equal(n.diag.status, WEIR_ERR_INVALID);
  assert_ptr_equal(type_map(n.types, u8, bytes, &n.diag), map);
  notation_close(&n);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sizes_and_alignments_are_the_specifications),
      cmocka_unit_test(fields_are_aligned_one_after_the_other),
      cmocka_unit_test(payloads_follow_the_discriminant),
      cmocka_unit_test(large_discriminants_take_four_bytes),
      cmocka_unit_test(no_parameters_take_no_room),
      cmocka_unit_test(a_value_is_smaller_than_two_to_the_28),
      cmocka_unit_test(the_pair_of_a_map_may_be_larger),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
