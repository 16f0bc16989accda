/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Handles in calls that interceptors fail or keep waiting, in a recorded store: whatever becomes of the call and of the
 * handle, the record is replayed without interceptors.
 */
#include "behaviour/behaviour.h"
#include "weir/intercept.h"
#include "weir/record.h"

#define TYPES "host:res/types@0.2.0"

enum end { GO_ON, FAIL, CANCEL, FOR_EVER, ENDS };

struct scene {
  struct world *w;
  weir_recorder *recorder;
  weir_hook *hook;
  bool before, after, fail; /* hold an export there; fail it at its end */
  char path[40];
  struct pending look_late, make_late;
  int notes, gone; /* of a guest's destructor */
};

/* ---- the host ---------------------------------------------------------------------------------------------------- */

static void make(void *data, weir_host_call *host, weir_value *args, size_t count) {
  weir_value thing;
  must(weir_resource_new(weir_host_call_instance(host), data, "thing", count ? args[0].of.u32 : 9, &thing, NULL), NULL);
  weir_host_call_return(host, &thing, NULL);
}

static void look(void *data, weir_host_call *host, weir_value *args, size_t count) {
  (void)data, (void)count;
  weir_value result = u32((uint32_t)rep_of(&args[0]));
  weir_host_call_return(host, &result, NULL);
}

static void counted(void *data, weir_host_call *host, weir_value *args, size_t count) {
  (void)args, (void)count;
  ++*(int *)data;
  weir_host_call_return(host, NULL, NULL);
}

static weir_verdict before_export(void *data, weir_crossing *c) {
  struct scene *s = data;
  if (!s->before)
    return WEIR_GO_ON;
  s->hook = weir_crossing_hold(c);
  return WEIR_PENDING;
}

/* What an export was lent is stale by then, with a record and without. */
static weir_verdict after_export(void *data, weir_crossing *c) {
  struct scene *s = data;
  if (c->arg_count == 1 && c->args[0].kind == WEIR_VALUE_RESOURCE)
    assert_int_equal(rep_of(&c->args[0]), 0);
  if (s->fail)
    return weir_crossing_fail(c, "no");
  if (!s->after)
    return WEIR_GO_ON;
  s->hook = weir_crossing_hold(c);
  return WEIR_PENDING;
}

static void begin(struct scene *s, const char *guest) {
  static const weir_interceptor holder = {
      .size = sizeof(weir_interceptor), .before_export = before_export, .after_export = after_export};
  *s = (struct scene){.w = world_open(guest), .path = "/tmp/weir-held-XXXXXX"};
  int fd = mkstemp(s->path);
  assert_true(fd >= 0);
  close(fd);
  weir_error *error = NULL;
  weir_record_config config = {.size = sizeof(weir_record_config), .path = s->path, .component = s->w->component};
  must(weir_store_intercept(s->w->store, &holder, s, NULL), NULL);
  must(weir_record_start(s->w->store, &config, &s->recorder, &error), &error);
}

static void replayed(struct scene *s) {
  weir_error *error = NULL;
  weir_replay_report report = WEIR_REPLAY_REPORT_INIT;
  world_settle(s->w);
  must(weir_recorder_close(s->recorder, &error), &error);
  world_end_store(s->w);
  must(weir_replay(s->w->engine, s->w->component, s->path, NULL, &report, &error), &error);
  weir_replay_report_clear(&report);
  unlink(s->path);
  world_close(s->w);
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

static void begin_given(struct scene *s) {
  begin(s, "given");
  must(weir_linker_define_resource(s->w->linker, NULL, "thing", NULL, NULL, NULL, NULL), NULL);
  world_func(s->w, NULL, "make", "func() -> own<thing>", make, NULL);
  world_func(s->w, NULL, "note", "func(x: u32)", counted, &s->notes);
  world_start(s->w);
}

static void a_result_with_handles_is_failed_at_its_end(void **state) {
  (void)state;
  struct scene s;
  struct outcome o[2];
  begin_given(&s);
  s.fail = true;
  call(s.w, &o[0], "give");
  call(s.w, &o[1], "give");
  world_settle(s.w);
  assert_ended(&o[0], WEIR_ERR_HOST);
  assert_ended(&o[1], WEIR_ERR_HOST);
  assert_int_equal(s.notes, 2 * 3); /* two of each task, and one of each gadget's destructor */
  replayed(&s);
}

static void a_result_with_handles_is_held_at_its_end(void **state) {
  (void)state;
  for (enum end end = GO_ON; end < ENDS; end++) {
    struct scene s;
    struct outcome o;
    begin_given(&s);
    s.after = true;
    call(s.w, &o, "give");
    world_settle(s.w);
    assert_int_equal(o.count, 0);
    if (end == GO_ON)
      weir_hook_go_on(s.hook);
    else if (end == FAIL)
      weir_hook_fail(s.hook, "no");
    else if (end == CANCEL)
      weir_call_cancel(o.call); /* too late */
    world_settle(s.w);
    if (end == CANCEL)
      weir_hook_go_on(s.hook);
    world_settle(s.w);
    weir_value_clear(&o.result);
    replayed(&s);
    if (end == FOR_EVER)
      weir_hook_go_on(s.hook);
  }
}

/* ---- loans ------------------------------------------------------------------------------------------------------- */

static void begin_resources(struct scene *s) {
  begin(s, "resources");
  must(weir_linker_define_resource(s->w->linker, TYPES, "thing", NULL, NULL, NULL, NULL), NULL);
  world_func(s->w, TYPES, "make", "func(rep: u32) -> own<thing>", make, (void *)TYPES);
  world_func(s->w, TYPES, "look", "func(t: borrow<thing>) -> u32", look, NULL);
  world_func(s->w, TYPES, "look-late", "async func(t: borrow<thing>) -> u32", pending_call, &s->look_late);
  world_func(s->w, TYPES, "give", "func(t: thing)", counted, &s->notes);
  world_func(s->w, TYPES, "make-late", "async func() -> thing", pending_call, &s->make_late);
  world_func(s->w, NULL, "gone", "func(rep: u32)", counted, &s->gone);
  world_start(s->w);
}

static weir_value of_export(struct scene *s, const char *name) {
  weir_value rep = u32(3);
  return call_now(s->w, name, &rep, 1);
}

static void finish(struct scene *s, enum end end, struct outcome *o) {
  if (end == GO_ON)
    weir_hook_go_on(s->hook);
  else if (end == FAIL)
    weir_hook_fail(s->hook, "no");
  else if (end == CANCEL)
    weir_call_cancel(o->call);
  world_settle(s->w);
}

/* The thing is the host's, the gadget the guest's; each is lent, and dropped by the host while it is. */
static const char *const kinds[][3] = {{"make-and-return", "look-at", "look-pair"}, {"new-gadget", "gadget-rep", NULL}};

static void a_loan_is_dropped_before_its_call_begins(void **state) {
  (void)state;
  for (int kind = 0; kind < 2; kind++) {
    for (enum end end = GO_ON; end < ENDS; end++) {
      struct scene s;
      struct outcome o, twice;
      begin_resources(&s);
      weir_value lent = of_export(&s, kinds[kind][0]);
      s.before = true;
      call_args(s.w, &o, kinds[kind][1], &lent, 1);
      weir_hook *first = s.hook;
      call_args(s.w, &twice, kinds[kind][1], &lent, 1);
      weir_hook *second = s.hook;
      weir_value_clear(&lent);
      world_settle(s.w);
      assert_int_equal(s.gone, 0);
      s.hook = first;
      finish(&s, end, &o);
      assert_int_equal(s.gone, 0); /* there is another loan */
      s.hook = second;
      finish(&s, end, &twice);
      if (end == GO_ON) {
        assert_u32(&o, 3);
        assert_u32(&twice, 3);
      }
      if (end != FOR_EVER)
        assert_int_equal(s.gone, kind);
      replayed(&s);
      if (end == CANCEL || end == FOR_EVER) {
        assert_int_equal(weir_hook_go_on(first), WEIR_ERR_GONE);
        assert_int_equal(weir_hook_go_on(second), WEIR_ERR_GONE);
      }
    }
  }
}

static void a_loan_is_dropped_during_a_call_that_is_held_at_its_end(void **state) {
  (void)state;
  for (int kind = 0; kind < 2; kind++) {
    for (enum end end = GO_ON; end < ENDS; end++) {
      struct scene s;
      struct outcome o;
      begin_resources(&s);
      weir_value lent = of_export(&s, kinds[kind][0]);
      s.after = true;
      call_args(s.w, &o, kind == 0 ? "look-late-at" : "gadget-late", &lent, 1);
      weir_value_clear(&lent);
      world_settle(s.w);
      assert_int_equal(s.gone, 0);
      if (kind == 0) {
        weir_value_clear(&s.look_late.args[0]);
        pending_return(&s.look_late, 0, u32(5));
      } else {
        weir_value thing;
        must(weir_resource_new(weir_host_call_instance(s.make_late.calls[0]), TYPES, "thing", 9, &thing, NULL), NULL);
        pending_return(&s.make_late, 0, thing);
      }
      world_settle(s.w);
      finish(&s, end, &o);
      replayed(&s);
      if (s.hook && end != GO_ON && end != FAIL)
        weir_hook_go_on(s.hook);
    }
  }
}

static void loans_end_with_their_task_without_a_record_too(void **state) {
  (void)state;
  for (int recorded = 0; recorded < 2; recorded++) {
    struct scene s;
    begin_resources(&s);
    if (!recorded) /* the interceptor stays */
      must(weir_recorder_close(s.recorder, NULL), NULL);
    weir_value lent = of_export(&s, "make-and-return");
    assert_int_equal(call_now(s.w, "look-at", &lent, 1).of.u32, 3);
    weir_value_clear(&lent);
    if (recorded)
      must(weir_recorder_close(s.recorder, NULL), NULL);
    unlink(s.path);
    world_close(s.w);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(loans_end_with_their_task_without_a_record_too),
    cmocka_unit_test(a_result_with_handles_is_failed_at_its_end),
    cmocka_unit_test(a_result_with_handles_is_held_at_its_end),
    cmocka_unit_test(a_loan_is_dropped_before_its_call_begins),
    cmocka_unit_test(a_loan_is_dropped_during_a_call_that_is_held_at_its_end),
};

BEHAVIOUR_MAIN(tests)
