/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Whatever puts work into a store outside of a step asks for one, and may come from any thread at any time, also while
 * the driver of the store, its subscribers, or the store itself go.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "behaviour/behaviour.h"

/* ---- outside of a step ------------------------------------------------------------------------------------------- */

static void count_event(void *data, weir_call *call, weir_call_event event) {
  (void)call, (void)event;
  (*(int *)data)++;
}

static bool readable(struct world *w) {
  struct pollfd p = {.fd = weir_store_fd(w->store), .events = POLLIN};
  return poll(&p, 1, 0) == 1;
}

/* Until the descriptor is no longer readable: it may be once in vain. */
static void quiet(struct world *w) {
  while (readable(w))
    world_settle(w);
  w->wakes = 0;
}

static struct world *open_calls(struct pending *waiting) {
  struct world *w = world_open("calls");
  *waiting = (struct pending){0};
  world_func(w, NULL, "wait", "async func() -> u32", pending_call, waiting);
  world_func(w, NULL, "echo", "async func(s: string) -> string", pending_call, waiting);
  world_func(w, NULL, "now", "func(x: u32) -> u32", pending_call, waiting);
  world_start(w);
  return w;
}

static void asking_for_events_that_are_past_wakes(void **state) {
  (void)state;
  struct pending waiting;
  struct world *w = open_calls(&waiting);
  struct outcome o;
  int events = 0;
  call(w, &o, "ask");
  quiet(w);
  must(weir_call_on_event(o.call, count_event, &events), NULL);
  assert_int_equal(w->wakes, 1);
  assert_true(readable(w));
  assert_int_equal(events, 0);
  world_settle(w);
  assert_int_equal(events, 1); /* started */
  world_close(w);
}

static void copied(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end, (void)result;
  *(size_t *)data = count;
}

static void a_flat_call_that_ends_a_read_of_the_host_wakes(void **state) {
  (void)state;
  struct world *w = world_open("feed");
  world_start(w);
  weir_value value = call_now(w, "open", NULL, 0);
  weir_stream *stream = weir_stream_from_value(&value);
  uint8_t byte;
  size_t count = 0;
  uint64_t said = 0;
  must(weir_stream_read(stream, &byte, 1, copied, &count, NULL), NULL);
  quiet(w);
  must(weir_call_flat(w->instance, world_export(w, "feed"), NULL, 0, &said, NULL), NULL);
  assert_int_equal(count, 0);
  assert_true(w->wakes > 0);
  assert_true(readable(w));
  world_settle(w);
  assert_int_equal(count, 1);
  world_close(w);
}

static void what_came_before_there_was_a_callback_is_told(void **state) {
  (void)state;
  struct pending waiting;
  struct world *w = open_calls(&waiting);
  weir_completion *completion;
  struct outcome o;
  call(w, &o, "ask");
  world_settle(w);
  must(weir_host_call_detach(waiting.calls[0], &completion), NULL);
  weir_store_on_wake(w->store, NULL, NULL);
  weir_value five = u32(5);
  must(weir_completion_return(completion, &five, NULL), NULL);
  weir_completion_free(completion);
  w->wakes = 0;
  weir_store_on_wake(w->store, world_wake, w);
  assert_int_equal(w->wakes, 1);
  world_settle(w);
  assert_ended(&o, WEIR_OK);
  world_close(w);
}

/* ---- while the driver goes --------------------------------------------------------------------------------------- */

enum { CALLS = 64, ROUNDS = 60 };

struct service { /* a store on a bridge whose guests wait for hooks, subscribers and completions */
  struct world *w;
  weir_bridge *bridge;
  weir_store *store;
  weir_hook *hooks[CALLS];
  weir_completion *completions[CALLS];
  weir_events *events;
  int hook_count;
  atomic_int completion_count, completed;
  atomic_bool go;
  atomic_int told; /* `readable`, as long as it may be */
  atomic_bool freed;
};

static weir_verdict hold_import(void *data, weir_crossing *c) {
  struct service *s = data;
  weir_hook *hook = s->hook_count < CALLS ? weir_crossing_hold(c) : NULL;
  if (!hook)
    return WEIR_GO_ON;
  s->hooks[s->hook_count++] = hook;
  return WEIR_PENDING;
}

static void host_wait(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct service *s = *(struct service **)data;
  int n = atomic_load(&s->completion_count);
  (void)args, (void)count;
  if (n < CALLS && weir_host_call_detach(call, &s->completions[n]) == WEIR_OK)
    atomic_store(&s->completion_count, n + 1);
}

static void tell_readable(void *data) {
  struct service *s = data;
  if (atomic_load(&s->freed))
    abort();
  atomic_fetch_add(&s->told, 1);
}

static weir_status start_calls(struct service *s, weir_instance *instance) {
  weir_status status = WEIR_OK;
  for (int i = 0; i < 2 * CALLS && status == WEIR_OK; i++) {
    weir_call *call;
    status = weir_call_start(instance, world_export(s->w, "ask"), NULL, 0, NULL, NULL, &call, NULL);
    if (status == WEIR_OK)
      weir_call_free(call);
  }
  return status;
}

static weir_status begin(void *data, weir_bridge *bridge, weir_error **ret_error) {
  struct service *s = data;
  weir_instance *instance;
  weir_interceptor holder = {.size = sizeof(weir_interceptor), .before_import = hold_import};
  weir_events_config events = {.size = sizeof(weir_events_config),
                               .kinds = WEIR_EVENT_BEFORE_IMPORT,
                               .capacity = 2,
                               .policy = WEIR_EVENTS_WAIT,
                               .readable = tell_readable,
                               .data = s};
  weir_status status = weir_store_new(s->w->engine, NULL, &s->store, ret_error);
  if (status == WEIR_OK)
    status = weir_store_intercept(s->store, &holder, s, NULL);
  if (status == WEIR_OK)
    status = weir_events_new(s->store, &events, &s->events);
  if (status == WEIR_OK)
    status = weir_instance_new(s->store, s->w->linker, s->w->component, &instance, ret_error);
  if (status == WEIR_OK)
    status = start_calls(s, instance);
  return status == WEIR_OK ? weir_bridge_attach(bridge, s->store, ret_error) : status;
}

static void end(void *data, weir_bridge *bridge) {
  struct service *s = data;
  (void)bridge;
  weir_store_free(s->store);
}

static void *decide(void *data) {
  struct service *s = data;
  while (!atomic_load(&s->go))
    sched_yield();
  for (int i = 0; i < CALLS / 2; i++)
    weir_hook_go_on(s->hooks[i]);
  return NULL;
}

static void complete_some(struct service *s) {
  for (int n = atomic_load(&s->completed); n < atomic_load(&s->completion_count); n = atomic_load(&s->completed)) {
    weir_value five = u32(5);
    weir_completion_return(s->completions[n], &five, NULL);
    weir_completion_free(s->completions[n]);
    atomic_store(&s->completed, n + 1);
  }
}

static void *complete(void *data) {
  struct service *s = data;
  while (!atomic_load(&s->go))
    sched_yield();
  for (int i = 0; i < 100; i++) {
    complete_some(s);
    weir_store_wake(s->store);
  }
  return NULL;
}

static void *subscribe(void *data) {
  struct service *s = data;
  weir_event event = WEIR_EVENT_INIT;
  while (!atomic_load(&s->go))
    sched_yield();
  for (int i = 0; i < 20; i++)
    if (weir_events_wait(s->events, 1000, &event) == WEIR_OK)
      weir_event_clear(&event);
  weir_events_free(s->events);
  atomic_store(&s->freed, true);
  return NULL;
}

static void one_round(struct service *s, int round) {
  static void *(*const bodies[])(void *) = {decide, complete, subscribe};
  pthread_t threads[3];
  weir_error *error = NULL;
  weir_bridge_config config = {.size = sizeof(weir_bridge_config), .start = begin, .stop = end, .data = s};
  must(weir_bridge_new(&config, &s->bridge, &error), &error);
  for (int i = 0; i < 3; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, bodies[i], s), 0);
  atomic_store(&s->go, true);
  for (int i = 0; i < round % 20; i++)
    sched_yield();
  weir_bridge_free(s->bridge);
  for (int i = 0; i < 3; i++)
    pthread_join(threads[i], NULL);
  complete_some(s);
  assert_true(s->hook_count == CALLS); /* it was worth it */
  for (int i = CALLS / 2; i < CALLS; i++)
    assert_int_equal(weir_hook_go_on(s->hooks[i]), WEIR_ERR_GONE);
}

static void a_bridge_shuts_down_while_others_reach_into_its_store(void **state) {
  (void)state;
  struct service *current;
  struct world *w = world_open("calls");
  world_func(w, NULL, "wait", "async func() -> u32", host_wait, &current);
  world_func(w, NULL, "echo", "async func(s: string) -> string", host_wait, &current);
  world_func(w, NULL, "now", "func(x: u32) -> u32", host_wait, &current);
  for (int round = 0; round < ROUNDS; round++) {
    struct service s = {.w = w};
    current = &s;
    one_round(&s, round);
  }
  world_close(w);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(asking_for_events_that_are_past_wakes),
    cmocka_unit_test(a_flat_call_that_ends_a_read_of_the_host_wakes),
    cmocka_unit_test(what_came_before_there_was_a_callback_is_told),
    cmocka_unit_test(a_bridge_shuts_down_while_others_reach_into_its_store),
};

BEHAVIOUR_MAIN(tests)
