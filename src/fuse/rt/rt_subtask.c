/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Subtasks: cancelling and dropping them. */
#include "fuse/rt/rt.h"

/* The task has not begun, and never will. */
static void cancel_start(struct fr_task *t) {
  struct fr_instance *i = &instances[t->inst];
  leave_queue(t);
  i->num_waiting_to_enter--;
  let_through(i, !t->exclusive);
  t->exclusive = false;
  resolve_task(t);
  resolve(t->sub, SUB_CANCELLED_BEFORE_STARTED);
  exit_task(t);
}

void request_cancellation(struct fr_task *t, u64 entering) {
  struct fr_instance *i = &instances[t->inst];
  if (t->state == INITIAL) {
    cancel_start(t);
    return;
  }
  bool waits = (t->wait == WAIT_SET || t->wait == WAIT_YIELD) && t->cancellable;
  if (!waits || i->exclusive || (entered & entering)) {
    t->state = PENDING_CANCEL;
    return;
  }
  struct fr_task *below = current;
  u64 was = entered;
  struct fr_set *set = t->wait == WAIT_SET ? t->set : NULL;
  leave_queue(t);
  stop_waiting(t);
  if (set)
    set_changed(set);
  t->state = CANCEL_DELIVERED;
  entered |= entering;
  t->below = below;
  current = t;
  tell(t, EVENT_TASK_CANCELLED, 0, 0);
  entered = was;
  current = below;
}

EXPORT(subtask_cancel) u32 subtask_cancel(u32 inst, u32 is_async, u32 index) {
  check_leave(inst);
  struct fr_subtask *s = get_kind(inst, index, SUBTASK);
  if (s->delivered || s->requested || (s->w.set && !is_async))
    trap_waitable();
  if (!resolved(s)) {
    s->requested = true;
    if (s->host)
      cancel_host(s);
    else
      request_cancellation(s->task, instances[s->task->inst].ancestors & ~instances[inst].ancestors);
    if (!resolved(s)) {
      if (is_async)
        return 0xffffffff;
      s->w.has_sync_waiter = true;
      s->w.waiter = current;
      block();
      s->w.has_sync_waiter = false;
    }
  }
  take_event(&s->w);
  return s->state;
}

EXPORT(subtask_drop) void subtask_drop(u32 inst, u32 index) {
  check_leave(inst);
  struct fr_subtask *s = get_kind(inst, index, SUBTASK);
  if (!s->delivered)
    trap_waitable();
  remove(inst, index);
  drop_waitable(&s->w);
  drop_subtask(s);
}
