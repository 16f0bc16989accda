/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Stores: fuel and deadlines, on the caller's stack and on suspendable ones, and the limits of a store. */
#include "engine/fixture.h"

static const char guest_text[] =
    "(module (import \"h\" \"wait\" (func $wait (param i32) (result i32)))"
    " (func (export \"spin\") (param i32) (result i32) (loop $l (br $l)) (i32.const 0))"
    " (func (export \"count\") (param i32) (result i32)"
    "   (loop $l (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $l (local.get 0))) (i32.const 5))"
    " (func (export \"wait\") (param i32) (result i32) (call $wait (local.get 0)))"
    " (func (export \"wait_spin\") (param i32) (result i32) (drop (call $wait (i32.const 0))) (loop $l (br $l))"
    "   (i32.const 0)))";

struct host {
  struct eng_host base;
  struct eng_store *s;
  uint64_t left; /* what the guest had left when it called */
};

struct world {
  struct fixture f;
  struct host host;
  struct eng_instance i;
  struct eng_func target;
  int32_t arg;
  weir_status status;
  struct diag d;
};

static struct wasm_trap_t *host_wait(struct eng_host *base, union eng_val *vals) {
  struct host *h = (struct host *)(void *)base;
  (void)vals;
  eng_store_fuel(h->s, &h->left);
  return eng_suspend(h->s) == WEIR_OK ? NULL : trap_of("dropped");
}

static void world_init(struct world *w, const struct eng_config *config) {
  memset(w, 0, sizeof(*w));
  w->f = fixture_new(config);
  w->host = (struct host){.base = {host_wait}, .s = w->f.s};
  diag_init(&w->d);
  struct eng_extern import = host_of(w->f.s, &w->host.base, 1, 1);
  if (config->fuel)
    assert_int_equal(eng_store_set_fuel(w->f.s, 1000), WEIR_OK);
  w->i = instance_of(&w->f, guest_text, &import, 1);
}

static void world_done(struct world *w) {
  diag_done(&w->d);
  fixture_free(&w->f);
}

static void body(void *arg) {
  struct world *w = arg;
  union eng_val val = {.i32 = w->arg};
  w->status = eng_call(w->f.s, &w->target, &val, 1, &w->d);
}

static struct eng_stack *start(struct world *w, const char *name, int32_t arg) {
  struct eng_stack *stack = NULL;
  w->target = func_named(w->f.s, &w->i, name);
  w->arg = arg;
  w->status = WEIR_OK;
  diag_done(&w->d);
  assert_int_equal(eng_stack_start(w->f.s, body, w, &stack, NULL), WEIR_OK);
  return stack;
}

static uint64_t fuel_of(struct world *w) {
  uint64_t fuel = 0;
  assert_int_equal(eng_store_fuel(w->f.s, &fuel), WEIR_OK);
  return fuel;
}

/* The words are Wasmtime's: by them src/engine tells such an end from a trap of the guest's. */
static void expect_end(const struct world *w, weir_status status, const char *words) {
  assert_int_equal(w->status, status);
  if (strncmp(diag_message(&w->d), words, strlen(words)) != 0)
    fail_msg("%s", diag_message(&w->d));
}

static void expect_out_of_fuel(const struct world *w) {
  expect_end(w, WEIR_ERR_LIMIT, "wasm trap: all fuel consumed by WebAssembly (");
}

static void expect_deadline(const struct world *w) {
  expect_end(w, WEIR_ERR_TIMEOUT, "wasm trap: interrupt (");
}

static void fuel_bounds_a_spinning_guest(void **state) {
  (void)state;
  struct world w;
  world_init(&w, &(struct eng_config){.fuel = true});
  assert_null(start(&w, "spin", 0));
  expect_out_of_fuel(&w);
  assert_int_equal(fuel_of(&w), 0);
  eng_store_set_fuel(w.f.s, 1000);
  assert_null(start(&w, "count", 10));
  assert_int_equal(w.status, WEIR_OK);
  world_done(&w);
}

static void stacks_cost_a_guest_no_fuel(void **state) {
  (void)state;
  struct world w;
  world_init(&w, &(struct eng_config){.fuel = true});
  w.target = func_named(w.f.s, &w.i, "count");
  w.arg = 20;
  eng_store_set_fuel(w.f.s, 1000);
  body(&w);
  uint64_t direct = 1000 - fuel_of(&w);
  assert_true(direct > 20);
  for (int i = 0; i < 3; i++) {
    eng_store_set_fuel(w.f.s, 1000);
    assert_null(start(&w, "count", 20));
    assert_int_equal(1000 - fuel_of(&w), direct);
  }
  world_done(&w);
}

/* Suspending needs no fuel, and gives none. */
static void a_guest_without_fuel_still_suspends_and_is_dropped(void **state) {
  (void)state;
  struct world w;
  world_init(&w, &(struct eng_config){.fuel = true});
  eng_store_set_fuel(w.f.s, 1000);
  struct eng_stack *stack = start(&w, "wait", 0);
  uint64_t used = 1000 - fuel_of(&w);
  eng_stack_drop(stack);
  eng_store_set_fuel(w.f.s, used + 1);
  stack = start(&w, "wait_spin", 0);
  assert_non_null(stack);
  uint64_t left = fuel_of(&w);
  assert_true(left <= used + 1);
  assert_int_equal(w.host.left, left);
  assert_true(eng_stack_resume(stack));
  expect_out_of_fuel(&w);
  eng_store_set_fuel(w.f.s, 0);
  assert_null(start(&w, "count", 5));
  expect_out_of_fuel(&w);
  world_done(&w);
}

static void a_deadline_ends_a_spinning_guest_only_when_it_is_set(void **state) {
  (void)state;
  struct world w;
  world_init(&w, &(struct eng_config){.epochs = true});
  eng_tick(w.f.e);
  eng_tick(w.f.e);
  assert_null(start(&w, "count", 5));
  assert_int_equal(w.status, WEIR_OK);
  eng_store_set_deadline(w.f.s, 1);
  assert_null(start(&w, "count", 5));
  assert_int_equal(w.status, WEIR_OK);
  eng_tick(w.f.e);
  assert_null(start(&w, "spin", 5));
  expect_deadline(&w);
  eng_store_set_deadline(w.f.s, UINT64_MAX);
  eng_tick(w.f.e);
  assert_null(start(&w, "count", 5));
  assert_int_equal(w.status, WEIR_OK);
  world_done(&w);
}

static void a_deadline_passes_while_a_guest_is_suspended(void **state) {
  (void)state;
  struct world w;
  world_init(&w, &(struct eng_config){.epochs = true});
  eng_store_set_deadline(w.f.s, 2);
  struct eng_stack *stack = start(&w, "wait_spin", 0);
  for (int i = 0; i < 3; i++)
    eng_tick(w.f.e);
  assert_true(eng_stack_resume(stack));
  expect_deadline(&w);
  world_done(&w);
}

static void fuel_of_an_engine_without_fuel_is_misuse(void **state) {
  (void)state;
  struct world w;
  uint64_t fuel = 7;
  world_init(&w, &(struct eng_config){.fuel = false});
  assert_int_equal(eng_store_set_fuel(w.f.s, 1), WEIR_ERR_MISUSE);
  assert_int_equal(eng_store_fuel(w.f.s, &fuel), WEIR_ERR_MISUSE);
  assert_int_equal(fuel, 7);
  world_done(&w);
}

static weir_status instantiate_under(const struct eng_store_limits *limits, const char *text, struct diag *d) {
  struct fixture f = fixture_new(NULL);
  struct eng_store *s = NULL;
  struct eng_instance i;
  struct eng_stack *stack = NULL;
  assert_int_equal(eng_store_new(f.e, limits, &s, NULL), WEIR_OK);
  struct eng_module *m = module_of(f.e, text);
  weir_status status = eng_instantiate(s, m, NULL, 0, &i, d);
  if (status == WEIR_OK && limits->instances == 1) {
    /* the runner is not counted */
    struct world w = {.f = {f.e, s}};
    w.target = func_named(s, &i, "f");
    diag_init(&w.d);
    assert_int_equal(eng_stack_start(s, body, &w, &stack, NULL), WEIR_OK);
    assert_int_equal(w.status, WEIR_OK);
    status = eng_instantiate(s, m, NULL, 0, &i, d);
  }
  eng_module_unref(m);
  eng_store_free(s);
  fixture_free(&f);
  return status;
}

static void limits_of_a_store_hold(void **state) {
  (void)state;
  static const struct {
    struct eng_store_limits limits;
    const char *text;
    weir_status status;
  } cases[] = {
      {{.memory_bytes = 65536}, "(module (memory 1))", WEIR_OK},
      {{.memory_bytes = 65536}, "(module (memory 2))", WEIR_ERR_LIMIT},
      {{.table_elements = 10}, "(module (table 11 funcref))", WEIR_ERR_LIMIT},
      {{.memories = 1}, "(module (memory 1) (memory 1))", WEIR_ERR_LIMIT},
      {{.tables = 1}, "(module (table 1 funcref) (table 1 funcref))", WEIR_ERR_LIMIT},
      {{.instances = 1}, "(module (func (export \"f\") (param i32) (result i32) (i32.const 1)))", WEIR_ERR_LIMIT},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct diag d;
    diag_init(&d);
    weir_status status = instantiate_under(&cases[i].limits, cases[i].text, &d);
    if (status != cases[i].status)
      fail_msg("case %zu: %d %s", i, status, diag_message(&d));
    diag_done(&d);
  }
}

static void a_memory_does_not_grow_beyond_its_limit(void **state) {
  (void)state;
  struct fixture f = fixture_new(NULL);
  const struct eng_store_limits limits = {.memory_bytes = 3 << 16};
  eng_store_free(f.s);
  assert_int_equal(eng_store_new(f.e, &limits, &f.s, NULL), WEIR_OK);
  struct eng_instance i = instance_of(
      &f, "(module (memory 1) (func (export \"g\") (param i32) (result i32) (memory.grow (local.get 0))))", NULL, 0);
  struct eng_func g = func_named(f.s, &i, "g");
  assert_int_equal(call_i32(f.s, &g, 2), 1);
  assert_int_equal(call_i32(f.s, &g, 1), -1);
  fixture_free(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(fuel_bounds_a_spinning_guest),
                                     cmocka_unit_test(stacks_cost_a_guest_no_fuel),
                                     cmocka_unit_test(a_guest_without_fuel_still_suspends_and_is_dropped),
                                     cmocka_unit_test(a_deadline_ends_a_spinning_guest_only_when_it_is_set),
                                     cmocka_unit_test(a_deadline_passes_while_a_guest_is_suspended),
                                     cmocka_unit_test(fuel_of_an_engine_without_fuel_is_misuse),
                                     cmocka_unit_test(limits_of_a_store_hold),
                                     cmocka_unit_test(a_memory_does_not_grow_beyond_its_limit)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
