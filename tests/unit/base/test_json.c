/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* JSON as it is written: commas, escapes, bytes that are no UTF-8, and memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json.h"

static char *taken(struct text *t) {
  char *text = text_take(t, NULL);
  assert_non_null(text);
  return text;
}

static void assert_string_is(struct str value, const char *want) {
  struct text t;
  text_init(&t);
  struct json j = json_begin(&t);
  json_string(&j, value);
  char *text = taken(&t);
  assert_string_equal(text, want);
  free(text);
}

static void commas_stand_between(void **state) {
  (void)state;
  struct text t;
  text_init(&t);
  struct json j = json_begin(&t);
  json_object(&j);
  json_member(&j, "a", STR("x"));
  json_member_text(&j, "left-out", STR(""));
  json_key(&j, "b");
  json_array(&j);
  json_number(&j, UINT64_MAX);
  json_signed(&j, INT64_MIN);
  json_array(&j);
  json_array_end(&j);
  json_null(&j);
  json_object(&j);
  json_object_end(&j);
  json_array_end(&j);
  json_member_bool(&j, "c", false);
  json_member_number(&j, "d", 0);
  json_object_end(&j);
  char *text = taken(&t);
  assert_string_equal(
      text,
      "{\"a\": \"x\", \"b\": [18446744073709551615, -9223372036854775808, [], null, {}], \"c\": false, \"d\": 0}");
  free(text);
}

static void what_is_written_goes_behind_what_is_there(void **state) {
  (void)state;
  struct text t;
  text_init(&t);
  text_add(&t, STR("> "));
  struct json j = json_begin(&t);
  json_bool(&j, true);
  char *text = taken(&t);
  assert_string_equal(text, "> true");
  free(text);
}

static void control_characters_and_quotes_are_escaped(void **state) {
  (void)state;
  assert_string_is(STR("a\"b\\c/\b\f\n\r\t\x01\x1f\x7f"), "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
  assert_string_is((struct str){"a\0b", 3}, "\"a\\u0000b\"");
  assert_string_is(STR(""), "\"\"");
}

static void letters_of_all_scripts_stay(void **state) {
  (void)state;
  assert_string_is(STR("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x8d\xb2"), "\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x8d\xb2\"");
}

static void bytes_that_are_no_utf8_are_replaced(void **state) {
  (void)state;
  assert_string_is(STR("a\xff\x62"), "\"a\xef\xbf\xbd\x62\"");
  assert_string_is(STR("\xc3"), "\"\xef\xbf\xbd\"");
  assert_string_is(STR("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""); /* a surrogate */
}

static void keys_are_escaped_too(void **state) {
  (void)state;
  struct text t;
  text_init(&t);
  struct json j = json_begin(&t);
  json_object(&j);
  json_member_number(&j, "a\"b", 1);
  json_object_end(&j);
  char *text = taken(&t);
  assert_string_equal(text, "{\"a\\\"b\": 1}");
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(commas_stand_between),
      cmocka_unit_test(what_is_written_goes_behind_what_is_there),
      cmocka_unit_test(control_characters_and_quotes_are_escaped),
      cmocka_unit_test(letters_of_all_scripts_stay),
      cmocka_unit_test(bytes_that_are_no_utf8_are_replaced),
      cmocka_unit_test(keys_are_escaped_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
