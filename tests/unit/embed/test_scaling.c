/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * No built-in, no host function and no step does work that grows with what a guest has open: the same row with four
 * times as many items takes four times as many steps of the runtime (rt_store.steps), not sixteen times as many.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "embed/state.h"
#include "support/many.h"

enum { FEW = 100, MANY = 400 };

static void must(weir_status status) {
  assert_int_equal(status, WEIR_OK);
}

static uint64_t steps_of(const struct many_row *row, uint32_t n) {
  struct many m;
  many_open(&m, WEIR_SOURCE_DIR "/tests/support/many.wat");
  struct rt_store *rt = &store_get(m.store)->rt;
  uint64_t before = rt->steps;
  many_run(&m, row, n);
  assert_int_equal(rt->live_tasks, 0);
  uint64_t steps = rt->steps - before;
  many_close(&m);
  return steps;
}

static void work_grows_with_the_number_of_items_and_no_faster(void **state) {
  (void)state;
  for (int i = 0; i < MANY_ROWS; i++) {
    uint64_t few = steps_of(&many_rows[i], FEW), many = steps_of(&many_rows[i], MANY);
    if (many > 5 * few + 50)
      fail_msg("%s: %llu steps for %d items, %llu for %d", many_rows[i].name, (unsigned long long)few, FEW,
               (unsigned long long)many, MANY);
  }
}

/* ---- held stacks ------------------------------------------------------------------------------------------------- */

static const char held_guest[] =
    "(component (import \"wait\" (func $wait)) (core func $wait' (canon lower (func $wait)))"
    " (core func $return (canon task.return))"
    " (core module $m (import \"\" \"wait\" (func $wait)) (import \"\" \"return\" (func $return))"
    "  (func (export \"f\") (call $wait) (call $return)))"
    " (core instance $i (instantiate $m (with \"\" (instance (export \"wait\" (func $wait'))"
    "  (export \"return\" (func $return))))))"
    " (func (export \"f\") async (canon lift (core func $i \"f\") async)))";

static void keep_call(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct many *m = data;
  (void)args, (void)count;
  m->calls[m->call_count++] = call;
}

/* Each call is answered in a step of its own, while all behind it are still held. */
static uint64_t steps_of_held(uint32_t n) {
  weir_engine_config config = {.size = sizeof(config), .features = 0x1ff};
  struct many m = {.calls = calloc(n, sizeof(*m.calls))};
  must(weir_engine_new(&config, &m.engine, NULL));
  must(weir_component_new(m.engine, held_guest, sizeof(held_guest) - 1, &m.component, NULL));
  must(weir_linker_new(m.engine, &m.linker, NULL));
  must(weir_linker_define_func(m.linker, NULL, "wait", "func()", keep_call, &m, NULL, NULL));
  must(weir_linker_let_wait(m.linker, NULL, "wait", NULL));
  must(weir_store_new(m.engine, NULL, &m.store, NULL));
  must(weir_instance_new(m.store, m.linker, m.component, &m.instance, NULL));
  const weir_func *func = weir_component_find_func(m.component, NULL, "f");
  weir_call *call;
  for (uint32_t i = 0; i < n; i++) {
    must(weir_call_start(m.instance, func, NULL, 0, NULL, NULL, &call, NULL));
    weir_call_free(call);
    weir_store_step(m.store);
  }
  assert_int_equal(m.call_count, n);
  struct rt_store *rt = &store_get(m.store)->rt;
  for (uint32_t i = 0; i < n; i++) {
    weir_host_call_return(m.calls[i], NULL, NULL);
    while (weir_store_step(m.store) == WEIR_STEP_READY)
      ;
  }
  assert_int_equal(rt->live_tasks, 0);
  uint64_t steps = rt->steps;
  many_close(&m);
  return steps;
}

static void a_step_does_not_ask_what_hosts_hold(void **state) {
  (void)state;
  uint64_t few = steps_of_held(FEW), many = steps_of_held(MANY);
  if (many > 5 * few + 50)
    fail_msg("%llu steps for %d, %llu for %d", (unsigned long long)few, FEW, (unsigned long long)many, MANY);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(work_grows_with_the_number_of_items_and_no_faster),
                                     cmocka_unit_test(a_step_does_not_ask_what_hosts_hold)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
