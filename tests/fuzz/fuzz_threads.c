/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: whatever threads, destructors and synchronous tasks of one instance do to each other, each goes on where it
 * stopped, in its own thread; nothing begins twice; a destructor has ended when its drop has; each call ends once, as a
 * result or as a failure that is told; and the store can be freed at any time. Whether a call has a stack of its own is
 * the runtime's choice, and nobody can tell: where every call has one, each ends in the same way.
 *
 * The first byte of the input has a seed for the schedule (bits 0 to 4), whether guests are set aside at every function
 * and loop (bit 5), whether nothing is awaited before the store is freed (bit 6). Then eight programs of eight bytes
 * (threads_guest.h), then calls, a byte each: kind (2 bits), program (3), what happens after it (3).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/threads_guest.h"
#include "weir/weir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PROGRAMS = 8, CALLS = 12, WORKS = 64, STEPS = 64, FEATURES = 0x1ff };

struct ending {
  bool ended;
  weir_status status;
};

struct world {
  bool stacks; /* every call has one */
  weir_store *store;
  weir_instance *instance;
  int begun;
  weir_host_call *works[WORKS];
  uint32_t work_count;
  struct ending endings[CALLS];
  char failure[256];
};

static weir_engine *engine;
static weir_component *component;

static void must(bool condition, const char *what) {
  if (condition)
    return;
  fprintf(stderr, "fuzz_threads: %s\n", what);
  abort();
}

static void work(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct world *w = data;
  (void)args, (void)count;
  if (w->work_count < WORKS)
    w->works[w->work_count++] = call;
  else
    weir_host_call_return(call, NULL, NULL);
}

static void broken(void *data, weir_host_call *call, weir_value *args, size_t count) {
  static const char *const what[] = {"",
                                     "an activation goes on at its own step",
                                     "an activation goes on in its own thread",
                                     "an activation that goes on runs",
                                     "an activation ends once",
                                     "a destructor has ended when its drop has"};
  (void)data, (void)call;
  must(false,
       count == 1 && args[0].of.u32 < sizeof(what) / sizeof(*what) ? what[args[0].of.u32] : "a code that is known");
}

static void set_up(void) {
  weir_engine_config config = {.size = sizeof(config), .features = FEATURES, .fast_compile = true, .deadlines = true};
  weir_error *error = NULL;
  must(weir_engine_new(&config, &engine, NULL) == WEIR_OK, "there is an engine");
  if (weir_component_new(engine, guest_text, sizeof(guest_text) - 1, &component, &error) != WEIR_OK)
    must(false, weir_error_message(error));
}

static void open_world(struct world *w, uint8_t flags) {
  weir_linker *linker;
  weir_store_config config = {
      .size = sizeof(config), .schedule_seed = flags & 31, .slice = flags & 32 ? WEIR_SLICE_EVERYWHERE : 0};
  must(weir_linker_new(engine, &linker, NULL) == WEIR_OK, "there is a linker");
  must(weir_linker_define_func(linker, NULL, "work", "async func()", work, w, NULL, NULL) == WEIR_OK,
       "work is defined");
  must(weir_linker_define_func(linker, NULL, "broken", "func(code: u32)", broken, w, NULL, NULL) == WEIR_OK,
       "broken is defined");
  if (w->stacks) /* it might, so its callers have to be able to */
    must(weir_linker_let_wait(linker, NULL, "broken", NULL) == WEIR_OK, "broken may wait");
  must(weir_store_new(engine, &config, &w->store, NULL) == WEIR_OK, "there is a store");
  must(weir_instance_new(w->store, linker, component, &w->instance, NULL) == WEIR_OK, "there is an instance");
  weir_linker_free(linker);
}

static void set_program(struct world *w, uint32_t program, const uint8_t *data, size_t size) {
  uint64_t code = 0;
  memcpy(&code, data, size < sizeof(code) ? size : sizeof(code));
  weir_value args[2] = {{.kind = WEIR_VALUE_U32, .of.u32 = program}, {.kind = WEIR_VALUE_U64, .of.u64 = code}};
  const weir_func *func = weir_component_find_func(component, NULL, "set");
  must(weir_call_run(w->instance, func, args, 2, NULL, NULL) == WEIR_OK, "a program is set");
}

static void completed(void *data, weir_call *call) {
  struct ending *e = data;
  must(!e->ended, "each call ends once");
  e->ended = true;
  e->status = weir_call_result(call, NULL, NULL);
  weir_call_free(call);
}

static void settle(struct world *w) {
  for (int i = 0; i < STEPS && weir_store_step(w->store) == WEIR_STEP_READY; i++)
    ;
}

static void answer(struct world *w) {
  for (uint32_t i = 0; i < w->work_count; i++)
    weir_host_call_return(w->works[i], NULL, NULL);
  w->work_count = 0;
}

static void run_call(struct world *w, uint8_t byte) {
  static const char *const names[] = {"sync", "stackful", "lock", "callback"};
  weir_value arg = {.kind = WEIR_VALUE_U32, .of.u32 = (byte >> 2) & 7};
  const weir_func *func = weir_component_find_func(component, NULL, names[byte & 3]);
  weir_call *call;
  if (weir_call_start(w->instance, func, &arg, 1, completed, &w->endings[w->begun], &call, NULL) == WEIR_OK)
    w->begun++;
  if (byte & 32)
    weir_store_step(w->store);
  if (byte & 64)
    answer(w);
  if (byte & 128)
    settle(w);
}

/* WEIR_THREADS_TRACE=1 tells what became of an input: for making inputs that get far. */
static void trace(const struct world *w) {
  const weir_error *failure = weir_store_failure(w->store);
  if (getenv("WEIR_THREADS_TRACE"))
    fprintf(stderr, "%d calls; %s\n", w->begun, failure ? weir_error_message(failure) : "no failure");
}

static void run_world(struct world *w, const uint8_t *data, size_t size) {
  uint8_t flags = size > 0 ? data[0] : 0;
  size_t at = 1;
  open_world(w, flags);
  for (uint32_t i = 0; i < PROGRAMS && at < size; i++, at += 8)
    set_program(w, i, data + at, size - at);
  for (int i = 0; i < CALLS && at < size; i++, at++)
    run_call(w, data[at]);
  for (int i = 0; i < 4 && !(flags & 64); i++) {
    settle(w);
    answer(w);
  }
  trace(w);
  const weir_error *failure = weir_store_failure(w->store);
  if (failure)
    snprintf(w->failure, sizeof(w->failure), "%s", weir_error_message(failure));
  weir_store_free(w->store);
  for (int i = 0; i < w->begun; i++)
    must(w->endings[i].ended, "each call ends");
}

/* With a seed or slices the choices are others, and so are the ends. */
static void compare(const struct world *a, const uint8_t *data, size_t size) {
  struct world b = {.stacks = true};
  run_world(&b, data, size);
  must(a->begun == b.begun && strcmp(a->failure, b.failure) == 0, "a stack is not noticed by the store");
  for (int i = 0; i < a->begun; i++)
    must(a->endings[i].status == b.endings[i].status, "a stack is not noticed by a call");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct world w = {0};
  if (!component)
    set_up();
  run_world(&w, data, size);
  if (size > 0 && (data[0] & 63) == 0)
    compare(&w, data, size);
  return 0;
}
