/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Chains of interceptors: order, what they see, answers, failures, and subscribers that fail or drop. */
#include "behaviour/behaviour.h"
#include "weir/intercept.h"

struct journal { /* what happened, in letters */
  char text[128];
  int host_calls;
};

struct one { /* an interceptor of a chain */
  struct journal *journal;
  char letter;
  weir_verdict before_import, after_import, before_export, after_export;
};

static void note(struct one *o, char what, const weir_crossing *c) {
  size_t n = strlen(o->journal->text);
  assert_true(c->call > 0);
  assert_int_equal(c->import ? c->task > 0 : true, true);
  if (n + 3 < sizeof(o->journal->text))
    snprintf(o->journal->text + n, sizeof(o->journal->text) - n, "%c%c", o->letter, what);
}

static weir_verdict verdict(weir_crossing *c, weir_verdict v) {
  weir_value answer = u32(1000);
  if (v == WEIR_ANSWER)
    return weir_crossing_answer(c, &answer);
  if (v == WEIR_FAIL)
    return weir_crossing_fail(c, "no such luck");
  return v;
}

static weir_verdict on_before_import(void *data, weir_crossing *c) {
  struct one *o = data;
  note(o, 'i', c);
  assert_int_equal(c->arg_count, 1);
  assert_int_equal(c->args[0].kind, WEIR_VALUE_U32);
  assert_non_null(weir_crossing_param_type(c, 0));
  assert_null(weir_crossing_param_type(c, 1));
  assert_memory_equal(c->name, "step", 4);
  return verdict(c, o->before_import);
}

static weir_verdict on_after_import(void *data, weir_crossing *c) {
  struct one *o = data;
  note(o, 'I', c);
  assert_int_equal(c->result->kind, WEIR_VALUE_U32);
  return verdict(c, o->after_import);
}

static weir_verdict on_before_export(void *data, weir_crossing *c) {
  struct one *o = data;
  note(o, 'e', c);
  return verdict(c, o->before_export);
}

static weir_verdict on_after_export(void *data, weir_crossing *c) {
  struct one *o = data;
  note(o, 'E', c);
  return verdict(c, o->after_export);
}

static void on_failure(void *data, const weir_crossing *c) {
  note(data, c->status == WEIR_ERR_CANCELLED ? 'C' : c->status == WEIR_ERR_TRAP ? 'T' : 'F', c);
  assert_non_null(c->message);
}

static const weir_interceptor watcher = {
    .size = sizeof(weir_interceptor),
    .before_import = on_before_import,
    .after_import = on_after_import,
    .before_export = on_before_export,
    .after_export = on_after_export,
    .failure = on_failure,
};

static void host_step(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value result = u32(args[0].of.u32 * 10);
  (void)count;
  ((struct journal *)data)->host_calls++;
  weir_host_call_return(call, &result, NULL);
}

static struct world *open_world(struct journal *j, struct one *ones, int count) {
  struct world *w = world_open("intercept");
  *j = (struct journal){.text = ""};
  world_func(w, NULL, "step", "func(x: u32) -> u32", host_step, j);
  world_func(w, NULL, "step-async", "async func(x: u32) -> u32", host_step, j);
  for (int i = 0; i < count; i++) {
    ones[i].journal = j;
    ones[i].letter = (char)('1' + i);
    must(weir_store_intercept(w->store, &watcher, &ones[i], NULL), NULL);
  }
  world_start(w);
  return w;
}

static void run(struct world *w, struct outcome *o, const char *name) {
  weir_value arg = u32(1);
  call_args(w, o, name, &arg, 1);
  world_settle(w);
}

static void they_run_in_order_and_back(void **state) {
  (void)state;
  struct one ones[3] = {0};
  struct journal j;
  struct world *w = open_world(&j, ones, 3);
  struct outcome o;
  run(w, &o, "inner");
  assert_u32(&o, 110);
  assert_string_equal(j.text, "1e2e3e1i2i3i3I2I1I3E2E1E");
  world_close(w);
}

static void one_answers_in_the_place_of_the_host(void **state) {
  (void)state;
  struct one ones[3] = {{0}, {.before_import = WEIR_ANSWER}, {0}};
  struct journal j;
  struct world *w = open_world(&j, ones, 3);
  struct outcome o;
  run(w, &o, "inner");
  assert_u32(&o, 1100);
  assert_int_equal(j.host_calls, 0);
  assert_string_equal(j.text, "1e2e3e1i2i2I1I3E2E1E");
  world_close(w);
}

static void one_answers_in_the_place_of_the_guest(void **state) {
  (void)state;
  struct one ones[2] = {{0}, {.before_export = WEIR_ANSWER}};
  struct journal j;
  struct world *w = open_world(&j, ones, 2);
  struct outcome o;
  run(w, &o, "inner");
  assert_u32(&o, 1000);
  assert_int_equal(j.host_calls, 0);
  assert_string_equal(j.text, "1e2e2E1E");
  world_close(w);
}

static void a_failing_one_fails_an_import_and_so_its_guest(void **state) {
  (void)state;
  for (int after = 0; after < 2; after++) {
    struct one ones[2] = {
        {0}, {.before_import = after ? WEIR_GO_ON : WEIR_FAIL, .after_import = after ? WEIR_FAIL : WEIR_GO_ON}};
    struct journal j;
    struct world *w = open_world(&j, ones, 2);
    struct outcome o;
    run(w, &o, "inner");
    assert_ended(&o, WEIR_ERR_HOST);
    assert_words(o.message, "no such luck");
    assert_int_equal(j.host_calls, after);
    assert_string_equal(j.text, after ? "1e2e1i2i2I1F2F1F" : "1e2e1i2i2F1F2F1F");
    assert_int_equal(weir_store_step(w->store), WEIR_STEP_FAILED);
    world_close(w);
  }
}

static void a_failing_one_fails_an_export_and_nothing_else(void **state) {
  (void)state;
  struct one ones[1] = {{.before_export = WEIR_FAIL}};
  struct journal j;
  struct world *w = open_world(&j, ones, 1);
  struct outcome o;
  run(w, &o, "fast");
  assert_ended(&o, WEIR_ERR_HOST);
  ones[0].before_export = WEIR_GO_ON;
  ones[0].after_export = WEIR_FAIL;
  run(w, &o, "fast");
  assert_ended(&o, WEIR_ERR_HOST);
  assert_words(o.message, "no such luck");
  ones[0].after_export = WEIR_GO_ON;
  run(w, &o, "fast");
  assert_u32(&o, 8);
  world_close(w);
}

static void pending_without_a_hook_fails(void **state) {
  (void)state;
  struct one ones[1] = {{.before_export = WEIR_PENDING}};
  struct journal j;
  struct world *w = open_world(&j, ones, 1);
  struct outcome o;
  run(w, &o, "fast");
  assert_ended(&o, WEIR_ERR_HOST);
  assert_words(o.message, "without a hook");
  world_close(w);
}

static void an_answer_serves_every_call(void **state) {
  (void)state;
  struct one ones[1] = {{.before_import = WEIR_ANSWER}};
  struct journal j;
  struct world *w = open_world(&j, ones, 1);
  struct outcome o;
  run(w, &o, "twice");
  assert_u32(&o, 2000);
  world_close(w);
}

static void interceptors_are_refused_once_there_are_instances(void **state) {
  (void)state;
  struct journal j;
  struct world *w = open_world(&j, NULL, 0);
  assert_int_equal(weir_store_intercept(w->store, &watcher, NULL, NULL), WEIR_ERR_MISUSE);
  world_close(w);
}

/* ---- subscribers ------------------------------------------------------------------------------------------------- */

static weir_events *subscriber(struct world **ret, struct journal *j, weir_events_policy policy) {
  weir_events_config config = {
      .size = sizeof(weir_events_config), .kinds = WEIR_EVENT_AFTER_IMPORT, .capacity = 1, .policy = policy};
  weir_events *events = NULL;
  struct world *w = world_open("intercept");
  *j = (struct journal){.text = ""};
  world_func(w, NULL, "step", "func(x: u32) -> u32", host_step, j);
  world_func(w, NULL, "step-async", "async func(x: u32) -> u32", host_step, j);
  must(weir_events_new(w->store, &config, &events), NULL);
  world_start(w);
  *ret = w;
  return events;
}

static void what_is_dropped_is_counted(void **state) {
  (void)state;
  struct journal j;
  struct world *w;
  weir_events *events = subscriber(&w, &j, WEIR_EVENTS_DROP);
  weir_event e = WEIR_EVENT_INIT;
  struct outcome o;
  run(w, &o, "twice");
  run(w, &o, "twice");
  assert_u32(&o, 30);
  must(weir_events_take(events, &e), NULL);
  assert_int_equal(e.kind, WEIR_EVENT_AFTER_IMPORT);
  assert_string_equal(e.name, "step");
  weir_event_clear(&e);
  must(weir_events_take(events, &e), NULL);
  assert_int_equal(e.kind, WEIR_EVENT_GAP);
  assert_int_equal(e.count, 3);
  weir_event_clear(&e);
  assert_int_equal(weir_events_take(events, &e), WEIR_ERR_NOT_FOUND);
  weir_events_free(events);
  world_close(w);
}

static void a_full_queue_fails_the_call_where_that_is_wanted(void **state) {
  (void)state;
  struct journal j;
  struct world *w;
  weir_events *events = subscriber(&w, &j, WEIR_EVENTS_FAIL);
  struct outcome o;
  run(w, &o, "twice");
  assert_ended(&o, WEIR_ERR_HOST);
  assert_words(o.message, "full");
  weir_events_free(events);
  world_close(w);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(they_run_in_order_and_back),
    cmocka_unit_test(one_answers_in_the_place_of_the_host),
    cmocka_unit_test(one_answers_in_the_place_of_the_guest),
    cmocka_unit_test(a_failing_one_fails_an_import_and_so_its_guest),
    cmocka_unit_test(a_failing_one_fails_an_export_and_nothing_else),
    cmocka_unit_test(pending_without_a_hook_fails),
    cmocka_unit_test(an_answer_serves_every_call),
    cmocka_unit_test(interceptors_are_refused_once_there_are_instances),
    cmocka_unit_test(what_is_dropped_is_counted),
    cmocka_unit_test(a_full_queue_fails_the_call_where_that_is_wanted),
};

BEHAVIOUR_MAIN(tests)
