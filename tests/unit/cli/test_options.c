/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Options of a command line, in every form that they may be written in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/options.h"
#include "weir/engine.h"

static const struct option_spec specs[] = {{"name", 'n', "a name"}, {"quiet", 'q', NULL}};

static struct option_scan scan_of(int argc, char **argv) {
  return (struct option_scan){"test", specs, 2, argc, argv, 1, false};
}

static void values_stand_behind_or_are_attached(void **state) {
  (void)state;
  char *argv[] = {"test", "--name", "a", "--name=b=c", "-n", "d", "-ne", "-q", "--name=", NULL};
  struct option_scan scan = scan_of(9, argv);
  const char *expected[] = {"a", "b=c", "d", "e"}, *value;
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(option_next(&scan, &value), 0);
    assert_string_equal(value, expected[i]);
  }
  assert_int_equal(option_next(&scan, &value), 1);
  assert_null(value);
  assert_int_equal(option_next(&scan, &value), 0);
  assert_string_equal(value, "");
  assert_int_equal(option_next(&scan, &value), OPTION_END);
}

static void operands_may_look_like_options_after_two_dashes(void **state) {
  (void)state;
  char *argv[] = {"test", "-", "--", "--name", "--", NULL};
  struct option_scan scan = scan_of(5, argv);
  const char *expected[] = {"-", "--name", "--"}, *value;
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(option_next(&scan, &value), OPTION_OPERAND);
    assert_string_equal(value, expected[i]);
  }
  assert_int_equal(option_next(&scan, &value), OPTION_END);
}

static void mistakes_are_errors(void **state) {
  (void)state;
  char *bad[] = {"--nam", "--quiet=1", "-x", "-qq", "--name", "--names=1"};
  const char *value;
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    char *argv[] = {"test", bad[i], NULL};
    struct option_scan scan = scan_of(2, argv);
    assert_int_equal(option_next(&scan, &value), OPTION_ERROR);
  }
}

static void the_nearest_word_is_near(void **state) {
  (void)state;
  const char *names[] = {"run", "inspect", "wast"};
  assert_string_equal(option_nearest("inspct", names, 3), "inspect");
  assert_string_equal(option_nearest("wsat", names, 3), "wast");
  assert_null(option_nearest("completely", names, 3));
  assert_null(option_nearest("", names, 3));
}

static void features_add_to_the_released_ones(void **state) {
  (void)state;
  uint32_t bits = 0;
  assert_true(option_features("threading,memory64", &bits));
  assert_int_equal(bits, WEIR_FEATURES_RELEASED | WEIR_FEATURE_THREADING | WEIR_FEATURE_MEMORY64);
  assert_true(option_features("released", &bits));
  assert_int_equal(bits, WEIR_FEATURES_RELEASED);
  assert_true(option_features("all", &bits));
  assert_int_equal(bits, OPTION_FEATURES_ALL);
  assert_false(option_features("thread", &bits));
  assert_false(option_features("threading,,map", &bits));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_stand_behind_or_are_attached),
      cmocka_unit_test(operands_may_look_like_options_after_two_dashes),
      cmocka_unit_test(mistakes_are_errors),
      cmocka_unit_test(the_nearest_word_is_near),
      cmocka_unit_test(features_add_to_the_released_ones),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
