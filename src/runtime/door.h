/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The doors of a component instance (enum rt_door): the exclusive lock, and entry for those that need no lock.
 * Threads wait in front of them in queues. A door that is open lets one through at a time, which is ready then; it
 * goes back to the front where the door closes before it has gone on. Origin: Task.enter_implicit_thread and the
 * conditions of canon_lift's loop.
 */
#ifndef RUNTIME_DOOR_H
#define RUNTIME_DOOR_H

#include "runtime/state.h"

enum rt_door door_of(const struct rt_thread *t);

/* Begins to wait in front of its door; goes on, or lacks something else. */
void door_join(struct rt_thread *t);
void door_leave(struct rt_thread *t);

/* Lets the next one through, if the door is open and nobody is on the way. */
void door_let_through(struct rt_instance *inst, enum rt_door door);
/* The lock or backpressure has changed: takes back threads that may not pass any more, then the same. */
void door_update(struct rt_instance *inst, enum rt_door door);

#endif
