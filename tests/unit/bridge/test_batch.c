/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Requests handed in together: in order, at once, whole or a prefix. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <uv.h>

#include <cmocka.h>

#include "jobs.h"
#include "support/fault.h"

enum { N = 10 };

static weir_bridge *new_bridge(const weir_bridge_config *config) {
  weir_bridge *b = NULL;
  assert_int_equal(weir_bridge_new(config, &b, NULL), WEIR_OK);
  return b;
}

static weir_bridge_stats stats_of(weir_bridge *b) {
  weir_bridge_stats s = {0};
  weir_bridge_get_stats(b, &s, sizeof(s));
  assert_int_equal(s.submitted, s.queued + s.running + s.completed + s.failed + s.cancelled + s.timed_out + s.lost);
  return s;
}

/* A job that keeps the worker until it is let go. */
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
  while (atomic_load(&p->entered) == 0)
    uv_sleep(1);
}

struct many {
  struct probe probes[N];
  weir_bridge_job jobs[N];
  weir_bridge_request *requests[N];
  size_t accepted;
};

static void many_fill(struct many *m, weir_bridge *b) {
  memset(m, 0, sizeof(*m));
  for (int i = 0; i < N; i++) {
    m->probes[i].reply = i + 1;
    m->jobs[i] = probe_job(&m->probes[i], b);
    m->requests[i] = (weir_bridge_request *)m; /* to be overwritten */
  }
}

static weir_status many_submit(struct many *m, weir_bridge *b) {
  return weir_bridge_submit_many(b, m->jobs, N, m->requests, &m->accepted, NULL);
}

/* What was accepted ends, each with its own reply; what was not has no handle, and its data is still the caller's. */
static void many_finish(struct many *m) {
  for (size_t i = 0; i < N; i++) {
    void *result = NULL;
    if (i >= m->accepted) {
      assert_null(m->requests[i]);
      continue;
    }
    assert_int_equal(weir_bridge_wait(m->requests[i], WEIR_BRIDGE_FOREVER), WEIR_OK);
    assert_int_equal(weir_bridge_result(m->requests[i], &result, NULL), WEIR_OK);
    assert_int_equal((intptr_t)result, i + 1);
    weir_bridge_request_free(m->requests[i]);
  }
}

static void many_check_freed(const struct many *m) {
  for (size_t i = 0; i < N; i++) {
    assert_int_equal(atomic_load(&m->probes[i].freed), i < m->accepted);
    assert_int_equal(atomic_load(&m->probes[i].started), i < m->accepted);
  }
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

struct ordered {
  weir_bridge *bridge;
  int next; /* worker */
  uint64_t seen[N];
};

static void ordered_start(void *data, weir_bridge_request *request) {
  struct ordered *o = data;
  weir_bridge_stats s = {0};
  weir_bridge_get_stats(o->bridge, &s, sizeof(s));
  o->seen[o->next++] = s.submitted;
  weir_bridge_complete(request, WEIR_OK, NULL);
}

static void a_batch_enters_at_once(void **state) {
  (void)state;
  for (int round = 0; round < 200; round++) {
    struct ordered o = {.bridge = new_bridge(NULL)};
    weir_bridge_job jobs[N];
    for (int i = 0; i < N; i++)
      jobs[i] = (weir_bridge_job){.size = sizeof(weir_bridge_job), .start = ordered_start, .data = &o};
    assert_int_equal(weir_bridge_submit_many(o.bridge, jobs, N, NULL, NULL, NULL), WEIR_OK);
    assert_int_equal(weir_bridge_shutdown(o.bridge, WEIR_BRIDGE_DRAIN, WEIR_BRIDGE_FOREVER, NULL), WEIR_OK);
    assert_int_equal(o.next, N);
    assert_int_equal(o.seen[0], N); /* none was started before all had entered */
    weir_bridge_free(o.bridge);
  }
}

static void each_of_a_batch_gets_its_own_reply(void **state) {
  (void)state;
  weir_bridge *b = new_bridge(NULL);
  struct many m;
  many_fill(&m, b);
  assert_int_equal(many_submit(&m, b), WEIR_OK);
  assert_int_equal(m.accepted, N);
  many_finish(&m);
  assert_int_equal(weir_bridge_submit_many(b, NULL, 0, NULL, NULL, NULL), WEIR_OK);
  weir_bridge_free(b);
  many_check_freed(&m);
}

/* ---- a prefix ---------------------------------------------------------------------------------------------------- */

static void a_full_inbox_takes_a_prefix(void **state) {
  (void)state;
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .capacity = 4};
  for (int waits = 0; waits < 2; waits++) {
    weir_bridge *b = new_bridge(&config);
    struct plug plug = {0};
    struct many m;
    plug_in(b, &plug);
    many_fill(&m, b);
    for (int i = 0; i < N; i++) {
      m.jobs[i].no_wait = !waits;
      m.jobs[i].timeout = waits && i >= 4 ? MS(10) : 0;
    }
    assert_int_equal(many_submit(&m, b), waits ? WEIR_ERR_TIMEOUT : WEIR_ERR_LIMIT);
    assert_int_equal(m.accepted, 4);
    weir_bridge_stats s = stats_of(b);
    assert_int_equal(s.queued, 4);
    assert_int_equal(s.refused, N - 4);
    atomic_store(&plug.leave, 1);
    many_finish(&m);
    weir_bridge_free(b);
    many_check_freed(&m);
  }
}

struct submitter {
  pthread_t thread;
  weir_bridge *bridge;
  struct many many;
  weir_status status;
};

static void *submitter_main(void *arg) {
  struct submitter *s = arg;
  s->status = many_submit(&s->many, s->bridge);
  return NULL;
}

static void a_batch_waits_for_room_while_its_first_requests_run(void **state) {
  (void)state;
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .capacity = 2, .max_running = 1};
  struct submitter s = {.bridge = new_bridge(&config)};
  struct plug plug = {0};
  plug_in(s.bridge, &plug);
  many_fill(&s.many, s.bridge);
  assert_int_equal(pthread_create(&s.thread, NULL, submitter_main, &s), 0);
  while (stats_of(s.bridge).queued < 2)
    uv_sleep(1);
  atomic_store(&plug.leave, 1);
  pthread_join(s.thread, NULL);
  assert_int_equal(s.status, WEIR_OK);
  assert_int_equal(s.many.accepted, N);
  assert_true(stats_of(s.bridge).max_queued <= 2);
  many_finish(&s.many);
  weir_bridge_free(s.bridge);
}

static void a_batch_that_waits_for_room_is_ended_by_the_end_of_the_bridge(void **state) {
  (void)state;
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .capacity = 3, .max_running = 1};
  struct submitter s = {.bridge = new_bridge(&config)};
  struct probe first = {.delay = NEVER, .agrees = true};
  weir_bridge_job job = probe_job(&first, s.bridge);
  assert_int_equal(weir_bridge_submit(s.bridge, &job, NULL, NULL), WEIR_OK);
  while (atomic_load(&first.started) == 0)
    uv_sleep(1);
  many_fill(&s.many, s.bridge);
  assert_int_equal(pthread_create(&s.thread, NULL, submitter_main, &s), 0);
  while (stats_of(s.bridge).queued < 3)
    uv_sleep(1);
  weir_bridge_free(s.bridge);
  pthread_join(s.thread, NULL);
  assert_int_equal(s.status, WEIR_ERR_GONE);
  assert_int_equal(s.many.accepted, 3);
  for (int i = 0; i < N; i++) {
    assert_int_equal(atomic_load(&s.many.probes[i].freed), i < 3);
    if (i < 3)
      assert_int_equal(weir_bridge_result(s.many.requests[i], NULL, NULL), WEIR_ERR_CANCELLED);
    weir_bridge_request_free(s.many.requests[i]);
  }
}

static void inside_start(void *data, weir_bridge_request *request) {
  struct submitter *s = data;
  s->status = many_submit(&s->many, s->bridge);
  weir_bridge_complete(request, WEIR_OK, NULL);
}

static void a_batch_of_the_worker_is_a_prefix_where_it_would_deadlock(void **state) {
  (void)state;
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .capacity = 4};
  struct submitter s = {.bridge = new_bridge(&config)};
  weir_bridge_job job = {.size = sizeof(weir_bridge_job), .start = inside_start, .data = &s};
  many_fill(&s.many, s.bridge);
  assert_int_equal(weir_bridge_run(s.bridge, &job, NULL, NULL), WEIR_OK);
  assert_int_equal(s.status, WEIR_ERR_WOULD_DEADLOCK);
  assert_int_equal(s.many.accepted, 4);
  many_finish(&s.many);
  weir_bridge_free(s.bridge);
}

/* ---- none of them ------------------------------------------------------------------------------------------------ */

static void a_job_without_a_start_refuses_the_batch(void **state) {
  (void)state;
  weir_bridge *b = new_bridge(NULL);
  struct many m;
  many_fill(&m, b);
  m.jobs[N - 1].start = NULL;
  assert_int_equal(many_submit(&m, b), WEIR_ERR_MISUSE);
  assert_int_equal(m.accepted, 0);
  many_finish(&m);
  assert_int_equal(stats_of(b).submitted, 0);
  weir_bridge_free(b);
  many_check_freed(&m);
}

static weir_status submit_with(const struct weir_alloc *alloc, void *ctx) {
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .alloc = alloc};
  struct many m;
  weir_bridge *b;
  (void)ctx;
  weir_status status = weir_bridge_new(&config, &b, NULL);
  if (status != WEIR_OK)
    return status;
  many_fill(&m, b);
  status = many_submit(&m, b);
  assert_int_equal(m.accepted, status == WEIR_OK ? N : 0);
  many_finish(&m);
  weir_bridge_free(b);
  many_check_freed(&m);
  return status;
}

static void memory_that_runs_out_refuses_the_batch(void **state) {
  (void)state;
  assert_int_equal(fault_sweep(submit_with, NULL), 1 + N);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_batch_enters_at_once),
      cmocka_unit_test(each_of_a_batch_gets_its_own_reply),
      cmocka_unit_test(a_full_inbox_takes_a_prefix),
      cmocka_unit_test(a_batch_waits_for_room_while_its_first_requests_run),
      cmocka_unit_test(a_batch_that_waits_for_room_is_ended_by_the_end_of_the_bridge),
      cmocka_unit_test(a_batch_of_the_worker_is_a_prefix_where_it_would_deadlock),
      cmocka_unit_test(a_job_without_a_start_refuses_the_batch),
      cmocka_unit_test(memory_that_runs_out_refuses_the_batch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
