/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Adapters that come while a guest runs (src/runtime/late.h): results are the same before, while and after, and a guest
 * that calls seldom does without.
 */
#include "behaviour/behaviour.h"
#include "embed/state.h"
#include "support/fault.h"

enum { SLOW_RESULT = 7, ENOUGH = 300, FEW = 20 };

static uint32_t result_of(uint32_t calls) {
  return calls * (calls + 1) / 2 + SLOW_RESULT;
}

static bool adapters_are_there(weir_instance *handle) {
  static const struct eng_extern none;
  const struct eng_extern *flags = &instance_get(handle)->root->flags;
  return memcmp(flags->bits, none.bits, sizeof(none.bits)) != 0;
}

static weir_status run(weir_instance *instance, const weir_component *component, uint32_t calls) {
  weir_value arg = {.kind = WEIR_VALUE_U32, .of.u32 = calls}, result = {0};
  weir_status status =
      weir_call_run(instance, weir_component_find_func(component, NULL, "run"), &arg, 1, &result, NULL);
  assert_true(status != WEIR_OK || result.of.u32 == result_of(calls));
  return status;
}

static weir_status load(const weir_engine_config *config, weir_engine **engine, weir_component **component) {
  size_t size;
  char *text = guest_text("adapters-late", &size);
  weir_status status = weir_engine_new(config, engine, NULL);
  if (status == WEIR_OK)
    status = weir_component_new(*engine, text, size, component, NULL);
  free(text);
  return status;
}

static weir_status start(weir_engine *engine, const weir_component *component, weir_store **store,
                         weir_instance **instance) {
  weir_status status = weir_store_new(engine, NULL, store, NULL);
  return status == WEIR_OK ? weir_instance_new(*store, NULL, component, instance, NULL) : status;
}

static void check(bool pooling, uint32_t calls, bool expected) {
  weir_engine_config config = {.size = sizeof(config), .pooling = pooling, .fast_compile = true};
  weir_engine *engine;
  weir_component *component;
  weir_store *store;
  weir_instance *instance;
  must(load(&config, &engine, &component), NULL);
  must(start(engine, component, &store, &instance), NULL);
  must(run(instance, component, calls), NULL);
  assert_int_equal(adapters_are_there(instance), expected);
  assert_int_equal(weir_store_live_tasks(store), 0);
  weir_store_free(store);
  weir_component_free(component);
  weir_engine_free(engine);
}

static void they_come_between_calls(void **state) {
  (void)state;
  check(false, ENOUGH, true);
  check(true, ENOUGH, true);
}

static void a_guest_that_calls_seldom_does_without(void **state) {
  (void)state;
  check(false, FEW, false);
  check(true, FEW, false);
}

/* A store has room for one instance, and not for a second one. */
static void check_limit(weir_engine *engine, const weir_component *component, const weir_store_config *limits,
                        const char *words) {
  for (uint32_t calls = FEW; calls <= ENOUGH; calls += ENOUGH - FEW) {
    weir_store *store;
    weir_instance *instance, *second;
    weir_error *error = NULL;
    must(weir_store_new(engine, limits, &store, NULL), NULL);
    must(weir_instance_new(store, NULL, component, &instance, NULL), NULL);
    must(run(instance, component, calls), NULL);
    assert_int_equal(adapters_are_there(instance), calls == ENOUGH);
    assert_int_equal(weir_instance_new(store, NULL, component, &second, &error), WEIR_ERR_LIMIT);
    assert_non_null(strstr(weir_error_message(error), words));
    weir_error_free(error);
    weir_store_free(store);
  }
}

/* Three core modules with one memory are the component's own. */
static void they_count_in_no_limit(void **state) {
  (void)state;
  weir_engine *engine;
  weir_component *component;
  must(load(NULL, &engine, &component), NULL);
  weir_store_config instances = {.size = sizeof(instances), .max_instances = 5};
  check_limit(engine, component, &instances, "max_instances is 5");
  weir_store_config memories = {.size = sizeof(memories), .max_memories = 1, .max_memory_bytes = 65536};
  check_limit(engine, component, &memories, "max_memories is 1");
  weir_component_free(component);
  weir_engine_free(engine);
}

static weir_status everything(const struct weir_alloc *alloc, void *ctx) {
  weir_engine_config config = {.size = sizeof(config), .alloc = alloc, .fast_compile = true};
  weir_engine *engine = NULL;
  weir_component *component = NULL;
  weir_store *store = NULL;
  weir_instance *instance = NULL;
  (void)ctx;
  weir_status status = load(&config, &engine, &component);
  if (status == WEIR_OK)
    status = start(engine, component, &store, &instance);
  if (status == WEIR_OK)
    status = run(instance, component, ENOUGH);
  weir_store_free(store);
  weir_component_free(component);
  weir_engine_free(engine);
  return status;
}

static void memory_may_run_out_while_they_come(void **state) {
  (void)state;
  assert_true(fault_sweep(everything, NULL) > 30);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(they_come_between_calls),
    cmocka_unit_test(a_guest_that_calls_seldom_does_without),
    cmocka_unit_test(they_count_in_no_limit),
    cmocka_unit_test(memory_may_run_out_while_they_come),
};

BEHAVIOUR_MAIN(tests)
