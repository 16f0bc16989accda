/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The hot path of a call allocates nothing: calls between two components, of every kind that returns at once, are made
 * many times inside the guest, and neither the engine's allocator nor the C library's is asked for more than a single
 * call asks for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/fault.h"
#include "weir/weir.h"

/* A callee and a caller that loops; %s: how the function is lifted, lowered and called. */
#define CALLER(lower, params, call)                                                                      \
  "(component $caller (import \"f\" (func $f " FUNC_TYPE                                                 \
  "))"                                                                                                   \
  " (core module $libc (memory (export \"mem\") 1)) (core instance $libc (instantiate $libc))"           \
  " (core module $m (import \"libc\" \"mem\" (memory 1)) (import \"\" \"f\" (func $f " params            \
  " (result i32)))"                                                                                      \
  "  (func (export \"run\") (param $n i32) (result i32) (local $i i32) (local $a i32)"                   \
  "   (loop $l " call                                                                                    \
  " (local.set $i (i32.add (local.get $i) (i32.const 1)))"                                               \
  "    (br_if $l (i32.lt_u (local.get $i) (local.get $n)))) (local.get $a)))"                            \
  " (canon lower (func $f) " lower                                                                       \
  " (memory (core memory $libc \"mem\")) (core func $fl))"                                               \
  " (core instance $i (instantiate $m (with \"libc\" (instance $libc))"                                  \
  "   (with \"\" (instance (export \"f\" (func $fl))))))"                                                \
  " (func (export \"run\") async (param \"n\" u32) (result u32) (canon lift (core func $i \"run\"))))"   \
  "(instance $a (instantiate $callee)) (instance $b (instantiate $caller (with \"f\" (func $a \"f\"))))" \
  "(func (export \"run\") (alias export $b \"run\")))"

#define ASYNC_CALLEE                                                                                      \
  "(component (component $callee"                                                                         \
  " (core module $m (import \"\" \"ret\" (func $ret (param i32)))"                                        \
  "  (func (export \"f\") (param i32 i32) (result i32) (call $ret (i32.add (local.get 0) (local.get 1)))" \
  "   (i32.const 0))"                                                                                     \
  "  (func (export \"cb\") (param i32 i32 i32) (result i32) unreachable))"                                \
  " (canon task.return (result u32) (core func $ret))"                                                    \
  " (core instance $i (instantiate $m (with \"\" (instance (export \"ret\" (func $ret))))))"              \
  " (func (export \"f\") " FUNC_TYPE " (canon lift (core func $i \"f\") async (callback (core func $i \"cb\")))))"

#define SYNC_CALLEE                                                                                            \
  "(component (component $callee"                                                                              \
  " (core module $m (func (export \"f\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))" \
  " (core instance $i (instantiate $m))"                                                                       \
  " (func (export \"f\") " FUNC_TYPE " (canon lift (core func $i \"f\"))))"

#define SYNC_CALL "(local.set $a (call $f (local.get $a) (i32.const 1)))"
#define ASYNC_CALL \
  "(drop (call $f (local.get $a) (i32.const 1) (i32.const 64))) (local.set $a (i32.load (i32.const 64)))"

/* What both allocators were asked for while the guest made `rounds` calls, behind `before` calls. */
static size_t allocations(const char *text, uint32_t before, uint32_t rounds) {
  struct fault counting;
  fault_init(&counting);
  weir_engine_config config = {.size = sizeof(weir_engine_config), .alloc = &counting.alloc};
  weir_engine *engine;
  weir_component *component;
  weir_store *store;
  weir_instance *instance;
  assert_int_equal(weir_engine_new(&config, &engine, NULL), WEIR_OK);
  assert_int_equal(weir_component_new(engine, text, strlen(text), &component, NULL), WEIR_OK);
  assert_int_equal(weir_store_new(engine, NULL, &store, NULL), WEIR_OK);
  assert_int_equal(weir_instance_new(store, NULL, component, &instance, NULL), WEIR_OK);
  const weir_func *run = weir_component_find_func(component, NULL, "run");
  size_t asked = 0;
  for (int warm = 1; warm >= 0; warm--) {
    weir_value n = {.kind = WEIR_VALUE_U32, .of.u32 = warm ? before : rounds}, result = {0};
    fault_arm(&counting, 0, false);
    fault_system_arm(0, false);
    assert_int_equal(weir_call_run(instance, run, &n, 1, &result, NULL), WEIR_OK);
    asked = counting.calls + fault_system_calls();
    assert_int_equal(result.of.u32, warm ? before : rounds);
  }
  weir_store_free(store);
  weir_component_free(component);
  weir_engine_free(engine);
  fault_done(&counting);
  return asked;
}

/* The first calls warm the pools up, and go through the runtime where adapters are made late. */
enum { FEW = 1, STILL_FEW = 50, MANY = 1000 };

static void assert_calls_allocate_nothing(const char *text) {
  assert_int_equal(allocations(text, FEW, 1), allocations(text, FEW, STILL_FEW));
  assert_int_equal(allocations(text, MANY, 1), allocations(text, MANY, MANY));
}

#define FUNC_TYPE "(param \"a\" u32) (param \"b\" u32) (result u32)"
static void synchronous_call_of_a_synchronous_function(void **state) {
  (void)state;
  assert_calls_allocate_nothing(SYNC_CALLEE CALLER("", "(param i32 i32)", SYNC_CALL));
}
#undef FUNC_TYPE

#define FUNC_TYPE "async (param \"a\" u32) (param \"b\" u32) (result u32)"
static void asynchronous_call_that_returns_at_once(void **state) {
  (void)state;
  assert_calls_allocate_nothing(ASYNC_CALLEE CALLER("async", "(param i32 i32 i32)", ASYNC_CALL));
}

static void synchronous_call_of_an_asynchronous_function(void **state) {
  (void)state;
  assert_calls_allocate_nothing(ASYNC_CALLEE CALLER("", "(param i32 i32)", SYNC_CALL));
}

static void asynchronous_call_of_a_function_lifted_synchronously(void **state) {
  (void)state;
  assert_calls_allocate_nothing(SYNC_CALLEE CALLER("async", "(param i32 i32 i32)", ASYNC_CALL));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(synchronous_call_of_a_synchronous_function),
      cmocka_unit_test(asynchronous_call_that_returns_at_once),
      cmocka_unit_test(synchronous_call_of_an_asynchronous_function),
      cmocka_unit_test(asynchronous_call_of_a_function_lifted_synchronously),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
