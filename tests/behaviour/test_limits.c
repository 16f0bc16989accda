/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a store allows: every limit holds, says which it is, and leaves other stores alone; fuel, deadlines, schedules.
 */
#include "behaviour.h"

enum { SETTLED = 16 };

/* A world whose store has settings; the host never answers `wait`. */
static struct world *limited_guest(const char *guest, const weir_engine_config *engine, const weir_store_config *config,
                                   struct pending *p) {
  struct world *w = calloc(1, sizeof(*w));
  weir_engine_config c = engine ? *engine : (weir_engine_config)WEIR_ENGINE_CONFIG_INIT;
  weir_error *error = NULL;
  assert_non_null(w);
  c.features = ALL_FEATURES;
  c.fast_compile = true;
  must(weir_engine_new(&c, &w->engine, &error), &error);
  must(weir_linker_new(w->engine, &w->linker, &error), &error);
  must(weir_store_new(w->engine, config, &w->store, &error), &error);
  size_t size;
  char *text = guest_text(guest, &size);
  w->component = component_from(w->engine, text, size);
  free(text);
  world_func(w, NULL, "wait", "async func() -> u32", pending_call, p);
  if (strcmp(guest, "calls") == 0) {
    world_func(w, NULL, "echo", NULL, pending_call, p);
    world_func(w, NULL, "now", NULL, pending_call, p);
  }
  world_start(w);
  return w;
}

static struct world *limited(const weir_engine_config *engine, const weir_store_config *config, struct pending *p) {
  return limited_guest("limits", engine, config, p);
}

/* Calls `name(n)`, which is synchronous, and expects it to end with that status and words. */
static void ends(struct world *w, const char *name, uint32_t n, weir_status status, const char *words) {
  struct outcome o;
  weir_value arg = u32(n);
  call_args(w, &o, name, &arg, 1);
  world_settle(w);
  assert_ended(&o, status);
  if (words)
    assert_words(o.message, words);
  weir_value_clear(&o.result);
}

/* As many as the limit says are fine; one more is not, and the message names limit and member. */
static void holds(weir_store_config config, const char *name, uint32_t n, const char *words) {
  struct pending p = {0};
  struct world *w = limited(NULL, &config, &p);
  ends(w, name, n, WEIR_OK, NULL);
  world_close(w);
  p = (struct pending){0};
  w = limited(NULL, &config, &p);
  ends(w, name, n + 1, WEIR_ERR_LIMIT, words);
  assert_int_equal(weir_store_step(w->store), WEIR_STEP_FAILED);
  assert_int_equal(weir_error_status(weir_store_failure(w->store)), WEIR_ERR_LIMIT);
  world_close(w);
}

static void handles_of_an_instance_are_limited(void **state) {
  (void)state;
  holds((weir_store_config){.size = sizeof(weir_store_config), .max_handles = 5}, "sets", 5,
        "no more than 5 handles in one component instance (weir_store_config.max_handles sets it)");
}

static void sets_and_ends_and_subtasks_are_limited_together(void **state) {
  (void)state;
  weir_store_config config = {.size = sizeof(weir_store_config), .max_waitables = 6};
  holds(config, "sets", 6, "no more than 6 subtasks, ends of streams and futures, and waitable sets");
  holds(config, "streams", 3, "weir_store_config.max_waitables");
  holds(config, "subtasks", 6, "weir_store_config.max_waitables");
}

static void threads_are_limited_with_their_task(void **state) {
  (void)state;
  /* The call itself is a task; the threads of an ended one are gone only with the store. */
  holds((weir_store_config){.size = sizeof(weir_store_config), .max_tasks = 4}, "threads", 3,
        "no more than 4 live tasks and threads");
}

static void a_host_that_starts_too_many_tasks_is_refused_and_may_go_on(void **state) {
  (void)state;
  struct pending p = {0};
  struct world *w = limited(NULL, &(weir_store_config){.size = sizeof(weir_store_config), .max_tasks = 3}, &p);
  weir_call *calls[3], *more = NULL;
  weir_error *error = NULL;
  for (int i = 0; i < 3; i++)
    must(weir_call_start(w->instance, world_export(w, "sleep"), NULL, 0, NULL, NULL, &calls[i], &error), &error);
  assert_int_equal(weir_call_start(w->instance, world_export(w, "sleep"), NULL, 0, NULL, NULL, &more, &error),
                   WEIR_ERR_LIMIT);
  assert_words(weir_error_message(error), "max_tasks");
  weir_error_free(error);
  assert_null(more);
  assert_int_equal(weir_store_live_tasks(w->store), 3);
  weir_call_cancel(calls[0]);
  world_settle(w);
  assert_null(weir_store_failure(w->store));
  assert_true(weir_call_finished(calls[0]));
  assert_int_equal(weir_store_live_tasks(w->store), 2);
  for (int i = 0; i < 3; i++)
    weir_call_free(calls[i]);
  world_close(w);
}

static void suspended_stacks_are_limited(void **state) {
  (void)state;
  struct pending p = {0};
  struct world *w = limited(NULL, &(weir_store_config){.size = sizeof(weir_store_config), .max_stacks = 2}, &p);
  struct outcome o[3];
  call(w, &o[0], "block");
  call(w, &o[1], "block");
  assert_int_equal(p.count, 2);
  assert_null(weir_store_failure(w->store));
  call(w, &o[2], "block");
  assert_int_equal(p.count, 2); /* it did not even begin */
  world_settle(w);
  for (int i = 0; i < 3; i++) {
    assert_ended(&o[i], WEIR_ERR_LIMIT);
    assert_words(o[i].message, "no more than 2 stacks of guests (weir_store_config.max_stacks sets it)");
  }
  world_close(w);
}

static void to_cancel_what_has_not_begun_takes_no_stack(void **state) {
  (void)state;
  struct pending p = {0};
  struct world *w =
      limited_guest("calls", NULL, &(weir_store_config){.size = sizeof(weir_store_config), .max_stacks = 1}, &p);
  struct outcome first, second;
  call(w, &first, "wait-sync"); /* has the lock, and the stack */
  call(w, &second, "wait-sync");
  weir_call_cancel(second.call);
  assert_int_equal(world_settle(w), WEIR_STEP_WAITING);
  assert_ended(&second, WEIR_ERR_CANCELLED);
  pending_return(&p, 0, u32(3));
  world_settle(w);
  assert_u32(&first, 3);
  world_close(w);
}

static void stacks_that_wait_below_others_count(void **state) {
  (void)state;
  struct world *w =
      limited_guest("nested", NULL, &(weir_store_config){.size = sizeof(weir_store_config), .max_stacks = 20}, NULL);
  struct outcome o;
  weir_value arg = u32(9);
  assert_int_equal(call_now(w, "nest", &arg, 1).of.u32, 9);
  arg = u32(30);
  call_args(w, &o, "nest", &arg, 1);
  world_settle(w);
  assert_ended(&o, WEIR_ERR_LIMIT);
  assert_words(o.message, "no more than 20 stacks of guests");
  world_close(w);
}

static void what_a_value_takes_in_the_host_is_limited(void **state) {
  (void)state;
  struct pending p = {0};
  struct world *w = limited(NULL, &(weir_store_config){.size = sizeof(weir_store_config), .max_value_bytes = 1000}, &p);
  ends(w, "text", 100, WEIR_OK, NULL);
  ends(w, "text", 2000, WEIR_ERR_LIMIT, "more than 1000 bytes (weir_store_config.max_value_bytes sets it)");
  world_close(w);
}

static int32_t grown(struct world *w, const char *name, uint32_t n) {
  weir_value arg = u32(n);
  return call_now(w, name, &arg, 1).of.s32;
}

static void memories_and_tables_do_not_grow_beyond_their_limits(void **state) {
  (void)state;
  struct pending p = {0};
  weir_store_config config = {.size = sizeof(weir_store_config), .max_memory_bytes = 3 << 16, .max_table_elements = 10};
  struct world *w = limited(NULL, &config, &p);
  assert_int_equal(grown(w, "grow", 2), 1);
  assert_int_equal(grown(w, "grow", 1), -1); /* the guest's to deal with: the store lives */
  assert_int_equal(grown(w, "grow-table", 9), 1);
  assert_int_equal(grown(w, "grow-table", 1), -1);
  assert_null(weir_store_failure(w->store));
  world_close(w);
}

/* Each instance begins with one page and one element. */
static void memories_and_tables_have_a_limit_together(void **state) {
  (void)state;
  struct pending p = {0};
  weir_store_config config = {
      .size = sizeof(weir_store_config), .max_total_memory_bytes = 5 << 16, .max_total_table_elements = 20};
  struct world *w = limited(NULL, &config, &p);
  weir_instance *first = w->instance;
  assert_int_equal(grown(w, "grow", 3), 1); /* four of five pages */
  world_start(w);                           /* and the fifth */
  assert_int_equal(grown(w, "grow", 1), -1);
  assert_int_equal(grown(w, "grow", 0), 1);
  assert_int_equal(grown(w, "grow-table", 18), 1); /* all of twenty elements */
  w->instance = first;
  assert_int_equal(grown(w, "grow", 1), -1);
  assert_int_equal(grown(w, "grow-table", 1), -1);
  weir_instance *third;
  weir_error *error = NULL;
  assert_int_equal(weir_instance_new(w->store, w->linker, w->component, &third, &error), WEIR_ERR_LIMIT);
  assert_words(weir_error_message(error), "max_total_memory_bytes is 327680: ");
  weir_error_free(error);
  world_close(w);
}

/* What the limit of each memory, or the module itself, refuses does not count. */
static void growth_that_fails_is_not_counted(void **state) {
  (void)state;
  struct pending p = {0};
  weir_store_config config = {
      .size = sizeof(weir_store_config), .max_total_memory_bytes = 4 << 16, .max_memory_bytes = 3 << 16};
  struct world *w = limited(NULL, &config, &p);
  for (int i = 0; i < 10; i++)
    assert_int_equal(grown(w, "grow", 3), -1);
  assert_int_equal(grown(w, "grow", 2), 1);
  assert_int_equal(grown(w, "grow", 65536), -1);
  world_start(w); /* the fourth page */
  world_close(w);
}

static void growth_beyond_what_the_module_says_is_not_counted(void **state) {
  static const char guest[] =
      "(component (core module $m (memory 1 2)"
      "  (func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0))))"
      " (core instance $i (instantiate $m))"
      " (func (export \"grow\") (param \"n\" u32) (result s32) (canon lift (core func $i \"grow\"))))";
  (void)state;
  struct pending p = {0};
  weir_store_config config = {.size = sizeof(weir_store_config), .max_total_memory_bytes = 4 << 16};
  struct world *w = limited(NULL, &config, &p); /* one page is the first instance's */
  weir_component_free(w->component);
  w->component = component_from(w->engine, guest, strlen(guest));
  world_start(w);
  for (int i = 0; i < 10; i++)
    assert_int_equal(grown(w, "grow", 2), -1);
  assert_int_equal(grown(w, "grow", 1), 1);
  world_start(w); /* the fourth page */
  assert_int_equal(grown(w, "grow", 1), -1);
  world_close(w);
}

static void a_component_that_begins_beyond_a_limit_is_not_instantiated(void **state) {
  (void)state;
  static const weir_store_config configs[] = {{.size = sizeof(weir_store_config), .max_memory_bytes = 1000},
                                              {.size = sizeof(weir_store_config), .max_instances = 1}};
  struct pending p = {0};
  struct world *w = limited(NULL, NULL, &p);
  for (size_t i = 0; i < 2; i++) {
    weir_store *store;
    weir_instance *instance = NULL;
    weir_error *error = NULL;
    must(weir_store_new(w->engine, &configs[i], &store, &error), &error);
    assert_int_equal(weir_instance_new(store, w->linker, w->component, &instance, &error), WEIR_ERR_LIMIT);
    assert_words(weir_error_message(error), i == 0 ? "max_memory_bytes is 1000: " : "max_instances is 1: ");
    assert_words(weir_error_message(error), "weir_store_config");
    weir_error_free(error);
    weir_store_free(store);
  }
  ends(w, "sets", 1, WEIR_OK, NULL); /* another store of the engine does not care */
  world_close(w);
}

static void a_component_can_be_too_large(void **state) {
  (void)state;
  weir_engine_config config = {.size = sizeof(weir_engine_config), .max_component_size = 20};
  weir_engine *engine;
  weir_component *component = NULL;
  weir_error *error = NULL;
  must(weir_engine_new(&config, &engine, &error), &error);
  must(weir_component_new(engine, "(component)", 11, &component, &error), &error);
  weir_component_free(component);
  static const char text[] = "(component (; two and more ;))";
  assert_int_equal(weir_component_new(engine, text, sizeof(text) - 1, &component, &error), WEIR_ERR_LIMIT);
  assert_words(weir_error_message(error), "weir_engine_config.max_component_size");
  weir_error_free(error);
  weir_engine_free(engine);
}

/* Loads `text`, which must be refused with a limit of that name. */
static void refused(const weir_engine_config *config, const char *text, const char *name) {
  weir_engine *engine;
  weir_component *component = NULL;
  weir_error *error = NULL;
  must(weir_engine_new(config, &engine, &error), &error);
  assert_int_equal(weir_component_new(engine, text, strlen(text), &component, &error), WEIR_ERR_LIMIT);
  assert_words(weir_error_message(error), name);
  weir_error_free(error);
  weir_engine_free(engine);
}

static void components_can_be_nested_too_deep(void **state) {
  (void)state;
  refused(&(weir_engine_config){.size = sizeof(weir_engine_config), .max_nesting = 2},
          "(component (component (component)))", "weir_engine_config.max_nesting");
}

static void a_component_can_have_too_many_types(void **state) {
  (void)state;
  static const char text[] = "(component (type (list u8)) (type (list u16)) (type (list u32)) (type (list u64)))";
  refused(&(weir_engine_config){.size = sizeof(weir_engine_config), .max_types = 4}, text,
          "weir_engine_config.max_types");
}

/*
 * ---- time --------------------------------------------------------------------------------------------------------
 */

static void fuel_ends_a_spinning_guest(void **state) {
  (void)state;
  struct pending p = {0};
  weir_engine_config engine = {.size = sizeof(weir_engine_config), .fuel = true};
  struct world *w = limited(&engine, &(weir_store_config){.size = sizeof(weir_store_config), .fuel = 100000}, &p);
  struct outcome o;
  uint64_t left = 0;
  ends(w, "sets", 3, WEIR_OK, NULL);
  assert_int_equal(weir_store_fuel(w->store, &left), WEIR_OK);
  assert_true(left > 0 && left < 100000);
  call(w, &o, "spin");
  world_settle(w);
  assert_ended(&o, WEIR_ERR_LIMIT);
  assert_words(o.message, "fuel");
  world_close(w);
}

static void an_engine_that_counts_fuel_gives_it_without_end_where_none_is_set(void **state) {
  (void)state;
  struct pending p = {0};
  weir_engine_config engine = {.size = sizeof(weir_engine_config), .fuel = true, .deadlines = true};
  struct world *w = limited(&engine, NULL, &p);
  weir_engine_tick(w->engine);
  ends(w, "sets", 1000, WEIR_OK, NULL);
  world_close(w);
}

static void a_deadline_ends_a_guest_and_no_other_store(void **state) {
  (void)state;
  struct pending p = {0};
  weir_engine_config engine = {.size = sizeof(weir_engine_config), .deadlines = true};
  struct world *w = limited(&engine, &(weir_store_config){.size = sizeof(weir_store_config), .deadline = 2}, &p);
  weir_store *other;
  weir_instance *instance;
  weir_error *error = NULL;
  must(weir_store_new(w->engine, NULL, &other, &error), &error);
  must(weir_instance_new(other, w->linker, w->component, &instance, &error), &error);
  weir_engine_tick(w->engine);
  ends(w, "sets", 1, WEIR_OK, NULL); /* one tick is left */
  weir_engine_tick(w->engine);
  ends(w, "sets", 100, WEIR_ERR_TIMEOUT, "deadline");
  weir_value one = u32(1), result = {0};
  must(weir_call_run(instance, world_export(w, "sets"), &one, 1, &result, &error), &error);
  weir_store_free(other);
  world_close(w);
}

static void a_deadline_may_be_moved(void **state) {
  (void)state;
  struct pending p = {0};
  weir_engine_config engine = {.size = sizeof(weir_engine_config), .deadlines = true};
  struct world *w = limited(&engine, &(weir_store_config){.size = sizeof(weir_store_config), .deadline = 1}, &p);
  assert_int_equal(weir_store_set_deadline(w->store, 2), WEIR_OK);
  weir_engine_tick(w->engine);
  ends(w, "sets", 1, WEIR_OK, NULL);
  assert_int_equal(weir_store_set_deadline(w->store, UINT64_MAX), WEIR_OK);
  weir_engine_tick(w->engine);
  weir_engine_tick(w->engine);
  ends(w, "sets", 1, WEIR_OK, NULL);
  assert_int_equal(weir_store_set_deadline(w->store, 0), WEIR_OK);
  ends(w, "sets", 1, WEIR_ERR_TIMEOUT, "deadline");
  world_close(w);
}

static void a_guest_that_waited_is_stopped_when_it_goes_on_too_late(void **state) {
  (void)state;
  struct pending p = {0};
  struct outcome o;
  weir_engine_config engine = {.size = sizeof(weir_engine_config), .deadlines = true};
  struct world *w = limited(&engine, &(weir_store_config){.size = sizeof(weir_store_config), .deadline = 1}, &p);
  call(w, &o, "block");
  assert_int_equal(world_settle(w), WEIR_STEP_WAITING);
  weir_engine_tick(w->engine);
  assert_int_equal(world_settle(w), WEIR_STEP_WAITING); /* waiting takes no time of the guest's */
  pending_return(&p, 0, u32(1));
  world_settle(w);
  assert_true(o.count == 1);
  world_close(w);
}

static void time_needs_an_engine_that_has_it(void **state) {
  (void)state;
  static const weir_store_config configs[] = {{.size = sizeof(weir_store_config), .fuel = 1},
                                              {.size = sizeof(weir_store_config), .deadline = 1}};
  struct pending p = {0};
  struct world *w = limited(NULL, NULL, &p);
  uint64_t fuel;
  weir_engine_tick(w->engine);
  assert_int_equal(weir_store_set_fuel(w->store, 1), WEIR_ERR_MISUSE);
  assert_int_equal(weir_store_fuel(w->store, &fuel), WEIR_ERR_MISUSE);
  assert_int_equal(weir_store_set_deadline(w->store, 1), WEIR_ERR_MISUSE);
  for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
    weir_store *store = NULL;
    weir_error *error = NULL;
    assert_int_equal(weir_store_new(w->engine, &configs[i], &store, &error), WEIR_ERR_MISUSE);
    assert_null(store);
    weir_error_free(error);
  }
  world_close(w);
}

/*
 * ---- schedules ---------------------------------------------------------------------------------------------------
 */

/* Nine tasks yield once each; the order in which they go on, as digits. */
static uint64_t order_under(uint64_t seed, uint32_t keep) {
  struct pending p = {0};
  struct world *w = limited(
      NULL, &(weir_store_config){.size = sizeof(weir_store_config), .schedule_seed = seed, .schedule_keep = keep}, &p);
  struct outcome o[9];
  for (uint32_t i = 0; i < 9; i++) {
    weir_value n = u32(i + 1);
    call_args(w, &o[i], "number", &n, 1);
  }
  world_settle(w);
  for (uint32_t i = 0; i < 9; i++)
    assert_u32(&o[i], i + 1);
  uint64_t order = call_now(w, "log", NULL, 0).of.u64;
  world_close(w);
  return order;
}

static void without_a_seed_what_is_ready_first_runs_first(void **state) {
  (void)state;
  assert_int_equal(order_under(0, 0), 123456789);
}

static void a_seed_permutes_the_schedule_the_same_way_every_time(void **state) {
  (void)state;
  uint64_t first = order_under(7, 0);
  int different = 0;
  assert_int_equal(order_under(7, 0), first);
  for (uint64_t seed = 1; seed <= SETTLED; seed++)
    different += order_under(seed, 0) != first;
  assert_true(different >= SETTLED / 2);
}

static void a_choice_that_is_kept_is_not_permuted(void **state) {
  (void)state;
  int different = 0;
  for (uint64_t seed = 1; seed <= SETTLED; seed++) {
    assert_int_equal(order_under(seed, WEIR_CHOICE_THREADS | WEIR_CHOICE_WAITS), 123456789);
    different += order_under(seed, WEIR_CHOICE_THREADS) != 123456789; /* who yields and need not wait comes first */
  }
  assert_true(different > 0);
}

/*
 * ---- the host's work
 * ---------------------------------------------------------------------------------------------------
 */

struct many { /* completions; the first lets time pass */
  weir_engine *engine;
  int count;
};

static void one_of_many(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end, (void)result, (void)count;
  struct many *m = data;
  if (m->count++ == 0)
    weir_engine_tick(m->engine);
}

static void a_deadline_also_ends_a_step_that_is_the_hosts_alone(void **state) {
  (void)state;
  enum { COUNT = 2000 };
  struct pending p = {0};
  weir_engine_config engine = {.size = sizeof(engine), .deadlines = true};
  struct world *w = limited(&engine, &(weir_store_config){.size = sizeof(weir_store_config), .deadline = 1}, &p);
  struct many m = {.engine = w->engine};
  char byte;
  struct outcome o;
  weir_stream *ends_of[COUNT];
  for (int i = 0; i < COUNT; i++) {
    weir_value readable = {0};
    weir_stream *writable = NULL;
    must(weir_stream_new(w->store, WEIR_ELEMENT_U8, &readable, &writable, NULL), NULL);
    ends_of[i] = weir_stream_from_value(&readable);
    assert_int_equal(weir_stream_read(ends_of[i], &byte, 1, one_of_many, &m, NULL), WEIR_OK);
    weir_stream_drop(writable);
  }
  call(w, &o, "block");
  assert_int_equal(weir_store_step(w->store), WEIR_STEP_READY);
  assert_in_range(m.count, 1, COUNT / 2);
  assert_ended(&o, WEIR_ERR_TIMEOUT); /* in the same step */
  assert_words(o.message, "deadline");
  assert_int_equal(world_settle(w), WEIR_STEP_FAILED);
  assert_int_equal(m.count, COUNT); /* each of them once */
  world_close(w);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(handles_of_an_instance_are_limited),
    cmocka_unit_test(sets_and_ends_and_subtasks_are_limited_together),
    cmocka_unit_test(threads_are_limited_with_their_task),
    cmocka_unit_test(a_host_that_starts_too_many_tasks_is_refused_and_may_go_on),
    cmocka_unit_test(suspended_stacks_are_limited),
    cmocka_unit_test(to_cancel_what_has_not_begun_takes_no_stack),
    cmocka_unit_test(stacks_that_wait_below_others_count),
    cmocka_unit_test(what_a_value_takes_in_the_host_is_limited),
    cmocka_unit_test(memories_and_tables_do_not_grow_beyond_their_limits),
    cmocka_unit_test(memories_and_tables_have_a_limit_together),
    cmocka_unit_test(growth_that_fails_is_not_counted),
    cmocka_unit_test(growth_beyond_what_the_module_says_is_not_counted),
    cmocka_unit_test(a_component_that_begins_beyond_a_limit_is_not_instantiated),
    cmocka_unit_test(a_component_can_be_too_large),
    cmocka_unit_test(components_can_be_nested_too_deep),
    cmocka_unit_test(a_component_can_have_too_many_types),
    cmocka_unit_test(fuel_ends_a_spinning_guest),
    cmocka_unit_test(an_engine_that_counts_fuel_gives_it_without_end_where_none_is_set),
    cmocka_unit_test(a_deadline_ends_a_guest_and_no_other_store),
    cmocka_unit_test(a_deadline_may_be_moved),
    cmocka_unit_test(a_guest_that_waited_is_stopped_when_it_goes_on_too_late),
    cmocka_unit_test(a_deadline_also_ends_a_step_that_is_the_hosts_alone),
    cmocka_unit_test(time_needs_an_engine_that_has_it),
    cmocka_unit_test(without_a_seed_what_is_ready_first_runs_first),
    cmocka_unit_test(a_seed_permutes_the_schedule_the_same_way_every_time),
    cmocka_unit_test(a_choice_that_is_kept_is_not_permuted),
};

BEHAVIOUR_MAIN(tests)
