/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See store_step.h. */
#include "bridge/drive.h"

#include "base/mem.h"
#include "bridge/core.h"
#include "bridge/turn.h"
#include "embed/store_step.h"
#include "weir/limits.h"

struct drive {
  struct bridge_turn turn; /* first */
  struct weir_bridge *bridge;
  weir_store *store;
  struct list calls; /* drive_call.all */
  bool stepping;
  bool (*on_wait)(void *data, weir_store *store); /* NULL: nobody asks */
  void *wait_data;
  bool wait_told; /* in the step before */
  uint64_t ticks; /* that guest code may run at once; 0: no limit */
};

static struct drive *drive_of(struct bridge_turn *t) {
  return (struct drive *)(void *)t;
}

/* Ends the calls that nothing will end any more; with `all`, those too that wait for help from other calls. */
static void lose_calls(struct drive *d, weir_status status, bool all) {
  struct list *next;
  for (struct list *n = d->calls.next; n != &d->calls; n = next) {
    struct drive_call *call = LIST_OWNER(n, struct drive_call, all);
    next = n->next;
    if (all || !call->wait_when_stuck)
      call->lose(call, status);
  }
}

/* Whether the store has to be stepped once more before it waits. */
static bool tell_wait(struct drive *d) {
  d->wait_told = !d->wait_told && d->on_wait && d->on_wait(d->wait_data, d->store);
  return d->wait_told;
}

void drive_limit(struct drive *d) {
  if (d->ticks > 0)
    weir_store_set_deadline(d->store, d->ticks);
}

static bool drive_run(struct bridge_turn *t) {
  struct drive *d = drive_of(t);
  drive_limit(d);
  d->stepping = true;
  weir_step step = weir_store_step(d->store);
  d->stepping = false;
  if (step == WEIR_STEP_STUCK || step == WEIR_STEP_IDLE)
    lose_calls(d, WEIR_ERR_DEADLOCK, false);
  if (step == WEIR_STEP_REFUSED) /* it was given to another thread */
    lose_calls(d, WEIR_ERR_LOST, true);
  t->working = (step == WEIR_STEP_READY || step == WEIR_STEP_WAITING) && weir_store_live_tasks(d->store) > 0;
  return step == WEIR_STEP_READY || (step == WEIR_STEP_WAITING && tell_wait(d));
}

static void drive_close(struct bridge_turn *t) {
  struct drive *d = drive_of(t);
  lose_calls(d, WEIR_ERR_LOST, true);
  store_step_forget_wake(d->store, d); /* it may have another driver by now */
  if (d->ticks > 0)
    weir_store_set_deadline(d->store, UINT64_MAX);
  turn_remove(d->bridge, t);
  mem_free(&d->bridge->alloc, d, sizeof(*d));
}

/* On any thread. */
static void on_wake(void *data) {
  struct drive *d = data;
  turn_ready(d->bridge, &d->turn);
}

struct drive *drive_find(struct weir_bridge *b, const weir_store *store) {
  for (struct list *n = b->turns.next; n != &b->turns; n = n->next) {
    struct bridge_turn *t = LIST_OWNER(n, struct bridge_turn, all);
    if (t->run == drive_run && drive_of(t)->store == store)
      return drive_of(t);
  }
  return NULL;
}

void drive_on_wait(struct drive *d, bool (*on_wait)(void *data, weir_store *store), void *data) {
  d->on_wait = on_wait;
  d->wait_data = data;
}

void drive_add(struct drive *d, struct drive_call *call) {
  list_append(&d->calls, &call->all);
  turn_ready(d->bridge, &d->turn);
}

/* A whole tick more: the first may come at once. */
static uint64_t ticks_of(const struct weir_bridge *b) {
  uint64_t limit = !b->config.tick_engine ? 0 : b->config.turn_limit;
  return limit == 0 ? 0 : (limit - 1) / b->config.tick_interval + 2;
}

weir_status weir_bridge_attach(weir_bridge *b, weir_store *store, weir_error **ret_error) {
  if (bridge_forked(b) || !weir_bridge_on_worker(b))
    return bridge_refuse(WEIR_ERR_MISUSE, "stores are attached on the bridge's worker only", ret_error);
  if (!store_get_mine(store))
    return bridge_refuse(WEIR_ERR_MISUSE, "the store is gone, or another thread's", ret_error);
  if (drive_find(b, store))
    return bridge_refuse(WEIR_ERR_MISUSE, "the store is attached already", ret_error);
  uint64_t ticks = ticks_of(b);
  if (ticks > 0 && weir_store_set_deadline(store, ticks) != WEIR_OK)
    return bridge_refuse(WEIR_ERR_MISUSE, "the bridge limits turns, but the store's engine has no deadlines",
                         ret_error);
  struct drive *d = mem_zalloc(&b->alloc, sizeof(*d));
  if (!d)
    return bridge_refuse(WEIR_ERR_NOMEM, "no memory for driving a store", ret_error);
  d->turn.run = drive_run;
  d->turn.close = drive_close;
  d->bridge = b;
  d->store = store;
  d->ticks = ticks;
  list_init(&d->calls);
  list_init(&d->turn.ready);
  list_append(&b->turns, &d->turn.all);
  weir_store_on_wake(store, on_wake, d);
  turn_ready(b, &d->turn); /* what has become ready before */
  return WEIR_OK;
}

void weir_bridge_detach(weir_bridge *b, weir_store *store) {
  if (bridge_forked(b) || !weir_bridge_on_worker(b))
    return;
  struct drive *d = drive_find(b, store);
  if (d && !d->stepping)
    drive_close(&d->turn);
}
