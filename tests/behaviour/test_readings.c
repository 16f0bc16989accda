/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Each rule that later texts change sits behind one switch: both readings of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/weir.h"

/* A parent that calls a function of its child. */
static const char parent_calls_child[] =
    "(component (component $Child (core module $m (func (export \"f\") (result i32) (i32.const 7)))"
    "  (core instance $i (instantiate $m)) (func (export \"f\") (result u32) (canon lift (core func $i \"f\"))))"
    " (instance $child (instantiate $Child)) (canon lower (func $child \"f\") (core func $f))"
    " (core module $m (import \"\" \"f\" (func $f (result i32))) (func (export \"g\") (result i32) (call $f)))"
    " (core instance $i (instantiate $m (with \"\" (instance (export \"f\" (func $f))))))"
    " (func (export \"g\") (result u32) (canon lift (core func $i \"g\"))))";

static const char cancellable_yield[] =
    "(component (core module $m (import \"\" \"y\" (func (result i32))))"
    " (canon thread.yield cancellable (core func $y))"
    " (core instance $i (instantiate $m (with \"\" (instance (export \"y\" (func $y)))))))";

static weir_status load(const char *text, uint32_t readings, weir_engine **engine, weir_component **component) {
  weir_engine_config config = {.size = sizeof(weir_engine_config),
                               .readings = readings,
                               .features = WEIR_FEATURES_RELEASED | WEIR_FEATURE_ASYNC_STACKFUL |
                                           WEIR_FEATURE_MORE_ASYNC_BUILTINS | WEIR_FEATURE_THREADING};
  assert_int_equal(weir_engine_new(&config, engine, NULL), WEIR_OK);
  return weir_component_new(*engine, text, strlen(text), component, NULL);
}

static weir_status call_g(uint32_t readings, uint32_t *ret) {
  weir_engine *engine;
  weir_component *component;
  weir_store *store;
  weir_instance *instance;
  weir_value result = {0};
  assert_int_equal(load(parent_calls_child, readings, &engine, &component), WEIR_OK);
  assert_int_equal(weir_store_new(engine, NULL, &store, NULL), WEIR_OK);
  assert_int_equal(weir_instance_new(store, NULL, component, &instance, NULL), WEIR_OK);
  weir_status status = weir_call_run(instance, weir_component_find_func(component, NULL, "g"), NULL, 0, &result, NULL);
  *ret = result.of.u32;
  weir_store_free(store);
  weir_component_free(component);
  weir_engine_free(engine);
  return status;
}

static void call_between_parent_and_child_traps(void **state) {
  (void)state;
  uint32_t result;
  assert_int_equal(call_g(0, &result), WEIR_ERR_TRAP);
}

static void call_between_parent_and_child_enters_with_reentrance(void **state) {
  (void)state;
  uint32_t result;
  assert_int_equal(call_g(WEIR_READING_REENTRANCE, &result), WEIR_OK);
  assert_int_equal(result, 7);
}

static weir_status load_yield(uint32_t readings) {
  weir_engine *engine;
  weir_component *component = NULL;
  weir_status status = load(cancellable_yield, readings, &engine, &component);
  weir_component_free(component);
  weir_engine_free(engine);
  return status;
}

static void cancellable_is_taken_or_refused(void **state) {
  (void)state;
  assert_int_equal(load_yield(0), WEIR_OK);
  assert_int_equal(load_yield(WEIR_READING_NO_CANCELLABLE), WEIR_ERR_INVALID);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(call_between_parent_and_child_traps),
      cmocka_unit_test(call_between_parent_and_child_enters_with_reentrance),
      cmocka_unit_test(cancellable_is_taken_or_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
