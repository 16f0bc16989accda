/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The pool: stable addresses, reuse in LIFO order, poisoning, failure. */
#include "base/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/poison.h"
#include "support/fault.h"

enum { COUNT = 100 };

static void objects_are_distinct_aligned_and_keep_their_content(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  struct pool p;
  pool_init(&p, &f.alloc, 24, 7);
  char *objects[COUNT];
  for (int i = 0; i < COUNT; i++) {
    objects[i] = pool_take(&p);
    assert_int_equal((uintptr_t)objects[i] % 16, 0);
    memset(objects[i], i, 24);
  }
  assert_int_equal(p.live, COUNT);
  for (int i = 0; i < COUNT; i++)
    for (int j = 0; j < 24; j++)
      assert_int_equal(objects[i][j], i);
  assert_int_equal(f.live_blocks, (COUNT + 6) / 7);
  pool_done(&p);
  fault_done(&f);
}

static void the_last_given_back_is_taken_first(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  struct pool p;
  pool_init(&p, &f.alloc, 8, 4);
  void *a = pool_take(&p), *b = pool_take(&p), *c = pool_take(&p);
  pool_give(&p, a);
  pool_give(&p, c);
  assert_int_equal(p.live, 1);
  assert_ptr_equal(pool_take(&p), c);
  assert_ptr_equal(pool_take(&p), a);
  assert_ptr_not_equal(a, b);
  pool_give(&p, NULL);
  assert_int_equal(p.live, 3);
  pool_done(&p);
  fault_done(&f);
}

static void taking_and_giving_does_not_allocate(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  struct pool p;
  pool_init(&p, &f.alloc, 40, 4);
  for (int i = 0; i < 1000; i++)
    pool_give(&p, pool_take(&p));
  assert_int_equal(f.calls, 1);
  assert_int_equal(p.live, 0);
  pool_done(&p);
  fault_done(&f);
}

static void without_memory_there_is_no_object_and_the_pool_stays_whole(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  struct pool p;
  pool_init(&p, &f.alloc, 16, 1);
  void *a = pool_take(&p);
  fault_arm(&f, 1, false);
  assert_null(pool_take(&p));
  assert_int_equal(p.live, 1);
  pool_give(&p, a);
  assert_ptr_equal(pool_take(&p), a);
  pool_done(&p);
  fault_done(&f);
}

static void sizes_that_overflow_give_no_object(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  struct pool p;
  pool_init(&p, &f.alloc, SIZE_MAX - 3, 2);
  assert_null(pool_take(&p));
  pool_done(&p);
  pool_init(&p, &f.alloc, SIZE_MAX / 4, UINT32_MAX);
  assert_null(pool_take(&p));
  pool_done(&p);
  assert_int_equal(f.calls, 0);
  fault_done(&f);
}

#ifdef BASE_HAS_POISON
static void a_free_object_is_poisoned(void **state) {
  (void)state;
  struct pool p;
  pool_init(&p, NULL, 32, 4);
  char *object = pool_take(&p);
  assert_null(__asan_region_is_poisoned(object, 32));
  assert_ptr_equal(__asan_region_is_poisoned(object, 33), object + 32);
  pool_give(&p, object);
  assert_ptr_equal(__asan_region_is_poisoned(object, 1), object);
  pool_done(&p);
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(objects_are_distinct_aligned_and_keep_their_content),
      cmocka_unit_test(the_last_given_back_is_taken_first),
      cmocka_unit_test(taking_and_giving_does_not_allocate),
      cmocka_unit_test(without_memory_there_is_no_object_and_the_pool_stays_whole),
      cmocka_unit_test(sizes_that_overflow_give_no_object),
#ifdef BASE_HAS_POISON
      cmocka_unit_test(a_free_object_is_poisoned),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
