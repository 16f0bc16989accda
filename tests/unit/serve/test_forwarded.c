/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Whom proxies name, and who of them is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "serve/client.h"
#include "serve/forwarded.h"

enum { STANDARD = WEIR_SERVE_FORWARDED_STANDARD, X = WEIR_SERVE_FORWARDED_X };

static struct sockaddr_storage address(const char *text) {
  struct sockaddr_storage a = {0};
  if (!forwarded_node(str_from(text), &a))
    fail_msg("%s is no address", text);
  return a;
}

static bool trusts(const char *range, const char *text) {
  struct trust t;
  struct sockaddr_storage a = address(text);
  assert_true(trust_read(range, &t));
  return trust_has(&t, 1, (const struct sockaddr *)&a);
}

static void ranges_have_what_they_say(void **state) {
  (void)state;
  assert_true(trusts("10.0.0.0/8", "10.255.0.1"));
  assert_false(trusts("10.0.0.0/8", "11.0.0.1"));
  assert_true(trusts("192.0.2.1", "192.0.2.1:99"));
  assert_false(trusts("192.0.2.1", "192.0.2.2"));
  assert_true(trusts("192.0.2.128/25", "::ffff:192.0.2.200"));
  assert_false(trusts("192.0.2.128/25", "192.0.2.127"));
  assert_true(trusts("0.0.0.0/0", "8.8.8.8"));
  assert_false(trusts("0.0.0.0/0", "2001:db8::1"));
  assert_true(trusts("::/0", "8.8.8.8")); /* as all that sockets show */
  assert_true(trusts("2001:db8::/31", "2001:db9::1"));
  assert_false(trusts("2001:db8::/32", "2001:db9::1"));
}

static void what_is_no_range_is_refused(void **state) {
  static const char *const wrong[] = {
      "",       "10",        "10.0.0.0/33", "10.0.0.0/",     "10.0.0.0/-1", "10.0.0.0/8/8",
      "::/129", "localhost", "10.0.0.0/8 ", "10.0.0.0/0008", "[::1]"};
  struct trust t;
  (void)state;
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
    if (trust_read(wrong[i], &t))
      fail_msg("%s is read", wrong[i]);
}

static void addresses_are_read_as_proxies_write_them(void **state) {
  static const char *const right[][2] = {{"192.0.2.1", "192.0.2.1:0"},
                                         {"192.0.2.1:80", "192.0.2.1:80"},
                                         {"192.0.2.1:_hidden", "192.0.2.1:0"},
                                         {"[2001:db8::1]", "[2001:db8::1]:0"},
                                         {"[2001:db8::1]:80", "[2001:db8::1]:80"},
                                         {"2001:db8::1", "[2001:db8::1]:0"}};
  static const char *const wrong[] = {
      "",     "unknown", "_x",          "192.0.2.1:",      "192.0.2.1:80x", "192.0.2.1:65536",
      "[::1", "::1]",    "[192.0.2.1]", "[::1]80",         ":80",           "[]:80",
      "1.2",  "[::1]:",  "192.0.2.1 ",  "192.0.2.1:123456"};
  struct sockaddr_storage a;
  char text[CLIENT_TEXT];
  (void)state;
  for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
    a = address(right[i][0]);
    client_text(&a, text);
    assert_string_equal(text, right[i][1]);
  }
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
    if (forwarded_node(str_from(wrong[i]), &a))
      fail_msg("%s is read", wrong[i]);
}

/* What is learnt of fields, "name: value" lines; from 10.0.0.1, where 10/8 is believed, unless `peer` is another. */
static void expect(int kind, const char *peer, const char *lines, const char *want) {
  struct http_fields fields;
  struct forwarded f;
  struct trust ten;
  struct sockaddr_storage from = address(peer);
  char client[CLIENT_TEXT], got[512];
  http_fields_init(&fields, &mem_system);
  assert_true(trust_read("10.0.0.0/8", &ten));
  for (const char *line = lines; *line;) {
    const char *colon = strchr(line, ':'), *end = strchr(line, '\n');
    assert_non_null(end);
    assert_int_equal(http_fields_add(&fields, (struct str){line, (size_t)(colon - line)},
                                     (struct str){colon + 2, (size_t)(end - colon) - 2}),
                     HTTP_FIELD_OK);
    line = end + 1;
  }
  forwarded_read(&fields, kind, &from, &ten, 1, &f);
  client_text(&f.client, client);
  snprintf(got, sizeof(got), "%s %.*s %.*s", client, (int)f.scheme.size, f.scheme.data ? f.scheme.data : "",
           (int)f.host.size, f.host.data ? f.host.data : "");
  if (strcmp(got, want) != 0)
    fail_msg("%s: %s instead of %s", lines, got, want);
  http_fields_done(&fields);
}

static void the_last_who_is_not_believed_is_the_client(void **state) {
  (void)state;
  expect(X, "10.0.0.1:5", "x-forwarded-for: 192.0.2.1\n", "192.0.2.1:0  ");
  expect(X, "10.0.0.1:5", "X-Forwarded-For: 6.6.6.6, 192.0.2.1, 10.1.1.1\n", "192.0.2.1:0  ");
  expect(X, "10.0.0.1:5", "x-forwarded-for: 6.6.6.6\nx-forwarded-for: 192.0.2.1\n", "192.0.2.1:0  ");
  expect(X, "10.0.0.1:5", "x-forwarded-for: 10.2.2.2, 10.3.3.3\n", "10.2.2.2:0  ");
  expect(X, "10.0.0.1:5", "x-forwarded-for: 192.0.2.1, nonsense\n", "10.0.0.1:5  ");
  expect(X, "10.0.0.1:5", "x-forwarded-for: 192.0.2.1,\n", "10.0.0.1:5  ");
  expect(X, "10.0.0.1:5", "", "10.0.0.1:5  ");
  expect(X, "11.0.0.1:5", "x-forwarded-for: 192.0.2.1\nx-forwarded-proto: https\n", "11.0.0.1:5  ");
}

static void the_standard_field_says_the_same(void **state) {
  (void)state;
  expect(STANDARD, "10.0.0.1:5", "forwarded: for=192.0.2.1;proto=https;host=shop.example\n",
         "192.0.2.1:0 https shop.example");
  expect(STANDARD, "10.0.0.1:5", "Forwarded: For=\"[2001:db8::1]:47\" ; Proto=HTTPS\n", "[2001:db8::1]:47 https ");
  expect(STANDARD, "10.0.0.1:5",
         "forwarded: for=6.6.6.6;proto=http, for=192.0.2.1;proto=https, for=10.0.0.9;proto=http\n",
         "192.0.2.1:0 https ");
  expect(STANDARD, "10.0.0.1:5", "forwarded: for=unknown;proto=https\n", "10.0.0.1:5 https ");
  expect(STANDARD, "10.0.0.1:5", "forwarded: for=\"a, for=6.6.6.6\";proto=https\n", "10.0.0.1:5 https ");
  expect(STANDARD, "10.0.0.1:5", "forwarded: for=6.6.6.6;for=7.7.7.7\n", "10.0.0.1:5  ");
  expect(STANDARD, "10.0.0.1:5", "forwarded: for=\"192.0.2.\\1\"\n", "10.0.0.1:5  ");
  expect(STANDARD, "10.0.0.1:5", "forwarded: \"for=6.6.6.6\n", "10.0.0.1:5  ");
  expect(STANDARD, "10.0.0.1:5", "forwarded: proto=gopher;host=a b\n", "10.0.0.1:5  ");
}

static void the_other_kind_is_not_believed(void **state) {
  (void)state;
  expect(X, "10.0.0.1:5", "forwarded: for=6.6.6.6;proto=https\n", "10.0.0.1:5  ");
  expect(STANDARD, "10.0.0.1:5", "x-forwarded-for: 6.6.6.6\nx-forwarded-proto: https\n", "10.0.0.1:5  ");
}

static void the_last_scheme_and_host_count(void **state) {
  (void)state;
  expect(X, "10.0.0.1:5", "x-forwarded-proto: http, https\nx-forwarded-host: evil, shop.example:81\n",
         "10.0.0.1:5 https shop.example:81");
  expect(X, "10.0.0.1:5", "x-forwarded-proto: \nx-forwarded-host: a/b\n", "10.0.0.1:5  ");
}

static void a_long_list_is_read_from_its_end(void **state) {
  char lines[2048] = "x-forwarded-for: 6.6.6.6";
  (void)state;
  for (int i = 0; i < 15; i++)
    strcat(lines, ", 10.0.0.2");
  char next[4096];
  snprintf(next, sizeof(next), "%s\n", lines);
  expect(X, "10.0.0.1:5", next, "6.6.6.6:0  ");
  snprintf(next, sizeof(next), "%s, 10.0.0.3\n", lines);
  expect(X, "10.0.0.1:5", next, "10.0.0.2:0  "); /* beyond the bound nobody is asked */
}

static void all_kinds_are_removed(void **state) {
  static const char *const names[] = {"Forwarded", "X-Forwarded-For", "x-forwarded-proto", "x-forwarded-host",
                                      "x-real-ip"};
  struct http_fields fields;
  (void)state;
  http_fields_init(&fields, &mem_system);
  for (size_t i = 0; i < 5; i++)
    http_fields_add(&fields, str_from(names[i]), STR("1.2.3.4"));
  http_fields_add(&fields, STR("accept"), STR("*"));
  forwarded_remove(&fields);
  assert_int_equal(http_fields_count(&fields), 1);
  http_fields_done(&fields);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ranges_have_what_they_say),
      cmocka_unit_test(what_is_no_range_is_refused),
      cmocka_unit_test(addresses_are_read_as_proxies_write_them),
      cmocka_unit_test(the_last_who_is_not_believed_is_the_client),
      cmocka_unit_test(the_standard_field_says_the_same),
      cmocka_unit_test(the_other_kind_is_not_believed),
      cmocka_unit_test(the_last_scheme_and_host_count),
      cmocka_unit_test(a_long_list_is_read_from_its_end),
      cmocka_unit_test(all_kinds_are_removed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
