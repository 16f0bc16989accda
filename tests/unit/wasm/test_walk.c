/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Walking over instructions and copying them under other numbers: each form of immediate, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "wasm/renumber.h"
#include "wasm/walk.h"

/* Ten items in each space; item i becomes 100 * (space + 1) + i. */
static uint32_t numbers[SPACE_COUNT][10];

static struct index_maps shifted(void) {
  struct index_maps maps;
  for (uint32_t space = 0; space < SPACE_COUNT; space++) {
    for (uint32_t i = 0; i < 10; i++)
      numbers[space][i] = 100 * (space + 1) + i;
    maps.of[space] = (struct index_map){numbers[space], 10};
  }
  return maps;
}

static struct cursor over(const char *bytes, size_t size, struct diag *d) {
  return (struct cursor){.data = (const uint8_t *)bytes, .size = size, .diag = d};
}

#define CODE(literal) (literal), sizeof(literal) - 1

static void renumbers(const char *from, size_t from_size, const char *to, size_t to_size) {
  struct index_maps maps = shifted();
  struct diag d;
  struct text out;
  diag_init(&d);
  text_init(&out);
  assert_int_equal(renumber_expr(&maps, over(from, from_size, &d), &out), WEIR_OK);
  assert_false(out.failed);
  assert_int_equal(out.size, to_size);
  assert_memory_equal(out.data, to, to_size);
  text_done(&out);
  diag_done(&d);
}

static void indices_get_their_number(void **state) {
  (void)state;
  renumbers(CODE("\x10\x01\x0b"), CODE("\x10\x65\x0b"));                         /* call 1 */
  renumbers(CODE("\x11\x02\x03\x0b"), CODE("\x11\xda\x04\xcb\x01\x0b"));         /* call_indirect */
  renumbers(CODE("\x23\x00\x0b"), CODE("\x23\x90\x03\x0b"));                     /* global.get */
  renumbers(CODE("\xfc\x08\x01\x00\x0b"), CODE("\xfc\x08\xa1\x06\xac\x02\x0b")); /* memory.init */
  renumbers(CODE("\xfc\x0c\x01\x00\x0b"), CODE("\xfc\x0c\xbd\x05\xc8\x01\x0b")); /* table.init */
  renumbers(CODE("\x08\x02\x0b"), CODE("\x08\xf6\x03\x0b"));                     /* throw */
  renumbers(CODE("\xfb\x02\x01\x07\x0b"), CODE("\xfb\x02\xd9\x04\x07\x0b"));     /* struct.get keeps its field */
  renumbers(CODE("\x20\x05\x41\x7f\x0c\x00\x0b"), CODE("\x20\x05\x41\x7f\x0c\x00\x0b")); /* nothing to do */
}

static void a_memory_appears_in_its_immediate(void **state) {
  (void)state;
  renumbers(CODE("\x28\x02\x10\x0b"), CODE("\x28\x42\xac\x02\x10\x0b"));                 /* i32.load */
  renumbers(CODE("\x28\x42\x01\x10\x0b"), CODE("\x28\x42\xad\x02\x10\x0b"));             /* with an index already */
  renumbers(CODE("\xfd\x57\x00\x05\x01\x0b"), CODE("\xfd\x57\x40\xac\x02\x05\x01\x0b")); /* with a lane */
}

static void types_in_blocks_and_casts_get_their_number(void **state) {
  (void)state;
  renumbers(CODE("\x02\x40\x0b\x0b"), CODE("\x02\x40\x0b\x0b"));
  renumbers(CODE("\x02\x7f\x0b\x0b"), CODE("\x02\x7f\x0b\x0b"));
  renumbers(CODE("\x03\x04\x0b\x0b"), CODE("\x03\xdc\x04\x0b\x0b"));
  renumbers(CODE("\x02\x63\x01\x0b\x0b"), CODE("\x02\x63\xd9\x04\x0b\x0b"));
  renumbers(CODE("\xd0\x70\x0b"), CODE("\xd0\x70\x0b"));
  renumbers(CODE("\xd0\x01\x0b"), CODE("\xd0\xd9\x04\x0b"));
  renumbers(CODE("\xd0\x62\x01\x0b"), CODE("\xd0\x62\xd9\x04\x0b")); /* exact */
  renumbers(CODE("\xfb\x18\x03\x00\x6e\x02\x0b"), CODE("\xfb\x18\x03\x00\x6e\xda\x04\x0b"));
  renumbers(CODE("\x1c\x02\x7f\x64\x00\x0b"), CODE("\x1c\x02\x7f\x64\xd8\x04\x0b"));
}

static void tags_in_clauses_get_their_number(void **state) {
  (void)state;
  renumbers(CODE("\x1f\x40\x03\x00\x01\x00\x02\x00\x01\x02\x00\x0b\x0b"),
            CODE("\x1f\x40\x03\x00\xf5\x03\x00\x02\x00\x01\xf6\x03\x00\x0b\x0b"));
  renumbers(CODE("\xe3\x01\x02\x00\x01\x00\x01\x02\x0b"), CODE("\xe3\xd9\x04\x02\x00\xf5\x03\x00\x01\xf6\x03\x0b"));
}

static void bodies_have_locals(void **state) {
  (void)state;
  struct index_maps maps = shifted();
  struct diag d;
  struct text out;
  uint8_t refs[200] = {0};
  diag_init(&d);
  text_init(&out);
  assert_int_equal(renumber_body(&maps, over(CODE("\x02\x03\x7f\x01\x63\x01\xd2\x04\x0b"), &d), &out, refs), WEIR_OK);
  assert_int_equal(out.size, 10);
  assert_memory_equal(out.data, "\x02\x03\x7f\x01\x63\xd9\x04\xd2\x68\x0b", 10);
  assert_int_equal(refs[104], 1);
  text_done(&out);
  diag_done(&d);
}

static void refused(const char *bytes, size_t size, const char *words, size_t offset) {
  struct index_maps maps = shifted();
  struct diag d;
  struct text out;
  diag_init(&d);
  text_init(&out);
  assert_int_equal(renumber_expr(&maps, over(bytes, size, &d), &out), WEIR_ERR_MALFORMED);
  assert_string_equal(diag_message(&d), words);
  assert_int_equal(d.offset, offset);
  text_done(&out);
  diag_done(&d);
}

static void what_is_wrong_is_named_with_its_place(void **state) {
  (void)state;
  refused(CODE("\x01\x10\x0a\x0b"), "unknown function 10", 2);
  refused(CODE("\x28\x42\x0b\x00\x0b"), "unknown memory 11", 1);
  refused(CODE("\x1f\x40\x01\x00\x20\x00\x0b\x0b"), "unknown tag 32", 4);
  refused(CODE("\x01\xff\x0b"), "illegal opcode: 0xff", 1);
  refused(CODE("\xfd\xff\x7f\x0b"), "illegal opcode: 0xfd 0x3fff", 0);
  refused(CODE("\x28\x80\x01\x00\x0b"), "malformed alignment", 1);
  refused(CODE("\x01"), "unexpected end", 1);
  refused(CODE("\x0b\x01"), "instructions remain behind the end", 1);
  refused(CODE("\x0e\xff\xff\xff\xff\x0f\x00"), "unexpected end", 7);
}

static void blocks_nest_without_bound(void **state) {
  (void)state;
  enum { DEEP = 1000000 };
  struct diag d;
  struct text code;
  diag_init(&d);
  text_init(&code);
  for (uint32_t i = 0; i < DEEP; i++)
    text_add(&code, STR("\x02\x40"));
  for (uint32_t i = 0; i <= DEEP; i++)
    text_char(&code, '\x0b');
  struct cursor c = over(code.data, code.size, &d);
  assert_int_equal(walk_skip(&c), WEIR_OK);
  assert_int_equal(cursor_left(&c), 0);
  text_done(&code);
  diag_done(&d);
}

static void immediates_are_given_out(void **state) {
  (void)state;
  struct diag d;
  diag_init(&d);
  struct walk w = walk_start(over(CODE("\x29\x43\x02\x80\x01\x42\x7f\x0e\x01\x00\x01\x0b"), &d));
  struct walk_instr instr;
  assert_int_equal(walk_next(&w, &instr), WEIR_OK);
  assert_int_equal(instr.op->op, OP_I64_LOAD);
  assert_int_equal(instr.imms[0].align, 3);
  assert_int_equal(instr.imms[0].memory, 2);
  assert_int_equal(instr.imms[0].value, 128);
  assert_int_equal(instr.size, 5);
  assert_int_equal(walk_next(&w, &instr), WEIR_OK);
  assert_int_equal(instr.op->op, OP_I64_CONST);
  assert_true(instr.imms[0].value == UINT64_MAX);
  assert_int_equal(walk_next(&w, &instr), WEIR_OK);
  assert_int_equal(instr.imms[0].kind, IMM_LABELS);
  assert_int_equal(instr.imms[0].value, 1);
  assert_int_equal(w.depth, 1);
  assert_int_equal(walk_next(&w, &instr), WEIR_OK);
  assert_int_equal(w.depth, 0);
  diag_done(&d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(indices_get_their_number),
      cmocka_unit_test(a_memory_appears_in_its_immediate),
      cmocka_unit_test(types_in_blocks_and_casts_get_their_number),
      cmocka_unit_test(tags_in_clauses_get_their_number),
      cmocka_unit_test(bodies_have_locals),
      cmocka_unit_test(what_is_wrong_is_named_with_its_place),
      cmocka_unit_test(blocks_nest_without_bound),
      cmocka_unit_test(immediates_are_given_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
