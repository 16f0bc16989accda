/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * No loop at all: a main() that sleeps until the nearest of the times that guests wait for.
 *
 *     example-blocking examples/guests/wat/sleeper.wat
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "weir/weir.h"

enum { MAX_NAPS = 16 };

static void must(weir_status status, weir_error *const *error) {
  if (status == WEIR_OK)
    return;
  fprintf(stderr, "%s: %s\n", weir_status_name(status), error && *error ? weir_error_message(*error) : "no details");
  exit(1);
}

struct program {
  weir_engine *engine;
  weir_component *component;
  weir_linker *linker;
  weir_store *store;
  weir_instance *instance;
  int running; /* calls */
  struct {
    weir_host_call *call;
    double at;
  } naps[MAX_NAPS];
  int nap_count;
};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void host_sleep(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct program *p = data;
  (void)count;
  if (p->nap_count == MAX_NAPS) {
    weir_host_call_fail(call, "too many naps");
    return;
  }
  p->naps[p->nap_count].call = call;
  p->naps[p->nap_count].at = now() + args[0].of.u32 / 1e3;
  p->nap_count++;
}

/* Sleeps until the first nap is over, and finishes its call. */
static void finish_next(struct program *p) {
  int first = 0;
  for (int i = 1; i < p->nap_count; i++)
    if (p->naps[i].at < p->naps[first].at)
      first = i;
  double left = p->naps[first].at - now();
  if (left > 0) {
    struct timespec time = {(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};
    nanosleep(&time, NULL);
  }
  weir_host_call_return(p->naps[first].call, NULL, NULL);
  p->naps[first] = p->naps[--p->nap_count];
}

static void load(struct program *p, const char *path) {
  weir_error *error = NULL;
  static char bytes[1 << 20];
  FILE *file = fopen(path, "rb");
  size_t size = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
  if (file)
    fclose(file);
  must(weir_engine_new(NULL, &p->engine, &error), &error);
  must(weir_component_new(p->engine, bytes, size, &p->component, &error), &error);
  must(weir_linker_new(p->engine, &p->linker, &error), &error);
  must(weir_linker_define_func(p->linker, NULL, "sleep", "async func(ms: u32)", host_sleep, p, NULL, &error), &error);
  must(weir_store_new(p->engine, NULL, &p->store, &error), &error);
  must(weir_instance_new(p->store, p->linker, p->component, &p->instance, &error), &error);
}

static void unload(struct program *p) {
  weir_store_free(p->store);
  weir_linker_free(p->linker);
  weir_component_free(p->component);
  weir_engine_free(p->engine);
}

static void nap_ended(void *data, weir_call *call) {
  struct program *p = data;
  weir_error *error = NULL;
  weir_value result;
  must(weir_call_result(call, &result, &error), &error);
  printf("%u\n", result.of.u32);
  weir_call_free(call);
  p->running--;
}

static void start_nap(struct program *p, uint32_t milliseconds, uint32_t n) {
  weir_error *error = NULL;
  weir_call *call;
  const weir_func *nap = weir_component_find_func(p->component, NULL, "nap");
  weir_value args[2] = {{.kind = WEIR_VALUE_U32, .of.u32 = milliseconds}, {.kind = WEIR_VALUE_U32, .of.u32 = n}};
  must(weir_call_start(p->instance, nap, args, 2, nap_ended, p, &call, &error), &error);
  p->running++;
}

int main(int argc, char **argv) {
  struct program p = {0};
  load(&p, argc > 1 ? argv[1] : "examples/guests/wat/sleeper.wat");
  start_nap(&p, 80, 3);
  start_nap(&p, 40, 2);
  start_nap(&p, 10, 1);
  while (p.running > 0) {
    weir_step step = weir_store_step(p.store);
    if (step == WEIR_STEP_WAITING)
      finish_next(&p);
    else if (step != WEIR_STEP_READY && p.running > 0)
      must(WEIR_ERR_DEADLOCK, NULL);
  }
  unload(&p);
  return 0;
}
