/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Who runs next: first ready, first run; the exclusive lock and backpressure let through in order. */
#include "runtime/sched.h"

#include "runtime/task.h"
#include "runtime/waitable.h"
#include "unit/runtime/runtime_fixture.h"

static struct rt_thread *next(struct fixture *f) {
  struct rt_thread *t = sched_next(&f->s);
  if (t) {
    sched_unpark(t);
    t->state = RT_THREAD_RUNNING;
  }
  return t;
}

static struct rt_thread *yielding(struct fixture *f, int i, struct rt_lift *lift) {
  struct rt_thread *t = fixture_thread(f, i, lift);
  thread_start_waiting(t, RT_WAIT_TRUE, false);
  return t;
}

static void who_yields_first_runs_first(void **state) {
  struct fixture *f = *state;
  struct rt_thread *a = yielding(f, 0, &f->plain), *b = yielding(f, 1, &f->plain);
  assert_ptr_equal(next(f), a);
  thread_start_waiting(a, RT_WAIT_TRUE, false);
  assert_ptr_equal(next(f), b);
  assert_ptr_equal(next(f), a);
  assert_null(next(f));
}

static void the_lock_goes_to_who_came_first(void **state) {
  struct fixture *f = *state;
  struct rt_thread *holder = fixture_thread(f, 0, &f->callback);
  struct rt_thread *a = fixture_thread(f, 1, &f->callback), *b = fixture_thread(f, 2, &f->callback);
  task_take_exclusive(holder->task);
  thread_start_waiting(a, RT_WAIT_ENTER, true);
  thread_start_waiting(b, RT_WAIT_EXCLUSIVE, true);
  assert_null(next(f));
  task_release_exclusive(holder->task);
  assert_ptr_equal(next(f), a);
  task_take_exclusive(a->task);
  assert_null(next(f));
  task_release_exclusive(a->task);
  assert_ptr_equal(next(f), b);
}

static void who_was_let_through_and_is_late_goes_back_to_the_gate(void **state) {
  struct fixture *f = *state;
  struct rt_thread *holder = fixture_thread(f, 0, &f->callback), *a = fixture_thread(f, 1, &f->callback);
  task_take_exclusive(holder->task);
  thread_start_waiting(a, RT_WAIT_EXCLUSIVE, true);
  task_release_exclusive(holder->task);
  task_take_exclusive(holder->task); /* taken again before it is a's turn */
  assert_null(next(f));
  task_release_exclusive(holder->task);
  assert_ptr_equal(next(f), a);
}

static void backpressure_holds_those_who_need_no_lock(void **state) {
  struct fixture *f = *state;
  struct rt_thread *a = fixture_thread(f, 0, &f->plain), *b = fixture_thread(f, 1, &f->plain);
  f->inst.backpressure = 1;
  thread_start_waiting(a, RT_WAIT_ENTER, true);
  thread_start_waiting(b, RT_WAIT_ENTER, true);
  assert_null(next(f));
  f->inst.backpressure = 0;
  sched_exclusive_released(&f->inst);
  assert_ptr_equal(next(f), a);
  assert_ptr_equal(next(f), b);
}

static void one_event_wakes_all_waiters_and_serves_one(void **state) {
  struct fixture *f = *state;
  struct rt_thread *a = fixture_thread(f, 0, &f->plain), *b = fixture_thread(f, 1, &f->plain);
  struct rt_set set;
  struct rt_waitable w;
  set_init(&set);
  waitable_init(&w, RT_SUBTASK);
  waitable_join(&w, &set);
  a->set = b->set = &set;
  thread_start_waiting(a, RT_WAIT_SET, false);
  thread_start_waiting(b, RT_WAIT_SET, false);
  assert_null(next(f));
  waitable_set_pending(&w);
  assert_ptr_equal(next(f), a);
  waitable_clear_pending(&w); /* a has taken it */
  assert_null(next(f));
  waitable_set_pending(&w);
  assert_ptr_equal(next(f), b);
}

static void a_callback_that_waits_needs_its_event_and_the_lock(void **state) {
  struct fixture *f = *state;
  struct rt_thread *holder = fixture_thread(f, 0, &f->callback), *a = fixture_thread(f, 1, &f->callback);
  struct rt_set set;
  struct rt_waitable w;
  set_init(&set);
  waitable_init(&w, RT_SUBTASK);
  waitable_join(&w, &set);
  a->set = &set;
  thread_start_waiting(a, RT_WAIT_SET_CALLBACK, true);
  task_take_exclusive(holder->task);
  waitable_set_pending(&w);
  assert_null(next(f));
  task_release_exclusive(holder->task);
  assert_ptr_equal(next(f), a);
}

static void a_synchronous_waiter_runs_only_its_instance_and_nobody_who_needs_the_lock(void **state) {
  struct fixture *f = *state;
  struct rt_instance other = f->inst;
  struct rt_lift foreign = {.inst = &other, .type = &f->async_type};
  fixture_thread(f, 0, &f->sync);
  yielding(f, 1, &f->callback);
  struct rt_thread *c = yielding(f, 2, &foreign);
  c->task->inst = &other;
  assert_null(sched_next_beside(&f->inst));
  assert_false(sched_has_next_beside(&f->inst));
  struct rt_thread *mate = yielding(f, 3, &f->plain);
  assert_ptr_equal(sched_next_beside(&f->inst), mate);
  assert_true(sched_has_next_beside(&f->inst));
}

static void whether_one_is_ready_changes_nothing(void **state) {
  struct fixture *f = *state;
  assert_false(sched_has_next(&f->s));
  struct rt_thread *a = yielding(f, 0, &f->plain), *b = yielding(f, 1, &f->plain);
  assert_true(sched_has_next(&f->s));
  assert_true(sched_has_next(&f->s));
  assert_ptr_equal(next(f), a);
  assert_ptr_equal(next(f), b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FIXTURE_TEST(who_yields_first_runs_first),
      FIXTURE_TEST(the_lock_goes_to_who_came_first),
      FIXTURE_TEST(who_was_let_through_and_is_late_goes_back_to_the_gate),
      FIXTURE_TEST(backpressure_holds_those_who_need_no_lock),
      FIXTURE_TEST(one_event_wakes_all_waiters_and_serves_one),
      FIXTURE_TEST(a_callback_that_waits_needs_its_event_and_the_lock),
      FIXTURE_TEST(a_synchronous_waiter_runs_only_its_instance_and_nobody_who_needs_the_lock),
      FIXTURE_TEST(whether_one_is_ready_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
