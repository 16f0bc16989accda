/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The intrusive ring. */
#include "base/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct item {
  int number;
  struct list node;
};

/* The numbers in the list as decimal digits of one number, first to last. */
static int digits(const struct list *head) {
  int n = 0;
  for (const struct list *at = head->next; at != head; at = at->next)
    n = n * 10 + LIST_OWNER(at, struct item, node)->number;
  return n;
}

static void items_are_appended_prepended_and_removed(void **state) {
  (void)state;
  struct list head;
  struct item a = {.number = 1}, b = {.number = 2}, c = {.number = 3};
  list_init(&head);
  assert_true(list_empty(&head));
  list_append(&head, &a.node);
  list_append(&head, &b.node);
  list_prepend(&head, &c.node);
  assert_int_equal(digits(&head), 312);
  list_remove(&a.node);
  assert_int_equal(digits(&head), 32);
  list_remove(&a.node);
  assert_int_equal(digits(&head), 32);
  list_remove(&b.node);
  list_remove(&c.node);
  assert_true(list_empty(&head));
}

static void taking_all_leaves_an_empty_list_that_can_be_added_to(void **state) {
  (void)state;
  struct list from, to;
  struct item a = {.number = 1}, b = {.number = 2};
  list_init(&from);
  list_append(&from, &a.node);
  list_take(&to, &from);
  assert_true(list_empty(&from));
  list_append(&from, &b.node);
  assert_int_equal(digits(&to), 1);
  assert_int_equal(digits(&from), 2);
  list_remove(&a.node);
  assert_true(list_empty(&to));
  list_init(&from);
  list_take(&to, &from);
  assert_true(list_empty(&to));
}

static void one_list_is_appended_to_another(void **state) {
  (void)state;
  struct list head, from;
  struct item a = {.number = 1}, b = {.number = 2}, c = {.number = 3};
  list_init(&head);
  list_init(&from);
  list_append_all(&head, &from);
  assert_true(list_empty(&head));
  list_append(&from, &a.node);
  list_append(&from, &b.node);
  list_append_all(&head, &from);
  assert_true(list_empty(&from));
  assert_int_equal(digits(&head), 12);
  list_append(&from, &c.node);
  list_append_all(&head, &from);
  assert_int_equal(digits(&head), 123);
  list_remove(&b.node);
  assert_int_equal(digits(&head), 13);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(items_are_appended_prepended_and_removed),
      cmocka_unit_test(one_list_is_appended_to_another),
      cmocka_unit_test(taking_all_leaves_an_empty_list_that_can_be_added_to),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
