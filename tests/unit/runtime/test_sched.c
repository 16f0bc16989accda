/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Who runs next: each row of the table in sched.h, and what always holds whatever happens. */
#include "runtime/sched.h"

#include "base/rng.h"
#include "runtime/task.h"
#include "runtime/waitable.h"
#include "unit/runtime/runtime_fixture.h"

static void stop(struct rt_thread *t, bool cancelled) {
  if (t->wait == RT_WAIT_SET || t->wait == RT_WAIT_SET_CALLBACK)
    t->set->num_waiting--;
  sched_stop_waiting(t, cancelled);
  t->state = RT_THREAD_RUNNING;
}

static void run(struct rt_thread *t) {
  stop(t, false);
}

static struct rt_thread *next(struct fixture *f) {
  struct rt_thread *t = sched_next(&f->s);
  if (t)
    run(t);
  return t;
}

static struct rt_thread *yielding(struct fixture *f, int i, struct rt_lift *lift) {
  struct rt_thread *t = fixture_thread(f, i, lift);
  fixture_wait(t, RT_WAIT_TRUE, NULL);
  return t;
}

static void who_yields_first_runs_first(void **state) {
  struct fixture *f = *state;
  struct rt_thread *a = yielding(f, 0, &f->plain), *b = yielding(f, 1, &f->callback);
  assert_ptr_equal(next(f), a);
  fixture_wait(a, RT_WAIT_TRUE, NULL);
  assert_ptr_equal(next(f), b);
  assert_ptr_equal(next(f), a);
  assert_null(next(f));
}

/* ---- the doors --------------------------------------------------------------------------------------------------- */

static void the_lock_goes_to_who_came_first(void **state) {
  struct fixture *f = *state;
  struct rt_thread *holder = fixture_thread(f, 0, &f->callback);
  struct rt_thread *a = fixture_thread(f, 1, &f->callback), *b = fixture_thread(f, 2, &f->callback);
  task_take_exclusive(holder->task);
  fixture_wait(a, RT_WAIT_ENTER, NULL);
  fixture_wait(b, RT_WAIT_EXCLUSIVE, NULL);
  assert_null(next(f));
  task_release_exclusive(holder->task);
  assert_ptr_equal(next(f), a);
  task_take_exclusive(a->task);
  assert_null(next(f));
  task_release_exclusive(a->task);
  assert_ptr_equal(next(f), b);
}

static void who_was_let_through_and_is_late_is_first_again(void **state) {
  struct fixture *f = *state;
  struct rt_thread *holder = fixture_thread(f, 0, &f->callback);
  struct rt_thread *a = fixture_thread(f, 1, &f->callback), *b = fixture_thread(f, 2, &f->callback);
  task_take_exclusive(holder->task);
  fixture_wait(a, RT_WAIT_EXCLUSIVE, NULL);
  fixture_wait(b, RT_WAIT_EXCLUSIVE, NULL);
  task_release_exclusive(holder->task);
  task_take_exclusive(holder->task); /* taken again before it is a's turn */
  assert_null(next(f));
  task_release_exclusive(holder->task);
  assert_ptr_equal(next(f), a);
}

static void who_needs_only_the_lock_passes_who_waits_for_backpressure(void **state) {
  struct fixture *f = *state;
  struct rt_thread *a = fixture_thread(f, 0, &f->callback), *b = fixture_thread(f, 1, &f->callback);
  fixture_wait(a, RT_WAIT_ENTER, NULL);
  f->inst.backpressure = 1;
  sched_backpressure_changed(&f->inst);
  assert_null(sched_next(&f->s));
  fixture_wait(b, RT_WAIT_EXCLUSIVE, NULL);
  assert_ptr_equal(sched_next(&f->s), b);
  f->inst.backpressure = 0;
  sched_backpressure_changed(&f->inst);
  assert_ptr_equal(next(f), b); /* it was let through before, and keeps its turn */
  task_take_exclusive(b->task);
  task_release_exclusive(b->task);
  assert_ptr_equal(next(f), a);
}

static void backpressure_lets_those_who_need_no_lock_in_one_by_one(void **state) {
  struct fixture *f = *state;
  struct rt_thread *a = fixture_thread(f, 0, &f->plain), *b = fixture_thread(f, 1, &f->plain);
  f->inst.backpressure = 1;
  fixture_wait(a, RT_WAIT_ENTER, NULL);
  fixture_wait(b, RT_WAIT_ENTER, NULL);
  assert_null(next(f));
  f->inst.backpressure = 0;
  sched_backpressure_changed(&f->inst);
  assert_ptr_equal(next(f), a);
  f->inst.backpressure = 1; /* a raises it again */
  sched_backpressure_changed(&f->inst);
  assert_null(next(f));
  f->inst.backpressure = 0;
  sched_backpressure_changed(&f->inst);
  assert_ptr_equal(next(f), b);
}

/* ---- sets -------------------------------------------------------------------------------------------------------- */

struct events {
  struct rt_set set;
  struct rt_waitable w[3];
};

static void events_open(struct events *e) {
  waitable_set_init(&e->set);
  for (int i = 0; i < 3; i++) {
    waitable_init(&e->w[i], RT_SUBTASK);
    waitable_join(&e->w[i], &e->set);
  }
}

static void an_event_wakes_one_waiter(void **state) {
  struct fixture *f = *state;
  struct rt_thread *a = fixture_thread(f, 0, &f->plain), *b = fixture_thread(f, 1, &f->plain);
  struct events e;
  events_open(&e);
  fixture_wait(a, RT_WAIT_SET, &e.set);
  fixture_wait(b, RT_WAIT_SET, &e.set);
  assert_null(next(f));
  waitable_set_pending(&e.w[0]);
  assert_int_equal(f->s.ready_count, 1);
  assert_ptr_equal(next(f), a);
  waitable_clear_pending(&e.w[0]); /* a has taken it */
  assert_null(next(f));
  waitable_set_pending(&e.w[0]);
  waitable_set_pending(&e.w[0]); /* still the same */
  assert_ptr_equal(next(f), b);
}

static void an_event_that_somebody_else_takes_wakes_nobody(void **state) {
  struct fixture *f = *state;
  struct rt_thread *a = fixture_thread(f, 0, &f->plain), *b = fixture_thread(f, 1, &f->plain);
  struct events e;
  events_open(&e);
  fixture_wait(a, RT_WAIT_SET, &e.set);
  fixture_wait(b, RT_WAIT_SET, &e.set);
  waitable_set_pending(&e.w[0]);
  waitable_set_pending(&e.w[1]);
  assert_int_equal(f->s.ready_count, 2);
  waitable_join(&e.w[1], NULL);
  assert_int_equal(f->s.ready_count, 1);
  waitable_clear_pending(&e.w[0]); /* polled */
  assert_null(sched_next(&f->s));
  waitable_join(&e.w[1], &e.set);
  assert_ptr_equal(next(f), a); /* still the first */
}

static void an_event_goes_to_the_next_where_its_waiter_was_cancelled(void **state) {
  struct fixture *f = *state;
  struct rt_thread *a = fixture_thread(f, 0, &f->plain), *b = fixture_thread(f, 1, &f->plain);
  struct events e;
  events_open(&e);
  fixture_wait(a, RT_WAIT_SET, &e.set);
  fixture_wait(b, RT_WAIT_SET, &e.set);
  waitable_set_pending(&e.w[0]);
  stop(a, true);
  assert_ptr_equal(next(f), b);
}

static void an_event_wakes_one_of_each_class(void **state) {
  struct fixture *f = *state;
  struct rt_thread *holder = fixture_thread(f, 0, &f->callback), *plain = fixture_thread(f, 1, &f->plain);
  struct rt_thread *a = fixture_thread(f, 2, &f->callback), *b = fixture_thread(f, 3, &f->callback);
  struct events e;
  events_open(&e);
  task_take_exclusive(holder->task);
  fixture_wait(a, RT_WAIT_SET_CALLBACK, &e.set);
  fixture_wait(b, RT_WAIT_SET_CALLBACK, &e.set);
  fixture_wait(holder, RT_WAIT_SET, &e.set);
  fixture_wait(plain, RT_WAIT_SET, &e.set);
  waitable_set_pending(&e.w[0]);
  assert_int_equal(f->s.ready_count, 2); /* a lacks the lock */
  assert_ptr_equal(sched_next_beside(&f->inst), plain);
  run(holder);
  waitable_clear_pending(&e.w[0]);
  task_release_exclusive(holder->task);
  assert_null(sched_next(&f->s));
  waitable_set_pending(&e.w[0]);
  assert_int_equal(f->s.ready_count, 2);
  assert_ptr_equal(sched_next(&f->s), plain);
  run(a);
  waitable_clear_pending(&e.w[0]);
  assert_null(sched_next(&f->s));
}

/* ---- synchronous tasks, and held instances ----------------------------------------------------------------------- */

static void beside_a_synchronous_task_runs_nobody_who_needs_the_lock_or_has_not_entered(void **state) {
  struct fixture *f = *state;
  yielding(f, 1, &f->callback);
  fixture_wait(fixture_thread(f, 2, &f->plain), RT_WAIT_ENTER, NULL);
  assert_null(sched_next_beside(&f->inst));
  assert_false(sched_has_next_beside(&f->inst, true));
  struct rt_thread *mate = yielding(f, 3, &f->plain);
  assert_ptr_equal(sched_next_beside(&f->inst), mate);
  assert_true(sched_has_next_beside(&f->inst, false));
}

static void a_held_instance_has_no_turn_and_forgets_nobody(void **state) {
  struct fixture *f = *state;
  struct rt_thread *a = yielding(f, 0, &f->plain), *b = yielding(f, 1, &f->callback);
  f->inst.held = 1;
  sched_held_changed(&f->inst);
  struct rt_thread *c = yielding(f, 2, &f->plain);
  assert_null(sched_next(&f->s));
  assert_null(sched_next_beside(&f->inst));
  assert_true(sched_has_next_beside(&f->inst, true));
  f->inst.held = 0;
  sched_held_changed(&f->inst);
  assert_ptr_equal(next(f), a);
  assert_ptr_equal(next(f), b);
  assert_ptr_equal(next(f), c);
}

static void instances_share_one_order(void **state) {
  struct fixture *f = *state;
  struct rt_instance other = {.store = &f->s, .decl = &f->decl};
  struct rt_lift foreign = {.inst = &other, .type = &f->async_type};
  queue_instance_init(&other);
  struct rt_thread *a = yielding(f, 0, &f->plain);
  struct rt_thread *b = fixture_thread(f, 1, &foreign);
  b->task->inst = &other;
  fixture_wait(b, RT_WAIT_TRUE, NULL);
  struct rt_thread *c = yielding(f, 2, &f->plain);
  assert_ptr_equal(next(f), a);
  assert_ptr_equal(next(f), b);
  assert_ptr_equal(next(f), c);
}

/* ---- whatever happens -------------------------------------------------------------------------------------------- */

struct chaos {
  struct fixture *f;
  struct rng rng;
  struct events e[2];
};

static struct rt_thread *thread_of(struct chaos *c, uint32_t i) {
  return &c->f->tasks[i].implicit;
}

/* As thread.c has it: who goes on takes what it waited for. */
static void resume(struct chaos *c, struct rt_thread *t, bool cancelled) {
  struct rt_set *set = t->wait == RT_WAIT_SET || t->wait == RT_WAIT_SET_CALLBACK ? t->set : NULL;
  bool takes_lock = t->wait == RT_WAIT_SET_CALLBACK || t->wait == RT_WAIT_EXCLUSIVE ||
                    (t->wait == RT_WAIT_ENTER && t->task->lift->needs_exclusive && !cancelled);
  stop(t, cancelled);
  if (set && !cancelled)
    waitable_clear_pending(waitable_set_next_pending(&c->f->s, set));
  if (takes_lock)
    task_take_exclusive(t->task);
  sched_lock_changed(&c->f->inst);
}

static enum rt_wait any_wait(struct chaos *c, const struct rt_thread *t) {
  static const enum rt_wait of_callbacks[] = {RT_WAIT_ENTER, RT_WAIT_EXCLUSIVE, RT_WAIT_SET_CALLBACK};
  static const enum rt_wait of_others[] = {RT_WAIT_ENTER, RT_WAIT_TRUE, RT_WAIT_SET};
  if (!t->task->lift->needs_exclusive)
    return of_others[rng_below(&c->rng, 3)];
  if (c->f->inst.exclusive == t)
    return rng_coin(&c->rng) ? RT_WAIT_TRUE : RT_WAIT_SET;
  return of_callbacks[rng_below(&c->rng, 3)];
}

static void touch_thread(struct chaos *c) {
  struct rt_thread *t = thread_of(c, rng_below(&c->rng, TASKS));
  bool holder = c->f->inst.exclusive == t, lock = t->task->lift->needs_exclusive;
  if (t->state == RT_THREAD_RUNNING) {
    if (holder && rng_coin(&c->rng))
      task_release_exclusive(t->task);
    fixture_wait(t, any_wait(c, t), &c->e[rng_below(&c->rng, 2)].set);
  } else if (sched_thread_ready(t)) { /* promoted */
    resume(c, t, false);
  } else if (t->state == RT_THREAD_WAITING && (holder || !lock || !c->f->inst.exclusive)) {
    resume(c, t, true);
  }
}

static void touch_event(struct chaos *c) {
  struct rt_waitable *w = &c->e[rng_below(&c->rng, 2)].w[rng_below(&c->rng, 3)];
  struct rt_set *sets[] = {NULL, &c->e[0].set, &c->e[1].set};
  switch (rng_below(&c->rng, 3)) {
    case 0:
      waitable_set_pending(w);
      break;
    case 1:
      waitable_clear_pending(w);
      break;
    default:
      waitable_join(w, sets[rng_below(&c->rng, 3)]);
      break;
  }
}

static void touch_instance(struct chaos *c) {
  struct rt_instance *inst = &c->f->inst;
  if (rng_coin(&c->rng)) {
    inst->backpressure = !inst->backpressure;
    sched_backpressure_changed(inst);
  } else {
    inst->held = !inst->held;
    sched_held_changed(inst);
  }
}

/* The queues say what the conditions say. */
static void check(struct chaos *c) {
  struct rt_thread *found = sched_next(&c->f->s), *beside = sched_next_beside(&c->f->inst);
  bool any = false, any_beside = false;
  for (uint32_t i = 0; i < TASKS; i++) {
    const struct rt_thread *t = thread_of(c, i);
    bool ready = sched_thread_ready(t);
    any |= ready;
    any_beside |= ready && !t->task->lift->needs_exclusive && t->wait != RT_WAIT_ENTER;
  }
  assert_int_equal(!!found, any);
  assert_int_equal(!!beside, any_beside);
  assert_true(!found || sched_thread_ready(found));
  assert_true(!beside || sched_thread_ready(beside));
}

static void turn(struct chaos *c) {
  uint64_t before = c->f->s.steps;
  struct rt_thread *t;
  switch (rng_below(&c->rng, 5)) {
    case 0:
      touch_event(c);
      break;
    case 1:
      touch_instance(c);
      break;
    case 2:
      t = sched_next(&c->f->s);
      if (t)
        resume(c, t, false);
      break;
    default:
      touch_thread(c);
      break;
  }
  assert_in_range(c->f->s.steps - before, 0, 40);
}

static void the_queues_say_what_the_conditions_say(void **state) {
  struct chaos c = {.f = *state};
  struct rt_lift *lifts[] = {&c.f->plain, &c.f->callback};
  rng_seed(&c.rng, 11);
  events_open(&c.e[0]);
  events_open(&c.e[1]);
  for (int i = 0; i < TASKS; i++)
    fixture_thread(c.f, i, lifts[i % 2])->state = RT_THREAD_RUNNING;
  for (int i = 0; i < 50000; i++) {
    turn(&c);
    check(&c);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FIXTURE_TEST(who_yields_first_runs_first),
      FIXTURE_TEST(the_lock_goes_to_who_came_first),
      FIXTURE_TEST(who_was_let_through_and_is_late_is_first_again),
      FIXTURE_TEST(who_needs_only_the_lock_passes_who_waits_for_backpressure),
      FIXTURE_TEST(backpressure_lets_those_who_need_no_lock_in_one_by_one),
      FIXTURE_TEST(an_event_wakes_one_waiter),
      FIXTURE_TEST(an_event_that_somebody_else_takes_wakes_nobody),
      FIXTURE_TEST(an_event_goes_to_the_next_where_its_waiter_was_cancelled),
      FIXTURE_TEST(an_event_wakes_one_of_each_class),
      FIXTURE_TEST(beside_a_synchronous_task_runs_nobody_who_needs_the_lock_or_has_not_entered),
      FIXTURE_TEST(a_held_instance_has_no_turn_and_forgets_nobody),
      FIXTURE_TEST(instances_share_one_order),
      FIXTURE_TEST(the_queues_say_what_the_conditions_say),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
