/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Returned and exited are different events: for every way in which a task can end, which events come in which order,
 * when the task leaves the count, and when those who wait for idleness are told.
 */
#include "behaviour/behaviour.h"

struct log {
  weir_call *call;
  char text[128]; /* one letter an event: S started, R returned, C cancelled, F failed, E exited */
  weir_status status;
};

struct fixture {
  struct world *w;
  struct pending wait;
  int idle;
  weir_status idle_status;
};

static void on_event(void *data, weir_call *handle, weir_call_event event) {
  static const char letters[] = "SRCFE";
  struct log *l = data;
  size_t size = strlen(l->text);
  assert_true(size + 1 < sizeof(l->text));
  l->text[size] = letters[event];
  l->text[size + 1] = 0;
  if (event != WEIR_CALL_STARTED)
    assert_true(weir_call_finished(handle));
}

static void on_idle(void *data, weir_status status) {
  struct fixture *f = data;
  f->idle++;
  f->idle_status = status;
}

static void open_fixture(struct fixture *f, const char *guest) {
  *f = (struct fixture){.w = world_open(guest)};
  world_func(f->w, NULL, "wait", "async func() -> u32", pending_call, &f->wait);
  if (strcmp(guest, "calls") == 0) {
    world_func(f->w, NULL, "echo", NULL, pending_call, &f->wait);
    world_func(f->w, NULL, "now", NULL, pending_call, &f->wait);
  }
  world_start(f->w);
}

static void start(struct fixture *f, struct log *l, const char *name, weir_value *args, size_t count) {
  weir_error *error = NULL;
  *l = (struct log){0};
  must(weir_call_start(f->w->instance, world_export(f->w, name), args, count, NULL, NULL, &l->call, &error), &error);
  assert_int_equal(weir_call_on_event(l->call, on_event, l), WEIR_OK);
  assert_string_equal(l->text, ""); /* never inside the starting call */
}

/* What two who wait for idleness have been told, and what has happened. */
static void watch(struct fixture *f) {
  f->idle = 0;
  assert_int_equal(weir_store_on_idle(f->w->store, on_idle, f), WEIR_OK);
  assert_int_equal(weir_store_on_idle(f->w->store, on_idle, f), WEIR_OK);
}

static void expect(struct fixture *f, const struct log *l, const char *events, size_t live) {
  world_settle(f->w);
  assert_string_equal(l->text, events);
  assert_int_equal(weir_store_live_tasks(f->w->store), live);
  assert_int_equal(f->idle, live == 0 ? 2 : 0); /* both, once */
  assert_int_equal(weir_call_exited(l->call), !!strchr(events, 'E'));
}

static void close_fixture(struct fixture *f, struct log *l) {
  weir_call_free(l->call);
  world_close(f->w);
}

/* ---- the rows ---------------------------------------------------------------------------------------------------- */

static void synchronous_lift(void **state) {
  (void)state;
  struct fixture f;
  struct log l;
  open_fixture(&f, "calls");
  weir_value arg = u32(1);
  start(&f, &l, "plain", &arg, 1);
  watch(&f);
  expect(&f, &l, "SRE", 0);
  close_fixture(&f, &l);
}

static void stackful_lift_between_return_and_the_end_of_its_function(void **state) {
  (void)state;
  struct fixture f;
  struct log l;
  open_fixture(&f, "calls");
  start(&f, &l, "linger-stackful", NULL, 0);
  watch(&f);
  expect(&f, &l, "SR", 1);
  pending_return(&f.wait, 0, u32(0));
  expect(&f, &l, "SRE", 0);
  close_fixture(&f, &l);
}

static void callback_that_returns_and_exits_later(void **state) {
  (void)state;
  struct fixture f;
  struct log l;
  open_fixture(&f, "calls");
  start(&f, &l, "linger", NULL, 0);
  watch(&f);
  expect(&f, &l, "SR", 1);
  pending_return(&f.wait, 0, u32(0));
  expect(&f, &l, "SRE", 0);
  close_fixture(&f, &l);
}

/* The count never comes to zero, but whoever waits for it is told why. */
static void expect_failure(struct fixture *f, const struct log *l, const char *events) {
  assert_int_equal(world_settle(f->w), WEIR_STEP_FAILED);
  assert_string_equal(l->text, events);
  assert_int_not_equal(weir_store_live_tasks(f->w->store), 0);
  assert_int_equal(f->idle, 2);
  assert_int_equal(f->idle_status, WEIR_ERR_TRAP);
}

static void exit_without_a_result(void **state) {
  (void)state;
  struct fixture f;
  struct log l;
  open_fixture(&f, "calls");
  start(&f, &l, "no-return", NULL, 0);
  watch(&f);
  expect_failure(&f, &l, "SFE");
  assert_words(weir_error_message(weir_store_failure(f.w->store)), "failed to produce a result");
  close_fixture(&f, &l);
}

static void cancelled_while_starting(void **state) {
  (void)state;
  struct fixture f;
  struct log first;
  open_fixture(&f, "calls");
  call_now(f.w, "inc", NULL, 0); /* backpressure */
  start(&f, &first, "ask", NULL, 0);
  watch(&f);
  expect(&f, &first, "", 1);
  weir_call_cancel(first.call);
  expect(&f, &first, "CE", 0); /* no guest code ran */
  call_now(f.w, "dec", NULL, 0);
  close_fixture(&f, &first);
}

static void cancelled_and_exits(void **state) {
  (void)state;
  struct fixture f;
  struct log l;
  open_fixture(&f, "calls");
  start(&f, &l, "cancel-late", NULL, 0);
  watch(&f);
  expect(&f, &l, "S", 1);
  weir_call_cancel(l.call);
  expect(&f, &l, "SC", 1);
  pending_return(&f.wait, 0, u32(0));
  expect(&f, &l, "SCE", 0);
  close_fixture(&f, &l);
}

static void cancellation_ignored(void **state) {
  (void)state;
  struct fixture f;
  struct log l;
  open_fixture(&f, "calls");
  start(&f, &l, "ask-stubborn", NULL, 0);
  watch(&f);
  expect(&f, &l, "S", 1);
  weir_call_cancel(l.call);
  expect(&f, &l, "S", 1);
  pending_return(&f.wait, 0, u32(3));
  expect(&f, &l, "SRE", 0);
  close_fixture(&f, &l);
}

static void task_cancel_without_a_request(void **state) {
  (void)state;
  struct fixture f;
  struct log l;
  open_fixture(&f, "calls");
  start(&f, &l, "bad-cancel", NULL, 0);
  watch(&f);
  expect_failure(&f, &l, "SFE");
  close_fixture(&f, &l);
}

static void a_trap_after_returning(void **state) {
  (void)state;
  struct fixture f;
  struct log l, other;
  open_fixture(&f, "calls");
  start(&f, &l, "linger", NULL, 0);
  watch(&f);
  expect(&f, &l, "SR", 1);
  start(&f, &other, "trap", NULL, 0);
  expect_failure(&f, &l, "SRE"); /* it will never run again */
  assert_string_equal(other.text, "SFE");
  weir_call_free(other.call);
  close_fixture(&f, &l);
}

static void main_thread_exits_before_another_returns(void **state) {
  (void)state;
  struct fixture f;
  struct log l;
  open_fixture(&f, "threads");
  weir_value return_then_wait = u32(1);
  start(&f, &l, "leave", &return_then_wait, 1);
  watch(&f);
  expect(&f, &l, "SRE", 0); /* at its return: the main thread has exited, and another thread does not count */
  pending_return(&f.wait, 0, u32(0));
  expect(&f, &l, "SRE", 0);
  close_fixture(&f, &l);
}

static void main_thread_exits_and_the_last_one_returns_late(void **state) {
  (void)state;
  struct fixture f;
  struct log l;
  open_fixture(&f, "threads");
  weir_value return_late = u32(0);
  start(&f, &l, "leave", &return_late, 1);
  watch(&f);
  expect(&f, &l, "S", 1);
  pending_return(&f.wait, 0, u32(6));
  expect(&f, &l, "SRE", 0);
  close_fixture(&f, &l);
}

static void threads_left_over_do_not_count(void **state) {
  (void)state;
  struct fixture f;
  struct log l;
  open_fixture(&f, "threads");
  weir_value only_wait = u32(2);
  start(&f, &l, "return-and-leave", &only_wait, 1);
  watch(&f);
  expect(&f, &l, "SRE", 0); /* although a thread of it waits for the host */
  assert_int_equal(f.wait.count, 1);
  pending_return(&f.wait, 0, u32(0));
  world_settle(f.w);
  assert_string_equal(l.text, "SRE");
  close_fixture(&f, &l);
}

/* ---- host tasks, freeing, who is told ---------------------------------------------------------------------------- */

static void host_calls_do_not_count(void **state) {
  (void)state;
  struct fixture f;
  struct log l;
  weir_value readable;
  weir_stream *writable;
  open_fixture(&f, "calls");
  start(&f, &l, "ask", NULL, 0);
  world_settle(f.w);
  assert_int_equal(weir_store_live_tasks(f.w->store), 1); /* the task; not its host call */
  must(weir_stream_new(f.w->store, WEIR_ELEMENT_U8, &readable, &writable, NULL), NULL);
  pending_return(&f.wait, 0, u32(3));
  watch(&f);
  expect(&f, &l, "SRE", 0); /* nor an end of a stream */
  weir_value_clear(&readable);
  weir_stream_drop(writable);
  close_fixture(&f, &l);
}

static void a_freed_store_tells_everyone(void **state) {
  (void)state;
  struct fixture f;
  struct log asked, lingers;
  open_fixture(&f, "calls");
  start(&f, &asked, "ask", NULL, 0);
  world_settle(f.w);
  start(&f, &lingers, "linger", NULL, 0);
  world_settle(f.w);
  watch(&f);
  world_end_store(f.w);
  assert_string_equal(asked.text, "SCE");
  assert_string_equal(lingers.text, "SRE");
  assert_int_equal(f.idle, 2);
  assert_int_equal(f.idle_status, WEIR_ERR_CANCELLED);
  world_close(f.w);
}

static void idle_already_is_told_in_the_next_step(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f, "calls");
  watch(&f);
  assert_int_equal(f.idle, 0);
  assert_int_equal(weir_store_step(f.w->store), WEIR_STEP_IDLE);
  assert_int_equal(f.idle, 2);
  assert_int_equal(f.idle_status, WEIR_OK);
  weir_store_step(f.w->store);
  assert_int_equal(f.idle, 2);
  world_close(f.w);
}

/* A call that a completion starts keeps the store from being idle. */
struct chain {
  struct fixture *f;
  struct log next;
};

static void start_another(void *data, weir_call *handle) {
  struct chain *c = data;
  weir_call_free(handle);
  start(c->f, &c->next, "ask", NULL, 0);
}

static void not_idle_while_a_completion_starts_more(void **state) {
  (void)state;
  struct fixture f;
  weir_call *handle;
  weir_value arg = u32(1);
  open_fixture(&f, "calls");
  struct chain c = {.f = &f};
  must(weir_call_start(f.w->instance, world_export(f.w, "plain"), &arg, 1, start_another, &c, &handle, NULL), NULL);
  assert_int_equal(weir_store_live_tasks(f.w->store), 0);
  watch(&f);
  expect(&f, &c.next, "S", 1);
  pending_return(&f.wait, 0, u32(3));
  expect(&f, &c.next, "SRE", 0);
  close_fixture(&f, &c.next);
}

/* An exited call may be freed in any of its events. */
static void free_at_once(void *data, weir_call *handle, weir_call_event event) {
  if (*(weir_call_event *)data == event)
    weir_call_free(handle);
  else
    assert_true(*(weir_call_event *)data > event);
}

static void a_call_is_freed_in_its_own_event(void **state) {
  (void)state;
  static weir_call_event when[] = {WEIR_CALL_STARTED, WEIR_CALL_RETURNED, WEIR_CALL_EXITED};
  struct fixture f;
  open_fixture(&f, "calls");
  for (int i = 0; i < 3; i++) {
    weir_value arg = u32(1);
    weir_call *handle;
    must(weir_call_start(f.w->instance, world_export(f.w, "plain"), &arg, 1, NULL, NULL, &handle, NULL), NULL);
    assert_int_equal(weir_call_on_event(handle, free_at_once, &when[i]), WEIR_OK);
    assert_int_equal(world_settle(f.w), WEIR_STEP_IDLE);
    assert_int_equal(weir_call_cancel(handle), WEIR_ERR_MISUSE);
  }
  world_close(f.w);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(synchronous_lift),
    cmocka_unit_test(stackful_lift_between_return_and_the_end_of_its_function),
    cmocka_unit_test(callback_that_returns_and_exits_later),
    cmocka_unit_test(exit_without_a_result),
    cmocka_unit_test(cancelled_while_starting),
    cmocka_unit_test(cancelled_and_exits),
    cmocka_unit_test(cancellation_ignored),
    cmocka_unit_test(task_cancel_without_a_request),
    cmocka_unit_test(a_trap_after_returning),
    cmocka_unit_test(main_thread_exits_before_another_returns),
    cmocka_unit_test(main_thread_exits_and_the_last_one_returns_late),
    cmocka_unit_test(threads_left_over_do_not_count),
    cmocka_unit_test(host_calls_do_not_count),
    cmocka_unit_test(a_freed_store_tells_everyone),
    cmocka_unit_test(idle_already_is_told_in_the_next_step),
    cmocka_unit_test(not_idle_while_a_completion_starts_more),
    cmocka_unit_test(a_call_is_freed_in_its_own_event),
};

BEHAVIOUR_MAIN(tests)
