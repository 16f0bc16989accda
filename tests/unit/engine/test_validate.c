/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Validation: malformed and invalid apart, offsets, the feature mask; and the text format's error messages. */
#include "engine/fixture.h"

struct result {
  weir_status status;
  bool has_offset;
  size_t offset;
  char message[256];
};

static struct result validate(const void *bytes, size_t size, uint32_t features) {
  struct result r = {0};
  struct diag d;
  diag_init(&d);
  r.status = eng_validate(bytes, size, features, &d);
  r.has_offset = d.has_offset;
  r.offset = d.offset;
  snprintf(r.message, sizeof(r.message), "%s", diag_message(&d));
  diag_done(&d);
  return r;
}

static struct result validate_text(const char *text, uint32_t features) {
  uint8_t *bytes = NULL;
  size_t size = 0;
  struct diag d;
  diag_init(&d);
  expect_ok(eng_text_to_binary((const uint8_t *)text, strlen(text), &bytes, &size, &d), &d);
  struct result r = validate(bytes, size, features);
  eng_bytes_free(bytes, size);
  return r;
}

static void modules_and_components_are_valid(void **state) {
  (void)state;
  assert_int_equal(validate_text("(module (func (result i32) (i32.const 1)))", 0).status, WEIR_OK);
  assert_int_equal(validate_text("(component (core module) (component))", 0).status, WEIR_OK);
}

static void what_is_no_binary_is_named(void **state) {
  (void)state;
  static const char text[] = "\n (component)";
  struct result r = validate(NULL, 0, 0);
  assert_int_equal(r.status, WEIR_ERR_MALFORMED);
  assert_string_equal(r.message, "the input is empty");
  r = validate(text, strlen(text), 0);
  assert_int_equal(r.status, WEIR_ERR_MALFORMED);
  assert_non_null(strstr(r.message, "text"));
  r = validate("\177ELF....", 8, 0);
  assert_int_equal(r.status, WEIR_ERR_MALFORMED);
  assert_non_null(strstr(r.message, "magic"));
  assert_true(r.has_offset && r.offset == 0);
}

static void bytes_that_do_not_decode_are_malformed(void **state) {
  (void)state;
  static const uint8_t cut_header[] = {0, 'a', 's', 'm', 1};
  static const uint8_t cut_section[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 9, 1};
  static const uint8_t bad_type[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 2, 1, 0x01};
  /* invalid first (an unknown type), then a body that ends in the middle */
  static const uint8_t both[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 3, 2, 1, 7, 10, 4, 1, 2, 0, 0x41};
  assert_int_equal(validate(cut_header, sizeof(cut_header), 0).status, WEIR_ERR_MALFORMED);
  assert_int_equal(validate(cut_section, sizeof(cut_section), 0).status, WEIR_ERR_MALFORMED);
  struct result r = validate(bad_type, sizeof(bad_type), 0);
  assert_int_equal(r.status, WEIR_ERR_MALFORMED);
  assert_true(r.has_offset && r.offset == 11);
  assert_int_equal(validate(both, sizeof(both), 0).status, WEIR_ERR_MALFORMED);
}

static void bytes_that_decode_but_do_not_check_are_invalid(void **state) {
  (void)state;
  struct result r = validate_text("(module (func (result i32)))", 0);
  assert_int_equal(r.status, WEIR_ERR_INVALID);
  assert_true(r.has_offset && r.offset > 8);
  assert_non_null(strstr(r.message, "type mismatch"));
  r = validate_text("(component (import \"a\" (func)) (import \"a\" (func)))", 0);
  assert_int_equal(r.status, WEIR_ERR_INVALID);
}

static void every_feature_can_be_left_out(void **state) {
  (void)state;
  static const struct {
    uint32_t feature, with;
    const char *text;
  } cases[] = {
      {ENG_FEATURE_CM_ASYNC, 0, "(component (type (stream u8)))"},
      {ENG_FEATURE_CM_ASYNC_STACKFUL, ENG_FEATURE_CM_ASYNC,
       "(component (core module $m (func (export \"f\"))) (core instance $i (instantiate $m))"
       " (func (export \"f\") async (canon lift (core func $i \"f\") async)))"},
      {ENG_FEATURE_CM_MORE_ASYNC_BUILTINS, ENG_FEATURE_CM_ASYNC,
       "(component (type $s (stream u8)) (core func (canon stream.cancel-read $s async)))"},
      {ENG_FEATURE_CM_THREADING, ENG_FEATURE_CM_ASYNC, "(component (core func (canon thread.index)))"},
      {ENG_FEATURE_CM_ERROR_CONTEXT, ENG_FEATURE_CM_ASYNC, "(component (core func (canon error-context.drop)))"},
      {ENG_FEATURE_CM_FIXED_LENGTH_LISTS, 0, "(component (type (list u8 4)))"},
      {ENG_FEATURE_CM_MAP, 0, "(component (type (map string u8)))"},
      {ENG_FEATURE_CM_VALUES, 0, "(component (import \"a\" (value $v string)) (export \"b\" (value $v)))"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct result r = validate_text(cases[i].text, cases[i].with | cases[i].feature);
    if (r.status != WEIR_OK)
      fail_msg("case %zu: %s", i, r.message);
    assert_int_equal(validate_text(cases[i].text, cases[i].with).status, WEIR_ERR_INVALID);
  }
}

static void text_errors_tell_line_and_column(void **state) {
  (void)state;
  static const char text[] = "(module\n  (func (resul i32)))";
  uint8_t *bytes = NULL;
  size_t size = 0;
  struct diag d;
  diag_init(&d);
  assert_int_equal(eng_text_to_binary((const uint8_t *)text, strlen(text), &bytes, &size, &d), WEIR_ERR_MALFORMED);
  assert_non_null(strstr(diag_message(&d), ":2:"));
  diag_done(&d);
  assert_int_equal(eng_text_to_binary((const uint8_t *)"\xff(module)", 9, &bytes, &size, &d), WEIR_ERR_MALFORMED);
  assert_true(strlen(diag_message(&d)) > 0);
  diag_done(&d);
  assert_int_equal(eng_text_to_binary(NULL, 0, &bytes, &size, &d), WEIR_ERR_MALFORMED);
  diag_done(&d);
  assert_null(bytes);
}

static void binaries_pass_through_the_text_format(void **state) {
  (void)state;
  static const uint8_t binary[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
  uint8_t *bytes = NULL;
  size_t size = 0;
  assert_int_equal(eng_text_to_binary(binary, sizeof(binary), &bytes, &size, NULL), WEIR_OK);
  assert_int_equal(size, sizeof(binary));
  assert_memory_equal(bytes, binary, size);
  eng_bytes_free(bytes, size);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(modules_and_components_are_valid),
                                     cmocka_unit_test(what_is_no_binary_is_named),
                                     cmocka_unit_test(bytes_that_do_not_decode_are_malformed),
                                     cmocka_unit_test(bytes_that_decode_but_do_not_check_are_invalid),
                                     cmocka_unit_test(every_feature_can_be_left_out),
                                     cmocka_unit_test(text_errors_tell_line_and_column),
                                     cmocka_unit_test(binaries_pass_through_the_text_format)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
