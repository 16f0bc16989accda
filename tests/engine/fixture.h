/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What the tests of the engine share: an engine with a store, and guests written as text. Every helper fails the test
 * itself where something goes wrong that the test does not ask about.
 */
#ifndef TESTS_ENGINE_FIXTURE_H
#define TESTS_ENGINE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/eng.h"

struct fixture {
  struct eng *e;
  struct eng_store *s;
};

static inline void expect_ok(weir_status status, struct diag *d) {
  if (status != WEIR_OK)
    fail_msg("%s", diag_message(d));
  diag_done(d);
}

static inline struct fixture fixture_new(const struct eng_config *config) {
  struct fixture f = {0};
  struct diag d;
  diag_init(&d);
  expect_ok(eng_new(config, &f.e, &d), &d);
  expect_ok(eng_store_new(f.e, NULL, &f.s, &d), &d);
  return f;
}

static inline void fixture_free(struct fixture *f) {
  eng_store_free(f->s);
  eng_unref(f->e);
}

static inline struct eng_module *module_of(struct eng *e, const char *text) {
  uint8_t *bytes = NULL;
  size_t size = 0;
  struct eng_module *m = NULL;
  struct diag d;
  diag_init(&d);
  expect_ok(eng_text_to_binary((const uint8_t *)text, strlen(text), &bytes, &size, &d), &d);
  expect_ok(eng_module_compile(e, bytes, size, &m, &d), &d);
  eng_bytes_free(bytes, size);
  return m;
}

static inline struct eng_instance instance_of(struct fixture *f, const char *text, const struct eng_extern *imports,
                                              uint32_t count) {
  struct eng_module *m = module_of(f->e, text);
  struct eng_instance out;
  struct diag d;
  diag_init(&d);
  expect_ok(eng_instantiate(f->s, m, imports, count, &out, &d), &d);
  eng_module_unref(m);
  return out;
}

static inline struct eng_extern extern_named(struct eng_store *s, const struct eng_instance *i, const char *name) {
  struct eng_extern x;
  if (!eng_instance_export(s, i, str_from(name), &x))
    fail_msg("no export %s", name);
  return x;
}

static inline struct eng_func func_named(struct eng_store *s, const struct eng_instance *i, const char *name) {
  struct eng_extern x = extern_named(s, i, name);
  assert_int_equal(x.kind, ENG_FUNC);
  return eng_extern_func(&x);
}

/* A host function of type (i32 * params) -> (i32 * results). */
static inline struct eng_extern host_of(struct eng_store *s, struct eng_host *host, uint32_t params, uint32_t results) {
  const uint8_t types[4] = {ENG_I32, ENG_I32, ENG_I32, ENG_I32};
  struct eng_signature *sig = eng_signature_new(types, params, types, results);
  struct eng_extern x;
  assert_non_null(sig);
  eng_host_func(s, sig, host, &x);
  eng_signature_free(sig);
  return x;
}

/* (i32) -> i32, which must not fail. */
static inline int32_t call_i32(struct eng_store *s, const struct eng_func *f, int32_t arg) {
  union eng_val val = {.i32 = arg};
  struct diag d;
  diag_init(&d);
  expect_ok(eng_call(s, f, &val, 1, &d), &d);
  return val.i32;
}

static inline struct wasm_trap_t *trap_of(const char *text) {
  return eng_trap(text, strlen(text));
}

#endif
