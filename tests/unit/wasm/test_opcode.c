/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The table of instructions: each is found by its code, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "wasm/opcode.h"
#include "wasm/put.h"

struct row {
  const char *text;
  uint32_t prefix, code, op;
};

static const struct row rows[] = {
#define OPCODE(name, text, prefix, code, ...) {(text), (prefix), (code), OP_##name},
#include "wasm/opcode.def"
#undef OPCODE
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static void each_is_found_by_its_code(void **state) {
  (void)state;
  for (uint32_t i = 0; i < ROWS; i++) {
    const struct opcode *found = opcode_find((uint8_t)rows[i].prefix, rows[i].code);
    assert_non_null(found);
    assert_string_equal(found->text, rows[i].text);
    assert_int_equal(found->op, rows[i].op);
  }
}

static void nothing_else_is_found(void **state) {
  (void)state;
  uint32_t found = 0;
  for (uint32_t prefix = 0; prefix <= 0xff; prefix++)
    for (uint32_t code = 0; code <= 0x400; code++)
      found += !!opcode_find((uint8_t)prefix, code);
  assert_int_equal(found, ROWS);
  assert_null(opcode_find(0xfd, UINT32_MAX));
}

static void immediates_are_dense(void **state) {
  (void)state;
  for (uint32_t i = 0; i < ROWS; i++) {
    const uint8_t *imms = opcode_find((uint8_t)rows[i].prefix, rows[i].code)->imms;
    for (uint32_t n = 0; n + 1 < OPCODE_IMMS; n++)
      assert_true(imms[n] != IMM_NONE || imms[n + 1] == IMM_NONE);
  }
}

static void indices_name_their_space(void **state) {
  (void)state;
  assert_int_equal(IMM_FUNC + SPACE_TAG, IMM_TAG);
  assert_int_equal(IMM_FUNC + SPACE_TYPE, IMM_TYPE);
  assert_int_equal(IMM_FUNC + SPACE_DATA, IMM_DATA);
}

static void prefixes_are_written(void **state) {
  (void)state;
  struct text t;
  text_init(&t);
  put_op(&t, OP_I32_ADD);
  put_op(&t, OP_MEMORY_COPY);
  put_op(&t, OP_I8X16_RELAXED_SWIZZLE);
  assert_false(t.failed);
  assert_int_equal(t.size, 6);
  assert_memory_equal(t.data, "\x6a\xfc\x0a\xfd\x80\x02", 6);
  text_done(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_is_found_by_its_code), cmocka_unit_test(nothing_else_is_found),
      cmocka_unit_test(immediates_are_dense),      cmocka_unit_test(indices_name_their_space),
      cmocka_unit_test(prefixes_are_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
