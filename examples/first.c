/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The shortest program that calls an async export: README.md shows it.
 *
 *     example-first examples/guests/wat/double.wat
 */
#include <stdio.h>

#include "weir/weir.h"

static int run(const char *bytes, size_t size) {
  weir_engine *engine;
  weir_component *component;
  weir_linker *linker;
  weir_store *store;
  weir_instance *instance;
  weir_value n = {.kind = WEIR_VALUE_U32, .of.u32 = 21}, result;
  weir_error *error = NULL;
  if (weir_engine_new(NULL, &engine, &error) || weir_component_new(engine, bytes, size, &component, &error) ||
      weir_linker_new(engine, &linker, &error) || weir_store_new(engine, NULL, &store, &error) ||
      weir_instance_new(store, linker, component, &instance, &error) ||
      weir_call_run(instance, weir_component_find_func(component, NULL, "double"), &n, 1, &result, &error)) {
    fprintf(stderr, "%s\n", weir_error_message(error));
    return 1;
  }
  printf("%u\n", result.of.u32);
  weir_store_free(store);
  weir_linker_free(linker);
  weir_component_free(component);
  weir_engine_free(engine);
  return 0;
}

int main(int argc, char **argv) {
  static char bytes[1 << 20];
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (!file) {
    fprintf(stderr, "usage: %s double.wat\n", argv[0]);
    return 1;
  }
  size_t size = fread(bytes, 1, sizeof(bytes), file);
  fclose(file);
  return run(bytes, size);
}
