/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Host functions of synchronous type that finish their calls later (weir_linker_let_wait()): the guest that called is
 * held, and nothing else. No clock: "waits" means that the store is stepped until nothing moves any more.
 */
#include <pthread.h>

#include "behaviour/behaviour.h"
#include "weir/intercept.h"

enum { CALLS = 16 };

struct host { /* keeps the calls that it gets */
  weir_host_call *calls[CALLS];
  uint32_t args[CALLS];
  int count, cancelled;
};

static void keep_call(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct host *h = data;
  assert_int_equal(count, 1);
  assert_true(h->count < CALLS);
  h->args[h->count] = args[0].of.u32;
  h->calls[h->count++] = call;
}

static void finish_at_once(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)count;
  weir_value result = u32(args[0].of.u32 * 10);
  weir_host_call_return(call, &result, NULL);
}

static struct world *open_world(struct host *h) {
  struct world *world = world_open("intercept");
  weir_error *error = NULL;
  *h = (struct host){0};
  world_func(world, NULL, "step", "func(x: u32) -> u32", keep_call, h);
  world_func(world, NULL, "step-async", "async func(x: u32) -> u32", finish_at_once, NULL);
  must(weir_linker_let_wait(world->linker, NULL, "step", &error), &error);
  return world;
}

static void call_with(struct world *world, struct outcome *o, const char *name, uint32_t n) {
  weir_value arg = u32(n);
  call_args(world, o, name, &arg, 1);
}

static void answer(struct host *h, int i) {
  weir_value result = u32(h->args[i] * 10);
  must(weir_host_call_return(h->calls[i], &result, NULL), NULL);
}

/* ---- what the guest sees ----------------------------------------------------------------------------------------- */

static void waits_twice(const char *name) {
  struct host h;
  struct world *world = open_world(&h);
  struct outcome o;
  world_start(world);
  call_with(world, &o, name, 1);
  assert_int_equal(world_settle(world), WEIR_STEP_WAITING);
  assert_int_equal(h.count, 1);
  answer(&h, 0);
  assert_int_equal(world_settle(world), WEIR_STEP_WAITING);
  assert_int_equal(h.count, 2);
  assert_int_equal(o.count, 0);
  answer(&h, 1);
  assert_int_equal(world_settle(world), WEIR_STEP_IDLE);
  assert_u32(&o, 30);
  assert_int_equal(weir_host_call_return(h.calls[1], NULL, NULL), WEIR_ERR_MISUSE);
  world_close(world);
}

static void a_synchronous_export_gets_late_results(void **state) {
  (void)state;
  waits_twice("twice");
}

static void an_asynchronous_task_gets_late_results_of_a_synchronous_import(void **state) {
  (void)state;
  waits_twice("twice-task");
}

static void others_go_on_meanwhile(void **state) {
  (void)state;
  struct host h;
  struct world *world = open_world(&h);
  struct outcome held, same, other, nested;
  world_start(world);
  call_with(world, &held, "twice", 1);
  call_with(world, &same, "fast", 1);
  call_with(world, &other, "fast2", 2);
  call_with(world, &nested, "nested2", 3);
  assert_int_equal(world_settle(world), WEIR_STEP_WAITING);
  assert_u32(&other, 9);
  assert_int_equal(same.count, 0); /* a synchronous task cannot be overtaken in its instance */
  assert_int_equal(h.count, 2);
  answer(&h, 1);
  world_settle(world);
  assert_u32(&nested, 130);
  answer(&h, 0);
  world_settle(world);
  answer(&h, 2);
  assert_int_equal(world_settle(world), WEIR_STEP_IDLE);
  assert_u32(&held, 30);
  assert_u32(&same, 8);
  world_close(world);
}

/* ---- how it ends ------------------------------------------------------------------------------------------------- */

static void *finish_elsewhere(void *data) {
  weir_completion *c = data;
  weir_value result = u32(7);
  weir_completion_return(c, &result, NULL);
  weir_completion_free(c);
  return NULL;
}

static void another_thread_finishes(void **state) {
  (void)state;
  struct host h;
  struct world *world = open_world(&h);
  struct outcome o;
  weir_completion *completion = NULL;
  pthread_t thread;
  world_start(world);
  call_with(world, &o, "inner", 1);
  assert_int_equal(world_settle(world), WEIR_STEP_WAITING);
  must(weir_host_call_detach(h.calls[0], &completion), NULL);
  assert_int_equal(pthread_create(&thread, NULL, finish_elsewhere, completion), 0);
  pthread_join(thread, NULL);
  assert_int_equal(world_settle(world), WEIR_STEP_IDLE);
  assert_u32(&o, 107);
  world_close(world);
}

static void a_late_failure_fails_the_guest(void **state) {
  (void)state;
  struct host h;
  struct world *world = open_world(&h);
  struct outcome o;
  world_start(world);
  call_with(world, &o, "nested", 1);
  world_settle(world);
  must(weir_host_call_fail(h.calls[0], "the disk is on fire"), NULL);
  world_settle(world);
  assert_ended(&o, WEIR_ERR_HOST);
  assert_words(o.message, "the disk is on fire");
  world_close(world);
}

static void a_late_exit_ends_the_program(void **state) {
  (void)state;
  struct host h;
  struct world *world = open_world(&h);
  struct outcome o;
  world_start(world);
  call_with(world, &o, "twice", 1);
  world_settle(world);
  must(weir_host_call_exit(h.calls[0], 3), NULL);
  world_settle(world);
  assert_ended(&o, WEIR_ERR_EXIT);
  world_close(world);
}

static void note_cancel(void *data, weir_host_call *call) {
  (void)call;
  ((struct host *)data)->cancelled++;
}

static void a_store_is_freed_while_a_guest_waits(void **state) {
  (void)state;
  struct host h;
  struct world *world = open_world(&h);
  struct outcome o, deep;
  world_start(world);
  call_with(world, &o, "twice", 1);
  call_with(world, &deep, "nested2", 1);
  world_settle(world);
  must(weir_host_call_on_cancel(h.calls[0], note_cancel, &h, NULL), NULL);
  must(weir_host_call_on_cancel(h.calls[1], note_cancel, &h, NULL), NULL);
  world_end_store(world);
  assert_int_equal(h.cancelled, 2);
  assert_ended(&o, WEIR_ERR_CANCELLED);
  assert_ended(&deep, WEIR_ERR_CANCELLED);
  assert_int_equal(weir_host_call_return(h.calls[0], NULL, NULL), WEIR_ERR_MISUSE);
  world_close(world);
}

/* ---- with interceptors, and without leave ------------------------------------------------------------------------ */

static weir_verdict count_finished(void *data, weir_crossing *c) {
  (void)c;
  (*(int *)data)++;
  return WEIR_GO_ON;
}

static void an_interceptor_sees_the_late_end(void **state) {
  (void)state;
  static const weir_interceptor counter = {.size = sizeof(weir_interceptor), .after_import = count_finished};
  struct host h;
  struct world *world = open_world(&h);
  struct outcome o;
  int finished = 0;
  must(weir_store_intercept(world->store, &counter, &finished, NULL), NULL);
  world_start(world);
  call_with(world, &o, "inner", 2);
  world_settle(world);
  assert_int_equal(finished, 0);
  answer(&h, 0);
  world_settle(world);
  assert_int_equal(finished, 1);
  assert_u32(&o, 120);
  world_close(world);
}

static void only_a_function_of_the_linker_can_be_let_wait(void **state) {
  (void)state;
  struct host h;
  struct world *world = open_world(&h);
  weir_error *error = NULL;
  assert_int_equal(weir_linker_let_wait(world->linker, NULL, "stop", &error), WEIR_ERR_NOT_FOUND);
  assert_words(weir_error_message(error), "stop");
  weir_error_free(error);
  world_close(world);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_synchronous_export_gets_late_results),
    cmocka_unit_test(an_asynchronous_task_gets_late_results_of_a_synchronous_import),
    cmocka_unit_test(others_go_on_meanwhile),
    cmocka_unit_test(another_thread_finishes),
    cmocka_unit_test(a_late_failure_fails_the_guest),
    cmocka_unit_test(a_late_exit_ends_the_program),
    cmocka_unit_test(a_store_is_freed_while_a_guest_waits),
    cmocka_unit_test(an_interceptor_sees_the_late_end),
    cmocka_unit_test(only_a_function_of_the_linker_can_be_let_wait),
};

BEHAVIOUR_MAIN(tests)
