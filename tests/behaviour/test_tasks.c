/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * When a task counts as live: until it has resolved and its implicit thread has exited, whichever comes last. And what
 * a step says the store waits for.
 */
#include "behaviour/behaviour.h"

struct fixture {
  struct world *w;
  struct pending wait;
};

static void open_fixture(struct fixture *f, const char *guest) {
  *f = (struct fixture){.w = world_open(guest)};
  world_func(f->w, NULL, "wait", "async func() -> u32", pending_call, &f->wait);
  if (strcmp(guest, "calls") == 0) {
    world_func(f->w, NULL, "echo", NULL, pending_call, &f->wait);
    world_func(f->w, NULL, "now", NULL, pending_call, &f->wait);
  }
  world_start(f->w);
}

static size_t live(struct fixture *f) {
  return weir_store_live_tasks(f->w->store);
}

static void close_idle(struct fixture *f) {
  assert_int_equal(world_settle(f->w), WEIR_STEP_IDLE);
  assert_int_equal(live(f), 0);
  world_close(f->w);
}

/* Starts, settles, and says how many tasks are live. */
static size_t live_after_start(struct fixture *f, struct outcome *o, const char *name) {
  call(f->w, o, name);
  world_settle(f->w);
  return live(f);
}

static void a_synchronous_task_ends_with_its_function(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f, "calls");
  weir_value arg = u32(1);
  call_args(f.w, &o, "plain", &arg, 1);
  assert_int_equal(live(&f), 0);
  world_settle(f.w);
  assert_u32(&o, 2);
  close_idle(&f);
}

static void a_callback_task_lives_between_return_and_exit(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f, "calls");
  assert_int_equal(live_after_start(&f, &o, "linger"), 1);
  assert_u32(&o, 7);
  assert_int_equal(weir_store_step(f.w->store), WEIR_STEP_WAITING);
  pending_return(&f.wait, 0, u32(0));
  close_idle(&f);
  assert_int_equal(o.count, 1);
}

static void a_stackful_task_lives_between_return_and_end(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f, "calls");
  assert_int_equal(live_after_start(&f, &o, "linger-stackful"), 1);
  assert_u32(&o, 8);
  pending_return(&f.wait, 0, u32(0));
  close_idle(&f);
}

static void a_task_that_was_cancelled_before_it_started_is_gone_at_once(void **state) {
  (void)state;
  struct fixture f;
  struct outcome first, second;
  open_fixture(&f, "calls");
  assert_int_equal(live_after_start(&f, &first, "wait-sync"), 1);
  assert_int_equal(live_after_start(&f, &second, "wait-sync"), 2);
  weir_call_cancel(second.call);
  weir_store_step(f.w->store);
  assert_int_equal(live(&f), 1);
  pending_return(&f.wait, 0, u32(0));
  close_idle(&f);
  assert_ended(&second, WEIR_ERR_CANCELLED);
}

static void a_cancelled_task_lives_until_it_exits(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f, "calls");
  assert_int_equal(live_after_start(&f, &o, "cancel-late"), 1);
  weir_call_cancel(o.call);
  assert_int_equal(world_settle(f.w), WEIR_STEP_WAITING);
  assert_ended(&o, WEIR_ERR_CANCELLED);
  assert_int_equal(live(&f), 1);
  pending_return(&f.wait, 0, u32(0));
  close_idle(&f);
}

static void a_task_whose_thread_returns_late_lives_until_that(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f, "threads");
  weir_value arg = u32(0);
  call_args(f.w, &o, "leave", &arg, 1);
  assert_int_equal(world_settle(f.w), WEIR_STEP_WAITING);
  assert_int_equal(live(&f), 1); /* exited, not returned */
  pending_return(&f.wait, 0, u32(33));
  world_settle(f.w);
  assert_u32(&o, 33);
  close_idle(&f);
}

static void a_task_counts_no_longer_when_a_thread_has_returned_for_it(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f, "threads");
  weir_value arg = u32(1);
  call_args(f.w, &o, "leave", &arg, 1);
  assert_int_equal(world_settle(f.w), WEIR_STEP_IDLE); /* although its thread waits for the host */
  assert_u32(&o, 1);
  assert_int_equal(f.wait.count, 1);
  assert_int_equal(live(&f), 0);
  pending_return(&f.wait, 0, u32(0));
  close_idle(&f);
}

static void a_thread_left_over_does_not_count(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f, "threads");
  weir_value arg = u32(2);
  call_args(f.w, &o, "return-and-leave", &arg, 1);
  assert_int_equal(world_settle(f.w), WEIR_STEP_IDLE); /* although it waits for the host */
  assert_u32(&o, 5);
  assert_int_equal(f.wait.count, 1);
  assert_int_equal(live(&f), 0);
  pending_return(&f.wait, 0, u32(0));
  close_idle(&f);
}

static void a_thread_that_spins_for_ever_is_left_behind(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f, "threads");
  weir_value arg = u32(3);
  call_args(f.w, &o, "return-and-leave", &arg, 1);
  for (int i = 0; i < 10; i++)
    assert_int_equal(weir_store_step(f.w->store), WEIR_STEP_READY);
  assert_u32(&o, 5);
  assert_int_equal(live(&f), 0);
  world_close(f.w);
}

static void a_guest_that_yields_for_ever_does_not_hold_a_step(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o, other;
  open_fixture(&f, "calls");
  call(f.w, &o, "spin");
  for (int i = 0; i < 50; i++)
    assert_int_equal(weir_store_step(f.w->store), WEIR_STEP_READY);
  weir_value arg = u32(1);
  call_args(f.w, &other, "plain", &arg, 1);
  weir_store_step(f.w->store);
  assert_u32(&other, 2);
  assert_int_equal(o.count, 0);
  assert_int_equal(live(&f), 1);
  world_end_store(f.w);
  assert_ended(&o, WEIR_ERR_CANCELLED);
  world_close(f.w);
}

static void who_waits_for_nothing_is_stuck(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o, asks;
  weir_value result;
  weir_error *error = NULL;
  open_fixture(&f, "calls");
  call(f.w, &o, "stuck");
  assert_int_equal(world_settle(f.w), WEIR_STEP_STUCK);
  call(f.w, &asks, "ask");
  assert_int_equal(world_settle(f.w), WEIR_STEP_WAITING); /* somebody waits for the host */
  pending_return(&f.wait, 0, u32(1));
  assert_int_equal(world_settle(f.w), WEIR_STEP_STUCK);
  assert_u32(&asks, 1);
  assert_int_equal(weir_call_run(f.w->instance, world_export(f.w, "stuck"), NULL, 0, &result, &error),
                   WEIR_ERR_DEADLOCK);
  assert_words(weir_error_message(error), "deadlock");
  weir_error_free(error);
  assert_int_equal(o.count, 0);
  world_end_store(f.w);
  assert_ended(&o, WEIR_ERR_CANCELLED);
  world_close(f.w);
}

static void an_empty_store_is_idle(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f, "calls");
  assert_int_equal(weir_store_step(f.w->store), WEIR_STEP_IDLE);
  assert_null(weir_store_failure(f.w->store));
  close_idle(&f);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_synchronous_task_ends_with_its_function),
    cmocka_unit_test(a_callback_task_lives_between_return_and_exit),
    cmocka_unit_test(a_stackful_task_lives_between_return_and_end),
    cmocka_unit_test(a_task_that_was_cancelled_before_it_started_is_gone_at_once),
    cmocka_unit_test(a_cancelled_task_lives_until_it_exits),
    cmocka_unit_test(a_task_whose_thread_returns_late_lives_until_that),
    cmocka_unit_test(a_task_counts_no_longer_when_a_thread_has_returned_for_it),
    cmocka_unit_test(a_thread_left_over_does_not_count),
    cmocka_unit_test(a_thread_that_spins_for_ever_is_left_behind),
    cmocka_unit_test(a_guest_that_yields_for_ever_does_not_hold_a_step),
    cmocka_unit_test(who_waits_for_nothing_is_stuck),
    cmocka_unit_test(an_empty_store_is_idle),
};

BEHAVIOUR_MAIN(tests)
