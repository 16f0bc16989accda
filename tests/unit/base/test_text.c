/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The text builder: what it writes, JSON escaping, and that running out of memory is sticky. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/fault.h"
#include "weir/value.h"

static void expect_text(struct text *t, const char *expected, size_t expected_size) {
  size_t size = 0;
  char *got = text_take(t, &size);
  assert_non_null(got);
  assert_int_equal(size, expected_size);
  assert_memory_equal(got, expected, size + 1);
  weir_text_free(got);
}

#define EXPECT(t, literal) expect_text((t), (literal), sizeof(literal) - 1)

static void pieces_are_joined_and_terminated(void **state) {
  (void)state;
  struct text t;
  text_init(&t);
  text_add(&t, STR("a\0b"));
  text_add(&t, (struct str){NULL, 0});
  text_char(&t, 'c');
  text_printf(&t, "%d|%s|", -5, "x");
  text_scalar(&t, 0x20ac);
  text_scalar(&t, 0xd800);
  EXPECT(&t, "a\0bc-5|x|\xe2\x82\xac\xef\xbf\xbd");
}

static void an_empty_text_is_an_empty_string(void **state) {
  (void)state;
  struct text t;
  text_init(&t);
  EXPECT(&t, "");
  weir_text_free(NULL);
}

static void taking_empties_the_builder(void **state) {
  (void)state;
  struct text t;
  text_init(&t);
  text_char(&t, 'a');
  EXPECT(&t, "a");
  text_char(&t, 'b');
  EXPECT(&t, "b");
  text_char(&t, 'c');
  text_done(&t);
  text_done(&t);
  EXPECT(&t, "");
}

static void text_grows_beyond_the_first_block(void **state) {
  (void)state;
  struct text t;
  text_init(&t);
  for (int i = 0; i < 5000; i++)
    text_char(&t, (char)('a' + i % 26));
  text_printf(&t, "%0*d", 3000, 1);
  size_t size;
  char *got = text_take(&t, &size);
  assert_int_equal(size, 8000);
  for (int i = 0; i < 5000; i++)
    assert_int_equal(got[i], 'a' + i % 26);
  assert_int_equal(got[7999], '1');
  assert_int_equal(got[8000], 0);
  weir_text_free(got);
}

static void a_size_that_cannot_be_is_a_sticky_failure(void **state) {
  (void)state;
  struct text t;
  text_init(&t);
  text_char(&t, 'a');
  assert_false(text_room(&t, SIZE_MAX));
  assert_true(t.failed);
  text_char(&t, 'b');
  assert_null(text_take(&t, NULL));
  assert_false(t.failed);
  EXPECT(&t, "");
}

static char *print_much(void) {
  struct text t;
  text_init(&t);
  for (int i = 0; i < 100; i++)
    text_printf(&t, "line %d\n", i);
  text_scalar(&t, 0x1f4a9);
  return text_take(&t, NULL);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  fault_system_arm(0, false);
  weir_text_free(print_much());
  size_t count = fault_system_calls();
  assert_true(count > 2);
  for (size_t k = 1; k <= count; k++) {
    fault_system_arm(k, false);
    char *text = print_much();
    fault_system_arm(0, false);
    assert_null(text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pieces_are_joined_and_terminated),
      cmocka_unit_test(an_empty_text_is_an_empty_string),
      cmocka_unit_test(taking_empties_the_builder),
      cmocka_unit_test(text_grows_beyond_the_first_block),
      cmocka_unit_test(a_size_that_cannot_be_is_a_sticky_failure),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
