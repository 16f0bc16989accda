/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See sync.h. */
#include "runtime/sync.h"

#include "runtime/thread.h"
#include "runtime/trap.h"

static weir_status wait_for(struct rt_store *s, struct rt_waitable *w, enum rt_wait kind) {
  struct thread_wait wait = {.kind = kind, .waitable = w};
  bool cancelled;
  w->has_sync_waiter = true;
  w->sync_waiter = s->current;
  weir_status status = thread_wait_until(s, &wait, &cancelled);
  w->has_sync_waiter = false;
  w->sync_waiter = NULL;
  return status;
}

weir_status sync_wait_for_event(struct rt_store *s, struct rt_waitable *w) {
  return wait_for(s, w, RT_WAIT_WAITABLE);
}

weir_status sync_wait_resolved(struct rt_store *s, struct rt_subtask *st) {
  return wait_for(s, &st->w, RT_WAIT_SUBTASK);
}

weir_status sync_trap_in_set(struct rt_store *s) {
  return rt_trap(s, "waitable cannot be used synchronously while added to a waitable set");
}
