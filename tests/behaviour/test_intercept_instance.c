/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Interceptors of one instance: they see its calls and no others, behind those of the store. */
#include "behaviour/behaviour.h"
#include "weir/flat.h"
#include "weir/intercept.h"

struct journal {
  char text[128];
  int freed;
};

struct one {
  struct journal *journal;
  char letter;
  weir_instance *seen;
};

static weir_verdict note(struct one *o, const weir_crossing *c, char what) {
  size_t n = strlen(o->journal->text);
  snprintf(o->journal->text + n, sizeof(o->journal->text) - n, "%c%c", o->letter, what);
  o->seen = c->instance;
  return WEIR_GO_ON;
}

static weir_verdict before_import(void *data, weir_crossing *c) {
  return note(data, c, 'i');
}
static weir_verdict after_import(void *data, weir_crossing *c) {
  return note(data, c, 'I');
}
static weir_verdict before_export(void *data, weir_crossing *c) {
  return note(data, c, 'e');
}
static weir_verdict after_export(void *data, weir_crossing *c) {
  return note(data, c, 'E');
}
static weir_verdict hold_it(void *data, weir_crossing *c) {
  *(weir_hook **)data = weir_crossing_hold(c);
  return WEIR_PENDING;
}
static void freed(void *data) {
  ((struct one *)data)->journal->freed++;
}

static const weir_interceptor watcher = {.size = sizeof(weir_interceptor),
                                         .before_import = before_import,
                                         .after_import = after_import,
                                         .before_export = before_export,
                                         .after_export = after_export};

static void host_step(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value result = u32(args[0].of.u32 * 10);
  (void)data, (void)count;
  weir_host_call_return(call, &result, NULL);
}

static void host_flat(void *data, weir_flat_call *call, uint64_t *slots) {
  (void)data, (void)call;
  slots[0] *= 10;
}

static struct world *open_world(bool flat) {
  struct world *w = world_open("intercept");
  weir_error *error = NULL;
  if (flat)
    must(weir_linker_define_func_flat(w->linker, NULL, "step", "func(x: u32) -> u32", host_flat, NULL, NULL, &error),
         &error);
  else
    world_func(w, NULL, "step", "func(x: u32) -> u32", host_step, NULL);
  world_func(w, NULL, "step-async", "async func(x: u32) -> u32", host_step, NULL);
  return w;
}

static weir_instance *another(struct world *w) {
  weir_instance *i = NULL;
  weir_error *error = NULL;
  must(weir_instance_new(w->store, w->linker, w->component, &i, &error), &error);
  return i;
}

static uint32_t run(struct world *w, weir_instance *i, const char *name) {
  weir_value arg = u32(1), result = {0};
  weir_error *error = NULL;
  must(weir_call_run(i, world_export(w, name), &arg, 1, &result, &error), &error);
  return result.of.u32;
}

/* With functions of values and flat ones, in a store that has interceptors of its own and in one that has none. */
static void they_see_their_instance_and_no_other(void **state) {
  (void)state;
  for (int flat = 0; flat < 2; flat++) {
    for (int stores = 0; stores < 2; stores++) {
      struct journal j = {.text = ""};
      struct one store = {&j, 's', NULL}, first = {&j, '1', NULL}, second = {&j, '2', NULL};
      struct world *w = open_world(flat);
      if (stores)
        must(weir_store_intercept(w->store, &watcher, &store, freed), NULL);
      world_start(w); /* has none of its own */
      must(weir_store_intercept_next(w->store, &watcher, &first, freed), NULL);
      must(weir_store_intercept_next(w->store, &watcher, &second, freed), NULL);
      weir_instance *watched = another(w), *not_watched = another(w);
      assert_int_equal(run(w, w->instance, "twice"), 30);
      assert_int_equal(run(w, not_watched, "twice"), 30);
      assert_string_equal(j.text, stores ? "sesisIsisIsEsesisIsisIsE" : "");
      j.text[0] = '\0';
      assert_int_equal(run(w, watched, "inner"), 110);
      assert_string_equal(j.text, stores ? "se1e2esi1i2i2I1IsI2E1EsE" : "1e2e1i2i2I1I2E1E");
      assert_ptr_equal(first.seen, watched);
      world_close(w);
      assert_int_equal(j.freed, 2 + stores);
    }
  }
}

/* The store was not watched when the call began. */
static void a_call_that_was_under_way_goes_on(void **state) {
  (void)state;
  struct pending p = {.count = 0};
  struct journal j = {.text = ""};
  struct one one = {&j, '1', NULL};
  struct outcome before, second;
  struct world *w = world_open("intercept");
  world_func(w, NULL, "step", "func(x: u32) -> u32", host_step, NULL);
  world_func(w, NULL, "step-async", "async func(x: u32) -> u32", pending_call, &p);
  world_start(w);
  weir_value arg = u32(1);
  call_args(w, &before, "twice-async", &arg, 1);
  arg = u32(2);
  call_args(w, &second, "twice-async", &arg, 1);
  must(weir_store_intercept_next(w->store, &watcher, &one, NULL), NULL);
  assert_int_equal(run(w, another(w), "twice"), 30);
  assert_string_equal(j.text, "1e1i1I1i1I1E");
  for (int i = 0; i < p.count; i++) {
    pending_return(&p, i, u32(10));
    world_settle(w);
  }
  assert_u32(&before, 20);
  assert_u32(&second, 20);
  assert_string_equal(j.text, "1e1i1I1i1I1E");
  world_close(w);
}

static void one_that_holds_holds_its_instance_only(void **state) {
  (void)state;
  static const weir_interceptor holder = {.size = sizeof(weir_interceptor), .holds = true, .before_import = hold_it};
  weir_hook *hook = NULL;
  struct outcome o;
  struct world *w = open_world(false);
  world_start(w);
  must(weir_store_intercept_next(w->store, &holder, &hook, NULL), NULL);
  weir_instance *held = another(w), *plain = w->instance;
  weir_value arg = u32(1);
  w->instance = held;
  call_args(w, &o, "inner", &arg, 1);
  assert_int_equal(world_settle(w), WEIR_STEP_WAITING);
  assert_non_null(hook);
  assert_int_equal(run(w, plain, "twice"), 30);
  assert_int_equal(o.count, 0);
  must(weir_hook_go_on(hook), NULL);
  world_settle(w);
  assert_u32(&o, 110);
  world_close(w);
}

static void a_subscriber_of_an_instance(void **state) {
  (void)state;
  weir_events_config config = {
      .size = sizeof(weir_events_config), .kinds = WEIR_EVENT_AFTER_EXPORT, .next_instance = true};
  weir_events *events = NULL;
  weir_event e = WEIR_EVENT_INIT;
  struct world *w = open_world(false);
  world_start(w);
  must(weir_events_new(w->store, &config, &events), NULL);
  weir_instance *watched = another(w);
  run(w, w->instance, "inner");
  assert_int_equal(weir_events_take(events, &e), WEIR_ERR_NOT_FOUND);
  run(w, watched, "inner");
  must(weir_events_take(events, &e), NULL);
  assert_string_equal(e.values, "110");
  weir_event_clear(&e);
  weir_events_free(events);
  world_close(w);
}

/* What was put in for an instance that never comes, or fails, is let go with the store. */
static void what_is_not_used_is_let_go(void **state) {
  (void)state;
  struct journal j = {.text = ""};
  struct one one = {&j, '1', NULL}, two = {&j, '2', NULL};
  struct world *w = world_open("intercept");
  weir_linker *empty = NULL;
  weir_instance *i = NULL;
  must(weir_linker_new(w->engine, &empty, NULL), NULL);
  must(weir_store_intercept_next(w->store, &watcher, &one, freed), NULL);
  assert_int_equal(weir_instance_new(w->store, empty, w->component, &i, NULL), WEIR_ERR_LINK);
  must(weir_store_intercept_next(w->store, &watcher, &two, freed), NULL);
  weir_linker_free(empty);
  world_close(w);
  assert_int_equal(j.freed, 2);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(they_see_their_instance_and_no_other),
    cmocka_unit_test(a_call_that_was_under_way_goes_on),
    cmocka_unit_test(one_that_holds_holds_its_instance_only),
    cmocka_unit_test(a_subscriber_of_an_instance),
    cmocka_unit_test(what_is_not_used_is_let_go),
};

BEHAVIOUR_MAIN(tests)
