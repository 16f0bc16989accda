/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A turn of the worker: what is due is told, fired, started and run, once each. See turn.h.
 *
 * What holds: no callback runs under the lock; what comes during a turn is for the next one, so that no job or store
 * keeps the others; and before the worker sleeps, it looks under the lock whether anything has come. In order: news of
 * requests; alarms; jobs and stores; a turn; the end.
 */
#include "bridge/turn.h"

#include "bridge/core.h"
#include "bridge/intake.h"
#include "bridge/request.h"
#include "bridge/ticker.h"
#include "bridge/timer.h"

enum {
  ABORT_ROUNDS = 16, /* turns that stores get to let guests acknowledge that they are cancelled */
  LONGEST_SLEEP_MS = 24 * 3600 * 1000,
  LOOP_WAITS_NS = 50000 /* as long may turns follow each other before the loop looks for input and output */
};

/* ---- news -------------------------------------------------------------------------------------------------------- */

/* Takes the first out; NULL at the end. Under the lock. */
static struct weir_bridge_request *first_news(struct list *news) {
  if (list_empty(news))
    return NULL;
  struct weir_bridge_request *r = LIST_OWNER(news->next, struct weir_bridge_request, news);
  list_remove(&r->news);
  return r;
}

static void tell_batch(struct weir_bridge *b) {
  struct list batch;
  uv_mutex_lock(&b->lock);
  list_take(&batch, &b->news);
  struct weir_bridge_request *r = first_news(&batch);
  uv_mutex_unlock(&b->lock);
  while (r) {
    request_tell(r);
    uv_mutex_lock(&b->lock);
    r = first_news(&batch);
    uv_mutex_unlock(&b->lock);
  }
}

void turn_tell_all(struct weir_bridge *b, bool close) {
  bool more = true;
  while (more) {
    tell_batch(b);
    uv_mutex_lock(&b->lock);
    more = !list_empty(&b->news);
    if (!more && close)
      b->closed = true;
    uv_mutex_unlock(&b->lock);
  }
}

/* ---- alarms ------------------------------------------------------------------------------------------------------ */

/* Takes out the earliest alarm that is due at `now`; a deadline ends its request. Under the lock. */
static struct alarm *take_due(struct weir_bridge *b, uint64_t now) {
  struct alarm *a = b->alarms.first;
  if (!a || a->at > now)
    return NULL;
  alarm_remove(&b->alarms, a);
  if (a->kind == ALARM_DEADLINE)
    request_expire(LIST_OWNER(a, struct weir_bridge_request, deadline));
  return a;
}

static void fire_due(struct weir_bridge *b, uint64_t now) {
  for (;;) {
    uv_mutex_lock(&b->lock);
    struct alarm *a = take_due(b, now);
    bool timer = a && a->kind == ALARM_TIMER;
    uv_mutex_unlock(&b->lock);
    if (!a)
      return;
    if (timer)
      timer_fire(b, a);
  }
}

static void on_clock(uv_timer_t *clock) {
  (void)clock; /* the turn that follows looks at the alarms */
}

static void set_clock(struct weir_bridge *b, uint64_t now, uint64_t at) {
  if (at == UINT64_MAX) {
    uv_timer_stop(&b->clock);
    return;
  }
  uint64_t span = at > now ? at - now : 0;
  uint64_t ms = span / 1000000 + 1;
  uv_update_time(&b->loop);
  uv_timer_start(&b->clock, on_clock, ms < LONGEST_SLEEP_MS ? ms : LONGEST_SLEEP_MS, 0);
}

/* ---- jobs and stores --------------------------------------------------------------------------------------------- */

static void start_batch(struct weir_bridge *b, uint64_t limit) {
  while (limit-- > 0) {
    uv_mutex_lock(&b->lock);
    struct weir_bridge_request *r = intake_take(b);
    uv_mutex_unlock(&b->lock);
    if (!r)
      return;
    r->job.start(r->job.data, r);
  }
}

void turn_ready(struct weir_bridge *b, struct bridge_turn *t) {
  uv_mutex_lock(&b->lock);
  if (list_empty(&t->ready)) {
    list_append(&b->turns_ready, &t->ready);
    bridge_wake(b);
  }
  uv_mutex_unlock(&b->lock);
}

void turn_remove(struct weir_bridge *b, struct bridge_turn *t) {
  uv_mutex_lock(&b->lock);
  list_remove(&t->ready);
  uv_mutex_unlock(&b->lock);
  list_remove(&t->all);
}

/* Takes the first out; NULL at the end. `from` is private, but its nodes are not: they may be removed. */
static struct bridge_turn *first_turn(struct weir_bridge *b, struct list *from) {
  struct bridge_turn *t = NULL;
  uv_mutex_lock(&b->lock);
  if (!list_empty(from)) {
    t = LIST_OWNER(from->next, struct bridge_turn, ready);
    list_remove(&t->ready);
  }
  uv_mutex_unlock(&b->lock);
  return t;
}

/* Whether there was anything to run. */
static bool run_batch(struct weir_bridge *b) {
  struct list batch;
  uv_mutex_lock(&b->lock);
  list_take(&batch, &b->turns_ready);
  uv_mutex_unlock(&b->lock);
  struct bridge_turn *t = first_turn(b, &batch);
  bool any = t;
  while (t) {
    if (t->run(t))
      turn_ready(b, t);
    t = first_turn(b, &batch);
  }
  return any;
}

/* ---- a turn ------------------------------------------------------------------------------------------------------ */

static void on_idle(uv_idle_t *idle) {
  (void)idle; /* its being active keeps the loop from blocking */
}

void turn_again(struct weir_bridge *b) {
  uv_idle_start(&b->idle, on_idle);
}

static bool turns_work(const struct weir_bridge *b) {
  for (const struct list *n = b->turns.next; n != &b->turns; n = n->next)
    if (LIST_OWNER(n, struct bridge_turn, all)->working)
      return true;
  return false;
}

/* All requests have ended, and so has what they left behind. */
static bool is_drained(const struct weir_bridge *b) {
  return b->stats.queued == 0 && b->stats.running == 0 && list_empty(&b->news) && list_empty(&b->turns_ready) &&
         !turns_work(b);
}

static bool has_more(const struct weir_bridge *b) {
  return !list_empty(&b->news) || intake_startable(b) || !list_empty(&b->turns_ready);
}

/* The worker is awake. Returns how many requests this turn may start, and when the earliest alarm is due. */
static uint64_t turn_begin(struct weir_bridge *b, uint64_t *ret_alarm) {
  uv_mutex_lock(&b->lock);
  b->asleep = false;
  ticker_hurry(b);
  uint64_t queued = b->stats.queued;
  *ret_alarm = b->alarms.first ? b->alarms.first->at : UINT64_MAX;
  uv_mutex_unlock(&b->lock);
  return queued;
}

static void turn_work(struct weir_bridge *b, uint64_t now) {
  uint64_t alarm, queued = turn_begin(b, &alarm);
  if (alarm <= now)
    fire_due(b, now);
  start_batch(b, queued);
  run_batch(b);
  tell_batch(b);
}

enum outlook { OUTLOOK_MORE, OUTLOOK_SLEEP, OUTLOOK_END };

/* What comes after a turn. With `sleep`, a worker that has nothing to do counts as asleep from now on. */
static enum outlook turn_end(struct weir_bridge *b, bool sleep, uint64_t *ret_alarm) {
  uv_mutex_lock(&b->lock);
  *ret_alarm = b->alarms.first ? b->alarms.first->at : UINT64_MAX;
  bool more = has_more(b);
  bool end = b->phase >= BRIDGE_ABORTING || (b->phase == BRIDGE_DRAINING && is_drained(b));
  if (end)
    b->phase = BRIDGE_ABORTING; /* jobs can hand in no more either */
  b->asleep = sleep && !more && !end;
  atomic_store_explicit(&b->poked, false, memory_order_relaxed);
  uv_mutex_unlock(&b->lock);
  if (end)
    return OUTLOOK_END;
  return more ? OUTLOOK_MORE : OUTLOOK_SLEEP;
}

static enum outlook turn_settle(struct weir_bridge *b, uint64_t *ret_alarm) {
  if (b->spin.span == 0)
    return turn_end(b, true, ret_alarm);
  enum outlook outlook = turn_end(b, false, ret_alarm);
  if (outlook != OUTLOOK_SLEEP)
    return outlook;
  if (spin_worker(&b->spin, &b->poked))
    return OUTLOOK_MORE;
  return turn_end(b, true, ret_alarm);
}

void turn_take(struct weir_bridge *b) {
  uint64_t begin = uv_hrtime(), now = begin, alarm;
  enum outlook outlook;
  do {
    turn_work(b, now);
    outlook = turn_settle(b, &alarm);
    now = uv_hrtime();
  } while (outlook == OUTLOOK_MORE && now - begin < LOOP_WAITS_NS);
  if (outlook == OUTLOOK_END)
    uv_stop(&b->loop);
  else if (outlook == OUTLOOK_MORE)
    turn_again(b);
  else
    uv_idle_stop(&b->idle);
  set_clock(b, now, alarm);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

/* Asks all requests to cancel. The inbox is empty afterwards. */
static void cancel_all(struct weir_bridge *b) {
  uv_mutex_lock(&b->lock);
  b->phase = BRIDGE_ABORTING;
  uv_cond_broadcast(&b->room);
  while (!list_empty(&b->queue))
    request_cancel(LIST_OWNER(b->queue.next, struct weir_bridge_request, place));
  for (struct list *n = b->jobs.next; n != &b->jobs; n = n->next)
    request_cancel(LIST_OWNER(n, struct weir_bridge_request, place));
  uv_mutex_unlock(&b->lock);
}

static void lose_running(struct weir_bridge *b) {
  uv_mutex_lock(&b->lock);
  for (struct list *n = b->jobs.next; n != &b->jobs; n = n->next) {
    struct weir_bridge_request *r = LIST_OWNER(n, struct weir_bridge_request, place);
    if (r->phase != REQUEST_DONE)
      request_settle(r, &(struct request_outcome){.status = WEIR_ERR_LOST});
  }
  uv_mutex_unlock(&b->lock);
}

void turn_abort(struct weir_bridge *b) {
  cancel_all(b);
  turn_tell_all(b, false);
  for (int i = 0; i < ABORT_ROUNDS && run_batch(b); i++)
    turn_tell_all(b, false);
  lose_running(b);
  turn_tell_all(b, false);
}
