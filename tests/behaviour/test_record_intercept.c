/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Interceptors and a record in one store: whatever an interceptor makes of a call, at every place, the record is
 * replayed and recorded again with the same head; every interceptor that heard a beginning hears one end; every call
 * ends once.
 */
#include "behaviour/behaviour.h"
#include "weir/intercept.h"
#include "weir/record.h"

enum place { BEFORE_IMPORT, AFTER_IMPORT, BEFORE_EXPORT, AFTER_EXPORT, PLACES };
enum act { LOOK, ANSWER, FAIL, HOLD_AND_GO_ON, HOLD_AND_ANSWER, HOLD_AND_FAIL, HOLD_AND_CANCEL, HOLD_FOR_EVER, ACTS };
enum { HOOKS = 64, CALLS = 12 };

enum { NOTES = 256 };

struct ear { /* an interceptor that counts, and compares the arguments of beginnings and ends */
  int begun, ended;
  weir_value args[NOTES]; /* the first of each call; what it points to is not looked at */
};

struct actor {
  enum place place;
  enum act act;
  int nth; /* acts on each nth crossing of its place */
  int seen, held;
  weir_hook *hooks[HOOKS];
};

struct scene {
  struct world *w;
  struct ear front, back;
  struct actor actor;
  weir_events *events;
  weir_recorder *recorder;
  struct pending later;
  struct outcome calls[CALLS];
  int count;
  uint8_t head[WEIR_LOG_HEAD];
  char path[40];
};

/* ---- interceptors ------------------------------------------------------------------------------------------------ */

static weir_verdict begins(void *data, weir_crossing *c) {
  struct ear *ear = data;
  ear->begun++;
  assert_true(c->call < NOTES && c->arg_count == 1);
  ear->args[c->call] = c->args[0];
  return WEIR_GO_ON;
}

/* The host may have taken what it was given: they are shown all the same. */
static weir_verdict ends(void *data, weir_crossing *c) {
  struct ear *ear = data;
  const weir_value *then = &ear->args[c->call];
  ear->ended++;
  assert_true(c->arg_count == 1 && c->args[0].kind == then->kind);
  if (then->kind == WEIR_VALUE_STRING)
    assert_int_equal(c->args[0].of.string.size, then->of.string.size);
  else if (then->kind == WEIR_VALUE_U32)
    assert_int_equal(c->args[0].of.u32, then->of.u32);
  return WEIR_GO_ON;
}

static void fails(void *data, const weir_crossing *c) {
  assert_true(c->status != WEIR_OK && c->message[0]);
  ((struct ear *)data)->ended++;
}

static const weir_interceptor listener = {.size = sizeof(weir_interceptor),
                                          .before_import = begins,
                                          .after_import = ends,
                                          .before_export = begins,
                                          .after_export = ends,
                                          .failure = fails};

static weir_value an_answer(const weir_crossing *c) {
  if (c->name_size == 4 && (memcmp(c->name, "note", 4) == 0 || memcmp(c->name, "text", 4) == 0))
    return string("answered");
  return u32(77);
}

static weir_verdict act(struct actor *a, enum place place, weir_crossing *c) {
  bool has_handle = c->name_size == 4 && (memcmp(c->name, "make", 4) == 0 || memcmp(c->name, "take", 4) == 0);
  if (a->place != place || a->act == LOOK || ++a->seen % a->nth != 0 || has_handle)
    return WEIR_GO_ON;
  weir_value answer = an_answer(c);
  if (a->act == ANSWER && (place == BEFORE_IMPORT || place == BEFORE_EXPORT))
    return weir_crossing_answer(c, &answer);
  weir_value_clear(&answer);
  if (a->act == FAIL || a->act == ANSWER)
    return weir_crossing_fail(c, "the actor fails it");
  assert_true(a->held < HOOKS);
  a->hooks[a->held++] = weir_crossing_hold(c);
  return WEIR_PENDING;
}

static weir_verdict act_before_import(void *data, weir_crossing *c) {
  return act(data, BEFORE_IMPORT, c);
}

static weir_verdict act_after_import(void *data, weir_crossing *c) {
  return act(data, AFTER_IMPORT, c);
}

static weir_verdict act_before_export(void *data, weir_crossing *c) {
  return act(data, BEFORE_EXPORT, c);
}

static weir_verdict act_after_export(void *data, weir_crossing *c) {
  return act(data, AFTER_EXPORT, c);
}

/* ---- the host ---------------------------------------------------------------------------------------------------- */

static void host_step(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value result = u32(args[0].of.u32 * 10);
  (void)data, (void)count;
  args[0] = (weir_value){0}; /* they are the host's own */
  weir_host_call_return(call, &result, NULL);
}

static void flat_step(void *data, weir_flat_call *call, uint64_t *slots) {
  (void)data, (void)call;
  slots[0] *= 10;
}

/* Even numbers return at once, odd ones when the scene goes on. */
static void host_later(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct pending *p = data;
  weir_value result = u32(args[0].of.u32 * 10);
  (void)count;
  if (args[0].of.u32 % 2 == 0) {
    weir_host_call_return(call, &result, NULL);
    return;
  }
  assert_true(p->count < 8);
  p->calls[p->count++] = call;
}

static void host_note(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value taken = args[0];
  (void)data, (void)count;
  args[0] = (weir_value){0};
  weir_host_call_return(call, &taken, NULL);
}

static void host_make(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value thing;
  (void)data, (void)count;
  must(weir_resource_new(weir_host_call_instance(call), NULL, "thing", args[0].of.u32, &thing, NULL), NULL);
  weir_host_call_return(call, &thing, NULL);
}

static void host_look(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value result = u32((uint32_t)rep_of(&args[0]));
  (void)data, (void)count;
  weir_host_call_return(call, &result, NULL);
}

static void host_take(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)count;
  weir_value_clear(&args[0]);
  weir_host_call_return(call, NULL, NULL);
}

static void add_host(struct scene *s, bool flat) {
  must(weir_linker_define_resource(s->w->linker, NULL, "thing", NULL, NULL, NULL, NULL), NULL);
  if (flat)
    must(weir_linker_define_func_flat(s->w->linker, NULL, "step", "func(x: u32) -> u32", flat_step, NULL, NULL, NULL),
         NULL);
  else
    world_func(s->w, NULL, "step", NULL, host_step, NULL);
  world_func(s->w, NULL, "later", NULL, host_later, &s->later);
  world_func(s->w, NULL, "note", NULL, host_note, NULL);
  world_func(s->w, NULL, "make", NULL, host_make, NULL);
  world_func(s->w, NULL, "look", NULL, host_look, NULL);
  world_func(s->w, NULL, "take", NULL, host_take, NULL);
}

/* ---- a scene ----------------------------------------------------------------------------------------------------- */

static void add_interceptors(struct scene *s, bool holds, int events) {
  weir_interceptor actor = {.size = sizeof(weir_interceptor),
                            .holds = holds,
                            .before_import = act_before_import,
                            .after_import = act_after_import,
                            .before_export = act_before_export,
                            .after_export = act_after_export};
  weir_events_config config = {.size = sizeof(weir_events_config),
                               .capacity = 1,
                               .holds = holds,
                               .policy = events == 1 ? WEIR_EVENTS_DROP : WEIR_EVENTS_WAIT};
  must(weir_store_intercept(s->w->store, &listener, &s->front, NULL), NULL);
  must(weir_store_intercept(s->w->store, &actor, &s->actor, NULL), NULL);
  if (events)
    must(weir_events_new(s->w->store, &config, &s->events), NULL);
  must(weir_store_intercept(s->w->store, &listener, &s->back, NULL), NULL);
}

static void begin(struct scene *s, bool intercepted, bool holds, int events) {
  s->w = world_open("crossings");
  strcpy(s->path, "/tmp/weir-crossings-XXXXXX");
  int fd = mkstemp(s->path);
  assert_true(fd >= 0);
  close(fd);
  weir_record_config config = {.size = sizeof(weir_record_config), .path = s->path, .component = s->w->component};
  weir_error *error = NULL;
  must(weir_record_start(s->w->store, &config, &s->recorder, &error), &error);
  add_host(s, events == 2);
  if (intercepted)
    add_interceptors(s, holds, events);
  world_start(s->w);
}

static void start(struct scene *s, const char *name, weir_value arg) {
  struct outcome *o = &s->calls[s->count];
  *o = (struct outcome){.status = WEIR_ERR_MISUSE};
  weir_status status =
      weir_call_start(s->w->instance, world_export(s->w, name), &arg, 1, outcome_done, o, &o->call, NULL);
  if (status == WEIR_OK)
    s->count++;
  else
    assert_int_equal(weir_store_step(s->w->store), WEIR_STEP_FAILED);
}

static void start_all(struct scene *s) {
  start(s, "plain", u32(1));
  start(s, "task", u32(2));
  start(s, "cancel", u32(4));
  start(s, "task", u32(3));
  start(s, "text", string("words"));
  start(s, "things", u32(5));
}

/* Runs on, taking what the subscriber has. */
static void settle(struct scene *s) {
  weir_event e = WEIR_EVENT_INIT;
  bool more = true;
  while (more) {
    world_settle(s->w);
    more = s->events && weir_events_take(s->events, &e) == WEIR_OK;
    if (more)
      weir_event_clear(&e);
  }
}

static void finish(struct scene *s, weir_hook *hook) {
  weir_value answer = u32(78);
  if (s->actor.act == HOLD_AND_ANSWER)
    weir_hook_answer(hook, &answer);
  else if (s->actor.act == HOLD_AND_FAIL)
    weir_hook_fail(hook, "the actor fails it later");
  else
    weir_hook_go_on(hook);
}

/* Everything that waits for the actor or the host goes on, until nothing does. */
static void go_on(struct scene *s) {
  for (int i = 0; i < s->count; i++)
    if (s->actor.act == HOLD_AND_CANCEL && s->calls[i].call)
      weir_call_cancel(s->calls[i].call);
  settle(s);
  for (int host = 0, hook = 0; host < s->later.count || (hook < s->actor.held && s->actor.act != HOLD_FOR_EVER);) {
    if (host < s->later.count)
      pending_return(&s->later, host++, u32(30));
    if (hook < s->actor.held && s->actor.act != HOLD_FOR_EVER)
      finish(s, s->actor.hooks[hook++]);
    settle(s);
  }
  s->later.count = s->actor.act == HOLD_FOR_EVER ? s->later.count : 0;
  s->actor.held = s->actor.act == HOLD_FOR_EVER ? s->actor.held : 0;
}

static void replays(struct scene *s) {
  weir_replay_report report = WEIR_REPLAY_REPORT_INIT;
  weir_error *error = NULL;
  weir_record_config again = {.size = sizeof(weir_record_config), .component = s->w->component};
  weir_status status = weir_replay(s->w->engine, s->w->component, s->path, &again, &report, &error);
  if (status != WEIR_OK)
    fail_msg("place %d, act %d, nth %d: %s", s->actor.place, s->actor.act, s->actor.nth, weir_error_message(error));
  assert_memory_equal(report.head, s->head, WEIR_LOG_HEAD);
  weir_replay_report_clear(&report);
}

static void end(struct scene *s) {
  weir_error *error = NULL;
  weir_recorder_head(s->recorder, s->head);
  must(weir_recorder_close(s->recorder, &error), &error);
  world_end_store(s->w);
  for (int i = 0; i < s->count; i++) {
    assert_int_equal(s->calls[i].count, 1);
    weir_value_clear(&s->calls[i].result);
  }
  for (int i = 0; i < s->actor.held; i++)
    assert_int_equal(weir_hook_go_on(s->actor.hooks[i]), WEIR_ERR_GONE);
  assert_int_equal(s->front.begun, s->front.ended);
  assert_int_equal(s->back.begun, s->back.ended);
  weir_events_free(s->events);
}

static void play(struct scene *s) {
  for (int round = 0; round < 2; round++) {
    start_all(s);
    settle(s);
    go_on(s);
  }
  uint8_t head[WEIR_LOG_HEAD];
  weir_recorder_head(s->recorder, head);
  end(s);
  replays(s);
  unlink(s->path);
  world_close(s->w);
}

/* ---- cases ------------------------------------------------------------------------------------------------------- */

static void to_look_changes_nothing(void **state) {
  (void)state;
  struct scene alone = {0};
  begin(&alone, false, false, 0);
  play(&alone);
  for (int events = 0; events < 2; events++)
    for (int holds = 0; holds < 2; holds++) {
      struct scene watched = {0};
      begin(&watched, true, holds, events);
      play(&watched);
      assert_true(watched.front.begun > 20);
      if (!holds) /* else guests run on stacks, which the record has */
        assert_memory_equal(alone.head, watched.head, WEIR_LOG_HEAD);
    }
}

static void every_act_at(enum place place) {
  for (int act = ANSWER; act < ACTS; act++)
    for (int nth = 1; nth <= 4; nth++)
      for (int events = 0; events < 3; events++) {
        struct scene s = {.actor = {.place = place, .act = act, .nth = nth}};
        begin(&s, true, (nth & 1) == 0, events);
        play(&s);
      }
}

static void before_imports(void **state) {
  (void)state;
  every_act_at(BEFORE_IMPORT);
}

static void after_imports(void **state) {
  (void)state;
  every_act_at(AFTER_IMPORT);
}

static void before_exports(void **state) {
  (void)state;
  every_act_at(BEFORE_EXPORT);
}

static void after_exports(void **state) {
  (void)state;
  every_act_at(AFTER_EXPORT);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(to_look_changes_nothing), cmocka_unit_test(before_imports), cmocka_unit_test(after_imports),
    cmocka_unit_test(before_exports),          cmocka_unit_test(after_exports),
};

BEHAVIOUR_MAIN(tests)
