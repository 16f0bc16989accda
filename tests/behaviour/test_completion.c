/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls of host functions that other threads finish; wake-ups; misuse of handles, threads and order. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include "behaviour/behaviour.h"

struct fixture {
  struct world *w;
  weir_host_call *call;      /* the last call of `wait` */
  weir_completion *taken[8]; /* completions, in order of calls */
  int count;
};

static void wait_detached(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct fixture *f = data;
  (void)args, (void)count;
  f->call = call;
  must(weir_host_call_detach(call, &f->taken[f->count++]), NULL);
}

static void not_called(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)args, (void)count;
  weir_host_call_fail(call, "not expected");
}

static void detach_sync(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)count;
  weir_completion *c = NULL;
  assert_int_equal(weir_host_call_detach(call, &c), WEIR_ERR_MISUSE);
  weir_value result = u32(args[0].of.u32);
  assert_int_equal(weir_host_call_return(call, &result, NULL), WEIR_OK);
  assert_int_equal(weir_host_call_return(call, &result, NULL), WEIR_ERR_MISUSE);
}

static void open_fixture(struct fixture *f) {
  *f = (struct fixture){.w = world_open("calls")};
  world_func(f->w, NULL, "wait", "async func() -> u32", wait_detached, f);
  world_func(f->w, NULL, "echo", "async func(s: string) -> string", not_called, NULL);
  world_func(f->w, NULL, "now", "func(x: u32) -> u32", detach_sync, NULL);
  world_start(f->w);
}

static void close_fixture(struct fixture *f) {
  for (int i = 0; i < f->count; i++)
    weir_completion_free(f->taken[i]);
  world_close(f->w);
}

/* Sleeps until the store wants a step, then steps until it does not. */
static weir_step wait_and_step(struct world *w) {
  struct pollfd p = {.fd = weir_store_fd(w->store), .events = POLLIN};
  assert_int_equal(poll(&p, 1, 5000), 1);
  return weir_store_step(w->store);
}

static bool is_readable(weir_store *store) {
  struct pollfd p = {.fd = weir_store_fd(store), .events = POLLIN};
  return poll(&p, 1, 0) == 1;
}

/* ---- finishing --------------------------------------------------------------------------------------------------- */

static void *finish_on_a_thread(void *data) {
  weir_value result = u32(42);
  assert_int_equal(weir_completion_return(data, &result, NULL), WEIR_OK);
  return NULL;
}

static void a_call_is_finished_by_another_thread(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  pthread_t thread;
  open_fixture(&f);
  call(f.w, &o, "ask");
  assert_int_equal(world_settle(f.w), WEIR_STEP_WAITING);
  assert_int_equal(pthread_create(&thread, NULL, finish_on_a_thread, f.taken[0]), 0);
  while (o.count == 0)
    wait_and_step(f.w);
  pthread_join(thread, NULL);
  assert_u32(&o, 42);
  close_fixture(&f);
}

static void completing_twice_is_refused(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call(f.w, &o, "ask");
  weir_value result = u32(1), again = u32(2);
  assert_int_equal(weir_completion_return(f.taken[0], &result, NULL), WEIR_OK);
  assert_int_equal(weir_completion_return(f.taken[0], &again, NULL), WEIR_ERR_MISUSE);
  assert_int_equal(weir_completion_fail(f.taken[0], "late"), WEIR_ERR_MISUSE);
  assert_int_equal(weir_completion_exit(f.taken[0], 3), WEIR_ERR_MISUSE);
  assert_int_equal(weir_host_call_return(f.call, &again, NULL), WEIR_ERR_MISUSE);
  world_settle(f.w);
  assert_u32(&o, 1);
  assert_int_equal(weir_host_call_return(f.call, &again, NULL), WEIR_ERR_MISUSE); /* dead by now */
  assert_int_equal(weir_host_call_fail(f.call, "late"), WEIR_ERR_MISUSE);
  assert_null(weir_host_call_store(f.call));
  assert_int_equal(weir_completion_fail(f.taken[0], "late"), WEIR_ERR_MISUSE);
  close_fixture(&f);
}

static void the_call_itself_may_finish_first(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call(f.w, &o, "ask");
  weir_value result = u32(5), late = string("dropped");
  assert_int_equal(weir_host_call_return(f.call, &result, NULL), WEIR_OK);
  assert_int_equal(weir_completion_return(f.taken[0], &late, NULL), WEIR_ERR_MISUSE);
  assert_int_equal(late.kind, WEIR_VALUE_NONE); /* moved from also on failure */
  world_settle(f.w);
  assert_u32(&o, 5);
  close_fixture(&f);
}

static void a_completion_outlives_its_store_and_engine(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call(f.w, &o, "ask");
  weir_completion *c = weir_completion_ref(f.taken[0]);
  world_end_store(f.w);
  assert_ended(&o, WEIR_ERR_CANCELLED);
  assert_int_equal(weir_host_call_fail(f.call, "stale, but the engine lives"), WEIR_ERR_MISUSE);
  close_fixture(&f);
  weir_value result = string("too late");
  assert_int_equal(weir_completion_return(c, &result, NULL), WEIR_ERR_GONE);
  assert_int_equal(weir_completion_cancelled(c), WEIR_ERR_GONE);
  weir_completion_free(c);
}

static void mail_that_the_store_never_read_is_released(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call(f.w, &o, "ask");
  assert_int_equal(weir_completion_fail(f.taken[0], "in memory of its own, and never looked at"), WEIR_OK);
  world_end_store(f.w);
  assert_ended(&o, WEIR_ERR_CANCELLED);
  close_fixture(&f);
}

static void a_value_of_the_wrong_type_is_refused_and_the_call_goes_on(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call(f.w, &o, "ask");
  weir_value result = string("not a number");
  weir_error *error = NULL;
  assert_int_equal(weir_completion_return(f.taken[0], &result, &error), WEIR_ERR_TYPE);
  assert_string_equal(weir_error_message(error), "expected u32, found string");
  weir_error_free(error);
  assert_int_equal(result.kind, WEIR_VALUE_NONE);
  assert_int_equal(weir_completion_return(f.taken[0], NULL, NULL), WEIR_ERR_TYPE);
  world_settle(f.w);
  assert_int_equal(o.count, 0);
  result = u32(7);
  assert_int_equal(weir_completion_return(f.taken[0], &result, NULL), WEIR_OK);
  world_settle(f.w);
  assert_int_equal(o.status, WEIR_OK);
  close_fixture(&f);
}

static void letting_go_without_finishing_fails_the_guest(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call(f.w, &o, "ask");
  weir_completion_free(f.taken[0]);
  f.count = 0;
  assert_int_equal(world_settle(f.w), WEIR_STEP_FAILED);
  assert_ended(&o, WEIR_ERR_HOST);
  assert_words(o.message, "let go");
  close_fixture(&f);
}

static void a_completion_can_end_the_program(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call(f.w, &o, "ask");
  assert_int_equal(weir_completion_exit(f.taken[0], 3), WEIR_OK);
  assert_int_equal(world_settle(f.w), WEIR_STEP_FAILED);
  assert_ended(&o, WEIR_ERR_EXIT);
  close_fixture(&f);
}

static void a_cancelled_call_is_seen_and_acknowledged(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call(f.w, &o, "ask");
  world_settle(f.w);
  assert_false(weir_completion_cancel_requested(f.taken[0]));
  assert_int_equal(weir_completion_cancelled(f.taken[0]), WEIR_ERR_MISUSE); /* nobody has asked */
  assert_int_equal(weir_call_cancel(o.call), WEIR_OK);
  assert_int_equal(world_settle(f.w), WEIR_STEP_WAITING);
  assert_true(weir_completion_cancel_requested(f.taken[0]));
  assert_int_equal(weir_completion_cancelled(f.taken[0]), WEIR_OK);
  world_settle(f.w);
  assert_ended(&o, WEIR_ERR_CANCELLED);
  close_fixture(&f);
}

/* ---- wake-ups ---------------------------------------------------------------------------------------------------- */

static void the_descriptor_is_readable_while_a_step_is_wanted(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  assert_true(is_readable(f.w->store)); /* it begins so */
  weir_store_step(f.w->store);
  assert_false(is_readable(f.w->store));
  weir_store_wake(f.w->store);
  weir_store_wake(f.w->store);
  assert_true(is_readable(f.w->store));
  assert_int_equal(weir_store_step(f.w->store), WEIR_STEP_IDLE);
  assert_false(is_readable(f.w->store));
  call(f.w, &o, "spin"); /* always ready */
  for (int i = 0; i < 3; i++) {
    assert_true(is_readable(f.w->store));
    assert_int_equal(weir_store_step(f.w->store), WEIR_STEP_READY);
  }
  close_fixture(&f);
}

static weir_store *woken;
static void on_signal(int signal) {
  (void)signal;
  weir_store_wake(woken);
}

static void a_signal_handler_wakes(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  woken = f.w->store;
  weir_store_step(f.w->store);
  (void)weir_store_fd(f.w->store);
  weir_store_step(f.w->store);
  assert_false(is_readable(f.w->store));
  int before = f.w->wakes;
  errno = 77;
  signal(SIGUSR1, on_signal);
  raise(SIGUSR1);
  assert_int_equal(errno, 77);
  assert_true(is_readable(f.w->store));
  assert_int_equal(f.w->wakes, before + 1);
  close_fixture(&f);
}

/* ---- whose store it is ------------------------------------------------------------------------------------------- */

struct foreign {
  struct fixture *f;
  struct outcome *o;
};

static void *use_a_store_of_another_thread(void *data) {
  struct foreign *x = data;
  struct world *w = x->f->w;
  weir_error *error = NULL;
  weir_call *started;
  weir_instance *instance;
  weir_value value = u32(1);
  assert_int_equal(weir_store_step(w->store), WEIR_STEP_REFUSED);
  assert_int_equal(weir_call_start(w->instance, world_export(w, "plain"), &value, 1, NULL, NULL, &started, &error),
                   WEIR_ERR_MISUSE);
  assert_words(weir_error_message(error), "another thread");
  weir_error_free(error);
  assert_int_equal(weir_instance_new(w->store, w->linker, w->component, &instance, NULL), WEIR_ERR_MISUSE);
  assert_int_equal(weir_call_result(x->o->call, NULL, NULL), WEIR_ERR_MISUSE);
  assert_int_equal(weir_host_call_fail(x->f->call, "no"), WEIR_ERR_MISUSE);
  assert_int_equal(weir_store_disown(w->store), WEIR_ERR_MISUSE);
  assert_int_equal(weir_store_fd(w->store), -1);
  assert_false(weir_call_finished(x->o->call));
  return NULL;
}

static void another_thread_is_refused(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  pthread_t thread;
  open_fixture(&f);
  call(f.w, &o, "ask");
  struct foreign x = {&f, &o};
  assert_int_equal(pthread_create(&thread, NULL, use_a_store_of_another_thread, &x), 0);
  pthread_join(thread, NULL);
  weir_value result = u32(6);
  assert_int_equal(weir_completion_return(f.taken[0], &result, NULL), WEIR_OK);
  world_settle(f.w);
  assert_u32(&o, 6); /* nothing was changed */
  close_fixture(&f);
}

static void *step_as_the_new_owner(void *data) {
  struct world *w = data;
  assert_int_equal(weir_store_own(w->store), WEIR_OK);
  world_settle(w);
  assert_int_equal(weir_store_disown(w->store), WEIR_OK);
  return NULL;
}

static void a_store_is_handed_over(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  pthread_t thread;
  open_fixture(&f);
  call(f.w, &o, "ask");
  weir_value result = u32(8);
  assert_int_equal(weir_completion_return(f.taken[0], &result, NULL), WEIR_OK);
  assert_int_equal(weir_store_disown(f.w->store), WEIR_OK);
  assert_int_equal(pthread_create(&thread, NULL, step_as_the_new_owner, f.w), 0);
  pthread_join(thread, NULL);
  assert_u32(&o, 8);
  assert_int_equal(weir_store_own(f.w->store), WEIR_OK);
  assert_int_equal(weir_store_step(f.w->store), WEIR_STEP_IDLE);
  close_fixture(&f);
}

static void a_message_that_is_no_utf8_is_mended(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call(f.w, &o, "ask");
  assert_int_equal(weir_completion_fail(f.taken[0], "caf\xe9!"), WEIR_OK);
  world_settle(f.w);
  assert_ended(&o, WEIR_ERR_HOST);
  assert_words(o.message, "caf\xef\xbf\xbd!");
  close_fixture(&f);
}

/* ---- stale handles, re-entry ------------------------------------------------------------------------------------- */

static void a_freed_call_is_known_as_such(void **state) {
  (void)state;
  struct fixture f;
  weir_call *handle;
  open_fixture(&f);
  must(weir_call_start(f.w->instance, world_export(f.w, "ask"), NULL, 0, NULL, NULL, &handle, NULL), NULL);
  weir_call_free(handle);
  weir_call_free(handle);
  assert_int_equal(weir_call_cancel(handle), WEIR_ERR_MISUSE);
  assert_int_equal(weir_call_result(handle, NULL, NULL), WEIR_ERR_MISUSE);
  assert_int_equal(weir_call_on_event(handle, NULL, NULL), WEIR_ERR_MISUSE);
  assert_false(weir_call_finished(handle));
  must(weir_call_start(f.w->instance, world_export(f.w, "ask"), NULL, 0, NULL, NULL, &handle, NULL), NULL);
  world_end_store(f.w);
  weir_call_free(handle); /* died with its store */
  assert_int_equal(weir_call_cancel(handle), WEIR_ERR_MISUSE);
  close_fixture(&f);
}

static void reenter(void *data, weir_call *handle) {
  struct fixture *f = data;
  assert_int_equal(weir_store_step(f->w->store), WEIR_STEP_READY); /* does nothing */
  assert_int_equal(weir_store_disown(f->w->store), WEIR_ERR_MISUSE);
  weir_store_free(f->w->store); /* does nothing */
  weir_call_free(handle);
  f->count = 100;
}

static void callbacks_cannot_reenter(void **state) {
  (void)state;
  struct fixture f;
  weir_call *handle;
  weir_value value = u32(1);
  open_fixture(&f);
  must(weir_call_start(f.w->instance, world_export(f.w, "plain"), &value, 1, reenter, &f, &handle, NULL), NULL);
  assert_int_equal(world_settle(f.w), WEIR_STEP_IDLE);
  assert_int_equal(f.count, 100);
  f.count = 0;
  close_fixture(&f);
}

static void a_synchronous_host_function_cannot_be_detached(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  weir_value arg = u32(9);
  assert_int_equal(call_now(f.w, "now", &arg, 1).of.u32, 9);
  close_fixture(&f);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_call_is_finished_by_another_thread),
    cmocka_unit_test(completing_twice_is_refused),
    cmocka_unit_test(the_call_itself_may_finish_first),
    cmocka_unit_test(a_completion_outlives_its_store_and_engine),
    cmocka_unit_test(mail_that_the_store_never_read_is_released),
    cmocka_unit_test(a_value_of_the_wrong_type_is_refused_and_the_call_goes_on),
    cmocka_unit_test(letting_go_without_finishing_fails_the_guest),
    cmocka_unit_test(a_completion_can_end_the_program),
    cmocka_unit_test(a_cancelled_call_is_seen_and_acknowledged),
    cmocka_unit_test(the_descriptor_is_readable_while_a_step_is_wanted),
    cmocka_unit_test(a_signal_handler_wakes),
    cmocka_unit_test(another_thread_is_refused),
    cmocka_unit_test(a_store_is_handed_over),
    cmocka_unit_test(a_message_that_is_no_utf8_is_mended),
    cmocka_unit_test(a_freed_call_is_known_as_such),
    cmocka_unit_test(callbacks_cannot_reenter),
    cmocka_unit_test(a_synchronous_host_function_cannot_be_detached),
};

BEHAVIOUR_MAIN(tests)
