/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Looking for a moment before sleeping: where a processor is free for it, that takes a reply from the time of two
 * wake-ups to a few percent of it; where none is, it only keeps others from running. So it is tried: for a stretch of
 * waits all look or all sleep, what callers then wait on average is measured, and the better way is taken, until the
 * other one is tried again. A worker besides looks only while that finds something now and then.
 */
#ifndef BRIDGE_SPIN_H
#define BRIDGE_SPIN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { SPIN_DEFAULT = 10000 }; /* nanoseconds */

struct spin {
  uint64_t span;        /* nanoseconds of a look; 0: nobody ever does. Constant. */
  int may_look;         /* callers at once. Constant. */
  atomic_bool on;       /* in this stretch all look */
  atomic_int looking;   /* callers */
  atomic_int credit;    /* the worker's */
  atomic_uint waits;    /* in this stretch */
  atomic_ullong waited; /* nanoseconds, by them */
  /* of whoever ends a stretch */
  uint64_t cost[2]; /* nanoseconds of a wait, asleep and looking; UINT64_MAX: not tried yet */
  unsigned stretch; /* since the last trial */
};

/* `processors` that the process may use. */
void spin_init(struct spin *s, uint64_t span, int processors);

/* The number of processors that this process may use; at least 1. */
int spin_processors(void);

/* A caller's look; whether the flag was seen. Any thread. */
bool spin_caller(struct spin *s, const atomic_bool *flag);

/* A caller's wait has taken so long altogether. Any thread. */
void spin_waited(struct spin *s, uint64_t nanoseconds);

/* The worker's look; whether the flag was seen. */
bool spin_worker(struct spin *s, const atomic_bool *flag);

#endif
