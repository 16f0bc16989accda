/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls through adapters as embedders meet them: in artefacts, under limits, with fuel, where memory runs out. That
 * they do what the runtime does is tested elsewhere (tests/fuzz/fuzz_adapter.c, tests/spec/own/adapters.wast).
 */
#include "behaviour/behaviour.h"
#include "support/fault.h"

struct kit {
  weir_engine *engine;
  weir_linker *linker;
  weir_component *component;
  weir_store *store;
  weir_instance *instance;
};

static struct kit kit_open(const weir_engine_config *config) {
  struct kit k = {0};
  weir_error *error = NULL;
  size_t size;
  char *text = guest_text("adapters", &size);
  must(weir_engine_new(config, &k.engine, &error), &error);
  must(weir_linker_new(k.engine, &k.linker, &error), &error);
  k.component = component_from(k.engine, text, size);
  free(text);
  return k;
}

static void kit_start(struct kit *k, const weir_store_config *limits) {
  weir_error *error = NULL;
  must(weir_store_new(k->engine, limits, &k->store, &error), &error);
  must(weir_instance_new(k->store, k->linker, k->component, &k->instance, &error), &error);
}

static void kit_stop(struct kit *k) {
  weir_store_free(k->store);
  k->store = NULL;
}

static void kit_close(struct kit *k) {
  kit_stop(k);
  weir_component_free(k->component);
  weir_linker_free(k->linker);
  weir_engine_free(k->engine);
}

static weir_status run(struct kit *k, uint32_t at, uint32_t size, uint64_t *ret, weir_error **ret_error) {
  const uint64_t args[] = {at, size};
  return weir_call_flat(k->instance, weir_component_find_func(k->component, NULL, "run"), args, 2, ret, ret_error);
}

/* The call's result, and the words of a call whose string is not in the memory. */
static void check(struct kit *k, const weir_store_config *limits) {
  weir_error *error = NULL;
  uint64_t result = 0;
  kit_start(k, limits);
  must(run(k, 8, 3, &result, &error), &error);
  assert_int_equal(result, 'a' + 3);
  assert_int_equal(weir_store_live_tasks(k->store), 0);
  assert_int_equal(run(k, 65535, 2, &result, &error), WEIR_ERR_TRAP);
  assert_non_null(strstr(weir_error_message(error), "string content out-of-bounds (in function `f`"));
  weir_error_free(error);
  kit_stop(k);
}

static size_t code_size(const struct kit *k) {
  weir_code *code = weir_component_code(k->component);
  size_t size = weir_code_size(code);
  weir_code_free(code);
  return size;
}

static void they_are_part_of_the_code(void **state) {
  (void)state;
  weir_engine_config without = {.size = sizeof(weir_engine_config), .no_adapters = true};
  struct kit a = kit_open(NULL), b = kit_open(&without);
  check(&a, NULL);
  check(&b, NULL);
  assert_true(code_size(&a) > code_size(&b));
  kit_close(&a);
  kit_close(&b);
}

static void artefacts_carry_them(void **state) {
  (void)state;
  weir_engine_config without = {.size = sizeof(weir_engine_config), .no_adapters = true};
  struct kit a = kit_open(NULL), b = kit_open(&without);
  weir_code *code = weir_component_code(a.component), *again = NULL;
  weir_error *error = NULL;
  void *bytes = NULL;
  size_t size = 0;
  must(weir_code_serialize(code, &bytes, &size, &error), &error);
  weir_code_free(code);
  must(weir_code_deserialize(a.engine, bytes, size, &again, &error), &error);
  weir_component_free(a.component);
  must(weir_component_from_code(a.engine, again, &a.component, &error), &error);
  weir_code_free(again);
  check(&a, NULL);
  assert_int_equal(weir_code_deserialize(b.engine, bytes, size, &again, &error), WEIR_ERR_UNSUPPORTED);
  weir_error_free(error);
  weir_bytes_free(bytes);
  kit_close(&a);
  kit_close(&b);
}

/* Three core modules are the component's own: a store that allows three must do, however calls are made. */
static void limits_are_those_of_the_component(void **state) {
  (void)state;
  struct kit k = kit_open(NULL);
  check(&k, &(weir_store_config){.size = sizeof(weir_store_config), .max_instances = 3});
  kit_close(&k);
}

static void fuel_is_the_guests(void **state) {
  (void)state;
  uint64_t left[2];
  for (int i = 0; i < 2; i++) {
    weir_engine_config config = {.size = sizeof(weir_engine_config), .fuel = true, .no_adapters = i == 1};
    struct kit k = kit_open(&config);
    uint64_t result;
    kit_start(&k, &(weir_store_config){.size = sizeof(weir_store_config), .fuel = 1000});
    must(run(&k, 8, 3, &result, NULL), NULL);
    must(weir_store_fuel(k.store, &left[i]), NULL);
    kit_close(&k);
  }
  assert_int_equal(left[0], left[1]);
}

static void holding_interceptors_meet_tasks(void **state) {
  (void)state;
  struct kit k = kit_open(NULL);
  weir_interceptor none = {.size = sizeof(weir_interceptor), .holds = true};
  uint64_t result = 0;
  must(weir_store_new(k.engine, NULL, &k.store, NULL), NULL);
  must(weir_store_intercept(k.store, &none, NULL, NULL), NULL);
  must(weir_instance_new(k.store, k.linker, k.component, &k.instance, NULL), NULL);
  must(run(&k, 8, 3, &result, NULL), NULL);
  assert_int_equal(result, 'a' + 3);
  kit_close(&k);
}

struct sweep {
  weir_engine *engine;
  const char *text;
  size_t size;
};

static weir_status everything(const struct weir_alloc *alloc, void *ctx) {
  const struct sweep *s = ctx;
  weir_engine_config config = {.size = sizeof(weir_engine_config), .alloc = alloc, .fast_compile = true};
  struct kit k = {0};
  uint64_t result = 0;
  weir_status status = weir_engine_new(&config, &k.engine, NULL);
  if (status == WEIR_OK)
    status = weir_linker_new(k.engine, &k.linker, NULL);
  if (status == WEIR_OK)
    status = weir_component_new(k.engine, s->text, s->size, &k.component, NULL);
  if (status == WEIR_OK)
    status = weir_store_new(k.engine, NULL, &k.store, NULL);
  if (status == WEIR_OK)
    status = weir_instance_new(k.store, k.linker, k.component, &k.instance, NULL);
  if (status == WEIR_OK)
    status = run(&k, 8, 3, &result, NULL);
  assert_true(status != WEIR_OK || result == 'a' + 3);
  kit_close(&k);
  return status;
}

static void memory_may_run_out_anywhere(void **state) {
  (void)state;
  struct sweep s = {0};
  char *text = guest_text("adapters", &s.size);
  s.text = text;
  assert_true(fault_sweep(everything, &s) > 30);
  free(text);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(they_are_part_of_the_code),         cmocka_unit_test(artefacts_carry_them),
    cmocka_unit_test(limits_are_those_of_the_component), cmocka_unit_test(fuel_is_the_guests),
    cmocka_unit_test(holding_interceptors_meet_tasks),   cmocka_unit_test(memory_may_run_out_anywhere),
};

BEHAVIOUR_MAIN(tests)
