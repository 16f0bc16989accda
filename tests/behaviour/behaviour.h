/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What the behaviour tests share: a world (engine, linker, store, one component of guests/), completions that count
 * themselves, and a main() that runs each case in a process of its own, so that the leak checker sees each alone and a
 * crash in one hides no other. Only public headers.
 */
#ifndef BEHAVIOUR_H
#define BEHAVIOUR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/rep_of.h"
#include "weir/unstable.h"
#include "weir/weir.h"

enum { ALL_FEATURES = 0x1ff, STEPS_MAX = 1000 };

/* ---- the world --------------------------------------------------------------------------------------------------- */

struct world {
  weir_engine *engine;
  weir_linker *linker;
  weir_component *component;
  weir_store *store;
  weir_instance *instance;
  int wakes;
};

static inline void world_wake(void *data) {
  ((struct world *)data)->wakes++;
}

/* `error` is read after the call that sets it: it may stand in the same expression. */
static inline void must(weir_status status, weir_error *const *error) {
  if (status != WEIR_OK)
    fail_msg("%s: %s", weir_status_name(status), error && *error ? weir_error_message(*error) : "no message");
}

static inline char *guest_text(const char *name, size_t *ret_size) {
  char path[512];
  snprintf(path, sizeof(path), WEIR_SOURCE_DIR "/tests/behaviour/guests/%s.wat", name);
  FILE *file = fopen(path, "rb");
  if (!file)
    fail_msg("%s cannot be read", path);
  char *text = malloc(1 << 16);
  assert_non_null(text);
  *ret_size = fread(text, 1, 1 << 16, file);
  fclose(file);
  assert_true(*ret_size < 1 << 16);
  return text;
}

static inline weir_component *component_from(weir_engine *engine, const char *text, size_t size) {
  weir_component *component = NULL;
  weir_error *error = NULL;
  must(weir_component_new(engine, text, size, &component, &error), &error);
  return component;
}

/*
 * With WEIR_TEST_SLICE=every in the environment every guest is set aside at every function and loop. What guests and
 * hosts see must be the same, so most of the tests run a second time like that.
 */
static inline bool slices_everywhere(void) {
  const char *slice = getenv("WEIR_TEST_SLICE");
  return slice && strcmp(slice, "every") == 0;
}

/* Engine, linker, store and component; the test adds definitions and then calls world_start(). */
static inline struct world *world_open(const char *guest) {
  struct world *w = calloc(1, sizeof(*w));
  bool slices = slices_everywhere();
  weir_engine_config config = {
      .size = sizeof(weir_engine_config), .features = ALL_FEATURES, .fast_compile = true, .deadlines = slices};
  weir_store_config store = {.size = sizeof(weir_store_config), .slice = slices ? WEIR_SLICE_EVERYWHERE : 0};
  weir_error *error = NULL;
  assert_non_null(w);
  must(weir_engine_new(&config, &w->engine, &error), &error);
  must(weir_linker_new(w->engine, &w->linker, &error), &error);
  must(weir_store_new(w->engine, &store, &w->store, &error), &error);
  weir_store_on_wake(w->store, world_wake, w);
  size_t size;
  char *text = guest_text(guest, &size);
  w->component = component_from(w->engine, text, size);
  free(text);
  return w;
}

static inline void world_start(struct world *w) {
  weir_error *error = NULL;
  must(weir_instance_new(w->store, w->linker, w->component, &w->instance, &error), &error);
}

/* The store goes first; what a test has to say about it, it says before world_close(). */
static inline void world_end_store(struct world *w) {
  weir_store_free(w->store);
  w->store = NULL;
}

static inline void world_close(struct world *w) {
  weir_store_free(w->store);
  weir_component_free(w->component);
  weir_linker_free(w->linker);
  weir_engine_free(w->engine);
  free(w);
}

static inline void world_func(struct world *w, const char *interface_name, const char *name, const char *signature,
                              weir_host_fn fn, void *data) {
  weir_error *error = NULL;
  must(weir_linker_define_func(w->linker, interface_name, name, signature, fn, data, NULL, &error), &error);
}

/* Steps until there is nothing to do but to wait for the host. */
static inline weir_step world_settle(struct world *w) {
  weir_step step = WEIR_STEP_READY;
  for (int i = 0; i < STEPS_MAX && step == WEIR_STEP_READY; i++)
    step = weir_store_step(w->store);
  return step;
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

struct outcome {
  weir_call *call;
  int count; /* completions */
  weir_status status;
  weir_value result;
  char message[512];
};

static inline void outcome_done(void *data, weir_call *call) {
  struct outcome *o = data;
  weir_error *error = NULL;
  o->count++;
  assert_true(weir_call_finished(call));
  o->status = weir_call_result(call, &o->result, &error);
  if (o->status != WEIR_OK) {
    assert_non_null(error);
    snprintf(o->message, sizeof(o->message), "%s", weir_error_message(error));
  }
  weir_error_free(error);
  weir_call_free(call);
  o->call = NULL;
}

static inline const weir_func *world_export(struct world *w, const char *name) {
  const weir_func *func = weir_component_find_func(w->component, NULL, name);
  if (!func)
    fail_msg("no export %s", name);
  return func;
}

static inline void call_args(struct world *w, struct outcome *o, const char *name, weir_value *args, size_t count) {
  weir_error *error = NULL;
  *o = (struct outcome){.status = WEIR_ERR_MISUSE};
  must(weir_call_start(w->instance, world_export(w, name), args, count, outcome_done, o, &o->call, &error), &error);
  assert_int_equal(o->count, 0); /* never inside the starting call */
}

static inline void call(struct world *w, struct outcome *o, const char *name) {
  call_args(w, o, name, NULL, 0);
}

static inline weir_value u32(uint32_t n) {
  return (weir_value){.kind = WEIR_VALUE_U32, .of.u32 = n};
}

static inline weir_value string(const char *text) {
  weir_value v;
  must(weir_value_new_string(text, strlen(text), &v), NULL);
  return v;
}

static inline void assert_string(const weir_value *v, const char *text) {
  assert_int_equal(v->kind, WEIR_VALUE_STRING);
  assert_int_equal(v->of.string.size, strlen(text));
  assert_memory_equal(v->of.string.data, text, strlen(text));
}

static inline void assert_u32(const struct outcome *o, uint32_t n) {
  if (o->status != WEIR_OK)
    fail_msg("%s: %s", weir_status_name(o->status), o->message);
  assert_int_equal(o->count, 1);
  assert_int_equal(o->result.kind, WEIR_VALUE_U32);
  assert_int_equal(o->result.of.u32, n);
}

static inline void assert_ended(const struct outcome *o, weir_status status) {
  if (o->status != status)
    fail_msg("%s: %s", weir_status_name(o->status), o->message);
  assert_int_equal(o->count, 1);
}

static inline void assert_words(const char *message, const char *part) {
  if (!strstr(message, part))
    fail_msg("\"%s\" is not in \"%s\"", part, message);
}

/* A call that is not even begun. */
static inline void call_refused(struct world *w, const char *name, weir_value *args, size_t count, weir_status want,
                                const char *words) {
  weir_call *handle;
  weir_error *error = NULL;
  assert_int_equal(weir_call_start(w->instance, world_export(w, name), args, count, NULL, NULL, &handle, &error), want);
  assert_non_null(error);
  assert_int_equal(weir_error_status(error), want);
  assert_words(weir_error_message(error), words);
  weir_error_free(error);
}

/* Calls and settles; for what does not wait for the host. */
static inline weir_value call_now(struct world *w, const char *name, weir_value *args, size_t count) {
  struct outcome o;
  call_args(w, &o, name, args, count);
  world_settle(w);
  assert_ended(&o, WEIR_OK);
  return o.result;
}

/* ---- host calls that finish later -------------------------------------------------------------------------------- */

struct pending { /* what an async host function keeps: its calls, in order */
  weir_host_call *calls[8];
  weir_value args[8]; /* the first argument of each, moved out */
  int count, cancels;
  bool agree; /* to a cancellation, at once */
};

static inline void pending_cancel(void *data, weir_host_call *call) {
  struct pending *p = data;
  p->cancels++;
  if (p->agree)
    weir_host_call_cancelled(call);
}

static inline void pending_call(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct pending *p = data;
  assert_true(p->count < 8);
  if (count > 0) {
    p->args[p->count] = args[0];
    args[0] = (weir_value){0};
  }
  p->calls[p->count++] = call;
  weir_host_call_on_cancel(call, pending_cancel, p, NULL);
}

static inline void pending_return(struct pending *p, int index, weir_value result) {
  weir_host_call_return(p->calls[index], &result, NULL);
}

/* ---- main: a process for each case ------------------------------------------------------------------------------- */

static inline int run_alone(const char *program, const char *name) {
  fflush(stdout);
  fflush(stderr);
  pid_t child = fork();
  if (child == 0) {
    execl(program, program, name, (char *)NULL);
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child)
    return 1;
  if (status != 0)
    fprintf(stderr, "%s: status %#x\n", name, (unsigned)status);
  return status != 0;
}

static inline int behaviour_main(int argc, char **argv, const struct CMUnitTest *tests, size_t count) {
  if (argc > 1) {
    cmocka_set_test_filter(argv[1]);
    return _cmocka_run_group_tests(argv[1], tests, count, NULL, NULL);
  }
  int failed = 0;
  for (size_t i = 0; i < count; i++)
    failed += run_alone(argv[0], tests[i].name);
  printf("%zu cases, %d failed\n", count, failed);
  return failed != 0;
}

#define BEHAVIOUR_MAIN(tests)                                                       \
  int main(int argc, char **argv) {                                                 \
    return behaviour_main(argc, argv, (tests), sizeof(tests) / sizeof((tests)[0])); \
  }

#endif
