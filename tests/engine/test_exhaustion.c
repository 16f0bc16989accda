/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A guest that uses up the stack is refused, never the process killed: on the caller's stack, on a suspendable one, in
 * a start function, and by chains of C -> wasm -> C -> wasm in which every entry uses much of what it may. The C code
 * of host functions has HOST_FRAME bytes left wherever it is called.
 */
#include "engine/fixture.h"

#include <pthread.h>
#include <stdlib.h>

#ifdef __SANITIZE_ADDRESS__
enum { HOST_FRAME = 96 << 10 };
#else
enum { HOST_FRAME = 40 << 10 };
#endif

static const char guest_text[] =
    "(module $guest"
    " (import \"h\" \"again\" (func $again (param i32) (result i32)))"
    " (func $forever (export \"forever\") (param i32) (result i32)"
    "   (i32.add (call $forever (local.get 0)) (i32.const 1)))"
    /* goes `n` frames down, then calls the host, which enters chain again */
    " (func $chain (export \"chain\") (param i32) (result i32) (if (result i32) (i32.eqz (local.get 0))"
    "   (then (call $again (i32.const 0)))"
    "   (else (i32.add (call $chain (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))))"
    /* as deep as it goes, calling the host at every level */
    " (func $edge (export \"edge\") (param i32) (result i32) (drop (call $again (i32.const 1)))"
    "   (i32.add (call $edge (local.get 0)) (i32.const 1)))"
    " (func (export \"echo\") (param i32) (result i32) (local.get 0)))";

struct host {
  struct eng_host base;
  struct eng_store *s;
  struct eng_func chain;
  int32_t frames;    /* of wasm in each link of the chain */
  int entries;       /* links so far */
  int calls;         /* calls on the edge */
  weir_status inner; /* of the link that was refused */
  struct diag d;
};

static int touch_frame(void) {
  volatile char frame[HOST_FRAME];
  for (size_t i = 0; i < sizeof(frame); i += 512)
    frame[i] = 1;
  return frame[0];
}

static struct wasm_trap_t *host_again(struct eng_host *base, union eng_val *vals) {
  struct host *h = (struct host *)(void *)base;
  if (vals[0].i32 == 1) {
    h->calls += touch_frame();
    return NULL;
  }
  h->entries += touch_frame();
  union eng_val val = {.i32 = h->frames};
  h->inner = eng_call(h->s, &h->chain, &val, 1, &h->d);
  return h->inner == WEIR_OK ? NULL : trap_of("inner call failed");
}

struct world {
  struct fixture f;
  struct host host;
  struct eng_func forever, edge, echo;
  weir_status status;
  const struct eng_func *target;
};

static void exhaust(void *arg) {
  struct world *w = arg;
  union eng_val val = {.i32 = w->host.frames};
  w->status = eng_call(w->f.s, w->target, &val, 1, &w->host.d);
}

static void expect_exhausted(struct world *w) {
  assert_int_equal(w->status, WEIR_ERR_TRAP);
  assert_string_equal(diag_message(&w->host.d), "wasm trap: call stack exhausted");
  diag_done(&w->host.d);
  assert_int_equal(call_i32(w->f.s, &w->echo, 9), 9);
}

static void on_a_stack(struct world *w) {
  struct eng_stack *stack = NULL;
  assert_int_equal(eng_stack_start(w->f.s, exhaust, w, &stack, NULL), WEIR_OK);
  assert_null(stack);
  expect_exhausted(w);
}

static void on_the_callers_stack(struct world *w) {
  exhaust(w);
  expect_exhausted(w);
}

static void *on_a_thread(void *arg) {
  exhaust(arg);
  return NULL;
}

static void on_a_small_thread(struct world *w) {
  pthread_attr_t attr;
  pthread_t thread;
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, 768 << 10);
  assert_int_equal(pthread_create(&thread, &attr, on_a_thread, w), 0);
  pthread_join(thread, NULL);
  pthread_attr_destroy(&attr);
  expect_exhausted(w);
}

static int setup(void **state) {
  struct world *w = calloc(1, sizeof(*w));
  assert_non_null(w);
  w->f = fixture_new(NULL);
  w->host.base.fn = host_again;
  w->host.s = w->f.s;
  diag_init(&w->host.d);
  struct eng_extern import = host_of(w->f.s, &w->host.base, 1, 1);
  struct eng_instance i = instance_of(&w->f, guest_text, &import, 1);
  w->host.chain = func_named(w->f.s, &i, "chain");
  w->forever = func_named(w->f.s, &i, "forever");
  w->edge = func_named(w->f.s, &i, "edge");
  w->echo = func_named(w->f.s, &i, "echo");
  *state = w;
  return 0;
}

static int teardown(void **state) {
  struct world *w = *state;
  diag_done(&w->host.d);
  fixture_free(&w->f);
  free(w);
  return 0;
}

static void everywhere(struct world *w, const struct eng_func *target) {
  w->target = target;
  on_the_callers_stack(w);
  on_a_stack(w);
  on_a_small_thread(w);
  on_a_stack(w);
  on_the_callers_stack(w);
}

static void endless_recursion_traps(void **state) {
  struct world *w = *state;
  everywhere(w, &w->forever);
}

static void host_functions_have_room_at_the_very_edge(void **state) {
  struct world *w = *state;
  everywhere(w, &w->edge);
  assert_true(w->host.calls > 1000);
}

static void chains_of_entries_end_in_a_trap(void **state) {
  struct world *w = *state;
  for (int32_t frames = 0; frames <= 4000; frames = frames * 4 + 1) {
    w->host.frames = frames;
    w->host.entries = 0;
    everywhere(w, &w->host.chain);
    assert_true(w->host.entries >= 2);
  }
}

/* On a suspendable stack the limit of the first entry does not bound the later ones: several full entries fit. */
static void a_stack_holds_more_than_one_full_entry(void **state) {
  struct world *w = *state;
  w->target = &w->host.chain;
  w->host.frames = 1000;
  on_a_stack(w);
  assert_true(w->host.entries >= 4);
}

/* ---- start functions -------------------------------------------------------------------------------------------- */

static const char start_text[] =
    "(module (import \"h\" \"again\" (func $again (param i32) (result i32)))"
    " (func $down (param i32) (if (i32.eqz (local.get 0)) (then (drop (call $again (i32.const 0))))"
    "   (else (call $down (i32.sub (local.get 0) (i32.const 1))))))"
    " (func $start (call $down (i32.const 500))) (start $start))";

struct start {
  struct world *w;
  struct eng_module *m;
  struct eng_extern import;
};

static void start_body(void *arg) {
  struct start *j = arg;
  struct eng_instance i;
  j->w->status = eng_instantiate(j->w->f.s, j->m, &j->import, 1, &i, &j->w->host.d);
}

static void a_chain_from_a_start_function_ends_in_a_trap(void **state) {
  struct world *w = *state;
  struct eng_stack *stack = NULL;
  struct start j = {w, module_of(w->f.e, start_text), host_of(w->f.s, &w->host.base, 1, 1)};
  w->host.frames = 300;
  start_body(&j);
  expect_exhausted(w);
  assert_int_equal(eng_stack_start(w->f.s, start_body, &j, &stack, NULL), WEIR_OK);
  expect_exhausted(w);
  start_body(&j); /* now on a stack of the engine's own, under the caller's */
  expect_exhausted(w);
  eng_module_unref(j.m);
}

/* ---- stores within stores ---------------------------------------------------------------------------------------- */

struct relay {
  struct eng_host base;
  struct world *w;
  struct eng_store *other;
  struct eng_func chain, forever; /* the first store's, the other's */
  int depth, refused;
};

/* At every link of a chain in one store, a guest of the other one runs until its stack is exhausted. */
static struct wasm_trap_t *host_relay(struct eng_host *base, union eng_val *vals) {
  struct relay *r = (struct relay *)(void *)base;
  union eng_val val = {.i32 = 0};
  struct diag d;
  (void)vals;
  diag_init(&d);
  r->depth++;
  assert_int_equal(eng_call(r->other, &r->forever, &val, 1, &d), WEIR_ERR_TRAP);
  r->refused += !d.backtrace;
  diag_done(&d);
  val.i32 = 3000;
  r->w->status = eng_call(r->w->f.s, &r->chain, &val, 1, NULL);
  return r->w->status == WEIR_OK ? NULL : trap_of("inner call failed");
}

static void relay_body(void *arg) {
  struct relay *r = arg;
  union eng_val val = {.i32 = 0};
  assert_int_equal(eng_call(r->w->f.s, &r->chain, &val, 1, NULL), WEIR_ERR_TRAP);
}

static void a_store_may_be_used_at_any_depth_of_another_ones_stack(void **state) {
  struct world *w = *state;
  struct relay r = {.base = {host_relay}, .w = w};
  struct fixture second = {.e = w->f.e};
  struct eng_stack *stack = NULL;
  assert_int_equal(eng_store_new(second.e, NULL, &second.s, NULL), WEIR_OK);
  r.other = second.s;
  struct eng_extern import = host_of(w->f.s, &r.base, 1, 1);
  struct eng_instance i = instance_of(&w->f, guest_text, &import, 1);
  r.chain = func_named(w->f.s, &i, "chain");
  import = host_of(second.s, &r.base, 1, 1);
  i = instance_of(&second, guest_text, &import, 1);
  r.forever = func_named(second.s, &i, "forever");
  for (int round = 0; round < 2; round++) { /* a new stack, a kept one */
    r.depth = r.refused = 0;
    assert_int_equal(eng_stack_start(w->f.s, relay_body, &r, &stack, NULL), WEIR_OK);
    assert_true(r.depth >= 3 && r.refused >= 1 && r.refused < r.depth);
  }
  relay_body(&r);
  eng_store_free(second.s);
}

static void sizes_that_cannot_hold_a_guest_are_refused(void **state) {
  (void)state;
  const struct eng_config config = {.max_wasm_stack = 1 << 20, .stack_size = 1 << 20};
  struct eng *e = NULL;
  struct diag d;
  diag_init(&d);
  assert_int_equal(eng_new(&config, &e, &d), WEIR_ERR_MISUSE);
  assert_non_null(strstr(diag_message(&d), "too small"));
  diag_done(&d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(endless_recursion_traps, setup, teardown),
      cmocka_unit_test_setup_teardown(host_functions_have_room_at_the_very_edge, setup, teardown),
      cmocka_unit_test_setup_teardown(chains_of_entries_end_in_a_trap, setup, teardown),
      cmocka_unit_test_setup_teardown(a_stack_holds_more_than_one_full_entry, setup, teardown),
      cmocka_unit_test_setup_teardown(a_chain_from_a_start_function_ends_in_a_trap, setup, teardown),
      cmocka_unit_test_setup_teardown(a_store_may_be_used_at_any_depth_of_another_ones_stack, setup, teardown),
      cmocka_unit_test(sizes_that_cannot_hold_a_guest_are_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
