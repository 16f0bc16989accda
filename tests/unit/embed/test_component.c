/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Loading: what is refused and how, what a component tells of itself, and who may let go of it when. */
#include "unit/embed/embed_fixture.h"

static const char guest[] =
    "(component"
    "  (core module $M (func (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))"
    "                  (func (export \"nop\")))"
    "  (core instance $m (instantiate $M))"
    "  (func $add (export \"add\") (param \"left\" u32) (param \"right\" u32) (result u32)"
    "    (canon lift (core func $m \"add\")))"
    "  (func $nop async (canon lift (core func $m \"nop\")))"
    "  (instance $i (export \"nop\" (func $nop)))"
    "  (export \"a:b/c@1.0.0\" (instance $i)))";

static void refused(void **state, const void *bytes, size_t size, weir_status want, const char *words) {
  struct fixture *f = *state;
  weir_component *c = NULL;
  weir_error *error = NULL;
  weir_status status = weir_component_new(f->engine, bytes, size, &c, &error);
  if (status != want)
    fail_msg("%s: %s", weir_status_name(status), error ? weir_error_message(error) : "");
  assert_null(c);
  assert_int_equal(weir_error_status(error), want);
  assert_words(weir_error_message(error), words);
  weir_error_free(error);
}

static void nothing_is_not_a_component(void **state) {
  refused(state, "", 0, WEIR_ERR_MALFORMED, "empty");
}

static void a_core_module_is_told_as_one(void **state) {
  refused(state, "\0asm\1\0\0\0", 8, WEIR_ERR_MALFORMED, "core module");
}

static void text_that_does_not_parse_tells_where(void **state) {
  refused(state, "(component (what))", 18, WEIR_ERR_MALFORMED, "1:");
}

static void a_component_that_does_not_validate(void **state) {
  static const char text[] =
      "(component (core module $M) (core instance $m (instantiate $M)) "
      "(func (export \"f\") (canon lift (core func $m \"g\"))))";
  refused(state, text, sizeof(text) - 1, WEIR_ERR_INVALID, "g");
}

static void a_cut_binary(void **state) {
  refused(state, "\0asm\x0d\0\1\0\1\x20", 10, WEIR_ERR_MALFORMED, "end-of-file");
}

static void functions_are_found_by_interface_and_name(void **state) {
  weir_component *c = load(*state, guest);
  const weir_func *add = weir_component_find_func(c, NULL, "add");
  assert_non_null(add);
  assert_ptr_equal(add, weir_component_find_func(c, NULL, "add"));
  assert_int_equal(weir_func_param_count(add), 2);
  assert_string_equal(weir_func_param_name(add, 1), "right");
  assert_null(weir_func_param_name(add, 2));
  assert_null(weir_func_param_type(add, 2));
  assert_non_null(weir_func_result_type(add));
  assert_false(weir_func_is_async(add));
  const weir_func *nop = weir_component_find_func(c, "a:b/c@1.0.0", "nop");
  assert_non_null(nop);
  assert_true(weir_func_is_async(nop));
  assert_null(weir_func_result_type(nop));
  assert_int_equal(weir_func_param_count(nop), 0);
  assert_null(weir_component_find_func(c, NULL, "nop"));
  assert_null(weir_component_find_func(c, "a:b/c@1.0.0", "add"));
  assert_null(weir_component_find_func(c, "a:b/d@1.0.0", "nop"));
  weir_component_free(c);
}

static void types_are_printed(void **state) {
  weir_component *c = load(*state, guest);
  char *text = NULL;
  assert_int_equal(weir_type_print(weir_func_result_type(weir_component_find_func(c, NULL, "add")), &text, NULL),
                   WEIR_OK);
  assert_string_equal(text, "u32");
  weir_text_free(text);
  assert_int_equal(weir_component_print(c, &text, NULL), WEIR_OK);
  assert_words(text, "export add: func(left: u32, right: u32) -> u32;");
  assert_words(text, "nop: async func();");
  weir_text_free(text);
  weir_component_free(c);
}

static void the_input_is_copied(void **state) {
  struct fixture *f = *state;
  char *text = strdup(guest);
  weir_component *c = NULL;
  assert_int_equal(weir_component_new(f->engine, text, strlen(text), &c, NULL), WEIR_OK);
  memset(text, 'x', strlen(guest));
  free(text);
  assert_non_null(weir_component_find_func(c, NULL, "add"));
  weir_component_free(c);
}

static void a_component_keeps_its_engine(void **state) {
  struct fixture *f = *state;
  weir_component *c = load(f, guest);
  weir_linker_free(f->linker);
  weir_engine_free(f->engine);
  f->linker = NULL;
  f->engine = NULL;
  assert_non_null(weir_component_find_func(c, NULL, "add"));
  weir_component_free(c);
  weir_component_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FIXTURE_TEST(nothing_is_not_a_component),
      FIXTURE_TEST(a_core_module_is_told_as_one),
      FIXTURE_TEST(text_that_does_not_parse_tells_where),
      FIXTURE_TEST(a_component_that_does_not_validate),
      FIXTURE_TEST(a_cut_binary),
      FIXTURE_TEST(functions_are_found_by_interface_and_name),
      FIXTURE_TEST(types_are_printed),
      FIXTURE_TEST(the_input_is_copied),
      FIXTURE_TEST(a_component_keeps_its_engine),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
