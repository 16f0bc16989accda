/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * No built-in, no host function and no step does work that grows with what a guest has open: the same row with four
 * times as many items takes four times as many steps of the runtime (rt_store.steps), not sixteen times as many.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "embed/state.h"
#include "support/many.h"

enum { FEW = 100, MANY = 400 };

static uint64_t steps_of(const struct many_row *row, uint32_t n) {
  struct many m;
  many_open(&m, WEIR_SOURCE_DIR "/tests/support/many.wat");
  struct rt_store *rt = &store_get(m.store)->rt;
  uint64_t before = rt->steps;
  many_run(&m, row, n);
  assert_int_equal(rt->live_tasks, 0);
  uint64_t steps = rt->steps - before;
  many_close(&m);
  return steps;
}

static void work_grows_with_the_number_of_items_and_no_faster(void **state) {
  (void)state;
  for (int i = 0; i < MANY_ROWS; i++) {
    uint64_t few = steps_of(&many_rows[i], FEW), many = steps_of(&many_rows[i], MANY);
    if (many > 5 * few + 50)
      fail_msg("%s: %llu steps for %d items, %llu for %d", many_rows[i].name, (unsigned long long)few, FEW,
               (unsigned long long)many, MANY);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(work_grows_with_the_number_of_items_and_no_faster)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
