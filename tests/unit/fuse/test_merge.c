/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Merged modules do what the modules did: wiring, each kind of item, names, what is refused. */
#include "unit/fuse/merge_support.h"

#include "support/fault.h"
#include "unit/fuse/every_instruction.h"
#include "wasm/names.h"
#include "wasm/sections_read.h"
#include "wasm/walk.h"

static void functions_are_wired(void **state) {
  (void)state;
  struct merge_stats stats;
  const struct given g = {
      {"(module (func (export \"c\") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))",
       "(module (import \"a\" \"c\" (func $c (param i32) (result i32))) (import \"host\" \"log\" (func $log (param "
       "i32)))"
       " (export \"again\" (func $c)) (func (export \"c1\") (param i32) (result i32) (call $log (i32.const 9))"
       " (i32.add (call $c (local.get 0)) (i32.const 100))))",
       "(module (import \"b\" \"again\" (func $c (param i32) (result i32))) (func (export \"c2\") (param i32) (result "
       "i32)"
       " (call $c (call $c (local.get 0)))))"},
      "012",
      " a0 b1"};
  same(&g, "2 -> 18", &stats);
  assert_int_equal(stats.wired, 2);
  assert_int_equal(stats.imports, 1);
  assert_int_equal(stats.functions, 4);
  assert_int_equal(stats.types, 3);
}

static void a_module_is_there_as_often_as_it_is_instantiated(void **state) {
  (void)state;
  struct merge_stats stats;
  const struct given g = {
      {"(module (memory (export \"m\") 1) (global $n (mut i32) (i32.const 7)) (data (i32.const 8) \"abc\")"
       " (func (export \"c\") (param i32) (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1)))"
       " (i32.store (local.get 0) (global.get $n)) (global.get $n)))",
       "(module (import \"a\" \"c\" (func $a (param i32) (result i32))) (import \"b\" \"c\" (func $b (param i32) "
       "(result i32)))"
       " (func (export \"c1\") (param i32) (result i32) (i32.sub (call $a (local.get 0)) (call $b (local.get 0)))))"},
      "0001",
      "   a0b2"};
  same(&g, "0 -> 8", &stats);
  assert_int_equal(stats.memories, 3);
  assert_int_equal(stats.globals, 3);
  assert_int_equal(stats.deferred, 0);
}

static void memories_tables_and_globals_are_shared(void **state) {
  (void)state;
  const struct given g = {
      {"(module (memory (export \"m\") 1 4) (table (export \"t\") 4 funcref) (global (export \"g\") (mut i32) "
       "(i32.const 1))"
       " (func (export \"c\") (param i32) (result i32) (i32.load (local.get 0))))",
       "(module (import \"a\" \"m\" (memory 1)) (import \"a\" \"t\" (table $t 2 funcref))"
       " (import \"a\" \"g\" (global $g (mut i32))) (memory $own 1) (type $ci (func (param i32) (result i32))) (elem "
       "(i32.const 1) $f)"
       " (data (i32.const 4) \"\\05\") (data (memory $own) (i32.const 0) \"\\07\") (func $f (type $ci)"
       " (i32.add (local.get 0) (i32.load $own (i32.const 0))))"
       " (func (export \"c\") (param i32) (result i32) (global.set $g (i32.add (global.get $g) (i32.const 1)))"
       " (drop (memory.grow 0 (i32.const 1))) (memory.copy 0 $own (i32.const 20) (i32.const 0) (i32.const 4))"
       " (i32.add (global.get $g) (call_indirect $t (type $ci) (local.get 0) (i32.const 1)))))"},
      "01",
      " a0"};
  same(&g, "1 -> 11", NULL);
}

static void exceptions_keep_their_tag(void **state) {
  (void)state;
  const struct given g = {
      {"(module (tag $e (export \"e\") (param i32)) (func (export \"throw\") (param i32) (throw $e (local.get 0))))",
       "(module (import \"a\" \"throw\" (func $throw (param i32))) (import \"a\" \"e\" (tag $e (param i32)))"
       " (import \"b\" \"e\" (tag $other (param i32)))"
       " (func (export \"c\") (param i32) (result i32)"
       "   (block $mine (result i32) (block $theirs (result i32)"
       "     (try_table (result i32) (catch $other $theirs) (catch $e $mine) (call $throw (local.get 0)) (i32.const "
       "0)))"
       "     (return (i32.const -1)))"
       "   (i32.add (i32.const 40))))"},
      "001",
      "  a0b1"};
  same(&g, "2 -> 42", NULL);
}

static void types_are_shared_by_structure(void **state) {
  (void)state;
  struct merge_stats stats;
  const struct given g = {
      {"(module (rec (type $a (struct (field (ref null $b)))) (type $b (struct (field i32))))"
       " (type $f (func (param i32) (result (ref $b))))"
       " (func (export \"make\") (type $f) (struct.new $b (local.get 0))))",
       "(module (type (func (result i64))) (rec (type $x (struct (field (ref null $y)))) (type $y (struct (field "
       "i32))))"
       " (type $g (func (param i32) (result (ref $y)))) (import \"a\" \"make\" (func $make (type $g)))"
       " (func (export \"c\") (param i32) (result i32) (struct.get $y 0 (ref.cast (ref $y) (call $make (local.get "
       "0))))))"},
      "01",
      " a0"};
  same(&g, "3 -> 3", &stats);
  assert_int_equal(stats.types, 6);
}

static void constant_expressions_are_renumbered(void **state) {
  (void)state;
  const struct given g = {
      {"(module (global (export \"x\") i32 (i32.const 3)) (global $f (export \"f\") funcref (ref.func $f))"
       " (func $f (export \"c\") (param i32) (result i32) (i32.const 77)))",
       "(module (import \"a\" \"x\" (global $x i32)) (import \"a\" \"f\" (global $f funcref))"
       " (global $y i32 (i32.add (global.get $x) (i32.const 4))) (table $t 5 funcref (global.get $f))"
       " (table $u 5 funcref) (elem (table $u) (offset (global.get $x)) funcref (item (global.get $f)))"
       " (memory (export \"m\") 1) (data (offset (global.get $y)) \"x\") (type $ci (func (param i32) (result i32)))"
       " (func (export \"c\") (param i32) (result i32) (call_indirect $t (type $ci) (local.get 0) (local.get 0)))"
       " (func (export \"c1\") (param i32) (result i32) (call_indirect $u (type $ci) (local.get 0) (local.get 0))))"},
      "01",
      " a0"};
  same(&g, "uninitialized element", NULL);
}

static void references_stay_declared(void **state) {
  (void)state;
  const struct given g = {{"(module (table $t 1 funcref) (type $ci (func (param i32) (result i32)))"
                           " (func $f (export \"secret\") (param i32) (result i32) (i32.const 5))"
                           " (func (export \"c\") (param i32) (result i32) (table.set $t (i32.const 0) (ref.func $f))"
                           " (call_indirect $t (type $ci) (local.get 0) (i32.const 0))))"},
                          "0",
                          ""};
  same(&g, "0 -> 5", NULL);
}

static void what_is_imported_alike_is_imported_once(void **state) {
  (void)state;
  struct merge_stats stats;
  const char *module =
      "(module (import \"host\" \"log\" (func $log (param i32))) (import \"host\" \"m\" (memory 1))"
      " (func (export \"c\") (param i32) (result i32) (call $log (local.get 0)) (i32.store (i32.const 4) (local.get 0))"
      " (local.get 0)))";
  const struct given g = {{module,
                           "(module (import \"host\" \"m\" (memory 0)) (import \"host\" \"log\" (func (param i32)))"
                           " (func (export \"c\") (param i32) (result i32) (i32.load (i32.const 4))))"},
                          "001",
                          "  "};
  same(&g, "0 -> 3", &stats);
  assert_int_equal(stats.imports, 3); /* the memory is asked for with two limits */
}

/* ---- every instruction ----------------------------------------------------------------------------------------- */

/*
 * Comes first, and has a different number of items in each space: an index that is left alone, or is taken from the
 * wrong space, makes the result invalid.
 */
static const char *const in_front =
    "(module (type (func (param i64))) (type (func (param f64))) (type (func (param f32 f32)))"
    " (func (type 0)) (func (type 0)) (func (type 0)) (func (type 0)) (func (type 0)) (func (type 0)) (func (type 0))"
    " (table 1 externref) (table 1 externref) (table 1 externref) (memory i64 1) (memory i64 1)"
    " (memory i64 1) (memory i64 1) (global i64 (i64.const 0)) (global i64 (i64.const 0)) (tag (param f32))"
    " (elem externref) (elem externref) (elem externref) (elem externref) (elem externref) (data \"a\") (data \"b\")"
    " (data \"c\") (data \"d\") (data \"e\") (data \"f\"))";

static void compare_bodies(const struct wasm_sections *a, uint32_t first, const struct wasm_sections *b) {
  for (uint32_t i = 0; i < EVERY_COUNT; i++) {
    struct cursor x = sections_cursor(a, a->bodies[first + i], NULL), y = sections_cursor(b, b->bodies[i], NULL);
    struct walk_instr p, q;
    x.pos = y.pos = 3;
    struct walk v = walk_start(x), w = walk_start(y);
    while (w.depth != 0) {
      assert_int_equal(walk_next(&v, &p), WEIR_OK);
      assert_int_equal(walk_next(&w, &q), WEIR_OK);
      assert_ptr_equal(p.op, q.op);
      for (uint32_t n = 0; n < q.imm_count; n++)
        if (q.imms[n].kind > IMM_DATA && q.imms[n].kind <= IMM_MEMARG)
          assert_true(p.imms[n].value == q.imms[n].value);
    }
    assert_int_equal(v.depth, 0);
  }
}

static void every_instruction_is_renumbered(void **state) {
  (void)state;
  struct text every, merged;
  struct diag d;
  struct arena arena;
  struct wasm_sections a, b;
  diag_init(&d);
  text_init(&every);
  text_init(&merged);
  arena_init(&arena, &mem_system);
  every_instruction(&every);
  const struct merge_module modules[] = {compiled(in_front), {(const uint8_t *)every.data, every.size}};
  const struct merge_instance instances[] = {{.module = 0}, {.module = 1}, {.module = 1}};
  const struct merge_plan plan = {
      .modules = modules, .module_count = 2, .instances = instances, .instance_count = 3, .name = STR("m")};
  if (merge_modules(&mem_system, &plan, &merged, NULL, &d) != WEIR_OK)
    fail_msg("%s", diag_message(&d));
  require_valid(str_of(&merged));
  assert_int_equal(sections_read(&arena, (const uint8_t *)merged.data, merged.size, &a, NULL), WEIR_OK);
  assert_int_equal(sections_read(&arena, (const uint8_t *)every.data, every.size, &b, NULL), WEIR_OK);
  compare_bodies(&a, 7, &b);
  compare_bodies(&a, 7 + EVERY_COUNT, &b);
  eng_bytes_free((uint8_t *)modules[0].data, modules[0].size);
  arena_done(&arena);
  text_done(&every);
  text_done(&merged);
  diag_done(&d);
}

/* ---- names ----------------------------------------------------------------------------------------------------- */

static void expect_name(const struct wasm_sections *s, enum names_id id, uint32_t index, struct str expected) {
  struct names names;
  struct names_entry entry;
  assert_true(names_open(s, id, &names));
  while (names_next(&names, &entry))
    if (entry.index == index) {
      assert_true(str_eq((struct str){(const char *)s->data + entry.bytes.at, entry.bytes.size}, expected));
      return;
    }
  fail_msg("no name for %u", (unsigned)index);
}

static void names_get_a_prefix(void **state) {
  (void)state;
  const struct given g = {
      {"(module $one (memory $mem 1) (func $f (export \"x\") (param $p i32)) (func $g))",
       "(module (import \"a\" \"x\" (func $imported (param i32))) (import \"host\" \"log\" (func $log (param i32)))"
       " (func $start (call $log (i32.const 1))) (start $start) (data (i32.const 65536) \"\") (memory $m 1))"},
      "01",
      " a0"};
  struct run_case c;
  struct text merged;
  struct arena arena;
  struct wasm_sections s;
  text_init(&merged);
  arena_init(&arena, &mem_system);
  case_make(&g, &c);
  struct run_plan *plan = run_plan_new(&c);
  plan->plan.name = STR("both");
  plan->plan.start_export = STR("init");
  assert_int_equal(merge_modules(&mem_system, &plan->plan, &merged, NULL, NULL), WEIR_OK);
  require_valid(str_of(&merged));
  assert_int_equal(sections_read(&arena, (const uint8_t *)merged.data, merged.size, &s, NULL), WEIR_OK);
  expect_name(&s, NAMES_FUNC, 0, STR("1/log"));
  expect_name(&s, NAMES_FUNC, 1, STR("0/f"));
  expect_name(&s, NAMES_FUNC, 2, STR("0/g"));
  expect_name(&s, NAMES_FUNC, 3, STR("1/start"));
  expect_name(&s, NAMES_FUNC, 4, STR("start"));
  expect_name(&s, NAMES_LOCAL, 1, STR("\x01\x00\x01p"));
  expect_name(&s, NAMES_MEMORY, 0, STR("0/mem"));
  assert_false(s.has_start);
  assert_true(str_eq(s.exports[0].name, STR("init")));
  run_plan_free(plan);
  case_free(&c);
  arena_done(&arena);
  text_done(&merged);
}

static void each_instance_can_have_its_own_start(void **state) {
  (void)state;
  const struct given g = {
      {"(module (import \"host\" \"log\" (func $log (param i32))) (func $s (call $log (i32.const 1))) (start $s))",
       "(module (memory (export \"m\") 1))",
       "(module (import \"b\" \"m\" (memory 1)) (data (i32.const 65536) \"\") (data (i32.const 65535) \"ab\"))"},
      "0102",
      "   b1"};
  struct str names[] = {STR("start/0"), STR("start/1"), STR("start/2"), STR("start/3")};
  static const char *const exported[] = {"start/0", "start/2", "start/3"};
  struct run_case c;
  struct text merged;
  struct arena arena;
  struct wasm_sections s;
  text_init(&merged);
  arena_init(&arena, &mem_system);
  case_make(&g, &c);
  struct run_plan *plan = run_plan_new(&c);
  plan->plan.export_count = 0;
  plan->plan.start_exports = names;
  assert_int_equal(merge_modules(&mem_system, &plan->plan, &merged, NULL, NULL), WEIR_OK);
  require_valid(str_of(&merged));
  assert_int_equal(sections_read(&arena, (const uint8_t *)merged.data, merged.size, &s, NULL), WEIR_OK);
  assert_false(s.has_start);
  assert_int_equal(s.export_count, 3);
  for (uint32_t i = 0; i < 3; i++) {
    assert_true(str_eq(s.exports[i].name, str_from(exported[i])));
    assert_int_equal(s.exports[i].index, s.count[SPACE_FUNC] - 3 + i);
    expect_name(&s, NAMES_FUNC, s.exports[i].index, s.exports[i].name);
  }
  run_plan_free(plan);
  case_free(&c);
  arena_done(&arena);
  text_done(&merged);
}

/* ---- refused --------------------------------------------------------------------------------------------------- */

/* The merge is refused. */
static void refused(const struct given *given, weir_status status, const char *words) {
  struct run_case c;
  struct text merged;
  struct diag d;
  diag_init(&d);
  text_init(&merged);
  case_make(given, &c);
  struct run_plan *plan = run_plan_new(&c);
  assert_int_equal(merge_modules(&mem_system, &plan->plan, &merged, NULL, &d), status);
  assert_string_equal(diag_message(&d), words);
  run_plan_free(plan);
  case_free(&c);
  text_done(&merged);
  diag_done(&d);
}

static void what_does_not_fit_is_refused(void **state) {
  (void)state;
  const char *many =
      "(module (func (export \"f\") (param i32)) (memory (export \"m\") 1 2) (table (export \"t\") 1 funcref)"
      " (global (export \"g\") i32 (i32.const 0)) (tag (export \"e\")))";
  const struct {
    const char *module, *words;
  } cases[] = {
      {"(module (import \"a\" \"x\" (func)))", "module 1: instance 0 has no export \"x\""},
      {"(module (import \"a\" \"f\" (memory 1)))", "module 1: import \"a\" \"f\": a function was given for a memory"},
      {"(module (import \"a\" \"f\" (func)))", "module 1: import \"a\" \"f\": the function has another type"},
      {"(module (import \"a\" \"m\" (memory 2)))", "module 1: import \"a\" \"m\": the memory has other limits"},
      {"(module (import \"a\" \"m\" (memory 1 1)))", "module 1: import \"a\" \"m\": the memory has other limits"},
      {"(module (import \"a\" \"m\" (memory i64 1)))", "module 1: import \"a\" \"m\": the memory has other limits"},
      {"(module (import \"a\" \"t\" (table 1 externref)))", "module 1: import \"a\" \"t\": the table has another type"},
      {"(module (import \"a\" \"t\" (table 1 2 funcref)))", "module 1: import \"a\" \"t\": the table has other limits"},
      {"(module (import \"a\" \"g\" (global (mut i32))))", "module 1: import \"a\" \"g\": the global has another type"},
      {"(module (import \"a\" \"g\" (global i64)))", "module 1: import \"a\" \"g\": the global has another type"},
      {"(module (import \"a\" \"e\" (tag (param i32))))", "module 1: import \"a\" \"e\": the tag has another type"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    const struct given g = {{many, cases[i].module}, "01", " a0"};
    refused(&g, WEIR_ERR_LINK, cases[i].words);
  }
}

static void a_table_cannot_hold_an_object_of_another_module(void **state) {
  (void)state;
  const char *owner =
      "(module (type $s (struct)) (global (export \"x\") (ref $s) (struct.new $s)) (global $n (export \"n\") i32"
      " (i32.const 1)))";
  const struct given object = {
      {owner,
       "(module (type $s (struct)) (import \"a\" \"x\" (global $x (ref $s))) (table 1 (ref $s) (global.get $x)))"},
      "01",
      " a0"};
  refused(&object, WEIR_ERR_UNSUPPORTED, "the initial value of a table is a new object of another module's global");
  const struct given computed = {
      {owner, "(module (import \"a\" \"n\" (global $n i32)) (table 1 (ref i31) (ref.i31 (global.get $n))))"},
      "01",
      " a0"};
  refused(&computed, WEIR_ERR_UNSUPPORTED, "the initial value of a table is computed from another module's global");
}

static void subtypes_fit(void **state) {
  (void)state;
  const struct given g = {{"(module (type $p (sub (func (result anyref)))) (type $q (sub $p (func (result (ref i31)))))"
                           " (func $f (export \"f\") (type $q) (ref.i31 (i32.const 6))) (global (export \"g\") (ref "
                           "i31) (ref.i31 (i32.const 1)))"
                           " (global (export \"h\") (ref $q) (ref.func $f)))",
                           "(module (type $p (sub (func (result anyref)))) (import \"a\" \"f\" (func $f (type $p)))"
                           " (import \"a\" \"g\" (global $g anyref)) (import \"a\" \"h\" (global $h (ref null $p)))"
                           " (import \"a\" \"h\" (global $h2 funcref)) (func (export \"c\") (param i32) (result i32)"
                           " (i32.add (i31.get_s (ref.cast (ref i31) (call $f))) (i31.get_s (ref.cast (ref i31) "
                           "(call_ref $p (global.get $h)))))))"},
                          "01",
                          " a0"};
  same(&g, "0 -> 12", NULL);
}

static void plans_that_contradict_themselves_are_refused(void **state) {
  (void)state;
  struct merge_module module = compiled("(module (import \"a\" \"f\" (func)) (func (export \"f\")))");
  const struct merge_source itself = {.instance = 0, .name = STR("f")}, nowhere = {.instance = MERGE_OUTSIDE};
  const struct merge_instance bad[] = {
      {.module = 1}, {.module = 0}, {.sources = &itself, .source_count = 1}, {.sources = &nowhere, .source_count = 1}};
  struct text out;
  text_init(&out);
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    const struct merge_plan plan = {.modules = &module, .module_count = 1, .instances = &bad[i], .instance_count = 1};
    assert_int_equal(merge_modules(&mem_system, &plan, &out, NULL, NULL), WEIR_ERR_MISUSE);
  }
  text_done(&out);
  eng_bytes_free((uint8_t *)module.data, module.size);
}

static void an_export_has_a_name_of_its_own(void **state) {
  (void)state;
  struct merge_module module = compiled("(module (func (export \"f\")))");
  const struct merge_instance instance = {.module = 0};
  const struct merge_export twice[] = {{STR("x"), {.name = STR("f")}}, {STR("x"), {.name = STR("f")}}};
  struct merge_plan plan = {.modules = &module,
                            .module_count = 1,
                            .instances = &instance,
                            .instance_count = 1,
                            .exports = twice,
                            .export_count = 2};
  struct text out;
  text_init(&out);
  assert_int_equal(merge_modules(&mem_system, &plan, &out, NULL, NULL), WEIR_ERR_MISUSE);
  plan.export_count = 1;
  plan.start_export = STR("x");
  assert_int_equal(merge_modules(&mem_system, &plan, &out, NULL, NULL), WEIR_ERR_MISUSE);
  text_done(&out);
  eng_bytes_free((uint8_t *)module.data, module.size);
}

static void too_many_memories_are_refused(void **state) {
  (void)state;
  struct merge_module module = compiled("(module (memory 1))");
  struct merge_instance instances[101] = {{.module = 0}};
  struct text out;
  struct diag d;
  const struct merge_plan plan = {.modules = &module, .module_count = 1, .instances = instances, .instance_count = 101};
  text_init(&out);
  diag_init(&d);
  assert_int_equal(merge_modules(&mem_system, &plan, &out, NULL, &d), WEIR_ERR_LIMIT);
  assert_string_equal(diag_message(&d), "the merged module would have 101 memories; engines take 100");
  diag_done(&d);
  text_done(&out);
  eng_bytes_free((uint8_t *)module.data, module.size);
}

/* ---- memory ---------------------------------------------------------------------------------------------------- */

static weir_status merge_scenario(const struct weir_alloc *alloc, void *ctx) {
  struct text out;
  text_init(&out);
  weir_status status = merge_modules(alloc, ctx, &out, NULL, NULL);
  text_done(&out);
  return status;
}

static void memory_may_run_out(void **state) {
  (void)state;
  const struct given g = {
      {"(module $one (memory (export \"m\") 1) (func $f (export \"f\") (param i32)) (table (export \"t\") 1 funcref))",
       "(module (import \"a\" \"f\" (func $f (param i32))) (import \"host\" \"base\" (global $b i32)) (import \"a\" "
       "\"m\" (memory 1))"
       " (data (offset (global.get $b)) \"x\") (global funcref (ref.func $f)) (func $g (call $f (i32.const 1))) (start "
       "$g)"
       " (table 1 funcref (ref.func $f)) (tag))"},
      "01",
      " a0"};
  struct run_case c;
  case_make(&g, &c);
  struct run_plan *plan = run_plan_new(&c);
  assert_true(fault_sweep(merge_scenario, &plan->plan) > 0);
  fault_system_arm(0, false);
  assert_int_equal(merge_scenario(&mem_system, &plan->plan), WEIR_OK);
  size_t calls = fault_system_calls();
  for (size_t k = 1; k <= calls; k++) {
    fault_system_arm(k, true);
    weir_status status = merge_scenario(&mem_system, &plan->plan);
    fault_system_arm(0, false);
    assert_int_equal(status, WEIR_ERR_NOMEM);
  }
  run_plan_free(plan);
  case_free(&c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(functions_are_wired),
      cmocka_unit_test(a_module_is_there_as_often_as_it_is_instantiated),
      cmocka_unit_test(memories_tables_and_globals_are_shared),
      cmocka_unit_test(exceptions_keep_their_tag),
      cmocka_unit_test(types_are_shared_by_structure),
      cmocka_unit_test(constant_expressions_are_renumbered),
      cmocka_unit_test(references_stay_declared),
      cmocka_unit_test(what_is_imported_alike_is_imported_once),
      cmocka_unit_test(every_instruction_is_renumbered),
      cmocka_unit_test(each_instance_can_have_its_own_start),
      cmocka_unit_test(names_get_a_prefix),
      cmocka_unit_test(what_does_not_fit_is_refused),
      cmocka_unit_test(a_table_cannot_hold_an_object_of_another_module),
      cmocka_unit_test(subtypes_fit),
      cmocka_unit_test(plans_that_contradict_themselves_are_refused),
      cmocka_unit_test(an_export_has_a_name_of_its_own),
      cmocka_unit_test(too_many_memories_are_refused),
      cmocka_unit_test(memory_may_run_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
