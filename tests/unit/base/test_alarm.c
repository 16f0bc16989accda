/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The heap of alarms against the plain truth: the smallest of those that are in it. */
#include "base/alarm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { ALARMS = 64, STEPS = 20000 };

static uint32_t next_random(uint32_t *state) {
  *state = *state * 1664525 + 1013904223;
  return *state >> 8;
}

static const struct alarm *smallest(const struct alarm *alarms) {
  const struct alarm *found = NULL;
  for (int i = 0; i < ALARMS; i++)
    if (alarms[i].set &&
        (!found || alarms[i].at < found->at || (alarms[i].at == found->at && alarms[i].order < found->order)))
      found = &alarms[i];
  return found;
}

static void the_first_is_always_the_earliest_and_of_equals_the_oldest(void **state) {
  (void)state;
  static struct alarm alarms[ALARMS];
  struct alarm_heap heap = {0};
  uint32_t seed = 7;
  for (int i = 0; i < STEPS; i++) {
    struct alarm *a = &alarms[next_random(&seed) % ALARMS];
    if (a->set) {
      alarm_remove(&heap, a);
    } else {
      a->at = next_random(&seed) % 50; /* many are equal */
      alarm_add(&heap, a);
    }
    const struct alarm *want = smallest(alarms);
    assert_ptr_equal(heap.first, want);
  }
}

static void all_come_out_in_order_after_falling_and_rising_times(void **state) {
  (void)state;
  enum { N = 10000 };
  static struct alarm alarms[N];
  struct alarm_heap heap = {0};
  for (int i = 0; i < N; i++) {
    alarms[i].at = (uint64_t)(i < N / 2 ? N - i : i);
    alarm_add(&heap, &alarms[i]);
  }
  uint64_t last = 0, count = 0;
  while (heap.first) {
    assert_true(heap.first->at >= last);
    last = heap.first->at;
    alarm_remove(&heap, heap.first);
    count++;
  }
  assert_int_equal(count, N);
}

static void removing_one_that_is_not_set_does_nothing(void **state) {
  (void)state;
  struct alarm a = {.at = 1}, b = {.at = 2};
  struct alarm_heap heap = {0};
  alarm_add(&heap, &a);
  alarm_remove(&heap, &b);
  assert_ptr_equal(heap.first, &a);
  alarm_remove(&heap, &a);
  alarm_remove(&heap, &a);
  assert_null(heap.first);
}

static void times_do_not_overflow(void **state) {
  (void)state;
  assert_int_equal(time_add(1, 2), 3);
  assert_true(time_add(UINT64_MAX - 1, 5) == UINT64_MAX);
  assert_true(time_add(5, UINT64_MAX) == UINT64_MAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_is_always_the_earliest_and_of_equals_the_oldest),
      cmocka_unit_test(all_come_out_in_order_after_falling_and_rising_times),
      cmocka_unit_test(removing_one_that_is_not_set_does_nothing),
      cmocka_unit_test(times_do_not_overflow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
