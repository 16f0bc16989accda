/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The growable array: growth, failure, the upper end of 32 bits. */
#include "base/vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/fault.h"

static void elements_stay_in_order_through_growth(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  VEC(uint32_t) v = {0};
  for (uint32_t i = 0; i < 1000; i++)
    assert_true(VEC_PUSH(&f.alloc, &v, i * 7));
  assert_int_equal(v.count, 1000);
  for (uint32_t i = 0; i < 1000; i++)
    assert_int_equal(v.data[i], i * 7);
  assert_true(f.calls < 16); /* growth doubles */
  VEC_DONE(&f.alloc, &v);
  assert_null(v.data);
  assert_int_equal(v.count + v.capacity, 0);
  fault_done(&f);
}

static void a_failed_push_changes_nothing(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  VEC(char) v = {0};
  while (v.count < v.capacity || v.count == 0)
    assert_true(VEC_PUSH(&f.alloc, &v, 'x'));
  const char *data = v.data;
  uint32_t count = v.count, capacity = v.capacity;
  fault_arm(&f, 1, false);
  assert_false(VEC_PUSH(&f.alloc, &v, 'y'));
  assert_ptr_equal(v.data, data);
  assert_int_equal(v.count, count);
  assert_int_equal(v.capacity, capacity);
  assert_true(VEC_PUSH(&f.alloc, &v, 'z'));
  assert_int_equal(v.data[count], 'z');
  VEC_DONE(&f.alloc, &v);
  fault_done(&f);
}

static void an_array_that_is_full_to_the_last_index_does_not_wrap(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  char here = 0, *data = &here;
  uint32_t capacity = UINT32_MAX;
  assert_false(vec_room(&f.alloc, &data, &capacity, UINT32_MAX, 1));
  assert_int_equal(capacity, UINT32_MAX);
  assert_ptr_equal(data, &here);
  capacity = 0;
  assert_false(vec_room(&f.alloc, &data, &capacity, 0, SIZE_MAX / 2));
  assert_int_equal(f.calls, 0);
  fault_done(&f);
}

static void an_arena_grows_vectors_too(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  struct arena arena;
  arena_init(&arena, &f.alloc);
  VEC(uint64_t) v = {0};
  for (uint64_t i = 0; i < 1000; i++)
    assert_true(ARENA_PUSH(&arena, &v, i * 7));
  for (uint64_t i = 0; i < 1000; i++)
    assert_true(v.data[i] == i * 7);
  assert_true(v.data[1001] == 0);
  while (v.count < v.capacity)
    assert_true(ARENA_PUSH(&arena, &v, 1));
  uint32_t count = v.count;
  fault_arm(&f, 1, true);
  assert_false(ARENA_PUSH(&arena, &v, 2));
  assert_int_equal(v.count, count);
  assert_true(v.data[count - 1] == 1);
  arena_done(&arena);
  fault_done(&f);
}

static void releasing_an_empty_vector_is_nothing(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  VEC(int *) v = {0};
  VEC_DONE(&f.alloc, &v);
  VEC_DONE(&f.alloc, &v);
  fault_done(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(elements_stay_in_order_through_growth),
      cmocka_unit_test(a_failed_push_changes_nothing),
      cmocka_unit_test(an_array_that_is_full_to_the_last_index_does_not_wrap),
      cmocka_unit_test(an_arena_grows_vectors_too),
      cmocka_unit_test(releasing_an_empty_vector_is_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
