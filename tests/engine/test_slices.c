/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The contract with the engine about time slices: a guest on a suspendable stack is set aside in the midst of its code,
 * others run meanwhile, also in between its callers, and it goes on, ends or is dropped like any suspended job.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "engine/fixture.h"

/* `count` lets a tick pass in each round, so that it is set aside in each, wherever the test runs. */
static const char guest_text[] =
    "(module (import \"h\" \"tick\" (func $tick (param i32) (result i32)))"
    " (func (export \"count\") (param i32) (result i32) (local i32)"
    "   (loop $l"
    "     (drop (call $tick (i32.const 0)))"
    "     (local.set 1 (i32.add (local.get 1) (i32.const 3)))"
    "     (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))"
    "   (local.get 1))"
    " (func (export \"quiet\") (param i32) (result i32)"
    "   (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.const 5))"
    " (func (export \"spin\") (param i32) (result i32) (loop $l (br $l)) (i32.const 0)))";

enum { ROUNDS = 20, SPINNERS = 3 };

struct world {
  struct eng_host tick; /* first */
  struct fixture f;
  struct eng_func count, quiet, spin;
};

struct job {
  struct world *w;
  struct eng_func f;
  int32_t arg, result;
  weir_status status;
  bool ended;
  struct diag d;
  struct eng_stack *stack;
};

static struct wasm_trap_t *host_tick(struct eng_host *host, union eng_val *vals) {
  eng_tick(((struct world *)(void *)host)->f.e);
  vals[0].i32 = 0;
  return NULL;
}

static void world_init(struct world *w, const struct eng_config *config) {
  *w = (struct world){.tick = {host_tick}};
  w->f = fixture_new(config);
  if (config->fuel)
    assert_int_equal(eng_store_set_fuel(w->f.s, 100000), WEIR_OK);
  struct eng_extern import = host_of(w->f.s, &w->tick, 1, 1);
  struct eng_instance i = instance_of(&w->f, guest_text, &import, 1);
  w->count = func_named(w->f.s, &i, "count");
  w->quiet = func_named(w->f.s, &i, "quiet");
  w->spin = func_named(w->f.s, &i, "spin");
}

static const struct eng_config with_epochs = {.epochs = true};

static void job_body(void *arg) {
  struct job *j = arg;
  union eng_val val = {.i32 = j->arg};
  j->status = eng_call(j->w->f.s, &j->f, &val, 1, &j->d);
  j->result = val.i32;
  j->ended = true;
}

static void job_start(struct world *w, struct job *j, const struct eng_func *f, int32_t arg) {
  *j = (struct job){.w = w, .f = *f, .arg = arg};
  diag_init(&j->d);
  assert_int_equal(eng_stack_start(w->f.s, job_body, j, &j->stack, NULL), WEIR_OK);
}

/* Goes on with a job that must have been set aside; returns whether it has ended. */
static bool job_resume(struct job *j) {
  assert_true(eng_stack_set_aside(j->stack));
  bool ended = eng_stack_resume(j->stack);
  assert_int_equal(ended, j->ended);
  return ended;
}

static void expect_result(struct job *j, int32_t result) {
  assert_true(j->ended);
  expect_ok(j->status, &j->d);
  assert_int_equal(j->result, result);
}

static void guests_are_set_aside_and_others_go_on(void **state) {
  (void)state;
  struct world w;
  struct job a, b, plain;
  int slices = 0;
  world_init(&w, &with_epochs);
  assert_int_equal(eng_store_set_slice(w.f.s, 1), WEIR_OK);
  job_start(&w, &a, &w.count, ROUNDS);
  job_start(&w, &b, &w.count, 2 * ROUNDS);
  assert_false(a.ended || b.ended);
  job_start(&w, &plain, &w.quiet, 1000); /* while both are set aside */
  assert_null(plain.stack);
  expect_result(&plain, 5);
  while (!a.ended) {
    slices++;
    job_resume(&b);
    job_resume(&a);
  }
  while (!job_resume(&b)) {
  }
  expect_result(&a, 3 * ROUNDS);
  expect_result(&b, 6 * ROUNDS);
  assert_in_range(slices, ROUNDS / 2, ROUNDS + 1);
  assert_int_equal(eng_stack_suspended(w.f.s), 0);
  fixture_free(&w.f);
}

static void a_kept_stack_is_as_good_as_new_after_slices(void **state) {
  (void)state;
  struct world w;
  world_init(&w, &with_epochs);
  eng_store_set_slice(w.f.s, 1);
  for (int i = 0; i < ROUNDS; i++) {
    struct job j;
    job_start(&w, &j, &w.count, 1 + i % 3);
    while (!j.ended)
      job_resume(&j);
    expect_result(&j, 3 * (1 + i % 3));
  }
  assert_int_equal(eng_stack_kept(w.f.s), 1);
  fixture_free(&w.f);
}

/* A job that has started another one on a stack of its own, and is put aside with it. */
struct outer {
  struct world *w;
  struct job inner;
  int rounds;
  bool ended;
};

static void outer_body(void *arg) {
  struct outer *o = arg;
  job_start(o->w, &o->inner, &o->w->count, ROUNDS);
  while (!o->inner.ended) {
    o->rounds++;
    if (eng_suspend(o->w->f.s) != WEIR_OK)
      return;
    job_resume(&o->inner);
  }
  o->ended = true;
}

static void a_guest_is_set_aside_inside_of_another_stack(void **state) {
  (void)state;
  struct world w;
  world_init(&w, &with_epochs);
  eng_store_set_slice(w.f.s, 1);
  struct outer o = {.w = &w};
  struct job other;
  struct eng_stack *stack = NULL;
  assert_int_equal(eng_stack_start(w.f.s, outer_body, &o, &stack, NULL), WEIR_OK);
  job_start(&w, &other, &w.count, 10 * ROUNDS);
  while (!o.ended) {
    assert_false(eng_stack_set_aside(stack)); /* it is in eng_suspend() */
    job_resume(&other);
    eng_stack_resume(stack);
  }
  expect_result(&o.inner, 3 * ROUNDS);
  assert_in_range(o.rounds, ROUNDS / 2, ROUNDS + 1);
  while (!other.ended)
    job_resume(&other);
  expect_result(&other, 30 * ROUNDS);
  fixture_free(&w.f);
}

static void what_is_set_aside_can_be_dropped_or_left_to_its_store(void **state) {
  (void)state;
  struct world w;
  struct job jobs[SPINNERS];
  world_init(&w, &with_epochs);
  eng_store_set_slice(w.f.s, 1);
  for (int i = 0; i < SPINNERS; i++)
    job_start(&w, &jobs[i], &w.count, ROUNDS);
  eng_stack_drop(jobs[1].stack);
  assert_true(jobs[1].ended); /* its C frames have run to their end */
  assert_int_equal(jobs[1].status, WEIR_ERR_TRAP);
  job_resume(&jobs[0]);
  eng_store_free(w.f.s);
  w.f.s = NULL;
  for (int i = 0; i < SPINNERS; i++) {
    assert_true(jobs[i].ended);
    assert_int_equal(jobs[i].status, WEIR_ERR_TRAP);
    diag_done(&jobs[i].d);
  }
  fixture_free(&w.f);
}

static void a_guest_on_the_callers_stack_runs_on(void **state) {
  (void)state;
  struct world w;
  struct job j;
  world_init(&w, &with_epochs);
  eng_store_set_slice(w.f.s, 1);
  assert_int_equal(call_i32(w.f.s, &w.count, ROUNDS), 3 * ROUNDS);
  job_start(&w, &j, &w.count, ROUNDS);
  assert_int_equal(call_i32(w.f.s, &w.count, ROUNDS), 3 * ROUNDS); /* beside one that is set aside */
  while (!j.ended)
    job_resume(&j);
  expect_result(&j, 3 * ROUNDS);
  fixture_free(&w.f);
}

static void slices_may_be_switched_off(void **state) {
  (void)state;
  struct world w;
  struct job j;
  world_init(&w, &with_epochs);
  eng_store_set_slice(w.f.s, 1);
  job_start(&w, &j, &w.count, ROUNDS);
  eng_store_set_slice(w.f.s, 0);
  assert_true(job_resume(&j));
  expect_result(&j, 3 * ROUNDS);
  fixture_free(&w.f);
  world_init(&w, &(struct eng_config){0});
  assert_int_equal(eng_store_set_slice(w.f.s, 1), WEIR_ERR_MISUSE);
  fixture_free(&w.f);
}

static void a_deadline_ends_what_slices_only_put_aside(void **state) {
  (void)state;
  struct world w;
  struct job j;
  world_init(&w, &with_epochs);
  eng_store_set_slice(w.f.s, 1);
  eng_store_set_deadline(w.f.s, ROUNDS / 2);
  job_start(&w, &j, &w.count, ROUNDS);
  assert_false(j.ended);
  while (!j.ended)
    job_resume(&j);
  assert_int_equal(j.status, WEIR_ERR_TIMEOUT);
  assert_int_equal(j.d.status, WEIR_ERR_TIMEOUT);
  diag_done(&j.d);
  fixture_free(&w.f);
}

static uint64_t fuel_used(bool slices) {
  struct world w;
  struct job j;
  uint64_t left = 0;
  world_init(&w, &(struct eng_config){.epochs = true, .fuel = true});
  assert_int_equal(eng_store_set_slice(w.f.s, slices ? 1 : 0), WEIR_OK);
  job_start(&w, &j, &w.count, ROUNDS);
  assert_int_equal(j.ended, !slices);
  while (!j.ended)
    job_resume(&j);
  expect_result(&j, 3 * ROUNDS);
  eng_store_fuel(w.f.s, &left);
  fixture_free(&w.f);
  return 100000 - left;
}

static void slices_give_no_fuel_and_cost_none(void **state) {
  (void)state;
  uint64_t whole = fuel_used(false);
  assert_true(whole > ROUNDS);
  assert_int_equal(fuel_used(true), whole);
}

/* ---- guests that never call anybody, and a clock in another thread ----------------------------------------------- */

struct clock {
  struct eng *e;
  atomic_bool stop;
};

static void *clock_run(void *arg) {
  struct clock *c = arg;
  while (!atomic_load(&c->stop)) {
    usleep(1000);
    eng_tick(c->e);
  }
  return NULL;
}

static void spinning_guests_share_the_time_with_one_that_ends(void **state) {
  (void)state;
  struct world w;
  struct job spinners[SPINNERS], plain;
  pthread_t thread;
  world_init(&w, &with_epochs);
  struct clock clock = {.e = w.f.e};
  eng_store_set_slice(w.f.s, 1);
  assert_int_equal(pthread_create(&thread, NULL, clock_run, &clock), 0);
  for (int i = 0; i < SPINNERS; i++)
    job_start(&w, &spinners[i], &w.spin, 0);
  job_start(&w, &plain, &w.quiet, 20000000);
  for (int i = 0; !plain.ended; i++) {
    job_resume(&spinners[i % SPINNERS]);
    job_resume(&plain);
  }
  expect_result(&plain, 5);
  atomic_store(&clock.stop, true);
  pthread_join(thread, NULL);
  eng_store_free(w.f.s);
  w.f.s = NULL;
  for (int i = 0; i < SPINNERS; i++)
    diag_done(&spinners[i].d);
  fixture_free(&w.f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(guests_are_set_aside_and_others_go_on),
      cmocka_unit_test(a_kept_stack_is_as_good_as_new_after_slices),
      cmocka_unit_test(a_guest_is_set_aside_inside_of_another_stack),
      cmocka_unit_test(what_is_set_aside_can_be_dropped_or_left_to_its_store),
      cmocka_unit_test(a_guest_on_the_callers_stack_runs_on),
      cmocka_unit_test(slices_may_be_switched_off),
      cmocka_unit_test(a_deadline_ends_what_slices_only_put_aside),
      cmocka_unit_test(slices_give_no_fuel_and_cost_none),
      cmocka_unit_test(spinning_guests_share_the_time_with_one_that_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
