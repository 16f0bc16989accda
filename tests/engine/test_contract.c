/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The contract with the engine about several suspended calls in one store. Wasmtime's C API promises one; weir relies
 * on more, so each property that it relies on is proved here, on stacks made on demand and on pooled ones.
 */
#include "engine/fixture.h"

#include <pthread.h>
#include <stdlib.h>

enum { JOBS = 500, ROUNDS = 20 };

static const char guest_text[] =
    "(module $guest"
    " (import \"h\" \"wait\" (func $wait (param i32) (result i32)))"
    " (import \"h\" \"start\" (func $start (param i32) (result i32)))"
    " (import \"h\" \"touch\" (func $touch (param i32) (result i32)))"
    " (memory (export \"m\") 1)"
    " (func (export \"plus\") (param i32) (result i32) (i32.add (call $wait (local.get 0)) (i32.const 1)))"
    " (func $deep (export \"deep\") (param i32) (result i32) (call $down (i32.const 100) (local.get 0)))"
    " (func $down (param i32 i32) (result i32) (if (result i32) (i32.eqz (local.get 0))"
    "   (then (call $wait (local.get 1)))"
    "   (else (i32.add (call $down (i32.sub (local.get 0) (i32.const 1)) (local.get 1)) (i32.const 1)))))"
    " (func $fall (export \"fall\") (param i32) (result i32) (drop (call $wait (local.get 0))) unreachable)"
    " (func (export \"outer\") (param i32) (result i32) (drop (call $start (local.get 0)))"
    "   (drop (call $wait (local.get 0))) (call $touch (local.get 0)))"
    " (func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0)))"
    " (func (export \"echo\") (param i32) (result i32) (local.get 0)))";

struct world;
struct job {
  struct world *w;
  struct eng_func f;
  int32_t arg, result;
  struct eng_stack *stack;
  weir_status status;
  struct diag d;
  bool ended;
};

struct host {
  struct eng_host base;
  struct world *w;
};

struct world {
  struct fixture f;
  struct host wait, start, touch;
  struct eng_func plus, deep, fall, outer, grow, echo;
  struct job jobs[JOBS], inner[JOBS];
  int dropped;          /* host calls that saw WEIR_ERR_CANCELLED */
  bool touch_drops;     /* what "touch" does with an inner job: drop or resume it */
  bool probe_cancelled; /* try to enter wasm from a dropped stack */
};

static struct world *world_of(struct eng_host *host) {
  return ((struct host *)(void *)host)->w;
}

static void job_body(void *arg) {
  struct job *j = arg;
  union eng_val val = {.i32 = j->arg};
  j->status = eng_call(j->w->f.s, &j->f, &val, 1, &j->d);
  j->result = val.i32;
  j->ended = true;
}

static void job_start(struct world *w, struct job *j, const struct eng_func *f, int32_t arg) {
  struct diag d;
  memset(j, 0, sizeof(*j));
  diag_init(&j->d);
  diag_init(&d);
  j->w = w;
  j->f = *f;
  j->arg = arg;
  expect_ok(eng_stack_start(w->f.s, job_body, j, &j->stack, &d), &d);
}

/* A dropped stack may not enter wasm again, by no door. */
static void probe_cancelled(struct world *w) {
  union eng_val val = {.i32 = 1};
  struct diag d;
  diag_init(&d);
  assert_int_equal(eng_call(w->f.s, &w->echo, &val, 1, &d), WEIR_ERR_CANCELLED);
  assert_int_equal(d.status, WEIR_ERR_CANCELLED);
  diag_done(&d);
  assert_int_equal(eng_suspend(w->f.s), WEIR_ERR_CANCELLED);
  struct eng_module *m = module_of(w->f.e, "(module)");
  struct eng_instance i;
  assert_int_equal(eng_instantiate(w->f.s, m, NULL, 0, &i, NULL), WEIR_ERR_CANCELLED);
  eng_module_unref(m);
}

static struct wasm_trap_t *host_wait(struct eng_host *host, union eng_val *vals) {
  struct world *w = world_of(host);
  struct eng_stack *me = eng_stack_current(w->f.s);
  int32_t arg = vals[0].i32;
  volatile int32_t on_stack = arg * 7;
  if (eng_suspend(w->f.s) != WEIR_OK) {
    w->dropped++;
    if (w->probe_cancelled)
      probe_cancelled(w);
    return trap_of("dropped");
  }
  assert_int_equal(on_stack, arg * 7);
  assert_ptr_equal(eng_stack_current(w->f.s), me);
  vals[0].i32 = arg * 3;
  return NULL;
}

static struct wasm_trap_t *host_start(struct eng_host *host, union eng_val *vals) {
  struct world *w = world_of(host);
  struct eng_stack *me = eng_stack_current(w->f.s);
  struct job *j = &w->inner[vals[0].i32];
  job_start(w, j, &w->plus, vals[0].i32);
  assert_non_null(j->stack);
  assert_ptr_equal(eng_stack_current(w->f.s), me);
  return NULL;
}

static struct wasm_trap_t *host_touch(struct eng_host *host, union eng_val *vals) {
  struct world *w = world_of(host);
  struct job *j = &w->inner[vals[0].i32];
  if (w->touch_drops)
    eng_stack_drop(j->stack);
  else
    assert_true(eng_stack_resume(j->stack));
  assert_true(j->ended);
  assert_int_equal(call_i32(w->f.s, &w->echo, 5), 5);
  return NULL;
}

static void host_init(struct world *w, struct host *h, eng_host_fn fn) {
  h->base.fn = fn;
  h->w = w;
}

static struct world *world_new(const struct eng_config *config) {
  struct world *w = calloc(1, sizeof(*w));
  assert_non_null(w);
  w->f = fixture_new(config);
  host_init(w, &w->wait, host_wait);
  host_init(w, &w->start, host_start);
  host_init(w, &w->touch, host_touch);
  struct eng_extern imports[3] = {host_of(w->f.s, &w->wait.base, 1, 1), host_of(w->f.s, &w->start.base, 1, 1),
                                  host_of(w->f.s, &w->touch.base, 1, 1)};
  struct eng_instance i = instance_of(&w->f, guest_text, imports, 3);
  w->plus = func_named(w->f.s, &i, "plus");
  w->deep = func_named(w->f.s, &i, "deep");
  w->fall = func_named(w->f.s, &i, "fall");
  w->outer = func_named(w->f.s, &i, "outer");
  w->grow = func_named(w->f.s, &i, "grow");
  w->echo = func_named(w->f.s, &i, "echo");
  return w;
}

static int setup_on_demand(void **state) {
  *state = world_new(NULL);
  return 0;
}

static int setup_pooled(void **state) {
  const struct eng_config config = {.pooling = true};
  *state = world_new(&config);
  return 0;
}

static int teardown(void **state) {
  struct world *w = *state;
  fixture_free(&w->f);
  for (int i = 0; i < JOBS; i++) {
    diag_done(&w->jobs[i].d);
    diag_done(&w->inner[i].d);
  }
  free(w);
  return 0;
}

static void shuffle(int *order, unsigned *seed) {
  for (int i = 0; i < JOBS; i++)
    order[i] = i;
  for (int i = JOBS - 1; i > 0; i--) {
    int j = rand_r(seed) % (i + 1), x = order[i];
    order[i] = order[j];
    order[j] = x;
  }
}

static void job_check(const struct job *j, int kind) {
  assert_true(j->ended);
  if (kind == 2) {
    assert_int_equal(j->status, WEIR_ERR_TRAP);
    assert_string_equal(diag_message(&j->d), "wasm trap: wasm `unreachable` instruction executed");
    return;
  }
  assert_int_equal(j->status, WEIR_OK);
  assert_int_equal(j->result, j->arg * 3 + (kind == 0 ? 1 : 100));
}

static void one_round(struct world *w, unsigned *seed) {
  const struct eng_func *kinds[3] = {&w->plus, &w->deep, &w->fall};
  int order[JOBS];
  for (int i = 0; i < JOBS; i++) {
    job_start(w, &w->jobs[i], kinds[i % 3], i);
    assert_non_null(w->jobs[i].stack);
    assert_int_equal(call_i32(w->f.s, &w->echo, i), i);
  }
  assert_int_equal(eng_stack_suspended(w->f.s), JOBS);
  assert_true(call_i32(w->f.s, &w->grow, 1) > 0);
  shuffle(order, seed);
  for (int q = 0; q < JOBS; q++) {
    struct job *j = &w->jobs[order[q]];
    if (q % 7 == 3) {
      int before = w->dropped;
      eng_stack_drop(j->stack);
      assert_int_equal(w->dropped, before + 1);
      assert_int_equal(j->status, WEIR_ERR_TRAP);
    } else {
      assert_true(eng_stack_resume(j->stack));
      job_check(j, order[q] % 3);
    }
    diag_done(&j->d);
  }
  assert_int_equal(eng_stack_suspended(w->f.s), 0);
}

static void suspended_jobs_resume_trap_and_are_dropped_in_any_order(void **state) {
  unsigned seed = 1;
  for (int round = 0; round < ROUNDS; round++)
    one_round(*state, &seed);
}

static void a_job_starts_other_jobs_from_its_host_calls(void **state) {
  struct world *w = *state;
  int order[JOBS];
  unsigned seed = 2;
  for (int i = 0; i < JOBS; i++)
    job_start(w, &w->jobs[i], &w->outer, i);
  assert_int_equal(eng_stack_suspended(w->f.s), 2 * JOBS);
  shuffle(order, &seed);
  for (int q = 0; q < JOBS; q++) {
    struct job *j = &w->jobs[order[q]];
    w->touch_drops = q % 2 == 1;
    assert_true(eng_stack_resume(j->stack));
    assert_int_equal(j->status, WEIR_OK);
    assert_int_equal(w->inner[order[q]].status, w->touch_drops ? WEIR_ERR_TRAP : WEIR_OK);
    if (!w->touch_drops)
      assert_int_equal(w->inner[order[q]].result, order[q] * 3 + 1);
  }
  assert_int_equal(eng_stack_suspended(w->f.s), 0);
  assert_int_equal(w->dropped, JOBS / 2);
}

static void a_dropped_stack_cannot_enter_wasm_again(void **state) {
  struct world *w = *state;
  w->probe_cancelled = true;
  job_start(w, &w->jobs[0], &w->deep, 1);
  job_start(w, &w->jobs[1], &w->plus, 2);
  eng_stack_drop(w->jobs[0].stack);
  assert_int_equal(w->dropped, 1);
  assert_string_equal(diag_message(&w->jobs[0].d), "dropped");
  assert_true(eng_stack_resume(w->jobs[1].stack));
  assert_int_equal(w->jobs[1].result, 7);
}

static void traps_show_the_frames_of_their_own_stack_only(void **state) {
  struct world *w = *state;
  job_start(w, &w->jobs[0], &w->fall, 0);
  assert_true(eng_stack_resume(w->jobs[0].stack));
  const char *trace = w->jobs[0].d.backtrace;
  assert_non_null(trace);
  assert_ptr_equal(strstr(trace, "0: guest!fall @ 0x"), trace);
  assert_null(strchr(trace, '\n'));
}

static void a_job_that_does_not_wait_ends_at_once_and_its_stack_is_kept(void **state) {
  struct world *w = *state;
  for (int i = 0; i < 1000; i++) {
    job_start(w, &w->jobs[0], &w->echo, i);
    assert_null(w->jobs[0].stack);
    assert_int_equal(w->jobs[0].result, i);
    assert_int_equal(eng_stack_kept(w->f.s), 1);
  }
}

static void only_so_many_stacks_are_kept(void **state) {
  struct world *w = *state;
  for (int i = 0; i < JOBS; i++)
    job_start(w, &w->jobs[i], &w->plus, i);
  for (int i = 0; i < JOBS; i++)
    assert_true(eng_stack_resume(w->jobs[i].stack));
  assert_int_equal(eng_stack_kept(w->f.s), 64);
}

static void a_store_is_freed_with_suspended_stacks(void **state) {
  struct world *w = *state;
  for (int i = 0; i < JOBS; i++)
    job_start(w, &w->jobs[i], i % 2 ? &w->deep : &w->plus, i);
  eng_store_free(w->f.s);
  assert_int_equal(w->dropped, JOBS);
  for (int i = 0; i < JOBS; i++)
    assert_true(w->jobs[i].ended);
  w->f.s = NULL;
}

static void *resume_elsewhere(void *arg) {
  struct job *j = arg;
  return eng_stack_resume(j->stack) ? j : NULL;
}

static void a_suspended_job_goes_on_in_another_thread(void **state) {
  struct world *w = *state;
  pthread_t thread;
  void *seen = NULL;
  job_start(w, &w->jobs[0], &w->deep, 4);
  assert_int_equal(pthread_create(&thread, NULL, resume_elsewhere, &w->jobs[0]), 0);
  assert_int_equal(pthread_join(thread, &seen), 0);
  assert_ptr_equal(seen, &w->jobs[0]);
  assert_int_equal(w->jobs[0].result, 112);
  assert_int_equal(call_i32(w->f.s, &w->echo, 3), 3);
}

/* ---- start functions that wait ---------------------------------------------------------------------------------- */

struct start_job {
  struct world *w;
  struct eng_module *m;
  struct eng_extern import;
  weir_status status;
};

static void start_body(void *arg) {
  struct start_job *j = arg;
  struct eng_instance i;
  j->status = eng_instantiate(j->w->f.s, j->m, &j->import, 1, &i, NULL);
  if (j->status == WEIR_OK) {
    struct eng_func f = func_named(j->w->f.s, &i, "read");
    assert_int_equal(call_i32(j->w->f.s, &f, 0), 21 + 24);
  }
}

static const char start_text[] =
    "(module (import \"h\" \"wait\" (func $wait (param i32) (result i32))) (global $g (mut i32) (i32.const 0))"
    " (func $start (global.set $g (i32.add (call $wait (i32.const 7)) (call $wait (i32.const 8)))))"
    " (func (export \"read\") (param i32) (result i32) (global.get $g)) (start $start))";

static void a_start_function_waits_on_the_stack_of_its_job(void **state) {
  struct world *w = *state;
  struct eng_stack *a = NULL, *b = NULL;
  struct start_job one = {.w = w, .m = module_of(w->f.e, start_text), .import = host_of(w->f.s, &w->wait.base, 1, 1)};
  struct start_job two = one;
  assert_int_equal(eng_stack_start(w->f.s, start_body, &one, &a, NULL), WEIR_OK);
  assert_int_equal(eng_stack_start(w->f.s, start_body, &two, &b, NULL), WEIR_OK);
  assert_false(eng_stack_resume(a));
  assert_int_equal(call_i32(w->f.s, &w->echo, 3), 3);
  eng_stack_drop(b);
  assert_int_equal(two.status, WEIR_ERR_CANCELLED);
  assert_true(eng_stack_resume(a));
  assert_int_equal(one.status, WEIR_OK);
  eng_module_unref(one.m);
}

static void a_start_function_may_not_wait_outside_of_a_job(void **state) {
  struct world *w = *state;
  struct start_job j = {.w = w, .m = module_of(w->f.e, start_text), .import = host_of(w->f.s, &w->wait.base, 1, 1)};
  job_start(w, &w->jobs[0], &w->echo, 0); /* from now on the store instantiates asynchronously */
  start_body(&j);
  assert_int_equal(j.status, WEIR_ERR_TRAP);
  assert_int_equal(eng_suspend(w->f.s), WEIR_ERR_MISUSE);
  eng_module_unref(j.m);
}

/* ---- the pool's bound ------------------------------------------------------------------------------------------- */

static void wait_body(void *arg) {
  struct world *w = arg;
  if (eng_suspend(w->f.s) != WEIR_OK)
    w->dropped++;
}

static void a_pool_without_stacks_is_a_limit_and_starts_nothing(void **state) {
  struct world *w = *state;
  struct eng_stack *last = NULL;
  struct diag d;
  int count = 0;
  weir_status status;
  diag_init(&d);
  while ((status = eng_stack_start(w->f.s, wait_body, w, &last, &d)) == WEIR_OK && count < 50000)
    count++;
  assert_int_equal(status, WEIR_ERR_LIMIT);
  assert_int_equal(d.status, WEIR_ERR_LIMIT);
  assert_int_equal(eng_stack_suspended(w->f.s), count);
  diag_done(&d);
  eng_stack_drop(last);
  assert_int_equal(eng_stack_start(w->f.s, wait_body, w, &last, NULL), WEIR_OK);
  eng_store_free(w->f.s);
  w->f.s = NULL;
  assert_int_equal(w->dropped, count + 1);
}

#define BOTH(setup)                                                                                                  \
  cmocka_unit_test_setup_teardown(suspended_jobs_resume_trap_and_are_dropped_in_any_order, setup, teardown),         \
      cmocka_unit_test_setup_teardown(a_job_starts_other_jobs_from_its_host_calls, setup, teardown),                 \
      cmocka_unit_test_setup_teardown(a_dropped_stack_cannot_enter_wasm_again, setup, teardown),                     \
      cmocka_unit_test_setup_teardown(traps_show_the_frames_of_their_own_stack_only, setup, teardown),               \
      cmocka_unit_test_setup_teardown(a_job_that_does_not_wait_ends_at_once_and_its_stack_is_kept, setup, teardown), \
      cmocka_unit_test_setup_teardown(only_so_many_stacks_are_kept, setup, teardown),                                \
      cmocka_unit_test_setup_teardown(a_store_is_freed_with_suspended_stacks, setup, teardown),                      \
      cmocka_unit_test_setup_teardown(a_suspended_job_goes_on_in_another_thread, setup, teardown),                   \
      cmocka_unit_test_setup_teardown(a_start_function_waits_on_the_stack_of_its_job, setup, teardown),              \
      cmocka_unit_test_setup_teardown(a_start_function_may_not_wait_outside_of_a_job, setup, teardown)

int main(void) {
  const struct CMUnitTest on_demand[] = {BOTH(setup_on_demand)};
  const struct CMUnitTest pooled[] = {
      BOTH(setup_pooled),
      cmocka_unit_test_setup_teardown(a_pool_without_stacks_is_a_limit_and_starts_nothing, setup_pooled, teardown)};
  int failed = cmocka_run_group_tests_name("stacks on demand", on_demand, NULL, NULL);
  return failed + cmocka_run_group_tests_name("pooled stacks", pooled, NULL, NULL);
}
