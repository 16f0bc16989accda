/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Options of a command line, in every form that they may be written in, and the pages that print them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/names.h"
#include "cli/options.h"
#include "cli/pages.h"
#include "weir/engine.h"

struct read {
  const char *name;
  bool quiet;
  struct option_number count, size, time;
  uint32_t features;
  int others;
};

static bool take_other(void *options, const char *value) {
  ((struct read *)options)->others++;
  return strcmp(value, "bad") != 0;
}

static const struct option table[] = {
    {"name", 'n', "NAME", "bob", "A name, such as `bob`.", OPTION_TEXT, offsetof(struct read, name), NULL},
    {"quiet", 'q', NULL, NULL, "Say -- \\ nothing.", OPTION_FLAG, offsetof(struct read, quiet), NULL},
    {"count", 0, "N", "7", "A number.", OPTION_NUMBER, offsetof(struct read, count), NULL},
    {"size", 0, "SIZE", "64M", "A size.", OPTION_BYTES, offsetof(struct read, size), NULL},
    {"time", 0, "SECONDS", "2.5", "A time.", OPTION_SECONDS, offsetof(struct read, time), NULL},
    {"other", 0, "X", "good", "Another.", OPTION_OTHER, 0, take_other},
    OPTION_OF_FEATURES(struct read, features),
};

static const struct cli_command command = {
    .name = "test",
    .summary = "test",
    .usage = "FILE\nFILE2",
    .description = "Does a `thing`.\n\n  stands as it is",
    .options = table,
    .option_count = sizeof(table) / sizeof(table[0]),
    .examples = "weir test x\n",
};

/* Reads a command line up to its first operand or its end. */
static enum option_found read_line(struct read *ret, int argc, char **argv, const char **ret_operand) {
  struct option_scan scan = {&command, ret, argc, argv, 1, false};
  return option_next(&scan, ret_operand);
}

/* One option with its value. */
static bool read_one(struct read *ret, const char *option, const char *value) {
  char *argv[] = {"test", (char *)option, (char *)value, NULL};
  const char *operand;
  *ret = (struct read){0};
  return read_line(ret, !value ? 2 : 3, argv, &operand) == OPTIONS_END;
}

static void values_stand_behind_or_are_attached(void **state) {
  (void)state;
  struct read r;
  assert_true(read_one(&r, "--name", "a"));
  assert_string_equal(r.name, "a");
  assert_true(read_one(&r, "--name=b=c", NULL));
  assert_string_equal(r.name, "b=c");
  assert_true(read_one(&r, "-n", "d"));
  assert_string_equal(r.name, "d");
  assert_true(read_one(&r, "-ne", NULL));
  assert_string_equal(r.name, "e");
  assert_true(read_one(&r, "--name=", NULL));
  assert_string_equal(r.name, "");
  assert_false(r.quiet);
  assert_true(read_one(&r, "-q", NULL));
  assert_true(r.quiet);
}

static void operands_may_look_like_options_after_two_dashes(void **state) {
  (void)state;
  char *argv[] = {"test", "-", "-q", "--", "--name", "--", NULL};
  struct read r = {0};
  struct option_scan scan = {&command, &r, 6, argv, 1, false};
  const char *expected[] = {"-", "--name", "--"}, *operand;
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(option_next(&scan, &operand), OPTIONS_OPERAND);
    assert_string_equal(operand, expected[i]);
  }
  assert_int_equal(option_next(&scan, &operand), OPTIONS_END);
  assert_true(r.quiet);
  assert_null(r.name);
}

static void mistakes_are_errors(void **state) {
  (void)state;
  const char *bad[] = {"--nam", "--quiet=1", "-x", "-qq", "--name", "--names=1", "--other=bad", "--features=none"};
  struct read r;
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    assert_false(read_one(&r, bad[i], NULL));
}

static void zero_and_tiny_numbers_are_numbers(void **state) {
  (void)state;
  struct read r;
  assert_true(read_one(&r, "--count", "0"));
  assert_true(r.count.given);
  assert_int_equal(r.count.value, 0);
  assert_true(read_one(&r, "--size", "0K"));
  assert_true(r.size.given);
  assert_int_equal(r.size.value, 0);
  assert_true(read_one(&r, "--time", "0"));
  assert_true(r.time.given);
  assert_int_equal(r.time.value, 0);
  const char *tiny[] = {"0.001", "0.0001", "1e-9", "1e-300"};
  for (size_t i = 0; i < 4; i++) {
    assert_true(read_one(&r, "--time", tiny[i]));
    assert_int_equal(r.time.value, 1);
  }
  assert_true(read_one(&r, "--time", "2.5"));
  assert_int_equal(r.time.value, 2500);
  assert_true(read_one(&r, "--size", "3G"));
  assert_int_equal(r.size.value, 3221225472);
}

static void what_is_no_number_is_an_error(void **state) {
  (void)state;
  struct read r;
  const char *bad[][2] = {
      {"--count", "-1"}, {"--count", "1x"},   {"--count", ""},    {"--count", "18446744073709551616"},
      {"--size", "1T"},  {"--size", "K"},     {"--time", "-0.1"}, {"--time", "nan"},
      {"--time", "inf"}, {"--time", "1e300"}, {"--time", "2.5s"}};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    assert_false(read_one(&r, bad[i][0], bad[i][1]));
}

static void the_nearest_word_is_near(void **state) {
  (void)state;
  const char *names[] = {"run", "inspect", "wast"};
  assert_string_equal(names_nearest("inspct", names, 3), "inspect");
  assert_string_equal(names_nearest("wsat", names, 3), "wast");
  assert_null(names_nearest("completely", names, 3));
  assert_null(names_nearest("", names, 3));
}

static void features_add_to_the_released_ones(void **state) {
  (void)state;
  uint32_t bits = 0;
  assert_true(names_read_features("threading,memory64", &bits));
  assert_int_equal(bits, WEIR_FEATURES_RELEASED | WEIR_FEATURE_THREADING | WEIR_FEATURE_MEMORY64);
  assert_true(names_read_features("released", &bits));
  assert_int_equal(bits, WEIR_FEATURES_RELEASED);
  assert_true(names_read_features("all", &bits));
  assert_int_equal(bits, NAMES_FEATURES_ALL);
  assert_false(names_read_features("thread", &bits));
  assert_false(names_read_features("threading,,map", &bits));
}

/* ---- pages ------------------------------------------------------------------------------------------------------- */

static void expect_in(const char *page, const char *text) {
  if (!strstr(page, text))
    fail_msg("`%s` is not in:\n%s", text, page);
}

static void help_has_each_option_and_short_lines(void **state) {
  (void)state;
  char *page = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&page, &size);
  pages_help(out, &command);
  fclose(out);
  expect_in(page, "usage: weir test FILE\n       weir test FILE2\n\nDoes a `thing`.\n\n  stands as it is\n");
  for (size_t i = 0; i < command.option_count; i++)
    expect_in(page, table[i].name);
  expect_in(page, "\n  -n, --name NAME         A name, such as `bob`.\n  -q, --quiet             Say");
  expect_in(page, "\nexamples:\n  weir test x\n");
  for (const char *line = page; *line != '\0'; line += strcspn(line, "\n") + 1)
    assert_in_range(strcspn(line, "\n"), 0, 100);
  free(page);
}

static void the_manual_page_escapes_what_roff_takes_for_its_own(void **state) {
  (void)state;
  const struct cli_command *const commands[] = {&command};
  char *page = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&page, &size);
  pages_man(out, commands, 1);
  fclose(out);
  expect_in(page, ".It Fl n , Fl \\-name Ar NAME\nA name, such as \\fBbob\\fP.\n");
  expect_in(page, "Say \\-\\- \\e nothing.\n");
  expect_in(page, ".Bd -literal -offset indent\nstands as it is\n.Ed\n");
  free(page);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_stand_behind_or_are_attached),
      cmocka_unit_test(operands_may_look_like_options_after_two_dashes),
      cmocka_unit_test(mistakes_are_errors),
      cmocka_unit_test(zero_and_tiny_numbers_are_numbers),
      cmocka_unit_test(what_is_no_number_is_an_error),
      cmocka_unit_test(the_nearest_word_is_near),
      cmocka_unit_test(features_add_to_the_released_ones),
      cmocka_unit_test(help_has_each_option_and_short_lines),
      cmocka_unit_test(the_manual_page_escapes_what_roff_takes_for_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
