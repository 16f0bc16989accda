/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Core modules against the types that components import them by: what fits, and in which words the rest is refused. */
#include <stdio.h>

#include "unit/embed/embed_fixture.h"

#define TYPE                                                                     \
  "(core module $M (import \"env\" \"add\" (func (param i32 i32) (result i32)))" \
  " (export \"f\" (func (param i32) (result i32))) (export \"mem\" (memory 1 4)) (export \"g\" (global i64)))"

static const char by_itself[] = "(component (import \"m\" " TYPE "))";

static const char fits[] =
    "(module (import \"env\" \"add\" (func (param i32 i32) (result i32)))"
    " (func (export \"f\") (param i32) (result i32) (local.get 0)) (memory (export \"mem\") 2 3)"
    " (global (export \"g\") i64 (i64.const 1)) (func (export \"more\")))";

static weir_status define_module(struct fixture *f, const char *interface_name, const char *name, const char *text,
                                 char *ret_words, size_t room) {
  weir_error *error = NULL;
  weir_status status = weir_linker_define_module(f->linker, interface_name, name, text, strlen(text), &error);
  assert_int_equal(status == WEIR_OK, !error);
  snprintf(ret_words, room, "%s", error ? weir_error_message(error) : "");
  weir_error_free(error);
  return status;
}

/* What the check of a component says, or "" where it is content. */
static const char *check(struct fixture *f, const char *component) {
  static char message[2048];
  weir_error *error = NULL;
  weir_component *c = load(f, component);
  weir_status status = weir_linker_check(f->linker, c, &error);
  assert_true(status == WEIR_OK || status == WEIR_ERR_LINK);
  snprintf(message, sizeof(message), "%s", error ? weir_error_message(error) : "");
  weir_error_free(error);
  weir_component_free(c);
  return message;
}

static const char *given(struct fixture *f, const char *interface_name, const char *text, const char *component) {
  char words[256];
  if (define_module(f, interface_name, "m", text, words, sizeof(words)) != WEIR_OK)
    fail_msg("%s", words);
  return check(f, component);
}

static void a_module_that_has_all_and_asks_for_less_fits(void **state) {
  assert_string_equal(given(*state, NULL, fits, by_itself), "");
  assert_string_equal(given(*state, NULL,
                            "(module (func (export \"f\") (param i32) (result i32) (local.get 0))"
                            " (memory (export \"mem\") 1 4) (global (export \"g\") i64 (i64.const 1)))",
                            by_itself),
                      "");
}

static void what_nobody_gives_is_missing(void **state) {
  const char *message = check(*state, by_itself);
  assert_words(message, "nobody provides");
  assert_words(message, "m: core module");
}

static void what_a_module_lacks_is_named(void **state) {
  const char *message = given(
      *state, NULL, "(module (memory (export \"mem\") 2 3) (global (export \"g\") i64 (i64.const 1)))", by_itself);
  assert_words(message, "m: core module: ");
  assert_words(message, "missing expected export `f`");
}

static void what_a_module_asks_for_beyond_its_type_is_named(void **state) {
  const char *message =
      given(*state, NULL,
            "(module (import \"env\" \"sub\" (func)) (func (export \"f\") (param i32) (result i32) (local.get 0))"
            " (memory (export \"mem\") 2 3) (global (export \"g\") i64 (i64.const 1)))",
            by_itself);
  assert_words(message, "missing expected import `env::sub`");
}

static void every_kind_of_misfit_is_refused(void **state) {
  static const struct {
    const char *type, *module;
  } rows[] = {
      {"(export \"f\" (func (param i32)))", "(func (export \"f\") (param i64))"},
      {"(export \"f\" (func))", "(memory (export \"f\") 1)"},
      {"(export \"f\" (memory 2))", "(memory (export \"f\") 1)"},
      {"(export \"f\" (memory 1 3))", "(memory (export \"f\") 1 4)"},
      {"(export \"f\" (memory 1 3))", "(memory (export \"f\") 1)"},
      {"(export \"f\" (memory 1))", "(memory (export \"f\") i64 1)"},
      {"(export \"f\" (table 1 funcref))", "(table (export \"f\") 1 externref)"},
      {"(export \"f\" (global i32))", "(global (export \"f\") i64 (i64.const 0))"},
      {"(export \"f\" (global i32))", "(global (export \"f\") (mut i32) (i32.const 0))"},
      {"(export \"f\" (tag (param i32)))", "(tag (export \"f\"))"},
      {"(import \"e\" \"i\" (memory 1))", "(import \"e\" \"i\" (memory 2))"},
      {"(import \"e\" \"i\" (func))", "(import \"e\" \"i\" (func (result i32)))"},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    char component[256], module[256];
    snprintf(component, sizeof(component), "(component (import \"m\" (core module %s)))", rows[i].type);
    snprintf(module, sizeof(module), "(module %s)", rows[i].module);
    if (!*given(*state, NULL, module, component))
      fail_msg("`%s` was taken for `%s`", rows[i].module, rows[i].type);
  }
}

/* Types from outside of the module type, and definitions of all sorts before and behind the import. */
static void types_of_the_scope_around_count(void **state) {
  static const char component[] =
      "(component"
      " (core type $t (func (param i64)))"
      " (core module $own (func (export \"x\")))"
      " (core instance $own (instantiate $own))"
      " (component $c) (instance $i (instantiate $c))"
      " (import \"a\" (func)) (import \"other\" (core module $o))"
      " (import \"m\" (core module (type $t2 (func (result i32))) (alias outer 1 $t (type $t3))"
      "   (export \"f\" (func (type $t3))) (export \"g\" (func (type $t2)))))"
      " (core module $last (func (export \"x\"))) (component $d))";
  struct fixture *f = *state;
  char words[256];
  define(f, NULL, "a", "func()");
  assert_int_equal(define_module(f, NULL, "other", "(module)", words, sizeof(words)), WEIR_OK);
  assert_string_equal(
      given(f, NULL, "(module (func (export \"f\") (param i64)) (func (export \"g\") (result i32) unreachable))",
            component),
      "");
  assert_words(
      given(f, NULL, "(module (func (export \"f\") (param i32)) (func (export \"g\") (result i32) unreachable))",
            component),
      "m: core module: ");
}

/* Beside it is whatever instances have: resources, functions of them, types, another module. */
static void a_module_may_be_in_an_imported_instance(void **state) {
  static const char component[] =
      "(component (import \"x:y/z@1.0.0\" (instance $z"
      " (export \"r\" (type $r (sub resource)))"
      " (export \"make\" (func (result (own $r))))"
      " (type $rec' (record (field \"a\" u32))) (export \"rec\" (type $rec (eq $rec')))"
      " (export \"use\" (func (param \"r\" (borrow $r)) (param \"q\" $rec)))"
      " (export \"n\" (core module (export \"h\" (func))))"
      " (export \"m\" " TYPE "))))";
  struct fixture *f = *state;
  char words[256];
  assert_int_equal(weir_linker_define_resource(f->linker, "x:y/z@1.0.0", "r", NULL, f, host_freed, NULL), WEIR_OK);
  define(f, "x:y/z@1.0.0", "make", "func() -> own<r>");
  define(f, "x:y/z@1.0.0", "use", "func(r: borrow<r>, q: record { a: u32 })");
  assert_words(check(f, component), "x:y/z@1.0.0#m: core module");
  assert_int_equal(define_module(f, "x:y/z@1.0.0", "n", "(module (func (export \"h\")))", words, sizeof(words)),
                   WEIR_OK);
  assert_string_equal(given(f, "x:y/z@1.0.0", fits, component), "");
  assert_words(given(f, "x:y/z@1.0.0", "(module)", component), "missing expected export `f`");
}

static void what_is_no_module_is_refused(void **state) {
  char words[256];
  assert_int_equal(define_module(*state, NULL, "m", "(component)", words, sizeof(words)), WEIR_ERR_MALFORMED);
  assert_words(words, "core module `m`: this is not a core module");
  assert_int_equal(define_module(*state, NULL, "m", "", words, sizeof(words)), WEIR_ERR_MALFORMED);
  assert_int_equal(define_module(*state, NULL, "m", "(module (func (result i32)))", words, sizeof(words)),
                   WEIR_ERR_COMPILE);
  assert_words(words, "core module `m`: ");
  assert_words(check(*state, by_itself), "nobody provides");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FIXTURE_TEST(a_module_that_has_all_and_asks_for_less_fits),
      FIXTURE_TEST(what_nobody_gives_is_missing),
      FIXTURE_TEST(what_a_module_lacks_is_named),
      FIXTURE_TEST(what_a_module_asks_for_beyond_its_type_is_named),
      FIXTURE_TEST(every_kind_of_misfit_is_refused),
      FIXTURE_TEST(types_of_the_scope_around_count),
      FIXTURE_TEST(a_module_may_be_in_an_imported_instance),
      FIXTURE_TEST(what_is_no_module_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
