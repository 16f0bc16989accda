/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What watching costs: calls of a synchronous and of an async host function by a guest, plain, with an interceptor that
 * does nothing, recorded to a file, and recorded without one. The record is of N calls, so 2 N events; memory is told
 * after a tenth and at the end.
 *
 *   record [N]          N calls of each kind; the default is 500,000. 5,000,000 make a record of 10 million events.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "weir/intercept.h"
#include "weir/record.h"
#include "weir/weir.h"

static const char guest[] =
    "(component"
    "  (import \"step\" (func $step (param \"x\" u32) (result u32)))"
    "  (core func $step_core (canon lower (func $step)))"
    "  (core module $M"
    "    (import \"\" \"step\" (func $step (param i32) (result i32)))"
    "    (func (export \"loop\") (param $n i32) (result i32)"
    "      (loop $again"
    "        (drop (call $step (local.get $n)))"
    "        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
    "      (i32.const 0)))"
    "  (core instance $m (instantiate $M (with \"\" (instance (export \"step\" (func $step_core))))))"
    "  (func (export \"loop\") (param \"n\" u32) (result u32) (canon lift (core func $m \"loop\"))))";

static weir_verdict nothing(void *data, weir_crossing *c) {
  (void)data;
  (void)c;
  return WEIR_GO_ON;
}

static void step(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value result = args[0];
  (void)data;
  (void)count;
  weir_host_call_return(call, &result);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* other work on the machine does not count */
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static long memory_kib(void) {
  long pages = 0, ignored;
  FILE *f = fopen("/proc/self/statm", "r");
  if (f && fscanf(f, "%ld %ld", &ignored, &pages) != 2)
    pages = 0;
  if (f)
    fclose(f);
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

enum mode { PLAIN, NOTHING, HOLDS, CHAIN_ONLY, TO_FILE };

static void must(weir_status status, weir_error *error) {
  if (status == WEIR_OK)
    return;
  fprintf(stderr, "%s: %s\n", weir_status_name(status), error ? weir_error_message(error) : "");
  exit(1);
}

struct bench {
  weir_engine *engine;
  weir_linker *linker;
  weir_component *component;
};

static double calls(weir_instance *instance, const weir_func *func, uint32_t n) {
  weir_value arg = {.kind = WEIR_VALUE_U32, .of.u32 = n}, result = {0};
  weir_error *error = NULL;
  double begin = now();
  must(weir_call_run(instance, func, &arg, 1, &result, &error), error);
  return now() - begin;
}

static double run(const struct bench *b, enum mode mode, uint32_t n, long *ret_growth) {
  static const weir_interceptor idle = {.before_import = nothing, .after_import = nothing};
  static const weir_interceptor holding = {.holds = true, .before_import = nothing, .after_import = nothing};
  weir_record_config config = {.path = mode == TO_FILE ? "weir-bench.log" : NULL};
  weir_recorder *recorder = NULL;
  weir_store *store = NULL;
  weir_instance *instance = NULL;
  weir_error *error = NULL;
  must(weir_store_new(b->engine, &store, &error), error);
  if (mode == NOTHING || mode == HOLDS)
    must(weir_store_intercept(store, mode == HOLDS ? &holding : &idle, NULL, NULL), NULL);
  if (mode == CHAIN_ONLY || mode == TO_FILE)
    must(weir_record_start(store, &config, &recorder, &error), error);
  must(weir_instance_new(store, b->linker, b->component, &instance, &error), error);
  const weir_func *func = weir_component_func(b->component, NULL, "loop");
  double time = calls(instance, func, n / 10 + 1);
  long before = memory_kib();
  time += calls(instance, func, n - n / 10);
  *ret_growth = memory_kib() - before;
  must(weir_recorder_close(recorder, &error), error);
  weir_store_free(store);
  return time;
}

int main(int argc, char **argv) {
  static const char *const names[] = {"plain", "interceptor that does nothing", "the same, may hold",
                                      "record, head only", "record to a file"};
  uint32_t n = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 500000;
  struct bench b = {0};
  weir_error *error = NULL;
  double best[5] = {1e9, 1e9, 1e9, 1e9, 1e9};
  long growth[5] = {0};
  must(weir_engine_new(NULL, &b.engine, &error), error);
  must(weir_linker_new(b.engine, &b.linker, &error), error);
  must(weir_linker_func(b.linker, NULL, "step", "func(x: u32) -> u32", step, NULL, NULL, &error), error);
  must(weir_component_new(b.engine, guest, sizeof guest - 1, &b.component, &error), error);
  for (int round = 0; round < (n > 1000000 ? 1 : 5); round++)
    for (int mode = PLAIN; mode <= TO_FILE; mode++) {
      double t = run(&b, (enum mode)mode, n, &growth[mode]);
      best[mode] = t < best[mode] ? t : best[mode];
    }
  for (int mode = PLAIN; mode <= TO_FILE; mode++)
    printf("%-32s %7.1f ns a call  %+7.1f  %9.0f events/s  %+ld KiB\n", names[mode], best[mode] / n * 1e9,
           (best[mode] - best[PLAIN]) / n * 1e9, mode >= CHAIN_ONLY ? 2.0 * n / best[mode] : 0.0, growth[mode]);
  unlink("weir-bench.log");
  weir_component_free(b.component);
  weir_linker_free(b.linker);
  weir_engine_free(b.engine);
  return 0;
}
