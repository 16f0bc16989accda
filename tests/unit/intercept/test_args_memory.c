/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Memory runs out where arguments of a host function are copied, since an interceptor is shown them again: the call
 * fails for want of memory, not as if the host's function had failed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/fault.h"
#include "weir/intercept.h"
#include "weir/weir.h"

static const char guest[] =
    "(component (import \"take\" (func $take (param \"a\" string) (param \"b\" (list string))))"
    " (core module $Memory (memory (export \"m\") 1) (data (i32.const 0) \"\\10\\00\\00\\00\\03\\00\\00\\00one\"))"
    " (core instance $memory (instantiate $Memory))"
    " (core func $take' (canon lower (func $take) (memory (core memory $memory \"m\"))))"
    " (core module $M (import \"\" \"take\" (func $take (param i32 i32 i32 i32)))"
    "  (func (export \"run\") (call $take (i32.const 16) (i32.const 3) (i32.const 0) (i32.const 1))))"
    " (core instance $i (instantiate $M (with \"\" (instance (export \"take\" (func $take'))))))"
    " (func (export \"run\") (canon lift (core func $i \"run\"))))";

static int taken, told;

static void take(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data;
  assert_int_equal(count, 2);
  assert_int_equal(args[1].of.list.count, 1);
  taken++;
  weir_host_call_return(call, NULL, NULL);
}

static weir_verdict after(void *data, weir_crossing *crossing) {
  (void)data, (void)crossing;
  told++;
  return WEIR_GO_ON;
}

static void must(weir_status status) {
  assert_int_equal(status, WEIR_OK);
}

/* Request k fails, once. *ret_more: there are more of them. */
static weir_status run_with(weir_engine *engine, weir_linker *linker, weir_component *component, size_t k,
                            bool *ret_more) {
  static const weir_interceptor listener = {.size = sizeof(weir_interceptor), .after_import = after};
  weir_store *store;
  weir_instance *instance;
  weir_error *error = NULL;
  must(weir_store_new(engine, NULL, &store, NULL));
  must(weir_store_intercept(store, &listener, NULL, NULL));
  must(weir_instance_new(store, linker, component, &instance, NULL));
  const weir_func *run = weir_component_find_func(component, NULL, "run");
  fault_system_arm(k, false);
  weir_status status = weir_call_run(instance, run, NULL, 0, NULL, &error);
  *ret_more = fault_system_calls() >= k;
  fault_system_arm(0, false);
  weir_error_free(error);
  weir_store_free(store);
  return status;
}

static void out_of_memory_is_told_as_that(void **state) {
  (void)state;
  weir_engine *engine;
  weir_linker *linker;
  weir_component *component;
  bool more = true;
  int failures = 0;
  must(weir_engine_new(NULL, &engine, NULL));
  must(weir_linker_new(engine, &linker, NULL));
  must(weir_linker_define_func(linker, NULL, "take", "func(a: string, b: list<string>)", take, NULL, NULL, NULL));
  must(weir_component_new(engine, guest, sizeof(guest) - 1, &component, NULL));
  for (size_t k = 1; more; k++) {
    weir_status status = run_with(engine, linker, component, k, &more);
    failures += status == WEIR_ERR_NOMEM;
    if (status != WEIR_OK && status != WEIR_ERR_NOMEM)
      fail_msg("request %zu: %s", k, weir_status_name(status));
  }
  assert_true(failures >= 6); /* two strings and a list of one, lifted and copied */
  assert_true(taken > 0 && told == taken);
  weir_component_free(component);
  weir_linker_free(linker);
  weir_engine_free(engine);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(out_of_memory_is_told_as_that)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
