/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Fields and failures of src/http. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after those */
#include <cmocka.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "http/exchange.h"
#include "support/fault.h"

static void assert_str(struct str s, const char *expected) {
  assert_true(str_eq(s, str_from(expected)));
}

static enum http_field_fault add(struct http_fields *f, const char *name, const char *value) {
  return http_fields_add(f, str_from(name), str_from(value));
}

static void names_are_found_without_case_and_kept_with_it(void **state) {
  (void)state;
  struct http_fields f;
  http_fields_init(&f, &mem_system);
  assert_int_equal(add(&f, "Set-Cookie", "a"), HTTP_FIELD_OK);
  assert_int_equal(add(&f, "X", " \tmiddle \t"), HTTP_FIELD_OK);
  assert_int_equal(add(&f, "set-cookie", ""), HTTP_FIELD_OK);
  assert_int_equal(http_fields_find(&f, STR("SET-COOKIE"), 0), 0);
  assert_int_equal(http_fields_find(&f, STR("SET-COOKIE"), 1), 2);
  assert_int_equal(http_fields_find(&f, STR("set-cooki"), 0), HTTP_FIELD_NONE);
  assert_str(http_fields_at(&f, 0).name, "Set-Cookie");
  assert_str(http_fields_at(&f, 1).value, "middle");
  assert_int_equal(http_fields_remove(&f, STR("Set-cookie")), 2);
  assert_int_equal(http_fields_count(&f), 1);
  assert_str(http_fields_at(&f, 0).name, "X");
  assert_str(http_fields_at(&f, 0).value, "middle");
  assert_int_equal(http_fields_size(&f), HTTP_FIELD_COST + 1 + 6);
  http_fields_done(&f);
}

static void what_no_field_may_have_is_refused(void **state) {
  (void)state;
  static const char *const names[] = {"", "a b", "a:", "a\r", "\xc3\xa4", "a\n", "(", "a\x7f"};
  static const char *const values[] = {"a\rb", "a\nb", "a\x01", "\x7f"};
  struct http_fields f;
  http_fields_init(&f, &mem_system);
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    assert_int_equal(add(&f, names[i], "v"), HTTP_FIELD_SYNTAX);
  for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
    assert_int_equal(add(&f, "n", values[i]), HTTP_FIELD_SYNTAX);
  assert_int_equal(http_fields_add(&f, STR("n"), STR("a\0b")), HTTP_FIELD_SYNTAX);
  assert_int_equal(add(&f, "n", "\x80\xff obs"), HTTP_FIELD_OK);
  assert_int_equal(http_fields_count(&f), 1);
  http_fields_done(&f);
}

static void tokens_have_their_characters_and_no_others(void **state) {
  (void)state;
  static const char allowed[] =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"; /* RFC 9110, section 5.6.2 */
  for (int i = 0; i < 256; i++) {
    char c = (char)i;
    assert_int_equal(http_is_token((struct str){&c, 1}), i != 0 && strchr(allowed, i));
  }
}

static void bytes_and_count_are_bounded(void **state) {
  (void)state;
  struct http_fields f;
  http_fields_init(&f, &mem_system);
  f.most_bytes = 2 * HTTP_FIELD_COST + 4;
  f.most_count = 2;
  assert_int_equal(add(&f, "a", "1234"), HTTP_FIELD_OK);
  assert_int_equal(add(&f, "b", ""), HTTP_FIELD_SIZE);
  http_fields_clear(&f);
  assert_int_equal(add(&f, "a", "1"), HTTP_FIELD_OK);
  assert_int_equal(add(&f, "b", "1"), HTTP_FIELD_OK);
  f.most_bytes = 1000;
  assert_int_equal(add(&f, "c", ""), HTTP_FIELD_SIZE);
  http_fields_done(&f);
}

static void filling_again_allocates_nothing(void **state) {
  (void)state;
  struct fault fault;
  struct http_fields f;
  fault_init(&fault);
  http_fields_init(&f, &fault.alloc);
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 20; i++)
      assert_int_equal(add(&f, "name", "some value of some length"), HTTP_FIELD_OK);
    http_fields_clear(&f);
    if (round == 0)
      fault_arm(&fault, 0, false);
  }
  assert_int_equal(fault.calls, 0);
  http_fields_done(&f);
  fault_done(&fault);
}

static weir_status fill(const struct weir_alloc *alloc, void *ctx) {
  (void)ctx;
  struct http_fields f;
  http_fields_init(&f, alloc);
  enum http_field_fault fault = HTTP_FIELD_OK;
  for (int i = 0; i < 10 && fault == HTTP_FIELD_OK; i++) {
    fault = add(&f, "name", "value");
    assert_int_equal(http_fields_count(&f), fault == HTTP_FIELD_OK ? i + 1 : i);
  }
  http_fields_done(&f);
  return fault == HTTP_FIELD_NOMEM ? WEIR_ERR_NOMEM : WEIR_OK;
}

static void each_allocation_may_fail(void **state) {
  (void)state;
  assert_true(fault_sweep(fill, NULL) > 2);
}

static enum http_length_rule length_of(const char *first, const char *second, uint64_t *ret) {
  struct http_fields f;
  http_fields_init(&f, &mem_system);
  if (first)
    assert_int_equal(add(&f, "content-length", first), HTTP_FIELD_OK);
  if (second)
    assert_int_equal(add(&f, "Content-Length", second), HTTP_FIELD_OK);
  enum http_length_rule rule = http_fields_length(&f, ret);
  http_fields_done(&f);
  return rule;
}

static void a_content_length_is_one_number(void **state) {
  (void)state;
  static const char *const wrong[] = {
      "", "-1", "+1", "1 1", "0x1", "1,1", "18446744073709551615", "99999999999999999999"};
  uint64_t n = 0;
  assert_int_equal(length_of(NULL, NULL, &n), HTTP_LENGTH_ABSENT);
  assert_int_equal(length_of("18446744073709551614", NULL, &n), HTTP_LENGTH_SAID);
  assert_true(n == UINT64_MAX - 1);
  assert_int_equal(length_of("7", "07", &n), HTTP_LENGTH_SAID);
  assert_int_equal(n, 7);
  assert_int_equal(length_of("7", "8", &n), HTTP_LENGTH_WRONG);
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
    assert_int_equal(length_of(wrong[i], NULL, &n), HTTP_LENGTH_WRONG);
}

static void lists_have_tokens(void **state) {
  (void)state;
  assert_true(http_list_has(STR("keep-alive, Close"), STR("close")));
  assert_true(http_list_has(STR(" ,close\t"), STR("close")));
  assert_false(http_list_has(STR("closed, clos"), STR("close")));
  assert_false(http_list_has(STR(""), STR("close")));
}

static void framing_fields_are_the_carriers(void **state) {
  (void)state;
  assert_true(http_field_is_framing((struct http_field){STR("Transfer-Encoding"), STR("x")}));
  assert_true(http_field_is_framing((struct http_field){STR("TE"), STR("gzip")}));
  assert_false(http_field_is_framing((struct http_field){STR("TE"), STR("trailers")}));
  assert_false(http_field_is_framing((struct http_field){STR("accept"), STR("x")}));
  assert_false(http_name_may_trail(STR("Content-Length")));
  assert_true(http_name_may_trail(STR("Server-Timing")));
}

static void failures_carry_text_that_is_utf8(void **state) {
  (void)state;
  char longer[300];
  memset(longer, 'x', sizeof(longer));
  memcpy(longer + HTTP_FAILURE_TEXT - 3, "\xe2\x82\xac", 3); /* does not fit whole */
  struct http_failure f = http_failure_text(HTTP_INTERNAL_ERROR, (struct str){longer, sizeof(longer)});
  assert_int_equal(strlen(f.text), HTTP_FAILURE_TEXT - 3);
  f = http_failure_text(HTTP_DNS_ERROR, STR("a\xff"
                                            "b"));
  assert_string_equal(f.text,
                      "a\xef\xbf\xbd"
                      "b");
  assert_string_equal(http_failure_name(HTTP_TLS_ALERT_RECEIVED), "tls-alert-received");
  assert_int_equal(http_failure_payload(HTTP_DNS_ERROR), HTTP_PAYLOAD_DNS);
  assert_int_equal(HTTP_FAILURES, 39);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_are_found_without_case_and_kept_with_it),
      cmocka_unit_test(what_no_field_may_have_is_refused),
      cmocka_unit_test(tokens_have_their_characters_and_no_others),
      cmocka_unit_test(bytes_and_count_are_bounded),
      cmocka_unit_test(filling_again_allocates_nothing),
      cmocka_unit_test(each_allocation_may_fail),
      cmocka_unit_test(a_content_length_is_one_number),
      cmocka_unit_test(lists_have_tokens),
      cmocka_unit_test(framing_fields_are_the_carriers),
      cmocka_unit_test(failures_carry_text_that_is_utf8),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
