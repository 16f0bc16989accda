/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a worker counts. The worker's thread alone writes; any thread reads, so all are atomic and none is ordered. The
 * metrics page sums the meters of all workers, in Prometheus' text format.
 */
#ifndef SERVE_METER_H
#define SERVE_METER_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/text.h"

/* Upper bounds of times in microseconds; all that is longer falls behind the last. */
#define METER_BOUNDS \
  { 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000 }
enum { METER_TIMES = 16, METER_CLASSES = 6 };

typedef atomic_uint_fast64_t meter_count;

struct meter {
  meter_count responses[METER_CLASSES]; /* by the first digit of the status; [0]: broken off */
  meter_count times[METER_TIMES + 1];   /* of requests, each in its own bucket */
  meter_count time;                     /* nanoseconds, of all requests */
  meter_count running, waiting;         /* requests now */
  meter_count refused;                  /* 503, since too many waited */
  meter_count timed_out, trapped;       /* requests, instances */
  meter_count instances, live_tasks;    /* now */
  meter_count made, ended;              /* instances in all */
  meter_count overdue;                  /* instances ended at work after their responses */
  meter_count recorded;                 /* flight records written */
};

static inline void meter_add(meter_count *c, uint64_t n) {
  atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + n, memory_order_relaxed);
}

static inline void meter_set(meter_count *c, uint64_t n) {
  atomic_store_explicit(c, n, memory_order_relaxed);
}

/* A request has ended with a status, 0: broken off, after so many nanoseconds. */
void meter_request(struct meter *m, uint32_t status, uint64_t nanoseconds);

/* All of them, summed, with help texts. */
void meter_write(struct text *out, const struct meter *const *meters, uint32_t count);

#endif
