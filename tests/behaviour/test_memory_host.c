/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Allocations fail under what hosts do besides plain calls: completions from another thread, flat calls and functions,
 * events, idle waiters, streams of values of a type of their own, loans. As test_memory.c.
 */
#include <poll.h>
#include <pthread.h>

#include "behaviour/memory.h"

/* ---- completions, events, idleness, flat calls ------------------------------------------------------------------- */

struct host {
  struct run *run;
  weir_completion *completion;
  int events, idle;
};

static void *finish(void *data) {
  struct host *h = data;
  weir_value result = u32(12);
  weir_completion_return(h->completion, &result, NULL);
  weir_completion_free(h->completion);
  return NULL;
}

static void wait_call(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct host *h = data;
  (void)args, (void)count;
  if (!ok(h->run, weir_host_call_detach(call, &h->completion), NULL))
    weir_host_call_fail(call, "out of memory");
}

static void echo(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)count;
  weir_host_call_return(call, &args[0], NULL);
}

static void twice(void *data, weir_flat_call *call, uint64_t *slots) {
  (void)data, (void)call;
  slots[0] *= 2;
}

static void on_event(void *data, weir_call *call, weir_call_event event) {
  struct host *h = data;
  (void)call, (void)event;
  h->events++;
}

static void on_idle(void *data, weir_status status) {
  struct host *h = data;
  (void)status;
  h->idle++;
}

static bool define_host(struct run *r, struct host *h) {
  weir_error *error = NULL;
  return ok(r, weir_linker_define_func(r->linker, NULL, "wait", "async func() -> u32", wait_call, h, NULL, &error),
            &error) &&
         ok(r,
            weir_linker_define_func(r->linker, NULL, "echo", "async func(s: string) -> string", echo, h, NULL, &error),
            &error) &&
         ok(r, weir_linker_define_func_flat(r->linker, NULL, "now", "func(x: u32) -> u32", twice, h, NULL, &error),
            &error);
}

static void call_flat(struct run *r, const char *name, uint64_t arg, uint64_t want) {
  uint64_t result = 0;
  weir_error *error = NULL;
  const weir_func *func = weir_component_find_func(r->component, NULL, name);
  if (ok(r, weir_call_flat(r->instance, func, &arg, 1, &result, &error), &error))
    assert_int_equal(result, want);
}

/* The guest waits for `wait`, which another thread finishes while this one sleeps. */
static void ask(struct run *r, struct host *h) {
  struct ended e = {.run = r};
  weir_error *error = NULL;
  weir_call *call;
  pthread_t thread;
  weir_status status = weir_call_start(r->instance, weir_component_find_func(r->component, NULL, "ask"), NULL, 0, ended,
                                       &e, &call, &error);
  ok(r, status, &error);
  if (status == WEIR_OK) {
    weir_call_on_event(call, on_event, h);
    ok(r, weir_store_on_idle(r->store, on_idle, h), NULL);
  }
  settle(r);
  if (h->completion) {
    struct pollfd p = {.fd = weir_store_fd(r->store), .events = POLLIN};
    assert_int_equal(pthread_create(&thread, NULL, finish, h), 0);
    if (p.fd >= 0)
      assert_int_equal(poll(&p, 1, 5000), 1);
    pthread_join(thread, NULL);
    h->completion = NULL;
  }
  settle(r);
  if (r->status != WEIR_OK)
    return;
  assert_int_equal(e.count, 1);
  assert_int_equal(e.result.of.u32, 12);
  assert_int_equal(h->events, 2); /* `ended` frees the handle */
  assert_int_equal(h->idle, 1);
}

static void use_calls(struct run *r, const char *text, size_t size) {
  struct host h = {.run = r};
  struct ended e;
  if (load(r, text, size) && define_host(r, &h) && instantiate(r))
    ask(r, &h);
  if (r->status == WEIR_OK)
    call_flat(r, "plain", 41, 42);
  if (r->status == WEIR_OK)
    call_flat(r, "now", 21, 42);
  weir_value arg = r->status == WEIR_OK ? string("again") : (weir_value){0};
  if (r->status == WEIR_OK && call_and_settle(r, "say", &arg, 1, &e))
    weir_value_clear(&e.result);
  weir_store_free(r->store); /* before what its callbacks use */
  r->store = NULL;
}

static void calls_without_memory(void **state) {
  (void)state;
  sweep("calls", use_calls);
}

/* ---- streams of values ------------------------------------------------------------------------------------------- */

static void copied(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  struct run *r = data;
  (void)end, (void)result;
  r->copies++;
  r->copied += count;
}

static void dropped(void *data, weir_store *store, uint64_t rep) {
  (void)store;
  struct run *r = data;
  (void)rep;
  r->drops++;
}

static void make(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct run *r = data;
  weir_value result = {0};
  (void)args, (void)count;
  if (ok(r, weir_resource_new(weir_host_call_instance(call), NULL, "thing", 3, &result, NULL), NULL))
    weir_host_call_return(call, &result, NULL);
  else
    weir_host_call_fail(call, "out of memory");
}

/* Writes one value, which is this function's, to a new stream that the guest reads. */
static void write_one(struct run *r, const char *name, const weir_type *type, weir_value *take) {
  struct ended e;
  weir_value arg = {0};
  weir_stream *end = NULL;
  weir_error *error = NULL;
  if (ok(r, weir_stream_new_typed(r->store, type, &arg, &end, &error), &error) &&
      call_and_settle(r, name, &arg, 1, &e) && ok(r, weir_stream_write_values(end, take, 1, copied, r, NULL), NULL))
    settle(r);
  weir_stream_drop(end);
  settle(r);
  weir_value_clear(take);
  const weir_error *failure = weir_store_failure(r->store);
  if (failure)
    ok(r, weir_error_status(failure), NULL);
}

static void use_typed(struct run *r, const char *text, size_t size) {
  struct ended e;
  const weir_type *points = NULL;
  weir_error *error = NULL;
  if (!load(r, text, size) ||
      !ok(r, weir_linker_define_resource(r->linker, NULL, "thing", dropped, r, NULL, &error), &error) ||
      !define(r, NULL, "make", "func() -> thing", make) || !instantiate(r))
    return;
  weir_value point;
  must(weir_value_new_record(2, &point), NULL);
  point.of.list.items[0] = point.of.list.items[1] = u32(4);
  if (ok(r, weir_type_parse(r->engine, "stream<record { x: u32, y: u32 }>", 33, &points, &error), &error))
    write_one(r, "last-y", points, &point);
  weir_value_clear(&point);
  if (r->status == WEIR_OK && call_and_settle(r, "new-thing", NULL, 0, &e))
    write_one(r, "drop-all", weir_func_param_type(weir_component_find_func(r->component, NULL, "drop-all"), 0),
              &e.result);
  if (r->status == WEIR_OK)
    assert_int_equal(r->drops, 1);
}

static void typed_streams_without_memory(void **state) {
  (void)state;
  sweep("typed", use_typed);
}

/* ---- loans ------------------------------------------------------------------------------------------------------- */

static void nothing(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)args, (void)count;
  weir_host_call_return(call, NULL, NULL);
}

static void look(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value result = u32((uint32_t)rep_of(&args[0]));
  (void)data, (void)count;
  weir_host_call_return(call, &result, NULL);
}

static void use_loans(struct run *r, const char *text, size_t size) {
  static const char types[] = "host:res/types@0.2.1";
  struct ended e, looked;
  weir_error *error = NULL;
  weir_value arg = u32(7);
  if (!load(r, text, size) ||
      !ok(r, weir_linker_define_resource(r->linker, types, "thing", dropped, r, NULL, &error), &error) ||
      !define(r, types, "make", NULL, nothing) || !define(r, types, "look", NULL, look) ||
      !define(r, types, "look-late", NULL, look) || !define(r, types, "give", NULL, nothing) ||
      !define(r, types, "make-late", NULL, nothing) || !define(r, NULL, "gone", NULL, nothing) || !instantiate(r) ||
      !call_and_settle(r, "new-gadget", &arg, 1, &e))
    return;
  for (int i = 0; i < 2 && r->status == WEIR_OK; i++)
    if (call_and_settle(r, "gadget-rep", &e.result, 1, &looked))
      assert_int_equal(looked.result.of.u32, 7);
  weir_value_clear(&e.result);
  settle(r);
}

static void loans_without_memory(void **state) {
  (void)state;
  sweep("resources", use_loans);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(calls_without_memory),
    cmocka_unit_test(typed_streams_without_memory),
    cmocka_unit_test(loans_without_memory),
};

BEHAVIOUR_MAIN(tests)
