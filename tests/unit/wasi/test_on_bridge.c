/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A host on the loop of a bridge, with a fake store, so that ThreadSanitizer can watch: synchronous callers on threads
 * whose requests wait for the host's clock, and the host's end before, with and after the bridge.
 */
#include <pthread.h>
#include <uv.h>

#include "fake_guest.h"
#include "weir/bridge.h"

enum { CALLERS = 6, ROUNDS = 20 };

#define MS(n) ((uint64_t)(n)*1000000)
#define MONOTONIC "wasi:clocks/monotonic-clock@0.3.0"

struct service {
  weir_bridge *bridge;
  struct bench bench;
  int out[2];
  bool free_late;
};

static weir_status begin(void *data, weir_bridge *bridge, weir_error **ret_error) {
  struct service *s = data;
  weir_wasi_config config = {.size = sizeof(weir_wasi_config),
                             .stdin_fd = -1,
                             .stdout_fd = s->out[1],
                             .stderr_fd = -1,
                             .loop = weir_bridge_loop(bridge)};
  s->bench.linker = (weir_linker){0};
  store_init(&s->bench.store);
  weir_status status = weir_wasi_new(&config, &s->bench.wasi, ret_error);
  return status == WEIR_OK ? weir_wasi_link(s->bench.wasi, &s->bench.linker, ret_error) : status;
}

static void end(void *data, weir_bridge *bridge) {
  struct service *s = data;
  (void)bridge;
  store_done(&s->bench.store);
  if (!s->free_late)
    weir_wasi_free(s->bench.wasi);
}

/* ---- a request that sleeps by WASI ------------------------------------------------------------------------------- */

struct caller {
  pthread_t thread;
  struct service *service;
  weir_bridge_request *request;
  weir_host_call *call;
  uint64_t nanoseconds;
  weir_status status;
};

/* The fake's host calls do not tell when they are finished. */
static void look(void *data) {
  struct caller *c = data;
  if (c->call->finished)
    weir_bridge_complete(c->request, WEIR_OK, NULL);
  else
    weir_bridge_after(c->service->bridge, MS(1), look, c, NULL);
}

static void sleep_start(void *data, weir_bridge_request *request) {
  struct caller *c = data;
  weir_value arg = {.kind = WEIR_VALUE_U64, .of.u64 = c->nanoseconds};
  c->request = request;
  c->call = fake_call(&c->service->bench.linker, &c->service->bench.store, MONOTONIC, "wait-for", &arg, 1);
  look(c);
}

static void *caller_main(void *data) {
  struct caller *c = data;
  weir_bridge_job job = {.size = sizeof(weir_bridge_job), .start = sleep_start, .data = c};
  c->status = weir_bridge_run(c->service->bridge, &job, NULL, NULL);
  return NULL;
}

static void service_open(struct service *s) {
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .start = begin, .stop = end, .data = s};
  assert_int_equal(pipe(s->out), 0);
  assert_int_equal(weir_bridge_new(&config, &s->bridge, NULL), WEIR_OK);
}

static void service_close(struct service *s) {
  weir_bridge_free(s->bridge);
  if (s->free_late)
    weir_wasi_free(s->bench.wasi);
  close(s->out[0]);
  close(s->out[1]);
}

static void callers_sleep_together(void **state) {
  (void)state;
  static struct caller c[CALLERS];
  struct service s = {0};
  service_open(&s);
  uint64_t start = uv_hrtime();
  for (int i = 0; i < CALLERS; i++) {
    c[i] = (struct caller){.service = &s, .nanoseconds = MS(200)};
    assert_int_equal(pthread_create(&c[i].thread, NULL, caller_main, &c[i]), 0);
  }
  for (int i = 0; i < CALLERS; i++) {
    pthread_join(c[i].thread, NULL);
    assert_int_equal(c[i].status, WEIR_OK);
  }
  uint64_t elapsed = uv_hrtime() - start;
  assert_true(elapsed >= MS(200));
  assert_true(elapsed < MS(CALLERS * 200 / 2));
  service_close(&s);
}

/* Some sleep longer than the bridge lives. */
static void the_end_comes_at_any_time(void **state) {
  (void)state;
  static struct caller c[CALLERS];
  for (unsigned round = 0; round < ROUNDS; round++) {
    struct service s = {.free_late = round % 2};
    service_open(&s);
    for (unsigned i = 0; i < CALLERS; i++) {
      c[i] = (struct caller){.service = &s, .nanoseconds = i % 2 == 0 ? i * 100000 : MS(60000)};
      assert_int_equal(pthread_create(&c[i].thread, NULL, caller_main, &c[i]), 0);
    }
    uv_sleep(round % 5);
    weir_bridge_shutdown(s.bridge, WEIR_BRIDGE_ABORT, 0, NULL);
    for (int i = 0; i < CALLERS; i++) {
      pthread_join(c[i].thread, NULL);
      assert_true(c[i].status == WEIR_OK || c[i].status == WEIR_ERR_LOST || c[i].status == WEIR_ERR_GONE ||
                  c[i].status == WEIR_ERR_CANCELLED);
    }
    service_close(&s);
  }
}

/* ---- a host that ends while its loop goes on --------------------------------------------------------------------- */

struct reopened {
  struct service *service;
  int rounds;
  weir_bridge_request *request;
};

static void reopen(void *data) {
  struct reopened *r = data;
  end(r->service, r->service->bridge);
  if (begin(r->service, r->service->bridge, NULL) != WEIR_OK || --r->rounds == 0) {
    weir_bridge_complete(r->request, WEIR_OK, NULL);
    return;
  }
  weir_value arg = {.kind = WEIR_VALUE_U64, .of.u64 = MS(60000)};
  fake_call(&r->service->bench.linker, &r->service->bench.store, MONOTONIC, "wait-for", &arg, 1);
  weir_bridge_after(r->service->bridge, 0, reopen, r, NULL);
}

static void reopen_start(void *data, weir_bridge_request *request) {
  struct reopened *r = data;
  r->request = request;
  reopen(r);
}

static void hosts_come_and_go_while_the_loop_runs(void **state) {
  (void)state;
  struct service s = {0};
  struct reopened r = {.service = &s, .rounds = 10};
  weir_bridge_job job = {.size = sizeof(weir_bridge_job), .start = reopen_start, .data = &r};
  service_open(&s);
  assert_int_equal(weir_bridge_run(s.bridge, &job, NULL, NULL), WEIR_OK);
  assert_int_equal(r.rounds, 0);
  service_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(callers_sleep_together),
      cmocka_unit_test(the_end_comes_at_any_time),
      cmocka_unit_test(hosts_come_and_go_while_the_loop_runs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
