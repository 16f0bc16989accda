/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Any bytes that are a component are fused or refused; what comes out is valid, is taken by the loader, and is
 * verified. Any bytes that are a module are taken as a fused one or refused; what is taken runs for a while, and harms
 * nobody.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/unstable.h"
#include "weir/weir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUEL = 20000, LARGEST = 64 << 10 };

static void must(int condition) {
  if (!condition)
    abort();
}

/* ---- the host ---------------------------------------------------------------------------------------------------- */

static weir_engine *engine;
static weir_linker *linker;

static void tell(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)args, (void)count;
  weir_host_call_return(call, NULL, NULL);
}

static void host_make(void) {
  weir_engine_config config = WEIR_ENGINE_CONFIG_INIT;
  if (engine)
    return;
  config.fuel = config.fast_compile = true;
  config.max_component_size = LARGEST;
  must(weir_engine_new(&config, &engine, NULL) == WEIR_OK && weir_linker_new(engine, &linker, NULL) == WEIR_OK);
  must(weir_linker_define_func(linker, NULL, "tell", NULL, tell, NULL, NULL, NULL) == WEIR_OK);
}

/* ---- modules ----------------------------------------------------------------------------------------------------- */

static void call_exports(weir_instance *instance, const weir_component *c) {
  weir_value result = {0};
  const weir_func *func = weir_component_find_func(c, NULL, "run");
  if (!func || weir_func_param_count(func) > 0)
    return;
  weir_call_run(instance, func, NULL, 0, &result, NULL);
  weir_value_clear(&result);
}

static void run(const weir_component *c) {
  weir_store_config config = WEIR_STORE_CONFIG_INIT;
  weir_store *store;
  weir_instance *instance;
  config.fuel = FUEL;
  config.max_memory_bytes = 1 << 20;
  must(weir_store_new(engine, &config, &store, NULL) == WEIR_OK);
  if (weir_instance_new(store, linker, c, &instance, NULL) == WEIR_OK)
    call_exports(instance, c);
  weir_store_free(store);
}

static void try_module(const uint8_t *data, size_t size) {
  weir_component *c;
  char *map;
  if (weir_component_new(engine, data, size, &c, NULL) != WEIR_OK)
    return;
  must(weir_fuse_import_map(c, &map, NULL, NULL) == WEIR_OK);
  weir_text_free(map);
  run(c);
  weir_component_free(c);
}

/* ---- components -------------------------------------------------------------------------------------------------- */

static void try_component(const uint8_t *data, size_t size, bool no_adapters) {
  weir_fuse_config config = WEIR_FUSE_CONFIG_INIT;
  weir_component *c, *fused;
  void *bytes;
  size_t count;
  if (weir_component_inspect(engine, data, size, &c, NULL) != WEIR_OK)
    return;
  config.no_adapters = no_adapters;
  if (weir_fuse_core(c, &config, &bytes, &count, NULL, NULL) == WEIR_OK) {
    must(weir_bytes_validate(engine, bytes, count, NULL) == WEIR_OK);
    must(weir_component_inspect(engine, bytes, count, &fused, NULL) == WEIR_OK);
    must(weir_fuse_verify(fused, c, NULL) == WEIR_OK);
    weir_component_free(fused);
    try_module(bytes, count);
    weir_bytes_free(bytes);
  }
  weir_component_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  host_make();
  switch (weir_bytes_kind_of(data, size)) {
    case WEIR_BYTES_MODULE:
      try_module(data, size);
      break;
    case WEIR_BYTES_COMPONENT:
      try_component(data, size, size % 2 == 0);
      break;
    default:
      break;
  }
  return 0;
}
