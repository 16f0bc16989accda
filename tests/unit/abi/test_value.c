/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Making, copying, comparing and releasing values, and the host's side of lifting and lowering them. */
#include <math.h>

#include "abi_support.h"

static weir_value u8_value(uint8_t v) {
  weir_value value = {.kind = WEIR_VALUE_U8};
  value.of.u8 = v;
  return value;
}

static void strings_must_be_utf8(void **state) {
  weir_value v;
  (void)state;
  assert_int_equal(weir_value_new_string("\xff", 1, &v), WEIR_ERR_TYPE);
  assert_int_equal(v.kind, WEIR_VALUE_NONE);
  assert_int_equal(weir_value_new_string(NULL, 0, &v), WEIR_OK);
  assert_true(v.kind == WEIR_VALUE_STRING && v.of.string.size == 0);
  weir_value_clear(&v);
  assert_int_equal(v.kind, WEIR_VALUE_NONE);
  weir_value_clear(&v);
  weir_value_clear(NULL);
}

static void bytes_equal_the_list_of_u8(void **state) {
  weir_value bytes, list, zero;
  (void)state;
  assert_int_equal(weir_value_new_bytes("\x01\xff", 2, &bytes), WEIR_OK);
  assert_int_equal(weir_value_new_list(2, &list), WEIR_OK);
  list.of.list.items[0] = u8_value(1);
  list.of.list.items[1] = u8_value(0xff);
  assert_true(weir_value_equal(&bytes, &list) && weir_value_equal(&list, &bytes));
  list.of.list.items[1].kind = WEIR_VALUE_S8;
  assert_false(weir_value_equal(&bytes, &list));
  assert_int_equal(weir_value_new_bytes(NULL, 2, &zero), WEIR_OK);
  assert_memory_equal(zero.of.string.data, "\0\0", 2);
  assert_false(weir_value_equal(&bytes, &zero));
  weir_value_clear(&bytes);
  weir_value_clear(&list);
  weir_value_clear(&zero);
}

static void variants_take_their_payload(void **state) {
  weir_value payload = u8_value(3), a, b;
  (void)state;
  assert_int_equal(weir_value_new_variant(1, &payload, &a), WEIR_OK);
  assert_int_equal(payload.kind, WEIR_VALUE_NONE);
  assert_true(a.tag == 1 && a.of.payload->of.u8 == 3);
  assert_int_equal(weir_value_copy(&a, &b), WEIR_OK);
  assert_ptr_not_equal(a.of.payload, b.of.payload);
  assert_true(weir_value_equal(&a, &b));
  b.of.payload->of.u8 = 4;
  assert_false(weir_value_equal(&a, &b));
  weir_value_clear(&b);
  assert_int_equal(weir_value_new_variant(1, NULL, &b), WEIR_OK);
  assert_null(b.of.payload);
  assert_false(weir_value_equal(&a, &b));
  weir_value_clear(&a);
  assert_int_equal(weir_value_new_variant(1, &payload, &a), WEIR_OK);
  assert_true(weir_value_equal(&a, &b));
}

static void floats_compare_as_numbers_but_for_nan(void **state) {
  weir_value a = {.kind = WEIR_VALUE_F64}, b = {.kind = WEIR_VALUE_F64}, c = {.kind = WEIR_VALUE_F32};
  (void)state;
  a.of.f64 = NAN;
  b.of.f64 = -(double)NAN;
  assert_true(weir_value_equal(&a, &b));
  b.of.f64 = 1;
  assert_false(weir_value_equal(&a, &b));
  a.of.f64 = 1;
  c.of.f32 = 1;
  assert_true(weir_value_equal(&a, &b));
  assert_false(weir_value_equal(&a, &c));
}

static void an_impossible_count_is_no_memory(void **state) {
  weir_value v;
  (void)state;
  assert_int_equal(weir_value_new_list(SIZE_MAX / 2, &v), WEIR_ERR_NOMEM);
  assert_int_equal(v.kind, WEIR_VALUE_NONE);
}

static void handles_are_dropped_and_never_copied(void **state) {
  struct host_handle h = {.base = {&host_handle_ops}};
  weir_value list, copy;
  (void)state;
  assert_int_equal(weir_value_new_list(3, &list), WEIR_OK);
  const weir_value_kind kinds[] = {WEIR_VALUE_RESOURCE, WEIR_VALUE_STREAM, WEIR_VALUE_FUTURE};
  for (size_t i = 0; i < 3; i++) {
    list.of.list.items[i].kind = kinds[i];
    list.of.list.items[i].of.resource = host_handle_good(&h, i == 0 ? HANDLE_RESOURCE : HANDLE_END);
    assert_int_equal(weir_value_copy(&list.of.list.items[i], &copy), WEIR_ERR_TYPE);
    assert_true(weir_value_equal(&list.of.list.items[i], &list.of.list.items[i]));
  }
  assert_int_equal(weir_value_copy(&list, &copy), WEIR_ERR_TYPE);
  assert_int_equal(copy.kind, WEIR_VALUE_NONE);
  assert_int_equal(h.drops, 0);
  weir_value_clear(&list);
  assert_int_equal(h.drops, 3);
}

/* ---- lifting and lowering ---------------------------------------------------------------------------------------- */

static void lists_of_u8_are_lifted_as_bytes_and_lowered_from_both(void **state) {
  struct types types;
  struct guest g;
  weir_value bytes, list;
  (void)state;
  types_init(&types);
  guest_init(&g, AST_ENCODING_UTF8, false, 128);
  const struct weir_type *t = list_of(&types, prim(&types, TYPE_U8));
  union eng_val in[2] = {{.u64 = 9}, {.u64 = 3}}, out[2];
  memcpy(g.cx.base + 9, "\x01\x02\xfe", 3);
  assert_int_equal(abi_lift_value(&g.cx, in_flat(in), t, &bytes), WEIR_OK);
  assert_true(bytes.kind == WEIR_VALUE_BYTES && bytes.of.string.size == 3);
  assert_int_equal(weir_value_new_list(3, &list), WEIR_OK);
  for (int i = 0; i < 3; i++)
    list.of.list.items[i] = u8_value((uint8_t)bytes.of.string.data[i]);
  assert_int_equal(abi_lower_value(&g.cx, in_flat(out), t, &bytes), WEIR_OK);
  assert_memory_equal(g.cx.base + out[0].u64, "\x01\x02\xfe", 3);
  assert_int_equal(abi_lower_value(&g.cx, in_flat(out), t, &list), WEIR_OK);
  assert_memory_equal(g.cx.base + out[0].u64, "\x01\x02\xfe", 3);
  /* a fixed-length list of them, flat */
  const struct weir_type *fixed = type_fixed_list(types.table, prim(&types, TYPE_U8), 3, &types.diag);
  union eng_val flat[3];
  assert_int_equal(value_check(fixed, &bytes, NULL), WEIR_OK);
  assert_int_equal(abi_lower_value(&g.cx, in_flat(flat), fixed, &bytes), WEIR_OK);
  assert_true(flat[0].u64 == 1 && flat[1].u64 == 2 && flat[2].u64 == 0xfe);
  weir_value_clear(&bytes);
  weir_value_clear(&list);
  guest_done(&g);
  types_done(&types);
}

static void only_the_member_that_is_meant_is_lowered(void **state) {
  struct types types;
  struct guest g;
  union eng_val out;
  (void)state;
  types_init(&types);
  guest_init(&g, AST_ENCODING_UTF8, false, 8);
  weir_value v = {.kind = WEIR_VALUE_BOOL};
  v.of.u64 = ~UINT64_C(0);
  v.of.boolean = false;
  assert_int_equal(abi_lower_value(&g.cx, in_flat(&out), prim(&types, TYPE_BOOL), &v), WEIR_OK);
  assert_true(out.u64 == 0);
  v.kind = WEIR_VALUE_S16;
  v.of.u64 = ~UINT64_C(0);
  v.of.s16 = -2;
  assert_int_equal(abi_lower_value(&g.cx, in_flat(&out), prim(&types, TYPE_S16), &v), WEIR_OK);
  assert_true(out.u64 == 0xfffffffe);
  guest_done(&g);
  types_done(&types);
}

/* One byte of the guest is one value of 24 bytes; and the values may share that byte. */
static void a_lift_is_bounded(void **state) {
  struct types types;
  struct guest g;
  weir_value v;
  (void)state;
  types_init(&types);
  const uint32_t count = ABI_LIFT_LIMIT / sizeof(weir_value);
  guest_init(&g, AST_ENCODING_UTF8, false, count + 1);
  const struct weir_type *t = list_of(&types, list_of(&types, prim(&types, TYPE_BOOL)));
  put32(&g, 0, 0);
  put32(&g, 4, count);
  union eng_val in[2] = {{.u64 = 0}, {.u64 = 1}};
  assert_int_equal(abi_lift_value(&g.cx, in_flat(in), t, &v), WEIR_ERR_LIMIT);
  assert_int_equal(v.kind, WEIR_VALUE_NONE);
  assert_message(&g.diag, WEIR_ERR_LIMIT, "takes more than");
  guest_done(&g);
  types_done(&types);
}

static void handles_lifted_before_a_trap_are_dropped(void **state) {
  struct types types;
  struct guest g;
  struct host_handle h = {.base = {&host_handle_ops}};
  weir_value v, lifted[2];
  (void)state;
  types_init(&types);
  guest_init(&g, AST_ENCODING_UTF8, false, 64);
  g.handles[g.handle_count++].shared = host_handle_good(&h, HANDLE_END);
  const struct weir_type *future = type_channel(types.table, TYPE_FUTURE, NULL, &types.diag);
  const struct weir_type *t = compound(&types, TYPE_TUPLE, 2, PARTS(future, prim(&types, TYPE_CHAR)));
  union eng_val in[2] = {{.u64 = 1}, {.u64 = 0xd800}}, out[2];
  assert_trap(&g, abi_lift_value(&g.cx, in_flat(in), t, &v), "invalid `char` bit pattern");
  assert_int_equal(h.drops, 1);
  put32(&g, 0, 1);
  put32(&g, 4, 99);
  assert_trap(&g, abi_lift_values(&g.cx, 0, future, 2, lifted), "unknown handle index");
  assert_true(h.drops == 2 && lifted[0].kind == WEIR_VALUE_NONE && lifted[1].kind == WEIR_VALUE_NONE);
  /* lowering moves the handle out */
  in[1].u64 = 'x';
  assert_int_equal(abi_lift_value(&g.cx, in_flat(in), t, &v), WEIR_OK);
  assert_int_equal(abi_lower_value(&g.cx, in_flat(out), t, &v), WEIR_OK);
  assert_true(out[0].u64 == 2 && v.of.list.items[0].kind == WEIR_VALUE_NONE);
  weir_value_clear(&v);
  assert_int_equal(h.drops, 2);
  guest_done(&g);
  types_done(&types);
}

static void arrays_of_values_go_both_ways(void **state) {
  struct types types;
  struct guest g;
  weir_value v[3];
  (void)state;
  types_init(&types);
  guest_init(&g, AST_ENCODING_UTF8, false, 128);
  const struct weir_type *t = type_option(types.table, prim(&types, TYPE_U16), &types.diag);
  memcpy(g.cx.base, "\1\0\5\0\0\0\0\0\1\0\6\0", 12);
  assert_int_equal(abi_lift_values(&g.cx, 0, t, 3, v), WEIR_OK);
  assert_true(v[0].tag == 1 && v[0].of.payload->of.u16 == 5 && v[1].tag == 0 && v[2].of.payload->of.u16 == 6);
  assert_int_equal(abi_lower_values(&g.cx, 64, t, 3, v), WEIR_OK);
  assert_memory_equal(g.cx.base + 64, g.cx.base, 12);
  for (int i = 0; i < 3; i++)
    weir_value_clear(&v[i]);
  assert_int_equal(abi_lift_values(&g.cx, 0, NULL, 3, v), WEIR_OK);
  assert_int_equal(v[2].kind, WEIR_VALUE_NONE);
  assert_int_equal(abi_lower_values(&g.cx, 0, NULL, 3, v), WEIR_OK);
  guest_done(&g);
  types_done(&types);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(strings_must_be_utf8),
      cmocka_unit_test(bytes_equal_the_list_of_u8),
      cmocka_unit_test(variants_take_their_payload),
      cmocka_unit_test(floats_compare_as_numbers_but_for_nan),
      cmocka_unit_test(an_impossible_count_is_no_memory),
      cmocka_unit_test(handles_are_dropped_and_never_copied),
      cmocka_unit_test(lists_of_u8_are_lifted_as_bytes_and_lowered_from_both),
      cmocka_unit_test(only_the_member_that_is_meant_is_lowered),
      cmocka_unit_test(a_lift_is_bounded),
      cmocka_unit_test(handles_lifted_before_a_trap_are_dropped),
      cmocka_unit_test(arrays_of_values_go_both_ways),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
