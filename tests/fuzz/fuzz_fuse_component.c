/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Any bytes that are a component are fused to one component for any runtime, or come back as they are, with the reason.
 * What is fused is valid, has the same world, is verified, and says what the component says: where a function without
 * parameters returns in both, it returns the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/unstable.h"
#include "weir/weir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUEL = 100000, LARGEST = 64 << 10 };

static weir_engine *engine;
static weir_linker *linker;

static void must(int condition) {
  if (!condition)
    abort();
}

static void host_make(void) {
  weir_engine_config config = WEIR_ENGINE_CONFIG_INIT;
  if (engine)
    return;
  config.fuel = config.fast_compile = true;
  config.max_component_size = LARGEST;
  must(weir_engine_new(&config, &engine, NULL) == WEIR_OK && weir_linker_new(engine, &linker, NULL) == WEIR_OK);
}

/* What `run` returns; another status than WEIR_OK: nothing. Values are compared as text. */
static weir_status outcome(const uint8_t *data, size_t size, char **ret) {
  weir_store_config config = WEIR_STORE_CONFIG_INIT;
  weir_component *c;
  weir_store *store;
  weir_instance *instance;
  weir_value result = {0};
  weir_status status = weir_component_new(engine, data, size, &c, NULL);
  *ret = NULL;
  if (status != WEIR_OK)
    return status;
  config.fuel = FUEL;
  config.max_memory_bytes = 8 << 20;
  must(weir_store_new(engine, &config, &store, NULL) == WEIR_OK);
  const weir_func *func = weir_component_find_func(c, NULL, "run");
  status = func && weir_func_param_count(func) == 0 ? WEIR_OK : WEIR_ERR_MISUSE;
  if (status == WEIR_OK)
    status = weir_instance_new(store, linker, c, &instance, NULL);
  if (status == WEIR_OK)
    status = weir_call_run(instance, func, NULL, 0, &result, NULL);
  if (status == WEIR_OK && weir_func_result_type(func))
    must(weir_value_print(weir_func_result_type(func), &result, ret, NULL, NULL) == WEIR_OK);
  weir_value_clear(&result);
  weir_store_free(store);
  weir_component_free(c);
  return status;
}

/* Fuel and memory are used otherwise, so that one may come to an end where the other does not. */
static void check_results(const uint8_t *data, size_t size, const void *fused, size_t count) {
  char *a, *b;
  weir_status before = outcome(data, size, &a), after = outcome(fused, count, &b);
  if (before == WEIR_OK && after == WEIR_OK && a)
    must(b && strcmp(a, b) == 0);
  weir_text_free(a);
  weir_text_free(b);
}

static void check_worlds(const weir_component *c, const weir_component *fused) {
  char *before, *after;
  must(weir_component_print(c, &before, NULL) == WEIR_OK && weir_component_print(fused, &after, NULL) == WEIR_OK);
  must(strcmp(before, after) == 0);
  weir_text_free(before);
  weir_text_free(after);
}

static void try_fused(const weir_component *c, const void *bytes, size_t count) {
  weir_component *fused;
  must(weir_bytes_validate(engine, bytes, count, NULL) == WEIR_OK);
  must(weir_component_inspect(engine, bytes, count, &fused, NULL) == WEIR_OK);
  check_worlds(c, fused);
  must(weir_fuse_verify(fused, c, NULL) == WEIR_OK);
  weir_component_free(fused);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  weir_component *c;
  void *bytes;
  char *nested;
  size_t count;
  host_make();
  if (weir_bytes_kind_of(data, size) != WEIR_BYTES_COMPONENT ||
      weir_component_inspect(engine, data, size, &c, NULL) != WEIR_OK)
    return 0;
  if (weir_fuse_component(c, NULL, &bytes, &count, NULL, &nested, NULL) == WEIR_OK) {
    if (nested) {
      must(count == size && memcmp(bytes, data, size) == 0);
    } else {
      try_fused(c, bytes, count);
      check_results(data, size, bytes, count);
    }
    weir_text_free(nested);
    weir_bytes_free(bytes);
  }
  weir_component_free(c);
  return 0;
}
