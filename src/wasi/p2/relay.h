/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One of several who wait for an event, and who has an event of its own told: a stream of a guest waits for its
 * descriptor with others. Watching the own event is waiting for the other one.
 */
#ifndef WASI_P2_RELAY_H
#define WASI_P2_RELAY_H

#include "wasi/host/event.h"

struct wasi_p2_relay { /* zeroed at first */
  struct wasi_waiter waiter;
  struct wasi_event *from, *to;
};

/* From now on `to` happens when `from` does. false: `from` cannot be watched. */
bool wasi_p2_relay_watch(struct wasi_p2_relay *relay, struct wasi_event *from, struct wasi_event *to);
/* No longer. */
void wasi_p2_relay_unwatch(struct wasi_p2_relay *relay);

#endif
