/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A libuv loop: weir_uv_attach() puts the store there, and uv_run() does the rest.
 *
 *     example-libuv examples/guests/wat/sleeper.wat
 */
#include <stdio.h>
#include <stdlib.h>

#include <uv.h>

#include "weir/uv.h"
#include "weir/weir.h"

static void must(weir_status status, weir_error *const *error) {
  if (status == WEIR_OK)
    return;
  fprintf(stderr, "%s: %s\n", weir_status_name(status), error && *error ? weir_error_message(*error) : "no details");
  exit(1);
}

struct program {
  weir_engine *engine;
  weir_component *component;
  weir_linker *linker;
  weir_store *store;
  weir_instance *instance;
  uv_loop_t loop;
  weir_uv *adapter;
};

struct nap {
  uv_timer_t timer; /* first */
  weir_host_call *call;
};

static void nap_free(uv_handle_t *timer) {
  free(timer);
}

static void nap_over(uv_timer_t *timer) {
  struct nap *nap = (struct nap *)(void *)timer;
  weir_host_call_return(nap->call, NULL, NULL);
  uv_close((uv_handle_t *)timer, nap_free);
}

static void host_sleep(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct program *p = data;
  (void)count;
  struct nap *nap = malloc(sizeof(*nap));
  if (!nap) {
    weir_host_call_fail(call, "out of memory");
    return;
  }
  nap->call = call;
  uv_timer_init(&p->loop, &nap->timer);
  uv_timer_start(&nap->timer, nap_over, args[0].of.u32, 0);
}

static void load(struct program *p, const char *path) {
  weir_error *error = NULL;
  static char bytes[1 << 20];
  FILE *file = fopen(path, "rb");
  size_t size = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
  if (file)
    fclose(file);
  must(weir_engine_new(NULL, &p->engine, &error), &error);
  must(weir_component_new(p->engine, bytes, size, &p->component, &error), &error);
  must(weir_linker_new(p->engine, &p->linker, &error), &error);
  must(weir_linker_define_func(p->linker, NULL, "sleep", "async func(ms: u32)", host_sleep, p, NULL, &error), &error);
  must(weir_store_new(p->engine, NULL, &p->store, &error), &error);
  must(weir_instance_new(p->store, p->linker, p->component, &p->instance, &error), &error);
}

static void unload(struct program *p) {
  weir_store_free(p->store);
  weir_linker_free(p->linker);
  weir_component_free(p->component);
  weir_engine_free(p->engine);
}

static void nap_ended(void *data, weir_call *call) {
  (void)data;
  weir_error *error = NULL;
  weir_value result;
  must(weir_call_result(call, &result, &error), &error);
  printf("%u\n", result.of.u32);
  weir_call_free(call);
}

static void start_nap(struct program *p, uint32_t milliseconds, uint32_t n) {
  weir_error *error = NULL;
  weir_call *call;
  const weir_func *nap = weir_component_find_func(p->component, NULL, "nap");
  weir_value args[2] = {{.kind = WEIR_VALUE_U32, .of.u32 = milliseconds}, {.kind = WEIR_VALUE_U32, .of.u32 = n}};
  must(weir_call_start(p->instance, nap, args, 2, nap_ended, NULL, &call, &error), &error);
}

int main(int argc, char **argv) {
  struct program p = {0};
  weir_error *error = NULL;
  uv_loop_init(&p.loop);
  load(&p, argc > 1 ? argv[1] : "examples/guests/wat/sleeper.wat");
  must(weir_uv_attach(p.store, &p.loop, NULL, NULL, &p.adapter, &error), &error);
  start_nap(&p, 80, 3);
  start_nap(&p, 40, 2);
  start_nap(&p, 10, 1);
  uv_run(&p.loop, UV_RUN_DEFAULT); /* ends when no task is live */
  weir_uv_detach(p.adapter);
  uv_run(&p.loop, UV_RUN_DEFAULT); /* closes what the adapter had in the loop */
  unload(&p);
  uv_loop_close(&p.loop);
  return 0;
}
