/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Starts three timers at once and reports each when it ends. They end in the order of their lengths and take together
 * as long as the longest: that is what "at once" means.
 */
#include "guest.h"
#include "out.h"

#define NANOSECONDS_PER_MILLISECOND 1000000u
#define TIMERS 3u

struct timer {
  uint32_t milliseconds;
  guest_subtask_t subtask;
};

static struct timer timers[TIMERS] = {{.milliseconds = 30}, {.milliseconds = 10}, {.milliseconds = 20}};
static guest_waitable_set_t set;
static uint64_t start;
static unsigned running;
static bool totalled;

static void timer_report(const struct timer *timer) {
  out_number(timer->milliseconds);
  out_text(" ms timer ended\n");
  running--;
}

static void timer_start(struct timer *timer) {
  guest_subtask_status_t status =
      wasi_clocks_monotonic_clock_wait_for((uint64_t)timer->milliseconds * NANOSECONDS_PER_MILLISECOND);
  running++;
  if (GUEST_SUBTASK_STATE(status) == GUEST_SUBTASK_RETURNED) {
    timer_report(timer);
    return;
  }
  timer->subtask = GUEST_SUBTASK_HANDLE(status);
  guest_waitable_join(timer->subtask, set);
}

/* A subtask also tells when it starts; only its end counts here. */
static void timer_event(const guest_event_t *event) {
  if (event->event != GUEST_EVENT_SUBTASK || GUEST_SUBTASK_STATE(event->code) != GUEST_SUBTASK_RETURNED)
    return;
  for (unsigned i = 0; i < TIMERS; i++) {
    if (timers[i].subtask == event->waitable) {
      timer_report(&timers[i]);
      timers[i].subtask = 0;
    }
  }
  guest_waitable_join(event->waitable, 0);
  guest_subtask_drop(event->waitable);
}

static void print_total(void) {
  uint64_t sum = 0;
  for (unsigned i = 0; i < TIMERS; i++)
    sum += timers[i].milliseconds;
  out_text("total: ");
  out_number((wasi_clocks_monotonic_clock_now() - start) / NANOSECONDS_PER_MILLISECOND);
  out_text(" ms; one after another it would be ");
  out_number(sum);
  out_text(" ms\n");
}

static guest_callback_code_t advance(void) {
  if (running == 0 && !totalled) {
    print_total();
    totalled = true;
    out_finish();
  }
  out_pump();
  if (!out_done())
    return GUEST_CALLBACK_CODE_WAIT(set);
  guest_waitable_set_drop(set);
  exports_wasi_cli_run_run_return((exports_wasi_cli_run_result_void_void_t){.is_err = out_failed()});
  return GUEST_CALLBACK_CODE_EXIT;
}

guest_callback_code_t exports_wasi_cli_run_run(void) {
  set = guest_waitable_set_new();
  out_start(set);
  start = wasi_clocks_monotonic_clock_now();
  for (unsigned i = 0; i < TIMERS; i++)
    timer_start(&timers[i]);
  return advance();
}

guest_callback_code_t exports_wasi_cli_run_run_callback(guest_event_t *event) {
  if (!out_event(event))
    timer_event(event);
  return advance();
}
