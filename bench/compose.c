/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a store with an instance of two components costs that call each other asynchronously, made and freed, with
 * adapters and (-plain) without, with memories of its own and (-pooled) of a pool. The component is the argument.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "weir/weir.h"

enum { ROUNDS = 60, STORES = 200, MAX_SIZE = 1 << 20 };

static void must(weir_status status, weir_error *error) {
  if (status == WEIR_OK)
    return;
  fprintf(stderr, "%s: %s\n", weir_status_name(status), error ? weir_error_message(error) : "");
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void stores(weir_engine *engine, const weir_component *component) {
  for (int i = 0; i < STORES; i++) {
    weir_store *store;
    weir_instance *instance;
    weir_error *error = NULL;
    must(weir_store_new(engine, NULL, &store, &error), error);
    must(weir_instance_new(store, NULL, component, &instance, &error), error);
    weir_store_free(store);
  }
}

static void measure(const char *name, const char *text, size_t size, bool pooling, bool plain) {
  weir_engine_config config = WEIR_ENGINE_CONFIG_INIT;
  weir_error *error = NULL;
  weir_engine *engine;
  weir_component *component;
  double best = 1e300;
  config.pooling = pooling;
  config.no_adapters = plain;
  must(weir_engine_new(&config, &engine, &error), error);
  must(weir_component_new(engine, text, size, &component, &error), error);
  for (int i = 0; i < ROUNDS; i++) {
    double start = now();
    stores(engine, component);
    double taken = (now() - start) / STORES;
    best = taken < best ? taken : best;
  }
  printf("%s\tns\t%.1f\n", name, best);
  fflush(stdout);
  weir_component_free(component);
  weir_engine_free(engine);
}

int main(int argc, char **argv) {
  static char text[MAX_SIZE];
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (!file) {
    fprintf(stderr, "usage: bench-compose COMPONENT\n");
    return 2;
  }
  size_t size = fread(text, 1, sizeof(text), file);
  fclose(file);
  measure("composition", text, size, false, false);
  measure("composition-plain", text, size, false, true);
  measure("composition-pooled", text, size, true, false);
  measure("composition-pooled-plain", text, size, true, true);
  return 0;
}
