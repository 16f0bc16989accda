/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Which lowered functions get adapters, in which modules; that these are valid; and that all of it is bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "adapter/plan.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/eng.h"
#include "support/fault.h"

struct world {
  struct arena arena;
  struct graph *graph;
  struct adapter_plan *plan;
};

static void check_modules(const struct world *w) {
  struct diag d;
  diag_init(&d);
  for (uint32_t i = 0; i < w->plan->group_count; i++) {
    const struct str *bytes = &w->plan->groups[i].bytes;
    if (eng_validate((const uint8_t *)bytes->data, bytes->size, ENG_FEATURES_RELEASED, &d) != WEIR_OK)
      fail_msg("module %u: %s", i, diag_message(&d));
  }
  diag_done(&d);
}

static void world_open_how(struct world *w, const char *text, uint32_t how) {
  struct diag d;
  const struct ast_component *ast;
  uint8_t *bytes = NULL;
  size_t size = 0;
  diag_init(&d);
  arena_init(&w->arena, &mem_system);
  if (eng_text_to_binary((const uint8_t *)text, strlen(text), &bytes, &size, &d) != WEIR_OK ||
      eng_validate(bytes, size, 0x1ff, &d) != WEIR_OK)
    fail_msg("%s", diag_message(&d));
  uint8_t *copy = arena_alloc(&w->arena, size);
  memcpy(copy, bytes, size);
  eng_bytes_free(bytes, size);
  assert_int_equal(ast_decode(&w->arena, copy, size, &ast, &d), WEIR_OK);
  assert_int_equal(graph_link(&w->arena, ast, &w->graph, &d), WEIR_OK);
  assert_int_equal(adapter_plan_make(&w->arena, w->graph, how, &w->plan, &d), WEIR_OK);
  diag_done(&d);
  check_modules(w);
}

static void world_open(struct world *w, const char *text) {
  world_open_how(w, text, 0);
}

static void world_close(struct world *w) {
  arena_done(&w->arena);
}

static uint32_t count_adapters(const char *text, bool entering, bool *ret_flags) {
  struct world w;
  uint32_t count = 0;
  world_open(&w, text);
  for (uint32_t i = 0; i < w.graph->trampoline_count; i++)
    count += w.graph->trampolines[i].kind == CANON_LOWER && w.plan->group_of[i] != GRAPH_NONE &&
             w.plan->enters[i] == entering;
  *ret_flags = w.plan->group_count > 0 && w.plan->groups[0].makes_flags;
  for (uint32_t i = 1; i < w.plan->group_count; i++)
    assert_true(!w.plan->groups[i].makes_flags || !*ret_flags);
  world_close(&w);
  return count;
}

/* How many adapters to leaves a component gets, and to others. */
static uint32_t adapters_of(const char *text) {
  bool flags;
  return count_adapters(text, false, &flags);
}
static uint32_t entering_of(const char *text) {
  bool flags;
  return count_adapters(text, true, &flags);
}

/* The same where no runtime of weir is around. */
static uint32_t planned_alone(const char *text) {
  struct world w;
  struct diag d;
  uint32_t count = 0;
  diag_init(&d);
  world_open(&w, text);
  assert_int_equal(adapter_plan_make(&w.arena, w.graph, ADAPTER_ALONE, &w.plan, &d), WEIR_OK);
  for (uint32_t i = 0; i < w.graph->trampoline_count; i++)
    count += w.plan->group_of[i] != GRAPH_NONE;
  assert_int_equal(w.plan->standin_count, 0);
  world_close(&w);
  diag_done(&d);
  return count;
}

/* A callee with a function `f` of `type`; `before` stands before its module, which imports `core`, given by `with`. */
#define CALLEE(before, module, with, type, options)                               \
  "(component $callee " before "(core module $m " module                          \
  "(memory (export \"memory\") 1)"                                                \
  "(func (export \"realloc\") (param i32 i32 i32 i32) (result i32) unreachable))" \
  "(core instance $m (instantiate $m" with                                        \
  "))"                                                                            \
  "(func (export \"f\") " type " (canon lift (core func $m \"f\")" options ")))"
#define CALLER(type, core, options)                                                     \
  "(component $caller (import \"f\" (func $f " type                                     \
  "))"                                                                                  \
  "(core module $e (memory (export \"memory\") 1)"                                      \
  "(func (export \"realloc\") (param i32 i32 i32 i32) (result i32) unreachable))"       \
  "(core instance $e (instantiate $e))"                                                 \
  "(core func $f (canon lower (func $f)" options                                        \
  "))"                                                                                  \
  "(core module $m (import \"\" \"f\" (func $f " core                                   \
  ")) (func (export \"run\")))"                                                         \
  "(core instance $m (instantiate $m (with \"\" (instance (export \"f\" (func $f))))))" \
  "(func (export \"run\") (canon lift (core func $m \"run\"))))"
#define WIRED                                                                  \
  "(instance $callee (instantiate $callee))"                                   \
  "(instance $caller (instantiate $caller (with \"f\" (func $callee \"f\"))))" \
  "(export \"run\" (func $caller \"run\"))"
#define PAIR(callee, caller) "(component " callee caller WIRED ")"

#define ADD "(param \"a\" u32) (param \"b\" u32) (result u32)"
#define ADD_CORE "(param i32 i32) (result i32)"
#define ADD_FUNC "(func (export \"f\") " ADD_CORE " unreachable)"
#define MEMORY " (memory (core memory $m \"memory\")) (realloc (core func $m \"realloc\"))"
#define CALLER_MEMORY " (memory (core memory $e \"memory\")) (realloc (core func $e \"realloc\"))"

static void a_leaf_is_called_through_an_adapter(void **state) {
  (void)state;
  assert_int_equal(adapters_of(PAIR(CALLEE("", ADD_FUNC, "", ADD, ""), CALLER(ADD, ADD_CORE, ""))), 1);
  assert_int_equal(adapters_of(PAIR(CALLEE("", ADD_FUNC, "", ADD, MEMORY), CALLER(ADD, ADD_CORE, CALLER_MEMORY))), 1);
}

#define GIVEN " (with \"\" (instance (export \"g\" (func $g))))"
#define GETS "(import \"\" \"g\" (func (result i32)))"
#define NARROW "(param \"a\" u8) (param \"b\" u32) (result u32)"
#define WITH_BUILT_IN(built_in, type) \
  PAIR(CALLEE("(core func $g (canon " built_in "))", GETS ADD_FUNC, GIVEN, type, ""), CALLER(type, ADD_CORE, ""))

static void built_ins_and_host_functions_make_no_leaf(void **state) {
  (void)state;
  assert_int_equal(adapters_of(WITH_BUILT_IN("context.get i32 0", NARROW)), 0);
  assert_int_equal(entering_of(WITH_BUILT_IN("context.get i32 0", NARROW)), 1);
  assert_int_equal(entering_of(WITH_BUILT_IN("context.get i32 0", ADD)), 1);
  assert_int_equal(entering_of("(component (import \"g\" (func $g))"
                               "(component $c (import \"g\" (func $h)) (core func $g (canon lower (func $h)))"
                               "(core module $m (import \"\" \"g\" (func)) " ADD_FUNC ")"
                               "(core instance $m (instantiate $m" GIVEN "))"
                               "(func (export \"f\") " NARROW " (canon lift (core func $m \"f\"))))" CALLER(
                                   NARROW, ADD_CORE, "") "(instance $callee (instantiate $c (with \"g\" (func $g))))"
                                                         "(instance (instantiate $caller (with \"f\" (func $callee "
                                                         "\"f\")))))"),
                   1);
}

static void what_can_block_is_the_runtimes(void **state) {
  (void)state;
  assert_int_equal(entering_of(WITH_BUILT_IN("thread.yield", NARROW)), 0);
}

/* A call of realloc has context slots of its own, in a stand-in. */
static void context_slots_beside_realloc(void **state) {
  (void)state;
#define LENGTH "(param \"s\" string) (result u32)"
#define SLOTS "(core func $g (canon context.get i32 0))"
#define SEES_SLOTS PAIR(CALLEE(SLOTS, GETS ADD_FUNC, GIVEN, LENGTH, MEMORY), CALLER(LENGTH, ADD_CORE, CALLER_MEMORY))
  assert_int_equal(entering_of(SEES_SLOTS), 1);
  assert_int_equal(planned_alone(SEES_SLOTS), 0);
}

static void async_functions_that_are_lifted_sync_have_one(void **state) {
  (void)state;
#define ASYNC_ADD CALLEE("", ADD_FUNC, "", "async " ADD, "")
  assert_int_equal(entering_of(PAIR(ASYNC_ADD, CALLER("async " ADD, ADD_CORE, ""))), 1);
  assert_int_equal(
      entering_of(PAIR(ASYNC_ADD, CALLER("async " ADD, "(param i32 i32 i32) (result i32)", " async" CALLER_MEMORY))),
      1);
  assert_int_equal(planned_alone(PAIR(ASYNC_ADD, CALLER("async " ADD, ADD_CORE, ""))), 0);
}

static void stackful_callees_have_none(void **state) {
  (void)state;
  assert_int_equal(
      entering_of(PAIR(CALLEE("", "(func (export \"f\") (param i32 i32) unreachable)", "", "async " ADD, " async"),
                       CALLER("async " ADD, ADD_CORE, ""))),
      0);
}

static size_t module_size(const char *text) {
  struct world w;
  world_open(&w, text);
  assert_int_equal(w.plan->group_count, 1);
  size_t size = w.plan->groups[0].bytes.size;
  world_close(&w);
  return size;
}

/* tests/spec/own/adapters-throw.wast has what they do. */
static void only_what_can_throw_is_guarded(void **state) {
  (void)state;
  size_t plain = module_size(PAIR(CALLEE("", ADD_FUNC, "", ADD, ""), CALLER(ADD, ADD_CORE, "")));
  size_t guarded = module_size(PAIR(CALLEE("", "(tag $t)" ADD_FUNC, "", ADD, ""), CALLER(ADD, ADD_CORE, "")));
  assert_true(guarded > plain);
}

static void handles_go_through_adapters(void **state) {
  (void)state;
#define STREAM "(param \"s\" (stream u8))"
#define TAKES_STREAM \
  PAIR(CALLEE("", "(func (export \"f\") (param i32))", "", STREAM, ""), CALLER(STREAM, "(param i32)", ""))
#define LENDS(kind)                                                                                       \
  "(component (component $callee (type $r (resource (rep i32))) (export $t \"r\" (type $r))"              \
  "(core module $m (func (export \"f\") (param i32))) (core instance $m (instantiate $m))"                \
  "(func (export \"f\") (param \"r\" (" kind                                                              \
  " $t)) (canon lift (core func $m \"f\"))))"                                                             \
  "(component $caller (import \"r\" (type $r (sub resource))) (import \"f\" (func $f (param \"r\" (" kind \
  " $r))))"                                                                                               \
  "(core func $f (canon lower (func $f)))"                                                                \
  "(core module $m (import \"\" \"f\" (func (param i32))))"                                               \
  "(core instance (instantiate $m (with \"\" (instance (export \"f\" (func $f)))))))"                     \
  "(instance $callee (instantiate $callee))"                                                              \
  "(instance (instantiate $caller (with \"r\" (type $callee \"r\")) (with \"f\" (func $callee \"f\")))))"
  assert_int_equal(adapters_of(TAKES_STREAM), 1);
  assert_int_equal(planned_alone(TAKES_STREAM), 0); /* nobody has tables */
  assert_int_equal(adapters_of(LENDS("own")), 1);
  assert_int_equal(adapters_of(LENDS("borrow")), 1);
  assert_int_equal(planned_alone(LENDS("borrow")), 0);
}

#define RETURNS "(core func $g (canon task.return (result u32)))"
#define ASYNC_CALL                                                                   \
  PAIR(CALLEE(RETURNS,                                                               \
              "(import \"\" \"g\" (func (param i32)))" ADD_FUNC                      \
              "(func (export \"cb\") (param i32 i32 i32) (result i32) unreachable)", \
              GIVEN, "async " ADD, " async (callback (core func $m \"cb\"))"),       \
       CALLER("async " ADD, ADD_CORE, ""))

/* So has its task.return, and the instance has a stand-in. */
static void callees_with_a_callback_have_one(void **state) {
  (void)state;
  struct world w;
  bool flags;
  world_open(&w, ASYNC_CALL);
  assert_int_equal(w.plan->standin_count, 1);
  assert_int_equal(w.plan->group_count, 2);
  assert_int_equal(w.graph->trampolines[0].kind, CANON_TASK_RETURN);
  assert_int_equal(w.plan->group_of[0], 0);
  assert_int_equal(w.plan->group_of[1], 1);
  assert_true(w.plan->groups[0].makes_flags);
  world_close(&w);
  assert_int_equal(count_adapters(ASYNC_CALL, true, &flags), 1);
  assert_int_equal(planned_alone(ASYNC_CALL), 0);
}

/* The group, and then its switch, of two functions and their globals. */
static void what_needs_flags_may_be_late(void **state) {
  (void)state;
  struct world w;
  world_open_how(&w, ASYNC_CALL, ADAPTER_LATE);
  assert_int_equal(w.plan->late_first, 0);
  assert_int_equal(w.plan->group_count, 2);
  assert_true(w.plan->groups[0].makes_flags);
  assert_int_equal(w.plan->groups[0].count, 2);
  assert_false(w.plan->groups[1].makes_flags);
  assert_int_equal(w.plan->groups[1].count, 2);
  assert_int_equal(w.plan->groups[1].import_count, 2);
  assert_int_equal(w.plan->group_of[0], 1);
  assert_int_equal(w.plan->group_of[1], 1);
  world_close(&w);
}

static void adapters_of_leaves_are_never_late(void **state) {
  (void)state;
  struct world w;
  world_open_how(&w, PAIR(CALLEE("", ADD_FUNC, "", ADD, ""), CALLER(ADD, ADD_CORE, "")), ADAPTER_LATE);
  assert_int_equal(w.plan->group_count, 1);
  assert_int_equal(w.plan->late_first, 1);
  world_close(&w);
}

/* The middle of a chain is a leaf too, and its own adapter exists before it. */
static void chains_of_leaves(void **state) {
  (void)state;
  struct world w;
#define MIDDLE                                                                          \
  "(component $middle (import \"f\" (func $f " ADD                                      \
  ")) (core func $f (canon lower (func $f)))"                                           \
  "(core module $m (import \"\" \"f\" (func $f " ADD_CORE                               \
  "))"                                                                                  \
  "(func (export \"f\") " ADD_CORE                                                      \
  " (call $f (local.get 0) (local.get 1))))"                                            \
  "(core instance $m (instantiate $m (with \"\" (instance (export \"f\" (func $f))))))" \
  "(func (export \"f\") " ADD " (canon lift (core func $m \"f\"))))"
  world_open(&w, "(component " CALLEE("", ADD_FUNC, "", ADD, "") MIDDLE CALLER(ADD, ADD_CORE, "")
                 "(instance $callee (instantiate $callee))"
                 "(instance $middle (instantiate $middle (with \"f\" (func $callee \"f\"))))"
                 "(instance $caller (instantiate $caller (with \"f\" (func $middle \"f\")))))");
  assert_int_equal(w.plan->group_count, 2);
  assert_int_equal(w.plan->groups[0].count, 1);
  assert_int_equal(w.plan->groups[0].import_count, 1);
  assert_int_equal(w.plan->group_of[w.plan->groups[1].trampolines[0]], 1);
  world_close(&w);
}

static void parents_and_children_do_not_enter_each_other(void **state) {
  (void)state;
  assert_int_equal(
      adapters_of("(component (core module $m " ADD_FUNC ") (core instance $m (instantiate $m))"
                  "(func $f " ADD " (canon lift (core func $m \"f\")))" CALLER(
                      ADD, ADD_CORE, "") "(instance $caller (instantiate $caller (with \"f\" (func $f)))))"),
      0);
  assert_int_equal(adapters_of("(component " CALLEE(
                       "", ADD_FUNC, "", ADD,
                       "") "(instance $callee (instantiate $callee)) (alias export $callee \"f\" (func $f))"
                           "(core func $f (canon lower (func $f)))"
                           "(core module $m (import \"\" \"f\" (func " ADD_CORE ")))"
                           "(core instance (instantiate $m (with \"\" (instance (export \"f\" (func $f)))))))"),
                   0);
}

/* A call into `inner` enters `outer`, and so depends on whether `other`, which calls the host, has been called. */
static void instances_around_a_leaf_count(void **state) {
  (void)state;
  const char *format =
      "(component (import \"g\" (func $g))"
      "(component $outer (import \"g\" (func $g)) " CALLEE("", ADD_FUNC, "", NARROW, "")
      "(component $other (import \"g\" (func $h)) %s)"
      "(instance $inner (instantiate $callee)) (instance (instantiate $other (with \"g\" (func $g))))"
      "(export \"f\" (func $inner \"f\")))" CALLER(NARROW, ADD_CORE, "")
      "(instance $callee (instantiate $outer (with \"g\" (func $g))))"
      "(instance $caller (instantiate $caller (with \"f\" (func $callee \"f\")))))";
  struct text t;
  text_init(&t);
  text_printf(&t, format, "");
  assert_int_equal(adapters_of(t.data), 1);
  t.size = 0;
  text_printf(&t, format, "(core func $g (canon lower (func $h)))");
  assert_int_equal(adapters_of(t.data), 0);
  assert_int_equal(entering_of(t.data), 1);
  text_done(&t);
}

/* Flags are kept for who calls out and has a realloc or post-return that is called. */
static void flags_where_they_are_read(void **state) {
  (void)state;
  bool flags;
#define GREET "(result string)"
#define GREET_FUNC "(func (export \"f\") (result i32) unreachable)"
#define TICK "(core func $g (canon waitable-set.new))"
  assert_int_equal(
      count_adapters(PAIR(CALLEE("", GREET_FUNC, "", GREET, MEMORY), CALLER(GREET, "(param i32)", CALLER_MEMORY)),
                     false, &flags),
      1);
  assert_true(flags);
  assert_int_equal(
      count_adapters(PAIR(CALLEE("", ADD_FUNC, "", LENGTH, MEMORY), CALLER(LENGTH, ADD_CORE, CALLER_MEMORY)), false,
                     &flags),
      1);
  assert_false(flags);
  assert_int_equal(
      count_adapters(PAIR(CALLEE(TICK, GETS ADD_FUNC, GIVEN, LENGTH, MEMORY), CALLER(LENGTH, ADD_CORE, CALLER_MEMORY)),
                     true, &flags),
      1);
  assert_true(flags);
}

static void values_in_memory(void **state) {
  (void)state;
#define MANY "(param \"a\" (list (tuple string (option u8) (result (list u16) (error char)))))"
  assert_int_equal(adapters_of(PAIR(CALLEE("", "(func (export \"f\") (param i32 i32))", "", MANY, MEMORY),
                                    CALLER(MANY, "(param i32 i32)", CALLER_MEMORY))),
                   1);
  assert_int_equal(adapters_of(PAIR(CALLEE("", "(func (export \"f\") (param i32 i32))", "", MANY, MEMORY),
                                    CALLER(MANY, "(param i32 i32)", " string-encoding=utf16" CALLER_MEMORY))),
                   1);
}

/* Types that unfold to very much are left to the runtime. */
static void what_is_emitted_is_bounded(void **state) {
  (void)state;
  struct text t;
  text_init(&t);
  text_printf(&t, "(component (type $t0 (tuple string u8))");
  for (int i = 1; i < 12; i++)
    text_printf(&t, "(type $t%d (tuple $t%d $t%d))", i, i - 1, i - 1);
  text_printf(&t,
              "(component $callee (core module $m (func (export \"f\") (param i32)) (memory (export \"memory\") 1)"
              "(func (export \"realloc\") (param i32 i32 i32 i32) (result i32) unreachable))"
              "(core instance $m (instantiate $m)) (alias outer 1 $t11 (type $t))"
              "(func (export \"f\") (param \"a\" $t) (canon lift (core func $m \"f\")" MEMORY
              ")))"
              "(component $caller (alias outer 1 $t11 (type $t)) (import \"f\" (func $f (param \"a\" $t)))"
              "(core module $e (memory (export \"memory\") 1)) (core instance $e (instantiate $e))"
              "(core func $f (canon lower (func $f) (memory (core memory $e \"memory\"))))"
              "(core module $m (import \"\" \"f\" (func (param i32))))"
              "(core instance (instantiate $m (with \"\" (instance (export \"f\" (func $f)))))))"
              "(instance $callee (instantiate $callee))"
              "(instance (instantiate $caller (with \"f\" (func $callee \"f\")))))");
  assert_int_equal(adapters_of(t.data), 0);
  text_done(&t);
}

enum { LOWERED = 3000, ADAPTERS_MAX = 1024 };

static void so_is_their_number(void **state) {
  (void)state;
  struct world w;
  struct text t;
  text_init(&t);
  text_printf(&t,
              "(component " CALLEE("", ADD_FUNC, "", ADD, "") "(component $caller (import \"f\" (func $f " ADD "))");
  for (int i = 0; i < LOWERED; i++)
    text_printf(&t, "(core func (canon lower (func $f)))");
  text_printf(&t,
              ")(instance $callee (instantiate $callee))"
              "(instance (instantiate $caller (with \"f\" (func $callee \"f\")))))");
  world_open(&w, t.data);
  uint32_t count = 0;
  for (uint32_t i = 0; i < w.plan->group_count; i++)
    count += w.plan->groups[i].count;
  assert_int_equal(count, ADAPTERS_MAX);
  assert_true(w.plan->group_count < 20);
  for (uint32_t i = 0; i < w.graph->trampoline_count; i++)
    assert_true((w.plan->group_of[i] != GRAPH_NONE) == (i < ADAPTERS_MAX));
  world_close(&w);
  text_done(&t);
}

struct sweep {
  const struct graph *graph;
  size_t fill;
};

static weir_status plan_with(const struct weir_alloc *alloc, void *ctx) {
  const struct sweep *s = ctx;
  struct arena arena;
  struct adapter_plan *plan;
  struct diag d;
  diag_init(&d);
  arena_init(&arena, alloc);
  weir_status status = WEIR_ERR_NOMEM;
  if (arena_alloc(&arena, s->fill)) {
    status = adapter_plan_make(&arena, s->graph, ADAPTER_LATE, &plan, &d);
    assert_int_equal(d.status, status);
  }
  arena_done(&arena);
  diag_done(&d);
  return status;
}

/* The arena asks for a block at a time, so it is filled beforehand to different heights. */
static void sweep(const char *text) {
  struct world w;
  size_t requests = 0;
  world_open(&w, text);
  struct sweep s = {w.graph, 16};
  for (; s.fill <= 1024; s.fill += 48)
    requests += fault_sweep(plan_with, &s);
  assert_true(requests > 100);
  world_close(&w);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  sweep(PAIR(CALLEE("", "(func (export \"f\") (param i32 i32))", "", MANY, MEMORY),
             CALLER(MANY, "(param i32 i32)", CALLER_MEMORY)));
  sweep(ASYNC_CALL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_leaf_is_called_through_an_adapter),
      cmocka_unit_test(built_ins_and_host_functions_make_no_leaf),
      cmocka_unit_test(async_functions_that_are_lifted_sync_have_one),
      cmocka_unit_test(stackful_callees_have_none),
      cmocka_unit_test(only_what_can_throw_is_guarded),
      cmocka_unit_test(handles_go_through_adapters),
      cmocka_unit_test(callees_with_a_callback_have_one),
      cmocka_unit_test(what_needs_flags_may_be_late),
      cmocka_unit_test(adapters_of_leaves_are_never_late),
      cmocka_unit_test(chains_of_leaves),
      cmocka_unit_test(parents_and_children_do_not_enter_each_other),
      cmocka_unit_test(instances_around_a_leaf_count),
      cmocka_unit_test(flags_where_they_are_read),
      cmocka_unit_test(what_can_block_is_the_runtimes),
      cmocka_unit_test(context_slots_beside_realloc),
      cmocka_unit_test(values_in_memory),
      cmocka_unit_test(what_is_emitted_is_bounded),
      cmocka_unit_test(so_is_their_number),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
