/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Plain synchronous threads that call one asynchronous component. It sleeps and prints by WASI, on the loop of a
 * bridge; each thread just waits for its own reply, and all of them together for the longest.
 *
 *     example-bridge examples/guests/wat/napper.wat
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "weir/bridge.h"
#include "weir/wasi.h"
#include "weir/weir.h"

static void must(weir_status status, weir_error *const *error) {
  if (status == WEIR_OK)
    return;
  fprintf(stderr, "%s: %s\n", weir_status_name(status), error && *error ? weir_error_message(*error) : "no details");
  exit(1);
}

/* ---- what belongs to the worker ---------------------------------------------------------------------------------- */

struct service {
  weir_engine *engine;
  weir_component *component;
  weir_wasi *wasi;
  weir_linker *linker;
  weir_store *store;
  weir_instance *instance;
};

/* On the worker, before weir_bridge_new() returns. */
static weir_status service_start(void *data, weir_bridge *bridge, weir_error **error) {
  struct service *s = data;
  weir_wasi_config world = WEIR_WASI_CONFIG_INIT;
  world.inherit_stdio = true;
  world.loop = weir_bridge_loop(bridge);
  weir_status status = weir_wasi_new(&world, &s->wasi, error);
  if (status == WEIR_OK)
    status = weir_linker_new(s->engine, &s->linker, error);
  if (status == WEIR_OK)
    status = weir_wasi_link(s->wasi, s->linker, error);
  if (status == WEIR_OK)
    status = weir_store_new(s->engine, NULL, &s->store, error);
  if (status == WEIR_OK)
    status = weir_wasi_attach(s->wasi, bridge, s->store, error);
  if (status == WEIR_OK)
    status = weir_instance_new(s->store, s->linker, s->component, &s->instance, error);
  return status;
}

/*
 * On the worker, when all requests have ended: first what uses WASI, then WASI, whose handles the bridge's loop closes.
 */
static void service_stop(void *data, weir_bridge *bridge) {
  struct service *s = data;
  (void)bridge;
  weir_wasi_flush(s->wasi, NULL);
  weir_store_free(s->store);
  weir_linker_free(s->linker);
  weir_wasi_free(s->wasi);
}

/* ---- callers ----------------------------------------------------------------------------------------------------- */

struct caller {
  pthread_t thread;
  weir_bridge *bridge;
  const struct service *service;
  uint32_t milliseconds, number, answer;
};

static void *caller_main(void *data) {
  struct caller *c = data;
  weir_error *error = NULL;
  weir_value result,
      args[2] = {{.kind = WEIR_VALUE_U32, .of.u32 = c->milliseconds}, {.kind = WEIR_VALUE_U32, .of.u32 = c->number}};
  weir_bridge_invocation nap = WEIR_BRIDGE_INVOCATION_INIT;
  nap.instance = c->service->instance;
  nap.func = weir_component_find_func(c->service->component, NULL, "nap");
  nap.take_args = args;
  nap.count = 2;
  nap.timeout = 20000000000;
  must(weir_bridge_call(c->bridge, &nap, &result, &error), &error);
  c->answer = result.of.u32;
  return NULL;
}

static void service_load(struct service *s, const char *path) {
  weir_error *error = NULL;
  static char bytes[1 << 20];
  FILE *file = fopen(path, "rb");
  size_t size = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
  if (file)
    fclose(file);
  must(weir_engine_new(NULL, &s->engine, &error), &error);
  must(weir_component_new(s->engine, bytes, size, &s->component, &error), &error);
}

int main(int argc, char **argv) {
  struct service service = {0};
  struct caller callers[3] = {{.milliseconds = 600}, {.milliseconds = 300}, {.milliseconds = 10}};
  weir_bridge_config config = WEIR_BRIDGE_CONFIG_INIT;
  config.start = service_start;
  config.stop = service_stop;
  config.data = &service;
  weir_bridge *bridge;
  weir_error *error = NULL;
  service_load(&service, argc > 1 ? argv[1] : "examples/guests/wat/napper.wat");
  must(weir_bridge_new(&config, &bridge, &error), &error);
  for (uint32_t i = 0; i < 3; i++) {
    callers[i].bridge = bridge;
    callers[i].service = &service;
    callers[i].number = i + 1;
    pthread_create(&callers[i].thread, NULL, caller_main, &callers[i]);
  }
  for (int i = 0; i < 3; i++)
    pthread_join(callers[i].thread, NULL);
  must(weir_bridge_shutdown(bridge, WEIR_BRIDGE_DRAIN, WEIR_BRIDGE_FOREVER, &error), &error);
  for (int i = 0; i < 3; i++)
    printf("caller %d was given %u\n", i + 1, callers[i].answer);
  weir_bridge_free(bridge);
  weir_component_free(service.component);
  weir_engine_free(service.engine);
  return 0;
}
