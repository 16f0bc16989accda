/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* LEB128 there and back at the edges of every length and width, and what is no number. */
#include "base/leb128.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void check_unsigned(uint64_t n) {
  struct text t = {0};
  uint64_t again = ~n;
  size_t at = 0;
  leb128_put(&t, n);
  assert_int_equal(leb128_get(text_bytes(&t), t.size, 64, false, &again, &at), LEB128_OK);
  assert_true(again == n);
  assert_int_equal(at, t.size);
  for (size_t cut = 0; cut < t.size; cut++) {
    assert_int_equal(leb128_get(text_bytes(&t), cut, 64, false, &again, &at), LEB128_CUT);
    assert_int_equal(at, cut);
  }
  text_done(&t);
}

static void check_signed(int64_t n) {
  struct text t = {0};
  uint64_t again = 0;
  size_t at = 0;
  leb128_put_signed(&t, n);
  assert_int_equal(leb128_get(text_bytes(&t), t.size, 64, true, &again, &at), LEB128_OK);
  assert_true((int64_t)again == n);
  assert_int_equal(at, t.size);
  text_done(&t);
}

static void numbers_come_back(void **state) {
  (void)state;
  for (unsigned bit = 0; bit < 64; bit++)
    for (int64_t off = -2; off <= 2; off++) {
      uint64_t n = (UINT64_C(1) << bit) + (uint64_t)off;
      check_unsigned(n);
      check_signed((int64_t)n);
      check_signed((int64_t)(0 - n));
    }
}

static enum leb128_fault get(const char *bytes, size_t size, unsigned bits, bool is_signed, uint64_t *ret, size_t *at) {
  return leb128_get((const uint8_t *)bytes, size, bits, is_signed, ret, at);
}

static void widths_are_kept(void **state) {
  (void)state;
  uint64_t n = 0;
  size_t at = 0;
  assert_int_equal(get("\xff\xff\xff\xff\x0f", 5, 32, false, &n, &at), LEB128_OK);
  assert_int_equal(n, UINT32_MAX);
  assert_int_equal(get("\xff\xff\xff\xff\x1f", 5, 32, false, &n, &at), LEB128_LARGE);
  assert_int_equal(at, 4);
  assert_int_equal(get("\x80\x80\x80\x80\x80\x00", 6, 32, false, &n, &at), LEB128_LONG);
  assert_int_equal(at, 4);
  assert_int_equal(get("\xff\xff\xff\xff\x6f", 5, 33, true, &n, &at), LEB128_LARGE);
  assert_int_equal(get("\x80\x80\x80\x80\x70", 5, 33, true, &n, &at), LEB128_OK);
  assert_true((int64_t)n == INT64_C(-4294967296));
}

static void longer_forms_than_need_be_are_good(void **state) {
  (void)state;
  uint64_t n = 1;
  size_t at = 0;
  assert_int_equal(get("\x80\x80\x00", 3, 32, false, &n, &at), LEB128_OK);
  assert_int_equal(n, 0);
  assert_int_equal(at, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_come_back),
      cmocka_unit_test(widths_are_kept),
      cmocka_unit_test(longer_forms_than_need_be_are_good),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
