/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Values in events: what is written is read as an equal value, in one way only, and hostile bytes are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/log_value.h"

static void check_value(weir_value v) {
  struct text a = {0}, b = {0};
  weir_value again;
  assert_true(log_value_put(&a, &v));
  struct log_view view = log_view(a.data, a.size);
  assert_int_equal(log_value_get(&view, NULL, &again), WEIR_OK);
  assert_true(view.at == view.end);
  assert_true(weir_value_equal(&v, &again));
  assert_true(log_value_put(&b, &again));
  assert_int_equal(a.size, b.size);
  assert_memory_equal(a.data, b.data, a.size);
  for (size_t cut = 0; cut < a.size; cut++) {
    weir_value cut_value;
    struct log_view short_view = log_view(a.data, cut);
    assert_int_equal(log_value_get(&short_view, NULL, &cut_value), WEIR_ERR_MALFORMED);
  }
  struct text t;
  text_init(&t);
  struct log_view print_view = log_view(a.data, a.size);
  assert_true(log_value_print(&print_view, &t));
  text_done(&t);
  weir_value_clear(&again);
  weir_value_clear(&v);
  text_done(&a);
  text_done(&b);
}

static weir_value list_of(weir_value_kind kind, size_t count, weir_value item) {
  weir_value v;
  assert_int_equal(kind == WEIR_VALUE_LIST ? weir_value_new_list(count, &v) : weir_value_new_record(count, &v),
                   WEIR_OK);
  for (size_t i = 0; i < count; i++)
    assert_int_equal(weir_value_copy(&item, &v.of.list.items[i]), WEIR_OK);
  weir_value_clear(&item);
  return v;
}

static weir_value text_value(const char *text) {
  weir_value v;
  assert_int_equal(weir_value_new_string(text, strlen(text), &v), WEIR_OK);
  return v;
}

static void every_kind_is_read_as_it_was_written(void **state) {
  (void)state;
  check_value((weir_value){.kind = WEIR_VALUE_NONE});
  check_value((weir_value){.kind = WEIR_VALUE_BOOL, .of.boolean = true});
  check_value((weir_value){.kind = WEIR_VALUE_S8, .of.s8 = -128});
  check_value((weir_value){.kind = WEIR_VALUE_S16, .of.s16 = -32768});
  check_value((weir_value){.kind = WEIR_VALUE_S32, .of.s32 = INT32_MIN});
  check_value((weir_value){.kind = WEIR_VALUE_S64, .of.s64 = INT64_MIN});
  check_value((weir_value){.kind = WEIR_VALUE_U8, .of.u8 = 255});
  check_value((weir_value){.kind = WEIR_VALUE_U16, .of.u16 = 65535});
  check_value((weir_value){.kind = WEIR_VALUE_U32, .of.u32 = UINT32_MAX});
  check_value((weir_value){.kind = WEIR_VALUE_U64, .of.u64 = UINT64_MAX});
  check_value((weir_value){.kind = WEIR_VALUE_F32, .of.f32 = -0.0F});
  check_value((weir_value){.kind = WEIR_VALUE_F64, .of.f64 = 1e300});
  check_value((weir_value){.kind = WEIR_VALUE_CHAR, .of.character = 0x10ffff});
  check_value((weir_value){.kind = WEIR_VALUE_FLAGS, .of.flags = 0x80000001});
  check_value(text_value(""));
  check_value(text_value("caf\xc3\xa9 \"quoted\""));
  check_value(list_of(WEIR_VALUE_LIST, 3, text_value("x")));
  check_value(list_of(WEIR_VALUE_LIST, 0, text_value("x")));
  check_value(list_of(WEIR_VALUE_RECORD, 2, list_of(WEIR_VALUE_RECORD, 2, text_value("y"))));
  weir_value payload = text_value("payload"), v;
  assert_int_equal(weir_value_new_variant(7, &payload, &v), WEIR_OK);
  check_value(v);
  assert_int_equal(weir_value_new_variant(0, NULL, &v), WEIR_OK);
  check_value(v);
}

static void a_list_of_bytes_has_one_form(void **state) {
  (void)state;
  struct text a = {0}, b = {0};
  weir_value bytes, list = list_of(WEIR_VALUE_LIST, 3, (weir_value){.kind = WEIR_VALUE_U8, .of.u8 = 9});
  assert_int_equal(weir_value_new_bytes("\x09\x09\x09", 3, &bytes), WEIR_OK);
  assert_true(log_value_put(&a, &bytes) && log_value_put(&b, &list));
  assert_int_equal(a.size, b.size);
  assert_memory_equal(a.data, b.data, a.size);
  weir_value_clear(&bytes);
  check_value(list);
  text_done(&a);
  text_done(&b);
}

static void refuse(const char *bytes, size_t size) {
  weir_value v;
  struct log_view view = log_view(bytes, size);
  assert_int_equal(log_value_get(&view, NULL, &v), WEIR_ERR_MALFORMED);
  assert_int_equal(v.kind, WEIR_VALUE_NONE);
}

static void other_forms_of_a_value_are_refused(void **state) {
  (void)state;
  const char too_wide[] = {WEIR_VALUE_U8, (char)0x80, 2};
  const char padded[] = {WEIR_VALUE_U32, (char)0x81, 0};
  const char surrogate[] = {WEIR_VALUE_CHAR, (char)0x80, (char)0xb0, 3};
  const char not_utf8[] = {WEIR_VALUE_STRING, 1, (char)0xff};
  const char huge_list[] = {WEIR_VALUE_LIST, (char)0xff, (char)0xff, (char)0xff, (char)0xff, 7, 0};
  const char list_of_u8[] = {WEIR_VALUE_LIST, 1, WEIR_VALUE_U8, 1};
  const char empty_bytes[] = {WEIR_VALUE_BYTES, 0};
  const char no_kind[] = {100};
  refuse(too_wide, sizeof(too_wide));
  refuse(padded, sizeof(padded));
  refuse(surrogate, sizeof(surrogate));
  refuse(not_utf8, sizeof(not_utf8));
  refuse(huge_list, sizeof(huge_list));
  refuse(list_of_u8, sizeof(list_of_u8));
  refuse(empty_bytes, sizeof(empty_bytes));
  refuse(no_kind, sizeof(no_kind));
}

static void nesting_is_bounded(void **state) {
  (void)state;
  char deep[2 * 100000];
  for (size_t i = 0; i < sizeof(deep); i += 2) {
    deep[i] = WEIR_VALUE_LIST;
    deep[i + 1] = 1;
  }
  refuse(deep, sizeof(deep));
  struct text t;
  text_init(&t);
  struct log_view view = log_view(deep, sizeof(deep));
  assert_false(log_value_print(&view, &t));
  text_done(&t);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_kind_is_read_as_it_was_written),
    cmocka_unit_test(a_list_of_bytes_has_one_form),
    cmocka_unit_test(other_forms_of_a_value_are_refused),
    cmocka_unit_test(nesting_is_bounded),
};

int main(void) {
  return cmocka_run_group_tests(tests, NULL, NULL);
}
