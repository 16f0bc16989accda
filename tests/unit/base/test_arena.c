/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The arena: alignment, zeroing, large objects, release, poisoning, failure at every allocation. */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/poison.h"
#include "support/fault.h"

static void objects_are_aligned_zeroed_and_apart(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  struct arena a;
  arena_init(&a, &f.alloc);
  unsigned char *before = NULL;
  for (size_t size = 0; size < 300; size++) {
    unsigned char *object = arena_alloc(&a, size);
    assert_non_null(object);
    assert_int_equal((uintptr_t)object % 16, 0);
    for (size_t i = 0; i < size; i++)
      assert_int_equal(object[i], 0);
    memset(object, 0xff, size);
    assert_ptr_not_equal(object, before);
    before = object;
  }
  assert_int_equal(a.total, f.live_bytes);
  arena_done(&a);
  fault_done(&f);
}

static void blocks_grow_so_that_many_objects_need_few_of_them(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  struct arena a;
  arena_init(&a, &f.alloc);
  for (int i = 0; i < 10000; i++)
    assert_non_null(arena_alloc(&a, 32));
  assert_true(f.calls < 20);
  arena_done(&a);
  fault_done(&f);
}

static void a_large_object_does_not_waste_the_current_block(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  struct arena a;
  arena_init(&a, &f.alloc);
  arena_alloc(&a, 16);
  char *large = arena_alloc(&a, 1000000);
  assert_non_null(large);
  large[999999] = 'x';
  size_t total = a.total;
  arena_alloc(&a, 16);
  assert_int_equal(a.total, total);
  arena_done(&a);
  fault_done(&f);
}

static void an_arena_is_usable_again_after_done(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  struct arena a;
  arena_init(&a, &f.alloc);
  arena_alloc(&a, 5000);
  arena_done(&a);
  assert_int_equal(a.total, 0);
  assert_non_null(arena_alloc(&a, 10));
  arena_done(&a);
  arena_done(&a);
  fault_done(&f);
}

static void sizes_that_overflow_are_refused(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  struct arena a;
  arena_init(&a, &f.alloc);
  assert_null(arena_alloc(&a, SIZE_MAX));
  assert_null(arena_alloc(&a, SIZE_MAX - 15));
  assert_null(arena_array(&a, SIZE_MAX / 8, 16));
  assert_null(arena_str(&a, (struct str){"", SIZE_MAX}).data);
  assert_non_null(arena_array(&a, 0, 16));
  assert_non_null(ARENA_ARRAY(&a, uint64_t, 4));
  arena_done(&a);
  fault_done(&f);
}

static void strings_are_copied_and_terminated(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  struct arena a;
  arena_init(&a, &f.alloc);
  char source[] = {'a', 0, 'b', 'c'};
  struct str copy = arena_str(&a, (struct str){source, 3});
  source[0] = 'x';
  assert_int_equal(copy.size, 3);
  assert_memory_equal(copy.data, "a\0b", 4);
  struct str empty = arena_str(&a, (struct str){NULL, 0});
  assert_string_equal(empty.data, "");
  struct str text = arena_printf(&a, "%s-%d", "n", 42);
  assert_int_equal(text.size, 4);
  assert_string_equal(text.data, "n-42");
  arena_done(&a);
  fault_done(&f);
}

static weir_status build_some(const struct weir_alloc *alloc, void *ctx) {
  (void)ctx;
  struct arena a;
  arena_init(&a, alloc);
  bool ok = true;
  for (size_t i = 0; i < 200; i++)
    ok = arena_alloc(&a, i * 40) && ok;
  ok = arena_printf(&a, "%0*d", 3000, 7).data && ok;
  ok = arena_str(&a, STR("name")).data && ok;
  arena_done(&a);
  return ok ? WEIR_OK : WEIR_ERR_NOMEM;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  assert_true(fault_sweep(build_some, NULL) > 5);
}

#ifdef BASE_HAS_POISON
static void what_is_behind_an_object_is_poisoned(void **state) {
  (void)state;
  struct arena a;
  arena_init(&a, NULL);
  char *object = arena_alloc(&a, 20);
  assert_null(__asan_region_is_poisoned(object, 20));
  assert_ptr_equal(__asan_region_is_poisoned(object, 21), object + 20);
  char *next = arena_alloc(&a, 16);
  assert_ptr_equal(__asan_region_is_poisoned(next, 17), next + 16);
  arena_done(&a);
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(objects_are_aligned_zeroed_and_apart),
      cmocka_unit_test(blocks_grow_so_that_many_objects_need_few_of_them),
      cmocka_unit_test(a_large_object_does_not_waste_the_current_block),
      cmocka_unit_test(an_arena_is_usable_again_after_done),
      cmocka_unit_test(sizes_that_overflow_are_refused),
      cmocka_unit_test(strings_are_copied_and_terminated),
      cmocka_unit_test(every_allocation_may_fail),
#ifdef BASE_HAS_POISON
      cmocka_unit_test(what_is_behind_an_object_is_poisoned),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
