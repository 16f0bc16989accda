/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Constants of scripts mean the same as WAVE text of the same type; wrong ones are refused with their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/mem.h"
#include "cli/wast/number.h"
#include "cli/wast/value.h"
#include "wit/signature.h"

struct fixture {
  struct arena arena;
  struct type_table *types;
};

static int fixture_open(void **state) {
  static struct fixture f;
  arena_init(&f.arena, &mem_system);
  f.types = type_table_new(&f.arena);
  *state = &f;
  return 0;
}

static int fixture_close(void **state) {
  arena_done(&((struct fixture *)*state)->arena);
  return 0;
}

static const struct weir_type *type_of(struct fixture *f, const char *type) {
  const struct func_type *func = NULL;
  struct str text = arena_printf(&f->arena, "func() -> %s", type);
  assert_int_equal(signature_parse(f->types, text, NULL, NULL, &func, NULL), WEIR_OK);
  return func->result;
}

static weir_status read_const(struct fixture *f, const struct weir_type *type, const char *text, weir_value *ret,
                              struct diag *d) {
  const struct sexp *first = NULL;
  assert_int_equal(wast_read(&f->arena, str_from(text), &first, d), WEIR_OK);
  return wast_value(first, type, ret, d);
}

static void same(void **state, const char *type, const char *text, const char *wave) {
  struct fixture *f = *state;
  const struct weir_type *t = type_of(f, type);
  weir_value value, expected;
  struct diag d;
  diag_init(&d);
  if (read_const(f, t, text, &value, &d) != WEIR_OK)
    fail_msg("%s: %s", text, diag_message(&d));
  assert_int_equal(weir_value_parse(t, wave, strlen(wave), &expected, NULL), WEIR_OK);
  if (!weir_value_equal(&value, &expected))
    fail_msg("%s is not %s", text, wave);
  weir_value_clear(&value);
  weir_value_clear(&expected);
}

static void refused(void **state, const char *type, const char *text, const char *part) {
  struct fixture *f = *state;
  weir_value value;
  struct diag d;
  diag_init(&d);
  assert_int_not_equal(read_const(f, type_of(f, type), text, &value, &d), WEIR_OK);
  assert_int_equal(value.kind, WEIR_VALUE_NONE);
  if (!strstr(diag_message(&d), part))
    fail_msg("%s: %s", text, diag_message(&d));
  diag_done(&d);
}

static void scalars(void **state) {
  same(state, "bool", "(bool.const true)", "true");
  same(state, "u8", "(u8.const 0xff)", "255");
  same(state, "s16", "(s16.const -0x8000)", "-32768");
  same(state, "u32", "(u32.const 1_000)", "1000");
  same(state, "s64", "(s64.const -9223372036854775808)", "-9223372036854775808");
  same(state, "u64", "(u64.const 18446744073709551615)", "18446744073709551615");
  same(state, "f32", "(f32.const 0x1.8p1)", "3");
  same(state, "f64", "(f64.const -inf)", "-inf");
  same(state, "f64", "(f64.const nan:canonical)", "nan");
  same(state, "f32", "(f32.const nan:0x400000)", "nan");
  same(state, "char", "(char.const \"\\u{1F370}\")", "'\\u{1F370}'");
  same(state, "string", "(str.const \"a\\n\")", "\"a\\n\"");
}

static void aggregates(void **state) {
  same(state, "list<u8>", "(list.const (u8.const 1) (u8.const 2))", "[1, 2]");
  same(state, "list<u8>", "(list.const)", "[]");
  same(state, "map<string, u8>", "(list.const (tuple.const (str.const \"k\") (u8.const 1)))", "{\"k\": 1}");
  same(state, "record { a: string, b: list<u8> }",
       "(record.const (field \"b\" list.const (u8.const 1)) (field \"a\" str.const \"x\"))", "{a: \"x\", b: [1]}");
  same(state, "record { a: u8 }", "(record.const (field \"a\" (u8.const 1)))", "{a: 1}");
  same(state, "tuple<u8, bool>", "(tuple.const (u8.const 1) (bool.const false))", "(1, false)");
  same(state, "flags { a, b, c }", "(flags.const \"a\" \"c\")", "{a, c}");
  same(state, "flags { a, b, c }", "(flags.const)", "{}");
}

static void cases(void **state) {
  same(state, "variant { a(u8), b }", "(variant.const \"a\" (u8.const 1))", "a(1)");
  same(state, "variant { a(u8), b }", "(variant.const \"b\")", "b");
  same(state, "enum { red, blue }", "(enum.const \"blue\")", "blue");
  same(state, "option<u8>", "(option.none)", "none");
  same(state, "option<u8>", "(option.some (u8.const 1))", "some(1)");
  same(state, "result<u8, string>", "(result.err (str.const \"x\"))", "err(\"x\")");
  same(state, "result", "(result.ok)", "ok");
}

static void wrong_constants_are_refused(void **state) {
  refused(state, "u32", "(u64.const 1)", "1:2: u64.const where the function has u32");
  refused(state, "u32", "(u32.const 4294967296)", "out of range");
  refused(state, "u8", "(u8.const 1 2)", "expected one number");
  refused(state, "u8", "(u8.const x)", "expected an integer");
  refused(state, "u8", "u8.const", "in parentheses");
  refused(state, "u8", "(i32.const 1)", "expected a constant");
  refused(state, "f32", "(f32.const 1x)", "expected a number");
  refused(state, "char", "(char.const \"ab\")", "one scalar value");
  refused(state, "string", "(str.const \"\\ff\")", "not UTF-8");
  refused(state, "list<string, 2>", "(list.const (str.const \"a\"))", "length of its type");
  refused(state, "tuple<string, u8>", "(tuple.const (str.const \"a\") (str.const \"b\"))", "str.const where");
  refused(state, "record { a: string, b: u8 }", "(record.const (field \"a\" str.const \"x\") (field \"c\" u8.const 1))",
          "no such label");
  refused(state, "record { a: string, b: u8 }",
          "(record.const (field \"a\" str.const \"x\") (field \"a\" str.const \"x\"))", "given twice");
  refused(state, "record { a: u8 }", "(record.const (field \"a\"))", "expected a constant");
  refused(state, "variant { a(u8), b }", "(variant.const \"a\")", "payload");
  refused(state, "variant { a(u8), b }", "(variant.const)", "label");
  refused(state, "option<u8>", "(option.some)", "payload");
  refused(state, "result", "(result.ok (u8.const 1))", "payload");
}

static void integers_have_sign_and_magnitude(void **state) {
  (void)state;
  bool negative = false;
  uint64_t n = 0;
  assert_true(wast_integer(STR("-0xFF_ff"), &negative, &n));
  assert_true(negative);
  assert_int_equal(n, 0xffff);
  static const char *const bad[] = {"", "-", "0x", "1__0", "_1", "1_", "18446744073709551616", "1.0", "a"};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    if (wast_integer(str_from(bad[i]), &negative, &n))
      fail_msg("`%s` is no integer", bad[i]);
}

static void floats_are_rounded_once(void **state) {
  (void)state;
  float f = 0;
  double d = 0;
  /* Above the middle of two floats by less than a double can tell. */
  assert_true(wast_f32(STR("1.00000005960464477540"), &f));
  assert_true(f == 0x1.000002p0f);
  assert_true(wast_f64(STR("-0x1p-1074"), &d));
  assert_true(d == -0x1p-1074);
  static const char *const bad[] = {"", "-", "infinity", "1e", "x", "nanx", "1 2"};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    if (wast_f64(str_from(bad[i]), &d))
      fail_msg("`%s` is no number", bad[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(scalars),
      cmocka_unit_test(aggregates),
      cmocka_unit_test(cases),
      cmocka_unit_test(wrong_constants_are_refused),
      cmocka_unit_test(integers_have_sign_and_magnitude),
      cmocka_unit_test(floats_are_rounded_once),
  };
  return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
