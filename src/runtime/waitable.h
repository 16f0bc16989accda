/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Waitables and waitable sets: CanonicalABI.md#waitable-state. That an event is pending is kept here; what it says is
 * computed by its owner when it is delivered (event.h), so only the latest state is seen.
 */
#ifndef RUNTIME_WAITABLE_H
#define RUNTIME_WAITABLE_H

#include "runtime/state.h"

void waitable_init(struct rt_waitable *w, enum rt_handle_kind kind);

/* set_pending_event: marks the waitable and wakes the thread or set that waits for it. */
void waitable_set_pending(struct rt_waitable *w);
/* Takes the mark away: the event is being delivered. */
void waitable_clear_pending(struct rt_waitable *w);

/* join: moves it to a set, or out of every set (set == NULL). */
void waitable_join(struct rt_waitable *w, struct rt_set *set);

void waitable_set_init(struct rt_set *set);
/* The waitable whose event is to be delivered now; NULL: none. */
struct rt_waitable *waitable_set_next_pending(struct rt_store *s, const struct rt_set *set);

#endif
