/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Synchronous callers of asynchronous components: calls through a bridge, with a host function that takes its time. */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "behaviour.h"

#define MS(n) ((uint64_t)(n)*1000000)

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* ---- a world on a worker: the store and the instance are made there ---------------------------------------------- */

struct service {
  struct world *world;
  weir_bridge *bridge;
  uint64_t delay; /* of the host function `wait`; it gives 5 */
  atomic_int waits, cancels;
  bool keep_store; /* it is freed after the bridge, on the test's thread */
  bool ended;
};

struct waiting {
  struct service *service;
  weir_host_call *call;
  weir_bridge_timer *timer;
};

static void wait_over(void *data) {
  struct waiting *w = data;
  weir_value five = u32(5);
  weir_host_call_return(w->call, &five, NULL);
  free(w);
}

static void wait_cancel(void *data, weir_host_call *call) {
  struct waiting *w = data;
  atomic_fetch_add(&w->service->cancels, 1);
  if (!w->service->ended) /* with the bridge its timers are gone */
    weir_bridge_timer_cancel(w->timer);
  weir_host_call_cancelled(call);
  free(w);
}

static void host_wait(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct service *s = data;
  struct waiting *w = calloc(1, sizeof(*w));
  (void)args, (void)count;
  atomic_fetch_add(&s->waits, 1);
  w->service = s;
  w->call = call;
  weir_bridge_after(s->bridge, s->delay, wait_over, w, &w->timer);
  weir_host_call_on_cancel(call, wait_cancel, w, NULL);
}

static void host_echo(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)count;
  weir_host_call_return(call, &args[0], NULL);
}

static void host_now(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)count;
  weir_host_call_return(call, &args[0], NULL);
}

static weir_status service_begin(void *data, weir_bridge *bridge, weir_error **ret_error) {
  struct service *s = data;
  struct world *w = s->world;
  s->bridge = bridge;
  weir_status status = weir_store_new(w->engine, NULL, &w->store, ret_error);
  if (status == WEIR_OK)
    status = weir_instance_new(w->store, w->linker, w->component, &w->instance, ret_error);
  return status == WEIR_OK ? weir_bridge_attach(bridge, w->store, ret_error) : status;
}

static void service_end(void *data, weir_bridge *bridge) {
  struct service *s = data;
  (void)bridge;
  if (!s->keep_store)
    world_end_store(s->world);
  s->ended = true;
}

static void service_open(struct service *s, uint64_t delay) {
  weir_error *error = NULL;
  s->world = world_open("calls");
  world_end_store(s->world);
  s->delay = delay;
  world_func(s->world, NULL, "wait", "async func() -> u32", host_wait, s);
  world_func(s->world, NULL, "echo", "async func(s: string) -> string", host_echo, s);
  world_func(s->world, NULL, "now", "func(x: u32) -> u32", host_now, s);
  weir_bridge_config config = {
      .size = sizeof(weir_bridge_config), .start = service_begin, .stop = service_end, .data = s};
  must(weir_bridge_new(&config, &s->bridge, &error), &error);
}

static void service_close(struct service *s) {
  weir_bridge_free(s->bridge);
  world_close(s->world);
}

static weir_bridge_invocation invocation(struct service *s, const char *name) {
  return (weir_bridge_invocation){
      .size = sizeof(weir_bridge_invocation), .instance = s->world->instance, .func = world_export(s->world, name)};
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

static void arguments_and_results_cross_the_bridge(void **state) {
  (void)state;
  struct service s = {0};
  service_open(&s, 0);
  weir_error *error = NULL;
  weir_value result;
  weir_value arg = u32(41);
  weir_bridge_invocation plain = invocation(&s, "plain"), say = invocation(&s, "say");
  plain.take_args = &arg;
  plain.count = 1;
  must(weir_bridge_call(s.bridge, &plain, &result, &error), &error);
  assert_int_equal(result.of.u32, 42);
  assert_int_equal(arg.kind, WEIR_VALUE_NONE);
  arg = string("across");
  say.take_args = &arg;
  say.count = 1;
  must(weir_bridge_call(s.bridge, &say, &result, &error), &error);
  assert_string(&result, "across");
  weir_value_clear(&result);
  service_close(&s);
}

static void what_cannot_be_called_is_refused_and_arguments_are_taken(void **state) {
  (void)state;
  struct service s = {0};
  service_open(&s, 0);
  weir_value args[2] = {string("a"), string("b")};
  weir_error *error = NULL;
  weir_bridge_invocation plain = invocation(&s, "plain");
  plain.take_args = args;
  plain.count = 2;
  assert_int_equal(weir_bridge_call(s.bridge, &plain, NULL, &error), WEIR_ERR_TYPE);
  weir_error_free(error);
  assert_int_equal(args[0].kind, WEIR_VALUE_NONE);
  args[0] = string("a");
  plain.count = 1;
  assert_int_equal(weir_bridge_call(s.bridge, &plain, NULL, &error), WEIR_ERR_TYPE); /* told by the worker */
  weir_error_free(error);
  assert_int_equal(weir_bridge_shutdown(s.bridge, WEIR_BRIDGE_DRAIN, WEIR_BRIDGE_FOREVER, NULL), WEIR_OK);
  args[0] = string("a");
  assert_int_equal(weir_bridge_call(s.bridge, &plain, NULL, &error), WEIR_ERR_GONE);
  weir_error_free(error);
  assert_int_equal(args[0].kind, WEIR_VALUE_NONE);
  service_close(&s);
}

static void functions_with_handles_are_refused(void **state) {
  (void)state;
  struct service s = {0};
  weir_error *error = NULL;
  service_open(&s, 0);
  size_t size;
  char *text = guest_text("streams", &size);
  weir_component *streams = component_from(s.world->engine, text, size);
  free(text);
  weir_bridge_invocation produce = {.size = sizeof(weir_bridge_invocation),
                                    .instance = s.world->instance,
                                    .func = weir_component_find_func(streams, NULL, "produce")};
  weir_value n = u32(1);
  produce.take_args = &n;
  produce.count = 1;
  assert_non_null(produce.func);
  assert_int_equal(weir_bridge_call(s.bridge, &produce, NULL, &error), WEIR_ERR_UNSUPPORTED);
  weir_error_free(error);
  weir_component_free(streams);
  service_close(&s);
}

struct caller {
  pthread_t thread;
  struct service *service;
  weir_status status;
  uint32_t got;
};

static void *caller_main(void *arg) {
  struct caller *c = arg;
  weir_value result;
  weir_bridge_invocation ask = invocation(c->service, "ask-stubborn");
  c->status = weir_bridge_call(c->service->bridge, &ask, &result, NULL);
  c->got = result.of.u32;
  return NULL;
}

static void callers_of_a_guest_that_waits_wait_together(void **state) {
  (void)state;
  enum { N = 8, DELAY = 250 };
  struct service s = {0};
  struct caller c[N] = {0};
  service_open(&s, MS(DELAY));
  uint64_t begin = now();
  for (int i = 0; i < N; i++) {
    c[i].service = &s;
    assert_int_equal(pthread_create(&c[i].thread, NULL, caller_main, &c[i]), 0);
  }
  for (int i = 0; i < N; i++)
    pthread_join(c[i].thread, NULL);
  uint64_t elapsed = now() - begin;
  for (int i = 0; i < N; i++) {
    assert_int_equal(c[i].status, WEIR_OK);
    assert_int_equal(c[i].got, 5);
  }
  assert_true(elapsed >= MS(DELAY));
  assert_true(elapsed < MS(N * DELAY / 2));
  assert_int_equal(atomic_load(&s.waits), N);
  service_close(&s);
}

static void a_timeout_asks_the_guest_to_cancel(void **state) {
  (void)state;
  struct service s = {0};
  weir_bridge_stats stats = {0};
  service_open(&s, MS(60000));
  weir_bridge_invocation ask = invocation(&s, "ask");
  ask.timeout = MS(500); /* long enough to be started before */
  assert_int_equal(weir_bridge_call(s.bridge, &ask, NULL, NULL), WEIR_ERR_TIMEOUT);
  do
    weir_bridge_get_stats(s.bridge, &stats, sizeof(stats));
  while (stats.abandoned > 0);
  assert_int_equal(atomic_load(&s.cancels), 1);
  service_close(&s);
}

static void a_cancelled_call_ends_as_its_guest_decides(void **state) {
  (void)state;
  struct service s = {0};
  weir_error *error = NULL;
  weir_bridge_request *obeys, *goes_on;
  weir_value result;
  service_open(&s, MS(1000));
  weir_bridge_invocation ask = invocation(&s, "ask"), stubborn = invocation(&s, "ask-stubborn");
  must(weir_bridge_call_submit(s.bridge, &ask, &obeys, &error), &error);
  while (atomic_load(&s.waits) < 1)
    usleep(1000);
  assert_int_equal(weir_bridge_call_result(obeys, &result, NULL), WEIR_ERR_MISUSE);
  weir_bridge_cancel(obeys);
  assert_int_equal(weir_bridge_wait(obeys, WEIR_BRIDGE_FOREVER), WEIR_OK);
  assert_int_equal(weir_bridge_call_result(obeys, &result, NULL), WEIR_ERR_CANCELLED);
  must(weir_bridge_call_submit(s.bridge, &stubborn, &goes_on, &error), &error);
  while (atomic_load(&s.waits) < 2)
    usleep(1000);
  weir_bridge_cancel(goes_on);
  assert_int_equal(weir_bridge_wait(goes_on, WEIR_BRIDGE_FOREVER), WEIR_OK);
  assert_int_equal(weir_bridge_result(goes_on, NULL, NULL), WEIR_ERR_MISUSE); /* it is a call */
  assert_int_equal(weir_bridge_call_result(goes_on, &result, NULL), WEIR_OK);
  assert_int_equal(result.of.u32, 5);
  weir_bridge_request_free(obeys);
  weir_bridge_request_free(goes_on);
  service_close(&s);
}

static void a_guest_that_waits_for_nothing_is_a_deadlock_of_its_own_call(void **state) {
  (void)state;
  struct service s = {0};
  weir_error *error = NULL;
  weir_value result, arg = u32(1);
  service_open(&s, MS(1));
  weir_bridge_invocation stuck = invocation(&s, "stuck"), plain = invocation(&s, "plain");
  assert_int_equal(weir_bridge_call(s.bridge, &stuck, NULL, &error), WEIR_ERR_DEADLOCK);
  assert_words(weir_error_message(error), "deadlock");
  weir_error_free(error);
  plain.take_args = &arg;
  plain.count = 1;
  must(weir_bridge_call(s.bridge, &plain, &result, NULL), NULL);
  assert_int_equal(result.of.u32, 2);
  stuck.wait_when_stuck = true;
  stuck.timeout = MS(30);
  assert_int_equal(weir_bridge_call(s.bridge, &stuck, NULL, NULL), WEIR_ERR_TIMEOUT);
  service_close(&s);
}

static void calls_are_handed_in_together_and_end_in_a_port(void **state) {
  (void)state;
  enum { N = 5 };
  struct service s = {0};
  weir_error *error = NULL;
  weir_value args[N];
  weir_bridge_invocation calls[N];
  weir_bridge_port *port;
  size_t accepted = 0;
  uint32_t sum = 0;
  service_open(&s, 0);
  must(weir_bridge_port_new(0, NULL, &port, &error), &error);
  for (uint32_t i = 0; i < N; i++) {
    args[i] = u32(10 * i);
    calls[i] = invocation(&s, "plain");
    calls[i].take_args = &args[i];
    calls[i].count = 1;
    calls[i].port = port;
  }
  must(weir_bridge_call_submit_many(s.bridge, calls, N, NULL, &accepted, &error), &error);
  assert_int_equal(accepted, N);
  for (int left = N; left > 0;) {
    struct pollfd ask = {.fd = weir_bridge_port_fd(port), .events = POLLIN};
    assert_int_equal(poll(&ask, 1, 30000), 1);
    weir_bridge_request *r = weir_bridge_port_take(port, NULL);
    weir_value result;
    must(weir_bridge_call_result(r, &result, NULL), NULL);
    sum += result.of.u32;
    weir_bridge_request_free(r);
    left--;
  }
  assert_int_equal(sum, 0 + 10 + 20 + 30 + 40 + N);
  /* one that is wrong: none of them is called, and the arguments of all are taken */
  for (int i = 0; i < N; i++)
    args[i] = string("a string that is allocated");
  calls[1].count = 0;
  assert_int_equal(weir_bridge_call_submit_many(s.bridge, calls, N, NULL, &accepted, &error), WEIR_ERR_TYPE);
  weir_error_free(error);
  assert_int_equal(accepted, 0);
  for (int i = 0; i < N; i++)
    assert_int_equal(args[i].kind, i == 1 ? WEIR_VALUE_STRING : WEIR_VALUE_NONE);
  weir_value_clear(&args[1]);
  weir_bridge_port_free(port);
  service_close(&s);
}

/* ---- failures ---------------------------------------------------------------------------------------------------- */

static void a_job_that_answers(void *data, weir_bridge_request *request) {
  weir_bridge_complete(request, WEIR_OK, data);
}

static void a_trap_is_the_stores_failure_not_the_bridges(void **state) {
  (void)state;
  struct service s = {0};
  weir_error *error = NULL;
  void *result = NULL;
  service_open(&s, MS(60000));
  weir_bridge_request *waits;
  weir_bridge_invocation ask = invocation(&s, "ask"), trap = invocation(&s, "trap");
  must(weir_bridge_call_submit(s.bridge, &ask, &waits, &error), &error);
  assert_int_equal(weir_bridge_call(s.bridge, &trap, NULL, &error), WEIR_ERR_TRAP);
  assert_words(weir_error_message(error), "unreachable");
  weir_error_free(error);
  assert_int_equal(weir_bridge_wait(waits, WEIR_BRIDGE_FOREVER), WEIR_OK); /* it was in the same store */
  assert_int_equal(weir_bridge_call_result(waits, NULL, NULL), WEIR_ERR_TRAP);
  weir_bridge_request_free(waits);
  assert_int_equal(weir_bridge_call(s.bridge, &trap, NULL, NULL), WEIR_ERR_TRAP);
  weir_bridge_job job = {.size = sizeof(weir_bridge_job), .start = a_job_that_answers, .data = &s};
  must(weir_bridge_run(s.bridge, &job, &result, NULL), NULL);
  assert_ptr_equal(result, &s);
  service_close(&s);
}

static void an_abort_lets_guests_agree_and_loses_the_others(void **state) {
  (void)state;
  for (int kept = 0; kept < 2; kept++) {
    struct service s = {.keep_store = kept};
    weir_error *error = NULL;
    weir_bridge_request *obeys, *goes_on;
    service_open(&s, MS(60000));
    weir_bridge_invocation stubborn = invocation(&s, "ask-stubborn"), ask = invocation(&s, "ask");
    must(weir_bridge_call_submit(s.bridge, &stubborn, &goes_on, &error), &error);
    must(weir_bridge_call_submit(s.bridge, &ask, &obeys, &error), &error);
    while (atomic_load(&s.waits) < 2)
      usleep(1000);
    must(weir_bridge_shutdown(s.bridge, WEIR_BRIDGE_ABORT, 0, &error), &error);
    assert_int_equal(weir_bridge_call_result(obeys, NULL, NULL), WEIR_ERR_CANCELLED);
    assert_int_equal(weir_bridge_call_result(goes_on, NULL, NULL), WEIR_ERR_LOST);
    weir_bridge_request_free(obeys);
    weir_bridge_request_free(goes_on);
    service_close(&s);
  }
}

static void calls_need_a_store_that_is_attached(void **state) {
  (void)state;
  struct service s = {0};
  service_open(&s, 0);
  weir_bridge *other;
  weir_error *error = NULL;
  must(weir_bridge_new(NULL, &other, &error), &error);
  weir_bridge_invocation ask = invocation(&s, "ask");
  assert_int_equal(weir_bridge_call(other, &ask, NULL, &error), WEIR_ERR_MISUSE);
  weir_error_free(error);
  assert_int_equal(weir_bridge_attach(other, s.world->store, NULL), WEIR_ERR_MISUSE); /* not the worker */
  weir_bridge_free(other);
  service_close(&s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(arguments_and_results_cross_the_bridge),
    cmocka_unit_test(what_cannot_be_called_is_refused_and_arguments_are_taken),
    cmocka_unit_test(functions_with_handles_are_refused),
    cmocka_unit_test(callers_of_a_guest_that_waits_wait_together),
    cmocka_unit_test(a_timeout_asks_the_guest_to_cancel),
    cmocka_unit_test(a_cancelled_call_ends_as_its_guest_decides),
    cmocka_unit_test(a_guest_that_waits_for_nothing_is_a_deadlock_of_its_own_call),
    cmocka_unit_test(calls_are_handed_in_together_and_end_in_a_port),
    cmocka_unit_test(a_trap_is_the_stores_failure_not_the_bridges),
    cmocka_unit_test(an_abort_lets_guests_agree_and_loses_the_others),
    cmocka_unit_test(calls_need_a_store_that_is_attached),
};

BEHAVIOUR_MAIN(tests)
