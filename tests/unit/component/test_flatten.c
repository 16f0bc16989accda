/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Core values of types, held against the specification's own definitions, and core signatures of functions. */
#include "unit/component/layout_support.h"

static void flat_text(const uint8_t *flat, uint8_t count, char *out) {
  for (uint8_t i = 0; i < count; i++)
    *out++ = "ilfd"[flat[i]];
  *out = 0;
}

static void flattening_is_the_specifications(void **state) {
  (void)state;
  struct notation n;
  notation_open(&n);
  for (size_t i = 0; i < LAYOUT_VECTOR_COUNT; i++) {
    const struct layout_vector *v = &layout_vectors[i];
    const struct weir_type *t = notation_type(&n, v->type);
    for (int ptr = 0; ptr < 2; ptr++) {
      char text[TYPE_MAX_FLAT + 1] = "*";
      if (t->flat_count[ptr] != TYPE_FLAT_TOO_MANY)
        flat_text(t->flat[ptr], t->flat_count[ptr], text);
      assert_string_equal(text, v->ptr[ptr].flat);
    }
  }
  notation_close(&n);
}

static void sixteen_values_are_flat_and_seventeen_are_not(void **state) {
  (void)state;
  struct notation n;
  notation_open(&n);
  assert_int_equal(notation_type(&n, "A16(1)")->flat_count[0], 16);
  assert_int_equal(notation_type(&n, "A17(1)")->flat_count[0], TYPE_FLAT_TOO_MANY);
  assert_int_equal(notation_type(&n, "O(A15(1))")->flat_count[0], 16);
  assert_int_equal(notation_type(&n, "O(A16(1))")->flat_count[0], TYPE_FLAT_TOO_MANY);
  assert_int_equal(notation_type(&n, "T(A17(1)1)")->flat_count[0], TYPE_FLAT_TOO_MANY);
  assert_int_equal(notation_type(&n, "A200000000(1)")->flat_count[0], TYPE_FLAT_TOO_MANY);
  assert_int_equal(type_fields(n.types, TYPE_TUPLE, NULL, 0, &n.diag)->flat_count[0], 0);
  notation_close(&n);
}

static void joined_cases_share_the_wider_type(void **state) {
  (void)state;
  static const struct {
    const char *type, *flat;
  } rows[] = {
      {"V(4f)", "ii"}, {"V(f4)", "ii"}, {"V(ff)", "if"},          {"V(4d)", "il"},  {"V(d8)", "il"},
      {"V(dd)", "id"}, {"V(f8)", "il"}, {"V(_T(fd)T(d))", "ild"}, {"Q(s1)", "iii"},
  };
  struct notation n;
  notation_open(&n);
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    char text[TYPE_MAX_FLAT + 1];
    const struct weir_type *t = notation_type(&n, rows[i].type);
    flat_text(t->flat[0], t->flat_count[0], text);
    assert_string_equal(text, rows[i].flat);
  }
  notation_close(&n);
}

/* Parameters and result in notation ("" none), then the core signature of each way to lift and lower. */
static void signatures_follow_the_way_of_the_call(void **state) {
  (void)state;
  static const struct {
    const char *params, *result;
    int ptr;
    const char *lift, *lift_async, *lift_callback, *lower, *lower_async;
  } rows[] = {
      {"T()", "", 0, ":", ":", ":i", ":", ":i"},
      {"T(4)", "8", 0, "i:l", "i:", "i:i", "i:l", "ii:i"},
      {"T(s)", "s", 0, "ii:i", "ii:", "ii:i", "iii:", "iii:i"},
      {"T(s)", "s", 1, "ll:l", "ll:", "ll:i", "lll:", "lll:i"},
      {"T(fd)", "T(1)", 0, "fd:i", "fd:", "fd:i", "fd:i", "fdi:i"},
      {"T(ss)", "", 0, "iiii:", "iiii:", "iiii:i", "iiii:", "iiii:i"},
      {"T(ss1)", "", 0, "iiiii:", "iiiii:", "iiiii:i", "iiiii:", "i:i"},
      {"T(ss1)", "d", 1, "lllli:d", "lllli:", "lllli:i", "lllli:d", "ll:i"},
      {"T(A16(f))", "T(12)", 0, "ffffffffffffffff:i", "ffffffffffffffff:", "ffffffffffffffff:i",
       "ffffffffffffffffi:", "ii:i"},
      {"T(A17(f))", "", 1, "l:", "l:", "l:i", "l:", "l:i"},
  };
  struct notation n;
  notation_open(&n);
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    struct core_signature s[5];
    const struct weir_type *result = *rows[i].result ? notation_type(&n, rows[i].result) : NULL;
    const struct func_type *ft = type_func(n.types, true, notation_type(&n, rows[i].params), result, &n.diag);
    const char *want[5] = {rows[i].lift, rows[i].lift_async, rows[i].lift_callback, rows[i].lower, rows[i].lower_async};
    flatten_lift(ft, false, false, rows[i].ptr, &s[0]);
    flatten_lift(ft, true, false, rows[i].ptr, &s[1]);
    flatten_lift(ft, true, true, rows[i].ptr, &s[2]);
    flatten_lower(ft, false, rows[i].ptr, &s[3]);
    flatten_lower(ft, true, rows[i].ptr, &s[4]);
    for (int k = 0; k < 5; k++) {
      char text[MAX_FLAT_PARAMS + 4], *results;
      flat_text(s[k].params, s[k].param_count, text);
      results = text + s[k].param_count;
      *results++ = ':';
      flat_text(s[k].results, s[k].result_count, results);
      assert_string_equal(text, want[k]);
    }
  }
  notation_close(&n);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(flattening_is_the_specifications),
      cmocka_unit_test(sixteen_values_are_flat_and_seventeen_are_not),
      cmocka_unit_test(joined_cases_share_the_wider_type),
      cmocka_unit_test(signatures_follow_the_way_of_the_call),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
