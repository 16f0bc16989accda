/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Points in time in order: an intrusive pairing heap of the alarms that their owners embed, the earliest first, and
 * alarms of one time in the order in which they were added. Adding an alarm is O(1), taking one out is O(log n)
 * amortised. The heap allocates nothing, so a deadline cannot fail. The heap knows no clock.
 */
#ifndef BASE_ALARM_H
#define BASE_ALARM_H

#include <stdbool.h>
#include <stdint.h>

struct alarm {
  uint64_t at;                       /* nanoseconds of the owner's clock; its owner sets it before adding the alarm */
  uint64_t order;                    /* the heap's `added` when the alarm was added */
  bool set;                          /* the alarm is in a heap */
  uint8_t kind;                      /* the owner's own: the object with the alarm in it */
  struct alarm *child, *next, *prev; /* prev: the left sibling, or the parent of the first child */
};

/* Begins zeroed. */
struct alarm_heap {
  struct alarm *first; /* the earliest; NULL: none is set */
  uint64_t added;
};

void alarm_add(struct alarm_heap *heap, struct alarm *a);
/* No effect where it is not set. */
void alarm_remove(struct alarm_heap *heap, struct alarm *a);

/* a + b, or the end of time. */
static inline uint64_t time_add(uint64_t a, uint64_t b) {
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

#endif
