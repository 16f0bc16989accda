/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Timers by deadline: a binary heap of timers that their owners embed, earliest first, and in the order in which they
 * were added where deadlines are equal. Knows no clock and no loop.
 */
#ifndef WASI_CLOCKS_TIMER_H
#define WASI_CLOCKS_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"

struct wasi_timer {
  uint64_t deadline; /* nanoseconds */
  uint64_t order;    /* set when added */
  uint32_t index;    /* in the heap */
};

struct wasi_timer_heap {
  const struct weir_alloc *alloc;
  uint64_t next_order;
  VEC(struct wasi_timer *) timers;
};

void wasi_timer_heap_init(struct wasi_timer_heap *heap, const struct weir_alloc *alloc);
/* Releases the heap, not the timers that are still in it. */
void wasi_timer_heap_done(struct wasi_timer_heap *heap);

/* Adds a timer with its deadline set. False where memory is out. */
bool wasi_timer_add(struct wasi_timer_heap *heap, struct wasi_timer *timer);
/* Takes out a timer that is in the heap. */
void wasi_timer_remove(struct wasi_timer_heap *heap, struct wasi_timer *timer);
/* The earliest; NULL where there is none. */
struct wasi_timer *wasi_timer_first(const struct wasi_timer_heap *heap);

#endif
