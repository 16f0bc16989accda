/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * With a real memory: realloc grows it, and both sides of a translation see the new pages, also where they are the same
 * memory.
 */
#include "abi_support.h"

static const char guest_text[] =
    "(module (memory (export \"mem\") 1)"
    "  (func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0))))";

struct live {
  struct eng *e;
  struct eng_module *module;
  struct eng_store *store;
  struct eng_memory memory;
  struct eng_func grow;
  struct diag diag;
};

static void live_init(struct live *l) {
  uint8_t *bytes = NULL;
  size_t size = 0;
  struct eng_config config = {0};
  struct eng_instance instance;
  struct eng_extern x;
  diag_init(&l->diag);
  assert_int_equal(eng_new(&config, &l->e, &l->diag), WEIR_OK);
  assert_int_equal(eng_text_to_binary((const uint8_t *)guest_text, sizeof(guest_text) - 1, &bytes, &size, &l->diag),
                   WEIR_OK);
  assert_int_equal(eng_module_compile(l->e, bytes, size, &l->module, &l->diag), WEIR_OK);
  eng_bytes_free(bytes, size);
  assert_int_equal(eng_store_new(l->e, NULL, &l->store, &l->diag), WEIR_OK);
  assert_int_equal(eng_instantiate(l->store, l->module, NULL, 0, &instance, &l->diag), WEIR_OK);
  assert_true(eng_instance_export(l->store, &instance, STR("mem"), &x));
  l->memory = eng_extern_memory(&x);
  assert_true(eng_instance_export(l->store, &instance, STR("grow"), &x));
  l->grow = eng_extern_func(&x);
}

static void live_done(struct live *l) {
  eng_store_free(l->store);
  eng_module_unref(l->module);
  eng_unref(l->e);
  diag_done(&l->diag);
}

struct live_cx {
  struct abi_cx cx;
  struct live *live;
};

/* Grows by a page and returns its first address. */
static weir_status live_reallocate(struct abi_cx *cx, uint64_t old, uint64_t old_size, uint32_t align, uint64_t size,
                                   uint64_t *ret) {
  struct live *l = ((struct live_cx *)cx)->live;
  union eng_val vals[1] = {{.i32 = 1}};
  (void)old, (void)old_size, (void)align, (void)size;
  WEIR_TRY(eng_call(l->store, &l->grow, vals, 1, cx->diag));
  *ret = (uint64_t)vals[0].u32 << 16;
  return WEIR_OK;
}

static const struct abi_ops live_ops = {.reallocate = live_reallocate};

static struct live_cx live_cx(struct live *l) {
  struct live_cx c = {
      {.ops = &live_ops, .store = l->store, .memory = &l->memory, .has_realloc = true, .diag = &l->diag}, l};
  abi_refresh(&c.cx);
  return c;
}

static void views_follow_a_memory_that_grows(void **state) {
  struct live l;
  struct types types;
  weir_value value;
  union eng_val out[2];
  (void)state;
  live_init(&l);
  types_init(&types);
  struct live_cx c = live_cx(&l);
  assert_int_equal(c.cx.size, 65536);
  assert_int_equal(weir_value_new_string("new page", 8, &value), WEIR_OK);
  const struct weir_type *t = prim(&types, TYPE_STRING);
  assert_int_equal(abi_lower_value(&c.cx, in_flat(out), t, &value), WEIR_OK);
  assert_true(out[0].u64 == 65536 && out[1].u64 == 8 && c.cx.size == 2 * 65536);
  assert_memory_equal(c.cx.base + 65536, "new page", 8);
  weir_value_clear(&value);
  types_done(&types);
  live_done(&l);
}

static void one_memory_may_be_both_sides(void **state) {
  struct live l;
  struct types types;
  (void)state;
  live_init(&l);
  types_init(&types);
  struct live_cx a = live_cx(&l), b = live_cx(&l);
  const struct weir_type *t = list_of(&types, prim(&types, TYPE_STRING));
  union eng_val in[2] = {{.u64 = 16}, {.u64 = 2}}, out[2];
  const uint32_t pairs[4] = {40, 1, 41, 2};
  memcpy(a.cx.base + 16, pairs, sizeof(pairs));
  memcpy(a.cx.base + 40, "xyz", 3);
  assert_int_equal(abi_copy(&a.cx, in_flat(in), &b.cx, in_flat(out), t), WEIR_OK);
  assert_true(a.cx.size == 4 * 65536 && b.cx.size == a.cx.size && a.cx.base == b.cx.base);
  assert_true(out[0].u64 == 65536 && out[1].u64 == 2);
  assert_memory_equal(b.cx.base + 2 * 65536, "x", 1);
  assert_memory_equal(b.cx.base + 3 * 65536, "yz", 2);
  types_done(&types);
  live_done(&l);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(views_follow_a_memory_that_grows),
      cmocka_unit_test(one_memory_may_be_both_sides),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
