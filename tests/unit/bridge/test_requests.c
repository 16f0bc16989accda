/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Single requests: waiting, results, deadlines, cancellation, the bounded inbox, refusal on the worker, counters. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <uv.h>

#include <cmocka.h>

#include "jobs.h"

static weir_bridge *new_bridge(const weir_bridge_config *config) {
  weir_bridge *b = NULL;
  assert_int_equal(weir_bridge_new(config, &b, NULL), WEIR_OK);
  return b;
}

static weir_bridge_request *submit(weir_bridge *b, const weir_bridge_job *job) {
  weir_bridge_request *r = NULL;
  assert_int_equal(weir_bridge_submit(b, job, &r, NULL), WEIR_OK);
  return r;
}

static void until(atomic_int *counter, int value) {
  while (atomic_load(counter) < value)
    uv_sleep(1);
}

static weir_bridge_stats stats_of(weir_bridge *b) {
  weir_bridge_stats s = {0};
  weir_bridge_get_stats(b, &s, sizeof(s));
  assert_int_equal(s.submitted, s.queued + s.running + s.completed + s.failed + s.cancelled + s.timed_out + s.lost);
  return s;
}

/* A job that keeps the worker from everything else until it is let go. */
struct plug {
  atomic_int entered, leave;
};

static void plug_start(void *data, weir_bridge_request *request) {
  struct plug *p = data;
  atomic_store(&p->entered, 1);
  while (atomic_load(&p->leave) == 0)
    uv_sleep(1);
  weir_bridge_complete(request, WEIR_OK, NULL);
}

static void plug_in(weir_bridge *b, struct plug *p) {
  weir_bridge_job job = {.size = sizeof(weir_bridge_job), .start = plug_start, .data = p};
  assert_int_equal(weir_bridge_submit(b, &job, NULL, NULL), WEIR_OK);
  until(&p->entered, 1);
}

/* ---- waiting and results ----------------------------------------------------------------------------------------- */

static void a_wait_that_times_out_leaves_the_request_alive(void **state) {
  (void)state;
  weir_bridge *b = new_bridge(NULL);
  struct plug plug = {0};
  struct probe p = {.reply = 9};
  weir_bridge_job job = probe_job(&p, b);
  plug_in(b, &plug);
  weir_bridge_request *r = submit(b, &job);
  void *result = NULL;
  assert_int_equal(weir_bridge_wait(r, 0), WEIR_ERR_TIMEOUT);
  assert_int_equal(weir_bridge_wait(r, MS(1)), WEIR_ERR_TIMEOUT);
  assert_int_equal(weir_bridge_result(r, &result, NULL), WEIR_ERR_MISUSE);
  atomic_store(&plug.leave, 1);
  assert_int_equal(weir_bridge_wait(r, WEIR_BRIDGE_FOREVER), WEIR_OK);
  assert_int_equal(weir_bridge_wait(r, 0), WEIR_OK);
  assert_int_equal(weir_bridge_result(r, &result, NULL), WEIR_OK);
  assert_int_equal((intptr_t)result, 9);
  assert_int_equal(weir_bridge_result(r, &result, NULL), WEIR_OK);
  assert_null(result);
  weir_bridge_request_free(r);
  weir_bridge_free(b);
}

static atomic_int results_freed;

static void count_result(void *result) {
  (void)result;
  atomic_fetch_add(&results_freed, 1);
}

static void a_result_that_nobody_takes_is_released_once(void **state) {
  (void)state;
  weir_bridge *b = new_bridge(NULL);
  struct probe p[3] = {{.reply = 1}, {.reply = 1}, {.reply = 1, .delay = MS(700)}};
  atomic_store(&results_freed, 0);
  void *result = NULL;
  for (int i = 0; i < 3; i++) {
    weir_bridge_job job = probe_job(&p[i], b);
    job.free_result = count_result;
    job.timeout = i == 2 ? MS(400) : 0;
    weir_bridge_request *r = submit(b, &job);
    assert_int_equal(weir_bridge_wait(r, WEIR_BRIDGE_FOREVER), WEIR_OK);
    if (i == 0)
      assert_int_equal(weir_bridge_result(r, &result, NULL), WEIR_OK);
    weir_bridge_request_free(r);
  }
  until(&p[2].freed, 1); /* the late reply came, and was released */
  weir_bridge_free(b);
  assert_int_equal(atomic_load(&results_freed), 2);
}

static void callbacks_come_once_also_without_a_handle(void **state) {
  (void)state;
  weir_bridge *b = new_bridge(NULL);
  struct probe p = {.reply = 1};
  weir_bridge_job job = probe_job(&p, b);
  assert_int_equal(weir_bridge_submit(b, &job, NULL, NULL), WEIR_OK);
  assert_int_equal(weir_bridge_shutdown(b, WEIR_BRIDGE_DRAIN, WEIR_BRIDGE_FOREVER, NULL), WEIR_OK);
  assert_int_equal(atomic_load(&p.told), 1);
  assert_int_equal(atomic_load(&p.freed), 1);
  weir_bridge_free(b);
}

/* ---- deadlines --------------------------------------------------------------------------------------------------- */

static void a_deadline_answers_the_caller_and_asks_the_job_to_cancel(void **state) {
  (void)state;
  weir_bridge *b = new_bridge(NULL);
  struct probe p = {.delay = NEVER, .agrees = true};
  weir_bridge_job job = probe_job(&p, b);
  job.timeout = MS(500); /* long enough to be started before */
  uint64_t begin = uv_hrtime();
  weir_error *error = NULL;
  assert_int_equal(weir_bridge_run(b, &job, NULL, &error), WEIR_ERR_TIMEOUT);
  assert_true(uv_hrtime() - begin >= MS(500));
  assert_int_equal(weir_error_status(error), WEIR_ERR_TIMEOUT);
  weir_error_free(error);
  until(&p.freed, 1);
  assert_int_equal(atomic_load(&p.asked), 1);
  assert_int_equal(stats_of(b).timed_out, 1);
  weir_bridge_free(b);
}

static void a_deadline_comes_without_anybody_waiting_and_also_in_the_inbox(void **state) {
  (void)state;
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .max_running = 1};
  weir_bridge *b = new_bridge(&config);
  struct probe runs = {.delay = MS(60000), .reply = 1}, waits = {.reply = 1};
  weir_bridge_job first = probe_job(&runs, b), second = probe_job(&waits, b);
  second.timeout = MS(10);
  assert_int_equal(weir_bridge_submit(b, &first, NULL, NULL), WEIR_OK);
  assert_int_equal(weir_bridge_submit(b, &second, NULL, NULL), WEIR_OK);
  until(&waits.told, 1);
  assert_int_equal(atomic_load(&runs.told), 0);
  assert_int_equal(atomic_load(&waits.started), 0);
  assert_int_equal(stats_of(b).timed_out, 1);
  weir_bridge_free(b);
}

static void a_deadline_holds_although_a_job_blocks_the_worker(void **state) {
  (void)state;
  weir_bridge *b = new_bridge(NULL);
  struct plug plug = {0};
  struct probe p = {.reply = 1};
  weir_bridge_job job = probe_job(&p, b);
  job.timeout = MS(10);
  plug_in(b, &plug);
  assert_int_equal(weir_bridge_run(b, &job, NULL, NULL), WEIR_ERR_TIMEOUT);
  atomic_store(&plug.leave, 1);
  weir_bridge_free(b);
  assert_int_equal(atomic_load(&p.started), 0);
  assert_int_equal(atomic_load(&p.freed), 1);
  assert_int_equal(atomic_load(&p.told), 1);
}

static void the_largest_timeout_never_comes(void **state) {
  (void)state;
  weir_bridge *b = new_bridge(NULL);
  const uint64_t timeouts[] = {UINT64_MAX, UINT64_MAX - 1, UINT64_MAX / 2, INT64_MAX};
  struct probe p[4] = {0};
  for (int i = 0; i < 4; i++) {
    p[i].delay = MS(5);
    weir_bridge_job job = probe_job(&p[i], b);
    job.timeout = timeouts[i];
    assert_int_equal(weir_bridge_run(b, &job, NULL, NULL), WEIR_OK);
  }
  weir_bridge_free(b);
}

/* ---- cancelling -------------------------------------------------------------------------------------------------- */

static void cancelling_in_the_inbox_ends_the_request_at_once(void **state) {
  (void)state;
  weir_bridge *b = new_bridge(NULL);
  struct plug plug = {0};
  struct probe p = {.reply = 1};
  weir_bridge_job job = probe_job(&p, b);
  plug_in(b, &plug);
  weir_bridge_request *r = submit(b, &job);
  assert_int_equal(stats_of(b).queued, 1);
  weir_bridge_cancel(r);
  weir_bridge_cancel(r);
  assert_int_equal(weir_bridge_wait(r, 0), WEIR_OK);
  assert_int_equal(weir_bridge_result(r, NULL, NULL), WEIR_ERR_CANCELLED);
  assert_int_equal(stats_of(b).queued, 0);
  assert_int_equal(atomic_load(&p.told), 0); /* that is the worker's to do */
  atomic_store(&plug.leave, 1);
  weir_bridge_free(b);
  weir_bridge_request_free(r);
  assert_int_equal(atomic_load(&p.started), 0);
  assert_int_equal(atomic_load(&p.told), 1);
  assert_int_equal(atomic_load(&p.freed), 1);
}

static void a_running_job_may_agree_to_be_cancelled(void **state) {
  (void)state;
  weir_bridge *b = new_bridge(NULL);
  struct probe p = {.delay = MS(60000), .agrees = true};
  weir_bridge_job job = probe_job(&p, b);
  weir_bridge_request *r = submit(b, &job);
  until(&p.started, 1);
  weir_bridge_cancel(r);
  assert_int_equal(weir_bridge_wait(r, WEIR_BRIDGE_FOREVER), WEIR_OK);
  assert_int_equal(weir_bridge_result(r, NULL, NULL), WEIR_ERR_CANCELLED);
  weir_bridge_cancel(r); /* too late: nothing */
  weir_bridge_request_free(r);
  weir_bridge_free(b);
  assert_int_equal(atomic_load(&p.asked), 1);
  assert_int_equal(atomic_load(&p.told), 1);
}

static void a_running_job_may_go_on_to_its_result(void **state) {
  (void)state;
  weir_bridge *b = new_bridge(NULL);
  struct probe p = {.delay = MS(1000), .reply = 4};
  weir_bridge_job job = probe_job(&p, b);
  weir_bridge_request *r = submit(b, &job);
  until(&p.started, 1);
  weir_bridge_cancel(r);
  until(&p.asked, 1);
  assert_true(weir_bridge_cancel_wanted(r));
  void *result = NULL;
  assert_int_equal(weir_bridge_wait(r, WEIR_BRIDGE_FOREVER), WEIR_OK);
  assert_int_equal(weir_bridge_result(r, &result, NULL), WEIR_OK);
  assert_int_equal((intptr_t)result, 4);
  weir_bridge_request_free(r);
  weir_bridge_free(b);
}

/* ---- the bounded inbox ------------------------------------------------------------------------------------------- */

static void a_full_inbox_refuses_or_makes_the_caller_wait(void **state) {
  (void)state;
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .capacity = 2};
  weir_bridge *b = new_bridge(&config);
  struct plug plug = {0};
  struct probe p[4] = {0};
  plug_in(b, &plug);
  for (int i = 0; i < 2; i++) {
    weir_bridge_job job = probe_job(&p[i], b);
    assert_int_equal(weir_bridge_submit(b, &job, NULL, NULL), WEIR_OK);
  }
  weir_bridge_job job = probe_job(&p[2], b);
  job.no_wait = true;
  assert_int_equal(weir_bridge_submit(b, &job, NULL, NULL), WEIR_ERR_LIMIT);
  job.no_wait = false;
  job.timeout = MS(10);
  assert_int_equal(weir_bridge_submit(b, &job, NULL, NULL), WEIR_ERR_TIMEOUT);
  assert_int_equal(atomic_load(&p[2].freed), 0); /* refused: still the caller's */
  weir_bridge_stats s = stats_of(b);
  assert_int_equal(s.refused, 2);
  assert_int_equal(s.max_queued, 2);
  atomic_store(&plug.leave, 1);
  job.timeout = 0;
  assert_int_equal(weir_bridge_run(b, &job, NULL, NULL), WEIR_OK);
  weir_bridge_free(b);
}

struct submitter {
  pthread_t thread;
  weir_bridge *bridge;
  struct probe probe;
  weir_status status;
  atomic_int begun, ended;
};

static void *submitter_main(void *arg) {
  struct submitter *s = arg;
  weir_bridge_job job = probe_job(&s->probe, s->bridge);
  atomic_store(&s->begun, 1);
  s->status = weir_bridge_submit(s->bridge, &job, NULL, NULL);
  atomic_store(&s->ended, 1);
  return NULL;
}

static void a_waiting_caller_enters_as_soon_as_there_is_room(void **state) {
  (void)state;
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .capacity = 1};
  struct submitter s = {.bridge = new_bridge(&config)};
  struct plug plug = {0};
  struct probe p = {0};
  plug_in(s.bridge, &plug);
  weir_bridge_job job = probe_job(&p, s.bridge);
  weir_bridge_request *r = submit(s.bridge, &job);
  assert_int_equal(pthread_create(&s.thread, NULL, submitter_main, &s), 0);
  until(&s.begun, 1);
  uv_sleep(20);
  assert_int_equal(atomic_load(&s.ended), 0);
  weir_bridge_cancel(r); /* makes room although the worker is busy */
  pthread_join(s.thread, NULL);
  assert_int_equal(s.status, WEIR_OK);
  atomic_store(&plug.leave, 1);
  weir_bridge_request_free(r);
  assert_int_equal(weir_bridge_shutdown(s.bridge, WEIR_BRIDGE_DRAIN, WEIR_BRIDGE_FOREVER, NULL), WEIR_OK);
  assert_int_equal(atomic_load(&s.probe.told), 1);
  weir_bridge_free(s.bridge);
}

static void no_more_run_at_once_than_allowed(void **state) {
  (void)state;
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .max_running = 2};
  weir_bridge *b = new_bridge(&config);
  struct plug plug = {0};
  struct probe p[6] = {0};
  plug_in(b, &plug);
  for (int i = 0; i < 6; i++) {
    p[i].delay = MS(10);
    weir_bridge_job job = probe_job(&p[i], b);
    assert_int_equal(weir_bridge_submit(b, &job, NULL, NULL), WEIR_OK);
  }
  atomic_store(&plug.leave, 1);
  weir_bridge_stats s = {0};
  do {
    s = stats_of(b);
    assert_true(s.running <= 2);
  } while (s.completed < 7);
  assert_int_equal(s.max_queued, 6);
  assert_true(s.wait_ns >= MS(10 + 10 + 20 + 20 - 4));
  assert_true(s.run_ns >= MS(6 * 10 - 6));
  weir_bridge_free(b);
}

/* ---- on the worker ----------------------------------------------------------------------------------------------- */

struct inside {
  weir_bridge *bridge;
  struct probe probe;
  weir_status run, wait, poll, shutdown, full;
  bool on_worker;
};

static void inside_start(void *data, weir_bridge_request *request) {
  struct inside *in = data;
  weir_bridge_job job = probe_job(&in->probe, in->bridge);
  weir_bridge_request *inner = NULL;
  in->on_worker = weir_bridge_on_worker(in->bridge);
  in->run = weir_bridge_run(in->bridge, &job, NULL, NULL);
  weir_bridge_submit(in->bridge, &job, &inner, NULL);
  in->wait = weir_bridge_wait(inner, WEIR_BRIDGE_FOREVER);
  in->poll = weir_bridge_wait(inner, 0);
  in->full = weir_bridge_submit(in->bridge, &job, NULL, NULL);
  in->shutdown = weir_bridge_shutdown(in->bridge, WEIR_BRIDGE_ABORT, 0, NULL);
  weir_bridge_request_free(inner);
  weir_bridge_complete(request, WEIR_OK, NULL);
}

static void the_worker_is_refused_what_would_deadlock(void **state) {
  (void)state;
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .capacity = 1};
  struct inside in = {.bridge = new_bridge(&config)};
  weir_bridge_job job = {.size = sizeof(weir_bridge_job), .start = inside_start, .data = &in};
  assert_int_equal(weir_bridge_run(in.bridge, &job, NULL, NULL), WEIR_OK);
  assert_true(in.on_worker);
  assert_false(weir_bridge_on_worker(in.bridge));
  assert_int_equal(in.run, WEIR_ERR_WOULD_DEADLOCK);
  assert_int_equal(in.wait, WEIR_ERR_WOULD_DEADLOCK);
  assert_int_equal(in.poll, WEIR_ERR_TIMEOUT);
  assert_int_equal(in.full, WEIR_ERR_WOULD_DEADLOCK);
  assert_int_equal(in.shutdown, WEIR_ERR_WOULD_DEADLOCK);
  assert_int_equal(weir_bridge_shutdown(in.bridge, WEIR_BRIDGE_DRAIN, WEIR_BRIDGE_FOREVER, NULL), WEIR_OK);
  assert_int_equal(atomic_load(&in.probe.told), 1);
  weir_bridge_free(in.bridge);
}

static void what_is_for_the_worker_is_refused_elsewhere(void **state) {
  (void)state;
  weir_bridge *b = new_bridge(NULL);
  assert_null(weir_bridge_loop(b));
  assert_int_equal(weir_bridge_after(b, 0, probe_fire, NULL, NULL), WEIR_ERR_MISUSE);
  weir_bridge_job nothing = WEIR_BRIDGE_JOB_INIT;
  assert_int_equal(weir_bridge_submit(b, &nothing, NULL, NULL), WEIR_ERR_MISUSE);
  weir_bridge_free(b);
}

static void counters_tell_every_outcome(void **state) {
  (void)state;
  weir_bridge *b = new_bridge(NULL);
  const weir_status outcomes[] = {WEIR_OK, WEIR_OK, WEIR_ERR_HOST, WEIR_ERR_CANCELLED, WEIR_ERR_LOST};
  struct probe p[5] = {0};
  for (int i = 0; i < 5; i++) {
    p[i].status = outcomes[i];
    weir_bridge_job job = probe_job(&p[i], b);
    assert_int_equal(weir_bridge_run(b, &job, NULL, NULL), outcomes[i]);
  }
  weir_bridge_stats s = stats_of(b);
  assert_int_equal(s.submitted, 5);
  assert_int_equal(s.completed, 2);
  assert_int_equal(s.failed, 1);
  assert_int_equal(s.cancelled, 1);
  assert_int_equal(s.lost, 1);
  assert_int_equal(s.queued + s.running + s.timed_out + s.abandoned, 0);
  weir_bridge_free(b);
}

static uint64_t sum_of(const uint64_t *buckets) {
  uint64_t sum = 0;
  for (int i = 0; i < WEIR_BRIDGE_BUCKETS; i++)
    sum += buckets[i];
  return sum;
}

/* The least and the most that so many spans can have taken together. */
static void check_sum(const uint64_t *buckets, uint64_t nanoseconds) {
  uint64_t least = 0, most = 0;
  for (int i = 0; i < WEIR_BRIDGE_BUCKETS; i++) {
    least += i == 0 ? 0 : buckets[i] << i;
    most += buckets[i] << (i + 1);
  }
  assert_true(least <= nanoseconds);
  assert_true(nanoseconds <= most);
}

static void times_are_counted_by_powers_of_two_and_fit_the_counters(void **state) {
  (void)state;
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .max_running = 1};
  weir_bridge *b = new_bridge(&config);
  struct probe p[4] = {{.delay = MS(20)}, {.delay = 0}, {.delay = MS(60000), .agrees = true}, {.delay = 0}};
  weir_bridge_request *r[4];
  for (int i = 0; i < 4; i++) {
    weir_bridge_job job = probe_job(&p[i], b);
    r[i] = submit(b, &job);
  }
  until(&p[2].started, 1);
  weir_bridge_times t = {0};
  weir_bridge_get_times(b, &t, sizeof(t));
  weir_bridge_stats s = stats_of(b);
  assert_int_equal(s.started, 3);
  assert_int_equal(sum_of(t.waited), s.submitted - s.queued);
  assert_int_equal(sum_of(t.waited), 3);
  assert_int_equal(sum_of(t.ran), 2);
  weir_bridge_cancel(r[3]); /* leaves the inbox without having run */
  weir_bridge_cancel(r[2]);
  for (int i = 0; i < 4; i++) {
    assert_int_equal(weir_bridge_wait(r[i], WEIR_BRIDGE_FOREVER), WEIR_OK);
    weir_bridge_request_free(r[i]);
  }
  weir_bridge_get_times(b, &t, sizeof(t));
  s = stats_of(b);
  assert_int_equal(sum_of(t.waited), 4);
  assert_int_equal(sum_of(t.ran), s.started - s.running);
  assert_int_equal(sum_of(t.ran), 3);
  check_sum(t.waited, s.wait_ns);
  check_sum(t.ran, s.run_ns);
  assert_true(sum_of(t.ran) - t.ran[24] >= 1); /* 20 ms are at least 2^24 ns; the job without a delay was faster */
  weir_bridge_free(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_wait_that_times_out_leaves_the_request_alive),
      cmocka_unit_test(a_result_that_nobody_takes_is_released_once),
      cmocka_unit_test(callbacks_come_once_also_without_a_handle),
      cmocka_unit_test(a_deadline_answers_the_caller_and_asks_the_job_to_cancel),
      cmocka_unit_test(a_deadline_comes_without_anybody_waiting_and_also_in_the_inbox),
      cmocka_unit_test(a_deadline_holds_although_a_job_blocks_the_worker),
      cmocka_unit_test(the_largest_timeout_never_comes),
      cmocka_unit_test(cancelling_in_the_inbox_ends_the_request_at_once),
      cmocka_unit_test(a_running_job_may_agree_to_be_cancelled),
      cmocka_unit_test(a_running_job_may_go_on_to_its_result),
      cmocka_unit_test(a_full_inbox_refuses_or_makes_the_caller_wait),
      cmocka_unit_test(a_waiting_caller_enters_as_soon_as_there_is_room),
      cmocka_unit_test(no_more_run_at_once_than_allowed),
      cmocka_unit_test(the_worker_is_refused_what_would_deadlock),
      cmocka_unit_test(what_is_for_the_worker_is_refused_elsewhere),
      cmocka_unit_test(counters_tell_every_outcome),
      cmocka_unit_test(times_are_counted_by_powers_of_two_and_fit_the_counters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
