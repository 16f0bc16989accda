/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The writer of core modules: numbers at their edges, and sections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "wasm/put.h"

static void expect(struct text *t, const char *bytes, size_t size) {
  assert_false(t->failed);
  assert_int_equal(t->size, size);
  assert_memory_equal(t->data, bytes, size);
  t->size = 0;
}

static void unsigned_numbers(void **state) {
  (void)state;
  struct text t;
  text_init(&t);
  put_u32(&t, 0);
  put_u32(&t, 127);
  put_u32(&t, 128);
  put_u32(&t, UINT32_MAX);
  expect(&t, "\x00\x7f\x80\x01\xff\xff\xff\xff\x0f", 9);
  text_done(&t);
}

static void signed_numbers(void **state) {
  (void)state;
  struct text t;
  text_init(&t);
  put_s32(&t, 63);
  put_s32(&t, 64);
  put_s32(&t, -64);
  put_s32(&t, -65);
  expect(&t, "\x3f\xc0\x00\x40\xbf\x7f", 6);
  put_s64(&t, INT64_MAX);
  expect(&t, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00", 10);
  put_s64(&t, INT64_MIN);
  expect(&t, "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f", 10);
  put_i32(&t, UINT32_MAX);
  expect(&t, "\x41\x7f", 2);
  text_done(&t);
}

static void sections_take_their_body(void **state) {
  (void)state;
  struct text t, body;
  text_init(&t);
  text_init(&body);
  put_section(&t, SECTION_TYPE, &body);
  assert_int_equal(t.size, 0);
  put_name(&body, STR("ab"));
  put_section(&t, SECTION_EXPORT, &body);
  assert_int_equal(body.size, 0);
  expect(&t, "\x07\x03\x02\x61\x62", 5);
  text_done(&body);
  text_done(&t);
}

static void memories_are_named_where_they_are_not_the_first(void **state) {
  (void)state;
  struct text t;
  text_init(&t);
  put_access(&t, OP_I32_LOAD, 0, 5);
  put_access(&t, OP_I32_LOAD, 3, 200);
  expect(&t, "\x28\x00\x05\x28\x40\x03\xc8\x01", 8);
  text_done(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(unsigned_numbers),
      cmocka_unit_test(signed_numbers),
      cmocka_unit_test(sections_take_their_body),
      cmocka_unit_test(memories_are_named_where_they_are_not_the_first),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
