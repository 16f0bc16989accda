/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Every allocation of lifting, copying and making values fails once, and from there on: the answer is WEIR_ERR_NOMEM
 * and nothing is left behind (the sanitizer's leak check says so). Needs the wrapped malloc of fault_system.c; without
 * it the program says that it was skipped.
 */
#include "abi_support.h"

#include "support/fault.h"

#pragma weak fault_system_arm
#pragma weak fault_system_calls

struct lifting {
  struct types types;
  struct guest g;
  const struct weir_type *type;
  union eng_val vals[16];
  weir_value value; /* what it lifts to */
  struct host_handle handle;
};

/* ("aé", [1, 2], [some("x"), none], future) with strings that are transcoded. */
static void lifting_init(struct lifting *l) {
  *l = (struct lifting){.handle = {.base = {&host_handle_ops}}};
  types_init(&l->types);
  guest_init(&l->g, AST_ENCODING_UTF16, false, 128);
  struct types *t = &l->types;
  const struct weir_type *string = prim(t, TYPE_STRING);
  l->type = compound(t, TYPE_RECORD, 4,
                     PARTS(string, list_of(t, prim(t, TYPE_U8)), list_of(t, type_option(t->table, string, &t->diag)),
                           type_channel(t->table, TYPE_FUTURE, NULL, &t->diag)));
  const uint64_t vals[] = {8, 2, 8, 2, 32, 2, 1};
  for (size_t i = 0; i < 7; i++)
    l->vals[i].u64 = vals[i];
  memcpy(l->g.cx.base + 8, "a\0\xe9\0", 4);
  put32(&l->g, 32, 1);
  put32(&l->g, 36, 8);
  put32(&l->g, 40, 1);
  l->g.handles[l->g.handle_count++].shared = host_handle_good(&l->handle, HANDLE_END);
}

static void lifting_done(struct lifting *l) {
  guest_done(&l->g);
  types_done(&l->types);
}

static weir_status lift(struct lifting *l) {
  weir_value v;
  weir_status status = abi_lift_value(&l->g.cx, in_flat(l->vals), l->type, &v);
  if (status != WEIR_OK)
    assert_int_equal(v.kind, WEIR_VALUE_NONE);
  weir_value_clear(&v);
  return status;
}

static weir_status copy(struct lifting *l) {
  weir_value v;
  weir_status status = weir_value_copy(&l->value, &v);
  if (status != WEIR_OK)
    assert_int_equal(v.kind, WEIR_VALUE_NONE);
  weir_value_clear(&v);
  return status;
}

static weir_status make(struct lifting *l) {
  weir_value payload = {.kind = WEIR_VALUE_NONE}, v;
  (void)l;
  weir_status status = weir_value_new_string("abc", 3, &payload);
  if (status != WEIR_OK)
    return status;
  status = weir_value_new_variant(1, &payload, &v);
  assert_int_equal(payload.kind, WEIR_VALUE_NONE);
  weir_value_clear(&v);
  return status;
}

/* Each k-th allocation fails, alone and with all after it. */
static void sweep(weir_status (*scenario)(struct lifting *), struct lifting *l) {
  fault_system_arm(0, false);
  assert_int_equal(scenario(l), WEIR_OK);
  size_t n = fault_system_calls();
  assert_true(n >= 2);
  for (size_t k = 1; k <= n; k++) {
    for (int rest = 0; rest < 2; rest++) {
      fault_system_arm(k, rest != 0);
      weir_status status = scenario(l);
      fault_system_arm(0, false);
      assert_int_equal(status, WEIR_ERR_NOMEM);
      diag_done(&l->g.diag);
    }
  }
}

static void lifting_reports_that_memory_is_out(void **state) {
  struct lifting l;
  (void)state;
  lifting_init(&l);
  sweep(lift, &l);
  assert_int_equal(l.handle.drops, 1); /* the handle comes last: only the first run reached it */
  lifting_done(&l);
}

static void copying_reports_that_memory_is_out(void **state) {
  struct lifting l;
  (void)state;
  lifting_init(&l);
  assert_int_equal(abi_lift_value(&l.g.cx, in_flat(l.vals), l.type, &l.value), WEIR_OK);
  l.value.of.list.count = 3; /* without the future, which cannot be copied */
  sweep(copy, &l);
  weir_value_clear(&l.value);
  lifting_done(&l);
}

static void making_reports_that_memory_is_out(void **state) {
  struct lifting l;
  (void)state;
  lifting_init(&l);
  sweep(make, &l);
  lifting_done(&l);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lifting_reports_that_memory_is_out),
      cmocka_unit_test(copying_reports_that_memory_is_out),
      cmocka_unit_test(making_reports_that_memory_is_out),
  };
  if (!fault_system_arm || !fault_system_calls)
    return 77;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
