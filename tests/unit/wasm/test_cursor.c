/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The bounded reader: LEB128 at its edges, ends of input, names, offsets of errors. */
#include "wasm/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { BASE = 100 };

/* A cursor over a literal, with its own diag. */
struct input {
  struct diag diag;
  struct cursor cursor;
};

static void input_init(struct input *in, const char *bytes, size_t size) {
  diag_init(&in->diag);
  in->cursor = (struct cursor){.data = (const uint8_t *)bytes, .size = size, .base = BASE, .diag = &in->diag};
}

#define INPUT(in, literal) input_init((in), (literal), sizeof(literal) - 1)

/* The read failed: the position is the old one, and the diag says what is wrong and where. */
static void expect_failure(struct input *in, weir_status status, const char *message, size_t offset) {
  assert_int_equal(status, WEIR_ERR_MALFORMED);
  assert_string_equal(diag_message(&in->diag), message);
  assert_true(in->diag.has_offset);
  assert_int_equal(in->diag.offset, BASE + offset);
  assert_int_equal(in->cursor.pos, 0);
  diag_done(&in->diag);
}

#define END "unexpected end"
#define LONG "integer representation too long"
#define LARGE "integer too large"

static void expect_u32(const char *bytes, size_t size, uint32_t value) {
  struct input in;
  input_init(&in, bytes, size);
  uint32_t got = ~value;
  assert_int_equal(cursor_u32_leb(&in.cursor, &got), WEIR_OK);
  assert_int_equal(got, value);
  assert_int_equal(cursor_left(&in.cursor), 0);
}

#define U32(literal, value) expect_u32((literal), sizeof(literal) - 1, (value))

static void u32_is_read_in_every_length(void **state) {
  (void)state;
  U32("\x00", 0);
  U32("\x7f", 127);
  U32("\x80\x01", 128);
  U32("\xe5\x8e\x26", 624485);
  U32("\x80\x80\x80\x80\x00", 0);
  U32("\x80\x80\x80\x80\x08", 0x80000000);
  U32("\xff\xff\xff\xff\x0f", 0xffffffff);
}

static void u32_refuses_what_does_not_fit(void **state) {
  (void)state;
  struct input in;
  uint32_t value;
  INPUT(&in, "\xff\xff\xff\xff\x1f");
  expect_failure(&in, cursor_u32_leb(&in.cursor, &value), LARGE, 4);
  INPUT(&in, "\x80\x80\x80\x80\x10");
  expect_failure(&in, cursor_u32_leb(&in.cursor, &value), LARGE, 4);
  INPUT(&in, "\x80\x80\x80\x80\x70");
  expect_failure(&in, cursor_u32_leb(&in.cursor, &value), LARGE, 4);
  INPUT(&in, "\x80\x80\x80\x80\x80\x00");
  expect_failure(&in, cursor_u32_leb(&in.cursor, &value), LONG, 4);
  INPUT(&in, "");
  expect_failure(&in, cursor_u32_leb(&in.cursor, &value), END, 0);
  INPUT(&in, "\x80\x80");
  expect_failure(&in, cursor_u32_leb(&in.cursor, &value), END, 2);
}

static void expect_s33(const char *bytes, size_t size, int64_t value) {
  struct input in;
  input_init(&in, bytes, size);
  int64_t got = 99;
  assert_int_equal(cursor_s33_leb(&in.cursor, &got), WEIR_OK);
  assert_true(got == value);
  assert_int_equal(cursor_left(&in.cursor), 0);
}

#define S33(literal, value) expect_s33((literal), sizeof(literal) - 1, (value))

static void s33_keeps_its_sign_and_all_of_32_bits(void **state) {
  (void)state;
  S33("\x00", 0);
  S33("\x3f", 63);
  S33("\x40", -64);
  S33("\x7f", -1);
  S33("\xff\x00", 127);
  S33("\xff\xff\xff\xff\x0f", 0xffffffff);
  S33("\x80\x80\x80\x80\x70", -((int64_t)1 << 32));
  S33("\xff\xff\xff\xff\x7f", -1);
  S33("\x80\x80\x80\x80\x08", (int64_t)1 << 31);
}

static void s33_refuses_what_does_not_fit(void **state) {
  (void)state;
  struct input in;
  int64_t value;
  INPUT(&in, "\x80\x80\x80\x80\x10");
  expect_failure(&in, cursor_s33_leb(&in.cursor, &value), LARGE, 4);
  INPUT(&in, "\xff\xff\xff\xff\x6f");
  expect_failure(&in, cursor_s33_leb(&in.cursor, &value), LARGE, 4);
  INPUT(&in, "\xff\xff\xff\xff\xff\x7f");
  expect_failure(&in, cursor_s33_leb(&in.cursor, &value), LONG, 4);
  INPUT(&in, "\xff");
  expect_failure(&in, cursor_s33_leb(&in.cursor, &value), END, 1);
}

static void u64_uses_all_of_ten_bytes_and_no_more(void **state) {
  (void)state;
  struct input in;
  uint64_t value;
  INPUT(&in, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
  assert_int_equal(cursor_u64_leb(&in.cursor, &value), WEIR_OK);
  assert_true(value == UINT64_MAX);
  INPUT(&in, "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01");
  assert_int_equal(cursor_u64_leb(&in.cursor, &value), WEIR_OK);
  assert_true(value == (uint64_t)1 << 63);
  INPUT(&in, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02");
  expect_failure(&in, cursor_u64_leb(&in.cursor, &value), LARGE, 9);
  INPUT(&in, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00");
  expect_failure(&in, cursor_u64_leb(&in.cursor, &value), LONG, 9);
}

static void bytes_end_where_the_input_ends(void **state) {
  (void)state;
  struct input in;
  const uint8_t *data;
  uint8_t byte = 0;
  INPUT(&in, "abc");
  expect_failure(&in, cursor_bytes(&in.cursor, 4, &data), END, 3);
  expect_failure(&in, cursor_bytes(&in.cursor, SIZE_MAX, &data), END, 3);
  assert_int_equal(cursor_bytes(&in.cursor, 0, &data), WEIR_OK);
  assert_int_equal(cursor_peek(&in.cursor, &byte), WEIR_OK);
  assert_int_equal(cursor_u8(&in.cursor, &byte), WEIR_OK);
  assert_int_equal(byte, 'a');
  assert_int_equal(cursor_bytes(&in.cursor, 2, &data), WEIR_OK);
  assert_memory_equal(data, "bc", 2);
  assert_int_equal(cursor_u8(&in.cursor, &byte), WEIR_ERR_MALFORMED);
  assert_int_equal(cursor_peek(&in.cursor, &byte), WEIR_ERR_MALFORMED);
  assert_int_equal(in.diag.offset, BASE + 3);
  diag_done(&in.diag);
}

static void a_name_is_a_length_and_valid_utf8(void **state) {
  (void)state;
  struct input in;
  struct str name;
  INPUT(&in, "\x03\xe2\x82\xac!");
  assert_int_equal(cursor_name(&in.cursor, &name), WEIR_OK);
  assert_true(str_eq(name, STR("\xe2\x82\xac")));
  assert_int_equal(in.cursor.pos, 4);
  INPUT(&in, "\x00");
  assert_int_equal(cursor_name(&in.cursor, &name), WEIR_OK);
  assert_int_equal(name.size, 0);
  INPUT(&in, "\x02\xe2\x82\xac");
  expect_failure(&in, cursor_name(&in.cursor, &name), "malformed UTF-8 encoding", 1);
  INPUT(&in, "\x05name");
  expect_failure(&in, cursor_name(&in.cursor, &name), END, 5);
  INPUT(&in, "\xff\xff\xff\xff\x0fx");
  expect_failure(&in, cursor_name(&in.cursor, &name), END, 6);
}

static void a_sub_cursor_ends_early_and_counts_from_the_whole_input(void **state) {
  (void)state;
  struct input in;
  struct cursor sub;
  uint8_t byte;
  INPUT(&in, "abcdef");
  assert_int_equal(cursor_u8(&in.cursor, &byte), WEIR_OK);
  assert_int_equal(cursor_sub(&in.cursor, 2, &sub), WEIR_OK);
  assert_int_equal(cursor_offset(&sub), BASE + 1);
  assert_int_equal(cursor_offset(&in.cursor), BASE + 3);
  assert_int_equal(cursor_u8(&sub, &byte), WEIR_OK);
  assert_int_equal(cursor_u8(&sub, &byte), WEIR_OK);
  assert_int_equal(byte, 'c');
  assert_int_equal(cursor_u8(&sub, &byte), WEIR_ERR_MALFORMED);
  assert_int_equal(in.diag.offset, BASE + 3);
  assert_int_equal(cursor_sub(&in.cursor, 4, &sub), WEIR_ERR_MALFORMED);
  assert_int_equal(in.cursor.pos, 3);
  diag_done(&in.diag);
}

static void a_cursor_works_without_a_diag(void **state) {
  (void)state;
  struct cursor c = {.data = (const uint8_t *)"", .size = 0};
  uint8_t byte;
  assert_int_equal(cursor_u8(&c, &byte), WEIR_ERR_MALFORMED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(u32_is_read_in_every_length),
      cmocka_unit_test(u32_refuses_what_does_not_fit),
      cmocka_unit_test(s33_keeps_its_sign_and_all_of_32_bits),
      cmocka_unit_test(s33_refuses_what_does_not_fit),
      cmocka_unit_test(u64_uses_all_of_ten_bytes_and_no_more),
      cmocka_unit_test(bytes_end_where_the_input_ends),
      cmocka_unit_test(a_name_is_a_length_and_valid_utf8),
      cmocka_unit_test(a_sub_cursor_ends_early_and_counts_from_the_whole_input),
      cmocka_unit_test(a_cursor_works_without_a_diag),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
