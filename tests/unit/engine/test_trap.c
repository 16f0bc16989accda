/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a trap says: the engine's words alone, the backtrace alone, and the first error's words before all. */
#include "engine/fixture.h"

static const char guest_text[] =
    "(module $guest (import \"h\" \"fail\" (func $fail (param i32) (result i32))) (memory 1) (tag $e)"
    " (table 1 funcref)"
    " (func $unreachable (export \"unreachable\") (param i32) (result i32) unreachable)"
    " (func (export \"bounds\") (param i32) (result i32) (i32.load (i32.const 65536)))"
    " (func (export \"divide\") (param i32) (result i32) (i32.div_s (i32.const 1) (i32.const 0)))"
    " (func (export \"null\") (param i32) (result i32)"
    "   (call_indirect (param i32) (result i32) (local.get 0) (i32.const 0)))"
    " (func (export \"throw\") (param i32) (result i32) (throw $e))"
    " (func (export \"catch\") (param i32) (result i32) (block $b (try_table (catch $e $b) (throw $e))) (i32.const 6))"
    " (func $inner (param i32) (result i32) (call $fail (local.get 0)))"
    " (func $outer (export \"outer\") (param i32) (result i32) (i32.add (call $inner (local.get 0)) (i32.const 1))))";

struct host {
  struct eng_host base;
  struct eng_store *s;
  struct diag *d; /* where "fail" leaves its detail, as the runtime does */
  struct eng_func unreachable;
};

struct world {
  struct fixture f;
  struct host host;
  struct eng_instance i;
  struct diag d;
};

/* 0: a message; 1: detail first, then a trap; 2: a trap without words; 3: a trap of an inner call passed on. */
static struct wasm_trap_t *host_fail(struct eng_host *base, union eng_val *vals) {
  struct host *h = (struct host *)(void *)base;
  union eng_val val = {.i32 = 0};
  switch (vals[0].i32) {
    case 0:
      return trap_of("the host says no\nand why");
    case 1:
      diag_set(h->d, WEIR_ERR_HOST, "detail of the host");
      return trap_of("consequence");
    case 2:
      return eng_trap(NULL, 0);
    default:
      eng_call(h->s, &h->unreachable, &val, 1, h->d);
      return trap_of("consequence");
  }
}

static int setup(void **state) {
  static struct world w;
  memset(&w, 0, sizeof(w));
  w.f = fixture_new(NULL);
  diag_init(&w.d);
  w.host = (struct host){.base = {host_fail}, .s = w.f.s, .d = &w.d};
  struct eng_extern import = host_of(w.f.s, &w.host.base, 1, 1);
  w.i = instance_of(&w.f, guest_text, &import, 1);
  w.host.unreachable = func_named(w.f.s, &w.i, "unreachable");
  *state = &w;
  return 0;
}

static int teardown(void **state) {
  struct world *w = *state;
  diag_done(&w->d);
  fixture_free(&w->f);
  return 0;
}

static void call(struct world *w, const char *name, int32_t arg) {
  struct eng_func f = func_named(w->f.s, &w->i, name);
  union eng_val val = {.i32 = arg};
  diag_done(&w->d);
  assert_int_equal(eng_call(w->f.s, &f, &val, 1, &w->d), WEIR_ERR_TRAP);
}

static void the_engines_words_are_kept_without_the_backtrace(void **state) {
  static const char *const cases[][2] = {
      {"unreachable", "wasm trap: wasm `unreachable` instruction executed"},
      {"bounds", "wasm trap: out of bounds memory access"},
      {"divide", "wasm trap: integer divide by zero"},
      {"null", "wasm trap: uninitialized element"},
  };
  struct world *w = *state;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    call(w, cases[i][0], 0);
    assert_int_equal(w->d.status, WEIR_ERR_TRAP);
    assert_string_equal(diag_message(&w->d), cases[i][1]);
    assert_non_null(w->d.backtrace);
  }
}

static void an_exception_that_nobody_catches_is_a_trap_and_forgotten(void **state) {
  struct world *w = *state;
  struct eng_func caught = func_named(w->f.s, &w->i, "catch");
  for (int i = 0; i < 3; i++) {
    call(w, "throw", 0);
    assert_string_equal(diag_message(&w->d), "wasm trap: uncaught exception");
    assert_int_equal(call_i32(w->f.s, &caught, 0), 6);
  }
}

static void a_hosts_message_comes_through_whole(void **state) {
  struct world *w = *state;
  call(w, "outer", 0);
  assert_string_equal(diag_message(&w->d), "the host says no\nand why");
  assert_non_null(strstr(w->d.backtrace, "0: guest!inner @ 0x"));
  assert_non_null(strstr(w->d.backtrace, "\n1: guest!outer @ 0x"));
  call(w, "outer", 2);
  assert_string_equal(diag_message(&w->d), "");
}

static void the_first_error_keeps_its_words_and_gets_the_backtrace(void **state) {
  struct world *w = *state;
  call(w, "outer", 1);
  assert_int_equal(w->d.status, WEIR_ERR_HOST);
  assert_string_equal(diag_message(&w->d), "detail of the host");
  assert_non_null(strstr(w->d.backtrace, "guest!inner"));
}

static void the_backtrace_of_an_inner_trap_shows_all_entries(void **state) {
  struct world *w = *state;
  call(w, "outer", 3);
  assert_string_equal(diag_message(&w->d), "wasm trap: wasm `unreachable` instruction executed");
  assert_ptr_equal(strstr(w->d.backtrace, "0: guest!unreachable @ 0x"), w->d.backtrace);
  assert_non_null(strstr(w->d.backtrace, "1: guest!inner"));
}

static void names_cannot_forge_lines(void **state) {
  struct world *w = *state;
  struct eng_instance i = instance_of(
      &w->f, "(module (func (export \"a\") (call $\"x\\0ay\\1b[m\")) (func $\"x\\0ay\\1b[m\" unreachable))", NULL, 0);
  struct eng_func f = func_named(w->f.s, &i, "a");
  union eng_val none;
  assert_int_equal(eng_call(w->f.s, &f, &none, 0, &w->d), WEIR_ERR_TRAP);
  assert_ptr_equal(strstr(w->d.backtrace, "0: x?y?[m @ 0x"), w->d.backtrace);
  assert_non_null(strstr(w->d.backtrace, "\n1: <wasm function 0> @ 0x"));
}

static void a_call_without_diag_traps_quietly(void **state) {
  struct world *w = *state;
  union eng_val val = {.i32 = 0};
  assert_int_equal(eng_call(w->f.s, &w->host.unreachable, &val, 1, NULL), WEIR_ERR_TRAP);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(the_engines_words_are_kept_without_the_backtrace, setup, teardown),
      cmocka_unit_test_setup_teardown(an_exception_that_nobody_catches_is_a_trap_and_forgotten, setup, teardown),
      cmocka_unit_test_setup_teardown(a_hosts_message_comes_through_whole, setup, teardown),
      cmocka_unit_test_setup_teardown(the_first_error_keeps_its_words_and_gets_the_backtrace, setup, teardown),
      cmocka_unit_test_setup_teardown(the_backtrace_of_an_inner_trap_shows_all_entries, setup, teardown),
      cmocka_unit_test_setup_teardown(names_cannot_forge_lines, setup, teardown),
      cmocka_unit_test_setup_teardown(a_call_without_diag_traps_quietly, setup, teardown)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
