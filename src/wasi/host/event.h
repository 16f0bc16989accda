/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Something that happens again and again (a descriptor is readable, a time has come), and those who wait for the next
 * time. The source of the event is only watched while somebody waits, so that a loop is active exactly then.
 */
#ifndef WASI_HOST_EVENT_H
#define WASI_HOST_EVENT_H

#include "base/list.h"

struct wasi_waiter {
  struct list node;
  struct wasi_event *event; /* NULL: it does not wait */
  void (*happened)(struct wasi_waiter *waiter);
};

struct wasi_event {
  struct list waiters;                       /* in the order in which they began to wait */
  bool (*watch)(struct wasi_event *event);   /* the first waiter has come; false: the source cannot be watched */
  void (*unwatch)(struct wasi_event *event); /* the last one has gone */
};

void wasi_event_init(struct wasi_event *event, bool (*watch)(struct wasi_event *event),
                     void (*unwatch)(struct wasi_event *event));

/* Waits for the next time: `happened` is called once, later. false: the source cannot be watched. */
bool wasi_event_wait(struct wasi_event *event, struct wasi_waiter *waiter);
/* No longer. No effect on a waiter (zeroed at first) that does not wait. */
void wasi_event_leave(struct wasi_waiter *waiter);

static inline bool wasi_event_is_awaited(const struct wasi_event *event) {
  return !list_empty(&event->waiters);
}

/* Tells all who wait now. They may wait anew, or let others leave, meanwhile. */
void wasi_event_happened(struct wasi_event *event);

#endif
