/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The example guests on the WASI host through the public interface: output, input, clocks, and ends in the middle. */
#include "weir/wasi.h"
#include "weir/weir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GUESTS WEIR_SOURCE_DIR "/examples/guests/"
#define RUN "wasi:cli/run@0.3.0"

struct program {
  weir_engine *engine;
  weir_component *component;
  weir_linker *linker;
  weir_wasi *wasi;
  weir_store *store;
  weir_instance *instance;
  weir_call *call;
};

static weir_component *load(weir_engine *engine, const char *path) {
  static char bytes[1 << 20];
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  size_t size = fread(bytes, 1, sizeof(bytes), file);
  fclose(file);
  weir_component *component = NULL;
  assert_int_equal(weir_component_new(engine, bytes, size, &component, NULL), WEIR_OK);
  return component;
}

/* Starts wasi:cli/run of a guest. */
static void program_start(struct program *p, const char *path, const weir_wasi_config *config) {
  *p = (struct program){0};
  assert_int_equal(weir_engine_new(NULL, &p->engine, NULL), WEIR_OK);
  p->component = load(p->engine, path);
  assert_int_equal(weir_wasi_new(config, &p->wasi, NULL), WEIR_OK);
  assert_int_equal(weir_linker_new(p->engine, &p->linker, NULL), WEIR_OK);
  assert_int_equal(weir_wasi_link(p->wasi, p->linker, NULL), WEIR_OK);
  assert_int_equal(weir_store_new(p->engine, NULL, &p->store, NULL), WEIR_OK);
  assert_int_equal(weir_instance_new(p->store, p->linker, p->component, &p->instance, NULL), WEIR_OK);
  const weir_func *run = weir_component_find_func(p->component, RUN, "run");
  assert_int_equal(weir_call_start(p->instance, run, NULL, 0, NULL, NULL, &p->call, NULL), WEIR_OK);
}

static void program_free_store(struct program *p) {
  weir_call_free(p->call);
  weir_store_free(p->store);
  p->call = NULL;
  p->store = NULL;
}

static void program_end(struct program *p) {
  program_free_store(p);
  weir_linker_free(p->linker);
  weir_wasi_free(p->wasi);
  weir_component_free(p->component);
  weir_engine_free(p->engine);
}

/* Drives to the end; the case of the guest's result. */
static uint32_t program_finish(struct program *p) {
  weir_value result = {0};
  assert_int_equal(weir_wasi_drive(p->wasi, p->store, p->call, NULL), WEIR_OK);
  assert_int_equal(weir_call_result(p->call, &result, NULL), WEIR_OK);
  assert_int_equal(weir_wasi_flush(p->wasi, NULL), WEIR_OK);
  uint32_t tag = result.tag;
  weir_value_clear(&result);
  return tag;
}

/* Runs the guest until it waits for the host, without letting any time pass. */
static void program_run_to_wait(struct program *p) {
  weir_step step;
  while ((step = weir_store_step(p->store)) == WEIR_STEP_READY) {
  }
  assert_int_equal(step, WEIR_STEP_WAITING);
  assert_false(weir_call_finished(p->call));
}

static void arguments_and_environment_reach_the_output(void **state) {
  (void)state;
  int out[2];
  char text[64] = {0};
  const char *const args[] = {"hello", "w\xc3\xb6rld"}, *const env[] = {"GREETING=good day"};
  struct program p;
  assert_int_equal(pipe(out), 0);
  program_start(&p, GUESTS "hello.wasm",
                &(weir_wasi_config){.size = sizeof(weir_wasi_config),
                                    .args = args,
                                    .arg_count = 2,
                                    .env = env,
                                    .env_count = 1,
                                    .stdin_fd = -1,
                                    .stdout_fd = out[1],
                                    .stderr_fd = -1});
  assert_int_equal(program_finish(&p), 0);
  assert_true(read(out[0], text, sizeof(text) - 1) > 0);
  assert_string_equal(text, "good day, w\xc3\xb6rld\n");
  program_end(&p);
  close(out[0]);
  close(out[1]);
}

static void output_without_a_reader_is_the_guests_error(void **state) {
  (void)state;
  int out[2];
  struct program p;
  signal(SIGPIPE, SIG_DFL); /* raised, it would end this program */
  assert_int_equal(pipe(out), 0);
  close(out[0]);
  program_start(
      &p, GUESTS "hello.wasm",
      &(weir_wasi_config){.size = sizeof(weir_wasi_config), .stdin_fd = -1, .stdout_fd = out[1], .stderr_fd = -1});
  assert_int_equal(program_finish(&p), 1);
  program_end(&p);
  close(out[1]);
}

static void input_goes_through_a_guest_unchanged(void **state) {
  (void)state;
  enum { SIZE = 3000000 };
  FILE *in = tmpfile(), *out = tmpfile();
  char *sent = malloc(SIZE), *got = malloc(SIZE + 1);
  struct program p;
  for (size_t i = 0; i < SIZE; i++)
    sent[i] = (char)(i * i % 251);
  assert_int_equal(fwrite(sent, 1, SIZE, in), SIZE);
  rewind(in);
  program_start(
      &p, GUESTS "pipe.wasm",
      &(weir_wasi_config){
          .size = sizeof(weir_wasi_config), .stdin_fd = fileno(in), .stdout_fd = fileno(out), .stderr_fd = -1});
  assert_int_equal(program_finish(&p), 0);
  program_end(&p);
  rewind(out);
  assert_int_equal(fread(got, 1, SIZE + 1, out), SIZE);
  assert_memory_equal(got, sent, SIZE);
  free(sent);
  free(got);
  fclose(in);
  fclose(out);
}

static void timers_that_run_at_once_take_as_long_as_the_longest(void **state) {
  (void)state;
  FILE *out = tmpfile();
  char text[256] = {0};
  int total = 0;
  struct program p;
  program_start(
      &p, GUESTS "timers.wasm",
      &(weir_wasi_config){.size = sizeof(weir_wasi_config), .stdin_fd = -1, .stdout_fd = fileno(out), .stderr_fd = -1});
  assert_int_equal(program_finish(&p), 0);
  program_end(&p);
  rewind(out);
  assert_true(fread(text, 1, sizeof(text) - 1, out) > 0);
  const char *ended = "10 ms timer ended\n20 ms timer ended\n30 ms timer ended\ntotal: ";
  assert_memory_equal(text, ended, strlen(ended));
  assert_int_equal(sscanf(text + strlen(ended), "%d", &total), 1);
  assert_true(total >= 30);
  fclose(out);
}

static void a_store_is_freed_while_its_guest_waits_for_input(void **state) {
  (void)state;
  int in[2];
  struct program p;
  assert_int_equal(pipe(in), 0);
  program_start(
      &p, GUESTS "pipe.wasm",
      &(weir_wasi_config){.size = sizeof(weir_wasi_config), .stdin_fd = in[0], .stdout_fd = -1, .stderr_fd = -1});
  program_run_to_wait(&p);
  program_free_store(&p);
  assert_int_equal(write(in[1], "late", 4), 4);
  assert_int_equal(weir_wasi_flush(p.wasi, NULL), WEIR_OK);
  program_end(&p);
  close(in[0]);
  close(in[1]);
}

static void a_store_is_freed_while_timers_run(void **state) {
  (void)state;
  struct program p;
  program_start(
      &p, GUESTS "timers.wasm",
      &(weir_wasi_config){.size = sizeof(weir_wasi_config), .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1});
  program_run_to_wait(&p);
  program_end(&p);
}

/* The guest writes into a full pipe: what the host has taken leaves the process although the store is gone. */
static void a_store_is_freed_while_output_is_held_up(void **state) {
  (void)state;
  enum { SIZE = 1 << 20 };
  FILE *in = tmpfile();
  int out[2];
  char *bytes = calloc(1, SIZE);
  struct program p;
  assert_int_equal(pipe(out), 0);
  assert_int_equal(fwrite(bytes, 1, SIZE, in), SIZE);
  rewind(in);
  program_start(&p, GUESTS "pipe.wasm",
                &(weir_wasi_config){
                    .size = sizeof(weir_wasi_config), .stdin_fd = fileno(in), .stdout_fd = out[1], .stderr_fd = -1});
  program_run_to_wait(&p);
  program_free_store(&p);
  ssize_t first = read(out[0], bytes, SIZE);
  assert_int_equal(weir_wasi_flush(p.wasi, NULL), WEIR_OK);
  fcntl(out[0], F_SETFL, O_NONBLOCK);
  ssize_t rest = read(out[0], bytes, SIZE);
  assert_true(first > 0 && rest > 0 && first + rest < SIZE); /* back-pressure: not all of the input was taken */
  program_end(&p);
  fclose(in);
  close(out[0]);
  close(out[1]);
  free(bytes);
}

static void a_guest_that_waits_for_nothing_is_a_deadlock(void **state) {
  (void)state;
  struct program p;
  weir_error *error = NULL;
  program_start(
      &p, GUESTS "wat/deadlock.wat",
      &(weir_wasi_config){.size = sizeof(weir_wasi_config), .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1});
  assert_int_equal(weir_wasi_drive(p.wasi, p.store, p.call, &error), WEIR_ERR_DEADLOCK);
  assert_non_null(strstr(weir_error_message(error), "deadlock detected"));
  weir_error_free(error);
  program_end(&p);
}

static void a_guests_exit_carries_its_code(void **state) {
  (void)state;
  struct program p;
  weir_error *error = NULL;
  weir_value none = {0};
  program_start(
      &p, GUESTS "wat/exit-code.wat",
      &(weir_wasi_config){.size = sizeof(weir_wasi_config), .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1});
  assert_int_equal(weir_wasi_drive(p.wasi, p.store, p.call, NULL), WEIR_OK);
  assert_int_equal(weir_call_result(p.call, &none, &error), WEIR_ERR_EXIT);
  assert_int_equal(weir_error_exit_code(error), 7);
  weir_error_free(error);
  program_end(&p);
}

/* A loop of another kind: it waits for the store's descriptor and the host's, and steps the store itself. */
static void poll_until_finished(struct program *p) {
  struct pollfd fds[] = {{.fd = weir_store_fd(p->store), .events = POLLIN},
                         {.fd = weir_wasi_fd(p->wasi), .events = POLLIN}};
  while (!weir_call_finished(p->call)) {
    weir_step step = weir_store_step(p->store);
    uint64_t wait = UINT64_MAX;
    assert_int_equal(weir_wasi_turn(p->wasi, &wait, NULL), WEIR_OK);
    if (step != WEIR_STEP_READY && wait > 0)
      assert_true(poll(fds, 2, wait < 1000 ? (int)wait : 60000) >= 0);
  }
}

static void a_host_is_driven_by_a_loop_that_is_not_libuvs(void **state) {
  (void)state;
  const weir_wasi_sink sink = {.limit = 4096};
  weir_wasi_config config = WEIR_WASI_CONFIG_INIT;
  config.stdin_fd = config.stdout_fd = config.stderr_fd = -1;
  config.stdout_sink = &sink;
  struct program p;
  program_start(&p, GUESTS "timers.wasm", &config);
  poll_until_finished(&p);
  assert_int_equal(weir_wasi_flush(p.wasi, NULL), WEIR_OK);
  size_t size = 0;
  const char *text = weir_wasi_written(p.wasi, 1, &size);
  assert_non_null(text);
  assert_non_null(memmem(text, size, "20 ms timer ended\n", 18)); /* in any order, on a busy machine */
  assert_non_null(memmem(text, size, "total: ", 7));
  program_end(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(arguments_and_environment_reach_the_output),
      cmocka_unit_test(output_without_a_reader_is_the_guests_error),
      cmocka_unit_test(input_goes_through_a_guest_unchanged),
      cmocka_unit_test(timers_that_run_at_once_take_as_long_as_the_longest),
      cmocka_unit_test(a_store_is_freed_while_its_guest_waits_for_input),
      cmocka_unit_test(a_store_is_freed_while_timers_run),
      cmocka_unit_test(a_store_is_freed_while_output_is_held_up),
      cmocka_unit_test(a_guest_that_waits_for_nothing_is_a_deadlock),
      cmocka_unit_test(a_guests_exit_carries_its_code),
      cmocka_unit_test(a_host_is_driven_by_a_loop_that_is_not_libuvs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
