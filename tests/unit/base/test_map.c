/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The map: many keys, replacement, order, moving it, failure at every allocation; the keyed hash below it. */
#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/hash.h"
#include "support/fault.h"

enum { COUNT = 2000 };
static char names[COUNT][12];

static struct str name_of(int i) {
  return str_from(names[i]);
}

static int make_names(void **state) {
  (void)state;
  for (int i = 0; i < COUNT; i++)
    snprintf(names[i], sizeof(names[i]), "key%d", i);
  return 0;
}

static void all_keys_are_found_again_in_order_of_insertion(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  struct map m;
  map_init(&m, &f.alloc);
  for (int i = 0; i < COUNT; i++)
    assert_true(map_set(&m, name_of(i), names[i]));
  assert_int_equal(m.count, COUNT);
  for (int i = 0; i < COUNT; i++) {
    assert_ptr_equal(map_get(&m, name_of(i)), names[i]);
    assert_ptr_equal(m.entries[i].value, names[i]);
  }
  assert_false(map_has(&m, STR("key")));
  assert_null(map_get(&m, STR("key2000")));
  map_done(&m);
  fault_done(&f);
}

static void setting_a_key_again_replaces_its_value(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  struct map m;
  int a, b;
  map_init(&m, &f.alloc);
  assert_false(map_has(&m, STR("")));
  assert_true(map_set(&m, STR(""), &a));
  assert_true(map_set(&m, STR("x"), NULL));
  assert_true(map_set(&m, (struct str){NULL, 0}, &b));
  assert_int_equal(m.count, 2);
  assert_ptr_equal(map_get(&m, STR("")), &b);
  assert_true(map_has(&m, STR("x")));
  assert_null(map_get(&m, STR("x")));
  map_done(&m);
  fault_done(&f);
}

static void keys_may_hold_zero_bytes(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  struct map m;
  int a, b;
  map_init(&m, &f.alloc);
  assert_true(map_set(&m, STR("a\0b"), &a));
  assert_true(map_set(&m, STR("a\0c"), &b));
  assert_ptr_equal(map_get(&m, STR("a\0b")), &a);
  assert_ptr_equal(map_get(&m, STR("a\0c")), &b);
  assert_false(map_has(&m, STR("a")));
  map_done(&m);
  fault_done(&f);
}

static void a_map_may_be_moved_by_assignment(void **state) {
  (void)state;
  struct fault f;
  fault_init(&f);
  struct map old, m;
  map_init(&old, &f.alloc);
  for (int i = 0; i < 100; i++)
    assert_true(map_set(&old, name_of(i), names[i]));
  m = old;
  memset(&old, 0xff, sizeof(old));
  for (int i = 0; i < 100; i++)
    assert_ptr_equal(map_get(&m, name_of(i)), names[i]);
  map_done(&m);
  fault_done(&f);
}

static weir_status fill(const struct weir_alloc *alloc, void *ctx) {
  (void)ctx;
  struct map m;
  map_init(&m, alloc);
  bool ok = true;
  for (int i = 0; i < 200; i++) {
    uint32_t count = m.count;
    if (map_set(&m, name_of(i), names[i]))
      continue;
    ok = false;
    assert_int_equal(m.count, count);
    assert_false(map_has(&m, name_of(i)));
    assert_true(i == 0 || map_has(&m, name_of(i - 1)) || m.count < (uint32_t)i);
  }
  map_done(&m);
  return ok ? WEIR_OK : WEIR_ERR_NOMEM;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  assert_true(fault_sweep(fill, NULL) > 6);
}

static void the_hash_depends_on_every_byte_and_on_the_key(void **state) {
  (void)state;
  uint8_t bytes[32] = {0};
  for (size_t size = 0; size < sizeof(bytes); size++) {
    uint64_t before = hash_keyed(1, 2, bytes, size);
    assert_int_equal(before, hash_keyed(1, 2, bytes, size));
    assert_int_not_equal(before, hash_keyed(1, 3, bytes, size));
    assert_int_not_equal(before, hash_keyed(1, 2, bytes, size + 1));
    for (size_t i = 0; i < size; i++) {
      bytes[i] ^= 0x80;
      assert_int_not_equal(before, hash_keyed(1, 2, bytes, size));
      bytes[i] ^= 0x80;
    }
  }
}

/* Computed by CPython 3.11 (whose hash of bytes is SipHash-1-3) with the key 0. */
static void the_hash_is_siphash_1_3(void **state) {
  (void)state;
  assert_true(hash_keyed(0, 0, "abc", 3) == 0xc03bc3a0042630f2);
  assert_true(hash_keyed(0, 0, "0123456789abcdef", 16) == 0x1d42b30f7e060c24);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_keys_are_found_again_in_order_of_insertion),
      cmocka_unit_test(setting_a_key_again_replaces_its_value),
      cmocka_unit_test(keys_may_hold_zero_bytes),
      cmocka_unit_test(a_map_may_be_moved_by_assignment),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(the_hash_depends_on_every_byte_and_on_the_key),
      cmocka_unit_test(the_hash_is_siphash_1_3),
  };
  return cmocka_run_group_tests(tests, make_names, NULL);
}
