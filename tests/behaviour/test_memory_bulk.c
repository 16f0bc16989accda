/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Allocations fail under values in bulk and under bytes that are lent: packed lists and trees of the program's memory
 * as arguments, results and with an interceptor, which has weir keep a copy; resources made by type; streams in place.
 * Once the engine's allocator fails, once the system's, which values come from, behind what Rust has made. As
 * test_memory.c.
 */
#include "behaviour/memory.h"
#include "weir/intercept.h"

static void copied(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  struct run *r = data;
  (void)end, (void)result;
  r->copies++;
  r->copied += count;
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

static const uint32_t numbers[] = {1, 2, 3, 4};

static weir_value lent_numbers(void) {
  return (weir_value){
      .kind = WEIR_VALUE_PACKED, .tag = WEIR_VALUE_U32 | WEIR_VALUE_LENT, .of.packed = {(void *)numbers, 4}};
}

static void give_numbers(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct run *r = data;
  weir_error *error = NULL;
  weir_value result = lent_numbers();
  (void)args, (void)count;
  if (!ok(r, weir_host_call_return(call, &result, &error), &error))
    weir_host_call_fail(call, "out of memory");
}

static void look_at(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value result = u32((uint32_t)args[0].of.packed.count);
  (void)data, (void)count;
  weir_host_call_return(call, &result, NULL);
}

static weir_verdict go_on(void *data, weir_crossing *crossing) {
  (void)data, (void)crossing;
  return WEIR_GO_ON;
}

/* A list of texts, in the program's memory. */
static weir_value lent_words(weir_value *items) {
  for (int i = 0; i < 2; i++)
    items[i] = (weir_value){.kind = WEIR_VALUE_STRING, .tag = WEIR_VALUE_LENT, .of.string = {"four", 4}};
  return (weir_value){.kind = WEIR_VALUE_LIST, .tag = WEIR_VALUE_LENT, .of.list = {items, 2}};
}

static void expect_number(struct run *r, const char *name, weir_value *arg, size_t count, uint32_t want) {
  struct ended e;
  if (r->status == WEIR_OK && call_and_settle(r, name, arg, count, &e)) {
    assert_int_equal(e.count, 1);
    assert_int_equal(e.result.of.u32, want);
  }
  const weir_error *failure = weir_store_failure(r->store);
  if (failure)
    ok(r, weir_error_status(failure), NULL);
}

/* From here on requests of the system fail, as sweep_system() says: what Rust has is made. */
static bool arm(struct run *r) {
  if (r->is_of_system)
    fault_system_arm(r->system_request, false);
  return true;
}

static bool open_lists(struct run *r, const char *text, size_t size, bool watched) {
  weir_store_config config = WEIR_STORE_CONFIG_INIT;
  weir_interceptor interceptor = WEIR_INTERCEPTOR_INIT;
  weir_error *error = NULL;
  config.packed_lists = true;
  interceptor.before_export = interceptor.after_import = go_on;
  return ok(r, weir_component_new(r->engine, text, size, &r->component, &error), &error) &&
         ok(r, weir_linker_new(r->engine, &r->linker, &error), &error) &&
         ok(r, weir_store_new(r->engine, &config, &r->store, &error), &error) &&
         (!watched || ok(r, weir_store_intercept(r->store, &interceptor, r, NULL), NULL)) &&
         define(r, NULL, "numbers", "func() -> list<u32>", give_numbers) &&
         define(r, NULL, "look", "func(l: list<f64>) -> u32", look_at) && instantiate(r) && arm(r);
}

static void use_lists(struct run *r, const char *text, size_t size, bool watched) {
  static const double points[] = {0.5, 1.5, 2.5};
  weir_value items[2], owned = {0};
  if (!open_lists(r, text, size, watched))
    return;
  weir_value lent = lent_numbers(), words = lent_words(items);
  if (ok(r, weir_value_new_packed(WEIR_VALUE_U32, numbers, 4, &owned), NULL))
    expect_number(r, "sum", &owned, 1, 10);
  expect_number(r, "sum", &lent, 1, 10);
  expect_number(r, "length", &words, 1, 8);
  expect_number(r, "ask", NULL, 0, 10);
  if (r->status == WEIR_OK && ok(r, weir_value_new_packed(WEIR_VALUE_F64, points, 3, &owned), NULL))
    expect_number(r, "tell", &owned, 1, 3);
}

static void use_lists_plainly(struct run *r, const char *text, size_t size) {
  use_lists(r, text, size, false);
}

static void use_watched_lists(struct run *r, const char *text, size_t size) {
  use_lists(r, text, size, true);
}

/* ---- resources --------------------------------------------------------------------------------------------------- */

static void dropped(void *data, weir_store *store, uint64_t rep) {
  struct run *r = data;
  (void)store, (void)rep;
  r->drops++;
}

static void make(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)args, (void)count;
  weir_host_call_fail(call, "nobody calls this");
}

static const weir_resource_type *thing_of(const weir_component *c) {
  for (size_t i = 0; i < weir_component_import_count(c); i++)
    if (weir_extern_resource(weir_component_import(c, i)))
      return weir_extern_resource(weir_component_import(c, i));
  return NULL;
}

static void use_resources(struct run *r, const char *text, size_t size) {
  weir_error *error = NULL;
  weir_value things[3] = {{0}};
  int made = 0;
  if (!load(r, text, size) ||
      !ok(r, weir_linker_define_resource(r->linker, NULL, "thing", dropped, r, NULL, &error), &error) ||
      !define(r, NULL, "make", "func() -> thing", make) || !instantiate(r) || !arm(r))
    return;
  for (int i = 0; i < 3; i++) {
    weir_status status = weir_resource_new_typed(r->instance, thing_of(r->component), 1, &things[i], &error);
    made += status == WEIR_OK;
    ok(r, status, &error);
  }
  for (int i = 0; i < 3; i++)
    weir_value_clear(&things[i]);
  assert_int_equal(r->drops, made);
}

/* ---- streams in place -------------------------------------------------------------------------------------------- */

static size_t look(void *data, weir_stream *end, const void *bytes, size_t count) {
  (void)data, (void)end, (void)bytes;
  return count;
}

static size_t fill(void *data, weir_stream *end, void *bytes, size_t count) {
  (void)data, (void)end;
  memset(bytes, 1, count);
  return count;
}

static void write_in_place(struct run *r) {
  struct ended e;
  weir_error *error = NULL;
  weir_value args[2] = {{0}, u32(16)};
  weir_stream *end = NULL;
  if (ok(r, weir_stream_new(r->store, WEIR_ELEMENT_U8, &args[0], &end, &error), &error) &&
      call_and_settle(r, "read-once", args, 2, &e) &&
      ok(r, weir_stream_write_in_place(end, fill, copied, r, &error), &error))
    settle(r);
  weir_stream_drop(end);
  settle(r);
}

static void use_in_place(struct run *r, const char *text, size_t size) {
  struct ended e;
  weir_error *error = NULL;
  weir_value arg = u32(20);
  if (!load(r, text, size) || !instantiate(r) || !call_and_settle(r, "produce", &arg, 1, &e))
    return;
  weir_stream *end = weir_stream_from_value(&e.result);
  if (end && ok(r, weir_stream_read_in_place(end, look, copied, r, &error), &error))
    settle(r);
  weir_stream_drop(end);
  settle(r);
  if (r->status == WEIR_OK)
    write_in_place(r);
  const weir_error *failure = weir_store_failure(r->store);
  if (failure)
    ok(r, weir_error_status(failure), NULL);
}

/* ---- the cases --------------------------------------------------------------------------------------------------- */

/* As sweep(), with the system's allocator; the engine and all else that Rust has are not part of that. */
static void sweep_system(const char *guest, scenario *use) {
  size_t size, requests = 1;
  char *text = guest_text(guest, &size);
  weir_engine_config config = {.size = sizeof(config), .features = ALL_FEATURES, .fast_compile = true};
  struct run r = {0};
  must(weir_engine_new(&config, &r.engine, NULL), NULL);
  weir_engine *engine = r.engine;
  for (size_t k = 0; k <= requests; k++) {
    r = (struct run){.engine = engine, .is_of_system = true, .system_request = k};
    use(&r, text, size);
    if (k == 0)
      requests = fault_system_calls();
    fault_system_arm(0, false);
    release(&r);
    assert_true(r.status == WEIR_OK || (k > 0 && r.status == WEIR_ERR_NOMEM));
  }
  print_message("%s: %zu requests of the system\n", guest, requests);
  weir_engine_free(engine);
  free(text);
}

static void lists_without_memory(void **state) {
  (void)state;
  sweep("lists", use_lists_plainly);
  sweep_system("lists", use_lists_plainly);
}

static void watched_lists_without_memory(void **state) {
  (void)state;
  sweep("lists", use_watched_lists);
  sweep_system("lists", use_watched_lists);
}

static void resources_by_type_without_memory(void **state) {
  (void)state;
  sweep("typed", use_resources);
  sweep_system("typed", use_resources);
}

static void streams_in_place_without_memory(void **state) {
  (void)state;
  sweep("streams", use_in_place); /* the system's not: what traps on a stack has Rust ask the system */
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(lists_without_memory),
    cmocka_unit_test(watched_lists_without_memory),
    cmocka_unit_test(resources_by_type_without_memory),
    cmocka_unit_test(streams_in_place_without_memory),
};

BEHAVIOUR_MAIN(tests)
