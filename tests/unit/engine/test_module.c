/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Modules: compilation, the list of imports, serialization; and what becomes of an engine where memory is out. */
#include "engine/fixture.h"
#include "support/fault.h"

static const char text[] =
    "(module (type $f (func (param i32) (result i32)))"
    " (import \"a\" \"f\" (func (type $f))) (import \"a\" \"g\" (global i32)) (import \"b\" \"\" (table 1 funcref))"
    " (import \"b\" \"m\" (memory 1)) (import \"\" \"t\" (tag)))";

static void check_imports(const struct eng_module *m) {
  static const struct eng_import expected[] = {{STR("a"), STR("f"), ENG_FUNC},
                                               {STR("a"), STR("g"), ENG_GLOBAL},
                                               {STR("b"), STR(""), ENG_TABLE},
                                               {STR("b"), STR("m"), ENG_MEMORY},
                                               {STR(""), STR("t"), ENG_TAG}};
  assert_int_equal(eng_module_import_count(m), 5);
  for (uint32_t i = 0; i < 5; i++) {
    const struct eng_import *x = eng_module_import(m, i);
    assert_true(str_eq(x->module, expected[i].module));
    assert_true(str_eq(x->name, expected[i].name));
    assert_int_equal(x->kind, expected[i].kind);
  }
  assert_null(eng_module_import(m, 5));
}

static void imports_are_listed_in_order(void **state) {
  struct fixture *f = *state;
  struct eng_module *m = module_of(f->e, text);
  check_imports(m);
  assert_ptr_equal(eng_module_engine(m), f->e);
  eng_module_unref(m);
}

static void a_module_outlives_its_other_references_and_the_engine_handle(void **state) {
  (void)state;
  struct eng *e = NULL;
  assert_int_equal(eng_new(NULL, &e, NULL), WEIR_OK);
  struct eng_module *m = module_of(e, text);
  eng_module_unref(eng_module_ref(m));
  eng_unref(e);
  check_imports(m);
  eng_module_unref(m);
  eng_module_unref(NULL);
  eng_unref(NULL);
}

static void serialized_modules_come_back(void **state) {
  struct fixture *f = *state;
  struct eng_module *m = module_of(f->e, text), *again = NULL;
  uint8_t *bytes = NULL;
  size_t size = 0;
  struct diag d;
  diag_init(&d);
  expect_ok(eng_module_serialize(m, &bytes, &size, &d), &d);
  assert_true(size > 100);
  expect_ok(eng_module_deserialize(f->e, bytes, size, &again, &d), &d);
  check_imports(again);
  eng_bytes_free(bytes, size);
  eng_module_unref(again);
  eng_module_unref(m);
}

static void code_of_another_configuration_is_refused(void **state) {
  struct fixture *f = *state;
  const struct eng_config config = {.fuel = true};
  struct eng *other = NULL;
  struct eng_module *m = module_of(f->e, text), *again = NULL;
  uint8_t *bytes = NULL;
  size_t size = 0;
  struct diag d;
  diag_init(&d);
  assert_int_equal(eng_new(&config, &other, NULL), WEIR_OK);
  assert_int_equal(eng_module_serialize(m, &bytes, &size, NULL), WEIR_OK);
  assert_int_equal(eng_module_deserialize(other, bytes, size, &again, &d), WEIR_ERR_MALFORMED);
  assert_non_null(strstr(diag_message(&d), "fuel"));
  diag_done(&d);
  assert_int_equal(eng_module_deserialize(f->e, bytes, 10, &again, NULL), WEIR_ERR_MALFORMED);
  assert_int_equal(eng_module_deserialize(f->e, (const uint8_t *)"junk", 4, &again, NULL), WEIR_ERR_MALFORMED);
  assert_null(again);
  eng_bytes_free(bytes, size);
  eng_module_unref(m);
  eng_unref(other);
}

static void what_the_code_generator_refuses_says_why(void **state) {
  struct fixture *f = *state;
  static const uint8_t broken[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 3, 2, 1, 0};
  struct eng_module *m = NULL;
  struct diag d;
  diag_init(&d);
  assert_int_equal(eng_module_compile(f->e, broken, sizeof(broken), &m, &d), WEIR_ERR_COMPILE);
  assert_non_null(strstr(diag_message(&d), "unknown type"));
  diag_done(&d);
  assert_int_equal(eng_module_compile(f->e, NULL, 0, &m, &d), WEIR_ERR_COMPILE);
  assert_true(strlen(diag_message(&d)) > 0);
  diag_done(&d);
  assert_null(m);
}

static void everything_of_the_core_language_compiles(void **state) {
  struct fixture *f = *state;
  static const char *const texts[] = {
      "(module (memory 1) (memory 1) (func (memory.copy 0 1 (i32.const 0) (i32.const 0) (i32.const 1))))",
      "(module (memory i64 1) (table i64 1 funcref))",
      ("(module (tag $e (param i32)) (func (result i32) (block $b (result i32)"
       " (try_table (catch $e $b) (throw $e (i32.const 1))) (i32.const 2))))"),
      "(module (type $s (struct (field i32))) (func (result (ref $s)) (struct.new $s (i32.const 1))))",
      "(module (type $f (func)) (func (param (ref $f)) (call_ref $f (local.get 0))))",
      "(module (func $f (return_call $f)))",
      "(module (func (result v128) (v128.const i64x2 1 2)))",
      "(module (table 1 externref) (func (param externref)))"};
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
    eng_module_unref(module_of(f->e, texts[i]));
}

static weir_status whole_life(const struct weir_alloc *alloc, void *ctx) {
  const uint8_t *bytes = ((struct str *)ctx)->data ? (const uint8_t *)((struct str *)ctx)->data : NULL;
  const struct eng_config config = {.alloc = alloc};
  struct eng *e = NULL;
  struct eng_module *m = NULL;
  struct eng_store *s = NULL;
  weir_status status = eng_new(&config, &e, NULL);
  if (status == WEIR_OK)
    status = eng_module_compile(e, bytes, ((struct str *)ctx)->size, &m, NULL);
  if (status == WEIR_OK)
    status = eng_store_new(e, NULL, &s, NULL);
  eng_store_free(s);
  eng_module_unref(m);
  eng_unref(e);
  return status;
}

static void failing_allocations_leave_nothing_behind(void **state) {
  (void)state;
  uint8_t *bytes = NULL;
  size_t size = 0;
  assert_int_equal(eng_text_to_binary((const uint8_t *)text, strlen(text), &bytes, &size, NULL), WEIR_OK);
  struct str binary = {(const char *)bytes, size};
  assert_true(fault_sweep(whole_life, &binary) >= 4);
  eng_bytes_free(bytes, size);
}

static int setup(void **state) {
  static struct fixture f;
  f = fixture_new(NULL);
  *state = &f;
  return 0;
}

static int teardown(void **state) {
  fixture_free(*state);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(imports_are_listed_in_order),
                                     cmocka_unit_test(a_module_outlives_its_other_references_and_the_engine_handle),
                                     cmocka_unit_test(serialized_modules_come_back),
                                     cmocka_unit_test(code_of_another_configuration_is_refused),
                                     cmocka_unit_test(what_the_code_generator_refuses_says_why),
                                     cmocka_unit_test(everything_of_the_core_language_compiles),
                                     cmocka_unit_test(failing_allocations_leave_nothing_behind)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
