/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Handles with generations: stale ones are known, also after their pool is gone; memory may run out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/handle.h"
#include "support/fault.h"

struct fixture {
  struct fault fault;
  struct handle_home home;
  struct handle_pool pool;
};

static void open_fixture(struct fixture *f) {
  fault_init(&f->fault);
  handle_home_init(&f->home, &f->fault.alloc, NULL);
  handle_pool_init(&f->pool, &f->home, NULL);
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
  void *first = handle_take(&f.pool, HANDLE_CALL, &a), *second = handle_take(&f.pool, HANDLE_CALL, &b);
  assert_ptr_equal(handle_object(first, HANDLE_CALL), &a);
  assert_ptr_equal(handle_object(second, HANDLE_CALL), &b);
  handle_give(&f.pool, first);
  assert_null(handle_object(first, HANDLE_CALL));
  assert_ptr_equal(handle_object(second, HANDLE_CALL), &b);
  assert_null(handle_object(NULL, HANDLE_CALL));
  handle_give(&f.pool, NULL);
  close_fixture(&f);
}

static void a_place_that_is_used_again_does_not_revive_old_handles(void **state) {
  (void)state;
  struct fixture f;
  int object, uses = 1;
  open_fixture(&f);
  void *old = handle_take(&f.pool, HANDLE_CALL, &object);
  handle_give(&f.pool, old);
  for (;;) {
    void *again = handle_take(&f.pool, HANDLE_CALL, &object);
    if (again == old)
      break; /* the promise ends here */
    assert_null(handle_object(old, HANDLE_CALL));
    uses += handle_cell_of(again) == handle_cell_of(old);
    handle_give(&f.pool, again);
  }
  assert_int_equal(uses, 65536);
  close_fixture(&f);
}

static void a_place_is_not_used_again_at_once(void **state) {
  (void)state;
  struct fixture f;
  int object;
  open_fixture(&f);
  void *first = handle_take(&f.pool, HANDLE_CALL, &object);
  handle_give(&f.pool, first);
  assert_ptr_not_equal(handle_cell_of(handle_take(&f.pool, HANDLE_CALL, &object)), handle_cell_of(first));
  close_fixture(&f);
}

static void a_handle_of_one_kind_is_none_of_another(void **state) {
  (void)state;
  struct fixture f;
  int object;
  open_fixture(&f);
  void *end = handle_take(&f.pool, HANDLE_END, &object);
  assert_int_equal(handle_kind_of(end), HANDLE_END);
  for (int kind = HANDLE_NONE; kind < HANDLE_KINDS; kind++)
    if (kind != HANDLE_END)
      assert_null(handle_object(end, (enum handle_kind)kind));
  close_fixture(&f);
}

static void a_renewed_handle_is_lost_to_who_has_the_old_one(void **state) {
  (void)state;
  struct fixture f;
  int object;
  open_fixture(&f);
  void *old = handle_take(&f.pool, HANDLE_RESOURCE, &object), *new = handle_renew(old);
  assert_null(handle_object(old, HANDLE_RESOURCE));
  assert_ptr_equal(handle_object(new, HANDLE_RESOURCE), &object);
  handle_give(&f.pool, new);
  assert_null(handle_object(old, HANDLE_RESOURCE));
  assert_null(handle_object(new, HANDLE_RESOURCE));
  close_fixture(&f);
}

static void handles_of_a_pool_that_is_gone_are_stale(void **state) {
  (void)state;
  struct fixture f;
  int object;
  open_fixture(&f);
  void *old = handle_take(&f.pool, HANDLE_CALL, &object);
  handle_give(&f.pool, old);
  handle_pool_done(&f.pool);
  assert_null(handle_object(old, HANDLE_CALL));
  handle_pool_init(&f.pool, &f.home, NULL);
  void *handles[1000];
  for (int i = 0; i < 1000; i++) {
    handles[i] = handle_take(&f.pool, HANDLE_CALL, &handles[i]);
    assert_non_null(handles[i]);
  }
  for (int i = 0; i < 1000; i++)
    assert_ptr_equal(handle_object(handles[i], HANDLE_CALL), &handles[i]);
  assert_null(handle_object(old, HANDLE_CALL));
  close_fixture(&f);
}

static void without_memory_there_is_no_handle(void **state) {
  (void)state;
  struct fixture f;
  int object;
  open_fixture(&f);
  fault_arm(&f.fault, 1, false);
  assert_null(handle_take(&f.pool, HANDLE_CALL, &object));
  assert_non_null(handle_take(&f.pool, HANDLE_CALL, &object)); /* there is some again */
  close_fixture(&f);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_handle_leads_to_its_object_until_it_is_given_back),
      cmocka_unit_test(a_place_that_is_used_again_does_not_revive_old_handles),
      cmocka_unit_test(a_place_is_not_used_again_at_once),
      cmocka_unit_test(a_handle_of_one_kind_is_none_of_another),
      cmocka_unit_test(a_renewed_handle_is_lost_to_who_has_the_old_one),
      cmocka_unit_test(handles_of_a_pool_that_is_gone_are_stale),
      cmocka_unit_test(without_memory_there_is_no_handle),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
