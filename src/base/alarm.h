/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Points in time in order: an intrusive pairing heap of the alarms that their owners embed, the earliest first, and
 * alarms of one time in the order in which they were added. Adding is O(1), taking out is O(log n) amortised. Nothing
 * is allocated, so a deadline cannot fail. Knows no clock.
 */
#ifndef BASE_ALARM_H
#define BASE_ALARM_H

#include <stdbool.h>
#include <stdint.h>

struct alarm {
  uint64_t at;                       /* nanoseconds of the owner's clock; set before it is added */
  uint64_t order;                    /* `added` of the heap when it was added */
  bool set;                          /* is in a heap */
  uint8_t kind;                      /* the owner's own: what the alarm is embedded in */
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
