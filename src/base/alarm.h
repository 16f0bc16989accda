/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Points in time in order: an intrusive pairing heap. Adding is O(1), taking out is O(log n) amortised, nothing is
 * allocated, so that a deadline cannot fail. The heap is the pointer to its earliest alarm.
 */
#ifndef BASE_ALARM_H
#define BASE_ALARM_H

#include <stdbool.h>
#include <stdint.h>

struct alarm {
  uint64_t at;                       /* nanoseconds of the monotonic clock */
  bool set;                          /* is in a heap */
  bool timer;                        /* belongs to a weir_bridge_timer, else to a request */
  struct alarm *child, *next, *prev; /* prev: the left sibling, or the parent of the first child */
};

void alarm_add(struct alarm **heap, struct alarm *a);
/* No effect where it is not set. */
void alarm_remove(struct alarm **heap, struct alarm *a);

/* a + b, or the end of time. */
static inline uint64_t time_add(uint64_t a, uint64_t b) {
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

#endif
