/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Numbers in text: digits that read back, in every locale. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/number.h"
#include "base/rng.h"

static char *written(double value, bool is_f32) {
  struct text t;
  text_init(&t);
  text_float(&t, value, is_f32);
  return text_take(&t, NULL);
}

static void writes(double value, bool is_f32, const char *expected) {
  char *text = written(value, is_f32);
  assert_string_equal(text, expected);
  free(text);
}

static void the_fewest_digits_are_written(void **state) {
  (void)state;
  writes(0.1, false, "0.1");
  writes((double)0.1f, true, "0.1");
  writes((double)0.1f, false, "0.10000000149011612");
  writes(1e22, false, "1e+22");
  writes(-0.0, false, "-0");
  writes(5e-324, false, "5e-324");
}

static void what_is_no_number_has_a_word(void **state) {
  (void)state;
  writes(strtod("nan", NULL), false, "nan");
  writes(strtod("inf", NULL), true, "inf");
  writes(strtod("-inf", NULL), false, "-inf");
}

static void random_bits_read_back(void **state) {
  (void)state;
  struct rng r;
  rng_seed(&r, 7);
  for (int i = 0; i < 2000; i++) {
    uint64_t bits = rng_next(&r) & ~(UINT64_C(1) << 62); /* finite */
    double value;
    memcpy(&value, &bits, sizeof(value));
    char *text = written(value, false);
    assert_true(strtod(text, NULL) == value);
    free(text);
  }
}

static void bytes_are_written_in_hexadecimal(void **state) {
  (void)state;
  const uint8_t bytes[] = {0x00, 0x0f, 0xa0, 0xff};
  char digits[2 * sizeof(bytes) + 1];
  hex_write(bytes, sizeof(bytes), digits);
  assert_string_equal(digits, "000fa0ff");
  struct text t;
  text_init(&t);
  text_hex(&t, (struct str){NULL, 0});
  text_hex(&t, (struct str){(const char *)bytes, sizeof(bytes)});
  text_char(&t, '.');
  char *text = text_take(&t, NULL);
  assert_string_equal(text, "000fa0ff.");
  free(text);
}

static void hexadecimal_digits_have_values(void **state) {
  (void)state;
  assert_int_equal(hex_digit('0'), 0);
  assert_int_equal(hex_digit('9'), 9);
  assert_int_equal(hex_digit('a'), 10);
  assert_int_equal(hex_digit('F'), 15);
  assert_int_equal(hex_digit('g'), -1);
  assert_int_equal(hex_digit('G'), -1);
  assert_int_equal(hex_digit('@'), -1);
  assert_int_equal(hex_digit('\0'), -1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_fewest_digits_are_written),  cmocka_unit_test(what_is_no_number_has_a_word),
      cmocka_unit_test(random_bits_read_back),          cmocka_unit_test(bytes_are_written_in_hexadecimal),
      cmocka_unit_test(hexadecimal_digits_have_values),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
