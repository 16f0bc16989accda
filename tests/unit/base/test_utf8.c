/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* UTF-8: every scalar value there and back, and every kind of malformed sequence. */
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool valid(const char *bytes, size_t size) {
  /* an exact copy, so that ASan sees a read behind the end */
  uint8_t *copy = calloc(1, size == 0 ? 1 : size);
  assert_non_null(copy);
  memcpy(copy, bytes, size);
  bool result = utf8_valid(copy, size);
  free(copy);
  return result;
}

#define VALID(literal) valid((literal), sizeof(literal) - 1)

static void every_scalar_value_survives_encoding_and_decoding(void **state) {
  (void)state;
  for (uint32_t scalar = 0; scalar <= 0x10ffff; scalar++) {
    if (scalar >= 0xd800 && scalar <= 0xdfff)
      continue;
    uint8_t bytes[4];
    uint32_t back = 0xffffffff;
    int n = utf8_encode(scalar, bytes);
    if (utf8_decode(bytes, (size_t)n, &back) != n || back != scalar || !utf8_valid(bytes, (size_t)n))
      fail_msg("U+%04X", (unsigned)scalar);
    for (int cut = 0; cut < n; cut++)
      if (utf8_decode(bytes, (size_t)cut, &back) != -1 || (cut > 0 && utf8_valid(bytes, (size_t)cut)))
        fail_msg("U+%04X cut to %d bytes", (unsigned)scalar, cut);
  }
}

static void what_is_no_scalar_value_is_encoded_as_the_replacement_character(void **state) {
  (void)state;
  const uint32_t bad[] = {0xd800, 0xdfff, 0x110000, 0xffffffff};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    uint8_t bytes[4];
    assert_int_equal(utf8_encode(bad[i], bytes), 3);
    assert_memory_equal(bytes, "\xef\xbf\xbd", 3);
  }
}

static void lengths_change_where_they_must(void **state) {
  (void)state;
  uint8_t b[4];
  assert_int_equal(utf8_encode(0x7f, b), 1);
  assert_int_equal(utf8_encode(0x80, b), 2);
  assert_int_equal(utf8_encode(0x7ff, b), 2);
  assert_int_equal(utf8_encode(0x800, b), 3);
  assert_int_equal(utf8_encode(0xffff, b), 3);
  assert_int_equal(utf8_encode(0x10000, b), 4);
}

static void overlong_forms_are_refused(void **state) {
  (void)state;
  assert_false(VALID("\xc0\x80"));
  assert_false(VALID("\xc1\xbf"));
  assert_false(VALID("\xe0\x80\x80"));
  assert_false(VALID("\xe0\x9f\xbf"));
  assert_true(VALID("\xe0\xa0\x80"));
  assert_false(VALID("\xf0\x80\x80\x80"));
  assert_false(VALID("\xf0\x8f\xbf\xbf"));
  assert_true(VALID("\xf0\x90\x80\x80"));
}

static void surrogates_and_what_is_above_the_end_are_refused(void **state) {
  (void)state;
  assert_true(VALID("\xed\x9f\xbf"));
  assert_false(VALID("\xed\xa0\x80"));
  assert_false(VALID("\xed\xbf\xbf"));
  assert_true(VALID("\xee\x80\x80"));
  assert_true(VALID("\xf4\x8f\xbf\xbf"));
  assert_false(VALID("\xf4\x90\x80\x80"));
  assert_false(VALID("\xf5\x80\x80\x80"));
  assert_false(VALID("\xff"));
  assert_false(VALID("\xfe"));
}

static void stray_and_missing_continuations_are_refused(void **state) {
  (void)state;
  assert_false(VALID("\x80"));
  assert_false(VALID("a\xbf"));
  assert_false(VALID("\xc3("));
  assert_false(VALID("\xe2\x82("));
  assert_false(VALID("\xf0\x9f\x92("));
  assert_false(VALID("\xc3"));
}

static void a_bad_byte_is_found_at_every_place_of_a_word(void **state) {
  (void)state;
  assert_true(VALID(""));
  for (size_t size = 1; size < 40; size++) {
    char text[40];
    memset(text, 'a', sizeof(text));
    assert_true(valid(text, size));
    for (size_t i = 0; i < size; i++) {
      text[i] = (char)0x80;
      assert_false(valid(text, size));
      text[i] = 'a';
    }
  }
}

static void an_invalid_beginning_is_told_from_one_that_is_cut_off(void **state) {
  (void)state;
  uint32_t scalar = 7;
  assert_int_equal(utf8_decode((const uint8_t *)"\xe2\x82", 2, &scalar), -1);
  assert_int_equal(utf8_decode((const uint8_t *)"\xe0\x80", 2, &scalar), 0);
  assert_int_equal(utf8_decode((const uint8_t *)"\xf4\x90", 2, &scalar), 0);
  assert_int_equal(utf8_decode((const uint8_t *)"\xc0", 1, &scalar), 0);
  assert_int_equal(utf8_decode((const uint8_t *)"\xf0", 1, &scalar), -1);
  assert_int_equal(utf8_decode(NULL, 0, &scalar), -1);
  assert_int_equal(scalar, 7);
}

static void what_is_no_utf8_is_mended(void **state) {
  (void)state;
  static const char *const pairs[][2] = {
      {"", ""},
      {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
      {"a\xff"
       "b",
       "a\xef\xbf\xbd"
       "b"},
      {"\xc3", "\xef\xbf\xbd"},                                 /* cut off */
      {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* a surrogate */
      {"\xf0\x9f\x98", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
  };
  for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
    char *copy = utf8_copy(pairs[i][0]);
    assert_string_equal(copy, pairs[i][1]);
    assert_true(utf8_valid((const uint8_t *)copy, strlen(copy)));
    free(copy);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_scalar_value_survives_encoding_and_decoding),
      cmocka_unit_test(what_is_no_scalar_value_is_encoded_as_the_replacement_character),
      cmocka_unit_test(lengths_change_where_they_must),
      cmocka_unit_test(overlong_forms_are_refused),
      cmocka_unit_test(surrogates_and_what_is_above_the_end_are_refused),
      cmocka_unit_test(stray_and_missing_continuations_are_refused),
      cmocka_unit_test(a_bad_byte_is_found_at_every_place_of_a_word),
      cmocka_unit_test(an_invalid_beginning_is_told_from_one_that_is_cut_off),
      cmocka_unit_test(what_is_no_utf8_is_mended),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
