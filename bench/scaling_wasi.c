/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What it costs to have many: for each function of scaling_wasi.wat, processor time with 10,000 and with 40,000 of
 * something open, the least of a few runs. Four times as many may cost five times as much; what grows with the square
 * costs sixteen times. Rows: `wasi NAME`, nanoseconds for each of 40,000, and `wasi NAME x`, the factor.
 *
 *     bench-scaling_wasi FILE [NAME]     those whose name has NAME in it
 *     bench-scaling_wasi FILE NAME N     one run with N, and nothing else, to be counted by callgrind
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "weir/wasi.h"
#include "weir/weir.h"

enum { FEW = 10000, MANY = 40000, RUNS = 5 };

static const char *const names[] = {
    "timers-woken",        "timers-cancelled",     "timers-cancelled-back", "calls-woken",
    "calls-cancelled",     "calls-cancelled-back", "stdin-dropped",         "stdin-dropped-back",
    "stdin-one-by-one",    "stdin-woken",          "stdin-cancelled",       "stdout-dropped",
    "stdout-dropped-back", "stdout-one-by-one",    "stdout-woken",          "stdout-cancelled",
};

static void must(weir_status status, weir_error *const *error) {
  if (status == WEIR_OK)
    return;
  fprintf(stderr, "bench-scaling_wasi: %s\n", *error ? weir_error_message(*error) : weir_status_name(status));
  exit(1);
}

static uint64_t processor_time(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/*
 * ---- the host's function
 * ----------------------------------------------------------------------------------------------
 */

/* Calls that wait, for wake_calls() or to be cancelled. */
struct waiting {
  weir_host_call **calls;
  size_t count;
};

static void call_cancelled(void *data, weir_host_call *call) {
  (void)data;
  weir_host_call_cancelled(call);
}

static void call_waits(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)args, (void)count;
  struct waiting *w = data;
  w->calls[w->count++] = call;
  weir_host_call_on_cancel(call, call_cancelled, w, NULL);
}

/*
 * ---- one run
 * ---------------------------------------------------------------------------------------------------------
 */

struct bench {
  weir_engine *engine;
  weir_component *component;
  struct waiting waiting;
};

struct run {
  weir_wasi *wasi;
  weir_linker *linker;
  weir_store *store;
  weir_instance *instance;
  int input[2];
};

/* As many bytes of input as there are readers, but not for those who are to wait for ever. */
static void open_input(struct run *r, const char *name, size_t count) {
  static char bytes[MANY];
  if (pipe(r->input) != 0 || fcntl(r->input[1], F_SETPIPE_SZ, 1 << 17) < 0)
    exit(1);
  if (strcmp(name, "stdin-woken") == 0 && write(r->input[1], bytes, count) != (ssize_t)count)
    exit(1);
}

static void run_open(struct run *r, struct bench *b, const char *name, size_t count, int output) {
  weir_error *error = NULL;
  open_input(r, name, count);
  weir_wasi_config config = WEIR_WASI_CONFIG_INIT;
  config.stdin_fd = r->input[0];
  config.stdout_fd = output;
  config.stderr_fd = -1;
  must(weir_wasi_new(&config, &r->wasi, &error), &error);
  must(weir_linker_new(b->engine, &r->linker, &error), &error);
  must(weir_wasi_link(r->wasi, r->linker, &error), &error);
  must(weir_linker_define_func(r->linker, "bench:host/calls", "wait", "async func()", call_waits, &b->waiting, NULL,
                               &error),
       &error);
  must(weir_store_new(b->engine, NULL, &r->store, &error), &error);
  must(weir_instance_new(r->store, r->linker, b->component, &r->instance, &error), &error);
  b->waiting.count = 0;
}

static void run_close(struct run *r) {
  weir_store_free(r->store);
  weir_linker_free(r->linker);
  weir_wasi_free(r->wasi);
  close(r->input[0]);
  close(r->input[1]);
}

/* Wakes the calls, newest first, once the guest waits for them. */
static void wake_calls(struct run *r, struct waiting *w) {
  while (weir_store_step(r->store) == WEIR_STEP_READY) {
  }
  while (w->count > 0)
    weir_host_call_return(w->calls[--w->count], NULL, NULL);
}

static uint64_t run_once(struct bench *b, const char *name, uint32_t count) {
  struct run r;
  weir_call *call = NULL;
  weir_error *error = NULL;
  weir_value arg = {.kind = WEIR_VALUE_U32, .of.u32 = count}, result = {0};
  const weir_func *func = weir_component_find_func(b->component, NULL, name);
  int output = open("/dev/null", O_WRONLY);
  run_open(&r, b, name, count, output);
  uint64_t begin = processor_time();
  must(weir_call_start(r.instance, func, &arg, 1, NULL, NULL, &call, &error), &error);
  if (strcmp(name, "calls-woken") == 0)
    wake_calls(&r, &b->waiting);
  must(weir_wasi_drive(r.wasi, r.store, call, &error), &error);
  uint64_t time = processor_time() - begin;
  must(weir_call_result(call, &result, &error), &error);
  if (result.of.u32 != count) {
    fprintf(stderr, "bench-scaling_wasi: %s: %u of %u\n", name, (unsigned)result.of.u32, (unsigned)count);
    exit(1);
  }
  weir_call_free(call);
  run_close(&r);
  close(output);
  return time;
}

/* Few and many take turns, so that both meet the same machine; the least of each counts. */
static void measure(struct bench *b, const char *name) {
  uint64_t few = UINT64_MAX, many = UINT64_MAX;
  for (int i = 0; i < RUNS; i++) {
    uint64_t time = run_once(b, name, FEW);
    few = time < few ? time : few;
    time = run_once(b, name, MANY);
    many = time < many ? time : many;
  }
  printf("wasi %s\tns\t%.1f\n", name, (double)many / MANY);
  printf("wasi %s x\tx\t%.2f\n", name, (double)many / (double)few);
  fflush(stdout);
}

static void load(struct bench *b, const char *path) {
  static char text[1 << 20];
  weir_error *error = NULL;
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    exit(1);
  }
  size_t size = fread(text, 1, sizeof(text), file);
  fclose(file);
  must(weir_engine_new(NULL, &b->engine, &error), &error);
  must(weir_component_new(b->engine, text, size, &b->component, &error), &error);
  b->waiting.calls = calloc(MANY, sizeof(weir_host_call *));
}

int main(int argc, char **argv) {
  struct bench b = {0};
  if (argc < 2) {
    fputs("usage: bench-scaling_wasi FILE [NAME [N]]\n", stderr);
    return 2;
  }
  load(&b, argv[1]);
  uint32_t once = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
  if (once > MANY)
    return 2;
  if (argc > 3)
    run_once(&b, argv[2], once);
  for (size_t i = 0; argc < 4 && i < sizeof(names) / sizeof(names[0]); i++) {
    if (argc < 3 || strstr(names[i], argv[2]))
      measure(&b, names[i]);
  }
  free(b.waiting.calls);
  weir_component_free(b.component);
  weir_engine_free(b.engine);
  return 0;
}
