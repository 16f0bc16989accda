/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * From nothing to an async host function and a stream: docs/embedding.md explains this program part by part.
 *
 *     example-embedding examples/guests/wat/sleeper.wat
 */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "weir/weir.h"

/* [must] Every function that can fail returns a status, and says more in an error. */
static void must(weir_status status, weir_error *const *error) {
  if (status == WEIR_OK)
    return;
  fprintf(stderr, "%s: %s\n", weir_status_name(status), *error ? weir_error_message(*error) : "no details");
  exit(1);
}

/* [sleep] An async host function: it says nothing now, and finishes on another thread. */
struct nap {
  weir_completion *completion;
  long milliseconds;
};

static void *sleep_and_finish(void *data) {
  struct nap *nap = data;
  struct timespec time = {nap->milliseconds / 1000, nap->milliseconds % 1000 * 1000000};
  nanosleep(&time, NULL);
  weir_completion_return(nap->completion, NULL, NULL);
  weir_completion_free(nap->completion);
  free(nap);
  return NULL;
}

static void host_sleep(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)count;
  pthread_t thread;
  struct nap *nap = malloc(sizeof(*nap));
  if (!nap || weir_host_call_detach(call, &nap->completion) != WEIR_OK) {
    free(nap);
    weir_host_call_fail(call, "out of memory");
    return;
  }
  nap->milliseconds = (long)args[0].of.u32;
  if (pthread_create(&thread, NULL, sleep_and_finish, nap) == 0) {
    pthread_detach(thread);
  } else {
    weir_completion_fail(nap->completion, "no thread left");
    weir_completion_free(nap->completion);
    free(nap);
  }
}

/* [load] The engine, the component, and what it imports. */
struct program {
  weir_engine *engine;
  weir_component *component;
  weir_linker *linker;
  weir_store *store;
  weir_instance *instance;
};

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
  must(weir_linker_define_func(p->linker, NULL, "sleep", "async func(ms: u32)", host_sleep, NULL, NULL, &error),
       &error);
  must(weir_store_new(p->engine, NULL, &p->store, &error), &error);
  must(weir_instance_new(p->store, p->linker, p->component, &p->instance, &error), &error);
}

/* [call] Starting a call, and what happens when it has ended. */
static void nap_ended(void *data, weir_call *call) {
  weir_error *error = NULL;
  weir_value result;
  must(weir_call_result(call, &result, &error), &error);
  printf("nap %s gave %u\n", (const char *)data, result.of.u32);
  weir_call_free(call);
}

static void start_nap(struct program *p, uint32_t milliseconds, uint32_t n, char *name) {
  weir_error *error = NULL;
  weir_call *call;
  const weir_func *nap = weir_component_find_func(p->component, NULL, "nap");
  weir_value args[2] = {{.kind = WEIR_VALUE_U32, .of.u32 = milliseconds}, {.kind = WEIR_VALUE_U32, .of.u32 = n}};
  must(weir_call_start(p->instance, nap, args, 2, nap_ended, name, &call, &error), &error);
}

/* [run] Driving the store: step it, and sleep while it waits for us. */
static void run_until_idle(struct program *p) {
  struct pollfd ready = {.fd = weir_store_fd(p->store), .events = POLLIN};
  for (;;) {
    weir_error *none = NULL;
    switch (weir_store_step(p->store)) {
      case WEIR_STEP_READY:
        break;
      case WEIR_STEP_WAITING:
        poll(&ready, 1, -1);
        break;
      case WEIR_STEP_IDLE:
        return;
      default:
        must(WEIR_ERR_TRAP, &none);
    }
  }
}

/* [stream] Reading what the guest writes, ten bytes at a time. */
struct reader {
  char buffer[10];
};

static void read_on(void *data, weir_stream *stream, weir_copy_result result, size_t count) {
  struct reader *reader = data;
  printf("%.*s", (int)count, reader->buffer);
  if (result != WEIR_COPY_COMPLETED ||
      weir_stream_read(stream, reader->buffer, sizeof(reader->buffer), read_on, reader, NULL) != WEIR_OK)
    weir_stream_drop(stream);
}

static void words_returned(void *data, weir_call *call) {
  weir_error *error = NULL;
  weir_value result;
  must(weir_call_result(call, &result, &error), &error);
  weir_stream *stream = weir_stream_from_value(&result);
  read_on(data, stream, WEIR_COPY_COMPLETED, 0);
  weir_call_free(call);
}

static void start_words(struct program *p, struct reader *reader) {
  weir_error *error = NULL;
  weir_call *call;
  const weir_func *words = weir_component_find_func(p->component, NULL, "words");
  must(weir_call_start(p->instance, words, NULL, 0, words_returned, reader, &call, &error), &error);
}

/* [end] Whoever makes something frees it; the order does not matter. */
int main(int argc, char **argv) {
  struct program p;
  struct reader reader;
  load(&p, argc > 1 ? argv[1] : "examples/guests/wat/sleeper.wat");
  start_nap(&p, 60, 1, "one");
  start_nap(&p, 20, 2, "two");
  run_until_idle(&p);
  start_words(&p, &reader);
  run_until_idle(&p);
  weir_store_free(p.store);
  weir_linker_free(p.linker);
  weir_component_free(p.component);
  weir_engine_free(p.engine);
  return 0;
}
