/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Components as byte strings for the decoder's tests, and one that has every section and every nested shape. */
#ifndef TEST_DECODE_SUPPORT_H
#define TEST_DECODE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "component/ast.h"

#define MAGIC "\0asm"
#define HEAD MAGIC "\x0d\0\1\0"
#define MODULE_HEAD MAGIC "\1\0\0\0"
/* The bytes of a literal without its terminating zero: two arguments. */
#define LIT(s) (const uint8_t *)(s), sizeof(s) - 1

struct decoded {
  uint8_t *bytes; /* on the heap in their exact size, so that a read past the end is seen */
  size_t size;
  struct arena arena;
  struct diag diag;
  weir_status status;
  const struct ast_component *component;
};

static inline void decoded_init(struct decoded *d, const uint8_t *bytes, size_t size) {
  *d = (struct decoded){.bytes = malloc(size == 0 ? 1 : size), .size = size};
  assert_non_null(d->bytes);
  memcpy(d->bytes, bytes, size);
  arena_init(&d->arena, &mem_system);
  diag_init(&d->diag);
  d->status = ast_decode(&d->arena, d->bytes, size, &d->component, &d->diag);
}

static inline void decoded_done(struct decoded *d) {
  arena_done(&d->arena);
  diag_done(&d->diag);
  free(d->bytes);
}

/* Decodes what must decode to `count` definitions. */
static inline void decoded_ok(struct decoded *d, const uint8_t *bytes, size_t size, uint32_t count) {
  decoded_init(d, bytes, size);
  if (d->status != WEIR_OK)
    fail_msg("at %zu: %s", d->diag.offset, diag_message(&d->diag));
  assert_int_equal(d->component->def_count, count);
}

static inline void assert_str(struct str s, const char *want) {
  if (!str_eq(s, str_from(want)))
    fail_msg("'" STR_FMT "' is not '%s'", STR_ARG(s), want);
}

/* ---- building ---------------------------------------------------------------------------------------------------- */

struct build {
  uint8_t data[2048];
  size_t size;
};

static inline void build_bytes(struct build *b, const uint8_t *bytes, size_t size) {
  assert_true(size <= sizeof(b->data) - b->size);
  memcpy(b->data + b->size, bytes, size);
  b->size += size;
}

/* A section of fewer than 128 bytes. */
static inline void build_section(struct build *b, uint8_t id, const uint8_t *body, size_t size) {
  assert_true(size < 0x80);
  build_bytes(b, (const uint8_t[]){id, (uint8_t)size}, 2);
  build_bytes(b, body, size);
}

enum { EVERY_SECTION_DEFINITIONS = 16 };

/* A component called "all" that has every section and declarator; what it means is of no account. */
static inline void build_every_section(struct build *b) {
  b->size = 0;
  build_bytes(b, LIT(HEAD));
  build_section(b, 0,
                LIT("\016component-name\0\4\3"
                    "all"));
  build_section(b, 1, LIT(MODULE_HEAD));
  build_section(b, 2, LIT("\2\0\0\1\1m\x12\0\1\1\1f\0\0"));   /* with one argument; with one inline export */
  build_section(b, 3, LIT("\2\x60\1\x7f\0\x50\1\3\1f\0\0"));  /* a function type, a module type */
  build_section(b, 4, LIT(HEAD "\7\5\1\x40\0\1\0"));          /* with a function type in it */
  build_section(b, 5, LIT("\2\0\0\1\1x\1\0\1\1\0\1g\1\0"));   /* with one argument; with one inline export */
  build_section(b, 6, LIT("\3\0\0\1\0\1f\4\2\0\0\1\0\0\1g")); /* core export, outer, export */
  build_section(b, 7, LIT("\1\x41\5\0\x60\0\0\1\x73\2\3\2\1\0\3\0\1i\3\1\4\2\1e\1\2\1v\5\0")); /* all declarators */
  build_section(b, 8, LIT("\1\0\0\0\2\3\0\4\0\0"));
  build_section(b, 9, LIT("\0\1\0\0"));
  build_section(b, 10, LIT("\1\0\1i\1\0"));
  build_section(b, 11, LIT("\1\0\1x\1\0\1\1\0"));
}

#endif
