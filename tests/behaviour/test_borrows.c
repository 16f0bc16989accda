/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a guest lends to a host function is the host's until the call has ended, however it ends, and not longer. */
#include "behaviour/behaviour.h"

#define TYPES "host:res/types@0.2.1"

struct fixture {
  struct world *w;
  weir_value kept; /* what `look` was lent */
  struct pending look_late;
  int drops;
};

static void thing_dropped(void *data, weir_store *store, uint64_t rep) {
  (void)store;
  (void)rep;
  ((struct fixture *)data)->drops++;
}

static void make(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value made;
  (void)data, (void)count;
  must(weir_resource_new(weir_host_call_instance(call), TYPES, "thing", args[0].of.u32, &made, NULL), NULL);
  weir_host_call_return(call, &made, NULL);
}

static void look(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct fixture *f = data;
  assert_int_equal(count, 1);
  assert_int_equal(rep_of(&args[0]), 7);
  f->kept = args[0];
  args[0] = (weir_value){0};
  weir_value result = u32(1);
  weir_host_call_return(call, &result, NULL);
}

static void nothing(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)args, (void)count;
  weir_host_call_return(call, NULL, NULL);
}

static void open_fixture(struct fixture *f) {
  *f = (struct fixture){.w = world_open("resources")};
  struct world *w = f->w;
  must(weir_linker_define_resource(w->linker, TYPES, "thing", thing_dropped, f, NULL, NULL), NULL);
  world_func(w, TYPES, "make", NULL, make, f);
  world_func(w, TYPES, "look", NULL, look, f);
  world_func(w, TYPES, "look-late", NULL, pending_call, &f->look_late);
  world_func(w, TYPES, "give", NULL, nothing, f);
  world_func(w, TYPES, "make-late", NULL, nothing, f);
  world_func(w, NULL, "gone", NULL, nothing, f);
  world_start(w);
}

/* It is stale: it has no representation, cannot be lent, and dropping it has no effect. */
static void assert_stale(struct fixture *f, weir_value *borrow) {
  weir_value again = *borrow;
  assert_int_equal(rep_of(borrow), 0);
  call_refused(f->w, "look-at", &again, 1, WEIR_ERR_MISUSE, "a resource that it does not have any more");
  weir_value_clear(borrow);
}

static void what_a_host_function_keeps_is_stale_when_it_has_returned(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  weir_value seven = u32(7);
  call_now(f.w, "make-and-look", &seven, 1);
  assert_int_equal(f.drops, 1);
  assert_stale(&f, &f.kept);
  world_close(f.w);
}

static void what_a_late_host_function_keeps_is_its_own_until_the_end(void **state) {
  (void)state;
  for (int way = 0; way < 3; way++) {
    struct fixture f;
    struct outcome o;
    open_fixture(&f);
    weir_value seven = u32(7);
    call_args(f.w, &o, "make-and-look-late", &seven, 1);
    world_settle(f.w);
    assert_int_equal(rep_of(&f.look_late.args[0]), 7);
    if (way == 0)
      pending_return(&f.look_late, 0, u32(1));
    else if (way == 1)
      must(weir_host_call_fail(f.look_late.calls[0], "no"), NULL);
    if (way == 2)
      world_end_store(f.w);
    else
      world_settle(f.w);
    assert_ended(&o, way == 0 ? WEIR_OK : way == 1 ? WEIR_ERR_HOST : WEIR_ERR_CANCELLED);
    assert_int_equal(rep_of(&f.look_late.args[0]), 0);
    weir_value_clear(&f.look_late.args[0]);
    world_close(f.w);
    assert_int_equal(f.drops, 1);
  }
}

static void a_borrow_that_was_dropped_before_is_forgotten(void **state) {
  (void)state;
  struct fixture f;
  struct outcome o;
  open_fixture(&f);
  weir_value seven = u32(7);
  call_args(f.w, &o, "make-and-look-late", &seven, 1);
  world_settle(f.w);
  weir_value_clear(&f.look_late.args[0]);
  pending_return(&f.look_late, 0, u32(1));
  world_settle(f.w);
  assert_ended(&o, WEIR_OK);
  world_close(f.w);
}

/* To another instance, since the first is taken. */
static void lend_on(struct fixture *f, struct outcome *o) {
  weir_instance *first = f->w->instance;
  world_start(f->w);
  weir_value borrow = f->look_late.args[0];
  call_args(f->w, o, "look-late-at", &borrow, 1);
  world_settle(f->w);
  f->w->instance = first;
  assert_int_equal(f->look_late.count, 2);
  assert_int_equal(rep_of(&f->look_late.args[1]), 7);
}

static void what_is_borrowed_can_be_lent_on(void **state) {
  (void)state;
  struct fixture f;
  struct outcome outer, inner;
  open_fixture(&f);
  weir_value seven = u32(7);
  call_args(f.w, &outer, "make-and-look-late", &seven, 1);
  world_settle(f.w);
  lend_on(&f, &inner);
  pending_return(&f.look_late, 1, u32(2));
  world_settle(f.w);
  assert_ended(&inner, WEIR_OK);
  pending_return(&f.look_late, 0, u32(1));
  world_settle(f.w);
  assert_ended(&outer, WEIR_OK);
  assert_int_equal(f.drops, 1);
  world_close(f.w);
}

static void a_call_cannot_end_while_its_borrow_is_lent_on(void **state) {
  (void)state;
  struct fixture f;
  struct outcome outer, inner;
  open_fixture(&f);
  weir_value seven = u32(7);
  call_args(f.w, &outer, "make-and-look-late", &seven, 1);
  world_settle(f.w);
  lend_on(&f, &inner);
  pending_return(&f.look_late, 0, u32(1));
  world_settle(f.w);
  assert_ended(&outer, WEIR_ERR_HOST);
  assert_words(outer.message, "host function `look-late` ended its call while a resource that it borrows is lent on");
  assert_ended(&inner, WEIR_ERR_HOST);
  world_close(f.w);
  assert_int_equal(f.drops, 1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_a_host_function_keeps_is_stale_when_it_has_returned),
    cmocka_unit_test(what_a_late_host_function_keeps_is_its_own_until_the_end),
    cmocka_unit_test(a_borrow_that_was_dropped_before_is_forgotten),
    cmocka_unit_test(what_is_borrowed_can_be_lent_on),
    cmocka_unit_test(a_call_cannot_end_while_its_borrow_is_lent_on),
};

BEHAVIOUR_MAIN(tests)
