/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Handles with generations: stale ones are known, also after their pool is gone; memory may run out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "embed/handle.h"
#include "support/fault.h"

struct fixture {
  struct fault fault;
  struct handle_home home;
  struct handle_pool pool;
};

static void open_fixture(struct fixture *f) {
  fault_init(&f->fault);
  handle_home_init(&f->home, &f->fault.alloc);
  handle_pool_init(&f->pool, &f->home);
}

static void close_fixture(struct fixture *f) {
  handle_pool_done(&f->pool);
  handle_home_done(&f->home);
  fault_done(&f->fault);
}

static void a_handle_leads_to_its_object_until_it_is_given_back(void **state) {
  (void)state;
  struct fixture f;
  int a, b;
  open_fixture(&f);
  void *first = handle_take(&f.pool, &a), *second = handle_take(&f.pool, &b);
  assert_ptr_equal(handle_object(first), &a);
  assert_ptr_equal(handle_object(second), &b);
  handle_give(&f.pool, first);
  assert_null(handle_object(first));
  assert_ptr_equal(handle_object(second), &b);
  assert_null(handle_object(NULL));
  handle_give(&f.pool, NULL);
  close_fixture(&f);
}

static void a_place_that_is_used_again_does_not_revive_old_handles(void **state) {
  (void)state;
  struct fixture f;
  int object;
  open_fixture(&f);
  void *old = handle_take(&f.pool, &object);
  handle_give(&f.pool, old);
  for (int i = 1; i < 65536; i++) {
    void *again = handle_take(&f.pool, &object);
    assert_ptr_equal(handle_cell_of(again), handle_cell_of(old));
    assert_ptr_not_equal(again, old);
    assert_null(handle_object(old));
    handle_give(&f.pool, again);
  }
  void *same = handle_take(&f.pool, &object); /* the promise ends here */
  assert_ptr_equal(same, old);
  close_fixture(&f);
}

static void handles_of_a_pool_that_is_gone_are_stale(void **state) {
  (void)state;
  struct fixture f;
  int object;
  open_fixture(&f);
  void *old = handle_take(&f.pool, &object);
  handle_give(&f.pool, old);
  handle_pool_done(&f.pool);
  assert_null(handle_object(old));
  handle_pool_init(&f.pool, &f.home);
  void *handles[1000];
  for (int i = 0; i < 1000; i++) {
    handles[i] = handle_take(&f.pool, &handles[i]);
    assert_non_null(handles[i]);
  }
  for (int i = 0; i < 1000; i++)
    assert_ptr_equal(handle_object(handles[i]), &handles[i]);
  assert_null(handle_object(old));
  close_fixture(&f);
}

static void without_memory_there_is_no_handle(void **state) {
  (void)state;
  struct fixture f;
  int object;
  open_fixture(&f);
  fault_arm(&f.fault, 1, false);
  assert_null(handle_take(&f.pool, &object));
  assert_non_null(handle_take(&f.pool, &object)); /* there is some again */
  close_fixture(&f);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_handle_leads_to_its_object_until_it_is_given_back),
      cmocka_unit_test(a_place_that_is_used_again_does_not_revive_old_handles),
      cmocka_unit_test(handles_of_a_pool_that_is_gone_are_stale),
      cmocka_unit_test(without_memory_there_is_no_handle),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
