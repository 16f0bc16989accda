/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The check of host values against types: what is refused, and the words with the path to it. */
#include "abi_support.h"

static void refuses(const struct weir_type *t, const weir_value *v, const char *message) {
  struct diag d;
  diag_init(&d);
  assert_int_equal(value_check(t, v, &d), WEIR_ERR_TYPE);
  assert_string_equal(diag_message(&d), message);
  assert_int_equal(value_check(t, v, NULL), WEIR_ERR_TYPE);
  diag_done(&d);
}

static weir_value of_kind(weir_value_kind kind, uint64_t bits) {
  weir_value v = {.kind = kind};
  v.of.u64 = bits;
  return v;
}

static void scalars(void **state) {
  struct types t;
  (void)state;
  types_init(&t);
  weir_value u32 = of_kind(WEIR_VALUE_U32, 7), none = of_kind(WEIR_VALUE_NONE, 0);
  weir_value surrogate = of_kind(WEIR_VALUE_CHAR, 0xdc00), bad = of_kind((weir_value_kind)99, 0);
  assert_int_equal(value_check(prim(&t, TYPE_U32), &u32, NULL), WEIR_OK);
  assert_int_equal(value_check(NULL, &none, NULL), WEIR_OK);
  refuses(prim(&t, TYPE_S32), &u32, "expected s32, found u32");
  refuses(prim(&t, TYPE_STRING), &none, "expected string, found nothing");
  refuses(NULL, &u32, "expected nothing, found u32");
  refuses(prim(&t, TYPE_CHAR), &surrogate, "expected char, found 0xdc00, which is no scalar value");
  refuses(prim(&t, TYPE_U8), &bad, "expected u8, found an unknown kind");
  types_done(&t);
}

static void strings_and_flags(void **state) {
  struct types t;
  char invalid[] = "a\xff";
  (void)state;
  types_init(&t);
  weir_value s = {.kind = WEIR_VALUE_STRING};
  s.of.string.data = invalid;
  s.of.string.size = 1;
  assert_int_equal(value_check(prim(&t, TYPE_STRING), &s, NULL), WEIR_OK);
  s.of.string.size = 2;
  refuses(prim(&t, TYPE_STRING), &s, "expected string, found bytes that are not valid UTF-8");
  s.of.string.size = (size_t)1 << 28;
  refuses(prim(&t, TYPE_STRING), &s, "expected string of less than 2^28 bytes, found a longer one");
  weir_value f = of_kind(WEIR_VALUE_FLAGS, 7);
  assert_int_equal(value_check(compound(&t, TYPE_FLAGS, 3, NULL), &f, NULL), WEIR_OK);
  f.of.flags = 8;
  refuses(compound(&t, TYPE_FLAGS, 3, NULL), &f, "expected 3 flags, found bits 0x8");
  f.of.flags = UINT32_MAX;
  assert_int_equal(value_check(compound(&t, TYPE_FLAGS, 32, NULL), &f, NULL), WEIR_OK);
  types_done(&t);
}

static void paths(void **state) {
  struct types t;
  weir_value params, record, list, variant, payload = of_kind(WEIR_VALUE_BOOL, 1);
  (void)state;
  types_init(&t);
  const struct weir_type *choice = compound(&t, TYPE_VARIANT, 2, PARTS(NULL, prim(&t, TYPE_U32)));
  const struct weir_type *rec =
      compound(&t, TYPE_RECORD, 2, PARTS(prim(&t, TYPE_U8), list_of(&t, repeated(&t, choice, 1))));
  struct type_field args[2] = {{.label = STR("x"), .type = prim(&t, TYPE_U8)}, {.label = STR("y"), .type = rec}};
  const struct weir_type *call = type_fields(t.table, TYPE_TUPLE, args, 2, &t.diag);
  assert_int_equal(weir_value_new_record(2, &params), WEIR_OK);
  assert_int_equal(weir_value_new_record(2, &record), WEIR_OK);
  assert_int_equal(weir_value_new_list(1, &list), WEIR_OK);
  assert_int_equal(weir_value_new_record(1, &list.of.list.items[0]), WEIR_OK);
  assert_int_equal(weir_value_new_variant(1, &payload, &variant), WEIR_OK);
  list.of.list.items[0].of.list.items[0] = variant;
  record.of.list.items[0] = of_kind(WEIR_VALUE_U8, 1);
  record.of.list.items[1] = list;
  params.of.list.items[0] = of_kind(WEIR_VALUE_U8, 1);
  params.of.list.items[1] = record;
  refuses(call, &params, "argument 2, field `b`, element 0, element 0, case `b`: expected u32, found bool");
  weir_value *inner = &params.of.list.items[1].of.list.items[1].of.list.items[0].of.list.items[0];
  inner->of.payload->kind = WEIR_VALUE_U32;
  assert_int_equal(value_check(call, &params, NULL), WEIR_OK);
  inner->tag = 0;
  refuses(choice, inner, "case `a`: expected nothing, found u32");
  inner->tag = 2;
  refuses(choice, inner, "expected variant of 2 cases, found case number 2");
  weir_value_clear(&params);
  types_done(&t);
}

static void counts(void **state) {
  struct types t;
  weir_value record, list, bytes;
  (void)state;
  types_init(&t);
  const struct weir_type *u8 = prim(&t, TYPE_U8), *pair = repeated(&t, u8, 2);
  assert_int_equal(weir_value_new_record(1, &record), WEIR_OK);
  refuses(pair, &record, "expected tuple of 2, found 1");
  assert_int_equal(weir_value_new_list(3, &list), WEIR_OK);
  for (int i = 0; i < 3; i++)
    list.of.list.items[i] = of_kind(WEIR_VALUE_U8, 0);
  refuses(type_fixed_list(t.table, u8, 2, &t.diag), &list, "expected fixed-length list of 2, found 3");
  assert_int_equal(value_check(type_fixed_list(t.table, u8, 3, &t.diag), &list, NULL), WEIR_OK);
  assert_int_equal(weir_value_new_bytes("abc", 3, &bytes), WEIR_OK);
  assert_int_equal(value_check(list_of(&t, u8), &bytes, NULL), WEIR_OK);
  refuses(list_of(&t, prim(&t, TYPE_S8)), &bytes, "expected list, found bytes");
  refuses(prim(&t, TYPE_STRING), &bytes, "expected string, found bytes");
  weir_value_clear(&record);
  weir_value_clear(&list);
  weir_value_clear(&bytes);
  types_done(&t);
}

static void lists_too_long_for_any_guest(void **state) {
  struct types t;
  weir_value item, list = {.kind = WEIR_VALUE_LIST};
  (void)state;
  types_init(&t);
  list.of.list.items = &item;
  list.of.list.count = (size_t)1 << 25;
  refuses(list_of(&t, prim(&t, TYPE_U64)), &list, "expected list of less than 2^28 bytes, found a longer one");
  list.of.list.count = SIZE_MAX / 8 + 2; /* wraps when multiplied */
  refuses(list_of(&t, prim(&t, TYPE_U64)), &list, "expected list of less than 2^28 bytes, found a longer one");
  types_done(&t);
}

static void long_paths_are_cut_between_steps(void **state) {
  struct types t;
  weir_value v = of_kind(WEIR_VALUE_U8, 1);
  struct diag d;
  (void)state;
  types_init(&t);
  diag_init(&d);
  const struct weir_type *type = prim(&t, TYPE_S8);
  for (int i = 0; i < 90; i++) {
    weir_value outer;
    type = type_option(t.table, type, &t.diag);
    assert_int_equal(weir_value_new_variant(1, &v, &outer), WEIR_OK);
    v = outer;
  }
  assert_int_equal(value_check(type, &v, &d), WEIR_ERR_TYPE);
  assert_non_null(strstr(diag_message(&d), "case `some`: expected s8, found u8"));
  weir_value_clear(&v);
  diag_done(&d);
  types_done(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(scalars),
      cmocka_unit_test(strings_and_flags),
      cmocka_unit_test(paths),
      cmocka_unit_test(counts),
      cmocka_unit_test(lists_too_long_for_any_guest),
      cmocka_unit_test(long_paths_are_cut_between_steps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
