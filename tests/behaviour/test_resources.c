/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Resources: a host's are dropped exactly once however they end, a guest's destructor runs when the host lets go. */
#include "behaviour/behaviour.h"

#define TYPES "host:res/types@0.2.0" /* the guest imports 0.2.1 */

struct fixture {
  struct world *w;
  int drops[16]; /* of things, by representation */
  int gone[16];  /* gadgets whose destructor has run */
  int freed;     /* definitions released */
  struct pending look_late, make_late;
  weir_value given; /* to `give` */
};

static void thing_dropped(void *data, weir_store *store, uint64_t rep) {
  (void)store;
  struct fixture *f = data;
  assert_true(rep < 16);
  f->drops[rep]++;
}

static void definition_freed(void *data) {
  struct fixture *f = data;
  f->freed++;
}

static void make(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value result;
  (void)data;
  assert_int_equal(count, 1);
  assert_int_equal(weir_resource_new(weir_host_call_instance(call), TYPES, "nothing", 1, &result, NULL),
                   WEIR_ERR_NOT_FOUND);
  must(weir_resource_new(weir_host_call_instance(call), TYPES, "thing", args[0].of.u32, &result, NULL), NULL);
  weir_host_call_return(call, &result, NULL);
}

static void look(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data;
  assert_int_equal(count, 1);
  assert_string_equal(weir_func_name(weir_host_call_func(call)), "look");
  assert_string_equal(weir_resource_type_name(weir_value_resource_type(&args[0])), "thing");
  assert_false(weir_value_owns_resource(&args[0]));
  weir_value result = u32((uint32_t)rep_of(&args[0]) * 10);
  weir_host_call_return(call, &result, NULL);
}

static void give(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct fixture *f = data;
  assert_int_equal(count, 1);
  assert_ptr_equal(weir_value_resource_type(&args[0]),
                   weir_type_resource(weir_func_param_type(weir_host_call_func(call), 0)));
  assert_true(weir_value_owns_resource(&args[0]));
  f->given = args[0];
  args[0] = (weir_value){0};
  weir_host_call_return(call, NULL, NULL);
}

static void gone(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct fixture *f = data;
  assert_int_equal(count, 1);
  f->gone[args[0].of.u32]++;
  weir_host_call_return(call, NULL, NULL);
}

static void open_fixture(struct fixture *f) {
  *f = (struct fixture){.w = world_open("resources")};
  struct world *w = f->w;
  must(weir_linker_define_resource(w->linker, TYPES, "thing", thing_dropped, f, definition_freed, NULL), NULL);
  world_func(w, TYPES, "make", "func(rep: u32) -> own<thing>", make, f);
  world_func(w, TYPES, "look", "func(t: borrow<thing>) -> u32", look, f);
  world_func(w, TYPES, "look-late", "async func(t: borrow<thing>) -> u32", pending_call, &f->look_late);
  world_func(w, TYPES, "give", "func(t: thing)", give, f);
  world_func(w, TYPES, "make-late", "async func() -> thing", pending_call, &f->make_late);
  world_func(w, NULL, "gone", "func(rep: u32)", gone, f);
  world_start(w);
}

/* Frees the world, and then `rep` has been dropped once and nothing else at all. */
static void close_dropped(struct fixture *f, int rep) {
  world_close(f->w);
  for (int i = 0; i < 16; i++)
    assert_int_equal(f->drops[i], i == rep);
  assert_int_equal(f->freed, 1);
}

static weir_value call_with(struct fixture *f, const char *name, uint32_t rep) {
  weir_value arg = u32(rep);
  return call_now(f->w, name, &arg, 1);
}

/* ---- a host's resources ------------------------------------------------------------------------------------------ */

static void a_guest_drops_it(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  call_with(&f, "make-and-drop", 3);
  assert_int_equal(f.drops[3], 1);
  close_dropped(&f, 3);
}

static void a_guest_still_has_it_when_the_store_goes(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  call_with(&f, "make-and-keep", 4);
  assert_int_equal(f.drops[4], 0);
  close_dropped(&f, 4);
}

static void a_guest_returns_it_and_the_host_clears_it(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  weir_value thing = call_with(&f, "make-and-return", 5);
  assert_int_equal(thing.kind, WEIR_VALUE_RESOURCE);
  assert_int_equal(rep_of(&thing), 5);
  weir_value copy;
  assert_int_equal(weir_value_copy(&thing, &copy), WEIR_ERR_TYPE);
  assert_int_equal(f.drops[5], 0);
  weir_value_clear(&thing);
  world_settle(f.w);
  assert_int_equal(f.drops[5], 1);
  close_dropped(&f, 5);
}

static void a_guest_gives_it_and_the_host_keeps_it_beyond_the_store(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  call_with(&f, "make-and-give", 6);
  assert_int_equal(rep_of(&f.given), 6);
  assert_int_equal(f.drops[6], 0);
  world_end_store(f.w);
  assert_int_equal(f.drops[6], 1);
  assert_int_equal(rep_of(&f.given), 0); /* it is nobody's now */
  weir_value_clear(&f.given);
  close_dropped(&f, 6);
}

static void a_host_gives_it_back_and_the_guest_drops_it(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  weir_value thing = call_with(&f, "make-and-return", 7);
  call_now(f.w, "keep", &thing, 1);
  assert_int_equal(thing.kind, WEIR_VALUE_NONE);
  assert_int_equal(f.drops[7], 0);
  call_now(f.w, "drop-kept", NULL, 0);
  assert_int_equal(f.drops[7], 1);
  close_dropped(&f, 7);
}

static void a_call_that_never_starts_lets_go_of_it(void **state) {
  (void)state;
  struct fixture f;
  weir_call *handle;
  open_fixture(&f);
  weir_value args[2] = {call_with(&f, "make-and-return", 8), {0}};
  assert_int_equal(weir_call_start(f.w->instance, world_export(f.w, "keep"), args, 2, NULL, NULL, &handle, NULL),
                   WEIR_ERR_TYPE);
  world_settle(f.w);
  assert_int_equal(f.drops[8], 1);
  close_dropped(&f, 8);
}

static void a_trap_after_it_was_taken(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  weir_value thing = call_with(&f, "make-and-return", 9);
  call_args(f.w, &o, "boom", &thing, 1);
  world_settle(f.w);
  assert_ended(&o, WEIR_ERR_TRAP);
  close_dropped(&f, 9);
}

static void a_late_result(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call(f.w, &o, "get-late");
  world_settle(f.w);
  weir_value thing;
  must(weir_resource_new(weir_host_call_instance(f.make_late.calls[0]), TYPES, "thing", 10, &thing, NULL), NULL);
  weir_host_call_return(f.make_late.calls[0], &thing, NULL);
  assert_int_equal(f.drops[10], 0);
  world_settle(f.w);
  assert_ended(&o, WEIR_OK);
  assert_int_equal(f.drops[10], 1);
  close_dropped(&f, 10);
}

static void a_late_result_that_is_never_delivered(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  call(f.w, &o, "get-late");
  world_settle(f.w);
  weir_value thing;
  must(weir_resource_new(weir_host_call_instance(f.make_late.calls[0]), TYPES, "thing", 11, &thing, NULL), NULL);
  weir_host_call_return(f.make_late.calls[0], &thing, NULL);
  close_dropped(&f, 11);
  assert_ended(&o, WEIR_ERR_CANCELLED);
}

static void make_by_itself(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value result;
  (void)data;
  assert_int_equal(count, 1);
  must(weir_resource_new(weir_host_call_instance(call), NULL, "thing", args[0].of.u32, &result, NULL), NULL);
  weir_host_call_return(call, &result, NULL);
}

static void a_resource_made_for_a_start_function(void **state) {
  (void)state;
  struct fixture f = {.w = world_open("start")};
  must(weir_linker_define_resource(f.w->linker, NULL, "thing", thing_dropped, &f, definition_freed, NULL), NULL);
  world_func(f.w, NULL, "make", "func(rep: u32) -> own<thing>", make_by_itself, &f);
  world_start(f.w);
  assert_int_equal(f.drops[5], 0);
  close_dropped(&f, 5);
}

/* ---- loans ------------------------------------------------------------------------------------------------------- */

static void a_host_function_borrows(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  assert_int_equal(call_with(&f, "make-and-look", 3).of.u32, 30);
  assert_int_equal(f.drops[3], 1);
  close_dropped(&f, 3);
}

static void a_loan_lasts_until_the_host_function_has_finished(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  weir_value arg = u32(4);
  call_args(f.w, &o, "make-and-look-late", &arg, 1);
  world_settle(f.w);
  assert_int_equal(rep_of(&f.look_late.args[0]), 4);
  weir_value_clear(&f.look_late.args[0]); /* a loan: nothing is dropped */
  world_settle(f.w);
  assert_int_equal(f.drops[4], 0);
  pending_return(&f.look_late, 0, u32(44));
  world_settle(f.w);
  assert_u32(&o, 44);
  close_dropped(&f, 4);
}

static void what_a_host_lends_stays_its_own(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  weir_value thing = call_with(&f, "make-and-return", 5);
  call_args(f.w, &o, "look-late-at", &thing, 1);
  world_settle(f.w);
  assert_int_equal(f.drops[5], 0);
  assert_int_equal(rep_of(&f.look_late.args[0]), 5);
  weir_value_clear(&f.look_late.args[0]);
  pending_return(&f.look_late, 0, u32(55));
  world_settle(f.w);
  assert_u32(&o, 55);
  assert_int_equal(f.drops[5], 0);
  weir_value_clear(&thing); /* it has stayed the host's */
  assert_int_equal(f.drops[5], 1);
  close_dropped(&f, 5);
}

static void what_is_dropped_while_it_is_lent_goes_when_the_call_has_ended(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  weir_value thing = call_with(&f, "make-and-return", 5), copy = thing;
  call_args(f.w, &o, "look-late-at", &thing, 1);
  weir_value_clear(&thing);
  weir_value_clear(&copy); /* of one that is dropped already */
  world_settle(f.w);
  assert_int_equal(f.drops[5], 0);
  assert_int_equal(rep_of(&f.look_late.args[0]), 5);
  weir_value_clear(&f.look_late.args[0]);
  pending_return(&f.look_late, 0, u32(55));
  world_settle(f.w);
  assert_u32(&o, 55);
  assert_int_equal(f.drops[5], 1);
  close_dropped(&f, 5);
}

static void what_is_lent_cannot_be_given_away(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  weir_value thing = call_with(&f, "make-and-return", 5);
  call_args(f.w, &o, "look-late-at", &thing, 1);
  world_settle(f.w);
  call_refused(f.w, "keep", &thing, 1, WEIR_ERR_MISUSE, "lent"); /* and so it is dropped */
  assert_int_equal(thing.kind, WEIR_VALUE_NONE);
  assert_int_equal(f.drops[5], 0);
  weir_value_clear(&f.look_late.args[0]);
  pending_return(&f.look_late, 0, u32(55));
  world_settle(f.w);
  assert_u32(&o, 55);
  close_dropped(&f, 5);
}

static void a_call_that_is_cancelled_before_it_starts_ends_its_loan(void **state) {
  (void)state;
  struct fixture f;
  struct outcome first, second;
  open_fixture(&f);
  weir_value thing = call_with(&f, "make-and-return", 5);
  call_args(f.w, &first, "look-late-at", &thing, 1);
  call_args(f.w, &second, "look-late-at", &thing, 1); /* the instance is taken: it waits */
  world_settle(f.w);
  assert_int_equal(f.look_late.count, 1);
  weir_call_cancel(second.call);
  world_settle(f.w);
  assert_ended(&second, WEIR_ERR_CANCELLED);
  weir_value_clear(&f.look_late.args[0]);
  pending_return(&f.look_late, 0, u32(55));
  world_settle(f.w);
  assert_u32(&first, 55);
  call_now(f.w, "keep", &thing, 1); /* nobody borrows it any more */
  call_now(f.w, "drop-kept", NULL, 0);
  close_dropped(&f, 5);
}

static void two_loans_at_once(void **state) {
  (void)state;
  struct fixture f;
  struct outcome first, second;
  open_fixture(&f);
  weir_value thing = call_with(&f, "make-and-return", 5);
  call_args(f.w, &first, "look-late-at", &thing, 1);
  call_args(f.w, &second, "look-late-at", &thing, 1);
  weir_value_clear(&thing);
  for (int i = 0; i < 2; i++) {
    world_settle(f.w);
    assert_int_equal(f.drops[5], 0);
    weir_value_clear(&f.look_late.args[i]);
    pending_return(&f.look_late, i, u32(55));
  }
  world_settle(f.w);
  assert_u32(&first, 55);
  assert_u32(&second, 55);
  assert_int_equal(f.drops[5], 1);
  close_dropped(&f, 5);
}

static void a_store_that_goes_while_something_is_lent(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  weir_value thing = call_with(&f, "make-and-return", 5), dropped = call_with(&f, "make-and-return", 6);
  call_args(f.w, &o, "look-late-at", &thing, 1);
  call_args(f.w, &o, "look-late-at", &dropped, 1);
  weir_value_clear(&dropped);
  world_settle(f.w);
  world_end_store(f.w);
  assert_int_equal(f.drops[5], 1);
  assert_int_equal(f.drops[6], 1);
  weir_value_clear(&thing);
  weir_value_clear(&f.look_late.args[0]);
  assert_int_equal(f.drops[5], 1);
  world_close(f.w);
}

static void a_loan_inside_of_a_value(void **state) {
  (void)state;
  struct fixture f;
  weir_value pair;
  open_fixture(&f);
  weir_value thing = call_with(&f, "make-and-return", 5);
  for (uint32_t i = 0; i < 3; i++) {
    must(weir_value_new_record(2, &pair), NULL);
    pair.of.list.items[0] = thing;
    pair.of.list.items[1] = i < 2 ? u32(i) : (weir_value){.kind = WEIR_VALUE_BOOL};
    if (i < 2)
      assert_int_equal(call_now(f.w, "look-pair", &pair, 1).of.u32, 50 + i);
    else
      call_refused(f.w, "look-pair", &pair, 1, WEIR_ERR_TYPE, "element 1");
    assert_int_equal(pair.kind, WEIR_VALUE_NONE);
    assert_int_equal(rep_of(&thing), 5);
  }
  weir_value_clear(&thing);
  close_dropped(&f, 5);
}

static void the_same_thing_twice_is_given_once(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  weir_value thing = call_with(&f, "make-and-return", 5), copy = thing;
  call_now(f.w, "keep", &thing, 1);
  call_refused(f.w, "keep", &copy, 1, WEIR_ERR_MISUSE, "does not have");
  copy = (weir_value){.kind = WEIR_VALUE_RESOURCE};
  call_refused(f.w, "look-at", &copy, 1, WEIR_ERR_MISUSE, "does not have");
  close_dropped(&f, 5);
}

static void a_trap_ends_loans(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  weir_value thing = call_with(&f, "make-and-return", 6);
  call_args(f.w, &o, "forget-borrow", &thing, 1);
  world_settle(f.w);
  assert_ended(&o, WEIR_ERR_TRAP);
  assert_int_equal(rep_of(&thing), 6);
  weir_value_clear(&thing);
  assert_int_equal(f.drops[6], 1);
  close_dropped(&f, 6);
}

static void a_borrow_that_is_kept_traps(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  weir_value thing = call_with(&f, "make-and-return", 6);
  call_args(f.w, &o, "forget-borrow", &thing, 1);
  world_settle(f.w);
  assert_ended(&o, WEIR_ERR_TRAP);
  assert_words(o.message, "borrow handles still remain");
  close_dropped(&f, 6);
}

static void a_borrow_cannot_be_given_away(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  weir_value thing = call_with(&f, "make-and-return", 7);
  call_args(f.w, &o, "give-borrowed", &thing, 1);
  world_settle(f.w);
  assert_ended(&o, WEIR_ERR_TRAP);
  assert_int_equal(f.given.kind, WEIR_VALUE_NONE);
  close_dropped(&f, 7);
}

/* ---- a guest's resources ----------------------------------------------------------------------------------------- */

static void a_destructor_runs_in_a_later_step(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  weir_value gadget = call_with(&f, "new-gadget", 3);
  assert_int_equal(gadget.kind, WEIR_VALUE_RESOURCE);
  int wakes = f.w->wakes;
  weir_value_clear(&gadget);
  assert_int_equal(f.gone[3], 0);
  assert_int_equal(f.w->wakes, wakes + 1);
  world_settle(f.w);
  assert_int_equal(f.gone[3], 1);
  close_dropped(&f, -1);
  assert_int_equal(f.gone[3], 1);
}

static void a_guest_gets_its_own_back(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  weir_value gadget = call_with(&f, "new-gadget", 4);
  assert_int_equal(call_now(f.w, "take-gadget", &gadget, 1).of.u32, 4);
  assert_int_equal(f.gone[4], 1);
  close_dropped(&f, -1);
}

static void a_lent_gadget_stays_the_hosts(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  weir_value gadget = call_with(&f, "new-gadget", 5);
  for (int i = 0; i < 2; i++)
    assert_int_equal(call_now(f.w, "gadget-rep", &gadget, 1).of.u32, 5);
  assert_int_equal(f.gone[5], 0);
  weir_value_clear(&gadget);
  world_settle(f.w);
  assert_int_equal(f.gone[5], 1);
  close_dropped(&f, -1);
}

static void a_gadget_dropped_while_it_is_lent_is_destroyed_after_the_call(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  weir_value thing;
  open_fixture(&f);
  weir_value gadget = call_with(&f, "new-gadget", 5);
  call_args(f.w, &o, "gadget-late", &gadget, 1);
  weir_value_clear(&gadget);
  world_settle(f.w);
  assert_int_equal(f.gone[5], 0);
  must(weir_resource_new(weir_host_call_instance(f.make_late.calls[0]), TYPES, "thing", 10, &thing, NULL), NULL);
  weir_host_call_return(f.make_late.calls[0], &thing, NULL);
  world_settle(f.w);
  assert_u32(&o, 5);
  assert_int_equal(f.gone[5], 1);
  close_dropped(&f, 10);
}

static void a_gadget_of_a_freed_store_is_only_forgotten(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  weir_value gadget = call_with(&f, "new-gadget", 6);
  call_with(&f, "keep-gadget", 7);
  world_end_store(f.w);
  weir_value_clear(&gadget);
  assert_int_equal(f.gone[6], 0); /* no guest code runs any more */
  assert_int_equal(f.gone[7], 0);
  close_dropped(&f, -1);
}

static void a_gadget_of_another_instance_is_refused(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  weir_value gadget = call_with(&f, "new-gadget", 8);
  world_start(f.w); /* a second instance, whose gadgets are others */
  call_refused(f.w, "take-gadget", &gadget, 1, WEIR_ERR_TYPE, "another type");
  assert_int_equal(gadget.kind, WEIR_VALUE_NONE); /* taken all the same */
  world_settle(f.w);
  assert_int_equal(f.gone[8], 1);
  world_close(f.w);
}

static void a_thing_goes_from_one_instance_to_another(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  weir_value thing = call_with(&f, "make-and-return", 9);
  world_start(f.w);
  call_now(f.w, "keep", &thing, 1);
  call_now(f.w, "drop-kept", NULL, 0);
  assert_int_equal(f.drops[9], 1);
  close_dropped(&f, 9);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_guest_drops_it),
    cmocka_unit_test(a_guest_still_has_it_when_the_store_goes),
    cmocka_unit_test(a_guest_returns_it_and_the_host_clears_it),
    cmocka_unit_test(a_guest_gives_it_and_the_host_keeps_it_beyond_the_store),
    cmocka_unit_test(a_host_gives_it_back_and_the_guest_drops_it),
    cmocka_unit_test(a_call_that_never_starts_lets_go_of_it),
    cmocka_unit_test(a_trap_after_it_was_taken),
    cmocka_unit_test(a_late_result),
    cmocka_unit_test(a_late_result_that_is_never_delivered),
    cmocka_unit_test(a_resource_made_for_a_start_function),
    cmocka_unit_test(a_host_function_borrows),
    cmocka_unit_test(a_loan_lasts_until_the_host_function_has_finished),
    cmocka_unit_test(what_a_host_lends_stays_its_own),
    cmocka_unit_test(what_is_dropped_while_it_is_lent_goes_when_the_call_has_ended),
    cmocka_unit_test(what_is_lent_cannot_be_given_away),
    cmocka_unit_test(a_call_that_is_cancelled_before_it_starts_ends_its_loan),
    cmocka_unit_test(two_loans_at_once),
    cmocka_unit_test(a_store_that_goes_while_something_is_lent),
    cmocka_unit_test(a_loan_inside_of_a_value),
    cmocka_unit_test(the_same_thing_twice_is_given_once),
    cmocka_unit_test(a_trap_ends_loans),
    cmocka_unit_test(a_borrow_that_is_kept_traps),
    cmocka_unit_test(a_borrow_cannot_be_given_away),
    cmocka_unit_test(a_destructor_runs_in_a_later_step),
    cmocka_unit_test(a_guest_gets_its_own_back),
    cmocka_unit_test(a_lent_gadget_stays_the_hosts),
    cmocka_unit_test(a_gadget_dropped_while_it_is_lent_is_destroyed_after_the_call),
    cmocka_unit_test(a_gadget_of_a_freed_store_is_only_forgotten),
    cmocka_unit_test(a_gadget_of_another_instance_is_refused),
    cmocka_unit_test(a_thing_goes_from_one_instance_to_another),
};

BEHAVIOUR_MAIN(tests)
