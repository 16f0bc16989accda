/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Races, many rounds: producers against each other, cancellation against completion, deadlines against both, shutdown
 * against submission. In every round each accepted request must have ended once: what the callers saw, what the
 * callbacks were told and what the bridge counted are the same. Also built with ThreadSanitizer.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <uv.h>

#include <cmocka.h>

#include "jobs.h"

enum { PRODUCERS = 4, REQUESTS = 24, OUTCOMES = 5 };

/* What a request of a round did, from all sides. */
struct item {
  struct probe probe;
  weir_bridge_request *request;
  weir_status submitted, outcome;
};

struct producer {
  pthread_t thread;
  struct round *round;
  uint32_t seed;
  struct item items[REQUESTS];
};

struct round {
  weir_bridge *bridge;
  pthread_barrier_t barrier;
  bool stops; /* the bridge is shut down meanwhile */
  struct producer producers[PRODUCERS];
};

static uint32_t next_random(uint32_t *state) {
  *state = *state * 1664525 + 1013904223;
  return *state >> 8;
}

static void hand_in(struct producer *p, struct item *item) {
  static const uint64_t delays[] = {0, 0, 1000, 20000, MS(1)};
  item->probe.delay = delays[next_random(&p->seed) % 5];
  item->probe.agrees = next_random(&p->seed) % 2;
  weir_bridge_job job = probe_job(&item->probe, p->round->bridge);
  if (next_random(&p->seed) % 4 == 0)
    job.timeout = 1 + next_random(&p->seed) % 200000;
  job.no_wait = next_random(&p->seed) % 8 == 0;
  item->submitted = weir_bridge_submit(p->round->bridge, &job, &item->request, NULL);
}

static void finish(struct producer *p, struct item *item) {
  if (item->submitted != WEIR_OK)
    return;
  if (next_random(&p->seed) % 3 == 0)
    weir_bridge_cancel(item->request);
  weir_bridge_wait(item->request, WEIR_BRIDGE_FOREVER);
  item->outcome = weir_bridge_result(item->request, NULL, NULL);
  weir_bridge_request_free(item->request);
}

static void *producer_main(void *arg) {
  struct producer *p = arg;
  pthread_barrier_wait(&p->round->barrier);
  for (int i = 0; i < REQUESTS; i++) {
    hand_in(p, &p->items[i]);
    if (p->items[i].submitted == WEIR_OK && next_random(&p->seed) % 4 == 0)
      weir_bridge_cancel(p->items[i].request);
  }
  for (int i = 0; i < REQUESTS; i++)
    finish(p, &p->items[i]);
  return NULL;
}

/* ---- what must hold ---------------------------------------------------------------------------------------------- */

struct tally {
  uint64_t accepted, refused, ok, cancelled, timed_out, lost, other;
};

static void tally_item(struct tally *t, struct item *item) {
  bool accepted = item->submitted == WEIR_OK;
  t->accepted += accepted;
  t->refused += !accepted;
  assert_int_equal(atomic_load(&item->probe.told), accepted);
  assert_int_equal(atomic_load(&item->probe.freed), accepted);
  assert_true(atomic_load(&item->probe.started) <= accepted);
  assert_true(atomic_load(&item->probe.asked) <= 1);
  if (!accepted)
    return;
  t->ok += item->outcome == WEIR_OK;
  t->cancelled += item->outcome == WEIR_ERR_CANCELLED;
  t->timed_out += item->outcome == WEIR_ERR_TIMEOUT;
  t->lost += item->outcome == WEIR_ERR_LOST;
  if (item->outcome == WEIR_OK)
    assert_int_equal(atomic_load(&item->probe.started), 1);
}

static void check_round(struct round *round) {
  struct tally t = {0};
  weir_bridge_stats s = {0};
  for (int p = 0; p < PRODUCERS; p++)
    for (int i = 0; i < REQUESTS; i++)
      tally_item(&t, &round->producers[p].items[i]);
  weir_bridge_get_stats(round->bridge, &s, sizeof(s));
  assert_int_equal(s.submitted, t.accepted);
  assert_int_equal(s.refused, t.refused);
  assert_int_equal(s.completed, t.ok);
  assert_int_equal(s.cancelled, t.cancelled);
  assert_int_equal(s.timed_out, t.timed_out);
  assert_int_equal(s.lost, t.lost);
  assert_int_equal(s.failed + s.queued + s.running + s.abandoned, 0);
  assert_int_equal(t.ok + t.cancelled + t.timed_out + t.lost, t.accepted);
  if (!round->stops)
    assert_int_equal(t.lost, 0);
}

/* ---- rounds ------------------------------------------------------------------------------------------------------ */

static void run_round(struct round *round, uint32_t seed) {
  weir_bridge_config config = {
      .size = sizeof(weir_bridge_config), .capacity = 1 + seed % 16, .max_running = seed % 3 == 0 ? 4 : 0};
  assert_int_equal(weir_bridge_new(&config, &round->bridge, NULL), WEIR_OK);
  pthread_barrier_init(&round->barrier, NULL, PRODUCERS + 1);
  for (int i = 0; i < PRODUCERS; i++) {
    struct producer *p = &round->producers[i];
    memset(p, 0, sizeof(*p));
    p->round = round;
    p->seed = seed * PRODUCERS + (uint32_t)i;
    assert_int_equal(pthread_create(&p->thread, NULL, producer_main, p), 0);
  }
  pthread_barrier_wait(&round->barrier);
  weir_bridge_shutdown_mode mode = seed % 2 == 0 ? WEIR_BRIDGE_DRAIN : WEIR_BRIDGE_ABORT;
  if (round->stops) {
    for (volatile uint32_t i = 0; i < seed % 64 * 200; i = i + 1)
      continue; /* not always at the same moment */
    weir_bridge_shutdown(round->bridge, mode, seed % 5 == 0 ? 0 : WEIR_BRIDGE_FOREVER, NULL);
  }
  for (int i = 0; i < PRODUCERS; i++)
    pthread_join(round->producers[i].thread, NULL);
  if (!round->stops)
    assert_int_equal(weir_bridge_shutdown(round->bridge, WEIR_BRIDGE_DRAIN, WEIR_BRIDGE_FOREVER, NULL), WEIR_OK);
  check_round(round);
  pthread_barrier_destroy(&round->barrier);
  weir_bridge_free(round->bridge);
}

static void cancellation_deadlines_and_completion_race(void **state) {
  (void)state;
  static struct round round;
  for (uint32_t i = 1; i <= 500; i++)
    run_round(&round, i);
}

static void shutdown_races_with_everything(void **state) {
  (void)state;
  static struct round round = {.stops = true};
  for (uint32_t i = 1; i <= 2000; i++)
    run_round(&round, i);
}

/* ---- one request, many rounds ------------------------------------------------------------------------------------ */

struct duel {
  weir_bridge_request *request;
  pthread_barrier_t begin, end;
  atomic_bool over;
};

static void *canceller_main(void *arg) {
  struct duel *d = arg;
  for (;;) {
    pthread_barrier_wait(&d->begin);
    if (atomic_load(&d->over))
      return NULL;
    weir_bridge_cancel(d->request);
    pthread_barrier_wait(&d->end);
  }
}

static void a_cancellation_and_a_completion_at_the_same_time_give_one_outcome(void **state) {
  (void)state;
  enum { ROUNDS = 5000 };
  static struct probe p[ROUNDS];
  weir_bridge *b = NULL;
  struct duel d = {0};
  pthread_t canceller;
  uint64_t ok = 0, cancelled = 0;
  assert_int_equal(weir_bridge_new(NULL, &b, NULL), WEIR_OK);
  pthread_barrier_init(&d.begin, NULL, 2);
  pthread_barrier_init(&d.end, NULL, 2);
  assert_int_equal(pthread_create(&canceller, NULL, canceller_main, &d), 0);
  for (int i = 0; i < ROUNDS; i++) {
    p[i].agrees = true;
    p[i].delay = i % 2 == 0 ? 0 : 1;
    weir_bridge_job job = probe_job(&p[i], b);
    assert_int_equal(weir_bridge_submit(b, &job, &d.request, NULL), WEIR_OK);
    pthread_barrier_wait(&d.begin);
    assert_int_equal(weir_bridge_wait(d.request, WEIR_BRIDGE_FOREVER), WEIR_OK);
    pthread_barrier_wait(&d.end);
    weir_status status = weir_bridge_result(d.request, NULL, NULL);
    ok += status == WEIR_OK;
    cancelled += status == WEIR_ERR_CANCELLED;
    weir_bridge_request_free(d.request);
  }
  atomic_store(&d.over, true);
  pthread_barrier_wait(&d.begin);
  pthread_join(canceller, NULL);
  assert_int_equal(weir_bridge_shutdown(b, WEIR_BRIDGE_DRAIN, WEIR_BRIDGE_FOREVER, NULL), WEIR_OK);
  assert_int_equal(ok + cancelled, ROUNDS);
  for (int i = 0; i < ROUNDS; i++) {
    assert_int_equal(atomic_load(&p[i].told), 1);
    assert_int_equal(atomic_load(&p[i].freed), 1);
  }
  pthread_barrier_destroy(&d.begin);
  pthread_barrier_destroy(&d.end);
  weir_bridge_free(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cancellation_deadlines_and_completion_race),
      cmocka_unit_test(shutdown_races_with_everything),
      cmocka_unit_test(a_cancellation_and_a_completion_at_the_same_time_give_one_outcome),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
