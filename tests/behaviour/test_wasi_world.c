/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Programs whose world is the embedder's: memory and functions for standard streams, a simulated clock. On a loop of
 * the host's, on a bridge, and recorded and replayed without any of it.
 */
#include <pthread.h>

#include "behaviour.h"

#define GUESTS WEIR_SOURCE_DIR "/examples/guests/"
#define LOG "world.log"

/* ---- one program ------------------------------------------------------------------------------------------------- */

struct program {
  weir_engine *engine;
  weir_component *component;
  weir_wasi *wasi;
  weir_linker *linker;
  weir_store *store;
  weir_instance *instance;
  const weir_func *run;
};

static weir_component *load(weir_engine *engine, const char *name) {
  static char bytes[1 << 20];
  FILE *file = fopen(name, "rb");
  assert_non_null(file);
  size_t size = fread(bytes, 1, sizeof(bytes), file);
  fclose(file);
  return component_from(engine, bytes, size);
}

static void program_load(struct program *p, const char *guest) {
  weir_error *error = NULL;
  weir_engine_config config = {.size = sizeof(weir_engine_config), .fast_compile = true};
  must(weir_engine_new(&config, &p->engine, &error), &error);
  p->component = load(p->engine, guest);
  p->run = weir_component_find_func(p->component, "wasi:cli/run@0.3.0", "run");
  assert_non_null(p->run);
}

static weir_status program_make(struct program *p, const weir_wasi_config *world, weir_error **ret_error) {
  weir_status status = weir_wasi_new(world, &p->wasi, ret_error);
  if (status == WEIR_OK)
    status = weir_linker_new(p->engine, &p->linker, ret_error);
  if (status == WEIR_OK)
    status = weir_wasi_link(p->wasi, p->linker, ret_error);
  return status == WEIR_OK ? weir_store_new(p->engine, NULL, &p->store, ret_error) : status;
}

static void program_run(struct program *p) {
  weir_error *error = NULL;
  weir_call *call = NULL;
  weir_value result = {0};
  must(weir_instance_new(p->store, p->linker, p->component, &p->instance, &error), &error);
  must(weir_call_start(p->instance, p->run, NULL, 0, NULL, NULL, &call, &error), &error);
  must(weir_wasi_drive(p->wasi, p->store, call, &error), &error);
  must(weir_call_result(call, &result, &error), &error);
  assert_int_equal(result.tag, 0);
  weir_value_clear(&result);
  weir_call_free(call);
  must(weir_wasi_drain(p->wasi, p->store, UINT64_MAX, &error), &error);
  must(weir_wasi_flush(p->wasi, &error), &error);
}

static void program_end(struct program *p) {
  weir_store_free(p->store);
  weir_linker_free(p->linker);
  weir_wasi_free(p->wasi);
}

static void program_unload(struct program *p) {
  weir_component_free(p->component);
  weir_engine_free(p->engine);
}

static void check_output(const struct program *p, const char *text) {
  size_t size;
  const char *bytes = weir_wasi_written(p->wasi, 1, &size);
  assert_int_equal(size, strlen(text));
  assert_memory_equal(bytes, text, size);
}

/* ---- a loop of the host's ---------------------------------------------------------------------------------------- */

static weir_wasi_config in_memory(const weir_wasi_source *in, const weir_wasi_sink *out) {
  weir_wasi_config world = WEIR_WASI_CONFIG_INIT;
  world.stdin_source = in;
  world.stdout_sink = world.stderr_sink = out;
  return world;
}

static void a_program_reads_and_writes_memory(void **state) {
  (void)state;
  struct program p = {0};
  weir_error *error = NULL;
  weir_wasi_source in = {.memory = "from memory to memory\n", .memory_size = 22};
  weir_wasi_sink out = {.limit = 1000};
  weir_wasi_config world = in_memory(&in, &out);
  program_load(&p, GUESTS "pipe.wasm");
  must(program_make(&p, &world, &error), &error);
  program_run(&p);
  check_output(&p, "from memory to memory\n");
  program_end(&p);
  program_unload(&p);
}

/* ---- a simulated clock ------------------------------------------------------------------------------------------- */

struct sky {
  struct program *program;
  uint64_t now;
};

static uint64_t sky_now(void *data) {
  return ((struct sky *)data)->now;
}

static void sky_system(void *data, int64_t *ret_seconds, uint32_t *ret_nanoseconds) {
  *ret_seconds = (int64_t)(((struct sky *)data)->now / 1000000000);
  *ret_nanoseconds = 0;
}

static void sky_wait(void *data, uint64_t until) {
  struct sky *sky = data;
  sky->now = until;
  weir_wasi_wake(sky->program->wasi);
}

static void timers_run_by_a_simulated_clock(void **state) {
  (void)state;
  struct program p = {0};
  struct sky sky = {&p, 0};
  weir_error *error = NULL;
  weir_wasi_clock clock = {.monotonic = sky_now, .system = sky_system, .on_wait = sky_wait, .data = &sky};
  weir_wasi_sink out = {.limit = 1000};
  weir_wasi_config world = in_memory(NULL, &out);
  world.stdin_fd = -1;
  world.clock = &clock;
  program_load(&p, GUESTS "timers.wasm");
  must(program_make(&p, &world, &error), &error);
  program_run(&p);
  check_output(&p,
               "10 ms timer ended\n20 ms timer ended\n30 ms timer ended\n"
               "total: 30 ms; one after another it would be 60 ms\n");
  assert_int_equal(sky.now, 30000000); /* to the nanosecond */
  program_end(&p);
  program_unload(&p);
}

/* ---- recorded and replayed --------------------------------------------------------------------------------------- */

static void what_an_embedder_gave_is_in_the_record(void **state) {
  (void)state;
  struct program p = {0};
  weir_error *error = NULL;
  weir_recorder *recorder = NULL;
  weir_wasi_source in = {.memory = "once\n", .memory_size = 5};
  weir_wasi_sink out = {.limit = 1000};
  weir_wasi_config world = in_memory(&in, &out);
  program_load(&p, GUESTS "pipe.wasm");
  must(program_make(&p, &world, &error), &error);
  weir_record_config config = WEIR_RECORD_CONFIG_INIT;
  config.path = LOG;
  config.component = p.component;
  must(weir_record_start(p.store, &config, &recorder, &error), &error);
  program_run(&p);
  must(weir_recorder_close(recorder, &error), &error);
  check_output(&p, "once\n");
  program_end(&p);
  weir_replay_report report = WEIR_REPLAY_REPORT_INIT;
  must(weir_replay(p.engine, p.component, LOG, NULL, &report, &error), &error);
  weir_replay_report_clear(&report);
  program_unload(&p);
  remove(LOG);
}

/* ---- on a bridge ------------------------------------------------------------------------------------------------- */

/* What stands between the program on the bridge's worker and the test: one line at a time. */
struct line {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  char text[64];
  size_t count;
};

static int64_t line_move(struct line *l, char *to, const char *from, size_t size) {
  pthread_mutex_lock(&l->lock);
  size_t count = to ? l->count : sizeof(l->text) - l->count;
  count = count < size ? count : size;
  if (to) {
    memcpy(to, l->text, count);
    memmove(l->text, l->text + count, l->count - count);
    l->count -= count;
  } else if (from) {
    memcpy(l->text + l->count, from, count);
    l->count += count;
  }
  pthread_cond_broadcast(&l->changed);
  pthread_mutex_unlock(&l->lock);
  return count > 0 ? (int64_t)count : WEIR_WASI_LATER;
}

static int64_t line_read(void *data, void *bytes, size_t size) {
  return line_move(data, bytes, NULL, size);
}

static int64_t line_write(void *data, const void *bytes, size_t size) {
  return line_move(data, NULL, bytes, size);
}

static void line_expect(struct line *l, const char *text) {
  pthread_mutex_lock(&l->lock);
  while (l->count < strlen(text))
    pthread_cond_wait(&l->changed, &l->lock);
  assert_memory_equal(l->text, text, strlen(text));
  l->count = 0;
  pthread_mutex_unlock(&l->lock);
}

struct service {
  struct program program;
  weir_wasi_config world;
  weir_bridge *bridge;
};

static weir_status service_begin(void *data, weir_bridge *bridge, weir_error **ret_error) {
  struct service *s = data;
  struct program *p = &s->program;
  s->world.loop = weir_bridge_loop(bridge);
  weir_status status = program_make(p, &s->world, ret_error);
  if (status == WEIR_OK)
    status = weir_wasi_attach(p->wasi, bridge, p->store, ret_error);
  return status == WEIR_OK ? weir_instance_new(p->store, p->linker, p->component, &p->instance, ret_error) : status;
}

static void service_end(void *data, weir_bridge *bridge) {
  (void)bridge;
  program_end(&((struct service *)data)->program);
}

static void functions_feed_a_program_on_a_bridge(void **state) {
  (void)state;
  struct line in = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER}, out = in;
  weir_wasi_source source = {.read = line_read, .data = &in};
  weir_wasi_sink sink = {.write = line_write, .data = &out};
  struct service s = {.world = in_memory(&source, &sink)};
  weir_error *error = NULL;
  weir_bridge_request *request = NULL;
  program_load(&s.program, GUESTS "pipe.wasm");
  weir_bridge_config config = {
      .size = sizeof(weir_bridge_config), .start = service_begin, .stop = service_end, .data = &s};
  must(weir_bridge_new(&config, &s.bridge, &error), &error);
  weir_bridge_invocation call = {
      .size = sizeof(weir_bridge_invocation), .instance = s.program.instance, .func = s.program.run};
  must(weir_bridge_call_submit(s.bridge, &call, &request, &error), &error);
  for (int i = 0; i < 20; i++) {
    assert_int_equal(line_write(&in, "to and fro", 10), 10);
    weir_wasi_wake(s.program.wasi);
    line_expect(&out, "to and fro");
  }
  weir_bridge_request_free(request);
  weir_bridge_free(s.bridge);
  program_unload(&s.program);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_program_reads_and_writes_memory),
    cmocka_unit_test(timers_run_by_a_simulated_clock),
    cmocka_unit_test(what_an_embedder_gave_is_in_the_record),
    cmocka_unit_test(functions_feed_a_program_on_a_bridge),
};

BEHAVIOUR_MAIN(tests)
