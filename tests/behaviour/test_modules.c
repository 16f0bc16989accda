/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Components that import core modules: the host's are instantiated in them, with code that is cached and carried as
 * ever.
 */
#include "behaviour/memory.h"

/* It asks for less than the type says, and has more. */
static const char counter[] =
    "(module"
    "  (import \"env\" \"step\" (func $step (result i32)))"
    "  (memory (export \"mem\") 1)"
    "  (global $n (mut i32) (i32.const 10))"
    "  (func (export \"more\"))"
    "  (func (export \"next\") (result i32)"
    "    (global.set $n (i32.add (global.get $n) (call $step))) (global.get $n)))";

static const char text_module[] =
    "(module"
    "  (memory (export \"mem\") 1)"
    "  (data (i32.const 0) \"\\08\\00\\00\\00\\05\\00\\00\\00hello\")"
    "  (func (export \"realloc\") (param i32 i32 i32 i32) (result i32) unreachable)"
    "  (func (export \"hello\") (result i32) (i32.const 0)))";

static void base(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)args, (void)count;
  weir_value result = {.kind = WEIR_VALUE_U32, .of.u32 = 100};
  weir_host_call_return(call, &result, NULL);
}

static void give(struct world *w, const char *interface_name, const char *name, const char *text) {
  weir_error *error = NULL;
  must(weir_linker_define_module(w->linker, interface_name, name, text, strlen(text), &error), &error);
}

static struct world *given(void) {
  struct world *w = world_open("modules");
  give(w, NULL, "counter", counter);
  give(w, "test:lib/parts@1.2.0", "text", text_module);
  world_func(w, "test:lib/parts@1.2.0", "base", "func() -> u32", base, NULL);
  return w;
}

static void assert_hello(struct world *w, const char *name) {
  weir_value result = call_now(w, name, NULL, 0);
  assert_int_equal(result.kind, WEIR_VALUE_STRING);
  assert_int_equal(result.of.string.size, 5);
  assert_memory_equal(result.of.string.data, "hello", 5);
  weir_value_clear(&result);
}

static void assert_works(struct world *w) {
  assert_int_equal(call_now(w, "next-a", NULL, 0).of.u32, 11);
  assert_int_equal(call_now(w, "next-a", NULL, 0).of.u32, 12);
  assert_int_equal(call_now(w, "next-b", NULL, 0).of.u32, 110); /* an instance of its own, which calls the host */
  assert_hello(w, "hello");
  assert_hello(w, "inner-hello");
}

static void modules_of_the_host_are_instantiated_in_the_component(void **state) {
  (void)state;
  struct world *w = given();
  world_start(w);
  assert_works(w);
  world_close(w);
}

static void a_linker_may_go_while_instances_of_its_modules_run(void **state) {
  (void)state;
  struct world *w = given();
  world_start(w);
  weir_linker_free(w->linker);
  w->linker = NULL;
  assert_works(w);
  world_close(w);
}

static void a_missing_module_is_named(void **state) {
  (void)state;
  struct world *w = world_open("modules");
  weir_error *error = NULL;
  give(w, NULL, "counter", counter);
  world_func(w, "test:lib/parts@1.2.0", "base", "func() -> u32", base, NULL);
  assert_int_equal(weir_instance_new(w->store, w->linker, w->component, &w->instance, &error), WEIR_ERR_LINK);
  assert_words(weir_error_message(error), "test:lib/parts@1.2.0#text: core module");
  weir_error_free(error);
  world_close(w);
}

static void a_module_of_another_type_is_refused_before_anything_runs(void **state) {
  (void)state;
  struct world *w = given();
  weir_error *error = NULL;
  give(w, NULL, "counter", "(module (memory (export \"mem\") 1) (func (export \"next\") (result i64) (i64.const 1)))");
  assert_int_equal(weir_instance_new(w->store, w->linker, w->component, &w->instance, &error), WEIR_ERR_LINK);
  assert_words(weir_error_message(error), "counter: core module: ");
  weir_error_free(error);
  assert_null(weir_store_failure(w->store)); /* nothing has run */
  world_close(w);
}

/* The artefact has the component's own modules; the host's are given to whatever is made of it. */
static void code_with_imported_modules_is_written_and_read(void **state) {
  (void)state;
  struct world *w = given();
  weir_error *error = NULL;
  void *bytes = NULL;
  size_t size = 0;
  weir_code *code = weir_component_code(w->component), *again = NULL;
  must(weir_code_serialize(code, &bytes, &size, &error), &error);
  weir_code_free(code);
  weir_component_free(w->component);
  must(weir_code_deserialize(w->engine, bytes, size, &again, &error), &error);
  must(weir_component_from_code(w->engine, again, &w->component, &error), &error);
  weir_code_free(again);
  weir_bytes_free(bytes);
  world_start(w);
  assert_works(w);
  world_close(w);
}

static void each_store_has_instances_of_its_own(void **state) {
  (void)state;
  struct world *w = given();
  weir_store *other;
  weir_instance *instance;
  weir_error *error = NULL;
  world_start(w);
  must(weir_store_new(w->engine, NULL, &other, &error), &error);
  must(weir_instance_new(other, w->linker, w->component, &instance, &error), &error);
  assert_works(w);
  weir_value result = {0};
  must(weir_call_run(instance, weir_component_find_func(w->component, NULL, "next-a"), NULL, 0, &result, &error),
       &error);
  assert_int_equal(result.of.u32, 11);
  weir_store_free(other);
  world_close(w);
}

/* The host's module throws, and nobody knows that it can: its caller catches nothing. */
static void what_a_module_of_the_host_throws_ends_at_the_boundary(void **state) {
  (void)state;
  static const char text[] =
      "(component"
      "  (import \"m\" (core module $M (export \"f\" (func (param i32) (result i32)))))"
      "  (component $Callee (import \"m\" (core module $M (export \"f\" (func (param i32) (result i32)))))"
      "    (core instance $m (instantiate $M))"
      "    (func (export \"f\") (param \"x\" u32) (result u32) (canon lift (core func $m \"f\"))))"
      "  (instance $callee (instantiate $Callee (with \"m\" (core module $M))))"
      "  (component $Caller (import \"f\" (func $f (param \"x\" u32) (result u32)))"
      "    (core func $f (canon lower (func $f)))"
      "    (core module $N (import \"\" \"f\" (func $f (param i32) (result i32)))"
      "      (func (export \"run\") (result i32)"
      "        (block $all (return (try_table (result i32) (catch_all $all) (call $f (i32.const 1))))) (i32.const 42)))"
      "    (core instance $n (instantiate $N (with \"\" (instance (export \"f\" (func $f))))))"
      "    (func (export \"run\") (result u32) (canon lift (core func $n \"run\"))))"
      "  (instance $caller (instantiate $Caller (with \"f\" (func $callee \"f\"))))"
      "  (export \"run\" (func $caller \"run\")))";
  struct world *w = world_open("modules");
  struct outcome o;
  weir_component_free(w->component);
  w->component = component_from(w->engine, text, sizeof(text) - 1);
  give(w, NULL, "m", "(module (tag $e) (func (export \"f\") (param i32) (result i32) (throw $e)))");
  world_start(w);
  call(w, &o, "run");
  world_settle(w);
  assert_ended(&o, WEIR_ERR_TRAP);
  assert_words(o.message, "uncaught exception");
  world_close(w);
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

struct recording {
  char path[40];
  weir_recorder *recorder;
};

static struct recording record(struct world *w) {
  struct recording r = {.path = "/tmp/weir-modules-XXXXXX"};
  weir_error *error = NULL;
  int fd = mkstemp(r.path);
  assert_true(fd >= 0);
  close(fd);
  weir_record_config config = {.size = sizeof(config), .path = r.path, .component = w->component};
  must(weir_record_start(w->store, &config, &r.recorder, &error), &error);
  return r;
}

static void assert_replays(struct world *w, struct recording *r) {
  weir_error *error = NULL;
  weir_replay_report report = WEIR_REPLAY_REPORT_INIT;
  must(weir_recorder_close(r->recorder, &error), &error);
  world_end_store(w);
  must(weir_replay(w->engine, w->component, r->path, NULL, &report, &error), &error);
  weir_replay_report_clear(&report);
  unlink(r->path);
}

static void the_modules_of_the_host_are_in_the_record(void **state) {
  (void)state;
  struct world *w = given();
  struct recording r = record(w);
  world_start(w);
  assert_works(w);
  world_start(w); /* another instance, of the same modules */
  assert_works(w);
  assert_replays(w, &r);
  world_close(w);
}

static const char nested[] =
    "(component"
    "  (import \"a\" (instance $a (export \"b\" (instance (export \"m\""
    "    (core module (export \"f\" (func (result i32)))))))))"
    "  (alias export $a \"b\" (instance $b)) (alias export $b \"m\" (core module $m))"
    "  (core instance $i (instantiate $m))"
    "  (func (export \"run\") (result u32) (canon lift (core func $i \"f\"))))";

static uint32_t run_nested(struct world *w, const char *module) {
  if (module)
    give(w, "a/b", "m", module);
  world_start(w);
  return call_now(w, "run", NULL, 0).of.u32;
}

/* The import is of an instance in an instance, whose module changes from instance to instance, and back. */
static void each_instance_is_replayed_with_the_module_that_it_had(void **state) {
  (void)state;
  static const char one[] = "(module (func (export \"f\") (result i32) (i32.const 1)))";
  static const char two[] = "(module (func (export \"f\") (result i32) (i32.const 2)))";
  struct world *w = world_open("modules");
  weir_error *error = NULL;
  weir_component_free(w->component);
  w->component = component_from(w->engine, nested, sizeof(nested) - 1);
  struct recording r = record(w);
  assert_int_equal(weir_instance_new(w->store, w->linker, w->component, &w->instance, &error), WEIR_ERR_LINK);
  weir_error_free(error);
  assert_int_equal(run_nested(w, one), 1);
  assert_int_equal(run_nested(w, two), 2);
  assert_int_equal(run_nested(w, NULL), 2);
  assert_int_equal(run_nested(w, one), 1);
  assert_replays(w, &r);
  world_close(w);
}

static const char deep[] =
    "(component"
    "  (import \"a\" (instance $a"
    "    (export \"r\" (type (sub resource)))"
    "    (export \"b\" (instance"
    "      (export \"f\" (func (result u32)))"
    "      (export \"c\" (instance"
    "        (export \"t\" (type (sub resource)))"
    "        (export \"m\" (core module (export \"f\" (func (result i32)))))"
    "        (export \"g\" (func))))"
    "      (export \"d\" (instance (export \"g\" (func))))))"
    "    (export \"z\" (func))))"
    "  (alias export $a \"b\" (instance $b)) (alias export $b \"c\" (instance $c))"
    "  (alias export $c \"m\" (core module $m))"
    "  (core instance $i (instantiate $m))"
    "  (func (export \"run\") (result u32) (canon lift (core func $i \"f\"))))";

static void a_module_deep_in_an_import_is_checked_and_instantiated(void **state) {
  (void)state;
  struct world *w = world_open("modules");
  weir_error *error = NULL;
  weir_component_free(w->component);
  w->component = component_from(w->engine, deep, sizeof(deep) - 1);
  must(weir_linker_define_resource(w->linker, "a", "r", NULL, NULL, NULL, &error), &error);
  must(weir_linker_define_resource(w->linker, "a/b/c", "t", NULL, NULL, NULL, &error), &error);
  world_func(w, "a/b", "f", "func() -> u32", base, NULL);
  world_func(w, "a/b/c", "g", "func()", base, NULL);
  world_func(w, "a/b/d", "g", "func()", base, NULL);
  world_func(w, "a", "z", "func()", base, NULL);
  give(w, "a/b/c", "m", "(module (func (export \"f\") (result i64) (i64.const 1)))");
  assert_int_equal(weir_instance_new(w->store, w->linker, w->component, &w->instance, &error), WEIR_ERR_LINK);
  assert_words(weir_error_message(error), "a/b/c#m: core module: ");
  weir_error_free(error);
  give(w, "a/b/c", "m", "(module (func (export \"f\") (result i32) (i32.const 3)))");
  world_start(w);
  assert_int_equal(call_now(w, "run", NULL, 0).of.u32, 3);
  world_close(w);
}

static bool give_in(struct run *r, const char *interface_name, const char *name, const char *text) {
  weir_error *error = NULL;
  return ok(r, weir_linker_define_module(r->linker, interface_name, name, text, strlen(text), &error), &error);
}

static void use_modules(struct run *r, const char *text, size_t size) {
  struct ended e;
  if (load(r, text, size) && give_in(r, NULL, "counter", counter) &&
      give_in(r, "test:lib/parts@1.2.0", "text", text_module) &&
      define(r, "test:lib/parts@1.2.0", "base", "func() -> u32", base) && instantiate(r) &&
      call_and_settle(r, "next-b", NULL, 0, &e))
    assert_int_equal(e.result.of.u32, 110);
}

static void modules_without_memory(void **state) {
  (void)state;
  sweep("modules", use_modules);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(modules_of_the_host_are_instantiated_in_the_component),
    cmocka_unit_test(a_linker_may_go_while_instances_of_its_modules_run),
    cmocka_unit_test(a_missing_module_is_named),
    cmocka_unit_test(a_module_of_another_type_is_refused_before_anything_runs),
    cmocka_unit_test(code_with_imported_modules_is_written_and_read),
    cmocka_unit_test(each_store_has_instances_of_its_own),
    cmocka_unit_test(what_a_module_of_the_host_throws_ends_at_the_boundary),
    cmocka_unit_test(the_modules_of_the_host_are_in_the_record),
    cmocka_unit_test(each_instance_is_replayed_with_the_module_that_it_had),
    cmocka_unit_test(a_module_deep_in_an_import_is_checked_and_instantiated),
    cmocka_unit_test(modules_without_memory),
};

BEHAVIOUR_MAIN(tests)
