/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What the sweeps over the engine's allocator share: a pass that stops at its first failure, and the sweep, in which
 * one allocation fails, or all from one on. Requests are sampled where there are too many for a test.
 */
#ifndef BEHAVIOUR_MEMORY_H
#define BEHAVIOUR_MEMORY_H

#include "behaviour/behaviour.h"
#include "support/fault.h"

enum { SAMPLES = 160 };

struct run { /* one pass; the first failure stops it */
  struct fault fault;
  weir_engine *engine; /* lives longer than one pass */
  weir_component *component;
  weir_linker *linker;
  weir_store *store;
  weir_instance *instance;
  weir_status status;
  int drops, copies;
  size_t copied;
  bool is_of_system; /* the system's allocator fails, in the request of that number */
  size_t system_request;
};

static inline bool ok(struct run *r, weir_status status, weir_error **ret_error) {
  weir_error *error = ret_error ? *ret_error : NULL;
  if (status != WEIR_OK && r->status == WEIR_OK)
    r->status = status;
  if (status != WEIR_OK && status != WEIR_ERR_NOMEM)
    print_error("%s: %s\n", weir_status_name(status), error ? weir_error_message(error) : "no message");
  if (status != WEIR_OK && error)
    assert_int_equal(weir_error_status(error), status);
  weir_error_free(error);
  if (ret_error)
    *ret_error = NULL;
  return r->status == WEIR_OK;
}

static inline void settle(struct run *r) {
  for (int i = 0; i < STEPS_MAX && weir_store_step(r->store) == WEIR_STEP_READY; i++) {
  }
}

struct ended {
  struct run *run;
  int count;
  weir_value result;
};

static inline void ended(void *data, weir_call *handle) {
  struct ended *e = data;
  weir_error *error = NULL;
  e->count++;
  weir_status status = weir_call_result(handle, &e->result, &error);
  ok(e->run, status, &error);
  weir_call_free(handle);
}

/* Calls and settles; whether there is a result. */
static inline bool call_and_settle(struct run *r, const char *name, weir_value *args, size_t count, struct ended *e) {
  weir_call *handle;
  weir_error *error = NULL;
  *e = (struct ended){.run = r};
  const weir_func *func = weir_component_find_func(r->component, NULL, name);
  weir_status status = weir_call_start(r->instance, func, args, count, ended, e, &handle, &error);
  ok(r, status, &error);
  if (status != WEIR_OK)
    return false;
  settle(r);
  return r->status == WEIR_OK;
}

static inline bool load(struct run *r, const char *text, size_t size) {
  weir_error *error = NULL;
  return ok(r, weir_component_new(r->engine, text, size, &r->component, &error), &error) &&
         ok(r, weir_linker_new(r->engine, &r->linker, &error), &error) &&
         ok(r, weir_store_new(r->engine, NULL, &r->store, &error), &error);
}

static inline bool instantiate(struct run *r) {
  weir_error *error = NULL;
  return ok(r, weir_instance_new(r->store, r->linker, r->component, &r->instance, &error), &error);
}

static inline void release(struct run *r) {
  weir_store_free(r->store);
  weir_component_free(r->component);
  weir_linker_free(r->linker);
}

static inline bool define(struct run *r, const char *interface_name, const char *name, const char *signature,
                          weir_host_fn fn) {
  weir_error *error = NULL;
  return ok(r, weir_linker_define_func(r->linker, interface_name, name, signature, fn, r, NULL, &error), &error);
}

/* ---- the sweep --------------------------------------------------------------------------------------------------- */

typedef void scenario(struct run *r, const char *text, size_t size);

/* Runs with request k failing (0: none); how many requests there were. */
static inline size_t run_once(struct run *r, scenario *use, const char *text, size_t size, size_t k, bool rest) {
  struct fault *f = &r->fault;
  size_t before = f->live_blocks;
  fault_arm(f, k, rest);
  use(r, text, size);
  release(r);
  fault_arm(f, 0, false);
  bool expected = r->status == WEIR_OK || (k != 0 && r->status == WEIR_ERR_NOMEM);
  if (!expected || f->live_blocks != before)
    print_error("request %zu failing%s: %s, %zu blocks left\n", k, rest ? " and all after it" : "",
                weir_status_name(r->status), f->live_blocks - before);
  assert_true(expected);
  assert_int_equal(f->live_blocks, before);
  return f->calls;
}

static inline void sweep(const char *guest, scenario *use) {
  struct run r = {0};
  size_t size;
  char *text = guest_text(guest, &size);
  fault_init(&r.fault);
  weir_engine_config config = {
      .size = sizeof(weir_engine_config), .alloc = &r.fault.alloc, .features = ALL_FEATURES, .fast_compile = true};
  must(weir_engine_new(&config, &r.engine, NULL), NULL);
  fault_arm(&r.fault, 0, false);
  use(&r, text, size);
  size_t requests = r.fault.calls;
  release(&r);
  assert_int_equal(r.status, WEIR_OK);
  assert_true(requests > 20);
  size_t every = 1 + 2 * requests / SAMPLES;
  for (size_t k = 1; k <= requests; k += every) {
    for (int rest = 0; rest < 2; rest++) {
      r.status = WEIR_OK;
      r.component = NULL;
      r.linker = NULL;
      r.store = NULL;
      r.drops = r.copies = 0;
      run_once(&r, use, text, size, k, rest);
    }
  }
  print_message("%s: %zu requests, one in %zu\n", guest, requests, every);
  weir_engine_free(r.engine);
  fault_done(&r.fault);
  free(text);
}

#endif
