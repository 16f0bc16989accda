/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The pool of instances of one component in one worker: which instance takes the next request, how many there are, and
 * when each goes. A slot holds an instance, whatever that is: two functions make and end one. Nothing here knows a
 * store, a loop or a clock; times are the caller's numbers. All operations take constant time.
 *
 * A slot is in one of these states; the table in slots.c has what changes them:
 *
 *   IDLE     no request, no live task: may take requests, and goes after the idle time
 *   OPEN     has requests, and takes more
 *   FULL     has as many requests at once as it may
 *   AFTER    has no request, but tasks that work on after their responses; takes requests
 *   LEAVING  takes no more requests, and goes with its last request and task
 *   GONE     ended: the slot is freed
 *
 * What always holds: a slot in IDLE or AFTER has no request, one in OPEN or FULL has some. A slot without requests
 * whose tasks live on is watched: after the limit for such work it goes, whatever its tasks do.
 */
#ifndef SERVE_SLOTS_H
#define SERVE_SLOTS_H

#include "base/list.h"
#include "weir/alloc.h"

enum slot_state { SLOT_IDLE, SLOT_OPEN, SLOT_FULL, SLOT_AFTER, SLOT_LEAVING, SLOT_GONE, SLOT_STATES };

struct slots_limits {
  uint32_t instances; /* at most, those that are leaving too */
  uint32_t ahead;     /* made before requests ask for them */
  uint32_t requests;  /* that one instance takes in its life; 0: no limit */
  uint32_t at_once;   /* that one instance has at a time; at least 1 */
  uint64_t idle;      /* time for which an instance without work is kept, beyond those that are made ahead */
  uint64_t after;     /* time for which tasks may work on after the last response */
};

struct slots_ops {
  void *(*make)(void *data); /* NULL: failed */
  void (*end)(void *data, void *instance);
};

struct slots {
  const struct weir_alloc *alloc;
  struct slots_limits limits;
  const struct slots_ops *ops;
  void *data;
  struct list by_state[SLOT_STATES]; /* IDLE: the last used in front. GONE: never has any */
  struct list watched;               /* without requests, with live tasks; the longest in front */
  uint32_t count[SLOT_STATES];
  uint64_t made, ended, failed; /* in all; failed: were ended by slot_fail() or slots_sweep() while they had work */
  bool retired;
};

struct slot {
  struct slots *home;
  struct list link, watch;
  enum slot_state state;
  void *instance;
  uint32_t requests; /* now */
  uint32_t taken;    /* in all */
  uint64_t since;    /* of IDLE, or of being watched */
};

void slots_init(struct slots *p, const struct weir_alloc *alloc, const struct slots_limits *limits,
                const struct slots_ops *ops, void *data);
/* Ends all instances, whatever they do. */
void slots_done(struct slots *p);

/* The slot that takes one more request now; NULL: all are full, or none can be made. */
struct slot *slots_take(struct slots *p);

/* A request of the slot has ended; `live`: the instance has live tasks. May free the slot. */
void slot_release(struct slot *slot, bool live, uint64_t now);
/* The instance has no live task any more. May free the slot. */
void slot_quiet(struct slot *slot, uint64_t now);
/* The slot takes no more requests. May free the slot. */
void slot_retire(struct slot *slot);
/* The instance is broken: it ends, and the slot is freed. Its requests are the caller's to end, before. */
void slot_fail(struct slot *slot);

/* Nothing is made any more, and all slots leave. */
void slots_retire(struct slots *p);

/* Makes one instance ahead if one is missing; whether it has. */
bool slots_make_ahead(struct slots *p, uint64_t now);

/*
 * Ends what has been idle, or at work after its responses, for too long. Returns the time of the next such end,
 * UINT64_MAX: none is due.
 */
uint64_t slots_sweep(struct slots *p, uint64_t now);

static inline uint32_t slots_count(const struct slots *p) {
  uint32_t all = 0;
  for (int i = 0; i < SLOT_STATES; i++)
    all += p->count[i];
  return all;
}

#endif
