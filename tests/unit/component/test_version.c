/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Which versions of an interface stand in for each other. */
#include "component/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_both_ways(const char *a, const char *b, bool compatible) {
  if (version_compatible(str_from(a), str_from(b)) != compatible ||
      version_compatible(str_from(b), str_from(a)) != compatible)
    fail_msg("%s and %s", a, b);
}

static void the_same_name_is_compatible(void **state) {
  (void)state;
  assert_both_ways("a:b/c@1.2.3", "a:b/c@1.2.3", true);
  assert_both_ways("a:b/c", "a:b/c", true);
  assert_both_ways("plain", "plain", true);
  assert_both_ways("a:b/c@1.0.0-rc.1", "a:b/c@1.0.0-rc.1", true);
}

static void up_to_the_first_part_that_is_not_zero(void **state) {
  (void)state;
  assert_both_ways("a:b/c@1.2.3", "a:b/c@1.9.0", true);
  assert_both_ways("a:b/c@1.2.3", "a:b/c@2.2.3", false);
  assert_both_ways("a:b/c@0.3.0", "a:b/c@0.3.17", true);
  assert_both_ways("a:b/c@0.3.0", "a:b/c@0.4.0", false);
  assert_both_ways("a:b/c@0.0.1", "a:b/c@0.0.1", true);
  assert_both_ways("a:b/c@0.0.1", "a:b/c@0.0.2", false);
  assert_both_ways("a:b/c@1.0.0", "a:b/c@0.1.0", false);
  assert_both_ways("a:b/c@1.0.0", "a:b/c@10.0.0", false);
  assert_both_ways("a:b/c@0.3.0", "a:b/c@0.30.0", false);
}

static void other_names_are_not_compatible(void **state) {
  (void)state;
  assert_both_ways("a:b/c@1.2.3", "a:b/d@1.2.3", false);
  assert_both_ways("a:b/c@1.2.3", "a:b/c", false);
  assert_both_ways("a:b/c@1.2.3", "a:b/cc@1.2.3", false);
}

static void a_prerelease_is_only_itself(void **state) {
  (void)state;
  assert_both_ways("a:b/c@0.3.0-rc-2025", "a:b/c@0.3.0", false);
  assert_both_ways("a:b/c@0.3.0-rc-2025", "a:b/c@0.3.0-rc-2026", false);
}

static void builds_of_one_version(void **state) {
  (void)state;
  assert_both_ways("a:b/c@0.0.1+one", "a:b/c@0.0.1", true);
  assert_both_ways("a:b/c@1.2.3+a-b", "a:b/c@1.2.3", true); /* no pre-release */
  assert_both_ways("a:b/c@1.2.3-rc+one", "a:b/c@1.2.3-rc", true);
  assert_both_ways("a:b/c@1.2.3+one", "a:b/c@1.2.3+one", true);
  assert_both_ways("a:b/c@2.2.3+one", "a:b/c@1.2.3+one", false);
}

static void canonical_versions_are_tracks(void **state) {
  (void)state;
  assert_both_ways("a:b/c@1", "a:b/c@1.2.3", true);
  assert_both_ways("a:b/c@0.2", "a:b/c@0.2.6", true);
  assert_both_ways("a:b/c@0.0.1", "a:b/c@0.0.1", true);
  assert_both_ways("a:b/c@0.2", "a:b/c@0.3.0", false);
  assert_both_ways("a:b/c@0.2", "a:b/c@0.2.6-rc.1", false);
}

static void versions_have_an_order(void **state) {
  static const char *const order[] = {"0.0.1",
                                      "0.2",
                                      "0.2.0",
                                      "0.2.9",
                                      "0.2.10",
                                      "1.0.0-alpha",
                                      "1.0.0-alpha.1",
                                      "1.0.0-alpha.beta",
                                      "1.0.0-beta.2",
                                      "1.0.0-beta.11",
                                      "1.0.0-rc.1",
                                      "1.0.0",
                                      "1.0.0+a",
                                      "1.0.0+b",
                                      "2.0.0",
                                      "10.0.0",
                                      "18446744073709551616.0.0"};
  (void)state;
  for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
    for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++) {
      char a[64], b[64];
      snprintf(a, sizeof(a), "a:b/c@%s", order[i]);
      snprintf(b, sizeof(b), "a:b/c@%s", order[k]);
      int compared = version_compare(str_from(a), str_from(b));
      if ((compared > 0) != (i > k) || (compared < 0) != (i < k))
        fail_msg("%s and %s: %d", order[i], order[k], compared);
    }
  }
}

static void the_exact_one_is_better_then_the_highest(void **state) {
  (void)state;
  struct str want = STR("a:b/c@1.2.0"), none = {0};
  assert_true(version_better(want, STR("a:b/c@1.1.0"), none));
  assert_true(version_better(want, STR("a:b/c@1.3.0"), STR("a:b/c@1.1.0")));
  assert_false(version_better(want, STR("a:b/c@1.1.0"), STR("a:b/c@1.3.0")));
  assert_true(version_better(want, want, STR("a:b/c@1.3.0")));
  assert_false(version_better(want, STR("a:b/c@1.3.0"), want));
  assert_false(version_better(want, STR("a:b/c@2.3.0"), none));
  assert_true(version_better(STR(""), STR(""), none));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_name_is_compatible),    cmocka_unit_test(up_to_the_first_part_that_is_not_zero),
      cmocka_unit_test(other_names_are_not_compatible), cmocka_unit_test(a_prerelease_is_only_itself),
      cmocka_unit_test(builds_of_one_version),          cmocka_unit_test(canonical_versions_are_tracks),
      cmocka_unit_test(versions_have_an_order),         cmocka_unit_test(the_exact_one_is_better_then_the_highest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
