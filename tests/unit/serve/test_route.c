/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Which route a request takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "serve/route.h"

static const weir_serve_route routes[] = {
    {NULL, "/shop", NULL}, {"shop.example", NULL, NULL}, {"shop.example", "/cart/", NULL}, {NULL, "/shop/old", NULL}};

enum { COUNT = sizeof(routes) / sizeof(routes[0]) };

static uint32_t find(const char *authority, const char *path) {
  return route_find(routes, COUNT, str_from(authority), str_from(path));
}

static void the_longest_path_that_fits_whole_segments(void **state) {
  (void)state;
  assert_int_equal(find("a", "/shop"), 0);
  assert_int_equal(find("a", "/shop/x"), 0);
  assert_int_equal(find("a", "/shop?x"), 0);
  assert_int_equal(find("a", "/shop/old/x"), 3);
  assert_int_equal(find("a", "/shop/older"), 0);
  assert_int_equal(find("a", "/shopping"), COUNT);
  assert_int_equal(find("", "*"), COUNT);
}

static void a_host_comes_before_a_path(void **state) {
  (void)state;
  assert_int_equal(find("shop.example", "/shop/old"), 1);
  assert_int_equal(find("Shop.Example:8080", "/x"), 1);
  assert_int_equal(find("shop.example", "/cart"), 2);
  assert_int_equal(find("shop.example", "/cart/1"), 2);
  assert_int_equal(find("shop.example.org", "/x"), COUNT);
  assert_int_equal(find("8080", "/x"), COUNT);
}

static void without_routes_none_fits(void **state) {
  (void)state;
  assert_int_equal(route_find(NULL, 0, STR("a"), STR("/")), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_longest_path_that_fits_whole_segments),
      cmocka_unit_test(a_host_comes_before_a_path),
      cmocka_unit_test(without_routes_none_fits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
