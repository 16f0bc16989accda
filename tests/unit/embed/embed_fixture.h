/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* An engine and a linker for tests of what is said without running a guest. */
#ifndef TESTS_UNIT_EMBED_FIXTURE_H
#define TESTS_UNIT_EMBED_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/weir.h"

struct fixture {
  weir_engine *engine;
  weir_linker *linker;
  int freed; /* definitions whose data was released */
};

static inline int fixture_open(void **state) {
  struct fixture *f = calloc(1, sizeof(*f));
  weir_engine_config config = {.size = sizeof(weir_engine_config), .features = 0x1ff, .fast_compile = true};
  *state = f;
  return !f || weir_engine_new(&config, &f->engine, NULL) != WEIR_OK ||
         weir_linker_new(f->engine, &f->linker, NULL) != WEIR_OK;
}

static inline int fixture_close(void **state) {
  struct fixture *f = *state;
  weir_linker_free(f->linker);
  weir_engine_free(f->engine);
  free(f);
  return 0;
}

static inline weir_component *load(struct fixture *f, const char *text) {
  weir_component *c = NULL;
  weir_error *error = NULL;
  if (weir_component_new(f->engine, text, strlen(text), &c, &error) != WEIR_OK)
    fail_msg("%s", weir_error_message(error));
  return c;
}

static inline void host_nothing(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data;
  (void)args;
  (void)count;
  weir_host_call_return(call, NULL, NULL);
}

static inline void host_freed(void *data) {
  ((struct fixture *)data)->freed++;
}

static inline void define(struct fixture *f, const char *interface_name, const char *name, const char *signature) {
  weir_error *error = NULL;
  if (weir_linker_define_func(f->linker, interface_name, name, signature, host_nothing, f, host_freed, &error) !=
      WEIR_OK)
    fail_msg("%s", weir_error_message(error));
}

static inline void assert_words(const char *message, const char *part) {
  if (!strstr(message, part))
    fail_msg("\"%s\" is not in \"%s\"", part, message);
}

#define FIXTURE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

#endif
