/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reading a whole core module and writing it again: every section, canonical forms, hostile input, no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "support/fault.h"
#include "wasm/sections_read.h"
#include "wasm/sections_write.h"

#define PREAMBLE "\0asm\1\0\0\0"
#define BYTES(literal) ((struct str){(literal), sizeof(literal) - 1})

/* Every section, each with an entry or more, in the shortest form. */
static const char full[] = PREAMBLE
    /* types: a function; a group of a struct and a function; an open array, and one that extends it */
    "\x01\x1e\x04\x60\x00\x00\x4e\x02\x5f\x02\x78\x01\x63\x02\x00\x60\x01\x64\x01\x01\x6f\x50\x00\x5e\x7f"
    "\x01\x4f\x01\x03\x5e\x7f\x01"
    /* imports, one of each kind */
    "\x02\x26\x05\x01\x61\x01\x66\x00\x00\x01\x61\x01\x74\x01\x70\x01\x02\x03\x01\x61\x01\x6d\x02\x05\x01"
    "\x02\x01\x61\x01\x67\x03\x7f\x01\x01\x61\x01\x65\x04\x00\x00"
    /* functions */
    "\x03\x03\x02\x00\x00"
    /* tables, one with an initial value */
    "\x04\x0e\x02\x70\x00\x04\x40\x00\x64\x70\x01\x01\x02\xd2\x01\x0b"
    /* memories, one with a page size */
    "\x05\x06\x02\x00\x01\x08\x02\x00"
    /* tags */
    "\x0d\x03\x01\x00\x00"
    /* globals */
    "\x06\x0d\x02\x7f\x00\x23\x00\x0b\x64\x01\x01\xfb\x01\x01\x0b"
    /* exports */
    "\x07\x09\x02\x01\x66\x00\x01\x01\x6d\x02\x01"
    /* start */
    "\x08\x01\x02"
    /* element segments, in each of the eight forms */
    "\x09\x37\x08\x00\x41\x00\x0b\x01\x01\x01\x00\x02\x00\x01\x02\x01\x41\x01\x0b\x00\x01\x01\x03\x00\x01"
    "\x02\x04\x41\x00\x0b\x01\xd2\x01\x0b\x05\x6f\x01\xd0\x6f\x0b\x06\x01\x41\x00\x0b\x64\x70\x01\xd2\x01"
    "\x0b\x07\x70\x01\xd2\x02\x0b"
    /* data count */
    "\x0c\x01\x03"
    /* code */
    "\x0a\x0f\x02\x0a\x01\x02\x7f\x41\x00\x28\x02\x00\x1a\x0b\x02\x00\x0b"
    /* data segments, in each of the three forms */
    "\x0b\x12\x03\x00\x41\x00\x0b\x03\x61\x62\x63\x01\x00\x02\x01\x41\x01\x0b\x01\x78"
    /* custom */
    "\x00\x09\x04\x6e\x61\x6d\x65\x00\x02\x01\x6d";

static weir_status copy(const struct weir_alloc *alloc, struct str in, struct text *out, struct diag *d) {
  struct arena arena;
  struct wasm_sections s;
  arena_init(&arena, alloc);
  weir_status status = sections_read(&arena, (const uint8_t *)in.data, in.size, &s, d);
  if (status == WEIR_OK)
    status = sections_write(&s, out, d);
  arena_done(&arena);
  return status;
}

static void every_section_is_kept(void **state) {
  (void)state;
  struct diag d;
  struct text out;
  diag_init(&d);
  text_init(&out);
  assert_int_equal(copy(&mem_system, BYTES(full), &out, &d), WEIR_OK);
  assert_int_equal(out.size, sizeof(full) - 1);
  assert_memory_equal(out.data, full, out.size);
  text_done(&out);
  diag_done(&d);
}

static void entries_are_typed(void **state) {
  (void)state;
  struct arena arena;
  struct wasm_sections s;
  struct diag d;
  diag_init(&d);
  arena_init(&arena, &mem_system);
  assert_int_equal(sections_read(&arena, (const uint8_t *)full, sizeof(full) - 1, &s, &d), WEIR_OK);
  static const uint32_t counts[SPACE_COUNT] = {3, 3, 3, 3, 2, 5, 8, 3};
  assert_memory_equal(s.count, counts, sizeof(counts));
  for (uint32_t i = 0; i < SPACE_EXTERNS; i++)
    assert_int_equal(s.imported[i], 1);
  assert_int_equal(s.groups[1].first, 1);
  assert_int_equal(s.groups[1].count, 2);
  assert_int_equal(s.tables[0].limits.max, 3);
  assert_int_equal(s.tables[2].type.code, VALTYPE_REF);
  assert_int_equal(s.memories[0].flags, LIMITS_64 | LIMITS_MAX);
  assert_int_equal(s.globals[0].flags, GLOBAL_MUTABLE);
  assert_true(s.has_start && s.start == 2);
  assert_int_equal(s.elems[3].mode, SEGMENT_DECLARED);
  assert_true(s.elems[6].exprs && s.elems[6].table == 1);
  assert_int_equal(s.datas[2].memory, 1);
  assert_int_equal(s.datas[1].mode, SEGMENT_PASSIVE);
  arena_done(&arena);
  diag_done(&d);
}

static void expect_copy(struct str in, struct str expected) {
  struct diag d;
  struct text out;
  diag_init(&d);
  text_init(&out);
  assert_int_equal(copy(&mem_system, in, &out, &d), WEIR_OK);
  assert_int_equal(out.size, expected.size);
  assert_memory_equal(out.data, expected.data, out.size);
  text_done(&out);
  diag_done(&d);
}

static void forms_of_one_meaning_become_one(void **state) {
  (void)state;
  /* sub final without a supertype; a group of one; ref null func */
  expect_copy(BYTES(PREAMBLE "\x01\x0b\x02\x4f\x00\x60\x00\x00\x4e\x01\x60\x00\x00"),
              BYTES(PREAMBLE "\x01\x07\x02\x60\x00\x00\x60\x00\x00"));
  expect_copy(BYTES(PREAMBLE "\x04\x05\x01\x63\x70\x00\x01"), BYTES(PREAMBLE "\x04\x04\x01\x70\x00\x01"));
  /* numbers and sections that are longer than they must be */
  expect_copy(BYTES(PREAMBLE "\x05\x85\x80\x00\x81\x00\x00\x81\x00"), BYTES(PREAMBLE "\x05\x03\x01\x00\x01"));
}

static void compact_imports_are_written_out(void **state) {
  (void)state;
  struct str plain = BYTES(PREAMBLE
                           "\x02\x0f\x02\x01m\x01"
                           "a\x03\x7f\x00\x01m\x01"
                           "b\x03\x7f\x00");
  expect_copy(BYTES(PREAMBLE "\x02\x10\x01\x01m\x00\x7f\x02\x01"
                             "a\x03\x7f\x00\x01"
                             "b\x03\x7f\x00"),
              plain);
  expect_copy(BYTES(PREAMBLE "\x02\x0d\x01\x01m\x00\x7e\x03\x7f\x00\x02\x01"
                             "a\x01"
                             "b"),
              plain);
}

static void refused(struct str in, const char *words, size_t offset) {
  struct diag d;
  struct text out;
  diag_init(&d);
  text_init(&out);
  assert_int_equal(copy(&mem_system, in, &out, &d), WEIR_ERR_MALFORMED);
  assert_string_equal(diag_message(&d), words);
  assert_int_equal(d.offset, offset);
  text_done(&out);
  diag_done(&d);
}

static void what_is_wrong_is_named_with_its_place(void **state) {
  (void)state;
  refused(BYTES("\0asm\2\0\0\0"), "not a core module", 0);
  refused(BYTES(PREAMBLE "\x05\x03\x01\x00\x01\x03\x02\x01\x00"), "section out of order", 13);
  refused(BYTES(PREAMBLE "\x05\x03\x01\x00\x01\x05\x03\x01\x00\x01"), "section out of order", 13);
  refused(BYTES(PREAMBLE "\x0e\x00"), "malformed section id: 14", 8);
  refused(BYTES(PREAMBLE "\x05\x04\x01\x00\x01\x00"), "section size mismatch: unexpected data at the end", 13);
  refused(BYTES(PREAMBLE "\x01\x05\xff\xff\xff\xff\x0f"), "length out of bounds", 10);
  refused(BYTES(PREAMBLE "\x03\x02\x01\x00"), "function and code section have inconsistent lengths", 12);
  refused(BYTES(PREAMBLE "\x0a\x04\x01\x02\x00\x0b"), "function and code section have inconsistent lengths", 10);
  refused(BYTES(PREAMBLE "\x0c\x01\x02\x0b\x03\x01\x01\x00"), "data count and data section have inconsistent lengths",
          13);
  refused(BYTES(PREAMBLE "\x02\x05\x01\x00\x00\x05\x00"), "malformed import kind", 13);
  refused(BYTES(PREAMBLE "\x05\x10\x01"), "unexpected end", 11);
}

static void every_cut_is_refused_or_read(void **state) {
  (void)state;
  for (size_t size = 0; size < sizeof(full) - 1; size++) {
    struct diag d;
    struct text out;
    diag_init(&d);
    text_init(&out);
    copy(&mem_system, (struct str){full, size}, &out, &d);
    text_done(&out);
    diag_done(&d);
  }
}

static weir_status scenario(const struct weir_alloc *alloc, void *ctx) {
  (void)ctx;
  struct diag d;
  struct text out;
  diag_init(&d);
  text_init(&out);
  weir_status status = copy(alloc, BYTES(full), &out, &d);
  text_done(&out);
  diag_done(&d);
  return status;
}

static void memory_may_run_out(void **state) {
  (void)state;
  assert_true(fault_sweep(scenario, NULL) > 0);
  fault_system_arm(0, false);
  assert_int_equal(scenario(&mem_system, NULL), WEIR_OK);
  size_t calls = fault_system_calls();
  for (size_t k = 1; k <= calls; k++) {
    fault_system_arm(k, true);
    weir_status status = scenario(&mem_system, NULL);
    fault_system_arm(0, false);
    assert_int_equal(status, WEIR_ERR_NOMEM);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_section_is_kept),
      cmocka_unit_test(entries_are_typed),
      cmocka_unit_test(forms_of_one_meaning_become_one),
      cmocka_unit_test(compact_imports_are_written_out),
      cmocka_unit_test(what_is_wrong_is_named_with_its_place),
      cmocka_unit_test(every_cut_is_refused_or_read),
      cmocka_unit_test(memory_may_run_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
