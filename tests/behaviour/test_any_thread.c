/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Other threads let go of what a store's owner has, cancel, and post functions: everything acts in the owner's next
 * step, each once, and with every other feature of the store.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "behaviour/variants.h"

#define TYPES "host:res/types@0.2.0"

static void copied(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  struct fixture *f = data;
  int i = end == f->read ? 0 : 1;
  assert_int_equal(count, 0);
  assert_true(pthread_equal(pthread_self(), f->owner));
  f->copies[i]++;
  f->results[i] = result;
}

/* Two streams of the host's own, each with a read that waits. */
static void open_streams(struct fixture *f) {
  weir_value readable;
  must(weir_stream_new(f->w->store, WEIR_ELEMENT_U8, &readable, &f->others[0], NULL), NULL);
  f->read = weir_stream_from_value(&readable);
  must(weir_stream_read(f->read, &f->bytes[0], 1, copied, f, NULL), NULL);
  must(weir_stream_new(f->w->store, WEIR_ELEMENT_U8, &readable, &f->dropped, NULL), NULL);
  f->others[1] = weir_stream_from_value(&readable);
  must(weir_stream_read(f->others[1], &f->bytes[1], 1, copied, f, NULL), NULL);
}

static void posted(void *data) {
  struct fixture *f = data;
  assert_true(pthread_equal(pthread_self(), f->owner));
  f->posts++;
}

static void post_freed(void *data) {
  struct fixture *f = data;
  assert_true(pthread_equal(pthread_self(), f->owner));
  f->post_frees++;
}

/* ---- the pairs --------------------------------------------------------------------------------------------------- */

static void *let_go_of_all(void *data) {
  struct fixture *f = data;
  assert_int_equal(weir_call_cancel(f->cancelled.call), WEIR_OK);
  assert_int_equal(weir_call_cancel(f->cancelled.call), WEIR_OK); /* twice is once */
  weir_call_free(f->freed.call);
  weir_call_free(f->freed.call);
  assert_int_equal(weir_call_cancel(f->freed.call), WEIR_ERR_MISUSE); /* let go of already */
  weir_stream_cancel(f->read);
  weir_stream_drop(f->dropped);
  must(weir_store_post(f->w->store, posted, f, post_freed), NULL);
  return NULL;
}

static void let_go_with(enum variant variant) {
  struct fixture f;
  open_calls(&f, variant);
  call(f.w, &f.cancelled, "ask");
  call(f.w, &f.freed, "ask");
  world_settle(f.w);
  open_streams(&f);
  world_settle(f.w);
  weir_call *freed = f.freed.call;
  f.w->wakes = 0;
  on_thread(let_go_of_all, &f);
  assert_true(f.w->wakes > 0);
  assert_int_equal(f.wait.cancels + f.cancelled.count + f.copies[0] + f.copies[1] + f.posts,
                   0); /* not by that thread */
  assert_false(weir_call_finished(f.cancelled.call));
  world_settle(f.w);
  assert_ended(&f.cancelled, WEIR_ERR_CANCELLED);
  assert_int_equal(f.wait.cancels, 1);
  assert_int_equal(weir_call_result(freed, NULL, NULL), WEIR_ERR_MISUSE);
  pending_return(&f.wait, 1, u32(4));
  world_settle(f.w);
  assert_int_equal(f.freed.count, 0); /* nobody is told */
  assert_int_equal(f.copies[0] + f.copies[1], 2);
  assert_int_equal(f.results[0], WEIR_COPY_CANCELLED);
  assert_int_equal(f.results[1], WEIR_COPY_DROPPED);
  assert_int_equal(f.posts, 1);
  assert_int_equal(f.post_frees, 0);
  weir_stream_drop(f.read);
  weir_stream_drop(f.others[0]);
  weir_stream_drop(f.others[1]);
  world_settle(f.w);
  close_variant(&f);
}

static void another_thread_lets_go_of_calls_and_streams(void **state) {
  (void)state;
  for (enum variant v = PLAIN; v < VARIANTS; v++)
    let_go_with(v);
}

static void make(void *data, weir_host_call *host, weir_value *args, size_t count) {
  weir_value result;
  (void)data, (void)count;
  must(weir_resource_new(weir_host_call_instance(host), TYPES, "thing", args[0].of.u32, &result, NULL), NULL);
  weir_host_call_return(host, &result, NULL);
}

static void dropped(void *data, weir_store *store, uint64_t rep) {
  (void)store;
  struct fixture *f = data;
  assert_int_equal(rep, 7);
  assert_true(pthread_equal(pthread_self(), f->owner));
  f->drops++;
}

static void open_resources(struct fixture *f, enum variant variant) {
  open_variant(f, "resources", variant);
  must(weir_linker_define_resource(f->w->linker, TYPES, "thing", dropped, f, NULL, NULL), NULL);
  world_func(f->w, TYPES, "make", "func(rep: u32) -> own<thing>", make, f);
  world_func(f->w, TYPES, "look", "func(t: borrow<thing>) -> u32", not_called, f);
  world_func(f->w, TYPES, "look-late", "async func(t: borrow<thing>) -> u32", not_called, f);
  world_func(f->w, TYPES, "give", "func(t: thing)", not_called, f);
  world_func(f->w, TYPES, "make-late", "async func() -> thing", pending_call, &f->wait);
  world_func(f->w, NULL, "gone", "func(rep: u32)", not_called, f);
  world_start(f->w);
  weir_value arg = u32(7);
  f->thing = call_now(f->w, "make-and-return", &arg, 1);
}

static void *clear_copies(void *data) {
  struct fixture *f = data;
  weir_value copy = f->thing;
  weir_value_clear(&copy);
  copy = f->thing;
  weir_value_clear(&copy); /* the same handle again */
  return NULL;
}

static void another_thread_clears_a_value_with_a_resource(void **state) {
  (void)state;
  for (enum variant v = PLAIN; v < VARIANTS; v++) {
    struct fixture f;
    open_resources(&f, v);
    f.w->wakes = 0;
    on_thread(clear_copies, &f);
    assert_int_equal(f.drops, 0);
    assert_true(f.w->wakes > 0);
    world_settle(f.w);
    assert_int_equal(f.drops, 1);
    close_variant(&f);
    assert_int_equal(f.drops, 1);
  }
}

static void an_owner_who_is_first_wins(void **state) {
  (void)state;
  struct fixture f;
  open_resources(&f, PLAIN);
  on_thread(clear_copies, &f);
  assert_int_equal(rep_of(&f.thing), 7); /* good until the step */
  weir_value_clear(&f.thing);            /* the owner is first, and the other thread's wish is stale */
  assert_int_equal(f.drops, 1);
  world_settle(f.w);
  assert_int_equal(f.drops, 1);
  close_variant(&f);
}

/* ---- a store that goes first ------------------------------------------------------------------------------------- */

static void a_store_that_is_freed_first_takes_all_wishes_with_it(void **state) {
  (void)state;
  for (enum variant v = PLAIN; v < VARIANTS; v++) {
    struct fixture f;
    if (v == RECORDED)
      continue; /* (a record of a store that is freed in the midst of its run is not to be replayed) */
    open_calls(&f, v);
    call(f.w, &f.cancelled, "ask");
    call(f.w, &f.freed, "ask");
    world_settle(f.w);
    open_streams(&f);
    on_thread(let_go_of_all, &f);
    world_end_store(f.w);
    assert_ended(&f.cancelled, WEIR_ERR_CANCELLED); /* by the end of the store */
    assert_int_equal(f.freed.count, 0);
    assert_int_equal(f.copies[0] + f.copies[1], 2);
    assert_int_equal(f.posts, 0);
    assert_int_equal(f.post_frees, 1);
    weir_stream_drop(f.others[0]);
    close_variant(&f);
  }
}

static void *post_to_what_is_gone(void *data) {
  struct fixture *f = data;
  assert_int_equal(weir_store_post(f->w->store, posted, f, post_freed), WEIR_ERR_GONE);
  weir_call_free(f->freed.call);
  assert_int_equal(weir_call_cancel(f->freed.call), WEIR_ERR_MISUSE);
  return NULL;
}

static void a_store_that_is_gone_takes_no_posts(void **state) {
  (void)state;
  struct fixture f;
  open_calls(&f, PLAIN);
  call(f.w, &f.freed, "ask");
  weir_store *store = f.w->store;
  weir_store_free(store);
  on_thread(post_to_what_is_gone, &f);
  assert_int_equal(f.posts + f.post_frees, 0); /* the data stays the sender's */
  assert_int_equal(weir_store_post(NULL, posted, &f, NULL), WEIR_ERR_GONE);
  f.w->store = NULL;
  close_variant(&f);
}

/* ---- posts ------------------------------------------------------------------------------------------------------- */

struct order {
  struct fixture *f;
  int number, *next;
  bool again;
};

static void in_order(void *data) {
  struct order *o = data;
  assert_int_equal(o->number, *o->next);
  ++*o->next;
  if (!o->again)
    return;
  o->again = false;
  o->number += 10;
  must(weir_store_post(o->f->w->store, in_order, o, NULL), NULL);
}

static void *post_ten(void *data) {
  struct order *o = data;
  for (int i = 0; i < 10; i++)
    must(weir_store_post(o->f->w->store, in_order, &o[i], NULL), NULL);
  return NULL;
}

static void posts_run_in_order_and_their_own_posts_in_the_next_step(void **state) {
  (void)state;
  struct fixture f;
  struct order orders[10];
  int next = 0;
  open_calls(&f, PLAIN);
  world_settle(f.w);
  for (int i = 0; i < 10; i++)
    orders[i] = (struct order){&f, i, &next, true};
  on_thread(post_ten, orders);
  assert_int_equal(next, 0);
  assert_int_equal(weir_store_step(f.w->store), WEIR_STEP_READY);
  assert_int_equal(next, 10);
  assert_int_equal(weir_store_step(f.w->store), WEIR_STEP_IDLE);
  assert_int_equal(next, 20);
  assert_int_equal(weir_store_post(f.w->store, NULL, NULL, NULL), WEIR_ERR_MISUSE);
  close_variant(&f);
}

static void start_a_call(void *data) {
  struct fixture *f = data;
  assert_int_equal(weir_store_step(f->w->store), WEIR_STEP_READY); /* does nothing */
  weir_store_free(f->w->store);                                    /* nothing either */
  call(f->w, &f->freed, "ask");
}

static void a_post_may_start_calls(void **state) {
  (void)state;
  for (enum variant v = PLAIN; v < VARIANTS; v++) {
    struct fixture f;
    open_calls(&f, v);
    must(weir_store_post(f.w->store, start_a_call, &f, NULL), NULL);
    world_settle(f.w);
    pending_return(&f.wait, 0, u32(3));
    world_settle(f.w);
    assert_u32(&f.freed, 3);
    close_variant(&f);
  }
}

/* ---- a bridge's store -------------------------------------------------------------------------------------------- */

struct bridged {
  struct fixture f;
  sem_t posted;
};

static weir_status start_bridge(void *data, weir_bridge *bridge, weir_error **ret_error) {
  struct bridged *b = data;
  open_calls(&b->f, PLAIN);
  call(b->f.w, &b->f.cancelled, "ask");
  call(b->f.w, &b->f.freed, "ask");
  return weir_bridge_attach(bridge, b->f.w->store, ret_error);
}

static void stop_bridge(void *data, weir_bridge *bridge) {
  struct bridged *b = data;
  (void)bridge;
  close_variant(&b->f);
}

static void post_arrived(void *data) {
  struct bridged *b = data;
  b->f.posts += pthread_equal(pthread_self(), b->f.owner);
  sem_post(&b->posted);
}

static void any_thread_reaches_the_store_of_a_bridge(void **state) {
  (void)state;
  struct bridged b;
  weir_bridge *bridge;
  weir_bridge_config config = WEIR_BRIDGE_CONFIG_INIT;
  config.start = start_bridge;
  config.stop = stop_bridge;
  config.data = &b;
  assert_int_equal(sem_init(&b.posted, 0, 0), 0);
  must(weir_bridge_new(&config, &bridge, NULL), NULL);
  assert_int_equal(weir_call_cancel(b.f.cancelled.call), WEIR_OK);
  weir_call_free(b.f.freed.call);
  for (int i = 0; i < 2; i++) { /* what was asked before the first is told before the second */
    must(weir_store_post(b.f.w->store, post_arrived, &b, NULL), NULL);
    assert_int_equal(sem_wait(&b.posted), 0);
  }
  weir_bridge_free(bridge);
  assert_ended(&b.f.cancelled, WEIR_ERR_CANCELLED);
  assert_int_equal(b.f.wait.cancels, 1 + 1); /* and the other one's with the store */
  assert_int_equal(b.f.freed.count, 0);
  assert_int_equal(b.f.posts, 2);
  sem_destroy(&b.posted);
}

/* ---- races ------------------------------------------------------------------------------------------------------- */

enum { RACERS = 3, RACE_CALLS = 6, RACE_ROUNDS = 40 };

struct race {
  struct fixture *f;
  pthread_barrier_t begin;
  weir_call *calls[RACE_CALLS];
  weir_stream *ends[RACE_CALLS];
  atomic_int sent, ran, gone;
};

static void race_ran(void *data) {
  atomic_fetch_add(&((struct race *)data)->ran, 1);
}

static void race_gone(void *data) {
  atomic_fetch_add(&((struct race *)data)->gone, 1);
}

static void *race_away(void *data) {
  struct race *r = data;
  pthread_barrier_wait(&r->begin);
  for (int i = 0; i < RACE_CALLS; i++) {
    weir_call_cancel(r->calls[i]);
    weir_stream_cancel(r->ends[i]);
    if (weir_store_post(r->f->w->store, race_ran, r, race_gone) == WEIR_OK)
      atomic_fetch_add(&r->sent, 1);
    weir_call_free(r->calls[i]);
    weir_stream_drop(r->ends[i]);
  }
  return NULL;
}

/* Others let go of the same things at once while the owner steps, or while the store goes. */
static void race_once(int steps) {
  struct fixture f;
  struct race r = {.f = &f};
  pthread_t threads[RACERS];
  weir_value readable;
  open_calls(&f, PLAIN);
  for (int i = 0; i < RACE_CALLS; i++) {
    must(weir_call_start(f.w->instance, world_export(f.w, "ask"), NULL, 0, NULL, NULL, &r.calls[i], NULL), NULL);
    must(weir_stream_new(f.w->store, WEIR_ELEMENT_U8, &readable, &r.ends[i], NULL), NULL);
    weir_value_clear(&readable);
  }
  pthread_barrier_init(&r.begin, NULL, RACERS + 1);
  for (int i = 0; i < RACERS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, race_away, &r), 0);
  pthread_barrier_wait(&r.begin);
  for (int i = 0; i < steps; i++)
    weir_store_step(f.w->store);
  weir_store_free(f.w->store);
  for (int i = 0; i < RACERS; i++)
    pthread_join(threads[i], NULL);
  assert_int_equal(atomic_load(&r.sent), atomic_load(&r.ran) + atomic_load(&r.gone));
  pthread_barrier_destroy(&r.begin);
  f.w->store = NULL;
  close_variant(&f);
}

static void many_threads_let_go_while_the_store_goes(void **state) {
  (void)state;
  for (int i = 0; i < RACE_ROUNDS; i++)
    race_once(i % 4);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(another_thread_lets_go_of_calls_and_streams),
      cmocka_unit_test(another_thread_clears_a_value_with_a_resource),
      cmocka_unit_test(an_owner_who_is_first_wins),
      cmocka_unit_test(a_store_that_is_freed_first_takes_all_wishes_with_it),
      cmocka_unit_test(a_store_that_is_gone_takes_no_posts),
      cmocka_unit_test(posts_run_in_order_and_their_own_posts_in_the_next_step),
      cmocka_unit_test(a_post_may_start_calls),
      cmocka_unit_test(any_thread_reaches_the_store_of_a_bridge),
      cmocka_unit_test(many_threads_let_go_while_the_store_goes),
  };
  return behaviour_main(argc, argv, tests, sizeof(tests) / sizeof(tests[0]));
}
