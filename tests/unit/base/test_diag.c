/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The record of the first error and the public error object made from it, with and without memory. */
#include "base/diag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/fault.h"

static void the_first_error_wins(void **state) {
  (void)state;
  struct diag d;
  diag_init(&d);
  assert_int_equal(diag_at(&d, WEIR_ERR_MALFORMED, 17, "bad %s", "byte"), WEIR_ERR_MALFORMED);
  assert_int_equal(diag_set(&d, WEIR_ERR_TRAP, "later"), WEIR_ERR_TRAP);
  assert_int_equal(diag_at(&d, WEIR_ERR_LINK, 99, "later"), WEIR_ERR_LINK);
  assert_int_equal(diag_nomem(&d), WEIR_ERR_NOMEM);
  assert_int_equal(d.status, WEIR_ERR_MALFORMED);
  assert_string_equal(diag_message(&d), "bad byte");
  assert_true(d.has_offset);
  assert_int_equal(d.offset, 17);
  diag_done(&d);
}

static void a_later_offset_is_not_put_to_an_earlier_message(void **state) {
  (void)state;
  struct diag d;
  diag_init(&d);
  diag_set(&d, WEIR_ERR_TYPE, "no place");
  diag_at(&d, WEIR_ERR_PARSE, 3, "a place");
  assert_false(d.has_offset);
  diag_done(&d);
}

static void success_is_no_error(void **state) {
  (void)state;
  struct diag d;
  diag_init(&d);
  assert_int_equal(diag_set(&d, WEIR_OK, "fine"), WEIR_OK);
  assert_int_equal(diag_at(&d, WEIR_OK, 4, "fine"), WEIR_OK);
  diag_prefix(&d, "in x: ");
  assert_string_equal(diag_message(&d), "");
  weir_error *error = NULL;
  assert_int_equal(diag_raise(&d, &error), WEIR_OK);
  assert_null(error);
}

static void no_diag_is_allowed_everywhere(void **state) {
  (void)state;
  weir_error *error = NULL;
  diag_init(NULL);
  assert_int_equal(diag_set(NULL, WEIR_ERR_TRAP, "x"), WEIR_ERR_TRAP);
  assert_int_equal(diag_at(NULL, WEIR_ERR_IO, 1, "x"), WEIR_ERR_IO);
  assert_int_equal(diag_nomem(NULL), WEIR_ERR_NOMEM);
  diag_prefix(NULL, "x");
  diag_backtrace(NULL, "x", 1);
  assert_string_equal(diag_message(NULL), "");
  assert_int_equal(diag_raise(NULL, &error), WEIR_OK);
  assert_null(error);
  diag_done(NULL);
}

/* `count` times a character of three bytes after one of one byte. */
static void set_long(struct diag *d, char *text, int count) {
  size_t at = 0;
  text[at++] = '>';
  for (int i = 0; i < count; i++, at += 3)
    memcpy(text + at, "\xe2\x82\xac", 3);
  text[at] = 0;
  diag_set(d, WEIR_ERR_LINK, "%s", text);
}

static void a_long_message_is_kept_whole(void **state) {
  (void)state;
  struct diag d;
  char text[1000];
  diag_init(&d);
  set_long(&d, text, 300);
  assert_string_equal(diag_message(&d), text);
  diag_prefix(&d, "in %s: ", "a");
  assert_memory_equal(diag_message(&d), "in a: >", 7);
  assert_string_equal(diag_message(&d) + 6, text);
  diag_done(&d);
  assert_int_equal(d.status, WEIR_OK);
}

static void without_memory_a_long_message_is_cut_between_characters(void **state) {
  (void)state;
  for (int spaces = 0; spaces < 3; spaces++) {
    struct diag d;
    char text[1000];
    diag_init(&d);
    fault_system_arm(1, true);
    set_long(&d, text, 300);
    diag_prefix(&d, "%*s", spaces, "");
    fault_system_arm(0, false);
    size_t size = strlen(diag_message(&d));
    assert_true(size < DIAG_INLINE && size > DIAG_INLINE - 5);
    assert_int_equal((size - 1 - (size_t)spaces) % 3, 0);
    assert_memory_equal(diag_message(&d) + spaces, text, size - (size_t)spaces);
    assert_int_equal(d.status, WEIR_ERR_LINK);
    diag_done(&d);
  }
}

static void prefixes_stack_from_the_inside_out(void **state) {
  (void)state;
  struct diag d;
  diag_init(&d);
  diag_nomem(&d);
  diag_prefix(&d, "inner: ");
  diag_prefix(&d, "outer %d: ", 2);
  assert_string_equal(diag_message(&d), "outer 2: inner: out of memory");
  diag_done(&d);
  diag_nomem(&d);
  fault_system_arm(1, true);
  diag_prefix(&d, "inner: ");
  diag_prefix(&d, "outer: ");
  fault_system_arm(0, false);
  assert_string_equal(diag_message(&d), "outer: inner: out of memory");
  diag_done(&d);
}

static void an_error_holds_all_of_the_detail(void **state) {
  (void)state;
  struct diag d;
  weir_error *error = NULL;
  size_t offset = 0;
  diag_init(&d);
  diag_at(&d, WEIR_ERR_EXIT, 5, "exit");
  d.exit_code = 3;
  diag_backtrace(&d, "frame 1\nframe 2\nmore", 15);
  diag_backtrace(&d, "other", 5);
  assert_int_equal(diag_raise(&d, &error), WEIR_ERR_EXIT);
  assert_int_equal(d.status, WEIR_OK);
  assert_string_equal(diag_message(&d), "");
  assert_int_equal(weir_error_status(error), WEIR_ERR_EXIT);
  assert_string_equal(weir_error_message(error), "exit");
  assert_string_equal(weir_error_backtrace(error), "frame 1\nframe 2");
  assert_int_equal(weir_error_exit_code(error), 3);
  assert_true(weir_error_offset(error, &offset));
  assert_true(weir_error_offset(error, NULL));
  assert_int_equal(offset, 5);
  weir_error_free(error);
}

static void an_error_says_what_it_does_not_have(void **state) {
  (void)state;
  struct diag d;
  weir_error *error = NULL;
  size_t offset = 77;
  diag_init(&d);
  d.exit_code = 9;
  diag_set(&d, WEIR_ERR_TRAP, "unreachable");
  diag_raise(&d, &error);
  assert_false(weir_error_offset(error, &offset));
  assert_int_equal(offset, 77);
  assert_string_equal(weir_error_backtrace(error), "");
  assert_int_equal(weir_error_exit_code(error), 1);
  weir_error_free(error);
  weir_error_free(NULL);
}

static void raising_into_nothing_still_gives_the_status(void **state) {
  (void)state;
  struct diag d;
  diag_init(&d);
  diag_set(&d, WEIR_ERR_HOST, "%0*d", 1000, 1);
  assert_int_equal(diag_raise(&d, NULL), WEIR_ERR_HOST);
}

static void without_memory_an_error_keeps_its_status(void **state) {
  (void)state;
  const weir_status statuses[] = {WEIR_ERR_TRAP, WEIR_ERR_NOMEM, WEIR_ERR_EXIT};
  for (size_t i = 0; i < 3; i++) {
    struct diag d;
    weir_error *error = NULL;
    diag_init(&d);
    diag_set(&d, statuses[i], "x");
    fault_system_arm(1, true);
    assert_int_equal(diag_raise(&d, &error), statuses[i]);
    fault_system_arm(0, false);
    assert_non_null(error);
    assert_int_equal(weir_error_status(error), statuses[i]);
    assert_true(strlen(weir_error_message(error)) > 0);
    assert_string_equal(weir_error_backtrace(error), "");
    weir_error_free(error);
    weir_error_free(error);
  }
}

static weir_status second_try(struct diag *d, int *steps) {
  WEIR_TRY(diag_set(d, WEIR_OK, "fine"));
  ++*steps;
  WEIR_TRY(diag_set(d, WEIR_ERR_LIMIT, "enough"));
  ++*steps;
  return WEIR_OK;
}

static void try_returns_at_the_first_failure(void **state) {
  (void)state;
  struct diag d;
  int steps = 0;
  diag_init(&d);
  assert_int_equal(second_try(&d, &steps), WEIR_ERR_LIMIT);
  assert_int_equal(steps, 1);
  diag_done(&d);
}

static void every_status_has_its_name(void **state) {
  (void)state;
  assert_string_equal(weir_status_name(WEIR_OK), "WEIR_OK");
  assert_string_equal(weir_status_name(WEIR_ERR_TRAP), "WEIR_ERR_TRAP");
  assert_string_equal(weir_status_name(WEIR_ERR_EXIT), "WEIR_ERR_EXIT");
  assert_string_equal(weir_status_name((weir_status)-1000), "unknown status");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_error_wins),
      cmocka_unit_test(a_later_offset_is_not_put_to_an_earlier_message),
      cmocka_unit_test(success_is_no_error),
      cmocka_unit_test(no_diag_is_allowed_everywhere),
      cmocka_unit_test(a_long_message_is_kept_whole),
      cmocka_unit_test(without_memory_a_long_message_is_cut_between_characters),
      cmocka_unit_test(prefixes_stack_from_the_inside_out),
      cmocka_unit_test(an_error_holds_all_of_the_detail),
      cmocka_unit_test(an_error_says_what_it_does_not_have),
      cmocka_unit_test(raising_into_nothing_still_gives_the_status),
      cmocka_unit_test(without_memory_an_error_keeps_its_status),
      cmocka_unit_test(try_returns_at_the_first_failure),
      cmocka_unit_test(every_status_has_its_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
