/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Who may use a store: owners that come and go, and serialized stores. */
#include <pthread.h>

#include "behaviour/variants.h"

static void *own_it_and_end(void *data) {
  struct fixture *f = data;
  assert_int_equal(weir_store_step(f->w->store), WEIR_STEP_REFUSED);
  assert_int_equal(weir_store_own(f->w->store), WEIR_OK);
  assert_int_not_equal(weir_store_step(f->w->store), WEIR_STEP_REFUSED);
  return NULL;
}

static void a_store_whose_owner_has_ended_is_taken(void **state) {
  (void)state;
  struct fixture f;
  open_calls(&f, PLAIN);
  call(f.w, &f.freed, "ask");
  on_thread(own_it_and_end, &f);
  assert_int_equal(weir_store_step(f.w->store), WEIR_STEP_REFUSED);
  assert_int_equal(weir_store_own(f.w->store), WEIR_OK);
  pending_return(&f.wait, 0, u32(5));
  world_settle(f.w);
  assert_u32(&f.freed, 5);
  close_variant(&f);
}

static void a_store_that_was_given_up_is_nobodys(void **state) {
  (void)state;
  struct fixture f;
  weir_call *started;
  open_calls(&f, PLAIN);
  call(f.w, &f.freed, "ask");
  must(weir_store_disown(f.w->store), NULL);
  assert_int_equal(weir_store_disown(f.w->store), WEIR_ERR_MISUSE);
  assert_int_equal(weir_store_step(f.w->store), WEIR_STEP_REFUSED);
  assert_int_equal(weir_call_start(f.w->instance, world_export(f.w, "ask"), NULL, 0, NULL, NULL, &started, NULL),
                   WEIR_ERR_MISUSE);
  assert_int_equal(weir_call_result(f.freed.call, NULL, NULL), WEIR_ERR_MISUSE);
  assert_int_equal(weir_store_live_tasks(f.w->store), 0);
  assert_int_equal(weir_call_cancel(f.freed.call), WEIR_OK); /* for the next owner */
  must(weir_store_own(f.w->store), NULL);
  must(weir_store_own(f.w->store), NULL);
  world_settle(f.w);
  assert_ended(&f.freed, WEIR_ERR_CANCELLED);
  close_variant(&f);
}

static void *come_while_inside(void *data) {
  struct fixture *f = data;
  assert_int_equal(weir_store_own(f->w->store), WEIR_ERR_MISUSE);
  assert_int_equal(weir_store_step(f->w->store), WEIR_STEP_REFUSED);
  weir_call_free(f->freed.call);
  return NULL;
}

static void let_another_come(void *data) {
  on_thread(come_while_inside, data);
}

static void nobody_takes_a_store_from_who_is_inside(void **state) {
  (void)state;
  enum variant variants[] = {PLAIN, SERIALIZED};
  for (int i = 0; i < 2; i++) {
    struct fixture f;
    open_calls(&f, variants[i]);
    call(f.w, &f.freed, "ask");
    must(weir_store_post(f.w->store, let_another_come, &f, NULL), NULL);
    world_settle(f.w);
    assert_int_equal(weir_call_result(f.freed.call, NULL, NULL), WEIR_ERR_MISUSE);
    close_variant(&f);
  }
}

static void *use_in_turn(void *data) {
  struct fixture *f = data;
  f->owner = pthread_self();
  call(f->w, &f->cancelled, "ask");
  world_settle(f->w);
  pending_return(&f->wait, f->wait.count - 1, u32(9));
  return NULL;
}

static void *settle_in_turn(void *data) {
  struct fixture *f = data;
  world_settle(f->w);
  assert_u32(&f->cancelled, 9);
  return NULL;
}

static void a_serialized_store_goes_from_thread_to_thread(void **state) {
  (void)state;
  struct fixture f;
  open_calls(&f, SERIALIZED);
  for (int i = 0; i < 3; i++) {
    on_thread(use_in_turn, &f);
    assert_true(weir_store_fd(f.w->store) >= 0);
    on_thread(settle_in_turn, &f);
  }
  must(weir_store_disown(f.w->store), NULL); /* no effect, */
  must(weir_store_own(f.w->store), NULL);    /* nor has this */
  on_thread(use_in_turn, &f);
  on_thread(settle_in_turn, &f);
  close_variant(&f);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_store_whose_owner_has_ended_is_taken),
      cmocka_unit_test(a_store_that_was_given_up_is_nobodys),
      cmocka_unit_test(nobody_takes_a_store_from_who_is_inside),
      cmocka_unit_test(a_serialized_store_goes_from_thread_to_thread),
  };
  return behaviour_main(argc, argv, tests, sizeof(tests) / sizeof(tests[0]));
}
