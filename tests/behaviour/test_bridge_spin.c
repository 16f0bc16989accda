/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A guest that computes without end, on a bridge: its caller is answered, its store ends, and all others go on. */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "behaviour.h"

#define MS(n) ((uint64_t)(n)*1000000)

static const char guest[] =
    "(component (core module $m\n"
    "    (func (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))\n"
    "    (func (export \"spin\") (loop $l (br $l))))\n"
    "  (core instance $i (instantiate $m))\n"
    "  (func (export \"add\") (param \"a\" u32) (param \"b\" u32) (result u32) (canon lift (core func $i \"add\")))\n"
    "  (func (export \"spin\") (canon lift (core func $i \"spin\"))))";

enum { STORES = 2 };

struct service {
  weir_engine *engine;
  weir_component *component;
  weir_bridge *bridge;
  weir_store_config store;
  weir_store *stores[STORES];
  weir_instance *instances[STORES];
  weir_instance *beside; /* another one in the first store */
};

static weir_status service_begin(void *data, weir_bridge *bridge, weir_error **ret_error) {
  struct service *s = data;
  for (int i = 0; i < STORES; i++) {
    weir_status status = weir_store_new(s->engine, &s->store, &s->stores[i], ret_error);
    if (status == WEIR_OK)
      status = weir_bridge_attach(bridge, s->stores[i], ret_error);
    if (status == WEIR_OK)
      status = weir_instance_new(s->stores[i], NULL, s->component, &s->instances[i], ret_error);
    if (status != WEIR_OK)
      return status;
  }
  return weir_instance_new(s->stores[0], NULL, s->component, &s->beside, ret_error);
}

static void service_end(void *data, weir_bridge *bridge) {
  (void)bridge;
  for (int i = 0; i < STORES; i++)
    weir_store_free(((struct service *)data)->stores[i]);
}

static weir_status service_open(struct service *s, bool deadlines, uint64_t turn_limit, weir_error **error) {
  s->store.size = sizeof(s->store);
  weir_engine_config config = {.size = sizeof(weir_engine_config), .deadlines = deadlines, .fast_compile = true};
  must(weir_engine_new(&config, &s->engine, error), error);
  must(weir_component_new(s->engine, guest, sizeof(guest) - 1, &s->component, error), error);
  weir_bridge_config bridge = {.size = sizeof(weir_bridge_config),
                               .start = service_begin,
                               .stop = service_end,
                               .data = s,
                               .tick_engine = s->engine,
                               .tick_interval = MS(5),
                               .turn_limit = turn_limit};
  return weir_bridge_new(&bridge, &s->bridge, error);
}

static void service_close(struct service *s) {
  weir_bridge_free(s->bridge);
  weir_component_free(s->component);
  weir_engine_free(s->engine);
}

static weir_status add_in(struct service *s, weir_instance *instance, uint64_t timeout, weir_error **error) {
  weir_value sum = {0}, args[2] = {u32(2), u32(3)};
  weir_bridge_invocation call = {.size = sizeof(weir_bridge_invocation),
                                 .instance = instance,
                                 .func = weir_component_find_func(s->component, NULL, "add"),
                                 .take_args = args,
                                 .count = 2,
                                 .timeout = timeout};
  weir_status status = weir_bridge_call(s->bridge, &call, &sum, error);
  if (status == WEIR_OK)
    assert_int_equal(sum.of.u32, 5);
  return status;
}

static weir_status add(struct service *s, int store, uint64_t timeout, weir_error **error) {
  return add_in(s, s->instances[store], timeout, error);
}

static weir_bridge_invocation spin(struct service *s) {
  return (weir_bridge_invocation){.size = sizeof(weir_bridge_invocation),
                                  .instance = s->instances[0],
                                  .func = weir_component_find_func(s->component, NULL, "spin")};
}

static void a_spinning_guest_ends_its_store_and_all_others_go_on(void **state) {
  (void)state;
  struct service s = {0};
  weir_error *error = NULL;
  weir_bridge_request *spins;
  must(service_open(&s, true, MS(200), &error), &error);
  weir_bridge_invocation call = spin(&s);
  must(weir_bridge_call_submit(s.bridge, &call, &spins, &error), &error);
  must(add(&s, 1, 0, &error), &error); /* waits for the worker, no longer than the limit */
  assert_int_equal(weir_bridge_wait(spins, WEIR_BRIDGE_FOREVER), WEIR_OK);
  assert_int_equal(weir_bridge_call_result(spins, NULL, &error), WEIR_ERR_TIMEOUT);
  assert_words(weir_error_message(error), "deadline");
  weir_error_free(error);
  weir_bridge_request_free(spins);
  error = NULL;
  assert_int_equal(add(&s, 0, 0, &error), WEIR_ERR_TRAP); /* of the same store: a clear failure */
  assert_non_null(error);
  weir_error_free(error);
  for (int i = 0; i < 100; i++)
    must(add(&s, 1, 0, NULL), NULL);
  service_close(&s);
}

/* A job that gives up the store that has failed, and makes another in its place. */
static void replace_start(void *data, weir_bridge_request *request) {
  struct service *s = data;
  weir_bridge_detach(s->bridge, s->stores[0]);
  weir_store_free(s->stores[0]);
  weir_status status = weir_store_new(s->engine, NULL, &s->stores[0], NULL);
  if (status == WEIR_OK)
    status = weir_bridge_attach(s->bridge, s->stores[0], NULL);
  if (status == WEIR_OK)
    status = weir_instance_new(s->stores[0], NULL, s->component, &s->instances[0], NULL);
  weir_bridge_complete(request, status, NULL);
}

static void a_store_that_has_failed_is_replaced_while_the_bridge_runs(void **state) {
  (void)state;
  struct service s = {0};
  weir_error *error = NULL;
  must(service_open(&s, true, MS(50), &error), &error);
  weir_bridge_invocation call = spin(&s);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(weir_bridge_call(s.bridge, &call, NULL, NULL), WEIR_ERR_TIMEOUT);
    assert_int_equal(add(&s, 0, 0, NULL), WEIR_ERR_TRAP);
    weir_bridge_job job = {.size = sizeof(weir_bridge_job), .start = replace_start, .data = &s};
    must(weir_bridge_run(s.bridge, &job, NULL, NULL), NULL);
    call.instance = s.instances[0];
    must(add(&s, 0, 0, NULL), NULL);
  }
  service_close(&s);
}

static void a_caller_with_a_timeout_does_not_wait_for_the_limit(void **state) {
  (void)state;
  struct service s = {0};
  weir_error *error = NULL;
  must(service_open(&s, true, MS(3000), &error), &error);
  weir_bridge_invocation call = spin(&s);
  call.timeout = MS(50);
  assert_int_equal(weir_bridge_call(s.bridge, &call, NULL, &error), WEIR_ERR_TIMEOUT);
  weir_error_free(error);
  assert_int_equal(add(&s, 1, MS(50), NULL), WEIR_ERR_TIMEOUT); /* the worker is still inside of the guest */
  must(add(&s, 1, 0, NULL), NULL);
  weir_bridge_stats stats = {0};
  weir_bridge_get_stats(s.bridge, &stats, sizeof(stats));
  assert_int_equal(stats.timed_out, 2);
  assert_int_equal(stats.abandoned, 0); /* it was stopped */
  service_close(&s);
}

static void an_abort_does_not_wait_for_a_spinning_guest_for_ever(void **state) {
  (void)state;
  struct service s = {0};
  weir_error *error = NULL;
  weir_bridge_request *spins;
  must(service_open(&s, true, MS(100), &error), &error);
  weir_bridge_invocation call = spin(&s);
  must(weir_bridge_call_submit(s.bridge, &call, &spins, &error), &error);
  weir_bridge_stats stats = {0};
  do
    weir_bridge_get_stats(s.bridge, &stats, sizeof(stats));
  while (stats.started == 0);
  must(weir_bridge_shutdown(s.bridge, WEIR_BRIDGE_ABORT, 0, &error), &error);
  weir_status status = weir_bridge_call_result(spins, NULL, NULL);
  assert_true(status == WEIR_ERR_TIMEOUT || status == WEIR_ERR_CANCELLED || status == WEIR_ERR_LOST);
  weir_bridge_request_free(spins);
  service_close(&s);
}

/* Without a limit: the guest spins on and on, and everybody else has turns, in its own store too. */
static void with_time_slices_others_go_on_beside_a_spinning_guest(void **state) {
  (void)state;
  struct service s = {.store = {.slice = 1}};
  weir_error *error = NULL;
  weir_bridge_request *spins;
  must(service_open(&s, true, 0, &error), &error);
  weir_bridge_invocation call = spin(&s);
  must(weir_bridge_call_submit(s.bridge, &call, &spins, &error), &error);
  weir_bridge_stats stats = {0};
  do
    weir_bridge_get_stats(s.bridge, &stats, sizeof(stats));
  while (stats.started == 0);
  for (int i = 0; i < 5; i++) {
    must(add(&s, 1, 0, &error), &error);
    must(add_in(&s, s.beside, 0, &error), &error);
  }
  assert_int_equal(weir_bridge_wait(spins, 0), WEIR_ERR_TIMEOUT);
  assert_int_equal(add(&s, 0, MS(50), NULL), WEIR_ERR_TIMEOUT); /* nobody enters the instance that spins */
  must(weir_bridge_shutdown(s.bridge, WEIR_BRIDGE_ABORT, 0, &error), &error);
  weir_status status = weir_bridge_call_result(spins, NULL, NULL);
  assert_true(status == WEIR_ERR_CANCELLED || status == WEIR_ERR_LOST);
  weir_bridge_request_free(spins);
  service_close(&s);
}

static void a_limit_wants_an_engine_with_deadlines(void **state) {
  (void)state;
  struct service s = {0};
  weir_error *error = NULL;
  assert_int_equal(service_open(&s, false, MS(100), &error), WEIR_ERR_MISUSE);
  assert_words(weir_error_message(error), "deadlines");
  weir_error_free(error);
  weir_store_free(s.stores[0]);
  service_close(&s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_spinning_guest_ends_its_store_and_all_others_go_on),
    cmocka_unit_test(a_store_that_has_failed_is_replaced_while_the_bridge_runs),
    cmocka_unit_test(a_caller_with_a_timeout_does_not_wait_for_the_limit),
    cmocka_unit_test(an_abort_does_not_wait_for_a_spinning_guest_for_ever),
    cmocka_unit_test(with_time_slices_others_go_on_beside_a_spinning_guest),
    cmocka_unit_test(a_limit_wants_an_engine_with_deadlines),
};

BEHAVIOUR_MAIN(tests)
