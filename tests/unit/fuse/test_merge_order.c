/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What happens at instantiation keeps its order: segments and start functions of several modules, traps between them.
 * Each case says how many segments have to be deferred: neither fewer than the order needs, nor more.
 */
#include "unit/fuse/merge_support.h"

static void expect(const struct given *given, const char *shown, uint32_t deferred) {
  struct merge_stats stats;
  same(given, shown, &stats);
  assert_int_equal(stats.deferred, deferred);
}

/* Logs the byte at 8 of its memory when it starts. */
static const char *const reader =
    "(module (import \"host\" \"log\" (func $log (param i32))) (memory (export \"m\") 1) (table (export \"t\") 4 "
    "funcref)"
    " (func $start (call $log (i32.load8_u (i32.const 8)))) (start $start))";

static void segments_over_own_memory_stay_active(void **state) {
  (void)state;
  const struct given g = {
      {reader,
       "(module (import \"host\" \"log\" (func $log (param i32))) (memory (export \"m\") 1) (table 2 funcref)"
       " (global $at i32 (i32.const 65530)) (data (i32.const 0) \"a\") (data (global.get $at) \"123456\")"
       " (elem (i32.const 1) $start) (func $start (call $log (i32.load8_u (i32.const 0)))) (start $start))"},
      "0101",
      "   "};
  expect(&g, "log 0\nlog 97\nlog 0\nlog 97", 0);
}

static void a_shim_is_filled_without_a_start_function(void **state) {
  (void)state;
  struct merge_stats stats;
  const struct given g = {
      {"(module (table (export \"t\") 1 funcref) (type $ci (func (param i32) (result i32)))"
       " (func (export \"c\") (type $ci) (call_indirect (type $ci) (local.get 0) (i32.const 0))))",
       "(module (func (export \"f\") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))",
       "(module (import \"a\" \"t\" (table 1 funcref)) (import \"b\" \"f\" (func $f (param i32) (result i32)))"
       " (elem (i32.const 0) $f))"},
      "012",
      "  a0b1"};
  same(&g, "3 -> 4", &stats);
  assert_int_equal(stats.deferred, 0);
  assert_int_equal(stats.functions, 2);
}

static void a_start_function_sees_what_was_there(void **state) {
  (void)state;
  const struct given g = {
      {reader,
       "(module (import \"a\" \"m\" (memory 1)) (import \"host\" \"log\" (func $log (param i32)))"
       " (data (i32.const 8) \"b\") (func $start (call $log (i32.load8_u (i32.const 8)))) (start $start))"},
      "011",
      " a0 a0"};
  expect(&g, "log 0\nlog 98\nlog 98", 2);
}

static void a_segment_before_the_first_start_function_stays_active(void **state) {
  (void)state;
  const struct given g = {
      {"(module (memory (export \"m\") 1))", "(module (import \"a\" \"m\" (memory 1)) (data (i32.const 8) \"b\"))",
       "(module (import \"a\" \"m\" (memory 1)) (import \"host\" \"log\" (func $log (param i32)))"
       " (data (i32.const 8) \"c\") (func $start (call $log (i32.load8_u (i32.const 8)))) (start $start))"},
      "012",
      " a0 a0"};
  expect(&g, "log 99", 0);
}

static void a_trap_comes_after_what_was_before_it(void **state) {
  (void)state;
  const struct given g = {
      {reader, "(module (import \"a\" \"m\" (memory 1)) (data (i32.const 65536) \"x\"))", reader}, "012", " a0 "};
  expect(&g, "log 0\ninstantiated: wasm trap: out of bounds memory access", 1);
}

static void the_first_trap_wins(void **state) {
  (void)state;
  const struct given g = {{"(module (memory 1) (data (i32.const 65536) \"x\"))",
                           "(module (table 1 funcref) (elem (i32.const 1) $f) (func $f))"},
                          "01",
                          " "};
  expect(&g, "out of bounds memory access", 2);
  const struct given other = {{g.modules[0], g.modules[1]}, "10", " "};
  expect(&other, "out of bounds table access", 2);
}

static void an_empty_segment_can_trap(void **state) {
  (void)state;
  const struct given g = {{reader, "(module (memory 1) (data (i32.const 65537) \"\"))"}, "01", " "};
  expect(&g, "log 0\ninstantiated: wasm trap: out of bounds", 1);
}

static void memory_grown_by_a_start_function_has_room(void **state) {
  (void)state;
  const struct given g = {
      {"(module (memory (export \"m\") 1) (func $start (drop (memory.grow (i32.const 1)))) (start $start))",
       "(module (import \"a\" \"m\" (memory 1)) (data (i32.const 70000) \"x\"))"},
      "01",
      " a0"};
  expect(&g, "memory of 131072", 1);
}

static void what_the_host_sees_stops_at_the_trap(void **state) {
  (void)state;
  const struct given g = {{"(module (import \"host\" \"m\" (memory 1)) (data (i32.const 0) \"first\"))",
                           "(module (func $start unreachable) (start $start))",
                           "(module (import \"host\" \"m\" (memory 1)) (data (i32.const 0) \"second\"))"},
                          "012",
                          "  "};
  expect(&g, "unreachable", 1);
}

static void memory_of_the_host_is_written_in_order(void **state) {
  (void)state;
  const struct given g = {
      {"(module (import \"host\" \"m\" (memory 1)) (import \"host\" \"base\" (global $base i32))"
       " (data (i32.const 16) \"first\") (data (global.get $base) \"second\") (data (i32.const 18) \"third\"))"},
      "0",
      ""};
  expect(&g, "ok", 2);
}

static void a_table_is_empty_until_its_turn(void **state) {
  (void)state;
  const struct given g = {
      {"(module (table (export \"t\") 2 funcref) (func $start (call_indirect (i32.const 0))) (start $start))",
       "(module (import \"a\" \"t\" (table 1 funcref)) (elem (i32.const 0) $f) (func $f))"},
      "01",
      " a0"};
  expect(&g, "uninitialized element", 1);
}

static void a_table_of_the_host_is_filled(void **state) {
  (void)state;
  const struct given g = {{"(module (import \"host\" \"t\" (table 8 funcref)) (elem (i32.const 1) $f $f)"
                           " (func $f (param i32) (result i32) (i32.add (local.get 0) (i32.const 10))))"},
                          "0",
                          ""};
  expect(&g, "host c: 0 -> 4294967295\n1 -> 11\n2 -> 12", 0);
}

static void segments_are_dropped_in_their_turn(void **state) {
  (void)state;
  const char *dropped =
      "(module (import \"host\" \"m\" (memory 1)) (import \"host\" \"log\" (func $log (param i32))) (table 4 funcref)"
      " (elem $e (i32.const 0) $start) (data $d (i32.const 0) \"abc\") (func $start"
      " (table.init $e (i32.const 0) (i32.const 0) (i32.const 0)) (call $log (i32.const 1))"
      " (memory.init $d (i32.const 0) (i32.const 0) (i32.const 0)) (call $log (i32.const 2))"
      " (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)) (call $log (i32.const 3))) (start $start))";
  const struct given g = {{reader, dropped}, "01", " "};
  expect(&g, "log 1\nlog 2\ninstantiated: wasm trap: out of bounds memory access", 1);
}

static void passive_segments_are_left_alone(void **state) {
  (void)state;
  const struct given g = {
      {reader,
       "(module (import \"a\" \"m\" (memory 1)) (data (i32.const 9) \"y\") (data $p \"xyz\") (func"
       " (export \"c\") (param i32) (result i32) (memory.init $p (i32.const 8) (i32.const 0) (i32.const 3))"
       " (data.drop $p) (i32.load8_u (i32.const 9))))"},
      "01",
      " a0"};
  expect(&g, "0 -> 121\ncall: wasm trap: out of bounds memory access", 1);
}

static void start_functions_may_be_imported(void **state) {
  (void)state;
  struct merge_stats stats;
  const struct given g = {
      {"(module (import \"host\" \"log\" (func $log (param i32))) (global $n (mut i32) (i32.const 1))"
       " (func (export \"f\") (call $log (global.get $n)) (global.set $n (i32.const 2))))",
       "(module (import \"a\" \"f\" (func $f)) (start $f))"},
      "011",
      " a0 a0"};
  same(&g, "log 1\nlog 2", &stats);
  assert_int_equal(stats.starts, 2);
  const struct given once = {{g.modules[0], g.modules[1]}, "01", " a0"};
  same(&once, "log 1", &stats);
  assert_int_equal(stats.functions, 2); /* the only start function is the result's */
}

static void an_exception_leaves_a_start_function(void **state) {
  (void)state;
  const struct given g = {{reader, "(module (tag $e) (func $start (throw $e)) (start $start))", reader}, "012", "  "};
  expect(&g, "log 0\ninstantiated: ", 0);
}

static void a_table_of_64_bits_is_filled_in_its_turn(void **state) {
  (void)state;
  const struct given g = {
      {"(module (memory (export \"m\") i64 1) (table (export \"t\") i64 2 funcref) (func $start) (start $start))",
       "(module (import \"a\" \"m\" (memory i64 1)) (import \"a\" \"t\" (table i64 2 funcref)) (data (i64.const 5) "
       "\"x\")"
       " (elem (i64.const 1) $f) (type $ci (func (param i32) (result i32))) (func $f (type $ci) (i32.const 9))"
       " (func (export \"c\") (param i32) (result i32) (call_indirect (type $ci) (i32.const 0) (i64.const 1))))"},
      "01",
      " a0"};
  expect(&g, "0 -> 9", 2);
}

static void the_same_input_gives_the_same_bytes(void **state) {
  (void)state;
  const struct given g = {
      {reader,
       "(module (import \"a\" \"m\" (memory 1)) (data (i32.const 8) \"b\") (rec (type (func)) (type (struct))))"},
      "0101",
      " a0  a2"};
  struct run_case c;
  struct text one, other;
  text_init(&one);
  text_init(&other);
  case_make(&g, &c);
  struct run_plan *plan = run_plan_new(&c);
  assert_int_equal(merge_modules(&mem_system, &plan->plan, &one, NULL, NULL), WEIR_OK);
  assert_int_equal(merge_modules(&mem_system, &plan->plan, &other, NULL, NULL), WEIR_OK);
  assert_int_equal(one.size, other.size);
  assert_memory_equal(one.data, other.data, one.size);
  run_plan_free(plan);
  case_free(&c);
  text_done(&one);
  text_done(&other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(segments_over_own_memory_stay_active),
      cmocka_unit_test(a_shim_is_filled_without_a_start_function),
      cmocka_unit_test(a_start_function_sees_what_was_there),
      cmocka_unit_test(a_segment_before_the_first_start_function_stays_active),
      cmocka_unit_test(a_trap_comes_after_what_was_before_it),
      cmocka_unit_test(the_first_trap_wins),
      cmocka_unit_test(an_empty_segment_can_trap),
      cmocka_unit_test(memory_grown_by_a_start_function_has_room),
      cmocka_unit_test(what_the_host_sees_stops_at_the_trap),
      cmocka_unit_test(memory_of_the_host_is_written_in_order),
      cmocka_unit_test(a_table_is_empty_until_its_turn),
      cmocka_unit_test(a_table_of_the_host_is_filled),
      cmocka_unit_test(segments_are_dropped_in_their_turn),
      cmocka_unit_test(passive_segments_are_left_alone),
      cmocka_unit_test(start_functions_may_be_imported),
      cmocka_unit_test(an_exception_leaves_a_start_function),
      cmocka_unit_test(a_table_of_64_bits_is_filled_in_its_turn),
      cmocka_unit_test(the_same_input_gives_the_same_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
