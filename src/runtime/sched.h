/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Which thread runs next: Store.tick, the loop of canon_lift, Thread.ready, WaitableSet.has_pending_event.
 *
 * The text keeps one list of waiting threads and asks each whether it is ready. Here a waiting thread is where the next
 * thing that it lacks finds it, and the thread moves when the thing comes or goes again. So every move costs the same
 * however many threads wait:
 *
 *   it waits for (rt_wait)    it lacks               it is in                          and leaves with
 *   ------------------------  ---------------------  --------------------------------  ------------------------------
 *   TRUE                      nothing                READY_*                           its turn
 *   WAITABLE, SUBTASK         the event, the result  no queue: waitable.sync_waiter    sched_waitable_signalled()
 *   SET                       an event               waiters[BESIDE].asleep of its     an event that is free
 *                                                    set, or the holder of its set
 *   SET_CALLBACK              an event               waiters[CALLBACK].asleep          an event that is free
 *                             only the lock          LOCK, and awake in its set        the lock, when it is first
 *   EXCLUSIVE                 the lock               LOCK                              the lock, when it is first
 *   ENTER, needs the lock     lock, no backpressure  ENTER_LOCK                        both, when it is first
 *   ENTER, needs no lock      no backpressure        ENTER                             that, when it is first
 *   each of them              no more                READY_*                           its turn
 *
 * READY_*: two queues of each instance, in one order. BESIDE has those that may run beside a synchronous task that
 * waits (candidates of canon_lift's loop), TICK all others. An instance that is held (hold.h) keeps its queues, and has
 * no turn.
 *
 * Of a set as many waiters are awake as there are events, of each of the two classes that lack something different
 * besides (rt_waiter_class); so is the thread that has the lock. Where an event goes to another thread the last waiter
 * falls asleep again, before the others. The lock lets through one thread at a time, the first that came, be it from
 * LOCK or ENTER_LOCK; where another thread takes the lock meanwhile, or backpressure begins, the thread goes back to
 * the front of its queue. So does a thread that was let through from ENTER, also one at a time.
 *
 * Without a seed threads run first in, first out, over all instances; a seed permutes the order (choice.h), and only
 * then is anything walked.
 */
#ifndef RUNTIME_SCHED_H
#define RUNTIME_SCHED_H

#include "runtime/door.h"
#include "runtime/queue.h"
#include "runtime/state.h"
#include "runtime/waiters.h"

/* Thread.ready: whether what it waits for holds now, and its instance is not held. */
bool sched_thread_ready(const struct rt_thread *t);

/* Task.has_backpressure of enter_implicit_thread. */
bool sched_has_backpressure(const struct rt_task *task);

/* start_waiting_internal: the thread's wait is set. */
void sched_start_waiting(struct rt_thread *t);
/* stop_waiting_internal: it is about to run, and takes what it has waited for unless it was cancelled. */
void sched_stop_waiting(struct rt_thread *t, bool cancelled);

/* Something that threads wait for has come or gone: the lock, backpressure, */
static inline void sched_lock_changed(struct rt_instance *inst) {
  if (inst->at_door[RT_DOOR_LOCK] > 0)
    door_update(inst, RT_DOOR_LOCK);
}
static inline void sched_backpressure_changed(struct rt_instance *inst) {
  door_update(inst, RT_DOOR_LOCK);
  door_update(inst, RT_DOOR_ENTRY);
}
/* one event of a set, */
static inline void sched_set_changed(struct rt_set *set) {
  if (set->num_waiting > 0)
    waiters_update(set);
}
/* the event of a waitable that a thread waits for, */
void sched_signal(struct rt_thread *waiter);
static inline void sched_waitable_signalled(struct rt_waitable *w) {
  if (w->sync_waiter)
    sched_signal(w->sync_waiter);
}
/* that the instance is held. */
static inline void sched_held_changed(struct rt_instance *inst) {
  queue_held_changed(inst);
}

/* The thread that is to be resumed now; NULL: none (store.ready_count is 0). */
struct rt_thread *sched_next(struct rt_store *s);

/*
 * The same for canon_lift's loop while a synchronous task waits in `inst`: only threads of the instance, that one among
 * them, and no implicit thread of a task that needs the exclusive lock (shared test
 * during-sync-call-no-exclusive-resume).
 */
struct rt_thread *sched_next_beside(struct rt_instance *inst);
/* Whether there is one, also where the instance is held (`or_held`). */
static inline bool sched_has_next_beside(const struct rt_instance *inst, bool or_held) {
  return (inst->held == 0 || or_held) && !list_empty(&inst->queues[RT_QUEUE_READY_BESIDE]);
}

#endif
