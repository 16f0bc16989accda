/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* WAVE read by type: what is a value, what is none, and where the error is. */
#include "unit/wit/wave_types.h"

#include <math.h>

#include "weir/value.h"

static weir_value read_ok(void **state, const char *type, const char *text) {
  weir_value value = {0};
  weir_error *error = NULL;
  if (weir_value_parse(wave_type(state, type), text, strlen(text), &value, &error) != WEIR_OK)
    fail_msg("%s as %s: %s", text, type, weir_error_message(error));
  return value;
}

/* The text is refused at `offset`, with `part` in the message. */
static void refused(void **state, const char *type, const char *text, size_t offset, const char *part) {
  weir_value value = {0};
  weir_error *error = NULL;
  size_t at = 0;
  weir_status status = weir_value_parse(wave_type(state, type), text, strlen(text), &value, &error);
  if (status != WEIR_ERR_PARSE)
    fail_msg("%s as %s: status %d", text, type, status);
  assert_int_equal(value.kind, WEIR_VALUE_NONE);
  if (!strstr(weir_error_message(error), part))
    fail_msg("%s as %s: %s", text, type, weir_error_message(error));
  assert_true(weir_error_offset(error, &at));
  if (at != offset)
    fail_msg("%s as %s: at %zu, not %zu: %s", text, type, at, offset, weir_error_message(error));
  weir_error_free(error);
}

static void integers_end_exactly_at_their_limits(void **state) {
  assert_int_equal(read_ok(state, "u8", "255").of.u8, 255);
  assert_int_equal(read_ok(state, "s8", "-128").of.s8, -128);
  assert_int_equal(read_ok(state, "s8", "-0").of.s8, 0);
  assert_int_equal(read_ok(state, "s16", " -32768 ").of.s16, -32768);
  assert_int_equal(read_ok(state, "u32", "4294967295").of.u32, UINT32_MAX);
  assert_true(read_ok(state, "s64", "-9223372036854775808").of.s64 == INT64_MIN);
  assert_true(read_ok(state, "u64", "18446744073709551615").of.u64 == UINT64_MAX);
  refused(state, "u8", "256", 0, "out of range for u8");
  refused(state, "s8", "-129", 0, "out of range for s8");
  refused(state, "u8", "-1", 0, "negative");
  refused(state, "s64", "9223372036854775808", 0, "out of range for s64");
  refused(state, "u64", "18446744073709551616", 0, "out of range for u64");
  refused(state, "u32", "007", 0, "expected u32");
  refused(state, "u32", "1.5", 0, "expected u32");
  refused(state, "u32", "1 2", 2, "end of the text");
  refused(state, "u32", "", 0, "found the end of the text");
}

static void floats_are_json_numbers_and_three_words(void **state) {
  assert_true(read_ok(state, "f64", "-1.5e3").of.f64 == -1500.0);
  assert_true(read_ok(state, "f32", "0.1").of.f32 == 0.1f);
  assert_true(isnan(read_ok(state, "f64", "nan").of.f64));
  assert_true(read_ok(state, "f32", "-inf").of.f32 == -INFINITY);
  assert_true(signbit(read_ok(state, "f64", "-0").of.f64));
  refused(state, "f32", "1e39", 0, "out of range for f32");
  refused(state, "f64", "1.", 0, "expected a number");
  refused(state, "f64", "0x1", 0, "expected a number");
  refused(state, "f64", "-nan", 0, "expected a number");
}

static void chars_are_one_scalar_value(void **state) {
  assert_int_equal(read_ok(state, "char", "'x'").of.character, 'x');
  assert_int_equal(read_ok(state, "char", "'\\u{1F600}'").of.character, 0x1f600);
  assert_int_equal(read_ok(state, "char", "'\xe2\x98\x83'").of.character, 0x2603);
  assert_int_equal(read_ok(state, "char", "'\\''").of.character, '\'');
  assert_int_equal(read_ok(state, "char", "'\"'").of.character, '"');
  refused(state, "char", "''", 1, "no char");
  refused(state, "char", "'ab'", 2, "closing");
  refused(state, "char", "'\\u{d800}'", 3, "surrogate");
  refused(state, "char", "'\\u{110000}'", 3, "above the last");
  refused(state, "char", "'\xff'", 1, "UTF-8");
}

static void check_string(void **state, const char *text, const char *expected) {
  weir_value value = read_ok(state, "string", text);
  assert_int_equal(value.kind, WEIR_VALUE_STRING);
  assert_int_equal(value.of.string.size, strlen(expected));
  assert_memory_equal(value.of.string.data, expected, strlen(expected));
  weir_value_clear(&value);
}

static void strings_know_escapes(void **state) {
  check_string(state, "\"a\\tb\\n\\\"\\\\'\\u{e9}\"", "a\tb\n\"\\'\xc3\xa9");
  weir_value empty = read_ok(state, "string", "\"\"");
  assert_int_equal(empty.of.string.size, 0);
  weir_value_clear(&empty);
  refused(state, "string", "\"abc", 4, "closing quote");
  refused(state, "string", "\"a\nb\"", 2, "line break");
  refused(state, "string", "\"\\q\"", 2, "unknown escape");
  refused(state, "string", "\"\\", 2, "inside an escape");
  refused(state, "string", "abc", 0, "string in double quotes");
}

static void strings_of_lines_lose_their_indentation(void **state) {
  check_string(state, "\"\"\"\nA single line\n\"\"\"", "A single line");
  check_string(state, "\"\"\"\n    one\n\n      two\r\n  \"\"\"", "  one\n\n    two");
  refused(state, "string", "\"\"\"\nx\n  \"\"\"", 4, "indented less");
  refused(state, "string", "\"\"\"\nx", 4, "closing");
}

static void lists_take_a_trailing_comma_and_comments(void **state) {
  weir_value list = read_ok(state, "list<u16>", "[1, // one\n 2,]");
  assert_int_equal(list.of.list.count, 2);
  assert_int_equal(list.of.list.items[1].of.u16, 2);
  weir_value_clear(&list);
  refused(state, "list<u16>", "[1 2]", 3, "`,` or `]`");
  refused(state, "list<u16>", "[,]", 1, "expected u16");
  refused(state, "list<u16>", "[1, 70000]", 4, "out of range");
  refused(state, "list<u16, 2>", "[1]", 0, "the list has 1 elements");
}

static void lists_of_bytes_are_kept_as_bytes(void **state) {
  weir_value bytes = read_ok(state, "list<u8>", "[1, 2, 255]");
  assert_int_equal(bytes.kind, WEIR_VALUE_BYTES);
  assert_int_equal(bytes.of.string.size, 3);
  assert_memory_equal(bytes.of.string.data, "\x01\x02\xff", 3);
  weir_value_clear(&bytes);
}

static void records_take_fields_in_any_order(void **state) {
  const char *type = "record { a: u8, b: option<string>, c: bool }";
  weir_value record = read_ok(state, type, "{c: true, %a: 7}");
  assert_int_equal(record.of.list.count, 3);
  assert_int_equal(record.of.list.items[0].of.u8, 7);
  assert_int_equal(record.of.list.items[1].kind, WEIR_VALUE_VARIANT);
  assert_int_equal(record.of.list.items[1].tag, 0);
  weir_value_clear(&record);
  refused(state, type, "{c: true}", 8, "field `a` is missing");
  refused(state, type, "{a: 1, a: 2}", 7, "given twice");
  refused(state, type, "{a: 1, d: 2}", 7, "no field `d`");
  refused(state, type, "{a 1}", 3, "`:`");
}

static void an_empty_record_is_told_from_flags(void **state) {
  weir_value record = read_ok(state, "record { a: option<u8> }", "{:}");
  assert_int_equal(record.of.list.count, 1);
  weir_value_clear(&record);
}

static void tuples_have_all_elements(void **state) {
  weir_value tuple = read_ok(state, "tuple<string, u8>", "(\"x\", 3,)");
  assert_int_equal(tuple.kind, WEIR_VALUE_RECORD);
  assert_int_equal(tuple.of.list.items[1].of.u8, 3);
  weir_value_clear(&tuple);
  refused(state, "tuple<string, u8>", "(\"x\")", 4, "one more element");
  refused(state, "tuple<string, u8>", "(\"x\", 3, 4)", 9, "end of the tuple");
}

static void variants_escape_keywords(void **state) {
  const char *type = "variant { days(u32), forever, err(string) }";
  weir_value days = read_ok(state, type, "days(30)");
  assert_int_equal(days.tag, 0);
  assert_int_equal(days.of.payload->of.u32, 30);
  weir_value_clear(&days);
  weir_value forever = read_ok(state, type, "forever");
  assert_int_equal(forever.tag, 1);
  assert_null(forever.of.payload);
  weir_value_clear(&forever);
  weir_value escaped = read_ok(state, type, "%err(\"x\")");
  assert_int_equal(escaped.tag, 2);
  weir_value_clear(&escaped);
  refused(state, type, "err(\"x\")", 0, "%err");
  refused(state, type, "weeks(1)", 0, "no case `weeks`");
  refused(state, type, "days", 4, "payload");
  refused(state, type, "forever(1)", 7, "end of the text");
}

static void options_may_be_bare_where_that_is_clear(void **state) {
  weir_value bare = read_ok(state, "option<u8>", "9");
  weir_value some = read_ok(state, "option<u8>", "some(9)");
  assert_true(weir_value_equal(&bare, &some));
  weir_value none = read_ok(state, "option<u8>", "none");
  assert_int_equal(none.tag, 0);
  assert_null(none.of.payload);
  weir_value_clear(&bare);
  weir_value_clear(&some);
  refused(state, "option<option<u8>>", "9", 0, "some(...) or none");
  refused(state, "option<u8>", "some", 4, "payload");
}

static void an_escaped_none_is_a_case_and_not_the_option(void **state) {
  weir_value value = read_ok(state, "option<enum { none, few }>", "%none");
  assert_int_equal(value.tag, 1);
  assert_int_equal(value.of.payload->tag, 0);
  weir_value_clear(&value);
}

static void results_have_four_shapes(void **state) {
  weir_value ok = read_ok(state, "result<u8, string>", "ok(1)");
  assert_int_equal(ok.tag, 0);
  weir_value_clear(&ok);
  weir_value err = read_ok(state, "result<u8, string>", "err(\"no\")");
  assert_int_equal(err.tag, 1);
  weir_value_clear(&err);
  weir_value bare = read_ok(state, "result<u8, string>", "1");
  assert_int_equal(bare.of.payload->of.u8, 1);
  weir_value_clear(&bare);
  weir_value empty = read_ok(state, "result", "err");
  assert_int_equal(empty.tag, 1);
  weir_value_clear(&empty);
  refused(state, "result<_, string>", "1", 0, "ok or err");
}

static void flags_are_a_set(void **state) {
  assert_int_equal(read_ok(state, "flags { r, w, x }", "{x, r,}").of.flags, 5);
  assert_int_equal(read_ok(state, "flags { r, w, x }", "{}").of.flags, 0);
  refused(state, "flags { r, w, x }", "{r, r}", 4, "twice");
  refused(state, "flags { r, w, x }", "{q}", 1, "no flag `q`");
}

static void maps_are_pairs_in_braces(void **state) {
  weir_value map = read_ok(state, "map<string, u8>", "{\"a\": 1, \"b\": 2}");
  assert_int_equal(map.kind, WEIR_VALUE_LIST);
  assert_int_equal(map.of.list.count, 2);
  assert_int_equal(map.of.list.items[1].of.list.items[1].of.u8, 2);
  weir_value_clear(&map);
  weir_value empty = read_ok(state, "map<string, u8>", "{:}");
  assert_int_equal(empty.of.list.count, 0);
  weir_value_clear(&empty);
  refused(state, "map<string, u8>", "{\"a\" 1}", 5, "`:`");
}

static void a_failure_deep_inside_frees_what_was_read(void **state) {
  refused(state, "list<tuple<string, list<string>>>", "[(\"a\", [\"b\", \"c\"]), (\"d\", [\"e\", 1])]", 32, "string");
  refused(state, "record { a: list<u8>, b: variant { x(string) } }", "{a: [1], b: x(\"s\"}", 17, "`)`");
}

static void handles_have_no_text(void **state) {
  refused(state, "stream<u8>", "1", 0, "handles");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(integers_end_exactly_at_their_limits),
      cmocka_unit_test(floats_are_json_numbers_and_three_words),
      cmocka_unit_test(chars_are_one_scalar_value),
      cmocka_unit_test(strings_know_escapes),
      cmocka_unit_test(strings_of_lines_lose_their_indentation),
      cmocka_unit_test(lists_take_a_trailing_comma_and_comments),
      cmocka_unit_test(lists_of_bytes_are_kept_as_bytes),
      cmocka_unit_test(records_take_fields_in_any_order),
      cmocka_unit_test(an_empty_record_is_told_from_flags),
      cmocka_unit_test(tuples_have_all_elements),
      cmocka_unit_test(variants_escape_keywords),
      cmocka_unit_test(options_may_be_bare_where_that_is_clear),
      cmocka_unit_test(an_escaped_none_is_a_case_and_not_the_option),
      cmocka_unit_test(results_have_four_shapes),
      cmocka_unit_test(flags_are_a_set),
      cmocka_unit_test(maps_are_pairs_in_braces),
      cmocka_unit_test(a_failure_deep_inside_frees_what_was_read),
      cmocka_unit_test(handles_have_no_text),
  };
  return cmocka_run_group_tests(tests, wave_types_open, wave_types_close);
}
