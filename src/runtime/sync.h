/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the synchronous forms of operations on waitables share: Waitable.wait_for_pending_event and its rule. */
#ifndef RUNTIME_SYNC_H
#define RUNTIME_SYNC_H

#include "runtime/state.h"

/* Blocks the current thread until the waitable has an event; meanwhile nobody may add it to a set. */
weir_status sync_wait_for_event(struct rt_store *s, struct rt_waitable *w);

/* The same until a subtask has resolved, whatever events it has before. */
weir_status sync_wait_resolved(struct rt_store *s, struct rt_subtask *st);

/* "waitable cannot be used synchronously while added to a waitable set". */
weir_status sync_trap_in_set(struct rt_store *s);

#endif
