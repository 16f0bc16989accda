/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls that end in every order: late answers of hosts, cancellation at each point, handles freed early. */
#include "behaviour/behaviour.h"

struct fixture {
  struct world *w;
  struct pending wait, echo;
  int now;
};

static void now(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct fixture *f = data;
  assert_int_equal(count, 1);
  f->now++;
  weir_value result = u32(args[0].of.u32 * 2);
  weir_host_call_return(call, &result, NULL);
}

static void open_fixture(struct fixture *f) {
  *f = (struct fixture){.w = world_open("calls")};
  world_func(f->w, NULL, "wait", "async func() -> u32", pending_call, &f->wait);
  world_func(f->w, NULL, "echo", "async func(s: string) -> string", pending_call, &f->echo);
  world_func(f->w, NULL, "now", "func(x: u32) -> u32", now, f);
  world_start(f->w);
}

static void close_fixture(struct fixture *f) {
  assert_int_equal(weir_store_live_tasks(f->w->store), 0);
  assert_int_equal(weir_store_step(f->w->store), WEIR_STEP_IDLE);
  world_close(f->w);
}

/* ---- returning --------------------------------------------------------------------------------------------------- */

static void a_synchronous_call_completes_in_a_later_step(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  weir_value arg = u32(41);
  call_args(f.w, &o, "plain", &arg, 1);
  assert_int_equal(arg.kind, WEIR_VALUE_NONE); /* moved from */
  assert_true(weir_call_finished(o.call));
  assert_int_equal(o.count, 0);
  assert_true(f.w->wakes > 0);
  world_settle(f.w);
  assert_u32(&o, 42);
  close_fixture(&f);
}

static void a_synchronous_host_function_answers_at_once(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  weir_value arg = u32(21), result = call_now(f.w, "now", &arg, 1);
  assert_int_equal(result.of.u32, 42);
  assert_int_equal(f.now, 1);
  close_fixture(&f);
}

static void a_host_function_finishes_later(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call(f.w, &o, "ask");
  assert_int_equal(world_settle(f.w), WEIR_STEP_WAITING);
  assert_int_equal(o.count, 0);
  int wakes = f.w->wakes;
  pending_return(&f.wait, 0, u32(5));
  assert_int_equal(f.w->wakes, wakes + 1);
  assert_int_equal(o.count, 0);
  assert_int_equal(world_settle(f.w), WEIR_STEP_IDLE);
  assert_u32(&o, 5);
  close_fixture(&f);
}

static void a_late_string_is_allocated_in_the_guest(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  weir_value arg = string("how are you?");
  call_args(f.w, &o, "say", &arg, 1);
  assert_int_equal(world_settle(f.w), WEIR_STEP_WAITING);
  assert_string(&f.echo.args[0], "how are you?");
  weir_value_clear(&f.echo.args[0]);
  pending_return(&f.echo, 0, string("fine, \xc3\xa9\xe2\x82\xac"));
  world_settle(f.w);
  assert_ended(&o, WEIR_OK);
  assert_string(&o.result, "fine, \xc3\xa9\xe2\x82\xac");
  weir_value_clear(&o.result);
  close_fixture(&f);
}

static void calls_of_one_instance_are_in_flight_together(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o[5];
  open_fixture(&f);
  for (int i = 0; i < 5; i++)
    call(f.w, &o[i], "ask");
  assert_int_equal(world_settle(f.w), WEIR_STEP_WAITING);
  assert_int_equal(f.wait.count, 5);
  assert_int_equal(weir_store_live_tasks(f.w->store), 5);
  static const int order[] = {3, 0, 4, 2, 1};
  for (int i = 0; i < 5; i++) {
    pending_return(&f.wait, order[i], u32(100 + (uint32_t)order[i]));
    world_settle(f.w);
    assert_u32(&o[order[i]], 100 + (uint32_t)order[i]);
    assert_int_equal(weir_store_live_tasks(f.w->store), 4 - (size_t)i);
  }
  for (int i = 0; i < 5; i++)
    assert_int_equal(o[i].count, 1);
  close_fixture(&f);
}

/* ---- cancelling -------------------------------------------------------------------------------------------------- */

static void a_call_behind_the_lock_is_cancelled_before_it_starts(void **state) {
  (void)state;
  struct fixture f;
  struct outcome first, second;
  open_fixture(&f);
  call(f.w, &first, "wait-sync");
  call(f.w, &second, "wait-sync");
  assert_int_equal(world_settle(f.w), WEIR_STEP_WAITING);
  assert_int_equal(f.wait.count, 1); /* the second one has not entered */
  assert_int_equal(weir_store_live_tasks(f.w->store), 2);
  weir_call_cancel(second.call);
  assert_int_equal(second.count, 0);
  world_settle(f.w);
  assert_ended(&second, WEIR_ERR_CANCELLED);
  assert_int_equal(weir_store_live_tasks(f.w->store), 1);
  assert_int_equal(f.wait.cancels, 0);
  pending_return(&f.wait, 0, u32(1));
  world_settle(f.w);
  assert_u32(&first, 1);
  assert_int_equal(second.count, 1);
  close_fixture(&f);
}

static void a_call_behind_backpressure_is_cancelled_or_goes_on(void **state) {
  (void)state;
  struct fixture f;
  struct outcome first, second;
  open_fixture(&f);
  call_now(f.w, "inc", NULL, 0);
  call(f.w, &first, "ask");
  call(f.w, &second, "ask");
  assert_int_equal(world_settle(f.w), WEIR_STEP_STUCK);
  assert_int_equal(f.wait.count, 0);
  weir_call_cancel(first.call);
  world_settle(f.w);
  assert_ended(&first, WEIR_ERR_CANCELLED);
  call_now(f.w, "dec", NULL, 0);
  assert_int_equal(world_settle(f.w), WEIR_STEP_WAITING);
  assert_int_equal(f.wait.count, 1);
  pending_return(&f.wait, 0, u32(9));
  world_settle(f.w);
  assert_u32(&second, 9);
  close_fixture(&f);
}

static void a_guest_agrees_to_be_cancelled(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  f.wait.agree = true;
  call(f.w, &o, "ask");
  world_settle(f.w);
  weir_call_cancel(o.call);
  weir_call_cancel(o.call); /* no effect */
  assert_int_equal(f.wait.cancels, 0);
  assert_int_equal(world_settle(f.w), WEIR_STEP_IDLE);
  assert_ended(&o, WEIR_ERR_CANCELLED);
  assert_int_equal(f.wait.cancels, 1);
  close_fixture(&f);
}

static void a_host_agrees_to_a_cancellation_later(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call(f.w, &o, "ask");
  world_settle(f.w);
  weir_call_cancel(o.call);
  assert_int_equal(world_settle(f.w), WEIR_STEP_WAITING);
  assert_int_equal(f.wait.cancels, 1);
  assert_int_equal(o.count, 0);
  weir_host_call_cancelled(f.wait.calls[0]);
  assert_int_equal(world_settle(f.w), WEIR_STEP_IDLE);
  assert_ended(&o, WEIR_ERR_CANCELLED);
  close_fixture(&f);
}

static void a_host_answers_although_it_was_cancelled(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call(f.w, &o, "ask");
  world_settle(f.w);
  weir_call_cancel(o.call);
  world_settle(f.w);
  pending_return(&f.wait, 0, u32(77));
  world_settle(f.w);
  assert_u32(&o, 77);
  close_fixture(&f);
}

static void a_guest_ignores_a_cancellation_and_returns(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call(f.w, &o, "ask-stubborn");
  world_settle(f.w);
  weir_call_cancel(o.call);
  assert_int_equal(world_settle(f.w), WEIR_STEP_WAITING);
  assert_int_equal(o.count, 0);
  assert_int_equal(f.wait.cancels, 0);
  pending_return(&f.wait, 0, u32(6));
  world_settle(f.w);
  assert_u32(&o, 6);
  close_fixture(&f);
}

static void a_call_that_blocks_uncancellably_returns_although_cancelled(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call(f.w, &o, "wait-sync");
  world_settle(f.w);
  weir_call_cancel(o.call);
  assert_int_equal(world_settle(f.w), WEIR_STEP_WAITING);
  assert_int_equal(f.wait.cancels, 0);
  pending_return(&f.wait, 0, u32(3));
  world_settle(f.w);
  assert_u32(&o, 3);
  close_fixture(&f);
}

static void cancelling_a_finished_call_has_no_effect(void **state) {
  (void)state;
  struct fixture f;
  weir_call *handle;
  weir_value arg = u32(1), result;
  open_fixture(&f);
  must(weir_call_start(f.w->instance, world_export(f.w, "plain"), &arg, 1, NULL, NULL, &handle, NULL), NULL);
  assert_true(weir_call_finished(handle));
  weir_call_cancel(handle);
  world_settle(f.w);
  assert_int_equal(weir_call_result(handle, &result, NULL), WEIR_OK);
  assert_int_equal(result.of.u32, 2);
  assert_int_equal(weir_call_result(handle, &result, NULL), WEIR_OK);
  assert_int_equal(result.kind, WEIR_VALUE_NONE); /* only the first time */
  weir_call_cancel(handle);
  weir_call_free(handle);
  close_fixture(&f);
}

static void cancelling_in_the_same_round_as_the_answer_loses(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call(f.w, &o, "ask");
  world_settle(f.w);
  pending_return(&f.wait, 0, u32(4));
  weir_call_cancel(o.call);
  world_settle(f.w);
  assert_int_equal(o.count, 1);
  assert_true(o.status == WEIR_OK || o.status == WEIR_ERR_CANCELLED);
  assert_int_equal(f.wait.cancels, 0); /* the host had finished */
  close_fixture(&f);
}

/* ---- handles ----------------------------------------------------------------------------------------------------- */

static void freeing_a_handle_cancels_nothing(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call(f.w, &o, "ask");
  world_settle(f.w);
  weir_call_free(o.call);
  assert_int_equal(weir_store_live_tasks(f.w->store), 1);
  assert_int_equal(world_settle(f.w), WEIR_STEP_WAITING);
  assert_int_equal(f.wait.cancels, 0);
  pending_return(&f.wait, 0, u32(4));
  assert_int_equal(world_settle(f.w), WEIR_STEP_IDLE);
  assert_int_equal(o.count, 0);
  close_fixture(&f);
}

static void a_handle_freed_after_a_request_to_cancel_still_cancels(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  f.wait.agree = true;
  call(f.w, &o, "ask");
  world_settle(f.w);
  weir_call_cancel(o.call);
  weir_call_free(o.call);
  assert_int_equal(world_settle(f.w), WEIR_STEP_IDLE);
  assert_int_equal(f.wait.cancels, 1);
  assert_int_equal(o.count, 0);
  close_fixture(&f);
}

static void a_finished_call_freed_before_its_completion_does_not_call_back(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  weir_value arg = u32(1);
  call_args(f.w, &o, "plain", &arg, 1);
  weir_call_free(o.call);
  world_settle(f.w);
  assert_int_equal(o.count, 0);
  close_fixture(&f);
}

static void the_outcome_of_an_unfinished_call_is_misuse(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  weir_value result = {0};
  weir_error *error = NULL;
  open_fixture(&f);
  call(f.w, &o, "ask");
  assert_int_equal(weir_call_result(o.call, &result, &error), WEIR_ERR_MISUSE);
  assert_words(weir_error_message(error), "not finished");
  weir_error_free(error);
  pending_return(&f.wait, 0, u32(4));
  world_settle(f.w);
  assert_u32(&o, 4);
  close_fixture(&f);
}

/* A completion may start the next call. */
struct chain {
  struct fixture *f;
  int left, done;
};

static void chain_next(void *data, weir_call *handle) {
  struct chain *c = data;
  c->done++;
  weir_call_free(handle);
  weir_value arg = u32(1);
  if (c->left-- > 0)
    must(weir_call_start(c->f->w->instance, world_export(c->f->w, "plain"), &arg, 1, chain_next, c, &handle, NULL),
         NULL);
}

static void a_completion_starts_the_next_call(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  struct chain c = {.f = &f, .left = 3};
  weir_call *handle;
  weir_value arg = u32(1);
  must(weir_call_start(f.w->instance, world_export(f.w, "plain"), &arg, 1, chain_next, &c, &handle, NULL), NULL);
  assert_int_equal(weir_store_step(f.w->store), WEIR_STEP_READY); /* one completion a round */
  assert_int_equal(c.done, 1);
  assert_int_equal(world_settle(f.w), WEIR_STEP_IDLE);
  assert_int_equal(c.done, 4);
  close_fixture(&f);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_synchronous_call_completes_in_a_later_step),
    cmocka_unit_test(a_synchronous_host_function_answers_at_once),
    cmocka_unit_test(a_host_function_finishes_later),
    cmocka_unit_test(a_late_string_is_allocated_in_the_guest),
    cmocka_unit_test(calls_of_one_instance_are_in_flight_together),
    cmocka_unit_test(a_call_behind_the_lock_is_cancelled_before_it_starts),
    cmocka_unit_test(a_call_behind_backpressure_is_cancelled_or_goes_on),
    cmocka_unit_test(a_guest_agrees_to_be_cancelled),
    cmocka_unit_test(a_host_agrees_to_a_cancellation_later),
    cmocka_unit_test(a_host_answers_although_it_was_cancelled),
    cmocka_unit_test(a_guest_ignores_a_cancellation_and_returns),
    cmocka_unit_test(a_call_that_blocks_uncancellably_returns_although_cancelled),
    cmocka_unit_test(cancelling_a_finished_call_has_no_effect),
    cmocka_unit_test(cancelling_in_the_same_round_as_the_answer_loses),
    cmocka_unit_test(freeing_a_handle_cancels_nothing),
    cmocka_unit_test(a_handle_freed_after_a_request_to_cancel_still_cancels),
    cmocka_unit_test(a_finished_call_freed_before_its_completion_does_not_call_back),
    cmocka_unit_test(the_outcome_of_an_unfinished_call_is_misuse),
    cmocka_unit_test(a_completion_starts_the_next_call),
};

BEHAVIOUR_MAIN(tests)
