/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A module without its code has the type of the module, and every cut of a module is refused or harmless. */
#include "wasm/skeleton.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "wasm/sections_read.h"

/* A type, an import, two functions, a table, a memory, a global, exports, a start, an element, code, data, a name. */
static const uint8_t module_bytes[] =
    "\0asm\1\0\0\0"
    "\1\4\1\x60\0\0"
    "\2\7\1\1a\1f\0\0"
    "\3\3\2\0\0"
    "\4\4\1\x70\0\1"
    "\5\3\1\0\1"
    "\6\6\1\x7f\0\x41\5\x0b"
    "\7\5\1\1p\0\1"
    "\x08\1\1"
    "\x09\7\1\0\x41\0\x0b\1\1"
    "\x0a\x0c\2\4\1\1\x7f\x0b\5\0\x10\1\1\x0b" /* one with a local; one that calls */
    "\x0b\7\1\0\x41\0\x0b\1z"
    "\0\x0b\4name\0\4\3mod";

static weir_status skeleton_of(size_t size, struct text *out) {
  struct diag d;
  diag_init(&d);
  uint8_t *exact = malloc(size ? size : 1); /* so that ASan sees a read behind it */
  memcpy(exact, module_bytes, size);
  weir_status status = skeleton_write(exact, size, out, &d);
  assert_int_equal(status, d.status);
  free(exact);
  diag_done(&d);
  return status;
}

static void types_stay_and_code_goes(void **state) {
  (void)state;
  struct text out = {0};
  struct arena arena;
  struct wasm_sections s;
  arena_init(&arena, &mem_system);
  assert_int_equal(skeleton_of(sizeof(module_bytes) - 1, &out), WEIR_OK);
  assert_int_equal(sections_read(&arena, (const uint8_t *)out.data, out.size, &s, NULL), WEIR_OK);
  assert_int_equal(s.import_count, 1);
  assert_int_equal(s.count[SPACE_FUNC], 3);
  assert_int_equal(s.count[SPACE_TABLE], 1);
  assert_int_equal(s.count[SPACE_MEMORY], 1);
  assert_int_equal(s.count[SPACE_GLOBAL], 1);
  assert_int_equal(s.export_count, 1);
  assert_int_equal(s.count[SPACE_ELEM], 0);
  assert_int_equal(s.count[SPACE_DATA], 0);
  assert_false(s.has_start);
  for (int i = 0; i < 2; i++) /* no locals, unreachable, end */
    assert_memory_equal(out.data + s.bodies[i].at, "\0\0\x0b", 3);
  arena_done(&arena);
  text_done(&out);
}

static void no_cut_reads_past_its_end(void **state) {
  (void)state;
  for (size_t size = 0; size < sizeof(module_bytes) - 1; size++) {
    struct text out = {0};
    weir_status status = skeleton_of(size, &out);
    assert_true(status == WEIR_OK || status == WEIR_ERR_MALFORMED);
    text_done(&out);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(types_stay_and_code_goes),
      cmocka_unit_test(no_cut_reads_past_its_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
