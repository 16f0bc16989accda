/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* WAVE written: the exact text, and that it reads back. */
#include "unit/wit/wave_types.h"

#include <locale.h>

#include "weir/value.h"

/* `text` is read, written and must come out as `expected`, which reads as the same value. */
static void writes(void **state, const char *type, const char *text, const char *expected) {
  const struct weir_type *t = wave_type(state, type);
  weir_value value, again;
  char *out = NULL;
  size_t size = 0;
  assert_int_equal(weir_value_parse(t, text, strlen(text), &value, NULL), WEIR_OK);
  assert_int_equal(weir_value_print(t, &value, &out, &size, NULL), WEIR_OK);
  assert_string_equal(out, expected);
  assert_int_equal(size, strlen(expected));
  assert_int_equal(weir_value_parse(t, out, size, &again, NULL), WEIR_OK);
  assert_true(weir_value_equal(&value, &again));
  weir_text_free(out);
  weir_value_clear(&value);
  weir_value_clear(&again);
}

static void scalars_are_written_plainly(void **state) {
  writes(state, "bool", "true", "true");
  writes(state, "s8", "-128", "-128");
  writes(state, "u64", "18446744073709551615", "18446744073709551615");
  writes(state, "s64", "-9223372036854775808", "-9223372036854775808");
  writes(state, "char", "'\\''", "'\\''");
  writes(state, "char", "'\"'", "'\"'");
  writes(state, "char", "'\\u{7}'", "'\\u{7}'");
  writes(state, "string", "\"a'\\\"\\n\\u{0}\xc3\xa9\"", "\"a'\\\"\\n\\u{0}\xc3\xa9\"");
}

static void floats_get_the_fewest_digits(void **state) {
  writes(state, "f32", "0.1", "0.1");
  writes(state, "f64", "0.1", "0.1");
  writes(state, "f64", "0.30000000000000004", "0.30000000000000004");
  writes(state, "f64", "1e2", "100");
  writes(state, "f64", "6.022e23", "6.022e+23");
  writes(state, "f64", "5e-324", "5e-324");
  writes(state, "f64", "1.7976931348623157e308", "1.7976931348623157e+308");
  writes(state, "f32", "3.4028235e38", "3.4028235e+38");
  writes(state, "f64", "123456.75", "123456.75");
  writes(state, "f64", "0.0001", "0.0001");
  writes(state, "f64", "-0", "-0");
  writes(state, "f64", "nan", "nan");
  writes(state, "f32", "-inf", "-inf");
}

static void floats_do_not_depend_on_the_locale(void **state) {
  const char *names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "C.UTF-8"};
  for (size_t i = 0; i < 4 && !setlocale(LC_NUMERIC, names[i]);)
    i++;
  writes(state, "f64", "1.5", "1.5");
  setlocale(LC_NUMERIC, "C");
}

static void aggregates_are_written_with_commas(void **state) {
  writes(state, "list<u8>", "[1,2]", "[1, 2]");
  writes(state, "list<string>", "[\"a\",]", "[\"a\"]");
  writes(state, "list<u32>", "[]", "[]");
  writes(state, "tuple<u8, bool>", "(1,true)", "(1, true)");
  writes(state, "record { a: u8, b: option<u8> }", "{b: none, a: 1}", "{a: 1}");
  writes(state, "record { a: u8, b: option<u8> }", "{b: 2, a: 1}", "{a: 1, b: some(2)}");
  writes(state, "record { b: option<u8> }", "{b: none}", "{:}");
  writes(state, "flags { a, b, c }", "{c,a}", "{a, c}");
  writes(state, "flags { a }", "{}", "{}");
  writes(state, "map<string, list<u8>>", "{\"k\": [1]}", "{\"k\": [1]}");
  writes(state, "map<u8, u8>", "{}", "{:}");
}

static void cases_that_are_keywords_are_escaped(void **state) {
  writes(state, "enum { ok, not-found }", "%ok", "%ok");
  writes(state, "enum { ok, not-found }", "not-found", "not-found");
  writes(state, "variant { none, x(u8) }", "x(1)", "x(1)");
  writes(state, "option<u8>", "3", "some(3)");
  writes(state, "result<_, string>", "ok", "ok");
  writes(state, "result<u8>", "7", "ok(7)");
}

static void a_value_of_another_type_is_refused(void **state) {
  weir_value value = {.kind = WEIR_VALUE_U8, .of.u8 = 1};
  char *out = NULL;
  assert_int_equal(weir_value_print(wave_type(state, "string"), &value, &out, NULL, NULL), WEIR_ERR_TYPE);
  assert_null(out);
  value = (weir_value){.kind = WEIR_VALUE_VARIANT, .tag = 9};
  assert_int_equal(weir_value_print(wave_type(state, "enum { a }"), &value, &out, NULL, NULL), WEIR_ERR_TYPE);
  assert_null(out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(scalars_are_written_plainly),         cmocka_unit_test(floats_get_the_fewest_digits),
      cmocka_unit_test(floats_do_not_depend_on_the_locale),  cmocka_unit_test(aggregates_are_written_with_commas),
      cmocka_unit_test(cases_that_are_keywords_are_escaped), cmocka_unit_test(a_value_of_another_type_is_refused),
  };
  return cmocka_run_group_tests(tests, wave_types_open, wave_types_close);
}
