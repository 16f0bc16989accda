/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A store for tests of threads, with one of the other features each: interceptors, a record, time slices, limits, or
 * serialized. Its guest is that of calls.wat, whose `ask` waits for the host.
 */
#ifndef BEHAVIOUR_VARIANTS_H
#define BEHAVIOUR_VARIANTS_H

#include <pthread.h>

#include "behaviour/behaviour.h"

enum variant { PLAIN, HOOKED, RECORDED, SLICED, LIMITED, SERIALIZED, VARIANTS };

struct fixture {
  struct world *w;
  enum variant variant;
  weir_recorder *recorder;
  char path[40];
  struct pending wait;
  struct outcome cancelled, freed;
  weir_stream *read, *dropped; /* ends of the host's two streams */
  weir_stream *others[2];
  weir_value thing;
  int copies[2], drops, posts, post_frees;
  weir_copy_result results[2];
  char bytes[2];
  pthread_t owner;
};

static inline void on_thread(void *(*fn)(void *data), void *data) {
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, fn, data), 0);
  pthread_join(thread, NULL);
}

/* ---- a store with one of everything ------------------------------------------------------------------------------ */

static inline weir_verdict variant_hook(void *data, weir_crossing *crossing) {
  (void)data, (void)crossing;
  return WEIR_GO_ON;
}

static inline void open_variant(struct fixture *f, const char *guest, enum variant variant) {
  static const weir_interceptor hooks = {.size = sizeof(weir_interceptor),
                                         .before_import = variant_hook,
                                         .after_import = variant_hook,
                                         .before_export = variant_hook,
                                         .after_export = variant_hook};
  bool slices = variant == SLICED;
  weir_engine_config engine = WEIR_ENGINE_CONFIG_INIT;
  weir_store_config store = WEIR_STORE_CONFIG_INIT;
  *f = (struct fixture){
      .w = calloc(1, sizeof(*f->w)), .variant = variant, .path = "/tmp/weir-threads-XXXXXX", .owner = pthread_self()};
  engine.features = ALL_FEATURES;
  engine.fast_compile = true;
  engine.fuel = engine.deadlines = slices || variant == LIMITED;
  store.slice = slices ? WEIR_SLICE_EVERYWHERE : 0;
  store.fuel = variant == LIMITED ? 1000000000 : 0;
  store.max_tasks = store.max_waitables = variant == LIMITED ? 8 : 0;
  store.serialized = variant == SERIALIZED;
  must(weir_engine_new(&engine, &f->w->engine, NULL), NULL);
  must(weir_linker_new(f->w->engine, &f->w->linker, NULL), NULL);
  must(weir_store_new(f->w->engine, &store, &f->w->store, NULL), NULL);
  weir_store_on_wake(f->w->store, world_wake, f->w);
  size_t size;
  char *text = guest_text(guest, &size);
  f->w->component = component_from(f->w->engine, text, size);
  free(text);
  if (variant == HOOKED)
    must(weir_store_intercept(f->w->store, &hooks, f, NULL), NULL);
  if (variant != RECORDED)
    return;
  int fd = mkstemp(f->path);
  assert_true(fd >= 0);
  close(fd);
  weir_record_config record = {.size = sizeof(record), .path = f->path, .component = f->w->component};
  must(weir_record_start(f->w->store, &record, &f->recorder, NULL), NULL);
}

/* What a record has of it can be done again. */
static inline void close_variant(struct fixture *f) {
  weir_error *error = NULL;
  weir_replay_report report = WEIR_REPLAY_REPORT_INIT;
  if (f->recorder) {
    must(weir_recorder_close(f->recorder, &error), &error);
    world_end_store(f->w);
    must(weir_replay(f->w->engine, f->w->component, f->path, NULL, &report, &error), &error);
    weir_replay_report_clear(&report);
    unlink(f->path);
  }
  world_close(f->w);
}

static inline void not_called(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)args, (void)count;
  weir_host_call_fail(call, "not expected");
}

static inline void open_calls(struct fixture *f, enum variant variant) {
  open_variant(f, "calls", variant);
  f->wait.agree = true;
  world_func(f->w, NULL, "wait", "async func() -> u32", pending_call, &f->wait);
  world_func(f->w, NULL, "echo", "async func(s: string) -> string", not_called, NULL);
  world_func(f->w, NULL, "now", "func(x: u32) -> u32", not_called, NULL);
  world_start(f->w);
}

#endif
