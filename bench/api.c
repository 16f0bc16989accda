/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What crossing the interface costs: calls of a host into a guest and of a guest into the host, typed and dynamic, and
 * the life of a store. One line each: name, unit, best of several rounds. bench/run.py adds them to its table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "weir/weir.h"

enum { ROUNDS = 150, CALLS = 20000, STORES = 200 };

static const char guest[] =
    "(component\n"
    "  (import \"flat\" (func $flat async (param \"x\" u32) (result u32)))\n"
    "  (import \"flat-sync\" (func $flat_sync (param \"x\" u32) (result u32)))\n"
    "  (import \"dynamic\" (func $dynamic async (param \"x\" u32) (result u32)))\n"
    "  (core module $Memory (memory (export \"mem\") 1))\n"
    "  (core instance $memory (instantiate $Memory))\n"
    "  (core func $flat' (canon lower (func $flat) async (memory (core memory $memory \"mem\"))))\n"
    "  (core func $sync' (canon lower (func $flat_sync)))\n"
    "  (core func $dynamic' (canon lower (func $dynamic) async (memory (core memory $memory \"mem\"))))\n"
    "  (core func $return (canon task.return (result u32)))\n"
    "  (core module $Main\n"
    "    (import \"\" \"flat\" (func $flat (param i32 i32) (result i32)))\n"
    "    (import \"\" \"flat-sync\" (func $sync (param i32) (result i32)))\n"
    "    (import \"\" \"dynamic\" (func $dynamic (param i32 i32) (result i32)))\n"
    "    (import \"\" \"return\" (func $return (param i32)))\n"
    "    (func (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))\n"
    "    (func (export \"add-async\") (param i32 i32) (result i32)\n"
    "      (call $return (i32.add (local.get 0) (local.get 1))) (i32.const 0))\n"
    "    (func (export \"cb\") (param i32 i32 i32) (result i32) unreachable)\n"
    "    (func (export \"none\") (param i32) (loop $l\n"
    "      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))\n"
    "    (func (export \"flat\") (param i32) (loop $l\n"
    "      (if (i32.ne (call $flat (local.get 0) (i32.const 64)) (i32.const 2)) (then unreachable))\n"
    "      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))\n"
    "    (func (export \"flat-sync\") (param i32) (loop $l\n"
    "      (drop (call $sync (local.get 0)))\n"
    "      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))\n"
    "    (func (export \"dynamic\") (param i32) (loop $l\n"
    "      (if (i32.ne (call $dynamic (local.get 0) (i32.const 64)) (i32.const 2)) (then unreachable))\n"
    "      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))\n"
    "  (core instance $main (instantiate $Main (with \"\" (instance\n"
    "    (export \"flat\" (func $flat')) (export \"flat-sync\" (func $sync'))\n"
    "    (export \"dynamic\" (func $dynamic')) (export \"return\" (func $return))))))\n"
    "  (func (export \"add\") (param \"a\" u32) (param \"b\" u32) (result u32) (canon lift (core func $main "
    "\"add\")))\n"
    "  (func (export \"add-async\") async (param \"a\" u32) (param \"b\" u32) (result u32)\n"
    "    (canon lift (core func $main \"add-async\") async (callback (core func $main \"cb\"))))\n"
    "  (func (export \"flat\") (param \"n\" u32) (canon lift (core func $main \"flat\")))\n"
    "  (func (export \"flat-sync\") (param \"n\" u32) (canon lift (core func $main \"flat-sync\")))\n"
    "  (func (export \"dynamic\") (param \"n\" u32) (canon lift (core func $main \"dynamic\"))))\n";

static const char hello[] =
    "(component (core module $m (memory (export \"mem\") 1) (func (export \"run\") (result i32) (i32.const 7)))\n"
    "  (core instance $i (instantiate $m))\n"
    "  (func (export \"run\") (result u32) (canon lift (core func $i \"run\"))))";

struct bench {
  weir_engine *engine;
  weir_linker *linker;
  weir_component *component, *hello;
  weir_store *store;
  weir_instance *instance;
};

static void must(weir_status status, weir_error *const *error) {
  if (status == WEIR_OK)
    return;
  fprintf(stderr, "%s: %s\n", weir_status_name(status), error && *error ? weir_error_message(*error) : "");
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void host_flat(void *data, weir_flat_call *call, uint64_t *slots) {
  (void)data, (void)call;
  slots[0] += 1;
}

static void host_dynamic(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)count;
  weir_value result = {.kind = WEIR_VALUE_U32, .of.u32 = args[0].of.u32 + 1};
  weir_host_call_return(call, &result, NULL);
}

static void open_bench(struct bench *b, bool pooling) {
  weir_engine_config config = WEIR_ENGINE_CONFIG_INIT;
  config.pooling = pooling;
  weir_error *error = NULL;
  static const char *type = "async func(x: u32) -> u32";
  must(weir_engine_new(&config, &b->engine, &error), &error);
  must(weir_component_new(b->engine, guest, sizeof(guest) - 1, &b->component, &error), &error);
  must(weir_component_new(b->engine, hello, sizeof(hello) - 1, &b->hello, &error), &error);
  must(weir_linker_new(b->engine, &b->linker, &error), &error);
  must(weir_linker_define_func_flat(b->linker, NULL, "flat", type, host_flat, NULL, NULL, &error), &error);
  must(weir_linker_define_func_flat(b->linker, NULL, "flat-sync", type + 6, host_flat, NULL, NULL, &error), &error);
  must(weir_linker_define_func(b->linker, NULL, "dynamic", type, host_dynamic, NULL, NULL, &error), &error);
  must(weir_store_new(b->engine, NULL, &b->store, &error), &error);
  must(weir_instance_new(b->store, b->linker, b->component, &b->instance, &error), &error);
}

static void close_bench(struct bench *b) {
  weir_store_free(b->store);
  weir_linker_free(b->linker);
  weir_component_free(b->component);
  weir_component_free(b->hello);
  weir_engine_free(b->engine);
}

static void flat_calls(struct bench *b, const char *name) {
  const weir_func *func = weir_component_find_func(b->component, NULL, name);
  for (uint64_t i = 0; i < CALLS; i++) {
    uint64_t args[2] = {i, 1}, sum = 0;
    weir_error *error = NULL;
    must(weir_call_flat(b->instance, func, args, 2, &sum, &error), &error);
    if (sum != i + 1)
      must(WEIR_ERR_LOST, NULL);
  }
}

static void call_flat_sync(struct bench *b) {
  flat_calls(b, "add");
}

static void call_flat_async(struct bench *b) {
  flat_calls(b, "add-async");
}

static void call_dynamic(struct bench *b) {
  const weir_func *func = weir_component_find_func(b->component, NULL, "add-async");
  for (uint32_t i = 0; i < CALLS; i++) {
    weir_value args[2] = {{.kind = WEIR_VALUE_U32, .of.u32 = i}, {.kind = WEIR_VALUE_U32, .of.u32 = 1}}, sum;
    weir_error *error = NULL;
    must(weir_call_run(b->instance, func, args, 2, &sum, &error), &error);
  }
}

static void loop(struct bench *b, const char *name) {
  uint64_t n = CALLS;
  weir_error *error = NULL;
  must(weir_call_flat(b->instance, weir_component_find_func(b->component, NULL, name), &n, 1, NULL, &error), &error);
}

static void host_call_flat(struct bench *b) {
  loop(b, "flat");
}

static void host_call_flat_sync(struct bench *b) {
  loop(b, "flat-sync");
}

static void host_call_dynamic(struct bench *b) {
  loop(b, "dynamic");
}

static void stores(struct bench *b) {
  for (int i = 0; i < STORES; i++) {
    weir_store *store;
    weir_instance *instance;
    weir_error *error = NULL;
    must(weir_store_new(b->engine, NULL, &store, &error), &error);
    must(weir_instance_new(store, NULL, b->hello, &instance, &error), &error);
    weir_store_free(store);
  }
}

static void measure(struct bench *b, const char *name, void (*run)(struct bench *b), int count) {
  double best = 1e300;
  for (int i = 0; i < ROUNDS; i++) {
    double start = now();
    run(b);
    double taken = (now() - start) / count;
    best = taken < best ? taken : best;
  }
  printf("%s\tns\t%.1f\n", name, best);
  fflush(stdout);
}

int main(void) {
  struct bench b;
  open_bench(&b, false);
  measure(&b, "call-flat-async", call_flat_async, CALLS);
  measure(&b, "call-flat-sync", call_flat_sync, CALLS);
  measure(&b, "call-dynamic", call_dynamic, CALLS);
  measure(&b, "host-flat-async", host_call_flat, CALLS);
  measure(&b, "host-flat-sync", host_call_flat_sync, CALLS);
  measure(&b, "host-dynamic", host_call_dynamic, CALLS);
  close_bench(&b);
  open_bench(&b, true);
  measure(&b, "store-instance", stores, STORES);
  close_bench(&b);
  return 0;
}
