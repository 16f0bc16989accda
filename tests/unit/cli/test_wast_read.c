/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Scripts as s-expressions: what is a form, where it stands, and where a broken script is broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "cli/wast/form.h"

static struct arena arena;

static int open_arena(void **state) {
  (void)state;
  arena_init(&arena, &mem_system);
  return 0;
}

static int close_arena(void **state) {
  (void)state;
  arena_done(&arena);
  return 0;
}

static const struct sexp *read_ok(const char *text) {
  const struct sexp *first = NULL;
  struct diag d;
  diag_init(&d);
  if (wast_read(&arena, str_from(text), &first, &d) != WEIR_OK)
    fail_msg("%s: %s", text, diag_message(&d));
  return first;
}

static void refused(const char *text, const char *message) {
  const struct sexp *first = NULL;
  struct diag d;
  diag_init(&d);
  assert_int_equal(wast_read(&arena, str_from(text), &first, &d), WEIR_ERR_PARSE);
  assert_string_equal(diag_message(&d), message);
  assert_null(first);
  diag_done(&d);
}

static void forms_know_their_place(void **state) {
  (void)state;
  const struct sexp *s = read_ok("(a)\n  (b $c \"d\" 1.5e-3)");
  assert_int_equal(s->line, 1);
  s = s->next;
  assert_int_equal(s->line, 2);
  assert_int_equal(s->column, 3);
  assert_int_equal(s->start, 6);
  assert_int_equal(s->end, 23);
  assert_true(str_eq(sexp_head(s), STR("b")));
  assert_true(sexp_is_name(s->first->next));
  assert_int_equal(s->first->next->next->kind, SEXP_STRING);
  assert_true(sexp_is(s->first->next->next->next, "1.5e-3"));
  assert_null(s->next);
}

static void comments_are_no_forms(void **state) {
  (void)state;
  const struct sexp *s = read_ok(";; (x\n(; (; ) ;) \n ;)(a;;b)\n)(; ;)");
  assert_int_equal(s->line, 3);
  assert_true(sexp_is(s->first, "a"));
  assert_null(s->first->next);
  assert_null(s->next);
  assert_null(read_ok(" ;; only a comment"));
}

static void strings_hold_any_bytes(void **state) {
  (void)state;
  const struct sexp *s = read_ok("\"\\00\\fF\\t\\n\\r\\\"\\'\\\\\\u{1F600}x\xc3\"");
  static const char bytes[] = "\0\xff\t\n\r\"'\\\xf0\x9f\x98\x80x\xc3";
  assert_int_equal(s->text.size, sizeof(bytes) - 1);
  assert_memory_equal(s->text.data, bytes, sizeof(bytes) - 1);
}

static void lists_end_where_they_began(void **state) {
  (void)state;
  const struct sexp *s = read_ok("(a (b (c)) d) e");
  const struct sexp *b = s->first->next;
  assert_true(str_eq(sexp_head(b), STR("b")));
  assert_true(str_eq(sexp_head(b->first->next), STR("c")));
  assert_true(sexp_is(b->next, "d"));
  assert_true(sexp_is(s->next, "e"));
}

static void broken_scripts_are_told_by_line_and_column(void **state) {
  (void)state;
  refused("(a\n  (b)", "1:1: this parenthesis is not closed");
  refused("a\n )", "2:2: there is no open parenthesis for this one");
  refused("(a \"x", "1:4: this string is not closed");
  refused("\n(; (; ;)", "2:1: this comment is not closed with ;)");
  refused("\"\\q\"", "1:3: unknown escape in a string");
  refused("\"\\u{d800}\"", "1:9: the escape is not a scalar value in braces");
  refused("\"\\u{110000}\"", "1:10: the escape is above U+10FFFF");
  refused(";", "1:1: unexpected character");
  refused("\"\\", "1:3: unknown escape in a string");
}

static void nesting_is_bounded(void **state) {
  (void)state;
  static char text[WAST_DEPTH_MAX + 2];
  const struct sexp *first = NULL;
  memset(text, '(', WAST_DEPTH_MAX + 1);
  assert_int_equal(wast_read(&arena, (struct str){text, WAST_DEPTH_MAX + 1}, &first, NULL), WEIR_ERR_PARSE);
}

/* ---- component forms --------------------------------------------------------------------------------------------- */

static struct wast_form form_of(const char *text) {
  struct wast_form form;
  struct diag d;
  diag_init(&d);
  if (wast_form_read(read_ok(text), str_from(text), &form, &d) != WEIR_OK)
    fail_msg("%s: %s", text, diag_message(&d));
  return form;
}

static void text_in_place_keeps_its_lines(void **state) {
  (void)state;
  struct wast_form form = form_of("\n  (component $x (import \"a\" (func)))");
  assert_string_equal(form.code, "\n  (component $x (import \"a\" (func)))");
  assert_true(str_eq(form.name, STR("$x")));
  assert_false(form.is_definition);
  wast_form_done(&form);
}

static void a_definition_is_a_component_without_the_word(void **state) {
  (void)state;
  struct wast_form form = form_of("(component definition $x)");
  assert_string_equal(form.code, "(component            $x)");
  assert_true(form.is_definition);
  wast_form_done(&form);
}

static void binary_and_quote_join_their_strings(void **state) {
  (void)state;
  struct wast_form form = form_of("(component binary \"\\00as\" \"m\")");
  assert_int_equal(form.code_size, 4);
  assert_memory_equal(form.code, "\0asm", 4);
  wast_form_done(&form);
  form = form_of("(component quote \"(import\" \"x)\")");
  assert_string_equal(form.code, "(component (import x) )");
  wast_form_done(&form);
  form = form_of("(module quote \"(func)\")");
  assert_true(form.is_module);
  assert_string_equal(form.code, "(module (func) )");
  wast_form_done(&form);
}

static void an_instance_names_its_definition(void **state) {
  (void)state;
  struct wast_form form = form_of("(component instance $i $C)");
  assert_true(form.is_instance);
  assert_true(str_eq(form.name, STR("$i")));
  assert_true(str_eq(form.of, STR("$C")));
  form = form_of("(component instance $C)");
  assert_int_equal(form.name.size, 0);
  assert_true(str_eq(form.of, STR("$C")));
}

static void forms_of_other_kinds_are_refused(void **state) {
  (void)state;
  static const char *const bad[] = {
      "(func)", "x", "()", "(component instance)", "(component binary x)", "(component instance $a $b $c)"};
  struct wast_form form;
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    assert_int_equal(wast_form_read(read_ok(bad[i]), str_from(bad[i]), &form, NULL), WEIR_ERR_PARSE);
    wast_form_done(&form);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(forms_know_their_place),
      cmocka_unit_test(comments_are_no_forms),
      cmocka_unit_test(strings_hold_any_bytes),
      cmocka_unit_test(lists_end_where_they_began),
      cmocka_unit_test(broken_scripts_are_told_by_line_and_column),
      cmocka_unit_test(nesting_is_bounded),
      cmocka_unit_test(text_in_place_keeps_its_lines),
      cmocka_unit_test(a_definition_is_a_component_without_the_word),
      cmocka_unit_test(binary_and_quote_join_their_strings),
      cmocka_unit_test(an_instance_names_its_definition),
      cmocka_unit_test(forms_of_other_kinds_are_refused),
  };
  return cmocka_run_group_tests(tests, open_arena, close_arena);
}
