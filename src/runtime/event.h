/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Event delivery: EventTuple, Waitable.get_pending_event, WaitableSet.get_pending_event. */
#ifndef RUNTIME_EVENT_H
#define RUNTIME_EVENT_H

#include "runtime/state.h"

struct rt_event_tuple {
  uint32_t code; /* enum rt_event */
  uint32_t p1, p2;
};

/* Delivers the pending event of a waitable: what it says is decided now. */
struct rt_event_tuple event_of_waitable(struct rt_waitable *w);

/* Delivers the next event of a set; NONE where there is none. */
struct rt_event_tuple event_of_set(struct rt_store *s, struct rt_set *set);

#endif
