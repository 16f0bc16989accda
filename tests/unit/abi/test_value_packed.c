/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Lists that lie packed, and values that lend their content. */
#include "abi/value_packed.h"

#include "abi_support.h"

static const uint32_t numbers[] = {1, 0xffffffff, 3};

/* [1, 2^32-1, 3] as values. */
static void make_list(weir_value *ret) {
  assert_int_equal(weir_value_new_list(3, ret), WEIR_OK);
  for (int i = 0; i < 3; i++)
    ret->of.list.items[i] = (weir_value){.kind = WEIR_VALUE_U32, .of.u32 = numbers[i]};
}

static void a_packed_list_equals_the_list(void **state) {
  weir_value list, packed, other, bytes, copy;
  (void)state;
  make_list(&list);
  assert_int_equal(weir_value_new_packed(WEIR_VALUE_U32, numbers, 3, &packed), WEIR_OK);
  assert_true(weir_value_equal(&list, &packed) && weir_value_equal(&packed, &list));
  assert_int_equal(weir_value_copy(&packed, &copy), WEIR_OK);
  assert_ptr_not_equal(copy.of.packed.data, packed.of.packed.data);
  assert_true(weir_value_equal(&copy, &packed));
  ((uint32_t *)copy.of.packed.data)[2] = 4;
  assert_false(weir_value_equal(&copy, &packed) || weir_value_equal(&list, &copy));
  assert_int_equal(weir_value_new_packed(WEIR_VALUE_S32, numbers, 3, &other), WEIR_OK);
  assert_false(weir_value_equal(&other, &packed) || weir_value_equal(&other, &list));
  weir_value_clear(&other);
  assert_int_equal(weir_value_new_packed(WEIR_VALUE_U8, "ab", 2, &other), WEIR_OK);
  assert_int_equal(weir_value_new_bytes("ab", 2, &bytes), WEIR_OK);
  assert_true(weir_value_equal(&other, &bytes) && weir_value_equal(&bytes, &other));
  weir_value_clear(&list);
  weir_value_clear(&packed);
  weir_value_clear(&other);
  weir_value_clear(&bytes);
  weir_value_clear(&copy);
}

static void what_cannot_be_packed_is_refused(void **state) {
  weir_value v = {.kind = WEIR_VALUE_PACKED, .tag = WEIR_VALUE_STRING, .of.packed = {(void *)numbers, 1}}, copy;
  (void)state;
  assert_int_equal(weir_value_copy(&v, &copy), WEIR_ERR_TYPE);
  v.tag = 12345;
  assert_int_equal(weir_value_copy(&v, &copy), WEIR_ERR_TYPE);
  assert_int_equal(weir_value_new_packed(WEIR_VALUE_NONE, NULL, 0, &copy), WEIR_ERR_TYPE);
  assert_int_equal(weir_value_new_packed(WEIR_VALUE_FLAGS, NULL, 0, &copy), WEIR_ERR_TYPE);
  assert_int_equal(weir_value_new_packed(WEIR_VALUE_U64, NULL, SIZE_MAX / 4, &copy), WEIR_ERR_NOMEM);
  assert_int_equal(weir_value_new_variant(WEIR_VALUE_LENT, NULL, &copy), WEIR_ERR_TYPE);
}

static void a_packed_list_is_checked(void **state) {
  struct types t;
  weir_value v;
  const uint32_t chars[] = {'a', 0xd800};
  (void)state;
  types_init(&t);
  const struct weir_type *u32 = prim(&t, TYPE_U32), *chars_type = list_of(&t, prim(&t, TYPE_CHAR));
  assert_int_equal(weir_value_new_packed(WEIR_VALUE_U32, numbers, 3, &v), WEIR_OK);
  assert_int_equal(value_check(list_of(&t, u32), &v, NULL), WEIR_OK);
  assert_int_equal(value_check(type_fixed_list(t.table, u32, 3, &t.diag), &v, NULL), WEIR_OK);
  assert_int_equal(value_check(type_fixed_list(t.table, u32, 4, &t.diag), &v, NULL), WEIR_ERR_TYPE);
  assert_int_equal(value_check(list_of(&t, prim(&t, TYPE_S32)), &v, NULL), WEIR_ERR_TYPE);
  assert_int_equal(value_check(list_of(&t, prim(&t, TYPE_STRING)), &v, NULL), WEIR_ERR_TYPE);
  assert_int_equal(value_check(u32, &v, NULL), WEIR_ERR_TYPE);
  v.of.packed.count = (size_t)1 << 27;
  assert_int_equal(value_check(list_of(&t, u32), &v, NULL), WEIR_ERR_TYPE);
  weir_value_clear(&v);
  assert_int_equal(weir_value_new_packed(WEIR_VALUE_CHAR, chars, 2, &v), WEIR_OK);
  struct diag d;
  diag_init(&d);
  assert_int_equal(value_check(chars_type, &v, &d), WEIR_ERR_TYPE);
  assert_string_equal(diag_message(&d), "element 1: expected char, found 0xd800, which is no scalar value");
  diag_done(&d);
  weir_value_clear(&v);
  types_done(&t);
}

/* A guest's boolean may be any byte, and a host's too: 0 or 1 on the other side. A bad character traps. */
static void booleans_become_normal_and_characters_are_checked(void **state) {
  struct types t;
  struct guest g;
  union eng_val vals[2] = {{.u64 = 8}, {.u64 = 3}};
  weir_value v;
  (void)state;
  types_init(&t);
  guest_init(&g, AST_ENCODING_UTF8, false, 64);
  g.cx.packed_lists = true;
  memcpy(g.cx.base + 8, "\0\2\1", 3);
  const struct weir_type *bools = list_of(&t, prim(&t, TYPE_BOOL));
  assert_int_equal(abi_lift_value(&g.cx, in_flat(vals), bools, &v), WEIR_OK);
  assert_true(v.kind == WEIR_VALUE_PACKED && v.tag == WEIR_VALUE_BOOL && v.of.packed.count == 3);
  assert_memory_equal(v.of.packed.data, "\0\1\1", 3);
  memcpy(v.of.packed.data, "\7\0\200", 3);
  assert_int_equal(abi_lower_value(&g.cx, in_flat(vals), bools, &v), WEIR_OK);
  assert_memory_equal(g.cx.base + vals[0].u64, "\1\0\1", 3);
  weir_value_clear(&v);
  put32(&g, 8, 0x110000);
  vals[0].u64 = 8;
  vals[1].u64 = 1;
  assert_trap(&g, abi_lift_value(&g.cx, in_flat(vals), list_of(&t, prim(&t, TYPE_CHAR)), &v), "invalid `char`");
  assert_int_equal(v.kind, WEIR_VALUE_NONE);
  guest_done(&g);
  types_done(&t);
}

static void what_is_lifted_packed_counts_as_what_it_takes(void **state) {
  struct types t;
  struct guest g;
  union eng_val vals[2] = {{.u64 = 8}, {.u64 = 4}};
  weir_value v;
  (void)state;
  types_init(&t);
  guest_init(&g, AST_ENCODING_UTF8, false, 64);
  g.cx.lift_limit = 16;
  const struct weir_type *list = list_of(&t, prim(&t, TYPE_U32));
  assert_int_equal(abi_lift_value(&g.cx, in_flat(vals), list, &v), WEIR_ERR_LIMIT);
  g.cx.packed_lists = true;
  assert_int_equal(abi_lift_value(&g.cx, in_flat(vals), list, &v), WEIR_OK);
  weir_value_clear(&v);
  vals[1].u64 = 5;
  assert_int_equal(abi_lift_value(&g.cx, in_flat(vals), list, &v), WEIR_ERR_LIMIT);
  diag_done(&g.diag);
  guest_done(&g);
  types_done(&t);
}

/* A tree in memory that is not the heap's: any attempt to free or to write it is found. */
static const weir_value texts[] = {
    {.kind = WEIR_VALUE_STRING, .tag = WEIR_VALUE_LENT, .of.string = {"one", 3}},
    {.kind = WEIR_VALUE_STRING, .tag = WEIR_VALUE_LENT, .of.string = {"two", 3}},
};
static const weir_value fields[] = {
    {.kind = WEIR_VALUE_LIST, .tag = WEIR_VALUE_LENT, .of.list = {(weir_value *)texts, 2}},
    {.kind = WEIR_VALUE_PACKED, .tag = WEIR_VALUE_U32 | WEIR_VALUE_LENT, .of.packed = {(void *)numbers, 3}},
    {.kind = WEIR_VALUE_VARIANT, .tag = 1 | WEIR_VALUE_LENT, .of.payload = (weir_value *)&texts[1]},
    {.kind = WEIR_VALUE_STRING, .tag = WEIR_VALUE_LENT},
};
static const weir_value tree = {
    .kind = WEIR_VALUE_RECORD, .tag = WEIR_VALUE_LENT, .of.list = {(weir_value *)fields, 4}};

static void what_is_lent_is_only_read(void **state) {
  (void)state;
  for (int plain = 0; plain < 2; plain++) {
    weir_value v = tree, copy;
    weir_value_clear(&v);
    assert_int_equal(v.kind, WEIR_VALUE_NONE);
    v = tree;
    assert_int_equal(value_keep(&v, plain), WEIR_OK);
    assert_true(weir_value_equal(&v, &tree));
    assert_ptr_not_equal(v.of.list.items, fields);
    assert_int_equal(v.of.list.items[0].tag & WEIR_VALUE_LENT, plain ? 0 : WEIR_VALUE_LENT);
    assert_int_equal(weir_value_copy(&v, &copy), WEIR_OK);
    assert_int_equal(copy.of.list.items[2].tag, 1);
    assert_true(weir_value_equal(&copy, &tree));
    weir_value_clear(&v);
    weir_value_clear(&copy);
  }
}

static void parts_of_an_owned_value_may_lend(void **state) {
  weir_value v;
  (void)state;
  assert_int_equal(weir_value_new_record(2, &v), WEIR_OK);
  v.of.list.items[0] = tree;
  assert_int_equal(weir_value_new_string("x", 1, &v.of.list.items[1]), WEIR_OK);
  assert_int_equal(value_keep(&v, false), WEIR_OK);
  assert_ptr_not_equal(v.of.list.items[0].of.list.items, fields);
  assert_true(weir_value_equal(&v.of.list.items[0], &tree));
  weir_value_clear(&v);
}

/* The copy is what owns the handle then. */
static void handles_in_what_is_lent_are_taken(void **state) {
  struct host_handle h = {.base = {&host_handle_ops}};
  weir_value items[] = {{.kind = WEIR_VALUE_RESOURCE}};
  weir_value v = {.kind = WEIR_VALUE_LIST, .tag = WEIR_VALUE_LENT, .of.list = {items, 1}};
  (void)state;
  items[0].of.resource = host_handle_good(&h, HANDLE_RESOURCE);
  assert_int_equal(value_keep(&v, true), WEIR_OK);
  assert_ptr_equal(v.of.list.items[0].of.resource, items[0].of.resource);
  weir_value_clear(&v);
  assert_int_equal(h.drops, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_packed_list_equals_the_list),
      cmocka_unit_test(what_cannot_be_packed_is_refused),
      cmocka_unit_test(a_packed_list_is_checked),
      cmocka_unit_test(booleans_become_normal_and_characters_are_checked),
      cmocka_unit_test(what_is_lifted_packed_counts_as_what_it_takes),
      cmocka_unit_test(what_is_lent_is_only_read),
      cmocka_unit_test(parts_of_an_owned_value_may_lend),
      cmocka_unit_test(handles_in_what_is_lent_are_taken),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
