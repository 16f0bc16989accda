/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * When a host asks to be told of a guest's cancellation, against when the guest asks for it: told exactly once, never
 * from inside the function that asks, and not at all where the call has been finished first.
 */
#include "behaviour/behaviour.h"

enum answer { NO_ANSWER, AGREE, RETURN };

struct fixture {
  struct world *w;
  struct outcome o;
  weir_host_call *host; /* of `wait` */
  int told, other_told;
  enum answer answer;
};

static void wait_call(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct fixture *f = data;
  (void)args, (void)count;
  f->host = call;
}

static void not_called(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)args, (void)count;
  weir_host_call_fail(call, "nobody calls this");
}

static void answer(struct fixture *f, weir_host_call *call) {
  weir_value result = u32(5);
  if (f->answer == AGREE)
    must(weir_host_call_cancelled(call), NULL);
  if (f->answer == RETURN)
    must(weir_host_call_return(call, &result, NULL), NULL);
}

static void told(void *data, weir_host_call *call) {
  struct fixture *f = data;
  f->told++;
  assert_ptr_equal(call, f->host);
  assert_int_equal(weir_host_call_on_cancel(call, told, f, NULL), WEIR_OK); /* asking again is in vain */
  answer(f, call);
}

static void other_told(void *data, weir_host_call *call) {
  struct fixture *f = data;
  f->other_told++;
  answer(f, call);
}

static void ask(struct fixture *f) {
  must(weir_host_call_on_cancel(f->host, told, f, NULL), NULL);
}

/* A guest whose host function has not asked yet, and that has perhaps cancelled it already. */
static void open_fixture(struct fixture *f, enum answer answer, bool cancelled) {
  *f = (struct fixture){.w = world_open("calls"), .answer = answer};
  world_func(f->w, NULL, "wait", "async func() -> u32", wait_call, f);
  world_func(f->w, NULL, "echo", "async func(s: string) -> string", not_called, f);
  world_func(f->w, NULL, "now", "func(x: u32) -> u32", not_called, f);
  world_start(f->w);
  call(f->w, &f->o, "ask");
  world_settle(f->w);
  if (!cancelled)
    return;
  weir_call_cancel(f->o.call);
  world_settle(f->w);
  assert_int_equal(f->told, 0);
}

static void ends(struct fixture *f, weir_status status) {
  world_settle(f->w);
  assert_ended(&f->o, status);
  assert_int_equal(f->told, 1);
  assert_int_equal(weir_host_call_on_cancel(f->host, told, f, NULL), WEIR_ERR_MISUSE);
  assert_int_equal(world_settle(f->w), WEIR_STEP_IDLE);
  world_close(f->w);
  assert_int_equal(f->told, 1);
}

/* ---- the matrix -------------------------------------------------------------------------------------------------- */

static void asked_before(void **state) {
  (void)state;
  for (enum answer a = AGREE; a <= RETURN; a++) {
    struct fixture f;
    open_fixture(&f, a, false);
    ask(&f);
    assert_false(weir_store_step(f.w->store) == WEIR_STEP_READY);
    weir_call_cancel(f.o.call);
    ends(&f, a == AGREE ? WEIR_ERR_CANCELLED : WEIR_OK);
  }
}

static void asked_after(void **state) {
  (void)state;
  for (enum answer a = AGREE; a <= RETURN; a++) {
    struct fixture f;
    open_fixture(&f, a, true);
    int wakes = f.w->wakes;
    ask(&f);
    assert_int_equal(f.told, 0); /* in the next step */
    assert_int_equal(f.w->wakes, wakes + 1);
    weir_store_step(f.w->store);
    assert_int_equal(f.told, 1);
    ends(&f, a == AGREE ? WEIR_ERR_CANCELLED : WEIR_OK);
  }
}

static void asked_after_and_answered_later(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f, NO_ANSWER, true);
  ask(&f);
  assert_int_equal(world_settle(f.w), WEIR_STEP_WAITING);
  assert_int_equal(f.told, 1);
  ask(&f);
  assert_int_equal(world_settle(f.w), WEIR_STEP_WAITING); /* once is enough */
  must(weir_host_call_cancelled(f.host), NULL);
  ends(&f, WEIR_ERR_CANCELLED);
}

static void asked_twice_before_the_step(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f, AGREE, true);
  must(weir_host_call_on_cancel(f.host, other_told, &f, NULL), NULL);
  ask(&f);
  ends(&f, WEIR_ERR_CANCELLED);
  assert_int_equal(f.other_told, 0);
}

static void asked_by_another_after_the_first_was_told(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f, NO_ANSWER, false);
  ask(&f);
  weir_call_cancel(f.o.call);
  world_settle(f.w);
  assert_int_equal(f.told, 1);
  must(weir_host_call_on_cancel(f.host, other_told, &f, NULL), NULL);
  world_settle(f.w);
  assert_int_equal(f.other_told, 0);
  must(weir_host_call_cancelled(f.host), NULL);
  ends(&f, WEIR_ERR_CANCELLED);
}

static void taken_back_before_the_step(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f, AGREE, true);
  ask(&f);
  must(weir_host_call_on_cancel(f.host, NULL, NULL, NULL), NULL);
  assert_int_equal(world_settle(f.w), WEIR_STEP_WAITING);
  assert_int_equal(f.told, 0);
  ask(&f); /* and again */
  ends(&f, WEIR_ERR_CANCELLED);
}

static void finished_before_the_step(void **state) {
  (void)state;
  struct fixture f;
  weir_value result = u32(6);
  open_fixture(&f, AGREE, true);
  ask(&f);
  must(weir_host_call_return(f.host, &result, NULL), NULL);
  world_settle(f.w);
  assert_u32(&f.o, 6);
  assert_int_equal(f.told, 0);
  world_close(f.w);
  assert_int_equal(f.told, 0);
}

static void the_store_goes_before_the_step(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f, NO_ANSWER, true);
  ask(&f);
  world_end_store(f.w);
  assert_int_equal(f.told, 1);
  assert_int_equal(weir_host_call_on_cancel(f.host, told, &f, NULL), WEIR_ERR_MISUSE);
  world_close(f.w);
  assert_int_equal(f.told, 1);
}

static void a_completion_knows_without_asking(void **state) {
  (void)state;
  struct fixture f;
  weir_completion *completion;
  open_fixture(&f, NO_ANSWER, false);
  must(weir_host_call_detach(f.host, &completion), NULL);
  weir_call_cancel(f.o.call);
  world_settle(f.w);
  assert_true(weir_completion_cancel_requested(completion));
  ask(&f);
  world_settle(f.w);
  assert_int_equal(f.told, 1);
  must(weir_completion_cancelled(completion), NULL);
  weir_completion_free(completion);
  ends(&f, WEIR_ERR_CANCELLED);
}

/* ---- what other threads finish ----------------------------------------------------------------------------------- */

static void count_free(void *data) {
  ++*(int *)data;
}

static void never_told(void *data, weir_host_call *call) {
  (void)data, (void)call;
  fail_msg("told after another thread had finished the call");
}

/* The outcome is under way as mail when the guest asks, or when the store goes. */
static void a_finished_call_is_not_told(bool store_goes) {
  struct fixture f;
  weir_completion *c;
  int freed = 0;
  weir_value result = u32(6);
  open_fixture(&f, NO_ANSWER, false);
  must(weir_host_call_on_cancel(f.host, never_told, &freed, count_free), NULL);
  must(weir_host_call_detach(f.host, &c), NULL);
  if (!store_goes)
    must(weir_call_cancel(f.o.call), NULL); /* acts in the step that takes the mail */
  must(weir_completion_return(c, &result, NULL), NULL);
  assert_int_equal(freed, 0);
  if (!store_goes) {
    world_settle(f.w);
    assert_int_equal(f.o.count, 1);
  }
  world_end_store(f.w);
  assert_int_equal(freed, 1);
  weir_completion_free(c);
  world_close(f.w);
}

static void nobody_is_told_of_a_call_that_another_thread_has_finished(void **state) {
  (void)state;
  a_finished_call_is_not_told(false);
  a_finished_call_is_not_told(true);
}

/* The step before the mail: the guest's cancellation and the outcome meet in one step of guests. */
static void finish_in_a_post(void *data) {
  struct fixture *f = data;
  weir_completion *c;
  weir_value result = u32(6);
  must(weir_host_call_detach(f->host, &c), NULL);
  must(weir_completion_return(c, &result, NULL), NULL); /* taken in the next step */
  weir_completion_free(c);
}

static void nor_where_the_outcome_comes_a_step_after_the_cancellation(void **state) {
  (void)state;
  struct fixture f;
  int freed = 0;
  open_fixture(&f, NO_ANSWER, false);
  must(weir_host_call_on_cancel(f.host, never_told, &freed, count_free), NULL);
  must(weir_call_cancel(f.o.call), NULL);
  must(weir_store_post(f.w->store, finish_in_a_post, &f, NULL), NULL);
  world_settle(f.w);
  assert_u32(&f.o, 6);
  assert_int_equal(freed, 1);
  world_close(f.w);
}

static void tell_and_ask_again(void *data, weir_host_call *call) {
  int *freed = data;
  must(weir_host_call_on_cancel(call, never_told, data, count_free), NULL);
  assert_int_equal(*freed, 1); /* of the one before: this one's data lives */
}

static void the_data_of_each_callback_is_freed_once(void **state) {
  (void)state;
  struct fixture f;
  int freed = 0;
  open_fixture(&f, NO_ANSWER, false);
  must(weir_host_call_on_cancel(f.host, never_told, &freed, count_free), NULL);
  must(weir_host_call_on_cancel(f.host, tell_and_ask_again, &freed, count_free), NULL);
  assert_int_equal(freed, 1); /* replaced */
  must(weir_call_cancel(f.o.call), NULL);
  world_settle(f.w);
  assert_int_equal(freed, 2); /* told */
  world_end_store(f.w);
  assert_int_equal(freed, 3); /* the call has ended */
  assert_int_equal(weir_host_call_on_cancel(f.host, never_told, &freed, count_free), WEIR_ERR_MISUSE);
  assert_int_equal(freed, 3);
  world_close(f.w);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(asked_before),
    cmocka_unit_test(asked_after),
    cmocka_unit_test(asked_after_and_answered_later),
    cmocka_unit_test(asked_twice_before_the_step),
    cmocka_unit_test(asked_by_another_after_the_first_was_told),
    cmocka_unit_test(taken_back_before_the_step),
    cmocka_unit_test(finished_before_the_step),
    cmocka_unit_test(the_store_goes_before_the_step),
    cmocka_unit_test(a_completion_knows_without_asking),
    cmocka_unit_test(nobody_is_told_of_a_call_that_another_thread_has_finished),
    cmocka_unit_test(nor_where_the_outcome_comes_a_step_after_the_cancellation),
    cmocka_unit_test(the_data_of_each_callback_is_freed_once),
};

BEHAVIOUR_MAIN(tests)
