/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The table of instructions against the engine's validator: neither has one that the other has not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/mem.h"
#include "engine/eng.h"
#include "unit/fuse/every_instruction.h"
#include "wasm/sections_read.h"
#include "wasm/sections_write.h"
#include "wasm/walk.h"

/* A module of one function, whose code begins with the instruction. */
static void one_function(uint8_t prefix, uint32_t code, struct text *out) {
  struct text section, body;
  text_init(&section);
  text_init(&body);
  text_add(out, EVERY_BYTES("\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0"));
  put_u32(&section, 1);
  put_u32(&body, 0);
  if (prefix == 0) {
    put_byte(&body, (uint8_t)code);
  } else {
    put_byte(&body, prefix);
    put_u32(&body, code);
  }
  every_zeros(&body, 24);
  put_byte(&body, OP_END);
  put_sized(&section, &body);
  put_section(out, SECTION_CODE, &section);
  text_done(&section);
  text_done(&body);
}

static bool validator_knows(uint8_t prefix, uint32_t code) {
  struct text module;
  struct diag d;
  text_init(&module);
  diag_init(&d);
  one_function(prefix, code, &module);
  eng_validate((const uint8_t *)module.data, module.size, ENG_FEATURES_RELEASED, &d);
  const char *words = diag_message(&d);
  bool known = !strstr(words, "illegal opcode") && !strstr(words, "subopcode");
  text_done(&module);
  diag_done(&d);
  return known;
}

static void compare(uint8_t prefix, uint32_t codes) {
  for (uint32_t code = 0; code < codes; code++) {
    bool listed = opcode_find(prefix, code);
    if (listed != validator_knows(prefix, code))
      fail_msg("0x%02x 0x%02x: %s", (unsigned)prefix, (unsigned)code,
               listed ? "not known to the validator" : "not in opcode.def");
  }
}

static void the_table_has_what_the_validator_has(void **state) {
  (void)state;
  for (uint32_t code = 0; code < 0x100; code++)
    if (!opcode_is_prefix((uint8_t)code) && !!opcode_find(0, code) != validator_knows(0, code))
      fail_msg("0x%02x", (unsigned)code);
  for (uint32_t prefix = 0xfb; prefix <= 0xfe; prefix++)
    compare((uint8_t)prefix, 0x200);
}

static void require_valid(const struct text *module) {
  struct diag d;
  diag_init(&d);
  weir_status status = eng_validate((const uint8_t *)module->data, module->size, ENG_FEATURES_RELEASED, &d);
  if (status != WEIR_OK)
    fail_msg("at 0x%zx: %s", d.offset, diag_message(&d));
  diag_done(&d);
}

static void each_can_be_made_valid(void **state) {
  (void)state;
  struct text module;
  text_init(&module);
  every_instruction(&module);
  require_valid(&module);
  text_done(&module);
}

static void each_is_walked_over_whole(void **state) {
  (void)state;
  struct text module;
  struct arena arena;
  struct wasm_sections s;
  struct diag d;
  text_init(&module);
  diag_init(&d);
  arena_init(&arena, &mem_system);
  every_instruction(&module);
  assert_int_equal(sections_read(&arena, (const uint8_t *)module.data, module.size, &s, &d), WEIR_OK);
  for (uint32_t i = 0; i < EVERY_COUNT; i++) {
    struct cursor c = sections_cursor(&s, s.bodies[i], &d);
    struct walk_instr instr;
    bool met = false;
    c.pos = 3; /* the local */
    struct walk w = walk_start(c);
    while (w.depth != 0) {
      assert_int_equal(walk_next(&w, &instr), WEIR_OK);
      met |= instr.op->op == every_op[i];
    }
    assert_true(met);
    assert_int_equal(cursor_left(&w.c), 0);
  }
  arena_done(&arena);
  text_done(&module);
  diag_done(&d);
}

static void each_survives_reading_and_writing(void **state) {
  (void)state;
  struct text module, again;
  struct arena arena;
  struct wasm_sections s;
  text_init(&module);
  text_init(&again);
  arena_init(&arena, &mem_system);
  every_instruction(&module);
  assert_int_equal(sections_read(&arena, (const uint8_t *)module.data, module.size, &s, NULL), WEIR_OK);
  assert_int_equal(sections_write(&s, &again, NULL), WEIR_OK);
  assert_int_equal(again.size, module.size);
  assert_memory_equal(again.data, module.data, module.size);
  arena_done(&arena);
  text_done(&module);
  text_done(&again);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_table_has_what_the_validator_has),
      cmocka_unit_test(each_can_be_made_valid),
      cmocka_unit_test(each_is_walked_over_whole),
      cmocka_unit_test(each_survives_reading_and_writing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
