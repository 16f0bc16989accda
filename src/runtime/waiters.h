/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Threads that wait for an event of a set. As many are awake as the set has events, of each class that lacks something
 * different besides (enum rt_waiter_class); so is the one that has the lock. Origin: WaitableSet.wait_for_event_and.
 */
#ifndef RUNTIME_WAITERS_H
#define RUNTIME_WAITERS_H

#include "runtime/state.h"

/* A thread begins to wait (rt_thread.set); it goes on, and takes an event unless it was cancelled. */
void waiters_join(struct rt_thread *t);
void waiters_leave(struct rt_thread *t, bool cancelled);

/* The set has one event more or less. */
void waiters_update(struct rt_set *set);

#endif
