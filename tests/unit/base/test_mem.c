/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Allocation through a weir_alloc: zero sizes, overflow, resizing, and who is asked for what. */
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/fault.h"

static void zero_bytes_never_reach_the_allocator(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  assert_null(mem_alloc(&f.alloc, 0));
  assert_null(mem_zalloc(&f.alloc, 0));
  assert_null(mem_array(&f.alloc, 0, 8));
  assert_null(mem_resize(&f.alloc, NULL, 0, 0));
  mem_free(&f.alloc, NULL, 0);
  assert_int_equal(f.calls, 0);
  fault_done(&f);
}

static void zeroed_memory_is_zero(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  static const unsigned char zeros[96];
  unsigned char *a = mem_zalloc(&f.alloc, 96), *b = mem_array(&f.alloc, 12, 8);
  assert_memory_equal(a, zeros, 96);
  assert_memory_equal(b, zeros, 96);
  mem_free(&f.alloc, a, 96);
  mem_free(&f.alloc, b, 96);
  fault_done(&f);
}

static void a_product_that_overflows_is_refused(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  assert_null(mem_array(&f.alloc, SIZE_MAX / 2, 3));
  assert_null(mem_array(&f.alloc, SIZE_MAX, SIZE_MAX));
  assert_int_equal(f.calls, 0);
  fault_done(&f);
}

static void resizing_keeps_the_content(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  char *block = mem_resize(&f.alloc, NULL, 0, 4);
  memcpy(block, "abcd", 4);
  block = mem_resize(&f.alloc, block, 4, 100);
  assert_memory_equal(block, "abcd", 4);
  block = mem_resize(&f.alloc, block, 100, 2);
  assert_memory_equal(block, "ab", 2);
  assert_null(mem_resize(&f.alloc, block, 2, 0));
  fault_done(&f);
}

static void a_failed_resize_leaves_the_old_block(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  char *block = mem_alloc(&f.alloc, 4);
  memcpy(block, "abcd", 4);
  fault_arm(&f, 1, false);
  assert_null(mem_resize(&f.alloc, block, 4, 8));
  assert_memory_equal(block, "abcd", 4);
  mem_free(&f.alloc, block, 4);
  fault_done(&f);
}

static void the_system_allocator_works_and_is_the_default(void **state) {
  (void)state;
  char *block = mem_zalloc(&mem_system, 10);
  assert_non_null(block);
  block = mem_resize(NULL, block, 10, 1000);
  assert_int_equal(block[9], 0);
  mem_free(NULL, block, 1000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(zero_bytes_never_reach_the_allocator),
      cmocka_unit_test(zeroed_memory_is_zero),
      cmocka_unit_test(a_product_that_overflows_is_refused),
      cmocka_unit_test(resizing_keeps_the_content),
      cmocka_unit_test(a_failed_resize_leaves_the_old_block),
      cmocka_unit_test(the_system_allocator_works_and_is_the_default),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
