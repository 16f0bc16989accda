/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Traps, host functions that fail, misuse of the interface, and stores that are freed in the middle of it all. */
#include "behaviour/behaviour.h"

enum mode { ANSWER, FAIL, EXIT, WRONG_TYPE, NO_RESULT, NOTHING, CANCEL_UNASKED, START_A_CALL, STEP, TWICE };

struct fixture {
  struct world *w;
  struct pending wait, echo;
  enum mode mode;
  int now;
};

static void misuse_from_inside(struct fixture *f) {
  weir_call *handle = NULL;
  weir_instance *instance = NULL;
  weir_value arg = u32(1), result = {0};
  weir_error *error = NULL;
  const weir_func *plain = world_export(f->w, "plain");
  assert_int_equal(weir_call_start(f->w->instance, plain, &arg, 1, NULL, NULL, &handle, &error), WEIR_ERR_MISUSE);
  assert_words(weir_error_message(error), "inside");
  weir_error_free(error);
  assert_int_equal(weir_call_run(f->w->instance, plain, &arg, 1, &result, NULL), WEIR_ERR_MISUSE);
  assert_int_equal(weir_instance_new(f->w->store, f->w->linker, f->w->component, &instance, NULL), WEIR_ERR_MISUSE);
  weir_store_free(f->w->store); /* nothing happens */
}

static void now(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct fixture *f = data;
  weir_value result = u32(args[0].of.u32 + 1), wrong = {.kind = WEIR_VALUE_BOOL};
  assert_int_equal(count, 1);
  f->now++;
  switch (f->mode) {
    case FAIL:
      weir_host_call_fail(call, "the disk is full");
      break;
    case EXIT:
      weir_host_call_exit(call, 42);
      break;
    case WRONG_TYPE:
      weir_host_call_return(call, &wrong, NULL);
      break;
    case NO_RESULT:
      weir_host_call_return(call, NULL, NULL);
      break;
    case CANCEL_UNASKED:
      weir_host_call_cancelled(call);
      break;
    case START_A_CALL:
      misuse_from_inside(f);
      weir_host_call_return(call, &result, NULL);
      break;
    case STEP:
      assert_int_equal(weir_store_step(f->w->store), WEIR_STEP_READY);
      weir_host_call_return(call, &result, NULL);
      break;
    case TWICE: /* the first outcome counts */
      weir_host_call_return(call, &result, NULL);
      weir_host_call_return(call, &wrong, NULL);
      weir_host_call_fail(call, "no");
      weir_host_call_exit(call, 1);
      break;
    case ANSWER:
      weir_host_call_return(call, &result, NULL);
      break;
    case NOTHING:
      break;
  }
}

static void open_fixture(struct fixture *f) {
  *f = (struct fixture){.w = world_open("calls")};
  world_func(f->w, NULL, "wait", NULL, pending_call, &f->wait);
  world_func(f->w, NULL, "echo", NULL, pending_call, &f->echo);
  world_func(f->w, NULL, "now", NULL, now, f);
  world_start(f->w);
}

static void call_host(struct fixture *f, struct outcome *o, enum mode mode) {
  weir_value arg = u32(1);
  f->mode = mode;
  call_args(f->w, o, "now", &arg, 1);
  world_settle(f->w);
}

static void assert_store_failed(struct fixture *f, weir_status status) {
  weir_value arg = u32(1);
  weir_call *handle;
  weir_error *error = NULL;
  assert_int_equal(weir_store_step(f->w->store), WEIR_STEP_FAILED);
  assert_non_null(weir_store_failure(f->w->store));
  assert_int_equal(weir_error_status(weir_store_failure(f->w->store)), status);
  assert_int_equal(weir_call_start(f->w->instance, world_export(f->w, "plain"), &arg, 1, NULL, NULL, &handle, &error),
                   WEIR_ERR_TRAP);
  assert_words(weir_error_message(error), "failed before");
  weir_error_free(error);
}

/* ---- host functions ---------------------------------------------------------------------------------------------- */

static void fails_with(enum mode mode, weir_status status, const char *words) {
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call_host(&f, &o, mode);
  assert_ended(&o, status);
  assert_words(o.message, words);
  assert_int_equal(f.now, 1);
  assert_store_failed(&f, status);
  if (status == WEIR_ERR_EXIT)
    assert_int_equal(weir_error_exit_code(weir_store_failure(f.w->store)), 42);
  world_close(f.w);
}

static void a_host_function_that_fails_ends_the_guest(void **state) {
  (void)state;
  fails_with(FAIL, WEIR_ERR_HOST, "the disk is full");
}

static void a_host_function_that_exits_ends_the_program_with_a_code(void **state) {
  (void)state;
  fails_with(EXIT, WEIR_ERR_EXIT, "42");
}

static void a_result_of_the_wrong_type_is_the_hosts_mistake(void **state) {
  (void)state;
  fails_with(WRONG_TYPE, WEIR_ERR_HOST, "`now`");
}

static void a_missing_result_is_the_hosts_mistake(void **state) {
  (void)state;
  fails_with(NO_RESULT, WEIR_ERR_HOST, "`now`");
}

static void a_synchronous_host_function_that_does_not_finish_fails(void **state) {
  (void)state;
  fails_with(NOTHING, WEIR_ERR_HOST, "without finishing");
}

static void a_host_function_cannot_cancel_unasked(void **state) {
  (void)state;
  fails_with(CANCEL_UNASKED, WEIR_ERR_HOST, "without being asked");
}

static void the_first_outcome_of_a_host_call_counts(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call_host(&f, &o, TWICE);
  assert_u32(&o, 2);
  world_close(f.w);
}

/* A late answer: `status` with everything that is in flight failing once. */
static void late_failure(enum mode mode, weir_status status, const char *words) {
  struct fixture f;
  struct outcome o[3];
  open_fixture(&f);
  for (int i = 0; i < 3; i++)
    call(f.w, &o[i], "ask");
  world_settle(f.w);
  if (mode == FAIL)
    weir_host_call_fail(f.wait.calls[1], "the line is dead");
  else if (mode == EXIT)
    weir_host_call_exit(f.wait.calls[1], 42);
  else
    weir_host_call_cancelled(f.wait.calls[1]);
  assert_int_equal(world_settle(f.w), WEIR_STEP_FAILED);
  for (int i = 0; i < 3; i++) {
    assert_ended(&o[i], status);
    assert_words(o[i].message, words);
  }
  assert_store_failed(&f, status);
  pending_return(&f.wait, 0, u32(1)); /* too late, and harmless */
  assert_int_equal(world_settle(f.w), WEIR_STEP_FAILED);
  world_end_store(f.w);
  assert_int_equal(f.wait.cancels, 1); /* the third call was pending when the store went */
  for (int i = 0; i < 3; i++)
    assert_int_equal(o[i].count, 1);
  world_close(f.w);
}

static void a_late_failure_ends_all_calls(void **state) {
  (void)state;
  late_failure(FAIL, WEIR_ERR_HOST, "the line is dead");
}

static void a_late_exit_ends_all_calls(void **state) {
  (void)state;
  late_failure(EXIT, WEIR_ERR_EXIT, "42");
}

static void a_late_result_of_the_wrong_type_is_refused_and_the_call_goes_on(void **state) {
  struct fixture f;
  struct outcome o;
  weir_error *error = NULL;
  (void)state;
  open_fixture(&f);
  call(f.w, &o, "ask");
  world_settle(f.w);
  weir_value wrong = {.kind = WEIR_VALUE_BOOL};
  assert_int_equal(weir_host_call_return(f.wait.calls[0], &wrong, &error), WEIR_ERR_TYPE);
  assert_string_equal(weir_error_message(error), "result of host function `wait`: expected u32, found bool");
  weir_error_free(error);
  assert_int_equal(wrong.kind, WEIR_VALUE_NONE);
  assert_int_equal(weir_host_call_return(f.wait.calls[0], NULL, NULL), WEIR_ERR_TYPE);
  world_settle(f.w);
  assert_int_equal(o.count, 0);
  pending_return(&f.wait, 0, u32(3));
  world_settle(f.w);
  assert_int_equal(o.status, WEIR_OK);
  world_close(f.w);
}

static void a_late_cancellation_without_request_ends_all_calls(void **state) {
  (void)state;
  late_failure(CANCEL_UNASKED, WEIR_ERR_HOST, "without being asked");
}

/* ---- traps ------------------------------------------------------------------------------------------------------- */

static void a_trap_ends_every_call_of_its_store_and_no_other(void **state) {
  (void)state;
  struct fixture f, g;
  struct outcome asks, waits, queued, traps, other;
  open_fixture(&f);
  open_fixture(&g);
  call(f.w, &waits, "wait-sync"); /* suspended on its own stack */
  call(f.w, &queued, "ask");      /* behind the lock */
  call(g.w, &other, "ask");
  world_settle(f.w);
  call(f.w, &traps, "trap");
  assert_int_equal(world_settle(f.w), WEIR_STEP_FAILED);
  assert_ended(&traps, WEIR_ERR_TRAP);
  assert_words(traps.message, "unreachable");
  assert_ended(&waits, WEIR_ERR_TRAP);
  assert_ended(&queued, WEIR_ERR_TRAP);
  assert_store_failed(&f, WEIR_ERR_TRAP);
  assert_words(weir_error_backtrace(weir_store_failure(f.w->store)), "Main!");
  world_settle(g.w);
  call(g.w, &asks, "ask");
  pending_return(&g.wait, 0, u32(1));
  pending_return(&g.wait, 1, u32(2));
  assert_int_equal(world_settle(g.w), WEIR_STEP_IDLE);
  assert_u32(&other, 1);
  assert_u32(&asks, 2);
  world_close(f.w);
  world_close(g.w);
  assert_int_equal(f.wait.cancels, 1);
}

static void traps_with(const char *name, const char *words) {
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call(f.w, &o, name);
  assert_int_equal(world_settle(f.w), WEIR_STEP_FAILED);
  assert_ended(&o, WEIR_ERR_TRAP);
  assert_words(o.message, words);
  world_close(f.w);
}

static void exiting_without_a_result_traps(void **state) {
  (void)state;
  traps_with("no-return", "failed to produce a result");
}

static void cancelling_oneself_unasked_traps(void **state) {
  (void)state;
  traps_with("bad-cancel", "has not been cancelled");
}

static void a_trap_after_the_result_leaves_the_result(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  weir_value result = {0};
  weir_error *error = NULL;
  open_fixture(&f);
  call(f.w, &o, "return-twice");
  assert_int_equal(world_settle(f.w), WEIR_STEP_FAILED);
  assert_u32(&o, 1);
  assert_words(weir_error_message(weir_store_failure(f.w->store)), "more than once");
  world_close(f.w);
  open_fixture(&f); /* who runs a call to its end hears of it */
  assert_int_equal(weir_call_run(f.w->instance, world_export(f.w, "return-twice"), NULL, 0, &result, &error),
                   WEIR_ERR_TRAP);
  assert_words(weir_error_message(error), "more than once");
  assert_int_equal(result.kind, WEIR_VALUE_NONE);
  weir_error_free(error);
  world_close(f.w);
}

static void a_synchronous_function_that_blocks_traps(void **state) {
  (void)state;
  traps_with("block-sync", "cannot block a synchronous task");
}

/* ---- misuse ------------------------------------------------------------------------------------------------------ */

static void calls_are_refused_inside_a_host_function(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call_host(&f, &o, START_A_CALL);
  assert_u32(&o, 2);
  world_close(f.w);
}

static void stepping_inside_a_host_function_does_nothing(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o, earlier;
  open_fixture(&f);
  weir_value arg = u32(1);
  call_args(f.w, &earlier, "plain", &arg, 1); /* its completion waits for a step */
  f.mode = STEP;
  arg = u32(1);
  call_args(f.w, &o, "now", &arg, 1);
  assert_int_equal(earlier.count, 0);
  world_settle(f.w);
  assert_u32(&o, 2);
  assert_u32(&earlier, 2);
  world_close(f.w);
}

static void run_inside(void *data, weir_call *handle) {
  struct fixture *f = data;
  weir_value arg = u32(1), result;
  weir_error *error = NULL;
  weir_call_free(handle);
  assert_int_equal(weir_call_run(f->w->instance, world_export(f->w, "plain"), &arg, 1, &result, &error),
                   WEIR_ERR_MISUSE);
  assert_words(weir_error_message(error), "callback");
  weir_error_free(error);
  assert_int_equal(weir_store_step(f->w->store), WEIR_STEP_READY);
  weir_store_free(f->w->store); /* nothing happens */
  f->now++;
}

static void running_a_call_inside_a_completion_is_refused(void **state) {
  (void)state;
  struct fixture f;
  weir_call *handle;
  weir_value arg = u32(1);
  open_fixture(&f);
  must(weir_call_start(f.w->instance, world_export(f.w, "plain"), &arg, 1, run_inside, &f, &handle, NULL), NULL);
  world_settle(f.w);
  assert_int_equal(f.now, 1);
  world_close(f.w);
}

static void start_at_the_end(void *data, weir_call *handle) {
  struct fixture *f = data;
  weir_value arg = u32(1);
  assert_int_equal(weir_call_result(handle, NULL, NULL), WEIR_ERR_CANCELLED);
  weir_call_free(handle);
  assert_int_equal(
      weir_call_start(f->w->instance, world_export(f->w, "plain"), &arg, 1, start_at_the_end, f, &handle, NULL),
      WEIR_ERR_MISUSE);
  f->now++;
}

static void no_call_starts_while_the_store_is_freed(void **state) {
  (void)state;
  struct fixture f;
  weir_call *handle;
  open_fixture(&f);
  must(weir_call_start(f.w->instance, world_export(f.w, "ask"), NULL, 0, start_at_the_end, &f, &handle, NULL), NULL);
  world_end_store(f.w);
  assert_int_equal(f.now, 1);
  world_close(f.w);
}

static void arguments_of_the_wrong_type_or_number_are_refused(void **state) {
  (void)state;
  struct fixture f;
  weir_call *handle;
  weir_error *error = NULL;
  open_fixture(&f);
  weir_value args[2] = {string("1"), string("2")};
  const weir_func *plain = world_export(f.w, "plain");
  assert_int_equal(weir_call_start(f.w->instance, plain, args, 1, NULL, NULL, &handle, &error), WEIR_ERR_TYPE);
  assert_words(weir_error_message(error), "argument 1 (x)");
  weir_error_free(error);
  assert_int_equal(args[0].kind, WEIR_VALUE_NONE); /* moved from, also on failure */
  assert_int_equal(weir_call_start(f.w->instance, plain, args, 2, NULL, NULL, &handle, &error), WEIR_ERR_TYPE);
  assert_words(weir_error_message(error), "1 argument, not 2");
  weir_error_free(error);
  assert_int_equal(args[1].kind, WEIR_VALUE_NONE);
  assert_int_equal(weir_store_step(f.w->store), WEIR_STEP_IDLE);
  world_close(f.w);
}

static void functions_and_objects_of_others_are_refused(void **state) {
  (void)state;
  struct fixture f, g;
  weir_call *handle;
  weir_instance *instance;
  weir_error *error = NULL;
  open_fixture(&f);
  open_fixture(&g);
  weir_value arg = u32(1);
  assert_int_equal(weir_call_start(f.w->instance, world_export(g.w, "plain"), &arg, 1, NULL, NULL, &handle, &error),
                   WEIR_ERR_MISUSE);
  assert_words(weir_error_message(error), "another component");
  weir_error_free(error);
  assert_int_equal(weir_instance_new(f.w->store, f.w->linker, g.w->component, &instance, &error), WEIR_ERR_MISUSE);
  assert_words(weir_error_message(error), "engine");
  weir_error_free(error);
  assert_int_equal(weir_instance_new(f.w->store, g.w->linker, f.w->component, &instance, NULL), WEIR_ERR_MISUSE);
  assert_int_equal(weir_instance_new(g.w->store, f.w->linker, f.w->component, &instance, NULL), WEIR_ERR_MISUSE);
  world_close(f.w);
  world_close(g.w);
}

/* ---- the end of a store ------------------------------------------------------------------------------------------ */

static void freeing_a_store_ends_everything_once(void **state) {
  (void)state;
  struct fixture f;
  struct outcome blocks, queued, lets_go;
  weir_call *handle;
  open_fixture(&f);
  call(f.w, &blocks, "wait-sync");
  call(f.w, &queued, "ask");
  call(f.w, &lets_go, "ask");
  weir_call_free(lets_go.call);
  must(weir_call_start(f.w->instance, world_export(f.w, "ask"), NULL, 0, NULL, NULL, &handle, NULL), NULL);
  world_settle(f.w);
  world_end_store(f.w);
  assert_ended(&blocks, WEIR_ERR_CANCELLED);
  assert_ended(&queued, WEIR_ERR_CANCELLED);
  assert_int_equal(lets_go.count, 0);
  assert_int_equal(f.wait.cancels, 1);
  world_close(f.w);
}

static void answer_on_cancel(void *data, weir_host_call *call) {
  struct pending *p = data;
  weir_value result = string("an answer that nobody wants");
  p->cancels++;
  weir_host_call_return(call, &result, NULL);
  assert_int_equal(result.kind, WEIR_VALUE_NONE);
}

static void a_host_may_answer_while_the_store_is_freed(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  weir_value arg = string("hello");
  call_args(f.w, &o, "say", &arg, 1);
  world_settle(f.w);
  weir_host_call_on_cancel(f.echo.calls[0], answer_on_cancel, &f.echo, NULL);
  weir_value_clear(&f.echo.args[0]);
  world_end_store(f.w);
  assert_int_equal(f.echo.cancels, 1);
  assert_ended(&o, WEIR_ERR_CANCELLED);
  world_close(f.w);
}

static void an_answer_not_yet_delivered_goes_with_the_store(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  weir_value arg = string("hello");
  call_args(f.w, &o, "say", &arg, 1);
  world_settle(f.w);
  weir_value_clear(&f.echo.args[0]);
  pending_return(&f.echo, 0, string("too late"));
  world_end_store(f.w);
  assert_int_equal(f.echo.cancels, 0);
  assert_ended(&o, WEIR_ERR_CANCELLED);
  world_close(f.w);
}

static void a_result_not_yet_taken_goes_with_the_store(void **state) {
  (void)state;
  struct fixture f;
  weir_call *handle;
  open_fixture(&f);
  weir_value arg = string("hello");
  must(weir_call_start(f.w->instance, world_export(f.w, "say"), &arg, 1, NULL, NULL, &handle, NULL), NULL);
  world_settle(f.w);
  weir_value_clear(&f.echo.args[0]);
  pending_return(&f.echo, 0, string("in time"));
  world_settle(f.w);
  assert_true(weir_call_finished(handle));
  world_close(f.w); /* with the handle */
}

static void a_component_may_go_before_its_instances(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  weir_value arg = u32(1);
  const weir_func *plain = world_export(f.w, "plain");
  weir_component_free(f.w->component);
  f.w->component = NULL;
  weir_linker_free(f.w->linker);
  f.w->linker = NULL;
  weir_engine_free(f.w->engine);
  f.w->engine = NULL;
  o = (struct outcome){0};
  must(weir_call_start(f.w->instance, plain, &arg, 1, outcome_done, &o, &o.call, NULL), NULL);
  world_settle(f.w);
  assert_u32(&o, 2);
  world_close(f.w);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_host_function_that_fails_ends_the_guest),
    cmocka_unit_test(a_host_function_that_exits_ends_the_program_with_a_code),
    cmocka_unit_test(a_result_of_the_wrong_type_is_the_hosts_mistake),
    cmocka_unit_test(a_missing_result_is_the_hosts_mistake),
    cmocka_unit_test(a_synchronous_host_function_that_does_not_finish_fails),
    cmocka_unit_test(a_host_function_cannot_cancel_unasked),
    cmocka_unit_test(the_first_outcome_of_a_host_call_counts),
    cmocka_unit_test(a_late_failure_ends_all_calls),
    cmocka_unit_test(a_late_exit_ends_all_calls),
    cmocka_unit_test(a_late_result_of_the_wrong_type_is_refused_and_the_call_goes_on),
    cmocka_unit_test(a_late_cancellation_without_request_ends_all_calls),
    cmocka_unit_test(a_trap_ends_every_call_of_its_store_and_no_other),
    cmocka_unit_test(exiting_without_a_result_traps),
    cmocka_unit_test(cancelling_oneself_unasked_traps),
    cmocka_unit_test(a_trap_after_the_result_leaves_the_result),
    cmocka_unit_test(a_synchronous_function_that_blocks_traps),
    cmocka_unit_test(calls_are_refused_inside_a_host_function),
    cmocka_unit_test(stepping_inside_a_host_function_does_nothing),
    cmocka_unit_test(running_a_call_inside_a_completion_is_refused),
    cmocka_unit_test(no_call_starts_while_the_store_is_freed),
    cmocka_unit_test(arguments_of_the_wrong_type_or_number_are_refused),
    cmocka_unit_test(functions_and_objects_of_others_are_refused),
    cmocka_unit_test(freeing_a_store_ends_everything_once),
    cmocka_unit_test(a_host_may_answer_while_the_store_is_freed),
    cmocka_unit_test(an_answer_not_yet_delivered_goes_with_the_store),
    cmocka_unit_test(a_result_not_yet_taken_goes_with_the_store),
    cmocka_unit_test(a_component_may_go_before_its_instances),
};

BEHAVIOUR_MAIN(tests)
