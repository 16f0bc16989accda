/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Positions by hash, and by name: collisions, growth, want of memory. */
#include "base/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/name_index.h"
#include "support/fault.h"

enum { MANY = 2000 };

static int set_up(void **state) {
  static struct fault f;
  fault_init(&f);
  *state = &f;
  return 0;
}

static int tear_down(void **state) {
  fault_done(*state);
  return 0;
}

static uint32_t count_of(const struct index *x, uint64_t hash) {
  uint32_t count = 0;
  struct index_walk walk = index_walk(x, hash);
  while (index_next(&walk) != INDEX_NONE)
    count++;
  return count;
}

static void nothing_is_found_in_an_empty_index(void **state) {
  (void)state;
  assert_int_equal(count_of(&(struct index){0}, 0), 0);
}

static void every_position_of_a_hash_is_found_and_no_other(void **state) {
  struct fault *f = *state;
  struct arena arena;
  struct index x = {0};
  arena_init(&arena, &f->alloc);
  for (uint32_t i = 0; i < MANY; i++)
    assert_true(index_add(&x, &arena, i % 100, i));
  for (uint64_t hash = 0; hash < 100; hash++) {
    bool seen[MANY] = {0};
    struct index_walk walk = index_walk(&x, hash);
    for (uint32_t i; (i = index_next(&walk)) != INDEX_NONE;) {
      assert_int_equal(i % 100, hash);
      assert_false(seen[i]);
      seen[i] = true;
    }
    assert_int_equal(count_of(&x, hash), MANY / 100);
  }
  assert_int_equal(count_of(&x, 100), 0);
  arena_done(&arena);
}

static void names_are_found_by_their_first_position(void **state) {
  struct fault *f = *state;
  struct arena arena;
  struct name_index names;
  arena_init(&arena, &f->alloc);
  name_index_init(&names, &arena);
  assert_int_equal(name_index_find(&names, STR("")), INDEX_NONE);
  for (uint32_t i = 0; i < MANY; i++)
    assert_true(name_index_add(&names, arena_printf(&arena, "name-%u", (unsigned)i), i));
  assert_true(name_index_add(&names, STR("name-7"), MANY));
  assert_true(name_index_add(&names, STR(""), MANY + 1));
  for (uint32_t i = 0; i < MANY; i++)
    assert_int_equal(name_index_find(&names, arena_printf(&arena, "name-%u", (unsigned)i)), i);
  assert_int_equal(name_index_find(&names, STR("")), MANY + 1);
  assert_int_equal(name_index_find(&names, STR("name-")), INDEX_NONE);
  arena_done(&arena);
}

static void without_memory_a_name_is_refused_and_the_others_stay(void **state) {
  struct fault *f = *state;
  struct arena arena;
  struct name_index names;
  arena_init(&arena, &f->alloc);
  name_index_init(&names, &arena);
  static char texts[MANY][12];
  uint32_t added = 0;
  bool refused = false;
  for (; added < MANY && !refused; added++) {
    snprintf(texts[added], sizeof(texts[added]), "%u", (unsigned)added);
    fault_arm(f, added < 50 ? 0 : 1, true);
    refused = !name_index_add(&names, str_from(texts[added]), added);
  }
  assert_true(refused);
  fault_arm(f, 0, false);
  for (uint32_t i = 0; i < added - 1; i++)
    assert_int_equal(name_index_find(&names, str_from(texts[i])), i);
  assert_int_equal(name_index_find(&names, str_from(texts[added - 1])), INDEX_NONE);
  arena_done(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_found_in_an_empty_index),
      cmocka_unit_test_setup_teardown(every_position_of_a_hash_is_found_and_no_other, set_up, tear_down),
      cmocka_unit_test_setup_teardown(names_are_found_by_their_first_position, set_up, tear_down),
      cmocka_unit_test_setup_teardown(without_memory_a_name_is_refused_and_the_others_stay, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
