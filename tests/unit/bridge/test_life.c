/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The bridge itself: hooks, shutting down, being gone, threads and processes, memory that runs out. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#include "jobs.h"
#include "support/fault.h"

static weir_bridge *new_bridge(const weir_bridge_config *config) {
  weir_bridge *b = NULL;
  assert_int_equal(weir_bridge_new(config, &b, NULL), WEIR_OK);
  return b;
}

static void until(atomic_int *counter, int value) {
  while (atomic_load(counter) < value)
    uv_sleep(1);
}

/* ---- hooks ------------------------------------------------------------------------------------------------------- */

struct hooks {
  weir_status start_status;
  weir_error *start_error;
  int started, stopped;
  bool on_worker;
  char name[16];
  bool blocks_sigterm, blocks_sigsegv;
};

static weir_status start_hook(void *data, weir_bridge *bridge, weir_error **ret_error) {
  struct hooks *h = data;
  sigset_t mask;
  h->started++;
  h->on_worker = weir_bridge_on_worker(bridge) && weir_bridge_loop(bridge);
  pthread_getname_np(pthread_self(), h->name, sizeof(h->name));
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  h->blocks_sigterm = sigismember(&mask, SIGTERM);
  h->blocks_sigsegv = sigismember(&mask, SIGSEGV);
  (void)ret_error;
  return h->start_status;
}

static void stop_hook(void *data, weir_bridge *bridge) {
  struct hooks *h = data;
  h->stopped += weir_bridge_on_worker(bridge);
}

static void hooks_run_once_on_the_worker(void **state) {
  (void)state;
  struct hooks h = {0};
  weir_bridge_config config = {.size = sizeof(weir_bridge_config),
                               .name = "a name that is too long",
                               .start = start_hook,
                               .stop = stop_hook,
                               .data = &h};
  weir_bridge *b = new_bridge(&config);
  assert_int_equal(h.started, 1);
  assert_true(h.on_worker);
  assert_string_equal(h.name, "a name that is ");
  assert_true(h.blocks_sigterm);
  assert_false(h.blocks_sigsegv);
  weir_bridge_free(b);
  assert_int_equal(h.started, 1);
  assert_int_equal(h.stopped, 1);
}

static void a_start_hook_that_fails_fails_the_making(void **state) {
  (void)state;
  struct hooks h = {.start_status = WEIR_ERR_LINK};
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .start = start_hook, .stop = stop_hook, .data = &h};
  weir_bridge *b = NULL;
  weir_error *error = NULL;
  assert_int_equal(weir_bridge_new(&config, &b, &error), WEIR_ERR_LINK);
  assert_int_equal(weir_error_status(error), WEIR_ERR_LINK);
  weir_error_free(error);
  assert_null(b);
  assert_int_equal(h.stopped, 0);
  assert_int_equal(weir_bridge_new(&config, &b, NULL), WEIR_ERR_LINK);
}

/* ---- shutting down ----------------------------------------------------------------------------------------------- */

static void a_drain_finishes_what_waits_and_what_runs(void **state) {
  (void)state;
  enum { N = 5 };
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .max_running = 2};
  weir_bridge *b = new_bridge(&config);
  struct probe p[N] = {0};
  weir_bridge_request *r[N];
  for (int i = 0; i < N; i++) {
    p[i].delay = MS(10);
    weir_bridge_job job = probe_job(&p[i], b);
    assert_int_equal(weir_bridge_submit(b, &job, &r[i], NULL), WEIR_OK);
  }
  assert_int_equal(weir_bridge_shutdown(b, WEIR_BRIDGE_DRAIN, WEIR_BRIDGE_FOREVER, NULL), WEIR_OK);
  for (int i = 0; i < N; i++) {
    assert_int_equal(weir_bridge_result(r[i], NULL, NULL), WEIR_OK);
    assert_int_equal(atomic_load(&p[i].told), 1);
    weir_bridge_request_free(r[i]);
  }
  weir_bridge_free(b);
}

static void a_drain_that_takes_too_long_becomes_an_abort(void **state) {
  (void)state;
  weir_bridge *b = new_bridge(NULL);
  struct probe p = {.delay = NEVER};
  weir_bridge_job job = probe_job(&p, b);
  weir_bridge_request *r;
  weir_error *error = NULL;
  assert_int_equal(weir_bridge_submit(b, &job, &r, NULL), WEIR_OK);
  until(&p.started, 1);
  assert_int_equal(weir_bridge_shutdown(b, WEIR_BRIDGE_DRAIN, MS(20), &error), WEIR_ERR_TIMEOUT);
  weir_error_free(error);
  assert_int_equal(weir_bridge_result(r, NULL, NULL), WEIR_ERR_LOST);
  assert_int_equal(atomic_load(&p.asked), 1);
  assert_int_equal(atomic_load(&p.freed), 1);
  weir_bridge_request_free(r);
  weir_bridge_free(b);
}

static void an_abort_ends_each_request_as_far_as_it_came(void **state) {
  (void)state;
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .max_running = 2};
  weir_bridge *b = new_bridge(&config);
  struct probe p[3] = {{.delay = NEVER, .agrees = true}, {.delay = MS(60000)}, {.delay = 0}};
  const weir_status want[] = {WEIR_ERR_CANCELLED, WEIR_ERR_LOST, WEIR_ERR_CANCELLED};
  weir_bridge_request *r[3];
  for (int i = 0; i < 3; i++) {
    weir_bridge_job job = probe_job(&p[i], b);
    assert_int_equal(weir_bridge_submit(b, &job, &r[i], NULL), WEIR_OK);
  }
  until(&p[1].started, 1);
  uint64_t begin = uv_hrtime();
  assert_int_equal(weir_bridge_shutdown(b, WEIR_BRIDGE_ABORT, 0, NULL), WEIR_OK);
  assert_true(uv_hrtime() - begin < MS(10000));
  for (int i = 0; i < 3; i++) {
    assert_int_equal(weir_bridge_result(r[i], NULL, NULL), want[i]);
    assert_int_equal(atomic_load(&p[i].told), 1);
    assert_int_equal(atomic_load(&p[i].freed), 1);
    weir_bridge_request_free(r[i]);
  }
  assert_int_equal(atomic_load(&p[2].started), 0);
  weir_bridge_free(b);
}

static void handles_outlive_the_bridge_and_it_is_gone_for_ever(void **state) {
  (void)state;
  weir_bridge *b = new_bridge(NULL);
  struct probe p = {.delay = NEVER};
  weir_bridge_job job = probe_job(&p, b);
  weir_bridge_request *r;
  weir_error *error = NULL;
  assert_int_equal(weir_bridge_submit(b, &job, &r, NULL), WEIR_OK);
  assert_int_equal(weir_bridge_shutdown(b, WEIR_BRIDGE_ABORT, 0, NULL), WEIR_OK);
  assert_int_equal(weir_bridge_shutdown(b, WEIR_BRIDGE_DRAIN, 0, NULL), WEIR_OK);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(weir_bridge_run(b, &job, NULL, &error), WEIR_ERR_GONE);
    assert_int_equal(weir_error_status(error), WEIR_ERR_GONE);
    weir_error_free(error);
  }
  weir_bridge_free(b);
  weir_bridge_cancel(r);
  assert_int_equal(weir_bridge_wait(r, WEIR_BRIDGE_FOREVER), WEIR_OK);
  weir_bridge_result(r, NULL, NULL);
  weir_bridge_request_free(r);
}

/* A job whose children are handed in while the bridge drains. */
static void late_fire(void *data) {
  struct probe *p = data;
  weir_bridge_job job = probe_job(p + 1, p->bridge);
  p->status = weir_bridge_submit(p->bridge, &job, NULL, NULL);
  weir_bridge_complete(p->request, WEIR_OK, NULL);
}

static void late_start(void *data, weir_bridge_request *request) {
  struct probe *p = data;
  p->request = request;
  weir_bridge_after(p->bridge, MS(20), late_fire, p, NULL);
  atomic_fetch_add(&p->started, 1);
}

static void a_drain_takes_in_what_running_jobs_need(void **state) {
  (void)state;
  struct probe p[2] = {{.bridge = new_bridge(NULL), .status = WEIR_ERR_GONE}};
  weir_bridge_job job = {.size = sizeof(weir_bridge_job), .start = late_start, .data = p};
  assert_int_equal(weir_bridge_submit(p->bridge, &job, NULL, NULL), WEIR_OK);
  until(&p->started, 1);
  assert_int_equal(weir_bridge_shutdown(p->bridge, WEIR_BRIDGE_DRAIN, WEIR_BRIDGE_FOREVER, NULL), WEIR_OK);
  assert_int_equal(p[0].status, WEIR_OK);
  assert_int_equal(atomic_load(&p[1].told), 1);
  weir_bridge_free(p->bridge);
}

struct waiter {
  pthread_t thread;
  weir_bridge *bridge;
  struct probe probe;
  weir_status status;
};

static void *waiter_main(void *arg) {
  struct waiter *w = arg;
  weir_bridge_job job = probe_job(&w->probe, w->bridge);
  w->status = weir_bridge_run(w->bridge, &job, NULL, NULL);
  return NULL;
}

static void waiting_callers_are_answered_when_the_bridge_is_freed(void **state) {
  (void)state;
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .capacity = 1, .max_running = 1};
  weir_bridge *b = new_bridge(&config);
  struct waiter w[4] = {0}; /* one runs, one is in the inbox, two wait for room */
  for (int i = 0; i < 4; i++) {
    w[i].bridge = b;
    w[i].probe.delay = NEVER;
    assert_int_equal(pthread_create(&w[i].thread, NULL, waiter_main, &w[i]), 0);
  }
  weir_bridge_stats s = {0};
  do {
    weir_bridge_get_stats(b, &s, sizeof(s));
  } while (s.running + s.queued < 2);
  uv_sleep(20);
  weir_bridge_free(b);
  int lost = 0, cancelled = 0, gone = 0;
  for (int i = 0; i < 4; i++) {
    pthread_join(w[i].thread, NULL);
    lost += w[i].status == WEIR_ERR_LOST;
    cancelled += w[i].status == WEIR_ERR_CANCELLED;
    gone += w[i].status == WEIR_ERR_GONE;
  }
  assert_int_equal(lost, 1);
  assert_int_equal(cancelled, 1);
  assert_int_equal(gone, 2);
}

/* ---- threads and processes --------------------------------------------------------------------------------------- */

struct elsewhere {
  pthread_t thread;
  weir_bridge_request *request;
  atomic_int go, started;
  struct probe probe;
};

static void *elsewhere_main(void *arg) {
  struct elsewhere *e = arg;
  until(&e->go, 1);
  weir_bridge_complete(e->request, WEIR_OK, NULL);
  return NULL;
}

static void elsewhere_start(void *data, weir_bridge_request *request) {
  struct elsewhere *e = data;
  e->request = request;
  pthread_create(&e->thread, NULL, elsewhere_main, e);
  atomic_store(&e->started, 1);
}

static void elsewhere_free(void *data) {
  probe_free(&((struct elsewhere *)data)->probe);
}

static void a_job_on_another_thread_ends_its_request_before_or_after_the_bridge(void **state) {
  (void)state;
  for (int after = 0; after < 2; after++) {
    weir_bridge *b = new_bridge(NULL);
    struct elsewhere e = {0};
    weir_bridge_job job = {.size = sizeof(weir_bridge_job),
                           .start = elsewhere_start,
                           .free = elsewhere_free,
                           .data = &e,
                           .ends_elsewhere = true};
    weir_bridge_request *r;
    assert_int_equal(weir_bridge_submit(b, &job, &r, NULL), WEIR_OK);
    until(&e.started, 1);
    if (after)
      weir_bridge_free(b);
    atomic_store(&e.go, 1);
    assert_int_equal(weir_bridge_wait(r, WEIR_BRIDGE_FOREVER), WEIR_OK);
    assert_int_equal(weir_bridge_result(r, NULL, NULL), after ? WEIR_ERR_LOST : WEIR_OK);
    pthread_join(e.thread, NULL);
    weir_bridge_request_free(r);
    if (!after)
      weir_bridge_free(b);
    assert_int_equal(atomic_load(&e.probe.freed), 1);
  }
}

static atomic_int ended;

static void free_start(void *data, weir_bridge_request *request) {
  weir_bridge_free(data);
  weir_bridge_complete(request, WEIR_OK, NULL);
}

static void count_end(void *data, weir_bridge *bridge) {
  (void)data;
  (void)bridge;
  atomic_fetch_add(&ended, 1);
}

static void a_bridge_freed_by_its_worker_ends_by_itself(void **state) {
  (void)state;
  atomic_store(&ended, 0);
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .stop = count_end};
  weir_bridge *b = new_bridge(&config);
  weir_bridge_job job = {.size = sizeof(weir_bridge_job), .start = free_start, .data = b};
  weir_bridge_request *r;
  assert_int_equal(weir_bridge_submit(b, &job, &r, NULL), WEIR_OK);
  assert_int_equal(weir_bridge_wait(r, WEIR_BRIDGE_FOREVER), WEIR_OK);
  until(&ended, 1);
  weir_bridge_request_free(r);
  uv_sleep(20); /* the thread is on its way out; the leak checker must not meet it */
}

static void a_forked_child_is_refused(void **state) {
  (void)state;
  weir_bridge *b = new_bridge(NULL);
  struct probe p = {.delay = MS(50)};
  weir_bridge_job job = probe_job(&p, b);
  weir_bridge_request *r;
  assert_int_equal(weir_bridge_submit(b, &job, &r, NULL), WEIR_OK);
  pid_t child = fork();
  if (child == 0) {
    bool refused = weir_bridge_run(b, &job, NULL, NULL) == WEIR_ERR_GONE &&
                   weir_bridge_wait(r, WEIR_BRIDGE_FOREVER) == WEIR_ERR_GONE &&
                   weir_bridge_shutdown(b, WEIR_BRIDGE_DRAIN, 0, NULL) == WEIR_ERR_GONE;
    weir_bridge_cancel(r);
    weir_bridge_request_free(r);
    weir_bridge_free(b);
    _exit(refused ? 0 : 1);
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  assert_int_equal(weir_bridge_wait(r, WEIR_BRIDGE_FOREVER), WEIR_OK);
  assert_int_equal(weir_bridge_result(r, NULL, NULL), WEIR_OK);
  weir_bridge_request_free(r);
  weir_bridge_free(b);
}

/* ---- the loop ---------------------------------------------------------------------------------------------------- */

struct own_timer {
  weir_bridge *bridge;
  weir_bridge_request *request;
  uv_timer_t timer, left_open;
};

static void on_own_timer(uv_timer_t *timer) {
  struct own_timer *o = timer->data;
  weir_bridge_complete(o->request, WEIR_OK, NULL);
  uv_close((uv_handle_t *)timer, NULL);
}

static void own_timer_start(void *data, weir_bridge_request *request) {
  struct own_timer *o = data;
  o->request = request;
  o->timer.data = o;
  uv_timer_init(weir_bridge_loop(o->bridge), &o->timer);
  uv_timer_init(weir_bridge_loop(o->bridge), &o->left_open);
  uv_timer_start(&o->timer, on_own_timer, 5, 0);
  uv_timer_start(&o->left_open, on_own_timer, 1000000, 0);
}

static void jobs_may_use_the_loop_and_leave_handles_open(void **state) {
  (void)state;
  struct own_timer o = {.bridge = new_bridge(NULL)};
  weir_bridge_job job = {.size = sizeof(weir_bridge_job), .start = own_timer_start, .data = &o};
  assert_int_equal(weir_bridge_run(o.bridge, &job, NULL, NULL), WEIR_OK);
  weir_bridge_free(o.bridge);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static weir_status whole_life(const struct weir_alloc *alloc, void *ctx) {
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .alloc = alloc};
  weir_bridge *b;
  weir_error *error = NULL;
  struct probe p = {.delay = MS(1)};
  (void)ctx;
  weir_status status = weir_bridge_new(&config, &b, &error);
  if (status == WEIR_OK) {
    weir_bridge_job job = probe_job(&p, b);
    job.timeout = MS(1500); /* the timer of the job may be what fails */
    status = weir_bridge_run(b, &job, NULL, &error);
    weir_bridge_free(b);
    if (status == WEIR_ERR_TIMEOUT)
      status = WEIR_ERR_NOMEM;
  }
  weir_error_free(error);
  return status;
}

static void memory_that_runs_out_is_reported(void **state) {
  (void)state;
  assert_int_equal(fault_sweep(whole_life, NULL), 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hooks_run_once_on_the_worker),
      cmocka_unit_test(a_start_hook_that_fails_fails_the_making),
      cmocka_unit_test(a_drain_finishes_what_waits_and_what_runs),
      cmocka_unit_test(a_drain_that_takes_too_long_becomes_an_abort),
      cmocka_unit_test(an_abort_ends_each_request_as_far_as_it_came),
      cmocka_unit_test(handles_outlive_the_bridge_and_it_is_gone_for_ever),
      cmocka_unit_test(a_drain_takes_in_what_running_jobs_need),
      cmocka_unit_test(waiting_callers_are_answered_when_the_bridge_is_freed),
      cmocka_unit_test(a_job_on_another_thread_ends_its_request_before_or_after_the_bridge),
      cmocka_unit_test(a_bridge_freed_by_its_worker_ends_by_itself),
      cmocka_unit_test(a_forked_child_is_refused),
      cmocka_unit_test(jobs_may_use_the_loop_and_leave_handles_open),
      cmocka_unit_test(memory_that_runs_out_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
