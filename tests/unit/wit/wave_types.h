/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Types for the tests of WAVE, made with the signature parser: wave_type(&fixture, "list<u8>"). */
#ifndef TESTS_UNIT_EMBED_WAVE_TYPES_H
#define TESTS_UNIT_EMBED_WAVE_TYPES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/mem.h"
#include "wit/signature.h"

struct wave_types {
  struct arena arena;
  struct type_table *types;
};

static int wave_types_open(void **state) {
  static struct wave_types fixture;
  arena_init(&fixture.arena, &mem_system);
  fixture.types = type_table_new(&fixture.arena);
  *state = &fixture;
  return !fixture.types;
}

static int wave_types_close(void **state) {
  arena_done(&((struct wave_types *)*state)->arena);
  return 0;
}

static const struct weir_type *wave_type(void **state, const char *type) {
  struct wave_types *fixture = *state;
  const struct func_type *func = NULL;
  struct diag d;
  char text[1024];
  diag_init(&d);
  snprintf(text, sizeof(text), "func() -> %s", type);
  if (signature_parse(fixture->types, str_from(text), NULL, NULL, &func, &d) != WEIR_OK)
    fail_msg("%s: %s", type, diag_message(&d));
  return func->result;
}

#endif
