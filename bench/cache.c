/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a component costs until it can be instantiated: compiled, read from a warm cache on disk, found in memory, and
 * wrapped around code that is held. One line each: name, unit, best of several rounds. The one argument is a component.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "weir/weir.h"

enum { ROUNDS = 40, MANY = 1000, LARGEST = 64 << 20 };

struct input {
  weir_engine *engine;
  char *bytes;
  size_t size;
  char folder[64];
};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void check(weir_status status, weir_error *error) {
  if (status == WEIR_OK)
    return;
  fprintf(stderr, "%s: %s\n", weir_status_name(status), error ? weir_error_message(error) : "");
  exit(1);
}

static double compile(const struct input *in) {
  weir_component *component = NULL;
  weir_error *error = NULL;
  double start = now();
  check(weir_component_new(in->engine, in->bytes, in->size, &component, &error), error);
  double took = now() - start;
  weir_component_free(component);
  return took;
}

static weir_cache *cache_open(const struct input *in) {
  weir_cache_config config = WEIR_CACHE_CONFIG_INIT;
  config.directory = in->folder;
  weir_cache *cache = NULL;
  weir_error *error = NULL;
  check(weir_cache_new(in->engine, &config, &cache, &error), error);
  return cache;
}

static void get(const struct input *in, weir_cache *cache) {
  weir_component *component = NULL;
  weir_error *error = NULL;
  check(weir_cache_load(cache, in->bytes, in->size, &component, &error), error);
  weir_component_free(component);
}

/* The cache is new each time, so that its memory is empty; the directory is warm. */
static double read_disk(const struct input *in) {
  weir_cache_stats stats = {0};
  double start = now();
  weir_cache *cache = cache_open(in);
  get(in, cache);
  double took = now() - start;
  weir_cache_get_stats(cache, &stats, sizeof(stats));
  weir_cache_free(cache);
  if (stats.disk_hits != 1) {
    fprintf(stderr, "the cache on disk was not warm\n");
    exit(1);
  }
  return took;
}

static double find_in_memory(const struct input *in) {
  weir_cache *cache = cache_open(in);
  get(in, cache);
  double start = now();
  for (int i = 0; i < MANY; i++)
    get(in, cache);
  double took = now() - start;
  weir_cache_free(cache);
  return took / MANY;
}

static double wrap(const struct input *in) {
  weir_component *component = NULL;
  weir_error *error = NULL;
  check(weir_component_new(in->engine, in->bytes, in->size, &component, &error), error);
  weir_code *code = weir_component_code(component);
  double start = now();
  for (int i = 0; i < MANY; i++) {
    weir_component *again = NULL;
    check(weir_component_from_code(in->engine, code, &again, &error), error);
    weir_component_free(again);
  }
  double took = now() - start;
  weir_code_free(code);
  weir_component_free(component);
  return took / MANY;
}

static void report(const char *name, const struct input *in, double (*measure)(const struct input *), int rounds) {
  double best = measure(in);
  for (int i = 1; i < rounds; i++) {
    double took = measure(in);
    best = took < best ? took : best;
  }
  printf("%s\tus\t%.2f\n", name, best);
}

static void load(struct input *in, const char *path) {
  FILE *file = fopen(path, "rb");
  in->bytes = malloc(LARGEST);
  if (!file || !in->bytes) {
    fprintf(stderr, "%s cannot be read\n", path);
    exit(1);
  }
  in->size = fread(in->bytes, 1, LARGEST, file);
  fclose(file);
}

int main(int argc, char **argv) {
  struct input in = {.folder = "/tmp/weir-bench-XXXXXX"};
  char command[128];
  weir_error *error = NULL;
  if (argc != 2 || !mkdtemp(in.folder))
    return 2;
  load(&in, argv[1]);
  check(weir_engine_new(NULL, &in.engine, &error), error);
  weir_cache *cache = cache_open(&in);
  get(&in, cache);
  weir_cache_free(cache);
  report("compile", &in, compile, ROUNDS);
  report("cache disk", &in, read_disk, ROUNDS);
  report("cache memory", &in, find_in_memory, 3);
  report("code wrap", &in, wrap, 3);
  weir_engine_free(in.engine);
  free(in.bytes);
  snprintf(command, sizeof(command), "rm -rf '%s'", in.folder);
  return system(command) != 0;
}
