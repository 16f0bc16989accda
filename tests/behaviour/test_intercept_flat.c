/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Flat calls in a store with interceptors: they stay on their stacks, and yet are seen, answered, failed and kept
 * waiting as all others are.
 */
#include "behaviour/behaviour.h"
#include "weir/flat.h"
#include "weir/intercept.h"

enum { HOOKS = 8 };

struct watch {
  char journal[128];
  const char *at; /* the letters at which `what` is said */
  weir_verdict what;
  bool let_go; /* a call that waits is let go at once, by a decision that is delivered in the next step */
  weir_hook *hooks[HOOKS];
  int held, host_calls;
  weir_status status;
  char message[80];
};

static weir_verdict see(struct watch *w, weir_crossing *c, char letter, uint32_t number) {
  size_t n = strlen(w->journal);
  weir_value answer = u32(1000);
  snprintf(w->journal + n, sizeof(w->journal) - n, "%c%u ", letter, number);
  assert_true(c->call > 0);
  if (!w->at || !strchr(w->at, letter))
    return WEIR_GO_ON;
  if (w->what == WEIR_ANSWER)
    return weir_crossing_answer(c, &answer);
  if (w->what == WEIR_FAIL)
    return weir_crossing_fail(c, "no such luck");
  assert_true(w->held < HOOKS);
  w->hooks[w->held] = weir_crossing_hold(c);
  if (w->let_go)
    must(weir_hook_go_on(w->hooks[w->held]), NULL);
  w->held++;
  return WEIR_PENDING;
}

static weir_verdict before_import(void *data, weir_crossing *c) {
  assert_true(c->import && c->task > 0);
  assert_int_equal(c->arg_count, 1);
  assert_memory_equal(c->name, "step", 4);
  return see(data, c, 'i', c->args[0].of.u32);
}

static weir_verdict after_import(void *data, weir_crossing *c) {
  assert_int_equal(c->arg_count, 1); /* still */
  assert_true(c->args[0].of.u32 == 1 || c->args[0].of.u32 == 2);
  assert_int_equal(c->result->kind, WEIR_VALUE_U32);
  return see(data, c, 'I', c->result->of.u32);
}

static weir_verdict before_export(void *data, weir_crossing *c) {
  return see(data, c, 'e', c->args[0].of.u32);
}

static weir_verdict after_export(void *data, weir_crossing *c) {
  return see(data, c, 'E', c->result->of.u32);
}

static void failure(void *data, const weir_crossing *c) {
  struct watch *w = data;
  size_t n = strlen(w->journal);
  snprintf(w->journal + n, sizeof(w->journal) - n, "%s ", c->import ? "fail-import" : "fail-export");
  w->status = c->status;
  snprintf(w->message, sizeof(w->message), "%s", c->message);
}

static void host_step(void *data, weir_flat_call *call, uint64_t *slots) {
  struct watch *w = data;
  w->host_calls++;
  if (slots[0] == 99)
    weir_flat_call_fail(call, "ninety-nine");
  slots[0] *= 10;
}

static struct world *open_world(struct watch *w, bool holds) {
  struct world *world = world_open("intercept");
  weir_interceptor all = {.size = sizeof(weir_interceptor),
                          .holds = holds,
                          .before_import = before_import,
                          .after_import = after_import,
                          .before_export = before_export,
                          .after_export = after_export,
                          .failure = failure};
  weir_error *error = NULL;
  must(weir_linker_define_func_flat(world->linker, NULL, "step", "func(x: u32) -> u32", host_step, w, NULL, &error),
       &error);
  must(weir_linker_define_func_flat(world->linker, NULL, "step-async", "async func(x: u32) -> u32", host_step, w, NULL,
                                    &error),
       &error);
  must(weir_store_intercept(world->store, &all, w, NULL), NULL);
  world_start(world);
  return world;
}

static weir_status run(struct world *world, const char *name, uint64_t x, uint64_t *ret, char *message, size_t size) {
  weir_error *error = NULL;
  weir_status status = weir_call_flat(world->instance, world_export(world, name), &x, 1, ret, &error);
  if (message)
    snprintf(message, size, "%s", error ? weir_error_message(error) : "");
  weir_error_free(error);
  return status;
}

static void they_are_seen_with_their_values(void **state) {
  (void)state;
  static const char *const names[] = {"twice", "twice-task", "twice-async"};
  for (int i = 0; i < 3; i++) {
    struct watch w = {.at = NULL};
    struct world *world = open_world(&w, false);
    uint64_t sum = 0;
    must(run(world, names[i], 1, &sum, NULL, 0), NULL);
    assert_int_equal(sum, 30);
    assert_int_equal(w.host_calls, 2);
    assert_string_equal(w.journal, "e1 i1 I10 i2 I20 E30 ");
    world_close(world);
  }
}

static void they_are_answered(void **state) {
  (void)state;
  struct watch w = {.at = "i", .what = WEIR_ANSWER};
  struct world *world = open_world(&w, false);
  uint64_t sum = 0;
  must(run(world, "twice", 1, &sum, NULL, 0), NULL);
  assert_int_equal(sum, 2000);
  assert_int_equal(w.host_calls, 0);
  assert_string_equal(w.journal, "e1 i1 I1000 i2 I1000 E2000 ");
  w.at = "e";
  must(run(world, "twice", 5, &sum, NULL, 0), NULL);
  assert_int_equal(sum, 1000);
  world_close(world);
}

static void an_import_that_is_failed_fails_its_guest(void **state) {
  (void)state;
  static const char *const at[] = {"i", "I"};
  for (int i = 0; i < 2; i++) {
    struct watch w = {.at = at[i], .what = WEIR_FAIL};
    struct world *world = open_world(&w, false);
    char message[200];
    assert_int_equal(run(world, "twice", 1, NULL, message, sizeof(message)), WEIR_ERR_HOST);
    assert_words(message, "no such luck");
    assert_words(w.journal,
                 i == 0 ? "i1 fail-import fail-export" : "I10 fail-export"); /* who fails it after is not told */
    assert_int_equal(w.host_calls, i);
    assert_int_equal(weir_store_step(world->store), WEIR_STEP_FAILED);
    world_close(world);
  }
}

static void a_host_that_fails_is_told_of(void **state) {
  (void)state;
  struct watch w = {.at = NULL};
  struct world *world = open_world(&w, false);
  char message[200];
  assert_int_equal(run(world, "twice", 99, NULL, message, sizeof(message)), WEIR_ERR_HOST);
  assert_words(message, "ninety-nine");
  assert_string_equal(w.journal, "e99 i99 fail-import fail-export ");
  assert_words(w.message, "ninety-nine");
  world_close(world);
}

static void an_export_that_is_failed_fails_alone(void **state) {
  (void)state;
  static const char *const at[] = {"e", "E"};
  struct watch w = {.what = WEIR_FAIL};
  struct world *world = open_world(&w, false);
  uint64_t sum = 0;
  for (int i = 0; i < 2; i++) {
    char message[200];
    w.at = at[i];
    assert_int_equal(run(world, "fast", 1, NULL, message, sizeof(message)), WEIR_ERR_HOST);
    assert_words(message, "no such luck");
    assert_int_equal(w.status, i == 0 ? WEIR_ERR_HOST : WEIR_OK); /* the one that fails it is not told again */
    w.status = WEIR_OK;
  }
  w.at = NULL;
  must(run(world, "fast", 1, &sum, NULL, 0), NULL);
  assert_int_equal(sum, 8);
  world_close(world);
}

/* Each place where a call may wait, with functions of synchronous and of async type. */
static void they_wait_at_each_place(void **state) {
  (void)state;
  static const char *const places[] = {"i", "I", "e", "E", "iIeE"};
  static const char *const names[] = {"twice", "twice-task", "twice-async"};
  for (int p = 0; p < 5; p++) {
    for (int n = 0; n < 3; n++) {
      for (int holds = n == 2 ? 0 : 1; holds < 2; holds++) {
        struct watch w = {.at = places[p], .what = WEIR_PENDING, .let_go = true};
        struct world *world = open_world(&w, holds);
        uint64_t sum = 0;
        must(run(world, names[n], 1, &sum, NULL, 0), NULL);
        assert_int_equal(sum, 30);
        assert_int_equal(w.host_calls, 2);
        assert_string_equal(w.journal, "e1 i1 I10 i2 I20 E30 ");
        assert_true(w.held > 0);
        world_close(world);
      }
    }
  }
}

static void an_import_waits_for_a_decision(void **state) {
  (void)state;
  static const char *const at[] = {"i", "I"};
  for (int i = 0; i < 2; i++) {
    struct watch w = {.at = at[i], .what = WEIR_PENDING};
    struct world *world = open_world(&w, true);
    struct outcome held, other;
    weir_value arg = u32(1);
    call_args(world, &held, "twice-task", &arg, 1);
    arg = u32(2);
    call_args(world, &other, "fast2", &arg, 1);
    assert_int_equal(world_settle(world), WEIR_STEP_WAITING);
    assert_u32(&other, 9);
    assert_int_equal(held.count, 0);
    assert_int_equal(w.host_calls, i);
    assert_int_equal(w.held, 1);
    must(weir_hook_fail(w.hooks[0], "not today"), NULL);
    world_settle(world);
    assert_ended(&held, WEIR_ERR_HOST);
    assert_words(held.message, "not today");
    world_close(world);
  }
}

static void without_the_promise_to_hold_it_fails(void **state) {
  (void)state;
  struct watch w = {.at = "i", .what = WEIR_PENDING};
  struct world *world = open_world(&w, false);
  char message[300];
  assert_int_equal(run(world, "twice", 1, NULL, message, sizeof(message)), WEIR_ERR_HOST);
  assert_words(message, "cannot be held back");
  assert_int_equal(weir_hook_go_on(w.hooks[0]), WEIR_ERR_GONE);
  world_settle(world);
  world_close(world);
}

/* Nobody decides while weir_call_flat() waits: it gives up, and the call goes on later. */
static void a_call_that_nobody_lets_go_is_given_up(void **state) {
  (void)state;
  static const char *const at[] = {"e", "E", "i"};
  for (int i = 0; i < 3; i++) {
    struct watch w = {.at = at[i], .what = WEIR_PENDING};
    struct world *world = open_world(&w, false);
    char message[300];
    assert_int_equal(run(world, "twice-async", 1, NULL, message, sizeof(message)), WEIR_ERR_DEADLOCK);
    for (int h = 0; h < w.held; h++) {
      must(weir_hook_go_on(w.hooks[h]), NULL);
      world_settle(world);
    }
    assert_string_equal(w.journal, "e1 i1 I10 i2 I20 E30 ");
    world_close(world);
  }
}

static void a_store_goes_while_one_waits(void **state) {
  (void)state;
  static const char *const at[] = {"e", "E", "i", "I"};
  for (int i = 0; i < 4; i++) {
    struct watch w = {.at = at[i], .what = WEIR_PENDING};
    struct world *world = open_world(&w, false);
    assert_int_equal(run(world, "twice-async", 1, NULL, NULL, 0), WEIR_ERR_DEADLOCK);
    world_end_store(world);
    assert_int_equal(weir_hook_go_on(w.hooks[0]), WEIR_ERR_GONE);
    world_close(world);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(they_are_seen_with_their_values),          cmocka_unit_test(they_are_answered),
    cmocka_unit_test(an_import_that_is_failed_fails_its_guest), cmocka_unit_test(a_host_that_fails_is_told_of),
    cmocka_unit_test(an_export_that_is_failed_fails_alone),     cmocka_unit_test(they_wait_at_each_place),
    cmocka_unit_test(an_import_waits_for_a_decision),           cmocka_unit_test(without_the_promise_to_hold_it_fails),
    cmocka_unit_test(a_call_that_nobody_lets_go_is_given_up),   cmocka_unit_test(a_store_goes_while_one_waits),
};

BEHAVIOUR_MAIN(tests)
