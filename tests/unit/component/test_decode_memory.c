/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Memory: every allocation of a decoding may fail, and bad input costs no more than its size allows. */
#include "support/fault.h"
#include "unit/component/decode_support.h"

static weir_status decode_with(const struct weir_alloc *alloc, void *ctx) {
  const struct build *b = ctx;
  struct arena arena;
  struct diag diag;
  const struct ast_component *component;
  arena_init(&arena, alloc);
  diag_init(&diag);
  weir_status status = ast_decode(&arena, b->data, b->size, &component, &diag);
  assert_int_equal(diag.status, status);
  diag_done(&diag);
  arena_done(&arena);
  return status;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  struct build b;
  build_every_section(&b);
  assert_true(fault_sweep(decode_with, &b) >= 2);
}

/* The arena asks for a block at a time, so small blocks alone would leave most requests untried. */
static weir_status decode_in_a_full_arena(const struct weir_alloc *alloc, void *ctx) {
  const struct build *b = ctx;
  struct arena arena;
  const struct ast_component *component;
  weir_status status = WEIR_OK;
  for (size_t fill = 0; fill <= 1024 && status == WEIR_OK; fill += 16) {
    arena_init(&arena, alloc);
    status = !arena_alloc(&arena, fill) ? WEIR_ERR_NOMEM : ast_decode(&arena, b->data, b->size, &component, NULL);
    arena_done(&arena);
  }
  return status;
}

static void every_place_that_allocates_reports_it(void **state) {
  (void)state;
  struct build b;
  build_every_section(&b);
  assert_true(fault_sweep(decode_in_a_full_arena, &b) > 64);
}

static void a_false_count_allocates_nothing_for_it(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t size;
  } rows[] = {
#define ROW(s) {s, sizeof(s) - 1}
      ROW(HEAD "\7\7\1\x72\xff\xff\xff\xff\x0f"),
      ROW(HEAD "\7\6\1\x6f\xff\xff\xff\x7f"),
      ROW(HEAD "\2\7\1\1\xff\xff\xff\xff\x0f"),
      ROW(HEAD "\x09\6\0\xff\xff\xff\xff\x0f"),
#undef ROW
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    struct decoded d;
    decoded_init(&d, (const uint8_t *)rows[i].bytes, rows[i].size);
    assert_int_equal(d.status, WEIR_ERR_MALFORMED);
    assert_true(d.arena.total <= 4096);
    decoded_done(&d);
  }
}

/* As many arguments as there are bytes, although each takes three. */
static void a_count_is_divided_by_the_size_of_its_items(void **state) {
  (void)state;
  static uint8_t bytes[8192];
  struct decoded d;
  memcpy(bytes, HEAD "\2\xf5\x3f\1\1\xf1\x3f", 15); /* inline exports: 8177 */
  decoded_init(&d, bytes, sizeof(bytes));
  assert_int_equal(d.status, WEIR_ERR_MALFORMED);
  assert_int_equal(d.diag.offset, sizeof(bytes));
  assert_true(d.arena.total <= 4096);
  decoded_done(&d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(every_place_that_allocates_reports_it),
      cmocka_unit_test(a_false_count_allocates_nothing_for_it),
      cmocka_unit_test(a_count_is_divided_by_the_size_of_its_items),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
