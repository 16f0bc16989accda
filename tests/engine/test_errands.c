/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Errands: what a job on a suspendable stack has done on the caller's own stack. Other languages' runtimes know the
 * bounds of their threads' stacks, and take a callback on any other stack for an overflow.
 */
#include "fixture.h"

enum { NEAR = 256 << 10 };

struct trip {
  struct eng_store *s;
  uintptr_t base;   /* of the caller */
  int errands;      /* done on the caller's own stack */
  int elsewhere;    /* done on another one */
  int depth;        /* jobs that are still to be started inside of this one */
  bool suspends;    /* before and after the errand */
  weir_status last; /* of the last suspension */
};

static uintptr_t here(void) {
  return (uintptr_t)__builtin_frame_address(0);
}

static bool is_near(uintptr_t a, uintptr_t b) {
  return (a > b ? a - b : b - a) < NEAR;
}

static void errand(void *arg) {
  struct trip *t = arg;
  if (is_near(here(), t->base) && !eng_stack_current(t->s))
    t->errands++;
  else
    t->elsewhere++;
}

static void job(void *arg) {
  struct trip *t = arg;
  struct eng_stack *own = eng_stack_current(t->s), *inner = NULL;
  assert_false(is_near(here(), t->base));
  if (t->suspends)
    t->last = eng_suspend(t->s);
  if (t->depth-- > 0) {
    assert_int_equal(eng_stack_start(t->s, job, t, &inner, NULL), WEIR_OK);
    assert_null(inner);
  }
  eng_errand(t->s, errand, t);
  eng_errand(t->s, errand, t);
  assert_ptr_equal(eng_stack_current(t->s), own);
  if (t->suspends && t->last == WEIR_OK)
    t->last = eng_suspend(t->s);
}

static struct eng_stack *start(struct trip *t) {
  struct eng_stack *stack = NULL;
  assert_int_equal(eng_stack_start(t->s, job, t, &stack, NULL), WEIR_OK);
  return stack;
}

static void an_errand_is_done_on_the_callers_stack(void **state) {
  (void)state;
  struct fixture f = fixture_new(NULL);
  struct trip t = {.s = f.s, .base = here()};
  assert_null(start(&t));
  assert_int_equal(t.errands, 2);
  eng_errand(f.s, errand, &t); /* where no job runs */
  assert_int_equal(t.errands, 3);
  assert_int_equal(t.elsewhere, 0);
  fixture_free(&f);
}

static void jobs_inside_of_jobs_have_it_done_below_all_of_them(void **state) {
  (void)state;
  struct fixture f = fixture_new(NULL);
  struct trip t = {.s = f.s, .base = here(), .depth = 5};
  assert_null(start(&t));
  assert_int_equal(t.errands, 12);
  assert_int_equal(t.elsewhere, 0);
  assert_int_equal(eng_stack_running(f.s), 0);
  fixture_free(&f);
}

static void a_job_is_suspended_around_its_errands(void **state) {
  (void)state;
  struct fixture f = fixture_new(NULL);
  struct trip a = {.s = f.s, .base = here(), .suspends = true}, b = a;
  struct eng_stack *first = start(&a), *second = start(&b);
  assert_non_null(first);
  assert_false(eng_stack_resume(first));
  assert_int_equal(a.errands, 2);
  assert_int_equal(b.errands, 0);
  assert_false(eng_stack_resume(second));
  assert_true(eng_stack_resume(first));
  assert_true(eng_stack_resume(second));
  assert_int_equal(b.errands, 2);
  assert_int_equal(a.elsewhere + b.elsewhere, 0);
  fixture_free(&f);
}

static void on_a_dropped_stack_it_is_done_at_once(void **state) {
  (void)state;
  struct fixture f = fixture_new(NULL);
  struct trip t = {.s = f.s, .base = here(), .suspends = true};
  eng_stack_drop(start(&t));
  assert_int_equal(t.last, WEIR_ERR_CANCELLED);
  assert_int_equal(t.errands, 0);
  assert_int_equal(t.elsewhere, 2);
  fixture_free(&f);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_errand_is_done_on_the_callers_stack),
      cmocka_unit_test(jobs_inside_of_jobs_have_it_done_below_all_of_them),
      cmocka_unit_test(a_job_is_suspended_around_its_errands),
      cmocka_unit_test(on_a_dropped_stack_it_is_done_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
