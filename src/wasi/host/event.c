/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See event.h. */
#include "wasi/host/event.h"

void wasi_event_init(struct wasi_event *event, bool (*watch)(struct wasi_event *event),
                     void (*unwatch)(struct wasi_event *event)) {
  list_init(&event->waiters);
  event->watch = watch;
  event->unwatch = unwatch;
}

bool wasi_event_wait(struct wasi_event *event, struct wasi_waiter *waiter) {
  if (list_empty(&event->waiters) && !event->watch(event))
    return false;
  waiter->event = event;
  list_append(&event->waiters, &waiter->node);
  return true;
}

void wasi_event_leave(struct wasi_waiter *waiter) {
  struct wasi_event *event = waiter->event;
  if (!event)
    return;
  waiter->event = NULL;
  list_remove(&waiter->node);
  if (list_empty(&event->waiters))
    event->unwatch(event);
}

void wasi_event_happened(struct wasi_event *event) {
  for (uint32_t left = list_count(&event->waiters); left > 0 && !list_empty(&event->waiters); left--) {
    struct wasi_waiter *waiter = LIST_OWNER(event->waiters.next, struct wasi_waiter, node);
    wasi_event_leave(waiter);
    waiter->happened(waiter);
  }
}
