/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Time slices: guests are set aside in the midst of their code, in realloc and post-return, and nobody can tell but by
 * the clock. The guests let time pass themselves, through an import; no test looks at a clock.
 */
#include "behaviour/behaviour.h"
#include "weir/flat.h"
#include "weir/record.h"

enum { LOG_SIZE = 4096, SUM = 1251, SEEDS = 200 };

struct clock {
  weir_engine *engine;
  struct pending late; /* calls of text-async */
  uint32_t log[LOG_SIZE];
  int count;
};

static void host_tick(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct clock *c = data;
  assert_int_equal(count, 1);
  if (c->count < LOG_SIZE)
    c->log[c->count++] = args[0].of.u32;
  weir_engine_tick(c->engine);
  weir_host_call_return(call, NULL, NULL);
}

static struct world *open_with(struct clock *c, weir_store_config config, bool fuel) {
  struct world *w = calloc(1, sizeof(*w));
  weir_engine_config engine = {.size = sizeof(weir_engine_config),
                               .features = ALL_FEATURES,
                               .fast_compile = true,
                               .deadlines = true,
                               .fuel = fuel};
  weir_error *error = NULL;
  size_t size;
  assert_non_null(w);
  *c = (struct clock){0};
  must(weir_engine_new(&engine, &w->engine, &error), &error);
  must(weir_linker_new(w->engine, &w->linker, &error), &error);
  must(weir_store_new(w->engine, &config, &w->store, &error), &error);
  weir_store_on_wake(w->store, world_wake, w);
  char *text = guest_text("slices", &size);
  w->component = component_from(w->engine, text, size);
  free(text);
  c->engine = w->engine;
  world_func(w, NULL, "tick", "func(id: u32)", host_tick, c);
  world_func(w, NULL, "text-async", "async func() -> string", pending_call, &c->late);
  world_start(w);
  return w;
}

static struct world *open_world(struct clock *c, uint64_t slice) {
  return open_with(c, (weir_store_config){.size = sizeof(weir_store_config), .slice = slice}, false);
}

static void call2(struct world *w, struct outcome *o, const char *name, uint32_t a, uint32_t b) {
  weir_value args[] = {u32(a), u32(b)};
  call_args(w, o, name, args, 2);
}

static void call1(struct world *w, struct outcome *o, const char *name, uint32_t a) {
  weir_value arg = u32(a);
  call_args(w, o, name, &arg, 1);
}

static void call_text(struct world *w, struct outcome *o, const char *name, const char *text) {
  weir_value arg = string(text);
  call_args(w, o, name, &arg, 1);
}

/* ---- turns ------------------------------------------------------------------------------------------------------- */

static void two_spinning_tasks_take_turns(void **state) {
  (void)state;
  struct clock c;
  struct world *w = open_world(&c, 1);
  struct outcome a, b;
  call2(w, &a, "count1", 1, 10);
  call2(w, &b, "count2", 2, 10);
  assert_int_equal(c.count, 2); /* each has had its slice, and the host has control */
  int steps = 0;
  while (weir_store_step(w->store) == WEIR_STEP_READY) {
    steps++;
    assert_true(c.count <= steps + 2); /* a slice a step */
  }
  assert_u32(&a, 110);
  assert_u32(&b, 210);
  assert_int_equal(c.count, 20);
  for (int i = 0; i < 20; i++)
    assert_int_equal(c.log[i], 1 + i % 2);
  world_close(w);
}

static void longer_slices_are_longer_turns(void **state) {
  (void)state;
  struct clock c;
  struct world *w = open_world(&c, 5);
  struct outcome a, b;
  call2(w, &a, "count1", 1, 10);
  call2(w, &b, "count2", 2, 10);
  assert_int_equal(world_settle(w), WEIR_STEP_IDLE);
  assert_u32(&a, 110);
  assert_u32(&b, 210);
  for (int i = 0; i < 20; i++)
    assert_int_equal(c.log[i], 1 + i / 5 % 2);
  world_close(w);
}

static void a_spinning_task_leaves_room_for_one_that_yields(void **state) {
  (void)state;
  struct clock c;
  struct world *w = open_world(&c, 1);
  struct outcome spins, yields, quiet;
  call1(w, &spins, "ever1", 1);
  call1(w, &yields, "yields2", 10);
  call1(w, &quiet, "quiet2", 1000);
  for (int i = 0; i < 100 && yields.count == 0; i++)
    assert_int_equal(weir_store_step(w->store), WEIR_STEP_READY);
  assert_u32(&yields, 10);
  assert_u32(&quiet, 1000);
  assert_int_equal(spins.count, 0);
  world_end_store(w);
  assert_ended(&spins, WEIR_ERR_CANCELLED);
  world_close(w);
}

static void without_slices_a_call_runs_to_its_end(void **state) {
  (void)state;
  struct clock c;
  struct world *w = open_world(&c, 0);
  struct outcome a;
  call2(w, &a, "count1", 1, 10);
  assert_int_equal(c.count, 10);
  assert_true(weir_call_finished(a.call));
  world_settle(w);
  assert_u32(&a, 110);
  world_close(w);
}

/* ---- an instance that is set aside is closed --------------------------------------------------------------------- */

static void nobody_enters_an_instance_that_is_set_aside_in_realloc(void **state) {
  (void)state;
  struct clock c;
  struct world *w = open_world(&c, WEIR_SLICE_EVERYWHERE);
  struct outcome first, sync, task, other, outer;
  call_text(w, &first, "length1", "twelve bytes"); /* set aside as realloc begins, before anything else */
  call1(w, &sync, "quiet1", 50);
  call2(w, &task, "task1", 3, 4);
  call(w, &outer, "outer-length2");
  call1(w, &other, "quiet2", 0x60);
  for (int i = 0; i < 8; i++)
    assert_int_equal(weir_store_step(w->store), WEIR_STEP_READY);
  assert_int_equal(first.count + sync.count + task.count + outer.count, 0);
  assert_int_equal(world_settle(w), WEIR_STEP_IDLE);
  assert_u32(&first, 12);
  assert_u32(&sync, 50);
  assert_u32(&other, 0x60);
  assert_u32(&task, 304);
  assert_u32(&outer, 13);
  world_close(w);
}

static void a_synchronous_call_into_it_holds_its_caller_and_no_other(void **state) {
  (void)state;
  struct clock c;
  struct world *w = open_world(&c, 1);
  struct outcome a, b, other;
  call2(w, &a, "outer-count1", 1, 10);
  call2(w, &b, "outer-count2", 2, 3);
  call1(w, &other, "quiet2", 5);
  for (int i = 0; i < 6; i++)
    weir_store_step(w->store);
  assert_u32(&other, 5);
  assert_int_equal(a.count + b.count, 0);
  assert_int_equal(world_settle(w), WEIR_STEP_IDLE);
  assert_u32(&a, 110);
  assert_u32(&b, 203);
  for (int i = 0; i < 13; i++)
    assert_int_equal(c.log[i], i < 10 ? 1 : 2); /* the second has not begun before the first has ended */
  world_close(w);
}

static void copies_between_guests_are_whole(void **state) {
  (void)state;
  struct clock c;
  struct world *w = open_world(&c, WEIR_SLICE_EVERYWHERE);
  struct outcome a, b, task, direct;
  call(w, &a, "outer-echo1");
  call(w, &b, "outer-echo2");
  call2(w, &task, "outer-async1", 4, 6);
  call_text(w, &direct, "echo1", "straight");
  assert_int_equal(world_settle(w), WEIR_STEP_IDLE);
  assert_u32(&a, SUM);
  assert_u32(&b, SUM);
  assert_u32(&task, 406);
  assert_ended(&direct, WEIR_OK);
  assert_string(&direct.result, "straight");
  weir_value_clear(&direct.result);
  world_close(w);
}

static void a_late_result_makes_room_for_itself_in_turns(void **state) {
  (void)state;
  struct clock c;
  struct world *w = open_world(&c, WEIR_SLICE_EVERYWHERE);
  struct outcome late, spins;
  call(w, &late, "late1");
  call2(w, &spins, "count2", 2, 5);
  world_settle(w);
  assert_u32(&spins, 205);
  pending_return(&c.late, 0, string("seven !"));
  int steps = 0;
  while (late.count == 0 && steps < 100) {
    weir_store_step(w->store);
    steps++;
  }
  assert_u32(&late, 7);
  assert_in_range(steps, 5, 20); /* the slices of realloc, and then of the callback */
  world_close(w);
}

static void a_call_of_scalars_waits_for_its_instance(void **state) {
  (void)state;
  struct clock c;
  struct world *w = open_world(&c, 1);
  struct outcome a;
  uint64_t args[] = {7, 3}, result = 0;
  weir_error *error = NULL;
  call2(w, &a, "count1", 1, 10);
  must(weir_call_flat(w->instance, world_export(w, "count1"), args, 2, &result, &error), &error);
  assert_int_equal(result, 703);
  world_settle(w);
  assert_u32(&a, 110);
  world_close(w);
}

/* ---- ends -------------------------------------------------------------------------------------------------------- */

static void a_cancellation_comes_at_the_next_point_where_the_task_waits(void **state) {
  (void)state;
  struct clock c;
  struct world *w = open_world(&c, 1);
  struct outcome o, put_off;
  call1(w, &o, "cancellable1", 6);
  call1(w, &put_off, "quiet1", 1);
  must(weir_call_cancel(o.call), NULL);
  must(weir_call_cancel(put_off.call), NULL);
  weir_store_step(w->store);
  assert_ended(&put_off, WEIR_ERR_CANCELLED);
  assert_int_equal(o.count, 0);
  assert_int_equal(world_settle(w), WEIR_STEP_IDLE);
  assert_ended(&o, WEIR_ERR_CANCELLED);
  assert_int_equal(c.count, 6); /* it has spun to its end */
  world_close(w);
}

/* As the steps go by they are set aside in core code, realloc of either side, callbacks and post-return. */
static void begin_many(struct world *w, struct outcome o[5]) {
  call(w, &o[0], "late1");
  call_text(w, &o[1], "echo1", "some text");
  call(w, &o[2], "outer-echo1");
  call2(w, &o[3], "outer-async1", 1, 100);
  call1(w, &o[4], "ever2", 2);
}

static void a_trap_ends_what_is_set_aside(void **state) {
  (void)state;
  for (int steps = 0; steps < 80; steps++) {
    struct clock c;
    struct world *w = open_world(&c, WEIR_SLICE_EVERYWHERE);
    struct outcome o[5], trap;
    begin_many(w, o);
    for (int i = 0; i < steps; i++) {
      weir_store_step(w->store);
      if (c.late.count == 1 && i == steps / 2)
        pending_return(&c.late, 0, string("text that is hardly ever read"));
    }
    call(w, &trap, "trap2"); /* put off while its instance is set aside: that is for ever */
    assert_int_equal(weir_store_step(w->store), WEIR_STEP_READY);
    weir_store_set_deadline(w->store, 0);
    assert_int_equal(world_settle(w), WEIR_STEP_FAILED);
    assert_ended(&o[4], WEIR_ERR_TIMEOUT);
    assert_ended(&trap, WEIR_ERR_TIMEOUT);
    for (int i = 0; i < 5; i++)
      weir_value_clear(&o[i].result);
    world_close(w);
  }
}

static void a_store_is_freed_with_what_is_set_aside(void **state) {
  (void)state;
  for (int steps = 0; steps < 80; steps++) {
    struct clock c;
    struct world *w = open_world(&c, WEIR_SLICE_EVERYWHERE);
    struct outcome o[5];
    begin_many(w, o);
    for (int i = 0; i < steps; i++) {
      weir_store_step(w->store);
      if (c.late.count == 1 && i == steps / 2)
        pending_return(&c.late, 0, string("text that is hardly ever read"));
    }
    world_end_store(w);
    for (int i = 0; i < 5; i++) {
      assert_int_equal(o[i].count, 1);
      weir_value_clear(&o[i].result);
    }
    assert_ended(&o[4], WEIR_ERR_CANCELLED);
    world_close(w);
  }
}

static void a_deadline_holds_while_guests_take_turns(void **state) {
  (void)state;
  struct clock c;
  struct world *w =
      open_with(&c, (weir_store_config){.size = sizeof(weir_store_config), .slice = 1, .deadline = 20}, false);
  struct outcome a, b;
  call1(w, &a, "ever1", 1);
  call1(w, &b, "ever2", 2);
  assert_int_equal(world_settle(w), WEIR_STEP_FAILED);
  assert_ended(&a, WEIR_ERR_TIMEOUT);
  assert_ended(&b, WEIR_ERR_TIMEOUT);
  assert_in_range(c.count, 20, 22);
  world_close(w);
}

static uint64_t fuel_left(uint64_t slice) {
  struct clock c;
  struct world *w =
      open_with(&c, (weir_store_config){.size = sizeof(weir_store_config), .slice = slice, .fuel = 1000000}, true);
  struct outcome a, b;
  uint64_t left = 0;
  call2(w, &a, "outer-count1", 1, 20);
  call(w, &b, "outer-echo2");
  world_settle(w);
  assert_u32(&a, 120);
  assert_u32(&b, SUM);
  must(weir_store_fuel(w->store, &left), NULL);
  world_close(w);
  return left;
}

static void slices_cost_no_fuel(void **state) {
  (void)state;
  uint64_t whole = fuel_left((uint64_t)1 << 40); /* on stacks, and never set aside */
  assert_true(whole < 1000000);
  assert_int_equal(fuel_left(1), whole);
  assert_int_equal(fuel_left(WEIR_SLICE_EVERYWHERE), whole);
}

static void idle_means_that_nothing_is_set_aside_or_put_off(void **state) {
  (void)state;
  struct clock c;
  struct world *w = open_world(&c, 1);
  struct outcome a, b;
  call2(w, &a, "count1", 1, 3);
  call1(w, &b, "quiet1", 3);
  assert_int_equal(weir_store_live_tasks(w->store), 1);
  int steps = 0;
  while (weir_store_step(w->store) == WEIR_STEP_READY && steps < 50)
    steps++;
  assert_int_equal(weir_store_live_tasks(w->store), 0);
  assert_u32(&a, 103);
  assert_u32(&b, 3);
  world_close(w);
}

/* ---- everywhere, in every order ---------------------------------------------------------------------------------- */

static void run_all(uint64_t slice, uint64_t seed) {
  struct clock c;
  struct world *w = open_with(
      &c, (weir_store_config){.size = sizeof(weir_store_config), .slice = slice, .schedule_seed = seed}, false);
  struct outcome o[9];
  call(w, &o[0], "late1");
  call(w, &o[1], "outer-echo1");
  call(w, &o[2], "outer-echo2");
  call2(w, &o[3], "outer-async1", 1, 4);
  call2(w, &o[4], "outer-count2", 2, 3);
  call2(w, &o[5], "task1", 3, 2);
  call1(w, &o[6], "yields2", 4);
  call1(w, &o[7], "quiet1", 5);
  call_text(w, &o[8], "length1", "text");
  world_settle(w);
  assert_int_equal(c.late.count, 1);
  pending_return(&c.late, 0, string("seven !"));
  assert_int_equal(world_settle(w), WEIR_STEP_IDLE);
  static const uint32_t results[] = {7, SUM, SUM, 104, 203, 302, 4, 5, 4};
  for (int i = 0; i < 9; i++)
    assert_u32(&o[i], results[i]);
  world_close(w);
}

static void guests_cannot_tell_in_any_schedule(void **state) {
  (void)state;
  for (uint64_t seed = 0; seed <= SEEDS; seed++)
    run_all(seed % 3 == 0 ? WEIR_SLICE_EVERYWHERE : seed % 3, seed);
}

/* ---- settings ---------------------------------------------------------------------------------------------------- */

static void slices_need_deadlines_and_exclude_records(void **state) {
  (void)state;
  weir_engine_config plain = WEIR_ENGINE_CONFIG_INIT;
  weir_store_config config = {.size = sizeof(weir_store_config), .slice = 1};
  weir_engine *engine;
  weir_store *store = NULL;
  weir_recorder *recorder = NULL;
  weir_error *error = NULL;
  must(weir_engine_new(&plain, &engine, &error), &error);
  assert_int_equal(weir_store_new(engine, &config, &store, &error), WEIR_ERR_MISUSE);
  assert_words(weir_error_message(error), "weir_engine_config.deadlines");
  weir_error_free(error);
  weir_engine_free(engine);
  plain.deadlines = true;
  must(weir_engine_new(&plain, &engine, &error), &error);
  must(weir_store_new(engine, &config, &store, &error), &error);
  assert_int_equal(weir_record_start(store, &(weir_record_config)WEIR_RECORD_CONFIG_INIT, &recorder, &error),
                   WEIR_ERR_MISUSE);
  assert_words(weir_error_message(error), "time slices");
  weir_error_free(error);
  weir_store_free(store);
  weir_engine_free(engine);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(two_spinning_tasks_take_turns),
    cmocka_unit_test(longer_slices_are_longer_turns),
    cmocka_unit_test(a_spinning_task_leaves_room_for_one_that_yields),
    cmocka_unit_test(without_slices_a_call_runs_to_its_end),
    cmocka_unit_test(nobody_enters_an_instance_that_is_set_aside_in_realloc),
    cmocka_unit_test(a_synchronous_call_into_it_holds_its_caller_and_no_other),
    cmocka_unit_test(copies_between_guests_are_whole),
    cmocka_unit_test(a_late_result_makes_room_for_itself_in_turns),
    cmocka_unit_test(a_call_of_scalars_waits_for_its_instance),
    cmocka_unit_test(a_cancellation_comes_at_the_next_point_where_the_task_waits),
    cmocka_unit_test(a_trap_ends_what_is_set_aside),
    cmocka_unit_test(a_store_is_freed_with_what_is_set_aside),
    cmocka_unit_test(a_deadline_holds_while_guests_take_turns),
    cmocka_unit_test(slices_cost_no_fuel),
    cmocka_unit_test(idle_means_that_nothing_is_set_aside_or_put_off),
    cmocka_unit_test(guests_cannot_tell_in_any_schedule),
    cmocka_unit_test(slices_need_deadlines_and_exclude_records),
};

BEHAVIOUR_MAIN(tests)
