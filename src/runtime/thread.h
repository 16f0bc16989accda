/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Threads: CanonicalABI.md#threads. A thread with core frames to keep runs as a job on a stack of its own (eng.h) and
 * suspends there; one without is a state machine: its `entry` runs when it is resumed and may park it again.
 *
 * The implicit thread of a synchronous task runs on its caller's stack and never suspends it: while it waits it runs
 * other threads of its instance on top (canon_lift's loop), and traps where there are none.
 */
#ifndef RUNTIME_THREAD_H
#define RUNTIME_THREAD_H

#include "runtime/state.h"

void thread_init(struct rt_thread *t, struct rt_task *task, bool implicit);

/*
 * Thread.resume: runs `t` (and whoever it switches to) until it blocks or ends. It must not be running. Fails where
 * the store has failed meanwhile. `t` may be gone afterwards.
 */
weir_status thread_resume(struct rt_thread *t, bool cancelled);

/* Runs `t`'s entry for the first time, or as a state machine: on a stack of its own where `on_stack`. */
weir_status thread_run(struct rt_thread *t, bool on_stack);

/* Marks a thread as waiting without blocking C: for state machines. */
void thread_start_waiting(struct rt_thread *t, enum rt_wait wait, bool cancellable);

/* For release.c: goes on with a stack that was held, on which `top` was running. Who waits with it learns what came of it. */
weir_status thread_resume_held(struct rt_thread *owner, struct rt_thread *top);

/* Whether a new task begins on a stack of its own. */
bool thread_wants_stack(const struct rt_task *task);

/* What a blocking built-in waits for. */
struct thread_wait {
  enum rt_wait kind;
  bool cancellable;
  struct rt_set *set;
  struct rt_waitable *waitable;
};

/*
 * Thread.wait_until of the current thread, with its core frames on the stack. *ret_cancelled: a cancellation was
 * delivered instead. Fails: the store has failed or is being freed, or a synchronous task may not block.
 */
weir_status thread_wait_until(struct rt_store *s, const struct thread_wait *wait, bool *ret_cancelled);

/*
 * Traps where the current thread is the implicit thread of a synchronous task and no other thread of its instance is
 * ready: built-ins that may block begin with it, whether or not they would have to (docs/conformance.md, blocking).
 */
weir_status thread_check_may_block(struct rt_store *s);

/* Thread.suspend and Thread.suspend_then_resume / yield_then_resume (other != NULL). */
weir_status thread_suspend(struct rt_store *s, bool cancellable, bool *ret_cancelled);
weir_status thread_switch(struct rt_store *s, bool cancellable, bool yield, struct rt_thread *other,
                          bool *ret_cancelled);

/* Thread.resume_later. */
void thread_resume_later(struct rt_thread *t);

/* Task.deliver_pending_cancel. */
bool thread_deliver_pending_cancel(struct rt_task *task, bool cancellable);

#endif
