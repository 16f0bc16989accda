/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A store by itself: what instantiating leaves behind, and who may let go of what first. */
#include "unit/embed/embed_fixture.h"

static weir_store *open_store(struct fixture *f) {
  weir_store *store = NULL;
  assert_int_equal(weir_store_new(f->engine, NULL, &store, NULL), WEIR_OK);
  return store;
}

static weir_status instantiate(struct fixture *f, weir_store *store, const char *text, weir_error **ret_error) {
  weir_instance *instance = NULL;
  weir_component *c = load(f, text);
  weir_status status = weir_instance_new(store, f->linker, c, &instance, ret_error);
  assert_int_equal(status == WEIR_OK, !!instance);
  weir_component_free(c);
  return status;
}

static void an_empty_store_is_idle_and_well(void **state) {
  weir_store *store = open_store(*state);
  assert_int_equal(weir_store_step(store), WEIR_STEP_IDLE);
  assert_int_equal(weir_store_live_tasks(store), 0);
  assert_null(weir_store_failure(store));
  weir_store_free(store);
  weir_store_free(NULL);
}

static void a_store_outlives_the_names_of_what_is_in_it(void **state) {
  struct fixture *f = *state;
  weir_store *store = open_store(f);
  assert_int_equal(instantiate(f, store, "(component)", NULL), WEIR_OK);
  weir_linker_free(f->linker);
  weir_engine_free(f->engine);
  f->linker = NULL;
  f->engine = NULL;
  assert_int_equal(weir_store_step(store), WEIR_STEP_IDLE);
  weir_store_free(store);
}

static void many_instances_of_many_components(void **state) {
  struct fixture *f = *state;
  weir_store *store = open_store(f);
  for (int i = 0; i < 20; i++)
    assert_int_equal(
        instantiate(f, store,
                    i % 2 ? "(component)" : "(component (core module $M (memory 1)) (core instance (instantiate $M)))",
                    NULL),
        WEIR_OK);
  weir_store_free(store);
}

static void a_start_function_that_traps_fails_the_store(void **state) {
  struct fixture *f = *state;
  weir_store *store = open_store(f);
  weir_error *error = NULL;
  static const char text[] =
      "(component (core module $M (func $f unreachable) (start $f))"
      " (core instance (instantiate $M)))";
  assert_int_equal(instantiate(f, store, text, &error), WEIR_ERR_TRAP);
  assert_words(weir_error_message(error), "unreachable");
  weir_error_free(error);
  assert_int_equal(weir_store_step(store), WEIR_STEP_FAILED);
  assert_int_equal(weir_error_status(weir_store_failure(store)), WEIR_ERR_TRAP);
  assert_ptr_equal(weir_store_failure(store), weir_store_failure(store));
  assert_int_equal(instantiate(f, store, "(component)", &error), WEIR_ERR_TRAP);
  assert_words(weir_error_message(error), "failed before");
  weir_error_free(error);
  weir_store_free(store);
}

static void a_segment_out_of_bounds_fails_the_store(void **state) {
  struct fixture *f = *state;
  weir_store *store = open_store(f);
  static const char text[] =
      "(component (core module $M (memory 1) (data (i32.const 65536) \"x\"))"
      " (core instance (instantiate $M)))";
  assert_int_equal(instantiate(f, store, text, NULL), WEIR_ERR_TRAP);
  weir_store_free(store);
}

static void fail_host(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data;
  (void)args;
  (void)count;
  weir_host_call_exit(call, 9);
}

static void a_start_function_may_end_the_program(void **state) {
  struct fixture *f = *state;
  weir_store *store = open_store(f);
  weir_error *error = NULL;
  assert_int_equal(weir_linker_define_func(f->linker, NULL, "bye", "func()", fail_host, NULL, NULL, NULL), WEIR_OK);
  static const char text[] =
      "(component (import \"bye\" (func $bye)) (core func $b (canon lower (func $bye)))"
      " (core module $M (import \"\" \"b\" (func $b)) (start $b))"
      " (core instance (instantiate $M (with \"\" (instance (export \"b\" (func $b)))))))";
  assert_int_equal(instantiate(f, store, text, &error), WEIR_ERR_EXIT);
  assert_int_equal(weir_error_exit_code(error), 9);
  weir_error_free(error);
  weir_store_free(store);
}

static void settings_that_cannot_be_are_refused(void **state) {
  (void)state;
  weir_engine *engine = NULL;
  weir_error *error = NULL;
  weir_engine_config config = {.size = sizeof(weir_engine_config), .stack_size = 4096};
  assert_int_equal(weir_engine_new(&config, &engine, &error), WEIR_ERR_MISUSE);
  assert_words(weir_error_message(error), "stack size");
  weir_error_free(error);
  assert_null(engine);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FIXTURE_TEST(an_empty_store_is_idle_and_well),         FIXTURE_TEST(a_store_outlives_the_names_of_what_is_in_it),
      FIXTURE_TEST(many_instances_of_many_components),       FIXTURE_TEST(a_start_function_that_traps_fails_the_store),
      FIXTURE_TEST(a_segment_out_of_bounds_fails_the_store), FIXTURE_TEST(a_start_function_may_end_the_program),
      cmocka_unit_test(settings_that_cannot_be_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
