/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The eight behaviours that callers of a bridge rely on. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <uv.h>

#include <cmocka.h>

#include "jobs.h"

static weir_bridge *new_bridge(void) {
  weir_bridge *b = NULL;
  assert_int_equal(weir_bridge_new(NULL, &b, NULL), WEIR_OK);
  return b;
}

/* Runs a probe and gives its reply; -1 where it failed. For any thread. */
static intptr_t run(weir_bridge *b, struct probe *p) {
  weir_bridge_job job = probe_job(p, b);
  void *result = NULL;
  weir_status status = weir_bridge_run(b, &job, &result, NULL);
  return status == WEIR_OK ? (intptr_t)result : -1;
}

struct caller {
  pthread_t thread;
  weir_bridge *bridge;
  pthread_barrier_t *barrier;
  struct probe probe;
  intptr_t got;
};

static void *caller_main(void *arg) {
  struct caller *c = arg;
  if (c->barrier)
    pthread_barrier_wait(c->barrier);
  c->got = run(c->bridge, &c->probe);
  return NULL;
}

static void a_plain_thread_gets_its_reply(void **state) {
  (void)state;
  struct caller c = {.bridge = new_bridge(), .probe.reply = 3};
  assert_int_equal(pthread_create(&c.thread, NULL, caller_main, &c), 0);
  pthread_join(c.thread, NULL);
  assert_int_equal(c.got, 3);
  weir_bridge_free(c.bridge);
}

struct own_loop {
  uv_loop_t loop;
  uv_timer_t timer;
  struct caller caller;
  int ticks;
};

static void on_tick(uv_timer_t *timer) {
  struct own_loop *o = timer->data;
  if (++o->ticks == 1)
    o->caller.got = run(o->caller.bridge, &o->caller.probe);
  if (o->ticks == 3)
    uv_close((uv_handle_t *)timer, NULL);
}

static void *own_loop_main(void *arg) {
  struct own_loop *o = arg;
  uv_loop_init(&o->loop);
  uv_timer_init(&o->loop, &o->timer);
  o->timer.data = o;
  uv_timer_start(&o->timer, on_tick, 1, 1);
  uv_run(&o->loop, UV_RUN_DEFAULT);
  uv_loop_close(&o->loop);
  return NULL;
}

static void a_thread_inside_its_own_loop_gets_its_reply_and_its_loop_is_left_alone(void **state) {
  (void)state;
  struct own_loop o = {.caller = {.bridge = new_bridge(), .probe = {.reply = 7, .delay = MS(20)}}};
  assert_int_equal(pthread_create(&o.caller.thread, NULL, own_loop_main, &o), 0);
  pthread_join(o.caller.thread, NULL);
  assert_int_equal(o.caller.got, 7);
  assert_int_equal(o.ticks, 3);
  weir_bridge_free(o.caller.bridge);
}

static void threads_of_a_pool_get_their_own_replies(void **state) {
  (void)state;
  enum { N = 4 };
  weir_bridge *b = new_bridge();
  struct caller c[N] = {0};
  for (int i = 0; i < N; i++) {
    c[i].bridge = b;
    c[i].probe.reply = 42 + i;
    assert_int_equal(pthread_create(&c[i].thread, NULL, caller_main, &c[i]), 0);
  }
  for (int i = 0; i < N; i++) {
    pthread_join(c[i].thread, NULL);
    assert_int_equal(c[i].got, 42 + i);
  }
  weir_bridge_free(b);
}

static void calls_one_after_the_other_use_one_worker(void **state) {
  (void)state;
  weir_bridge *b = new_bridge();
  struct probe p[5] = {0};
  for (int i = 0; i < 5; i++) {
    p[i].reply = i * 2;
    assert_int_equal(run(b, &p[i]), i * 2);
    assert_int_equal(atomic_load(&p[i].started), 1);
  }
  weir_bridge_free(b);
}

static void stop_hook(void *data, weir_bridge *bridge) {
  (void)bridge;
  atomic_fetch_add((atomic_int *)data, 1);
}

static void freeing_ends_the_worker_before_it_returns(void **state) {
  (void)state;
  atomic_int stopped = 0;
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .stop = stop_hook, .data = &stopped};
  weir_bridge *b;
  assert_int_equal(weir_bridge_new(&config, &b, NULL), WEIR_OK);
  struct probe p = {.reply = 1};
  assert_int_equal(run(b, &p), 1);
  assert_int_equal(atomic_load(&stopped), 0);
  weir_bridge_free(b);
  assert_int_equal(atomic_load(&stopped), 1);
  assert_int_equal(atomic_load(&p.freed), 1);
}

static void concurrent_callers_wait_as_long_as_one_not_as_all(void **state) {
  (void)state;
  enum { N = 8, DELAY = 250 };
  weir_bridge *b = new_bridge();
  pthread_barrier_t barrier;
  struct caller c[N] = {0};
  pthread_barrier_init(&barrier, NULL, N + 1);
  for (int i = 0; i < N; i++) {
    c[i].bridge = b;
    c[i].barrier = &barrier;
    c[i].probe.reply = i;
    c[i].probe.delay = MS(DELAY);
    assert_int_equal(pthread_create(&c[i].thread, NULL, caller_main, &c[i]), 0);
  }
  pthread_barrier_wait(&barrier);
  uint64_t begin = uv_hrtime();
  for (int i = 0; i < N; i++)
    pthread_join(c[i].thread, NULL);
  uint64_t elapsed = uv_hrtime() - begin;
  pthread_barrier_destroy(&barrier);
  assert_true(elapsed < MS(N * DELAY / 2));
  assert_true(elapsed >= MS(DELAY - 20)); /* they did wait */
  for (int i = 0; i < N; i++)
    assert_int_equal(c[i].got, i);
  weir_bridge_free(b);
}

static void drop_start(void *data, weir_bridge_request *request) {
  (void)data;
  weir_bridge_drop(request);
}

static void fail_start(void *data, weir_bridge_request *request) {
  (void)data;
  weir_bridge_fail(request, WEIR_ERR_HOST, "the disk is on fire");
}

static void a_failing_request_loses_only_its_own_reply(void **state) {
  (void)state;
  weir_bridge *b = new_bridge();
  struct probe other = {.delay = MS(30), .reply = 5}, after = {.reply = 7};
  weir_bridge_job job = probe_job(&other, b);
  weir_bridge_job dropping = {.size = sizeof(dropping), .start = drop_start};
  weir_bridge_job failing = {.size = sizeof(failing), .start = fail_start};
  weir_bridge_request *r;
  assert_int_equal(weir_bridge_submit(b, &job, &r, NULL), WEIR_OK);

  void *result = NULL;
  weir_error *error = NULL;
  assert_int_equal(weir_bridge_run(b, &dropping, &result, &error), WEIR_ERR_LOST);
  assert_int_equal(weir_error_status(error), WEIR_ERR_LOST);
  weir_error_free(error);
  assert_int_equal(weir_bridge_run(b, &failing, &result, &error), WEIR_ERR_HOST);
  assert_string_equal(weir_error_message(error), "the disk is on fire");
  weir_error_free(error);

  assert_int_equal(run(b, &after), 7);
  assert_int_equal(weir_bridge_wait(r, WEIR_BRIDGE_FOREVER), WEIR_OK);
  assert_int_equal(weir_bridge_result(r, &result, NULL), WEIR_OK);
  assert_int_equal((intptr_t)result, 5);
  weir_bridge_request_free(r);
  weir_bridge_free(b);
}

/* A job that hands in eight more, and replies when all of them have. */
struct parent {
  weir_bridge *bridge;
  weir_bridge_request *request;
  struct probe inner[8];
  int left;
};

static void inner_done(void *data, weir_bridge_request *request) {
  struct parent *p = data;
  void *result = NULL;
  p->left -= weir_bridge_result(request, &result, NULL) == WEIR_OK && result == (void *)1;
  if (p->left == 0)
    weir_bridge_complete(p->request, WEIR_OK, (void *)8);
}

static void parent_start(void *data, weir_bridge_request *request) {
  struct parent *p = data;
  p->request = request;
  p->left = 8;
  for (int i = 0; i < 8; i++) {
    weir_bridge_job job = probe_job(&p->inner[i], p->bridge);
    p->inner[i].reply = 1;
    p->inner[i].delay = i % 2 == 0 ? 0 : MS(1);
    job.done = inner_done;
    job.done_data = p;
    weir_bridge_submit(p->bridge, &job, NULL, NULL);
  }
}

static void a_job_may_start_jobs_and_wait_for_them(void **state) {
  (void)state;
  struct parent p = {.bridge = new_bridge()};
  weir_bridge_job job = {.size = sizeof(weir_bridge_job), .start = parent_start, .data = &p};
  void *result = NULL;
  assert_int_equal(weir_bridge_run(p.bridge, &job, &result, NULL), WEIR_OK);
  assert_int_equal((intptr_t)result, 8);
  weir_bridge_free(p.bridge);
  for (int i = 0; i < 8; i++)
    assert_int_equal(atomic_load(&p.inner[i].freed), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_plain_thread_gets_its_reply),
      cmocka_unit_test(a_thread_inside_its_own_loop_gets_its_reply_and_its_loop_is_left_alone),
      cmocka_unit_test(threads_of_a_pool_get_their_own_replies),
      cmocka_unit_test(calls_one_after_the_other_use_one_worker),
      cmocka_unit_test(freeing_ends_the_worker_before_it_returns),
      cmocka_unit_test(concurrent_callers_wait_as_long_as_one_not_as_all),
      cmocka_unit_test(a_failing_request_loses_only_its_own_reply),
      cmocka_unit_test(a_job_may_start_jobs_and_wait_for_them),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
