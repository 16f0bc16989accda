/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The heap of timers against a sorted reference, with removals from everywhere. */
#include "wasi/clocks/timer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/fault.h"
#include "wasi/random/prng.h"

enum { TIMERS = 500 };

static void timers_come_out_by_deadline_and_then_by_age(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  struct wasi_timer_heap heap;
  wasi_timer_heap_init(&heap, &f.alloc);
  struct wasi_timer timers[TIMERS];
  struct wasi_prng prng;
  wasi_prng_init(&prng, (uint64_t[2]){1, 2}, 0);
  for (size_t i = 0; i < TIMERS; i++) {
    timers[i] = (struct wasi_timer){.deadline = wasi_prng_next(&prng) % 50};
    assert_true(wasi_timer_add(&heap, &timers[i]));
  }
  const struct wasi_timer *last = NULL;
  for (size_t i = 0; i < TIMERS; i++) {
    struct wasi_timer *first = wasi_timer_first(&heap);
    assert_non_null(first);
    if (last != NULL)
      assert_true(last->deadline < first->deadline || (last->deadline == first->deadline && last < first));
    last = first;
    wasi_timer_remove(&heap, first);
  }
  assert_null(wasi_timer_first(&heap));
  wasi_timer_heap_done(&heap);
  fault_done(&f);
}

/* The heap's own promise: no timer is later than its children, and each knows its place. */
static void check_heap(const struct wasi_timer_heap *heap) {
  for (uint32_t i = 0; i < heap->timers.count; i++) {
    assert_int_equal(heap->timers.data[i]->index, i);
    if (i > 0)
      assert_true(heap->timers.data[(i - 1) / 2]->deadline <= heap->timers.data[i]->deadline);
  }
}

static void any_timer_can_be_removed(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  struct wasi_timer_heap heap;
  wasi_timer_heap_init(&heap, &f.alloc);
  struct wasi_timer timers[TIMERS];
  struct wasi_prng prng;
  wasi_prng_init(&prng, (uint64_t[2]){3, 4}, 0);
  for (size_t i = 0; i < TIMERS; i++) {
    timers[i] = (struct wasi_timer){.deadline = wasi_prng_next(&prng) % 1000};
    assert_true(wasi_timer_add(&heap, &timers[i]));
  }
  for (uint32_t left = TIMERS; left > 0; left--) {
    wasi_timer_remove(&heap, heap.timers.data[wasi_prng_next(&prng) % left]);
    assert_int_equal(heap.timers.count, left - 1);
    check_heap(&heap);
  }
  wasi_timer_heap_done(&heap);
  fault_done(&f);
}

static void without_memory_a_timer_is_refused_and_the_rest_stays(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  struct wasi_timer_heap heap;
  wasi_timer_heap_init(&heap, &f.alloc);
  struct wasi_timer timer = {.deadline = 7};
  fault_arm(&f, 1, true);
  assert_false(wasi_timer_add(&heap, &timer));
  assert_null(wasi_timer_first(&heap));
  fault_arm(&f, 0, false);
  assert_true(wasi_timer_add(&heap, &timer));
  assert_ptr_equal(wasi_timer_first(&heap), &timer);
  wasi_timer_heap_done(&heap);
  fault_done(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(timers_come_out_by_deadline_and_then_by_age),
      cmocka_unit_test(any_timer_can_be_removed),
      cmocka_unit_test(without_memory_a_timer_is_refused_and_the_rest_stays),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
