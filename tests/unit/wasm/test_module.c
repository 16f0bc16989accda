/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What is read of a core module, the index of names, and that no cut of a module reads past its end. */
#include "wasm/module.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

/* Imports of each kind, two memories, exports of each kind, a name section. */
static const uint8_t module_bytes[] =
    "\0asm\1\0\0\0"
    "\1\4\1\x60\0\0"
    "\2\x31\6"
    "\1a\1f\0\0"               /* function */
    "\1a\1t\1\x64\x70\1\1\2"   /* table of (ref func), with a maximum */
    "\1a\1m\2\4\x80\x80\1"     /* memory, 64-bit */
    "\1b\1g\3\x63\x65\x6e\1"   /* global of a shared reference type */
    "\1b\1h\3\x7f\0"           /* global */
    "\1b\1e\4\0\0"             /* tag */
    "\5\x08\2\7\1\2\x09\1\2\0" /* memories: 64-bit shared, and one with its own page size */
    "\7\x0d\3\1p\2\1\1q\2\2\1r\0\0"
    "\0\x0b\4name\0\4\3mod";

static weir_status read_bytes(struct arena *arena, const uint8_t *data, size_t size, struct core_module *ret) {
  struct diag d;
  struct core_bytes bytes = {data, size};
  diag_init(&d);
  weir_status status = core_module_read(arena, &bytes, ret, &d);
  assert_int_equal(status, d.status);
  diag_done(&d);
  return status;
}

static void what_the_linker_needs_is_read(void **state) {
  (void)state;
  static const uint8_t kinds[] = {CORE_KIND_FUNC,   CORE_KIND_TABLE,  CORE_KIND_MEMORY,
                                  CORE_KIND_GLOBAL, CORE_KIND_GLOBAL, CORE_KIND_TAG};
  struct arena arena;
  struct core_module m;
  arena_init(&arena, &mem_system);
  assert_int_equal(read_bytes(&arena, module_bytes, sizeof(module_bytes) - 1, &m), WEIR_OK);
  assert_int_equal(m.imports.count, 6);
  for (int i = 0; i < 6; i++)
    assert_int_equal(m.imports.data[i].kind, kinds[i]);
  assert_true(str_eq(m.imports.data[4].module, STR("b")) && str_eq(m.imports.data[4].name, STR("h")));
  assert_int_equal(m.memory64.count, 3);
  assert_true(m.memory64.data[0] && m.memory64.data[1] && !m.memory64.data[2]);
  assert_int_equal(m.exports.count, 3);
  assert_int_equal(core_module_export(&m, STR("q"))->index, 2);
  assert_int_equal(core_module_export(&m, STR("r"))->kind, CORE_KIND_FUNC);
  assert_null(core_module_export(&m, STR("s")));
  assert_true(str_eq(m.name, STR("mod")));
  arena_done(&arena);
}

static void a_cut_module_is_no_module(void **state) {
  (void)state;
  size_t ok = 0;
  for (size_t size = 0; size < sizeof(module_bytes) - 1; size++) {
    struct arena arena;
    struct core_module m;
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, module_bytes, size);
    arena_init(&arena, &mem_system);
    ok += read_bytes(&arena, copy, size, &m) == WEIR_OK;
    arena_done(&arena);
    free(copy);
  }
  assert_int_equal(ok, 5); /* between its sections */
}

static void a_broken_name_section_is_no_error(void **state) {
  (void)state;
  static const uint8_t bytes[] = "\0asm\1\0\0\0\0\x08\4name\0\x7f\x7f";
  struct arena arena;
  struct core_module m;
  arena_init(&arena, &mem_system);
  assert_int_equal(read_bytes(&arena, bytes, sizeof(bytes) - 2, &m), WEIR_ERR_MALFORMED);
  assert_int_equal(read_bytes(&arena, bytes, sizeof(bytes) - 1 + 0, &m), WEIR_OK);
  assert_int_equal(m.name.size, 0);
  arena_done(&arena);
}

static void unknown_import_kinds_are_unsupported(void **state) {
  (void)state;
  static const uint8_t bytes[] = "\0asm\1\0\0\0\2\6\1\1a\1f\x77";
  struct arena arena;
  struct core_module m;
  arena_init(&arena, &mem_system);
  assert_int_equal(read_bytes(&arena, bytes, sizeof(bytes) - 1, &m), WEIR_ERR_UNSUPPORTED);
  arena_done(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_the_linker_needs_is_read),
      cmocka_unit_test(a_cut_module_is_no_module),
      cmocka_unit_test(a_broken_name_section_is_no_error),
      cmocka_unit_test(unknown_import_kinds_are_unsupported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
