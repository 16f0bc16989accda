/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* WASI on a bridge's loop: clocks, output and input of guests that synchronous callers on several threads wait for. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "behaviour.h"

#define MS(n) ((uint64_t)(n)*1000000)
#define GUESTS WEIR_SOURCE_DIR "/examples/guests/"

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* ---- a program on a worker --------------------------------------------------------------------------------------- */

struct service {
  const char *guest;
  weir_wasi_config world;
  bool free_wasi_late; /* after the bridge */
  bool flush;
  weir_engine *engine;
  weir_component *component;
  weir_bridge *bridge;
  weir_wasi *wasi;
  weir_linker *linker;
  weir_store *store;
  weir_instance *instance;
  weir_status drove, flushed;
};

static weir_status service_begin(void *data, weir_bridge *bridge, weir_error **ret_error) {
  struct service *s = data;
  s->world.loop = weir_bridge_loop(bridge);
  weir_status status = weir_wasi_new(&s->world, &s->wasi, ret_error);
  if (status == WEIR_OK)
    status = weir_linker_new(s->engine, &s->linker, ret_error);
  if (status == WEIR_OK)
    status = weir_wasi_link(s->wasi, s->linker, ret_error);
  if (status == WEIR_OK)
    status = weir_store_new(s->engine, NULL, &s->store, ret_error);
  if (status == WEIR_OK)
    status = weir_wasi_attach(s->wasi, bridge, s->store, ret_error);
  if (status == WEIR_OK)
    status = weir_instance_new(s->store, s->linker, s->component, &s->instance, ret_error);
  weir_wasi_set_timeout(s->wasi, 1); /* nothing happens */
  s->drove = weir_wasi_drive(s->wasi, s->store, NULL, NULL);
  return status;
}

static void service_end(void *data, weir_bridge *bridge) {
  struct service *s = data;
  (void)bridge;
  if (s->flush)
    s->flushed = weir_wasi_flush(s->wasi, NULL);
  weir_store_free(s->store);
  weir_linker_free(s->linker);
  if (!s->free_wasi_late)
    weir_wasi_free(s->wasi);
}

static weir_component *load(weir_engine *engine, const char *name) {
  static char bytes[1 << 20];
  char path[512];
  snprintf(path, sizeof(path), GUESTS "%s", name);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  size_t size = fread(bytes, 1, sizeof(bytes), file);
  fclose(file);
  return component_from(engine, bytes, size);
}

static void service_open(struct service *s, const char *guest) {
  weir_error *error = NULL;
  weir_engine_config config = {.size = sizeof(weir_engine_config), .fast_compile = true};
  must(weir_engine_new(&config, &s->engine, &error), &error);
  s->component = load(s->engine, guest);
  weir_bridge_config bridge = {
      .size = sizeof(weir_bridge_config), .start = service_begin, .stop = service_end, .data = s};
  must(weir_bridge_new(&bridge, &s->bridge, &error), &error);
  assert_int_equal(s->drove, WEIR_ERR_MISUSE);
}

static void service_close(struct service *s) {
  weir_bridge_free(s->bridge);
  if (s->free_wasi_late)
    weir_wasi_free(s->wasi);
  weir_component_free(s->component);
  weir_engine_free(s->engine);
}

static const weir_func *run_of(const struct service *s) {
  const weir_func *run = weir_component_find_func(s->component, "wasi:cli/run@0.3.0", "run");
  assert_non_null(run);
  return run;
}

/* ---- many callers of a guest that sleeps ------------------------------------------------------------------------- */

struct caller {
  pthread_t thread;
  struct service *service;
  uint32_t milliseconds, number, answer;
  uint64_t timeout;
  weir_status status;
};

static void *nap(void *data) {
  struct caller *c = data;
  weir_value result = {0}, args[2] = {u32(c->milliseconds), u32(c->number)};
  weir_bridge_invocation call = {.size = sizeof(weir_bridge_invocation),
                                 .instance = c->service->instance,
                                 .func = weir_component_find_func(c->service->component, NULL, "nap"),
                                 .take_args = args,
                                 .count = 2,
                                 .timeout = c->timeout};
  c->status = weir_bridge_call(c->service->bridge, &call, &result, NULL);
  c->answer = result.of.u32;
  return NULL;
}

static void callers_of_a_guest_that_sleeps_sleep_together(void **state) {
  (void)state;
  enum { N = 8, DELAY = 300 };
  int out[2];
  char text[512] = {0};
  assert_int_equal(pipe(out), 0);
  struct service s = {.world = {.size = sizeof(weir_wasi_config), .stdin_fd = -1, .stdout_fd = out[1], .stderr_fd = -1},
                      .flush = true};
  struct caller c[N] = {0};
  service_open(&s, "wat/napper.wat");
  uint64_t begin = now();
  for (uint32_t i = 0; i < N; i++) {
    c[i].service = &s;
    c[i].milliseconds = DELAY;
    c[i].number = i;
    assert_int_equal(pthread_create(&c[i].thread, NULL, nap, &c[i]), 0);
  }
  for (int i = 0; i < N; i++)
    pthread_join(c[i].thread, NULL);
  uint64_t elapsed = now() - begin;
  for (uint32_t i = 0; i < N; i++) {
    assert_int_equal(c[i].status, WEIR_OK);
    assert_int_equal(c[i].answer, 2 * i);
  }
  assert_true(elapsed >= MS(DELAY));
  assert_true(elapsed < MS(N * DELAY / 2));
  assert_int_equal(weir_bridge_shutdown(s.bridge, WEIR_BRIDGE_DRAIN, WEIR_BRIDGE_FOREVER, NULL), WEIR_OK);
  assert_int_equal(s.flushed, WEIR_OK);
  assert_int_equal(read(out[0], text, sizeof(text) - 1), N * (int)strlen("nap 0 is over\n"));
  for (char digit = '0'; digit < '0' + N; digit++)
    assert_non_null(strchr(text, digit));
  service_close(&s);
  close(out[0]);
  close(out[1]);
}

static void a_sleep_ends_with_the_bridge_whenever_wasi_is_freed(void **state) {
  (void)state;
  for (int late = 0; late < 2; late++) {
    struct service s = {.world = {.size = sizeof(weir_wasi_config), .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1},
                        .free_wasi_late = late};
    struct caller soon = {.service = &s, .milliseconds = 1}, gives_up = {.service = &s, .milliseconds = 60000};
    gives_up.timeout = MS(50);
    service_open(&s, "wat/napper.wat");
    nap(&soon); /* all of the handles are there */
    assert_int_equal(soon.status, WEIR_OK);
    nap(&gives_up);
    assert_int_equal(gives_up.status, WEIR_ERR_TIMEOUT);
    service_close(&s);
  }
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

static void run(struct service *s, weir_bridge_request **ret) {
  weir_error *error = NULL;
  weir_bridge_invocation call = {.size = sizeof(weir_bridge_invocation), .instance = s->instance, .func = run_of(s)};
  must(weir_bridge_call_submit(s->bridge, &call, ret, &error), &error);
}

static uint32_t outcome_of(weir_bridge_request *r) {
  weir_value result = {0};
  weir_error *error = NULL;
  assert_int_equal(weir_bridge_wait(r, WEIR_BRIDGE_FOREVER), WEIR_OK);
  must(weir_bridge_call_result(r, &result, &error), &error);
  uint32_t tag = result.tag;
  weir_value_clear(&result);
  weir_bridge_request_free(r);
  return tag;
}

static void input_goes_through_a_guest_and_other_jobs_go_on_meanwhile(void **state) {
  (void)state;
  int in[2], out[2];
  char text[32] = {0};
  assert_int_equal(pipe(in), 0);
  assert_int_equal(pipe(out), 0);
  struct service s = {
      .world = {.size = sizeof(weir_wasi_config), .stdin_fd = in[0], .stdout_fd = out[1], .stderr_fd = -1}};
  weir_bridge_request *r;
  service_open(&s, "pipe.wasm");
  run(&s, &r);
  for (int i = 0; i < 20; i++) {
    assert_int_equal(write(in[1], "0123456789", 10), 10);
    for (int got = 0; got < 10;)
      got += (int)read(out[0], text + got, 10 - (size_t)got);
    assert_string_equal(text, "0123456789");
    assert_int_equal(weir_bridge_wait(r, 0), WEIR_ERR_TIMEOUT); /* it waits for more */
  }
  clock_t spent = clock();
  usleep(200000);
  assert_true(clock() - spent < CLOCKS_PER_SEC / 20); /* it waits without asking again and again */
  close(in[1]);
  assert_int_equal(outcome_of(r), 0);
  service_close(&s);
  close(in[0]);
  close(out[0]);
  close(out[1]);
}

/* More than the pipe holds, and no reader until later: what is left is written by the flush in the stop hook. */
struct reader {
  pthread_t thread;
  int fd;
  size_t got;
};

static void *read_all(void *data) {
  struct reader *r = data;
  char bytes[4096];
  ssize_t count;
  usleep(100000);
  while ((count = read(r->fd, bytes, sizeof(bytes))) > 0)
    r->got += (size_t)count;
  return NULL;
}

static void output_is_flushed_by_blocking_where_the_loop_is_another_ones(void **state) {
  (void)state;
  enum { SIZE = 300000 };
  int out[2];
  struct reader reader = {0};
  FILE *in = tmpfile();
  static char bytes[SIZE];
  assert_int_equal(fwrite(bytes, 1, SIZE, in), SIZE);
  rewind(in);
  assert_int_equal(pipe(out), 0);
  reader.fd = out[0];
  struct service s = {
      .world = {.size = sizeof(weir_wasi_config), .stdin_fd = fileno(in), .stdout_fd = out[1], .stderr_fd = -1},
      .flush = true};
  weir_bridge_request *r;
  service_open(&s, "pipe.wasm");
  run(&s, &r);
  usleep(20000); /* the pipe is full by now */
  assert_int_equal(pthread_create(&reader.thread, NULL, read_all, &reader), 0);
  assert_int_equal(outcome_of(r), 0);
  service_close(&s);
  assert_int_equal(s.flushed, WEIR_OK);
  close(out[1]);
  pthread_join(reader.thread, NULL);
  assert_int_equal(reader.got, SIZE);
  close(out[0]);
  fclose(in);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

struct opener {
  pthread_t thread;
  struct service *service;
  uint32_t times, answer;
  weir_status status;
};

/* Opens this file so many times, by a guest that looks for it anew each time. */
static void *open_file(void *data) {
  struct opener *o = data;
  weir_value result = {0}, args[2] = {{0}, u32(o->times)};
  assert_int_equal(weir_value_new_string("guests/files.wat", 16, &args[0]), WEIR_OK);
  weir_bridge_invocation call = {.size = sizeof(weir_bridge_invocation),
                                 .instance = o->service->instance,
                                 .func = weir_component_find_func(o->service->component, NULL, "count"),
                                 .take_args = args,
                                 .count = 2};
  o->status = weir_bridge_call(o->service->bridge, &call, &result, NULL);
  o->answer = result.of.u32;
  return NULL;
}

static const weir_wasi_preopen here = {.host_path = WEIR_SOURCE_DIR "/tests/behaviour", .read_only = true};

static void files_are_opened_for_callers_on_several_threads(void **state) {
  (void)state;
  enum { N = 4, TIMES = 50, OPENED = 255 };
  struct service s = {.world = {.size = sizeof(weir_wasi_config), .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1},
                      .flush = true};
  struct opener o[N] = {0};
  s.world.preopens = &here;
  s.world.preopen_count = 1;
  service_open(&s, "../../tests/behaviour/guests/files.wat");
  for (int i = 0; i < N; i++) {
    o[i].service = &s;
    o[i].times = TIMES;
    assert_int_equal(pthread_create(&o[i].thread, NULL, open_file, &o[i]), 0);
  }
  for (int i = 0; i < N; i++) {
    pthread_join(o[i].thread, NULL);
    assert_int_equal(o[i].status, WEIR_OK);
    assert_int_equal(o[i].answer, OPENED);
  }
  service_close(&s);
  assert_int_equal(s.flushed, WEIR_OK);
}

static weir_bridge_request *make_file(struct service *s, const char *name) {
  weir_error *error = NULL;
  weir_bridge_request *r;
  weir_value args[3] = {{0}, u32(1 /* create */), u32(2 /* write */)};
  assert_int_equal(weir_value_new_string(name, strlen(name), &args[0]), WEIR_OK);
  weir_bridge_invocation call = {.size = sizeof(weir_bridge_invocation),
                                 .instance = s->instance,
                                 .func = weir_component_find_func(s->component, NULL, "open"),
                                 .take_args = args,
                                 .count = 3};
  must(weir_bridge_call_submit(s->bridge, &call, &r, &error), &error);
  return r;
}

/* What is made waits for a thread of libuv's, wherever the end of the bridge meets it. */
static void a_bridge_ends_while_files_are_made(void **state) {
  (void)state;
  char folder[] = "/tmp/weir-bridge-XXXXXX", command[64];
  assert_non_null(mkdtemp(folder));
  weir_wasi_preopen there = {.guest_path = "/", .host_path = folder};
  for (int i = 0; i < 6; i++) {
    struct service s = {.world = {.size = sizeof(weir_wasi_config), .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1},
                        .free_wasi_late = i % 2 == 0};
    s.world.preopens = &there;
    s.world.preopen_count = 1;
    service_open(&s, "../../tests/behaviour/guests/files.wat");
    weir_bridge_request *a = make_file(&s, "a"), *b = make_file(&s, "b");
    if (i >= 4)
      weir_bridge_wait(a, WEIR_BRIDGE_FOREVER);
    service_close(&s);
    weir_bridge_request_free(a);
    weir_bridge_request_free(b);
  }
  snprintf(command, sizeof(command), "rm -r %s", folder);
  assert_int_equal(system(command), 0);
}

/* ---- misuse ------------------------------------------------------------------------------------------------------ */

static void a_host_with_a_loop_of_its_own_is_not_attached(void **state) {
  (void)state;
  struct service s = {.world = {.size = sizeof(weir_wasi_config), .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1}};
  weir_error *error = NULL;
  weir_wasi *own;
  service_open(&s, "wat/napper.wat");
  must(weir_wasi_new(NULL, &own, &error), &error);
  assert_int_equal(weir_wasi_attach(own, s.bridge, s.store, &error), WEIR_ERR_MISUSE);
  assert_words(weir_error_message(error), "loop");
  weir_error_free(error);
  assert_int_equal(weir_wasi_attach(s.wasi, s.bridge, s.store, NULL), WEIR_ERR_MISUSE); /* not the worker */
  weir_wasi_free(own);
  service_close(&s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(callers_of_a_guest_that_sleeps_sleep_together),
    cmocka_unit_test(a_sleep_ends_with_the_bridge_whenever_wasi_is_freed),
    cmocka_unit_test(input_goes_through_a_guest_and_other_jobs_go_on_meanwhile),
    cmocka_unit_test(output_is_flushed_by_blocking_where_the_loop_is_another_ones),
    cmocka_unit_test(files_are_opened_for_callers_on_several_threads),
    cmocka_unit_test(a_bridge_ends_while_files_are_made),
    cmocka_unit_test(a_host_with_a_loop_of_its_own_is_not_attached),
};

BEHAVIOUR_MAIN(tests)
