/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See sched.h. */
#include "runtime/sched.h"

/* ---- conditions ------------------------------------------------------------------------------------------------- */

bool sched_has_backpressure(const struct rt_task *task) {
  const struct rt_instance *inst = task->inst;
  return inst->held > 0 || inst->backpressure > 0 || (task->lift->needs_exclusive && inst->exclusive);
}

static bool waitable_ready(const struct rt_thread *t) {
  if (t->wait == RT_WAIT_WAITABLE)
    return t->waitable->has_pending_event;
  return ((const struct rt_subtask *)(const void *)t->waitable)->state >= RT_SUBTASK_RETURNED;
}

bool sched_thread_ready(const struct rt_thread *t) {
  const struct rt_instance *inst = t->task->inst;
  if (t->state != RT_THREAD_WAITING || inst->held > 0)
    return false;
  switch ((enum rt_wait)t->wait) {
    case RT_WAIT_TRUE:
      return true;
    case RT_WAIT_ENTER:
      return !sched_has_backpressure(t->task);
    case RT_WAIT_EXCLUSIVE:
      return !inst->exclusive;
    case RT_WAIT_SET:
      return t->set->events > 0;
    case RT_WAIT_SET_CALLBACK:
      return t->set->events > 0 && !inst->exclusive;
    case RT_WAIT_WAITABLE:
    case RT_WAIT_SUBTASK:
      return waitable_ready(t);
    case RT_WAIT_NONE:
      break;
  }
  return false;
}

/* ---- waiting ---------------------------------------------------------------------------------------------------- */

void sched_start_waiting(struct rt_thread *t) {
  switch ((enum rt_wait)t->wait) {
    case RT_WAIT_SET:
    case RT_WAIT_SET_CALLBACK:
      waiters_join(t);
      break;
    case RT_WAIT_ENTER:
    case RT_WAIT_EXCLUSIVE:
      door_join(t);
      break;
    case RT_WAIT_WAITABLE:
    case RT_WAIT_SUBTASK:
      if (waitable_ready(t))
        queue_join_ready(t);
      break;
    case RT_WAIT_TRUE:
      queue_join_ready(t);
      break;
    case RT_WAIT_NONE:
      break;
  }
}

/*
 * A thread that has passed the door of the lock takes the lock, or says that it does not (sched_lock_changed()); the
 * door of entry stays open. A thread that was awake takes its event, or leaves the event to the next.
 */
void sched_stop_waiting(struct rt_thread *t, bool cancelled) {
  struct rt_instance *inst = t->task->inst;
  bool at_door =
      t->wait == RT_WAIT_ENTER || t->wait == RT_WAIT_EXCLUSIVE || (t->wait == RT_WAIT_SET_CALLBACK && t->awake);
  queue_leave(t);
  if (at_door)
    door_leave(t);
  if (at_door && !queue_needs_exclusive(t))
    door_let_through(inst, RT_DOOR_ENTRY);
  if (t->wait == RT_WAIT_SET || t->wait == RT_WAIT_SET_CALLBACK)
    waiters_leave(t, cancelled);
}

void sched_signal(struct rt_thread *t) {
  if (t->state == RT_THREAD_WAITING && t->queue == RT_QUEUE_NONE && waitable_ready(t))
    queue_join_ready(t);
}

/* ---- choosing --------------------------------------------------------------------------------------------------- */

struct rt_thread *sched_next(struct rt_store *s) {
  return queue_next(s);
}

struct rt_thread *sched_next_beside(struct rt_instance *inst) {
  return inst->held > 0 ? NULL : queue_elect(inst, RT_QUEUE_READY_BESIDE);
}
