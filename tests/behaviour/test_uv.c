/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A store in a libuv loop (weir/uv.h): the loop runs as long as something may still happen in the store and no longer,
 * and everything else in the loop has its turn.
 */
#include <pthread.h>
#include <uv.h>

#include "behaviour/behaviour.h"

struct fixture {
  struct world *w;
  struct pending wait;
  uv_loop_t loop;
  uv_timer_t timer;
  weir_uv *adapter;
  int told[WEIR_STEP_REFUSED + 1];
  int rounds;
  struct outcome o;
};

static void count_step(void *data, weir_store *store, weir_step step) {
  struct fixture *f = data;
  assert_ptr_equal(store, f->w->store);
  f->told[step]++;
}

static void attach(struct fixture *f, weir_uv_step_fn on_step) {
  weir_error *error = NULL;
  must(weir_uv_attach(f->w->store, &f->loop, on_step, f, &f->adapter, &error), &error);
  assert_int_equal(f->told[WEIR_STEP_IDLE], 0); /* never inside */
}

static void open_fixture(struct fixture *f) {
  memset(f, 0, sizeof(*f));
  f->w = world_open("calls");
  world_func(f->w, NULL, "wait", "async func() -> u32", pending_call, &f->wait);
  world_func(f->w, NULL, "echo", NULL, pending_call, &f->wait);
  world_func(f->w, NULL, "now", NULL, pending_call, &f->wait);
  world_start(f->w);
  assert_int_equal(uv_loop_init(&f->loop), 0);
  uv_timer_init(&f->loop, &f->timer);
  f->timer.data = f;
}

static void close_fixture(struct fixture *f) {
  weir_uv_detach(f->adapter);
  uv_close((uv_handle_t *)&f->timer, NULL);
  uv_run(&f->loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&f->loop), 0);
  world_close(f->w);
}

static void run_loop(struct fixture *f) {
  assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
}

static void an_idle_store_keeps_no_loop_alive(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  attach(&f, count_step);
  run_loop(&f);
  assert_int_equal(f.told[WEIR_STEP_IDLE], 1);
  run_loop(&f);
  assert_int_equal(f.told[WEIR_STEP_IDLE], 1);
  close_fixture(&f);
}

static void answer_by_timer(uv_timer_t *timer) {
  struct fixture *f = timer->data;
  pending_return(&f->wait, 0, u32(5));
}

static void the_loop_waits_for_its_own_timer_and_ends(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  attach(&f, count_step);
  call(f.w, &f.o, "wait-sync");
  uv_timer_start(&f.timer, answer_by_timer, 5, 0);
  run_loop(&f);
  assert_u32(&f.o, 5);
  assert_int_equal(f.told[WEIR_STEP_STUCK], 0);
  close_fixture(&f);
}

static void *finish_elsewhere(void *data) {
  weir_completion *completion = data;
  weir_value result = u32(6);
  must(weir_completion_return(completion, &result, NULL), NULL);
  weir_completion_free(completion);
  return NULL;
}

static void the_loop_waits_for_another_thread_and_ends(void **state) {
  (void)state;
  struct fixture f;
  pthread_t thread;
  weir_completion *completion;
  open_fixture(&f);
  attach(&f, NULL);
  call(f.w, &f.o, "wait-sync");
  must(weir_host_call_detach(f.wait.calls[0], &completion), NULL);
  assert_int_equal(pthread_create(&thread, NULL, finish_elsewhere, completion), 0);
  run_loop(&f);
  assert_u32(&f.o, 6);
  pthread_join(thread, NULL);
  close_fixture(&f);
}

static void start_by_timer(uv_timer_t *timer) {
  struct fixture *f = timer->data;
  weir_value arg = u32(1);
  call_args(f->w, &f->o, "plain", &arg, 1);
}

static void a_call_started_by_another_callback_of_the_loop_is_run(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  attach(&f, NULL);
  uv_timer_start(&f.timer, start_by_timer, 2, 0);
  run_loop(&f);
  assert_u32(&f.o, 2);
  close_fixture(&f);
}

static void start_until_three(void *data, weir_store *store, weir_step step) {
  struct fixture *f = data;
  count_step(data, store, step);
  if (f->rounds++ >= 3)
    return;
  weir_value arg = u32((uint32_t)f->rounds);
  call_args(f->w, &f->o, "plain", &arg, 1);
}

static void the_callback_starts_further_calls(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  attach(&f, start_until_three);
  run_loop(&f);
  assert_int_equal(f.rounds, 4);
  assert_u32(&f.o, 4);
  close_fixture(&f);
}

static void detach_at_three(uv_timer_t *timer) {
  struct fixture *f = timer->data;
  if (++f->rounds < 3)
    return;
  uv_timer_stop(timer);
  weir_uv_detach(f->adapter);
  f->adapter = NULL;
}

static void a_guest_that_yields_for_ever_leaves_timers_their_turn(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  attach(&f, count_step);
  call(f.w, &f.o, "spin");
  uv_timer_start(&f.timer, detach_at_three, 1, 1);
  run_loop(&f);
  assert_int_equal(f.rounds, 3);
  assert_true(f.told[WEIR_STEP_READY] > 0);
  assert_int_equal(f.o.count, 0);
  close_fixture(&f);
}

static void a_deadlock_is_told_and_ends_the_loop(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  attach(&f, count_step);
  call(f.w, &f.o, "stuck");
  run_loop(&f);
  assert_int_equal(f.told[WEIR_STEP_STUCK], 1);
  assert_int_equal(f.o.count, 0);
  close_fixture(&f);
}

static void a_trap_is_told_and_ends_the_loop(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  attach(&f, count_step);
  call(f.w, &f.o, "trap");
  run_loop(&f);
  assert_ended(&f.o, WEIR_ERR_TRAP);
  assert_true(f.told[WEIR_STEP_FAILED] >= 1);
  close_fixture(&f);
}

static void detach_inside(void *data, weir_call *call) {
  struct fixture *f = data;
  weir_call_free(call);
  weir_uv_detach(f->adapter);
  f->adapter = NULL;
  f->rounds++;
}

static void a_completion_detaches_the_store(void **state) {
  (void)state;
  struct fixture f;
  weir_error *error = NULL;
  open_fixture(&f);
  attach(&f, count_step);
  weir_value arg = u32(1);
  weir_call *ended;
  must(weir_call_start(f.w->instance, world_export(f.w, "plain"), &arg, 1, detach_inside, &f, &ended, &error), &error);
  run_loop(&f);
  assert_int_equal(f.rounds, 1);
  assert_int_equal(f.told[WEIR_STEP_IDLE], 0); /* nothing is told any more */
  close_fixture(&f);
}

static void attach_inside(void *data, weir_call *call) {
  struct fixture *f = data;
  weir_error *error = NULL;
  weir_call_free(call);
  f->rounds++;
  assert_int_equal(weir_uv_attach(f->w->store, &f->loop, NULL, NULL, &f->adapter, &error), WEIR_ERR_MISUSE);
  assert_non_null(error);
  weir_error_free(error);
}

static void *attach_elsewhere(void *data) {
  struct fixture *f = data;
  assert_int_equal(weir_uv_attach(f->w->store, &f->loop, NULL, NULL, &f->adapter, NULL), WEIR_ERR_MISUSE);
  return NULL;
}

static void a_store_in_a_step_or_of_another_thread_is_refused(void **state) {
  (void)state;
  struct fixture f;
  weir_error *error = NULL;
  pthread_t thread;
  weir_call *ended;
  open_fixture(&f);
  weir_value arg = u32(1);
  must(weir_call_start(f.w->instance, world_export(f.w, "plain"), &arg, 1, attach_inside, &f, &ended, &error), &error);
  world_settle(f.w);
  assert_int_equal(f.rounds, 1);
  assert_int_equal(pthread_create(&thread, NULL, attach_elsewhere, &f), 0);
  pthread_join(thread, NULL);
  close_fixture(&f);
}

int main(int argc, char **argv) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_idle_store_keeps_no_loop_alive),
      cmocka_unit_test(the_loop_waits_for_its_own_timer_and_ends),
      cmocka_unit_test(the_loop_waits_for_another_thread_and_ends),
      cmocka_unit_test(a_call_started_by_another_callback_of_the_loop_is_run),
      cmocka_unit_test(the_callback_starts_further_calls),
      cmocka_unit_test(a_guest_that_yields_for_ever_leaves_timers_their_turn),
      cmocka_unit_test(a_deadlock_is_told_and_ends_the_loop),
      cmocka_unit_test(a_trap_is_told_and_ends_the_loop),
      cmocka_unit_test(a_completion_detaches_the_store),
      cmocka_unit_test(a_store_in_a_step_or_of_another_thread_is_refused),
  };
  return behaviour_main(argc, argv, tests, sizeof(tests) / sizeof(tests[0]));
}
