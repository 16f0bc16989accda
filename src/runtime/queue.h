/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The queues of a component instance (enum rt_queue), in which threads wait in the order in which they came, and the
 * turns of instances. sched.h says which thread is where.
 */
#ifndef RUNTIME_QUEUE_H
#define RUNTIME_QUEUE_H

#include "runtime/state.h"

void queue_instance_init(struct rt_instance *inst);

/* Task.needs_exclusive, of an implicit thread. */
static inline bool queue_needs_exclusive(const struct rt_thread *t) {
  return t->implicit && t->task->lift->needs_exclusive;
}

void queue_join(struct rt_thread *t, enum rt_queue queue);
/* The one of the two for threads that are ready. A task that waits to enter is none of its instance's threads yet. */
void queue_join_ready(struct rt_thread *t);
/* No effect where it is in none. */
void queue_leave(struct rt_thread *t);

/* The instance is held from now on, or is so no longer. */
void queue_held_changed(struct rt_instance *inst);

/* The earlier of two that are in queues; either may be NULL. */
struct rt_thread *queue_earlier(struct rt_thread *a, struct rt_thread *b);
/* The first of a queue, or with a seed any; NULL: it is empty. */
struct rt_thread *queue_elect(struct rt_instance *inst, enum rt_queue queue);
/* The first of all that are ready, or with a seed any; NULL: there is none. */
struct rt_thread *queue_next(struct rt_store *s);

#endif
