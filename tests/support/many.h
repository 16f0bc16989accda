/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Runs many.wat: everything that a guest can have many of, made, woken, cancelled and dropped in both orders. The
 * benchmark (bench/scaling.c) takes the time of an item at two sizes, the test (tests/unit/embed/test_scaling.c) the
 * steps of the runtime. Only public headers.
 */
#ifndef SUPPORT_MANY_H
#define SUPPORT_MANY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/weir.h"

struct many_row {
  const char *name, *export_name;
  uint32_t mode;
  bool last_first; /* hosts answer in that order */
  bool stacks;     /* each item has a stack: an eighth as many of them */
};

static const struct many_row many_rows[] = {
    {"blocked calls, let in", "blocked", 0, false, false},
    {"blocked calls, first cancelled first", "blocked", 1, false, false},
    {"blocked calls, last cancelled first", "blocked", 2, false, false},
    {"backpressure on and off before them", "blocked", 3, false, false},
    {"waiters of a set, n events", "waiters", 0, false, false},
    {"waiters of a set, first cancelled first", "waiters", 1, false, false},
    {"waiters of a set, last cancelled first", "waiters", 2, false, false},
    {"yields of a synchronous task beside tasks that are ready", "yields", 0, false, false},
    {"host calls, first returns first", "host-calls", 0, false, false},
    {"host calls, last returns first", "host-calls", 0, true, false},
    {"host calls, first cancelled first", "host-calls", 1, false, false},
    {"host calls, last cancelled first", "host-calls", 2, false, false},
    {"sets, first dropped first", "sets", 1, false, false},
    {"sets, last dropped first", "sets", 2, false, false},
    {"waitables of a set, events taken", "joined", 0, false, false},
    {"waitables of a set, first leaves first", "joined", 1, false, false},
    {"waitables of a set, last leaves first", "joined", 2, false, false},
    {"streams, first cancelled and dropped first", "streams", 1, false, false},
    {"streams, last cancelled and dropped first", "streams", 2, false, false},
    {"futures, first cancelled and dropped first", "futures", 1, false, false},
    {"futures, last cancelled and dropped first", "futures", 2, false, false},
    {"resources, first dropped first", "resources", 1, false, false},
    {"resources, last dropped first", "resources", 2, false, false},
    {"threads that are ready", "threads", 1, false, false},
    {"threads that are ready, last resumed first", "threads", 2, false, false},
    {"threads that are ready, of a synchronous task", "sync-threads", 1, false, false},
    {"suspended threads, first resumed first", "stacks", 1, false, true},
    {"suspended threads, last resumed first", "stacks", 2, false, true},
    {"threads that wait on a set, n events", "thread-waiters", 0, false, true},
};
enum { MANY_ROWS = sizeof(many_rows) / sizeof(*many_rows) };

struct many {
  weir_engine *engine;
  weir_linker *linker;
  weir_component *component;
  weir_store *store;
  weir_instance *instance;
  weir_host_call **calls; /* that the guest waits for */
  size_t call_count, call_room;
};

static inline void many_check(weir_status status, weir_error *error) {
  if (status == WEIR_OK)
    return;
  fprintf(stderr, "%s: %s\n", weir_status_name(status), error ? weir_error_message(error) : "");
  exit(1);
}

static inline void many_cancelled(void *data, weir_host_call *call) {
  (void)data;
  weir_host_call_cancelled(call);
}

static inline void many_wait(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct many *m = data;
  (void)args, (void)count;
  if (m->call_count == m->call_room) {
    m->call_room = m->call_room ? 2 * m->call_room : 64;
    m->calls = realloc(m->calls, m->call_room * sizeof(*m->calls));
  }
  m->calls[m->call_count++] = call;
  many_check(weir_host_call_on_cancel(call, many_cancelled, NULL, NULL), NULL);
}

static inline char *many_text(const char *path, size_t *ret_size) {
  FILE *file = fopen(path, "rb");
  char *text = malloc(1 << 16);
  if (!file || !text) {
    fprintf(stderr, "%s cannot be read\n", path);
    exit(1);
  }
  *ret_size = fread(text, 1, 1 << 16, file);
  fclose(file);
  return text;
}

static inline void many_open(struct many *m, const char *path) {
  weir_engine_config config = {.size = sizeof(config), .features = 0x1ff};
  weir_error *error = NULL;
  size_t size;
  char *text = many_text(path, &size);
  *m = (struct many){0};
  many_check(weir_engine_new(&config, &m->engine, &error), error);
  many_check(weir_component_new(m->engine, text, size, &m->component, &error), error);
  many_check(weir_linker_new(m->engine, &m->linker, &error), error);
  many_check(weir_linker_define_func(m->linker, NULL, "wait", "async func()", many_wait, m, NULL, &error), error);
  many_check(weir_store_new(m->engine, NULL, &m->store, &error), error);
  many_check(weir_instance_new(m->store, m->linker, m->component, &m->instance, &error), error);
  free(text);
}

static inline void many_close(struct many *m) {
  weir_store_free(m->store);
  weir_linker_free(m->linker);
  weir_component_free(m->component);
  weir_engine_free(m->engine);
  free(m->calls);
}

static inline void many_answer(struct many *m, bool last_first) {
  for (size_t i = 0; i < m->call_count; i++)
    weir_host_call_return(m->calls[last_first ? m->call_count - 1 - i : i], NULL, NULL);
  m->call_count = 0;
}

/* One row with n items. */
static inline void many_run(struct many *m, const struct many_row *row, uint32_t n) {
  weir_value args[2] = {{.kind = WEIR_VALUE_U32, .of.u32 = n}, {.kind = WEIR_VALUE_U32, .of.u32 = row->mode}};
  const weir_func *func = weir_component_find_func(m->component, NULL, row->export_name);
  weir_call *call = NULL;
  weir_error *error = NULL;
  m->call_count = 0;
  many_check(weir_call_start(m->instance, func, args, 2, NULL, NULL, &call, &error), error);
  for (weir_step step = WEIR_STEP_READY; !weir_call_finished(call); step = weir_store_step(m->store)) {
    if (step == WEIR_STEP_WAITING)
      many_answer(m, row->last_first);
    else if (step == WEIR_STEP_STUCK || step == WEIR_STEP_REFUSED)
      many_check(WEIR_ERR_DEADLOCK, NULL);
  }
  many_check(weir_call_result(call, NULL, &error), error);
  weir_call_free(call);
  while (weir_store_step(m->store) == WEIR_STEP_READY)
    ;
}

#endif
