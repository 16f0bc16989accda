/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Where parameters and results are: flat or behind a checked pointer; and the checks of stream buffers. */
#include "abi_support.h"

struct fixture {
  struct types types;
  struct guest g;
  const struct weir_type *pair, *big; /* 2 and 17 flat values */
};

static void fixture_init(struct fixture *f) {
  types_init(&f->types);
  guest_init(&f->g, AST_ENCODING_UTF8, false, 256);
  f->pair = repeated(&f->types, prim(&f->types, TYPE_U32), 2);
  f->big = repeated(&f->types, prim(&f->types, TYPE_U32), 17);
}

static void fixture_done(struct fixture *f) {
  guest_done(&f->g);
  types_done(&f->types);
}

static void what_fits_is_flat(void **state) {
  struct fixture f;
  union eng_val vals[16];
  struct abi_place at = {NULL, 1};
  (void)state;
  fixture_init(&f);
  assert_int_equal(abi_source(&f.g.cx, f.pair, 16, vals, &at), WEIR_OK);
  assert_ptr_equal(at.flat, vals);
  assert_int_equal(abi_target(&f.g.cx, f.pair, 2, vals, NULL, &at), WEIR_OK);
  assert_ptr_equal(at.flat, vals);
  assert_int_equal(abi_source(&f.g.cx, NULL, 0, vals, &at), WEIR_OK);
  assert_int_equal(abi_target(&f.g.cx, NULL, 0, vals, NULL, &at), WEIR_OK);
  assert_int_equal(f.g.call_count, 0);
  fixture_done(&f);
}

static void a_source_pointer_is_checked(void **state) {
  const struct {
    uint64_t address;
    const char *words; /* NULL: fine */
  } cases[] = {{0, NULL},
               {256 - 68, NULL},
               {UINT64_C(5) << 32 | 4, NULL}, /* only 32 bits count */
               {256 - 64, "pointer out-of-bounds"},
               {0xfffffffc, "pointer out-of-bounds"},
               {2, "wasm trap: unaligned pointer"}};
  struct fixture f;
  struct abi_place at;
  (void)state;
  fixture_init(&f);
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    union eng_val vals[1] = {{.u64 = cases[i].address}};
    weir_status status = abi_source(&f.g.cx, f.big, 16, vals, &at);
    if (cases[i].words) {
      assert_trap(&f.g, status, cases[i].words);
      continue;
    }
    assert_int_equal(status, WEIR_OK);
    assert_true(!at.flat && at.address == (uint32_t)cases[i].address);
  }
  fixture_done(&f);
}

static void a_target_is_an_out_parameter_or_from_realloc(void **state) {
  struct fixture f;
  union eng_val vals[1] = {{.u64 = 77}};
  struct abi_place at;
  uint64_t out = 8, unaligned = 6, outside = 256 - 4;
  (void)state;
  fixture_init(&f);
  assert_int_equal(abi_target(&f.g.cx, f.pair, 1, vals, &out, &at), WEIR_OK);
  assert_true(!at.flat && at.address == 8 && vals[0].u64 == 77 && f.g.call_count == 0);
  assert_trap(&f.g, abi_target(&f.g.cx, f.pair, 1, vals, &unaligned, &at), "unaligned pointer");
  assert_trap(&f.g, abi_target(&f.g.cx, f.pair, 1, vals, &outside, &at), "out-of-bounds");
  assert_int_equal(abi_target(&f.g.cx, f.big, 16, vals, NULL, &at), WEIR_OK);
  assert_true(!at.flat && at.address == GUEST_HEAP && vals[0].u64 == GUEST_HEAP);
  assert_true(f.g.calls[0].old == 0 && f.g.calls[0].old_size == 0);
  assert_true(f.g.calls[0].align == 4 && f.g.calls[0].size == 68);
  f.g.forced = true;
  f.g.forced_address = 1;
  assert_trap(&f.g, abi_target(&f.g.cx, f.big, 16, vals, NULL, &at), "unaligned pointer");
  f.g.forced_address = 256;
  assert_trap(&f.g, abi_target(&f.g.cx, f.big, 16, vals, NULL, &at), "out-of-bounds");
  fixture_done(&f);
}

static void buffers_are_checked(void **state) {
  struct fixture f;
  (void)state;
  fixture_init(&f);
  const struct weir_type *u64 = prim(&f.types, TYPE_U64);
  assert_int_equal(abi_check_range(&f.g.cx, u64, 8, 31), WEIR_OK);
  assert_int_equal(abi_check_range(&f.g.cx, u64, 3, 0), WEIR_OK);
  assert_int_equal(abi_check_range(&f.g.cx, NULL, 3, UINT64_MAX), WEIR_OK);
  assert_trap(&f.g, abi_check_range(&f.g.cx, u64, 8, 32), "out-of-bounds");
  assert_trap(&f.g, abi_check_range(&f.g.cx, u64, 4, 1), "unaligned pointer");
  assert_trap(&f.g, abi_check_range(&f.g.cx, u64, 8, UINT64_C(1) << 61), "out-of-bounds");
  assert_trap(&f.g, abi_check_range(&f.g.cx, u64, UINT64_MAX - 7, 2), "out-of-bounds");
  fixture_done(&f);
}

static void without_a_memory_only_emptiness_is_in_bounds(void **state) {
  struct types types;
  struct diag d;
  weir_value value;
  (void)state;
  types_init(&types);
  diag_init(&d);
  struct abi_cx none = {.ops = &guest_ops, .diag = &d};
  abi_refresh(&none);
  assert_true(!none.base && none.size == 0);
  assert_int_equal(abi_load_string(&none, 0, 0, &value), WEIR_OK);
  assert_true(value.kind == WEIR_VALUE_STRING && value.of.string.size == 0);
  weir_value_clear(&value);
  union eng_val in[2] = {{.u64 = 0}, {.u64 = 0}};
  assert_int_equal(abi_lift_value(&none, in_flat(in), list_of(&types, prim(&types, TYPE_U8)), &value), WEIR_OK);
  weir_value_clear(&value);
  assert_int_equal(abi_load_string(&none, 0, 1, &value), WEIR_ERR_TRAP);
  diag_done(&d);
  types_done(&types);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_fits_is_flat),
      cmocka_unit_test(a_source_pointer_is_checked),
      cmocka_unit_test(a_target_is_an_out_parameter_or_from_realloc),
      cmocka_unit_test(buffers_are_checked),
      cmocka_unit_test(without_a_memory_only_emptiness_is_in_bounds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
