/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See relay.h. */
#include "wasi/p2/relay.h"

/* Those who wait for `to` decide whether `from` is watched any further. */
static void happened(struct wasi_waiter *waiter) {
  struct wasi_p2_relay *relay = LIST_OWNER(waiter, struct wasi_p2_relay, waiter);
  wasi_event_wait(relay->from, &relay->waiter);
  wasi_event_happened(relay->to);
}

bool wasi_p2_relay_watch(struct wasi_p2_relay *relay, struct wasi_event *from, struct wasi_event *to) {
  relay->from = from;
  relay->to = to;
  relay->waiter.happened = happened;
  return wasi_event_wait(from, &relay->waiter);
}

void wasi_p2_relay_unwatch(struct wasi_p2_relay *relay) {
  wasi_event_leave(&relay->waiter);
}
