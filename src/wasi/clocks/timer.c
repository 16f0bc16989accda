/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The heap: timers.data[i] is never later than its children 2i+1 and 2i+2, and knows its place i. */
#include "wasi/clocks/timer.h"

void wasi_timer_heap_init(struct wasi_timer_heap *heap, const struct weir_alloc *alloc) {
  *heap = (struct wasi_timer_heap){.alloc = alloc};
}

void wasi_timer_heap_done(struct wasi_timer_heap *heap) {
  VEC_DONE(heap->alloc, &heap->timers);
}

static bool timer_before(const struct wasi_timer *a, const struct wasi_timer *b) {
  return a->deadline != b->deadline ? a->deadline < b->deadline : a->order < b->order;
}

static void timer_place(struct wasi_timer_heap *heap, struct wasi_timer *timer, uint32_t index) {
  heap->timers.data[index] = timer;
  timer->index = index;
}

static void timer_rise(struct wasi_timer_heap *heap, struct wasi_timer *timer) {
  uint32_t index = timer->index;
  while (index > 0) {
    uint32_t parent = (index - 1) / 2;
    if (!timer_before(timer, heap->timers.data[parent]))
      break;
    timer_place(heap, heap->timers.data[parent], index);
    index = parent;
  }
  timer_place(heap, timer, index);
}

static void timer_sink(struct wasi_timer_heap *heap, struct wasi_timer *timer) {
  uint64_t index = timer->index; /* 64 bits: a child's index may exceed 32 */
  for (;;) {
    uint64_t child = 2 * index + 1;
    if (child >= heap->timers.count)
      break;
    if (child + 1 < heap->timers.count && timer_before(heap->timers.data[child + 1], heap->timers.data[child]))
      child++;
    if (!timer_before(heap->timers.data[child], timer))
      break;
    timer_place(heap, heap->timers.data[child], (uint32_t)index);
    index = child;
  }
  timer_place(heap, timer, (uint32_t)index);
}

bool wasi_timer_add(struct wasi_timer_heap *heap, struct wasi_timer *timer) {
  timer->order = heap->next_order++;
  timer->index = heap->timers.count;
  if (!VEC_PUSH(heap->alloc, &heap->timers, timer))
    return false;
  timer_rise(heap, timer);
  return true;
}

void wasi_timer_remove(struct wasi_timer_heap *heap, struct wasi_timer *timer) {
  uint32_t index = timer->index;
  struct wasi_timer *last = heap->timers.data[--heap->timers.count];
  if (last == timer)
    return;
  timer_place(heap, last, index);
  timer_rise(heap, last);
  timer_sink(heap, last);
}

struct wasi_timer *wasi_timer_first(const struct wasi_timer_heap *heap) {
  return heap->timers.count > 0 ? heap->timers.data[0] : NULL;
}
