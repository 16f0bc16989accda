/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What watching costs: how much longer a call takes with an interceptor that does nothing (one that may hold, one that
 * is an instance's), or recorded; how many events a second go into a file; and by how much memory grows over them. One
 * line each: name, unit, best of several rounds. bench/run.py adds them to its table.
 *
 *   record                    all of it
 *   record events N           only a record of about N events in a file; its speed and the growth of memory
 *   record loop CALL MODE N   N calls and nothing else, to be counted by callgrind (twice: N and 2 N)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "weir/intercept.h"
#include "weir/record.h"
#include "weir/weir.h"

enum { ROUNDS = 40, CALLS = 20000, EVENTS = 2000000 };

static const char guest[] =
    "(component"
    "  (import \"dynamic\" (func $dynamic (param \"x\" u32) (result u32)))"
    "  (import \"flat\" (func $flat (param \"x\" u32) (result u32)))"
    "  (core func $dynamic' (canon lower (func $dynamic)))"
    "  (core func $flat' (canon lower (func $flat)))"
    "  (core module $M"
    "    (import \"\" \"dynamic\" (func $dynamic (param i32) (result i32)))"
    "    (import \"\" \"flat\" (func $flat (param i32) (result i32)))"
    "    (func (export \"add\") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))"
    "    (func (export \"dynamic\") (param $n i32) (result i32)"
    "      (loop $again"
    "        (drop (call $dynamic (local.get $n)))"
    "        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
    "      (i32.const 0))"
    "    (func (export \"flat\") (param $n i32) (result i32)"
    "      (loop $again"
    "        (drop (call $flat (local.get $n)))"
    "        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
    "      (i32.const 0)))"
    "  (core instance $m (instantiate $M (with \"\" (instance"
    "    (export \"dynamic\" (func $dynamic')) (export \"flat\" (func $flat'))))))"
    "  (func (export \"add\") (param \"n\" u32) (result u32) (canon lift (core func $m \"add\")))"
    "  (func (export \"dynamic\") (param \"n\" u32) (result u32) (canon lift (core func $m \"dynamic\")))"
    "  (func (export \"flat\") (param \"n\" u32) (result u32) (canon lift (core func $m \"flat\"))))";

static const char log_path[] = "weir-bench.log";

/* What is called: a host's function by the guest, or the guest's by the host, with values and without. */
enum call { IMPORT_DYNAMIC, IMPORT_FLAT, EXPORT_DYNAMIC, EXPORT_FLAT, CALL_KINDS };
static const char *const call_names[] = {"host-dynamic", "host-flat", "call-dynamic", "call-flat"};

enum mode { PLAIN, NOTHING, HOLDS, HEAD, TO_FILE, MODES };
static const char *const mode_names[] = {"plain", "nothing", "holds", "head", "file"};

struct bench {
  weir_engine *engine;
  weir_linker *linker;
  weir_component *component;
};

struct run { /* a store in one mode */
  weir_recorder *recorder;
  weir_store *store;
  weir_instance *instance;
};

static void must(weir_status status, weir_error *error) {
  if (status == WEIR_OK)
    return;
  fprintf(stderr, "%s: %s\n", weir_status_name(status), error ? weir_error_message(error) : "");
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* other work on the machine does not count */
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
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

/* ---- the host ---------------------------------------------------------------------------------------------------- */

static weir_verdict nothing(void *data, weir_crossing *c) {
  (void)data, (void)c;
  return WEIR_GO_ON;
}

static void host_dynamic(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value result = {.kind = WEIR_VALUE_U32, .of.u32 = args[0].of.u32 + 1};
  (void)data, (void)count;
  weir_host_call_return(call, &result, NULL);
}

static void host_flat(void *data, weir_flat_call *call, uint64_t *slots) {
  (void)data, (void)call;
  slots[0]++;
}

static void open_bench(struct bench *b) {
  static const char type[] = "func(x: u32) -> u32";
  weir_error *error = NULL;
  must(weir_engine_new(NULL, &b->engine, &error), error);
  must(weir_linker_new(b->engine, &b->linker, &error), error);
  must(weir_linker_define_func(b->linker, NULL, "dynamic", type, host_dynamic, NULL, NULL, &error), error);
  must(weir_linker_define_func_flat(b->linker, NULL, "flat", type, host_flat, NULL, NULL, &error), error);
  must(weir_component_new(b->engine, guest, sizeof(guest) - 1, &b->component, &error), error);
}

static void close_bench(struct bench *b) {
  weir_component_free(b->component);
  weir_linker_free(b->linker);
  weir_engine_free(b->engine);
}

static void open_run(const struct bench *b, enum mode mode, struct run *r) {
  weir_interceptor idle = WEIR_INTERCEPTOR_INIT;
  idle.holds = mode == HOLDS;
  idle.before_import = nothing;
  idle.after_import = nothing;
  idle.before_export = nothing;
  idle.after_export = nothing;
  weir_record_config config = WEIR_RECORD_CONFIG_INIT;
  config.path = mode == TO_FILE ? log_path : NULL;
  weir_error *error = NULL;
  *r = (struct run){0};
  must(weir_store_new(b->engine, NULL, &r->store, &error), error);
  if (mode == NOTHING || mode == HOLDS)
    must(weir_store_intercept(r->store, &idle, NULL, NULL), NULL);
  if (mode == HEAD || mode == TO_FILE)
    must(weir_record_start(r->store, &config, &r->recorder, &error), error);
  must(weir_instance_new(r->store, b->linker, b->component, &r->instance, &error), error);
}

static void close_run(struct run *r) {
  weir_error *error = NULL;
  must(weir_recorder_close(r->recorder, &error), error);
  weir_store_free(r->store);
}

/* ---- the calls --------------------------------------------------------------------------------------------------- */

static void call_once(const struct run *r, const weir_func *func, bool flat, uint32_t n) {
  weir_value arg = {.kind = WEIR_VALUE_U32, .of.u32 = n}, result = {0};
  uint64_t slot = n, sum;
  weir_error *error = NULL;
  if (flat)
    must(weir_call_flat(r->instance, func, &slot, 1, &sum, &error), error);
  else
    must(weir_call_run(r->instance, func, &arg, 1, &result, &error), error);
}

static double calls(const struct bench *b, const struct run *r, enum call call, uint32_t n) {
  static const char *const exports[] = {"dynamic", "flat", "add", "add"};
  const weir_func *func = weir_component_find_func(b->component, NULL, exports[call]);
  double begin = now();
  if (call == IMPORT_DYNAMIC || call == IMPORT_FLAT)
    call_once(r, func, true, n);
  for (uint32_t i = 0; i < n && (call == EXPORT_DYNAMIC || call == EXPORT_FLAT); i++)
    call_once(r, func, call == EXPORT_FLAT, i);
  return now() - begin;
}

/* All modes take turns, so that they meet the same machine. */
static void measure(const struct bench *b, enum call call) {
  double best[MODES] = {1e300, 1e300, 1e300, 1e300, 1e300};
  for (int round = 0; round < ROUNDS; round++) {
    for (int mode = PLAIN; mode < MODES; mode++) {
      struct run r;
      open_run(b, (enum mode)mode, &r);
      calls(b, &r, call, CALLS / 10);
      double taken = calls(b, &r, call, CALLS) / CALLS;
      best[mode] = taken < best[mode] ? taken : best[mode];
      close_run(&r);
    }
  }
  printf("%s watched\tns\t%.1f\n", call_names[call], best[NOTHING] - best[PLAIN]);
  printf("%s may hold\tns\t%.1f\n", call_names[call], best[HOLDS] - best[PLAIN]);
  printf("%s head\tns\t%.1f\n", call_names[call], best[HEAD] - best[PLAIN]);
  printf("%s record\tns\t%.1f\n", call_names[call], best[TO_FILE] - best[PLAIN]);
  fflush(stdout);
}

/* Two events a call. Memory is looked at after a tenth of them, and at the end. */
static void events(const struct bench *b, uint32_t n) {
  struct run r;
  open_run(b, TO_FILE, &r);
  double time = calls(b, &r, IMPORT_DYNAMIC, n / 20 + 1);
  long before = memory_kib();
  time += calls(b, &r, IMPORT_DYNAMIC, n / 2 - n / 20);
  long growth = memory_kib() - before;
  close_run(&r);
  printf("record events\tM/s\t%.2f\n", (double)n / time * 1e3);
  printf("record memory\tKiB\t%ld\n", growth);
}

static int find(const char *name, const char *const *names, int count) {
  for (int i = 0; i < count; i++)
    if (strcmp(name, names[i]) == 0)
      return i;
  fprintf(stderr, "record: there is no `%s`\n", name);
  exit(2);
}

int main(int argc, char **argv) {
  struct bench b;
  open_bench(&b);
  if (argc == 5 && strcmp(argv[1], "loop") == 0) {
    struct run r;
    open_run(&b, (enum mode)find(argv[3], mode_names, MODES), &r);
    calls(&b, &r, (enum call)find(argv[2], call_names, CALL_KINDS), (uint32_t)strtoul(argv[4], NULL, 10));
    close_run(&r);
  } else if (argc == 3 && strcmp(argv[1], "events") == 0) {
    events(&b, (uint32_t)strtoul(argv[2], NULL, 10));
  } else {
    for (int call = 0; call < CALL_KINDS; call++)
      measure(&b, (enum call)call);
    events(&b, EVENTS);
  }
  unlink(log_path);
  close_bench(&b);
  return 0;
}
