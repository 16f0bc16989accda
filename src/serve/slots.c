/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The pool of instances (slots.h): its table of states, and what moves a slot from one to another.
 *
 * What holds: all changes of state go through slot_event(), and the table says which there are. In order: the table;
 * making and ending; taking requests; what happens to a slot; what time does.
 */
#include "serve/slots.h"

#include <assert.h>

#include "base/mem.h"

/* ---- the table --------------------------------------------------------------------------------------------------- */

enum slot_event {
  SLOT_TAKES,   /* a request, and has room for another */
  SLOT_FILLS,   /* a request, and has no more room */
  SLOT_FREES,   /* a request ended, others go on */
  SLOT_RESTS,   /* the last request ended, tasks go on */
  SLOT_QUIETS,  /* there is neither request nor task */
  SLOT_RETIRES, /* it is to take no more requests */
  SLOT_FAILS,
  SLOT_EVENTS
};

/* SLOT_STATES: cannot happen. */
#define NO SLOT_STATES
static const enum slot_state next[SLOT_GONE][SLOT_EVENTS] = {
    /*                takes      fills      frees         rests         quiets     retires       fails */
    [SLOT_IDLE] = {SLOT_OPEN, SLOT_FULL, NO, NO, SLOT_IDLE, SLOT_GONE, SLOT_GONE},
    [SLOT_OPEN] = {SLOT_OPEN, SLOT_FULL, SLOT_OPEN, SLOT_AFTER, SLOT_IDLE, SLOT_LEAVING, SLOT_GONE},
    [SLOT_FULL] = {NO, NO, SLOT_OPEN, SLOT_AFTER, SLOT_IDLE, SLOT_LEAVING, SLOT_GONE},
    [SLOT_AFTER] = {SLOT_OPEN, SLOT_FULL, NO, NO, SLOT_IDLE, SLOT_LEAVING, SLOT_GONE},
    [SLOT_LEAVING] = {NO, NO, SLOT_LEAVING, SLOT_LEAVING, SLOT_GONE, SLOT_LEAVING, SLOT_GONE},
};
#undef NO

/* ---- making and ending ------------------------------------------------------------------------------------------- */

static void slot_free(struct slot *slot) {
  struct slots *p = slot->home;
  p->ended++;
  list_remove(&slot->watch);
  if (slot->instance)
    p->ops->end(p->data, slot->instance);
  mem_free(p->alloc, slot, sizeof(*slot));
}

static void slot_event(struct slot *slot, enum slot_event event) {
  struct slots *p = slot->home;
  enum slot_state to = next[slot->state][event];
  assert(to != SLOT_STATES);
  list_remove(&slot->link);
  p->count[slot->state]--;
  slot->state = to;
  if (to == SLOT_GONE) {
    slot_free(slot);
    return;
  }
  list_prepend(&p->by_state[to], &slot->link);
  p->count[to]++;
}

static struct slot *slot_make(struct slots *p) {
  if (p->retired || slots_count(p) >= p->limits.instances)
    return NULL;
  struct slot *slot = mem_zalloc(p->alloc, sizeof(*slot));
  void *instance = slot ? p->ops->make(p->data) : NULL;
  if (!instance) {
    mem_free(p->alloc, slot, sizeof(*slot));
    return NULL;
  }
  slot->home = p;
  slot->instance = instance;
  slot->state = SLOT_IDLE;
  list_init(&slot->watch);
  list_prepend(&p->by_state[SLOT_IDLE], &slot->link);
  p->count[SLOT_IDLE]++;
  p->made++;
  return slot;
}

void slots_init(struct slots *p, const struct weir_alloc *alloc, const struct slots_limits *limits,
                const struct slots_ops *ops, void *data) {
  *p = (struct slots){.alloc = alloc, .limits = *limits, .ops = ops, .data = data};
  for (int i = 0; i < SLOT_STATES; i++)
    list_init(&p->by_state[i]);
  list_init(&p->watched);
}

void slots_done(struct slots *p) {
  p->retired = true;
  for (int i = 0; i < SLOT_GONE; i++)
    while (!list_empty(&p->by_state[i]))
      slot_event(LIST_OWNER(p->by_state[i].next, struct slot, link), SLOT_FAILS);
}

/* ---- taking requests --------------------------------------------------------------------------------------------- */

/* An instance that works already is warm, and keeps the number of instances small. */
static struct slot *with_room(struct slots *p) {
  static const enum slot_state order[] = {SLOT_OPEN, SLOT_AFTER, SLOT_IDLE};
  for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
    if (!list_empty(&p->by_state[order[i]]))
      return LIST_OWNER(p->by_state[order[i]].next, struct slot, link);
  return NULL;
}

struct slot *slots_take(struct slots *p) {
  struct slot *slot = with_room(p);
  if (!slot)
    slot = slot_make(p);
  if (!slot)
    return NULL;
  slot->requests++;
  slot->taken++;
  list_remove(&slot->watch);
  slot_event(slot, slot->requests >= p->limits.at_once ? SLOT_FILLS : SLOT_TAKES);
  if (p->limits.requests > 0 && slot->taken >= p->limits.requests)
    slot_event(slot, SLOT_RETIRES);
  return slot;
}

/* ---- what happens to a slot -------------------------------------------------------------------------------------- */

void slot_release(struct slot *slot, bool live, uint64_t now) {
  slot->requests--;
  if (slot->requests > 0) {
    slot_event(slot, SLOT_FREES);
  } else if (live) {
    slot->since = now;
    list_append(&slot->home->watched, &slot->watch);
    slot_event(slot, SLOT_RESTS);
  } else {
    slot->since = now;
    slot_event(slot, SLOT_QUIETS);
  }
}

void slot_quiet(struct slot *slot, uint64_t now) {
  if (slot->requests > 0 || slot->state == SLOT_IDLE)
    return;
  list_remove(&slot->watch);
  slot->since = now;
  slot_event(slot, SLOT_QUIETS);
}

void slot_retire(struct slot *slot) {
  slot_event(slot, SLOT_RETIRES);
}

void slot_fail(struct slot *slot) {
  slot->home->failed++;
  slot_event(slot, SLOT_FAILS);
}

void slots_retire(struct slots *p) {
  static const enum slot_state taking[] = {SLOT_IDLE, SLOT_OPEN, SLOT_FULL, SLOT_AFTER};
  p->retired = true;
  for (size_t i = 0; i < sizeof(taking) / sizeof(taking[0]); i++)
    while (!list_empty(&p->by_state[taking[i]]))
      slot_retire(LIST_OWNER(p->by_state[taking[i]].next, struct slot, link));
}

/* ---- what time does ---------------------------------------------------------------------------------------------- */

bool slots_make_ahead(struct slots *p, uint64_t now) {
  if (p->count[SLOT_IDLE] >= p->limits.ahead)
    return false;
  struct slot *slot = slot_make(p);
  if (slot)
    slot->since = now;
  return slot;
}

static uint64_t due(uint64_t since, uint64_t span) {
  return span > UINT64_MAX - since ? UINT64_MAX : since + span;
}

static uint64_t sweep_watched(struct slots *p, uint64_t now) {
  while (!list_empty(&p->watched)) {
    struct slot *slot = LIST_OWNER(p->watched.next, struct slot, watch);
    uint64_t at = due(slot->since, p->limits.after);
    if (at > now)
      return at;
    slot_fail(slot);
  }
  return UINT64_MAX;
}

/* The last in the list is idle for longest. */
static uint64_t sweep_idle(struct slots *p, uint64_t now) {
  while (p->count[SLOT_IDLE] > p->limits.ahead) {
    struct slot *slot = LIST_OWNER(p->by_state[SLOT_IDLE].prev, struct slot, link);
    uint64_t at = due(slot->since, p->limits.idle);
    if (at > now)
      return at;
    slot_retire(slot);
  }
  return UINT64_MAX;
}

uint64_t slots_sweep(struct slots *p, uint64_t now) {
  uint64_t watched = sweep_watched(p, now), idle = sweep_idle(p, now);
  return watched < idle ? watched : idle;
}
