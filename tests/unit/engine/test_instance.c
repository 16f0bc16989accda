/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Instances: linking, start functions, exports, memories, tables, and host functions of every type. */
#include "engine/fixture.h"

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

static void exports_are_found_by_name_and_kind(void **state) {
  struct fixture *f = *state;
  struct eng_instance i =
      instance_of(f,
                  "(module (func (export \"f\")) (table (export \"t\") 1 funcref) (memory (export \"m\") 1)"
                  " (global (export \"g\") i32 (i32.const 1)) (tag (export \"e\")))",
                  NULL, 0);
  static const struct {
    const char *name;
    enum eng_kind kind;
  } cases[] = {{"f", ENG_FUNC}, {"t", ENG_TABLE}, {"m", ENG_MEMORY}, {"g", ENG_GLOBAL}, {"e", ENG_TAG}};
  for (size_t k = 0; k < 5; k++)
    assert_int_equal(extern_named(f->s, &i, cases[k].name).kind, cases[k].kind);
  struct eng_extern x;
  assert_false(eng_instance_export(f->s, &i, STR("none"), &x));
  assert_false(eng_instance_export(f->s, &i, STR("\xff\xfe"), &x));
}

static void exports_of_every_kind_link(void **state) {
  struct fixture *f = *state;
  static const char *const names[] = {"f", "t", "m", "g", "e"};
  struct eng_extern imports[5];
  struct eng_instance i =
      instance_of(f,
                  "(module (func (export \"f\") (result i32) (i32.const 40)) (table (export \"t\") 1 funcref)"
                  " (memory (export \"m\") 1) (global (export \"g\") i32 (i32.const 2)) (tag (export \"e\")))",
                  NULL, 0);
  for (int k = 0; k < 5; k++)
    imports[k] = extern_named(f->s, &i, names[k]);
  i = instance_of(f,
                  "(module (import \"\" \"f\" (func $f (result i32))) (import \"\" \"t\" (table 1 funcref))"
                  " (import \"\" \"m\" (memory 1)) (import \"\" \"g\" (global $g i32)) (import \"\" \"e\" (tag))"
                  " (func (export \"r\") (param i32) (result i32) (i32.add (call $f) (global.get $g))))",
                  imports, 5);
  struct eng_func r = func_named(f->s, &i, "r");
  assert_int_equal(call_i32(f->s, &r, 0), 42);
}

static void many_imports_link(void **state) {
  struct fixture *f = *state;
  char text[16384];
  struct eng_extern imports[200];
  int n = sprintf(text, "(module");
  for (int k = 0; k < 200; k++)
    n += sprintf(text + n, " (import \"a\" \"f%d\" (func (result i32)))", k);
  sprintf(text + n, " (func (export \"r\") (param i32) (result i32) (i32.add (call 0) (call 199))))");
  struct eng_instance i = instance_of(
      f, "(module (func (export \"a\") (result i32) (i32.const 1)) (func (export \"b\") (result i32) (i32.const 2)))",
      NULL, 0);
  for (int k = 0; k < 200; k++)
    imports[k] = extern_named(f->s, &i, k < 199 ? "a" : "b");
  i = instance_of(f, text, imports, 200);
  struct eng_func r = func_named(f->s, &i, "r");
  assert_int_equal(call_i32(f->s, &r, 0), 3);
}

static weir_status try_instantiate(struct fixture *f, const char *text, const struct eng_extern *imports,
                                   uint32_t count, struct diag *d) {
  struct eng_module *m = module_of(f->e, text);
  struct eng_instance i;
  diag_init(d);
  weir_status status = eng_instantiate(f->s, m, imports, count, &i, d);
  eng_module_unref(m);
  return status;
}

static void nothing_job(void *arg) {
  (void)arg;
}

/* Both ways to instantiate: before the store has a stack and after. */
static void linking_and_start_errors_are_told_apart(void **state) {
  struct fixture *f = *state;
  struct diag d;
  for (int round = 0; round < 2; round++) {
    struct eng_instance i = instance_of(f, "(module (memory (export \"m\") 1))", NULL, 0);
    struct eng_extern memory = extern_named(f->s, &i, "m");
    assert_int_equal(try_instantiate(f, "(module (import \"a\" \"f\" (func)))", &memory, 1, &d), WEIR_ERR_LINK);
    assert_non_null(strstr(diag_message(&d), "incompatible import type for `a::f`"));
    diag_done(&d);
    assert_int_equal(try_instantiate(f, "(module (import \"a\" \"f\" (func)))", NULL, 0, &d), WEIR_ERR_LINK);
    diag_done(&d);
    assert_int_equal(try_instantiate(f, "(module $m (func $s unreachable) (start $s))", NULL, 0, &d), WEIR_ERR_TRAP);
    assert_string_equal(diag_message(&d), "wasm trap: wasm `unreachable` instruction executed");
    assert_non_null(strstr(d.backtrace, "0: m!s"));
    diag_done(&d);
    assert_int_equal(try_instantiate(f, "(module (memory 1) (data (i32.const 65536) \"x\"))", NULL, 0, &d),
                     WEIR_ERR_TRAP);
    assert_string_equal(diag_message(&d), "wasm trap: out of bounds memory access");
    diag_done(&d);
    assert_int_equal(try_instantiate(f, "(module (tag $e) (func $s (throw $e)) (start $s))", NULL, 0, &d),
                     WEIR_ERR_TRAP);
    diag_done(&d);
    struct eng_stack *stack = NULL;
    assert_int_equal(eng_stack_start(f->s, nothing_job, NULL, &stack, NULL), WEIR_OK);
  }
}

static void memories_are_seen_as_they_grow(void **state) {
  struct fixture *f = *state;
  struct eng_instance i =
      instance_of(f,
                  "(module (memory (export \"a\") 1) (memory (export \"b\") i64 2) (data (i32.const 65535) \"z\")"
                  " (func (export \"g\") (param i32) (result i32) (memory.grow (local.get 0))))",
                  NULL, 0);
  struct eng_extern xa = extern_named(f->s, &i, "a"), xb = extern_named(f->s, &i, "b");
  struct eng_memory a = eng_extern_memory(&xa), b = eng_extern_memory(&xb);
  struct eng_func g = func_named(f->s, &i, "g");
  size_t size = 0;
  assert_int_equal(eng_memory_view(f->s, &a, &size)[65535], 'z');
  assert_int_equal(size, 65536);
  assert_int_equal(call_i32(f->s, &g, 3), 1);
  assert_int_equal(eng_memory_view(f->s, &a, &size)[65535], 'z');
  assert_int_equal(size, 4 * 65536);
  assert_false(eng_memory_is64(f->s, &a));
  assert_true(eng_memory_is64(f->s, &b));
  assert_false(eng_memory_same(&a, &b));
  struct eng_instance j =
      instance_of(f, "(module (import \"\" \"a\" (memory 1)) (export \"again\" (memory 0)))", &xa, 1);
  struct eng_extern again = extern_named(f->s, &j, "again");
  struct eng_memory c = eng_extern_memory(&again);
  assert_true(eng_memory_same(&a, &c));
}

static void functions_of_a_table_are_checked(void **state) {
  struct fixture *f = *state;
  struct eng_instance i =
      instance_of(f,
                  "(module (table (export \"t\") 6 funcref) (table (export \"x\") 1 externref)"
                  " (elem (i32.const 0) $a $b $c $d) (global $seen (mut i32) (i32.const 0))"
                  " (func $a (param i32) (global.set $seen (local.get 0))) (func $b (param i64)) (func $c)"
                  " (func $d (param i32) (result i32) (i32.const 0))"
                  " (func (export \"seen\") (param i32) (result i32) (global.get $seen)))",
                  NULL, 0);
  struct eng_extern xt = extern_named(f->s, &i, "t"), xx = extern_named(f->s, &i, "x");
  struct eng_table t = eng_extern_table(&xt), x = eng_extern_table(&xx);
  static const struct {
    uint64_t index;
    bool is64;
    const char *message;
  } cases[] = {{0, false, NULL},
               {1, true, NULL},
               {0, true, "wasm trap: indirect call type mismatch"},
               {1, false, "wasm trap: indirect call type mismatch"},
               {2, false, "wasm trap: indirect call type mismatch"},
               {3, false, "wasm trap: indirect call type mismatch"},
               {4, false, "wasm trap: uninitialized element"},
               {6, false, "wasm trap: undefined element: out of bounds table access"},
               {UINT64_MAX, false, "wasm trap: undefined element: out of bounds table access"}};
  struct eng_func found;
  struct diag d;
  diag_init(&d);
  for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
    weir_status status = eng_table_func(f->s, &t, cases[k].index, cases[k].is64, &found, &d);
    assert_int_equal(status, !cases[k].message ? WEIR_OK : WEIR_ERR_TRAP);
    assert_string_equal(diag_message(&d), !cases[k].message ? "" : cases[k].message);
    diag_done(&d);
  }
  assert_int_equal(eng_table_func(f->s, &x, 0, false, &found, NULL), WEIR_ERR_TRAP);
  assert_int_equal(eng_table_func(f->s, &t, 0, false, &found, NULL), WEIR_OK);
  union eng_val val = {.i32 = 77};
  assert_int_equal(eng_call(f->s, &found, &val, 1, NULL), WEIR_OK);
  struct eng_func seen = func_named(f->s, &i, "seen");
  assert_int_equal(call_i32(f->s, &seen, 0), 77);
}

/* (i32 i64 f32 f64) -> (f64 i64), seen from the host. */
static struct wasm_trap_t *host_mix(struct eng_host *host, union eng_val *vals) {
  (void)host;
  double sum = vals[0].i32 + (double)vals[1].i64 + (double)vals[2].f32 + vals[3].f64;
  vals[1].i64 = -vals[1].i64;
  vals[0].f64 = sum;
  return NULL;
}

static void host_functions_take_and_give_every_type(void **state) {
  struct fixture *f = *state;
  static const uint8_t params[] = {ENG_I32, ENG_I64, ENG_F32, ENG_F64}, results[] = {ENG_F64, ENG_I64};
  struct eng_host host = {host_mix};
  struct eng_signature *sig = eng_signature_new(params, 4, results, 2);
  struct eng_extern x;
  eng_host_func(f->s, sig, &host, &x);
  eng_signature_free(sig);
  eng_signature_free(NULL);
  struct eng_instance i =
      instance_of(f,
                  "(module (import \"\" \"m\" (func $m (param i32 i64 f32 f64) (result f64 i64)))"
                  " (func (export \"r\") (param i32) (result f64 i64) (call $m (local.get 0) (i64.const 9000000000)"
                  " (f32.const 0.5) (f64.const 0.25))))",
                  &x, 1);
  struct eng_func r = func_named(f->s, &i, "r");
  union eng_val vals[2] = {{.i32 = -1}};
  assert_int_equal(eng_call(f->s, &r, vals, 2, NULL), WEIR_OK);
  assert_true(vals[0].f64 == 8999999999.75);
  assert_true(vals[1].i64 == -9000000000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(exports_are_found_by_name_and_kind, setup, teardown),
      cmocka_unit_test_setup_teardown(exports_of_every_kind_link, setup, teardown),
      cmocka_unit_test_setup_teardown(many_imports_link, setup, teardown),
      cmocka_unit_test_setup_teardown(linking_and_start_errors_are_told_apart, setup, teardown),
      cmocka_unit_test_setup_teardown(memories_are_seen_as_they_grow, setup, teardown),
      cmocka_unit_test_setup_teardown(functions_of_a_table_are_checked, setup, teardown),
      cmocka_unit_test_setup_teardown(host_functions_take_and_give_every_type, setup, teardown)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
