/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The host as a whole: its configuration, the functions that answer at once, clocks, driving, and failing allocation.
 */
#include "wasi/host/host.h"

#include <time.h>

#include "fake_guest.h"
#include "support/fault.h"
#include "wasi/wit.h"

#define MONOTONIC "wasi:clocks/monotonic-clock@0.3.0"

static struct bench *open_default(struct bench *b) {
  bench_open(b, -1, -1, -1);
  return b;
}

static weir_host_call *ask(struct bench *b, const char *interface_name, const char *name) {
  return fake_call(&b->linker, &b->store, interface_name, name, NULL, 0);
}

static weir_host_call *ask_u64(struct bench *b, const char *interface_name, const char *name, uint64_t number) {
  weir_value arg = {.kind = WEIR_VALUE_U64, .of.u64 = number};
  return fake_call(&b->linker, &b->store, interface_name, name, &arg, 1);
}

/* ---- configuration ----------------------------------------------------------------------------------------------- */

static void refuse(const weir_wasi_config *config, weir_status status, const char *message) {
  weir_wasi *wasi = NULL;
  weir_error *error = NULL;
  assert_int_equal(weir_wasi_new(config, &wasi, &error), status);
  assert_null(wasi);
  assert_string_equal(weir_error_message(error), message);
  weir_error_free(error);
}

static void text_that_is_not_utf8_is_refused_by_name(void **state) {
  (void)state;
  const char *const bad[] = {"fine", "b\xff"}, *const bad_name[] = {"\xff=x"},
                    *const bad_value[] = {"A=b", "x=\xc0\x80"};
  const char *const unnamed[] = {"A=b", "=x"}, *const no_equals[] = {"A"};
  refuse(&(weir_wasi_config){.size = sizeof(weir_wasi_config), .args = bad, .arg_count = 2}, WEIR_ERR_MALFORMED,
         "argument 1 is not UTF-8");
  refuse(&(weir_wasi_config){.size = sizeof(weir_wasi_config), .env = bad_name, .env_count = 1}, WEIR_ERR_MALFORMED,
         "name of environment variable 0 is not UTF-8");
  refuse(&(weir_wasi_config){.size = sizeof(weir_wasi_config), .env = bad_value, .env_count = 2}, WEIR_ERR_MALFORMED,
         "value of environment variable 1 is not UTF-8");
  refuse(&(weir_wasi_config){.size = sizeof(weir_wasi_config), .env = unnamed, .env_count = 2}, WEIR_ERR_MISUSE,
         "environment variable 1 is not of the form NAME=value");
  refuse(&(weir_wasi_config){.size = sizeof(weir_wasi_config), .env = no_equals, .env_count = 1}, WEIR_ERR_MISUSE,
         "environment variable 0 is not of the form NAME=value");
  refuse(&(weir_wasi_config){.size = sizeof(weir_wasi_config), .initial_cwd = "\xff"}, WEIR_ERR_MALFORMED,
         "the initial working directory is not UTF-8");
  refuse(&(weir_wasi_config){.size = sizeof(weir_wasi_config), .arg_count = 1}, WEIR_ERR_MISUSE,
         "weir_wasi_config: a count without the array");
  struct {
    weir_wasi_config known;
    uint64_t later;
  } config = {{.size = sizeof(config)}, 1};
  refuse(&config.known, WEIR_ERR_MISUSE, "weir_wasi_config has a member set that this version of weir does not know");
}

static void expect_text(const weir_value *value, const char *text) {
  assert_int_equal(value->kind, WEIR_VALUE_STRING);
  assert_int_equal(value->of.string.size, strlen(text));
  assert_memory_equal(value->of.string.data, text, strlen(text));
}

static void a_guest_sees_its_arguments_and_environment(void **state) {
  (void)state;
  const char *const args[] = {"prog", "\xc3\xa4", ""}, *const env[] = {"A=b=c", "EMPTY="};
  weir_wasi_config config = {.size = sizeof(weir_wasi_config),
                             .args = args,
                             .arg_count = 3,
                             .env = env,
                             .env_count = 2,
                             .initial_cwd = "/home",
                             .stdin_fd = -1};
  struct bench b = {0};
  store_init(&b.store);
  assert_int_equal(weir_wasi_new(&config, &b.wasi, NULL), WEIR_OK);
  assert_int_equal(weir_wasi_link(b.wasi, &b.linker, NULL), WEIR_OK);
  for (int twice = 0; twice < 2; twice++) {
    const weir_value *got = &ask(&b, "wasi:cli/environment@0.3.0", "get-arguments")->result;
    assert_int_equal(got->of.list.count, 3);
    expect_text(&got->of.list.items[0], "prog");
    expect_text(&got->of.list.items[1], "\xc3\xa4");
    expect_text(&got->of.list.items[2], "");
    got = &ask(&b, "wasi:cli/environment@0.3.0", "get-environment")->result;
    assert_int_equal(got->of.list.count, 2);
    expect_text(&got->of.list.items[0].of.list.items[0], "A");
    expect_text(&got->of.list.items[0].of.list.items[1], "b=c");
    expect_text(&got->of.list.items[1].of.list.items[0], "EMPTY");
    expect_text(&got->of.list.items[1].of.list.items[1], "");
    got = &ask(&b, "wasi:cli/environment@0.3.0", "get-initial-cwd")->result;
    assert_int_equal(got->tag, 1);
    expect_text(got->of.payload, "/home");
  }
  bench_close(&b);
}

/* ---- functions that answer at once ------------------------------------------------------------------------------- */

static void exits_carry_their_code(void **state) {
  (void)state;
  struct bench b;
  weir_value ok = {.kind = WEIR_VALUE_VARIANT}, err = {.kind = WEIR_VALUE_VARIANT, .tag = 1};
  weir_value code = {.kind = WEIR_VALUE_U8, .of.u8 = 42};
  open_default(&b);
  assert_int_equal(fake_call(&b.linker, &b.store, "wasi:cli/exit@0.3.0", "exit", &ok, 1)->exit_code, 0);
  assert_int_equal(fake_call(&b.linker, &b.store, "wasi:cli/exit@0.3.0", "exit", &err, 1)->exit_code, 1);
  assert_int_equal(fake_call(&b.linker, &b.store, "wasi:cli/exit@0.3.0", "exit-with-code", &code, 1)->exit_code, 42);
  bench_close(&b);
}

static void random_bytes_are_bounded_and_never_none(void **state) {
  (void)state;
  struct bench b;
  open_default(&b);
  const char *const interfaces[] = {"wasi:random/random@0.3.0", "wasi:random/insecure@0.3.0"};
  const char *const names[] = {"get-random-bytes", "get-insecure-random-bytes"};
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(ask_u64(&b, interfaces[i], names[i], 0)->result.of.string.size, 0);
    assert_int_equal(ask_u64(&b, interfaces[i], names[i], 33)->result.of.string.size, 33);
    assert_int_equal(ask_u64(&b, interfaces[i], names[i], UINT64_MAX)->result.of.string.size, WASI_RANDOM_MAX);
  }
  const weir_value *seed = &ask(&b, "wasi:random/insecure-seed@0.3.0", "get-insecure-seed")->result;
  assert_int_equal(seed->of.list.count, 2);
  assert_true(seed->of.list.items[0].of.u64 != seed->of.list.items[1].of.u64);
  bench_close(&b);
}

static void nothing_is_a_terminal_but_a_terminal(void **state) {
  (void)state;
  struct bench b;
  open_default(&b);
  const weir_host_call *call = ask(&b, "wasi:cli/terminal-stdout@0.3.0", "get-terminal-stdout");
  assert_int_equal(call->result.kind, WEIR_VALUE_VARIANT);
  assert_int_equal(call->result.tag, 0);
  bench_close(&b);
  int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0)
    skip();
  bench_open(&b, terminal, terminal, -1);
  call = ask(&b, "wasi:cli/terminal-stdin@0.3.0", "get-terminal-stdin");
  assert_int_equal(call->result.tag, 1);
  assert_int_equal(call->result.of.payload->kind, WEIR_VALUE_RESOURCE);
  bench_close(&b);
  close(terminal);
}

/* ---- clocks ------------------------------------------------------------------------------------------------------ */

static uint64_t now(struct bench *b) {
  return ask(b, MONOTONIC, "now")->result.of.u64;
}

static void instants_before_the_epoch_count_forwards(void **state) {
  (void)state;
  struct wasi_clocks_instant instant = wasi_clocks_instant_of((struct timespec){.tv_sec = -1, .tv_nsec = 999999999});
  assert_true(instant.seconds == -1);
  assert_int_equal(instant.nanoseconds, 999999999);
}

static void times_do_not_overflow(void **state) {
  (void)state;
  assert_int_equal(wasi_clocks_spec(0).tv_nsec, 1); /* zero would be "never" */
  assert_int_equal(wasi_clocks_spec(1500000000).tv_sec, 1);
  assert_int_equal(wasi_clocks_spec(1500000000).tv_nsec, 500000000);
  assert_int_equal(wasi_clocks_spec(UINT64_MAX).tv_sec, INT64_MAX / 1000000000);
}

static void the_clock_is_monotonic_and_the_date_is_the_systems(void **state) {
  (void)state;
  struct bench b;
  open_default(&b);
  uint64_t first = now(&b), second = now(&b);
  assert_true(first <= second);
  assert_true(second < UINT64_C(60000000000)); /* counted from the making of the host, not of the machine */
  assert_in_range(ask(&b, MONOTONIC, "get-resolution")->result.of.u64, 1, 100000000);
  const weir_value *instant = &ask(&b, "wasi:clocks/system-clock@0.3.0", "now")->result;
  int64_t distance = time(NULL) - instant->of.list.items[0].of.s64;
  assert_in_range(distance + 2, 0, 4);
  assert_in_range(instant->of.list.items[1].of.u32, 0, 999999999);
  bench_close(&b);
}

static void waits_that_are_over_end_at_once(void **state) {
  (void)state;
  struct bench b;
  open_default(&b);
  assert_true(ask_u64(&b, MONOTONIC, "wait-for", 0)->finished);
  assert_true(ask_u64(&b, MONOTONIC, "wait-until", now(&b))->finished);
  assert_false(uv_loop_alive(b.wasi->loop));
  bench_close(&b);
}

static void waits_end_in_order_and_never_early(void **state) {
  (void)state;
  struct bench b;
  open_default(&b);
  uint64_t start = now(&b);
  weir_host_call *late = ask_u64(&b, MONOTONIC, "wait-for", 9000000);
  weir_host_call *soon = ask_u64(&b, MONOTONIC, "wait-until", start + 3000000);
  weir_host_call *sooner = ask_u64(&b, MONOTONIC, "wait-for", 300000);
  weir_host_call *never = ask_u64(&b, MONOTONIC, "wait-for", UINT64_MAX);
  while (!sooner->finished)
    uv_run(b.wasi->loop, UV_RUN_ONCE);
  assert_true(now(&b) - start >= 300000);
  assert_false(soon->finished && now(&b) - start < 3000000);
  while (!soon->finished)
    uv_run(b.wasi->loop, UV_RUN_ONCE);
  assert_true(now(&b) - start >= 3000000);
  while (!late->finished)
    uv_run(b.wasi->loop, UV_RUN_ONCE);
  assert_true(now(&b) - start >= 9000000);
  assert_false(never->finished);
  bench_close(&b);
  /* `never` was cancelled by the store's end: nothing of it is left, or the sanitizer tells */
}

static void a_cancelled_wait_ends_at_once_and_lets_the_loop_rest(void **state) {
  (void)state;
  struct bench b;
  open_default(&b);
  weir_host_call *first = ask_u64(&b, MONOTONIC, "wait-for", 60000000000);
  weir_host_call *second = ask_u64(&b, MONOTONIC, "wait-for", 1000000);
  first->cancel(first->data, first);
  assert_true(first->cancelled);
  assert_true(uv_loop_alive(b.wasi->loop));
  second->cancel(second->data, second);
  assert_true(second->cancelled);
  assert_false(uv_loop_alive(b.wasi->loop));
  bench_close(&b);
}

/* ---- driving ----------------------------------------------------------------------------------------------------- */

static void expect_deadlock(struct bench *b, weir_step step, const char *message) {
  weir_call call = {0};
  weir_error *error = NULL;
  b->store.next_step = step;
  assert_int_equal(weir_wasi_drive(b->wasi, &b->store, &call, &error), WEIR_ERR_DEADLOCK);
  assert_string_equal(weir_error_message(error), message);
  weir_error_free(error);
}

static void a_store_that_waits_for_nothing_is_a_deadlock(void **state) {
  (void)state;
  struct bench b;
  open_default(&b);
  expect_deadlock(
      &b, WEIR_STEP_WAITING,
      "deadlock detected: the guest waits, but not for a clock, for input, for output or for a file (1 live task)");
  expect_deadlock(&b, WEIR_STEP_STUCK,
                  "deadlock detected: all tasks wait for each other, and the host owes none of them anything (1 live "
                  "task)");
  expect_deadlock(&b, WEIR_STEP_IDLE, "deadlock detected: no task is left that could end the call (1 live task)");
  bench_close(&b);
}

static void a_failed_store_ends_the_drive(void **state) {
  (void)state;
  struct bench b;
  weir_call call = {0};
  open_default(&b);
  b.store.next_step = WEIR_STEP_FAILED;
  assert_int_equal(weir_wasi_drive(b.wasi, &b.store, &call, NULL), WEIR_ERR_TRAP);
  call.finished = true; /* a call that has ended tells by itself how */
  assert_int_equal(weir_wasi_drive(b.wasi, &b.store, &call, NULL), WEIR_OK);
  bench_close(&b);
}

struct spin {
  weir_call call;
  const weir_host_call *wait;
};

static void spin_check(void *data) {
  struct spin *spin = data;
  spin->call.finished = spin->wait->finished;
}

static void a_guest_that_is_always_ready_does_not_keep_timers_from_firing(void **state) {
  (void)state;
  struct bench b;
  open_default(&b);
  struct spin spin = {.wait = ask_u64(&b, MONOTONIC, "wait-for", 1000000)};
  b.store.next_step = WEIR_STEP_READY;
  b.store.on_step = spin_check;
  b.store.data = &spin;
  assert_int_equal(weir_wasi_drive(b.wasi, &b.store, &spin.call, NULL), WEIR_OK);
  assert_true(spin.wait->finished);
  bench_close(&b);
}

static void drive_again(void *data) {
  struct bench *b = data;
  weir_call call = {0};
  b->store.on_step = NULL;
  assert_int_equal(weir_wasi_drive(b->wasi, &b->store, &call, NULL), WEIR_ERR_MISUSE);
  assert_int_equal(weir_wasi_flush(b->wasi, NULL), WEIR_ERR_MISUSE);
}

static void a_host_is_not_driven_twice_at_once(void **state) {
  (void)state;
  struct bench b;
  weir_call call = {.finished = true};
  open_default(&b);
  b.store.on_step = drive_again;
  b.store.data = &b;
  assert_int_equal(weir_wasi_drive(b.wasi, &b.store, &call, NULL), WEIR_OK);
  bench_close(&b);
}

/* ---- draining and time ------------------------------------------------------------------------------------------- */

static void end_a_task(void *data) {
  struct bench *b = data;
  b->store.live_tasks -= b->store.live_tasks > 0;
}

static void a_drain_goes_on_until_no_task_is_live(void **state) {
  (void)state;
  struct bench b;
  open_default(&b);
  b.store.on_step = end_a_task;
  b.store.data = &b;
  b.store.next_step = WEIR_STEP_READY;
  b.store.live_tasks = 3;
  assert_int_equal(weir_wasi_drain(b.wasi, &b.store, UINT64_MAX, NULL), WEIR_OK);
  assert_int_equal(b.store.live_tasks, 0);
  b.store.next_step = WEIR_STEP_STUCK; /* would be an error, but nothing is stepped */
  assert_int_equal(weir_wasi_drain(b.wasi, &b.store, 0, NULL), WEIR_OK);
  bench_close(&b);
}

static void a_drain_ends_when_its_time_is_over(void **state) {
  (void)state;
  struct bench b;
  weir_error *error = NULL;
  open_default(&b);
  b.store.next_step = WEIR_STEP_READY;
  b.store.live_tasks = 2;
  for (uint64_t time = 0; time < 2; time++) {
    assert_int_equal(weir_wasi_drain(b.wasi, &b.store, time, &error), WEIR_ERR_TIMEOUT);
    assert_string_equal(weir_error_message(error), "2 tasks that still work after their calls have returned");
    weir_error_free(error);
  }
  b.store.next_step = WEIR_STEP_STUCK;
  assert_int_equal(weir_wasi_drain(b.wasi, &b.store, UINT64_MAX, NULL), WEIR_ERR_DEADLOCK);
  bench_close(&b);
}

static void time_that_is_over_ends_whatever_is_driven(void **state) {
  (void)state;
  struct bench b;
  weir_call call = {0};
  open_default(&b);
  b.store.next_step = WEIR_STEP_READY;
  for (uint64_t time = 0; time < 2; time++) {
    weir_wasi_set_timeout(b.wasi, time);
    assert_int_equal(weir_wasi_drive(b.wasi, &b.store, &call, NULL), WEIR_ERR_TIMEOUT);
    assert_int_equal(weir_wasi_drain(b.wasi, &b.store, UINT64_MAX, NULL), WEIR_ERR_TIMEOUT);
    assert_int_equal(weir_wasi_flush(b.wasi, NULL), WEIR_OK); /* there is no output */
  }
  weir_wasi_set_timeout(b.wasi, UINT64_MAX);
  b.store.live_tasks = 0;
  assert_int_equal(weir_wasi_drain(b.wasi, &b.store, 0, NULL), WEIR_OK);
  bench_close(&b);
}

/* ---- failing ----------------------------------------------------------------------------------------------------- */

/* Every use of the host's allocator: each of the three kinds of calls that keep something. */
static weir_status use_everything(const struct weir_alloc *alloc, void *ctx) {
  (void)ctx;
  struct diag d;
  struct bench b = {0};
  char bytes[4];
  struct outcome outcome = {0};
  weir_value readable = {0};
  weir_stream *data;
  diag_init(&d);
  weir_status status = wasi_host_new(alloc, NULL, &b.wasi, &d);
  diag_done(&d);
  if (status != WEIR_OK)
    return status;
  store_init(&b.store);
  weir_wasi_link(b.wasi, &b.linker, NULL);
  weir_stream_new(&b.store, WEIR_ELEMENT_U8, &readable, &data, NULL);
  bool failed = fake_call(&b.linker, &b.store, "wasi:cli/stdout@0.3.0", "write-via-stream", &readable, 1)->failed;
  weir_value_clear(&readable);
  failed |= ask_u64(&b, MONOTONIC, "wait-for", 1000000000)->failed;
  weir_host_call *in = ask(&b, "wasi:cli/stdin@0.3.0", "read-via-stream");
  failed |= in->failed;
  if (!in->failed) {
    weir_stream_read(fake_end(&in->result.of.list.items[0]), bytes, 4, outcome_note, &outcome, NULL);
    weir_store_step(&b.store);
    assert_int_equal(outcome.result, WEIR_COPY_DROPPED); /* no input, or no memory to read it */
  }
  bench_close(&b);
  return failed ? WEIR_ERR_NOMEM : WEIR_OK;
}

static void without_memory_calls_fail_and_nothing_leaks(void **state) {
  (void)state;
  assert_in_range(fault_sweep(use_everything, NULL), 6, 100);
}

static void linking_passes_on_the_linkers_failure(void **state) {
  (void)state;
  struct bench b;
  open_default(&b);
  size_t count = b.linker.count;
  assert_in_range(count, 22, 512);
  for (size_t i = 1; i <= count; i++) {
    struct weir_linker linker = {.fail_at = i};
    assert_int_equal(weir_wasi_link(b.wasi, &linker, NULL), WEIR_ERR_NOMEM);
  }
  bench_close(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(text_that_is_not_utf8_is_refused_by_name),
      cmocka_unit_test(a_guest_sees_its_arguments_and_environment),
      cmocka_unit_test(exits_carry_their_code),
      cmocka_unit_test(random_bytes_are_bounded_and_never_none),
      cmocka_unit_test(nothing_is_a_terminal_but_a_terminal),
      cmocka_unit_test(instants_before_the_epoch_count_forwards),
      cmocka_unit_test(times_do_not_overflow),
      cmocka_unit_test(the_clock_is_monotonic_and_the_date_is_the_systems),
      cmocka_unit_test(waits_that_are_over_end_at_once),
      cmocka_unit_test(waits_end_in_order_and_never_early),
      cmocka_unit_test(a_cancelled_wait_ends_at_once_and_lets_the_loop_rest),
      cmocka_unit_test(a_store_that_waits_for_nothing_is_a_deadlock),
      cmocka_unit_test(a_failed_store_ends_the_drive),
      cmocka_unit_test(a_guest_that_is_always_ready_does_not_keep_timers_from_firing),
      cmocka_unit_test(a_host_is_not_driven_twice_at_once),
      cmocka_unit_test(a_drain_goes_on_until_no_task_is_live),
      cmocka_unit_test(a_drain_ends_when_its_time_is_over),
      cmocka_unit_test(time_that_is_over_ends_whatever_is_driven),
      cmocka_unit_test(without_memory_calls_fail_and_nothing_leaks),
      cmocka_unit_test(linking_passes_on_the_linkers_failure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
