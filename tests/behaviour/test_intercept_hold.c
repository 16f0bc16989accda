/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Interceptors that keep calls waiting: exactly the task that called waits. No clock: "waits" means that the store is
 * stepped until nothing moves any more.
 */
#include <pthread.h>

#include "behaviour/behaviour.h"
#include "weir/intercept.h"

enum { HOOKS = 16 };

struct watch { /* sees what passes in front of and behind the one that holds */
  int started, finished, failures;
  weir_status status;
  weir_hook *hooks[HOOKS]; /* of the holder */
  int held;
  int host_calls;
};

static weir_verdict count_started(void *data, weir_crossing *c) {
  (void)c;
  ((struct watch *)data)->started++;
  return WEIR_GO_ON;
}

static weir_verdict count_finished(void *data, weir_crossing *c) {
  (void)c;
  ((struct watch *)data)->finished++;
  return WEIR_GO_ON;
}

static void count_failure(void *data, const weir_crossing *c) {
  struct watch *w = data;
  w->failures++;
  w->status = c->status;
}

static weir_verdict hold_it(void *data, weir_crossing *c) {
  struct watch *w = data;
  assert_true(w->held < HOOKS);
  w->hooks[w->held++] = weir_crossing_hold(c);
  return WEIR_PENDING;
}

static void host_step(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value result = u32(args[0].of.u32 * 10);
  assert_int_equal(count, 1);
  ((struct watch *)data)->host_calls++;
  weir_host_call_return(call, &result, NULL);
}

static struct world *open_world(struct watch *w) {
  struct world *world = world_open("intercept");
  *w = (struct watch){0};
  world_func(world, NULL, "step", "func(x: u32) -> u32", host_step, w);
  world_func(world, NULL, "step-async", "async func(x: u32) -> u32", host_step, w);
  return world;
}

static void install(struct world *world, const weir_interceptor *vtable, struct watch *w) {
  must(weir_store_intercept(world->store, vtable, w, NULL), NULL);
}

static void call_with(struct world *world, struct outcome *o, const char *name, uint32_t n) {
  weir_value arg = u32(n);
  call_args(world, o, name, &arg, 1);
}

/* A subscriber of capacity 1, between one that counts what reaches it and one that counts what has passed it. */
static weir_events *subscribe(struct world *world, struct watch *w) {
  static const weir_interceptor behind = {.size = sizeof(weir_interceptor), .after_import = count_finished};
  static const weir_interceptor in_front = {.size = sizeof(weir_interceptor), .after_import = count_started};
  weir_events_config config = {.size = sizeof(weir_events_config),
                               .kinds = WEIR_EVENT_AFTER_IMPORT,
                               .capacity = 1,
                               .policy = WEIR_EVENTS_WAIT,
                               .holds = true};
  weir_events *events = NULL;
  install(world, &behind, w);
  must(weir_events_new(world->store, &config, &events), NULL);
  install(world, &in_front, w);
  world_start(world);
  return events;
}

static void back_pressure(const char *name) {
  struct watch w;
  struct world *world = open_world(&w);
  weir_events *events = subscribe(world, &w);
  weir_event event = WEIR_EVENT_INIT;
  struct outcome o;
  call_with(world, &o, name, 1);
  assert_int_equal(world_settle(world), WEIR_STEP_WAITING);
  assert_int_equal(w.started, 2);
  assert_int_equal(w.finished, 1);
  assert_int_equal(o.count, 0);
  must(weir_events_take(events, &event), NULL);
  assert_string_equal(event.values, "10");
  weir_event_clear(&event);
  assert_int_equal(world_settle(world), WEIR_STEP_IDLE);
  assert_u32(&o, 30);
  assert_int_equal(w.finished, 2);
  must(weir_events_take(events, &event), NULL);
  assert_string_equal(event.values, "20");
  weir_event_clear(&event);
  assert_int_equal(weir_events_take(events, &event), WEIR_ERR_NOT_FOUND);
  weir_events_free(events);
  world_close(world);
}

static void a_full_subscriber_holds_the_second_async_import(void **state) {
  (void)state;
  back_pressure("twice-async");
}

static void a_full_subscriber_holds_a_task_in_a_synchronous_import(void **state) {
  (void)state;
  back_pressure("twice-task");
}

static void a_full_subscriber_holds_a_synchronous_export_in_a_synchronous_import(void **state) {
  (void)state;
  back_pressure("twice");
}

/* ---- only the task concerned ------------------------------------------------------------------------------------- */

static void others_go_on_while_one_task_is_held(void **state) {
  (void)state;
  static const weir_interceptor holder = {.size = sizeof(weir_interceptor), .holds = true, .before_import = hold_it};
  struct watch w;
  struct world *world = open_world(&w);
  install(world, &holder, &w);
  world_start(world);
  struct outcome held, same, other;
  call_with(world, &held, "twice-task", 1);
  assert_int_equal(w.held, 1);
  assert_int_equal(w.host_calls, 0);
  call_with(world, &same, "fast", 1);
  call_with(world, &other, "fast2", 2);
  assert_int_equal(world_settle(world), WEIR_STEP_WAITING);
  assert_u32(&same, 8);
  assert_u32(&other, 9);
  assert_int_equal(held.count, 0);
  must(weir_hook_go_on(w.hooks[0]), NULL);
  assert_int_equal(world_settle(world), WEIR_STEP_WAITING);
  assert_int_equal(w.host_calls, 1);
  must(weir_hook_go_on(w.hooks[1]), NULL);
  assert_int_equal(world_settle(world), WEIR_STEP_IDLE);
  assert_u32(&held, 30);
  world_close(world);
}

static void a_held_synchronous_task_keeps_its_instance_and_no_other(void **state) {
  (void)state;
  static const weir_interceptor holder = {.size = sizeof(weir_interceptor), .holds = true, .before_import = hold_it};
  struct watch w;
  struct world *world = open_world(&w);
  install(world, &holder, &w);
  world_start(world);
  struct outcome held, same, other;
  call_with(world, &held, "twice", 1);
  call_with(world, &same, "fast", 1);
  call_with(world, &other, "fast2", 2);
  assert_int_equal(world_settle(world), WEIR_STEP_WAITING);
  assert_u32(&other, 9);
  assert_int_equal(same.count, 0);
  must(weir_hook_go_on(w.hooks[0]), NULL);
  world_settle(world);
  must(weir_hook_go_on(w.hooks[1]), NULL);
  assert_int_equal(world_settle(world), WEIR_STEP_IDLE);
  assert_u32(&held, 30);
  assert_u32(&same, 8);
  world_close(world);
}

static void a_synchronous_call_into_a_held_instance_holds_its_caller(void **state) {
  (void)state;
  static const weir_interceptor holder = {.size = sizeof(weir_interceptor), .holds = true, .before_import = hold_it};
  struct watch w;
  struct world *world = open_world(&w);
  install(world, &holder, &w);
  world_start(world);
  struct outcome first, second, still, fast, direct;
  call_with(world, &first, "nested", 1);
  call_with(world, &second, "nested2", 2);
  call_with(world, &still, "still2", 3);
  call_with(world, &fast, "fast2", 4);
  call_with(world, &direct, "inner", 5);
  assert_int_equal(world_settle(world), WEIR_STEP_WAITING);
  assert_int_equal(w.held, 1);
  assert_u32(&fast, 11);
  assert_int_equal(first.count + second.count + still.count + direct.count, 0);
  for (int i = 0; i < w.held; i++) {
    must(weir_hook_go_on(w.hooks[i]), NULL);
    world_settle(world);
  }
  assert_int_equal(w.held, 3);
  assert_u32(&first, 110);
  assert_u32(&second, 120);
  assert_u32(&still, 4);
  assert_u32(&direct, 150);
  world_close(world);
}

static void a_store_is_freed_while_calls_are_held(void **state) {
  (void)state;
  static const weir_interceptor holder = {
      .size = sizeof(weir_interceptor), .holds = true, .before_import = hold_it, .failure = count_failure};
  struct watch w;
  struct world *world = open_world(&w);
  install(world, &holder, &w);
  world_start(world);
  struct outcome a, b, c;
  call_with(world, &a, "nested", 1);
  call_with(world, &b, "nested2", 2);
  call_with(world, &c, "twice-async", 3);
  world_settle(world);
  world_end_store(world);
  assert_ended(&a, WEIR_ERR_CANCELLED);
  assert_ended(&b, WEIR_ERR_CANCELLED);
  assert_ended(&c, WEIR_ERR_CANCELLED);
  for (int i = 0; i < w.held; i++)
    assert_int_equal(weir_hook_go_on(w.hooks[i]), WEIR_ERR_GONE);
  world_close(world);
}

static void exports_wait_at_both_ends(void **state) {
  (void)state;
  static const weir_interceptor holder = {
      .size = sizeof(weir_interceptor), .before_export = hold_it, .after_export = hold_it};
  struct watch w;
  struct world *world = open_world(&w);
  install(world, &holder, &w);
  world_start(world);
  struct outcome o;
  call_with(world, &o, "fast", 1);
  assert_int_equal(world_settle(world), WEIR_STEP_WAITING);
  assert_int_equal(weir_store_live_tasks(world->store), 0);
  must(weir_hook_go_on(w.hooks[0]), NULL);
  assert_int_equal(world_settle(world), WEIR_STEP_WAITING);
  assert_int_equal(w.held, 2);
  assert_int_equal(o.count, 0);
  must(weir_hook_go_on(w.hooks[1]), NULL);
  assert_int_equal(world_settle(world), WEIR_STEP_IDLE);
  assert_u32(&o, 8);
  world_close(world);
}

static void a_call_that_waits_to_begin_is_cancelled(void **state) {
  (void)state;
  static const weir_interceptor holder = {.size = sizeof(weir_interceptor), .before_export = hold_it};
  struct watch w;
  struct world *world = open_world(&w);
  install(world, &holder, &w);
  world_start(world);
  struct outcome o;
  call_with(world, &o, "fast", 1);
  must(weir_call_cancel(o.call), NULL);
  world_settle(world);
  assert_ended(&o, WEIR_ERR_CANCELLED);
  assert_int_equal(weir_hook_go_on(w.hooks[0]), WEIR_ERR_GONE);
  world_settle(world);
  assert_int_equal(o.count, 1);
  world_close(world);
}

static void without_the_promise_to_hold_a_synchronous_import_fails(void **state) {
  (void)state;
  static const weir_interceptor holder = {
      .size = sizeof(weir_interceptor), .before_import = hold_it, .failure = count_failure};
  struct watch w;
  struct world *world = open_world(&w);
  install(world, &holder, &w);
  world_start(world);
  struct outcome o;
  call_with(world, &o, "twice", 1);
  world_settle(world);
  assert_ended(&o, WEIR_ERR_HOST);
  assert_words(o.message, "cannot be held back");
  assert_int_equal(w.failures, 2); /* of the import, and so of the export */
  assert_int_equal(weir_hook_go_on(w.hooks[0]), WEIR_ERR_GONE);
  world_settle(world);
  world_close(world);
}

/* ---- from another thread ----------------------------------------------------------------------------------------- */

static void *decide(void *data) {
  struct watch *w = data;
  weir_value v = u32(5);
  weir_hook_answer(w->hooks[0], &v);
  return NULL;
}

static void another_thread_decides(void **state) {
  (void)state;
  static const weir_interceptor holder = {.size = sizeof(weir_interceptor), .holds = true, .before_import = hold_it};
  struct watch w;
  struct world *world = open_world(&w);
  pthread_t thread;
  install(world, &holder, &w);
  world_start(world);
  struct outcome o;
  call_with(world, &o, "inner", 1);
  assert_int_equal(world_settle(world), WEIR_STEP_WAITING);
  int wakes = world->wakes;
  assert_int_equal(pthread_create(&thread, NULL, decide, &w), 0);
  pthread_join(thread, NULL);
  assert_int_equal(world->wakes, wakes + 1);
  assert_int_equal(world_settle(world), WEIR_STEP_IDLE);
  assert_u32(&o, 105);
  assert_int_equal(w.host_calls, 0);
  world_close(world);
}

static void *drain(void *data) {
  weir_events *events = data;
  weir_event e = WEIR_EVENT_INIT;
  intptr_t count = 0;
  while (weir_events_wait(events, UINT64_MAX, &e) == WEIR_OK) {
    count++;
    weir_event_clear(&e);
  }
  return (void *)count;
}

static void a_subscriber_reads_on_another_thread(void **state) {
  (void)state;
  struct watch w;
  struct world *world = open_world(&w);
  weir_events *events = subscribe(world, &w);
  pthread_t thread;
  void *count;
  assert_int_equal(pthread_create(&thread, NULL, drain, events), 0);
  for (uint32_t i = 0; i < 100; i++) {
    struct outcome o;
    call_with(world, &o, i % 2 ? "twice-task" : "twice-async", i);
    while (o.count == 0)
      weir_store_step(world->store);
    assert_u32(&o, (2 * i + 1) * 10);
  }
  world_end_store(world);
  pthread_join(thread, &count);
  assert_int_equal((intptr_t)count, 200);
  weir_events_free(events);
  world_close(world);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_full_subscriber_holds_the_second_async_import),
    cmocka_unit_test(a_full_subscriber_holds_a_task_in_a_synchronous_import),
    cmocka_unit_test(a_full_subscriber_holds_a_synchronous_export_in_a_synchronous_import),
    cmocka_unit_test(others_go_on_while_one_task_is_held),
    cmocka_unit_test(a_held_synchronous_task_keeps_its_instance_and_no_other),
    cmocka_unit_test(a_synchronous_call_into_a_held_instance_holds_its_caller),
    cmocka_unit_test(a_store_is_freed_while_calls_are_held),
    cmocka_unit_test(exports_wait_at_both_ends),
    cmocka_unit_test(a_call_that_waits_to_begin_is_cancelled),
    cmocka_unit_test(without_the_promise_to_hold_a_synchronous_import_fails),
    cmocka_unit_test(another_thread_decides),
    cmocka_unit_test(a_subscriber_reads_on_another_thread),
};

BEHAVIOUR_MAIN(tests)
