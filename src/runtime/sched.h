/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Who runs next: the deterministic profile, FIFO, unless a seed permutes it (choice.h). A thread that waits is in store.ready from the moment its condition
 * comes true. The condition is asked again when it is its turn, since another thread may have taken what it waited for
 * (the exclusive lock, an event); then it goes back to where its next signal finds it: a gate of its instance, or the
 * waiters of its set. Origin: Store.tick, Thread.ready, WaitableSet.has_pending_event.
 */
#ifndef RUNTIME_SCHED_H
#define RUNTIME_SCHED_H

#include "runtime/state.h"

/* Thread.ready: whether what it waits for holds now, and its instance is not held. */
bool sched_thread_ready(const struct rt_thread *t);
/* Only the first. */
bool sched_wait_over(const struct rt_thread *t);

/* Task.has_backpressure of enter_implicit_thread. */
bool sched_has_backpressure(const struct rt_task *task);

/* Puts a waiting thread where its signal will find it, at once in the queue if its condition holds already. */
void sched_park(struct rt_thread *t);

/* Takes a thread out of every queue: it is about to run, or dies. */
void sched_unpark(struct rt_thread *t);

/* Signals. */
void sched_exclusive_released(struct rt_instance *inst); /* or backpressure gone */
void sched_set_has_event(struct rt_set *set);
void sched_thread_signalled(struct rt_thread *t); /* the event of its own waitable */
void sched_released(struct rt_instance *inst);    /* it is not held any more */

/* Whether one of those that may run beside a synchronous task only waits for the instance not to be held. */
bool sched_waits_for_release(const struct rt_instance *inst);

/* The thread that is to be resumed now, one whose condition holds; NULL: none. */
struct rt_thread *sched_next(struct rt_store *s);
/* Whether there is one. */
bool sched_has_next(struct rt_store *s);

/*
 * The same for canon_lift's loop while a synchronous task waits in `inst`: only threads of the instance, that one among
 * them, and no implicit thread of a task that needs the exclusive lock (shared test
 * during-sync-call-no-exclusive-resume).
 */
struct rt_thread *sched_next_beside(struct rt_instance *inst);
bool sched_has_next_beside(struct rt_instance *inst);

#endif
