/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Learning whether to look before sleeping, from waits that the test makes up. */
#include "bridge/spin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool is_on(struct spin *s) {
  return atomic_load(&s->on);
}

/* Waits that cost so much where all look, and so much where all sleep; gives how many of them looked. */
static int waits(struct spin *s, int count, uint64_t looking, uint64_t sleeping) {
  int looked = 0;
  for (int i = 0; i < count; i++) {
    looked += is_on(s);
    spin_waited(s, is_on(s) ? looking : sleeping);
  }
  return looked;
}

static void the_cheaper_way_is_taken_nearly_always(void **state) {
  (void)state;
  struct spin s;
  spin_init(&s, 10000, 2);
  assert_true(waits(&s, 20000, 1000, 40000) > 19500);
  spin_init(&s, 10000, 2);
  assert_true(waits(&s, 20000, 60000, 17000) < 1000);
  spin_init(&s, 10000, 2); /* what takes long either way */
  assert_true(waits(&s, 20000, 50000000, 50000000) < 1000);
}

static void a_machine_that_changes_is_noticed(void **state) {
  (void)state;
  struct spin s;
  spin_init(&s, 10000, 2);
  waits(&s, 20000, 60000, 17000);
  waits(&s, 20000, 1000, 40000); /* it became idle */
  assert_true(waits(&s, 20000, 1000, 40000) > 19500);
  waits(&s, 100, 60000, 17000); /* and busy again */
  assert_true(waits(&s, 20000, 60000, 17000) < 1000);
}

static void nobody_looks_on_one_processor(void **state) {
  (void)state;
  struct spin s;
  atomic_bool flag = true;
  spin_init(&s, 10000, 1);
  assert_int_equal(waits(&s, 1000, 1, 1000000), 0);
  assert_false(spin_caller(&s, &flag));
  assert_false(spin_worker(&s, &flag));
}

static void a_worker_that_finds_nothing_stops_looking(void **state) {
  (void)state;
  struct spin s;
  atomic_bool flag = false;
  spin_init(&s, 1000, 2);
  for (int i = 0; i < 100; i++)
    assert_false(spin_worker(&s, &flag));
  atomic_store(&flag, true);
  assert_false(spin_worker(&s, &flag));
  assert_true(spin_caller(&s, &flag));
  spin_init(&s, 1000, 2);
  assert_true(spin_worker(&s, &flag));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_cheaper_way_is_taken_nearly_always),
      cmocka_unit_test(a_machine_that_changes_is_noticed),
      cmocka_unit_test(nobody_looks_on_one_processor),
      cmocka_unit_test(a_worker_that_finds_nothing_stops_looking),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
