/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What waiting costs in memory: a suspended task without a stack, one with a stack, an instance in a store of its own,
 * and one in a shared store. One line each: name, unit, value. Bytes come from the allocator that the engine is given
 * and from the resident memory of the process; both count, the larger one is printed.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "weir/weir.h"

enum { TASKS = 10000, STACKS = 10000, INSTANCES = 10000 };

/* `sleep` waits between callbacks, `block` on a stack; both until the host says so. */
static const char guest[] =
    "(component"
    "  (import \"wait\" (func $wait async (result u32)))"
    "  (core module $Memory (memory (export \"mem\") 1))"
    "  (core instance $memory (instantiate $Memory))"
    "  (core func $wait_sync (canon lower (func $wait)))"
    "  (core func $return (canon task.return (result u32)))"
    "  (core func $set_new (canon waitable-set.new))"
    "  (core module $Main"
    "    (import \"\" \"wait-sync\" (func $wait_sync (result i32)))"
    "    (import \"\" \"return\" (func $return (param i32)))"
    "    (import \"\" \"set-new\" (func $set_new (result i32)))"
    "    (func (export \"block\") (call $return (call $wait_sync)))"
    "    (func (export \"sleep\") (result i32)"
    "      (i32.or (i32.const 2) (i32.shl (call $set_new) (i32.const 4))))"
    "    (func (export \"sleep-cb\") (param i32 i32 i32) (result i32) unreachable)"
    "    (func (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"
    "  (core instance $main (instantiate $Main (with \"\" (instance"
    "    (export \"wait-sync\" (func $wait_sync)) (export \"return\" (func $return))"
    "    (export \"set-new\" (func $set_new))))))"
    "  (func (export \"block\") async (result u32) (canon lift (core func $main \"block\") async))"
    "  (func (export \"sleep\") async (result u32)"
    "    (canon lift (core func $main \"sleep\") async (callback (core func $main \"sleep-cb\"))))"
    "  (func (export \"add\") (param \"a\" u32) (param \"b\" u32) (result u32) (canon lift (core func $main "
    "\"add\"))))";

struct bench {
  weir_engine *engine;
  weir_linker *linker;
  weir_component *component;
};

static size_t allocated; /* one thread measures */

static void *count_reallocate(void *ctx, void *block, size_t old_size, size_t new_size) {
  (void)ctx;
  if (new_size == 0) {
    free(block);
    allocated -= old_size;
    return NULL;
  }
  void *moved = realloc(block, new_size);
  if (moved)
    allocated += new_size - old_size;
  return moved;
}

static size_t resident(void) {
  unsigned long pages = 0, ignored = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%lu %lu", &ignored, &pages) != 2)
    pages = 0;
  if (file)
    fclose(file);
  return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void check(weir_status status, weir_error *error) {
  if (status == WEIR_OK)
    return;
  fprintf(stderr, "%s: %s\n", weir_status_name(status), error ? weir_error_message(error) : "");
  exit(1);
}

/* The host never answers. */
static void wait_call(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)call, (void)args, (void)count;
}

static void bench_open(struct bench *b) {
  weir_engine_config config = WEIR_ENGINE_CONFIG_INIT;
  config.alloc = &(weir_alloc){.size = sizeof(weir_alloc), .reallocate = count_reallocate};
  config.features = 0x1ff;
  config.fast_compile = true;
  weir_error *error = NULL;
  check(weir_engine_new(&config, &b->engine, &error), error);
  check(weir_component_new(b->engine, guest, sizeof(guest) - 1, &b->component, &error), error);
  check(weir_linker_new(b->engine, &b->linker, &error), error);
  check(weir_linker_define_func(b->linker, NULL, "wait", "async func() -> u32", wait_call, NULL, NULL, &error), error);
}

static void bench_close(struct bench *b) {
  weir_component_free(b->component);
  weir_linker_free(b->linker);
  weir_engine_free(b->engine);
  malloc_trim(0);
}

static weir_store *store_with(const struct bench *b, weir_instance **ret) {
  weir_store *store;
  weir_error *error = NULL;
  check(weir_store_new(b->engine, NULL, &store, &error), error);
  check(weir_instance_new(store, b->linker, b->component, ret, &error), error);
  return store;
}

static void start(const struct bench *b, weir_instance *instance, const char *name) {
  weir_call *call;
  weir_error *error = NULL;
  const weir_func *func = weir_component_find_func(b->component, NULL, name);
  check(weir_call_start(instance, func, NULL, 0, NULL, NULL, &call, &error), error);
  weir_call_free(call);
}

static double per(size_t before, size_t after, size_t count) {
  return after > before ? (double)(after - before) / (double)count : 0;
}

static double larger(double a, double b) {
  return a > b ? a : b;
}

static void tasks(const char *label, const char *name, size_t count) {
  struct bench b;
  weir_instance *instance;
  bench_open(&b);
  weir_store *store = store_with(&b, &instance);
  start(&b, instance, name); /* the first pays for what all share */
  size_t bytes = allocated, pages = resident();
  for (size_t i = 0; i < count; i++)
    start(&b, instance, name);
  if (weir_store_live_tasks(store) != count + 1) {
    fprintf(stderr, "%s: %zu live tasks\n", name, weir_store_live_tasks(store));
    exit(1);
  }
  double own = per(bytes, allocated, count);
  printf("%s\tbytes\t%.0f\n", label, larger(own, per(pages, resident(), count)));
  printf("%s-allocated\tbytes\t%.0f\n", label, own);
  weir_store_free(store);
  bench_close(&b);
}

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void instances(const char *label, bool shared, size_t count) {
  struct bench b;
  weir_instance *instance;
  weir_error *error = NULL;
  bench_open(&b);
  weir_store **stores = calloc(count, sizeof(*stores));
  if (!stores)
    exit(1);
  size_t pages = resident();
  double began = seconds();
  stores[0] = store_with(&b, &instance);
  for (size_t i = 1; i < count; i++) {
    if (shared)
      check(weir_instance_new(stores[0], b.linker, b.component, &instance, &error), error);
    else
      stores[i] = store_with(&b, &instance);
  }
  double took = (seconds() - began) / (double)count;
  size_t all = resident();
  printf("%s\tbytes\t%.0f\n", label, per(pages, all, count));
  printf("%s-all\tMiB\t%.0f\n", label, (double)all / (1 << 20));
  printf("%s-time\tus\t%.2f\n", label, took * 1e6);
  for (size_t i = 0; i < count; i++)
    weir_store_free(stores[i]);
  free(stores);
  bench_close(&b);
}

int main(void) {
  tasks("task", "sleep", TASKS);
  tasks("stack", "block", STACKS);
  instances("store-and-instance", false, INSTANCES);
  instances("instance", true, INSTANCES);
  return 0;
}
