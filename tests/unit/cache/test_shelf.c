/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The cache in memory: single flight, what a failure does, the bound, the order of leaving. Needs no engine. */
#include "cache/shelf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "support/fault.h"

enum { THREADS = 64, ROUNDS = 20 };

/* A value that counts its holds; a request says what to make. */
struct thing {
  atomic_int holds;
  int number;
};
struct want {
  const struct weir_alloc *alloc;
  int number;
  uint64_t size;
  weir_status fail;
  unsigned pause_us;
  atomic_int *made;
};

static atomic_int things;

static weir_status thing_make(void *request, void **ret, uint64_t *ret_size, struct diag *d) {
  struct want *w = request;
  if (w->pause_us)
    usleep(w->pause_us);
  if (w->made)
    atomic_fetch_add(w->made, 1);
  if (w->fail != WEIR_OK)
    return diag_at(d, w->fail, 7, "made to fail");
  struct thing *t = mem_zalloc(w->alloc, sizeof(*t));
  if (!t)
    return diag_nomem(d);
  atomic_init(&t->holds, 1);
  t->number = w->number;
  atomic_fetch_add(&things, 1);
  *ret = t;
  *ret_size = w->size;
  return WEIR_OK;
}

static void thing_hold(void *value) {
  atomic_fetch_add(&((struct thing *)value)->holds, 1);
}

static const struct weir_alloc *thing_alloc; /* of the running test */

static void thing_release(void *value) {
  struct thing *t = value;
  if (atomic_fetch_sub(&t->holds, 1) != 1)
    return;
  atomic_fetch_sub(&things, 1);
  mem_free(thing_alloc, t, sizeof(*t));
}

static const struct shelf_ops ops = {thing_make, thing_hold, thing_release};

static void start(struct shelf *s, struct fault *f, uint64_t bound) {
  fault_init(f);
  thing_alloc = &f->alloc;
  assert_int_equal(shelf_init(s, &f->alloc, &ops, bound), WEIR_OK);
}

static void finish(struct shelf *s, struct fault *f) {
  shelf_done(s);
  assert_int_equal(atomic_load(&things), 0);
  fault_done(f);
}

static void key_of(int number, uint8_t key[SHELF_KEY]) {
  memset(key, 0, SHELF_KEY);
  memcpy(key, &number, sizeof(number));
}

/* Gets number `n`; returns whether it was made for this. */
static bool get(struct shelf *s, int n, uint64_t size) {
  atomic_int made = 0;
  struct want w = {s->alloc, n, size, WEIR_OK, 0, &made};
  uint8_t key[SHELF_KEY];
  void *value = NULL;
  key_of(n, key);
  assert_int_equal(shelf_get(s, key, &w, &value, NULL), WEIR_OK);
  assert_int_equal(((struct thing *)value)->number, n);
  thing_release(value);
  return atomic_load(&made) == 1;
}

/* ---- one thread -------------------------------------------------------------------------------------------------- */

static void a_value_is_made_once_and_kept(void **state) {
  (void)state;
  struct shelf s;
  struct fault f;
  start(&s, &f, 1000);
  assert_true(get(&s, 1, 10));
  assert_false(get(&s, 1, 10));
  struct shelf_stats stats = shelf_get_stats(&s);
  assert_int_equal(stats.hits, 1);
  assert_int_equal(stats.entries, 1);
  assert_int_equal(stats.bytes, 10);
  finish(&s, &f);
}

static void the_least_recently_used_leaves_first(void **state) {
  (void)state;
  struct shelf s;
  struct fault f;
  start(&s, &f, 30);
  get(&s, 1, 10), get(&s, 2, 10), get(&s, 3, 10);
  assert_false(get(&s, 1, 10));
  assert_true(get(&s, 4, 10)); /* in the place of 2 */
  assert_false(get(&s, 1, 10));
  assert_false(get(&s, 3, 10));
  assert_false(get(&s, 4, 10));
  assert_true(get(&s, 2, 10));
  assert_int_equal(shelf_get_stats(&s).evicted, 2);
  finish(&s, &f);
}

static void the_bound_holds_at_every_step(void **state) {
  (void)state;
  struct shelf s;
  struct fault f;
  start(&s, &f, 1000);
  for (int i = 0; i < 2000; i++) {
    get(&s, i % 701, (uint64_t)(i * 37 % 211));
    struct shelf_stats stats = shelf_get_stats(&s);
    assert_true(stats.bytes <= 1000);
  }
  assert_true(shelf_get_stats(&s).evicted > 100);
  finish(&s, &f);
}

static void what_is_too_large_is_given_but_not_kept(void **state) {
  (void)state;
  struct shelf s;
  struct fault f;
  start(&s, &f, 30);
  get(&s, 1, 10);
  assert_true(get(&s, 2, 31));
  assert_true(get(&s, 2, UINT64_MAX));
  assert_false(get(&s, 1, 10));
  assert_int_equal(shelf_get_stats(&s).bytes, 10);
  finish(&s, &f);
}

static void thousands_of_keys_are_found_again(void **state) {
  (void)state;
  struct shelf s;
  struct fault f;
  start(&s, &f, 1000000);
  for (int i = 0; i < 5000; i++)
    assert_true(get(&s, i, 1));
  for (int i = 0; i < 5000; i++)
    assert_false(get(&s, i, 1));
  finish(&s, &f);
}

static void a_failure_is_told_and_not_kept(void **state) {
  (void)state;
  struct shelf s;
  struct fault f;
  struct diag d;
  start(&s, &f, 30);
  diag_init(&d);
  struct want w = {s.alloc, 1, 10, WEIR_ERR_INVALID, 0, NULL};
  uint8_t key[SHELF_KEY];
  void *value = NULL;
  key_of(1, key);
  assert_int_equal(shelf_get(&s, key, &w, &value, &d), WEIR_ERR_INVALID);
  assert_string_equal(diag_message(&d), "made to fail");
  assert_true(d.has_offset);
  assert_int_equal(d.offset, 7);
  diag_done(&d);
  assert_true(get(&s, 1, 10));
  assert_int_equal(shelf_get_stats(&s).failed, 1);
  finish(&s, &f);
}

static weir_status use(const struct weir_alloc *alloc, void *ctx) {
  (void)ctx;
  struct shelf s;
  thing_alloc = alloc;
  WEIR_TRY(shelf_init(&s, alloc, &ops, 1000));
  weir_status status = WEIR_OK;
  for (int i = 0; i < 100 && status == WEIR_OK; i++) {
    struct want w = {alloc, i, 11, WEIR_OK, 0, NULL};
    uint8_t key[SHELF_KEY];
    void *value = NULL;
    key_of(i, key);
    status = shelf_get(&s, key, &w, &value, NULL);
    if (status == WEIR_OK)
      thing_release(value);
  }
  shelf_done(&s);
  return status;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  assert_true(fault_sweep(use, NULL) > 100);
}

/* ---- many threads ------------------------------------------------------------------------------------------------ */

struct crowd {
  struct shelf *shelf;
  pthread_barrier_t barrier;
  atomic_int made, failures;
  uint64_t size;
  weir_status fail;
  int rounds;
};

static void *crowd_member(void *arg) {
  struct crowd *c = arg;
  for (int i = 0; i < c->rounds; i++) {
    struct want w = {c->shelf->alloc, i, c->size, c->fail, 1000, &c->made};
    uint8_t key[SHELF_KEY];
    void *value = NULL;
    struct diag d;
    diag_init(&d);
    key_of(i, key);
    pthread_barrier_wait(&c->barrier);
    if (shelf_get(c->shelf, key, &w, &value, &d) == WEIR_OK)
      thing_release(value);
    else if (d.status == c->fail && strcmp(diag_message(&d), "made to fail") == 0)
      atomic_fetch_add(&c->failures, 1);
    diag_done(&d);
    pthread_barrier_wait(&c->barrier);
  }
  return NULL;
}

static void crowd_run(struct crowd *c) {
  pthread_t threads[THREADS];
  pthread_barrier_init(&c->barrier, NULL, THREADS);
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, crowd_member, c), 0);
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  pthread_barrier_destroy(&c->barrier);
}

static void a_crowd_makes_one_value_a_key(void **state) {
  (void)state;
  struct shelf s;
  struct fault f;
  start(&s, &f, 1000);
  struct crowd c = {.shelf = &s, .size = 10, .rounds = ROUNDS};
  crowd_run(&c);
  assert_int_equal(atomic_load(&c.made), ROUNDS);
  assert_int_equal(shelf_get_stats(&s).hits, (THREADS - 1) * ROUNDS);
  finish(&s, &f);
}

/*
 * All wait before the maker is done, because it pauses: so each round has one maker, or a few where a thread is late.
 */
static void a_crowd_shares_a_failure(void **state) {
  (void)state;
  struct shelf s;
  struct fault f;
  start(&s, &f, 1000);
  struct crowd c = {.shelf = &s, .size = 10, .rounds = ROUNDS, .fail = WEIR_ERR_COMPILE};
  crowd_run(&c);
  assert_int_equal(atomic_load(&c.failures), THREADS * ROUNDS);
  assert_int_equal(shelf_get_stats(&s).failed, THREADS * ROUNDS);
  assert_true(atomic_load(&c.made) < THREADS * ROUNDS / 2);
  assert_int_equal(shelf_get_stats(&s).entries, 0);
  finish(&s, &f);
}

/* Values leave while threads that waited for them still take them. */
static void a_crowd_gets_values_that_are_not_kept(void **state) {
  (void)state;
  struct shelf s;
  struct fault f;
  start(&s, &f, 5);
  struct crowd c = {.shelf = &s, .size = 10, .rounds = ROUNDS};
  crowd_run(&c);
  assert_true(atomic_load(&c.made) >= ROUNDS);
  assert_int_equal(shelf_get_stats(&s).entries, 0);
  finish(&s, &f);
}

static void *churn(void *arg) {
  struct crowd *c = arg;
  unsigned x = (unsigned)(uintptr_t)&x;
  for (int i = 0; i < 300; i++) {
    x = x * 1664525 + 1013904223;
    int n = (int)(x >> 16) % 50;
    struct want w = {c->shelf->alloc, n, 10, n % 7 == 0 ? WEIR_ERR_COMPILE : WEIR_OK, 0, NULL};
    uint8_t key[SHELF_KEY];
    void *value = NULL;
    key_of(n, key);
    if (shelf_get(c->shelf, key, &w, &value, NULL) != WEIR_OK)
      continue;
    if (((struct thing *)value)->number != n)
      atomic_fetch_add(&c->failures, 1);
    thing_release(value);
  }
  return NULL;
}

static void threads_that_ask_for_more_than_fits_get_what_they_asked_for(void **state) {
  (void)state;
  struct shelf s;
  struct fault f;
  pthread_t threads[8];
  start(&s, &f, 200);
  struct crowd c = {.shelf = &s};
  for (int i = 0; i < 8; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, churn, &c), 0);
  for (int i = 0; i < 8; i++)
    pthread_join(threads[i], NULL);
  assert_int_equal(atomic_load(&c.failures), 0);
  assert_true(shelf_get_stats(&s).bytes <= 200);
  finish(&s, &f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_value_is_made_once_and_kept),
      cmocka_unit_test(the_least_recently_used_leaves_first),
      cmocka_unit_test(the_bound_holds_at_every_step),
      cmocka_unit_test(what_is_too_large_is_given_but_not_kept),
      cmocka_unit_test(thousands_of_keys_are_found_again),
      cmocka_unit_test(a_failure_is_told_and_not_kept),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(a_crowd_makes_one_value_a_key),
      cmocka_unit_test(a_crowd_shares_a_failure),
      cmocka_unit_test(a_crowd_gets_values_that_are_not_kept),
      cmocka_unit_test(threads_that_ask_for_more_than_fits_get_what_they_asked_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
