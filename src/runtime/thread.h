/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Threads: CanonicalABI.md#threads. A thread that does not run has a continuation (rt_thread.stack or .cont), and is
 * suspended or waiting; what has neither runs, or waits for what it has called to come back.
 *
 * A thread with core frames to keep has a stack of its own, and only the owner of a stack can suspend it. What cannot
 * have to wait runs on its caller's stack: tasks of instances without blocking built-ins, and synchronous tasks of
 * instances in which no other thread can ever become ready meanwhile (root.c). So whatever can be resumed can go on.
 */
#ifndef RUNTIME_THREAD_H
#define RUNTIME_THREAD_H

#include "runtime/state.h"

void thread_init(struct rt_thread *t, struct rt_task *task, bool implicit);

/*
 * Thread.resume: goes on with `t`, and with threads that it switches to, until one blocks or ends. `t` must not run.
 * Fails where the store has failed meanwhile. `t` may be gone afterwards.
 */
weir_status thread_resume(struct rt_thread *t, bool cancelled);

/* Thread.resume of a new thread, which begins with `cont`. */
weir_status thread_start(struct rt_thread *t, rt_thread_fn cont);

/*
 * For a continuation that is about to enter a guest: calls `fn` as the thread, on a stack of its own if it needs one.
 * `t` may have been suspended, or be gone, afterwards.
 */
weir_status thread_run(struct rt_thread *t, rt_thread_fn fn);

/*
 * Whether a synchronous call is under way, of a guest or on its way back to one, where that thread is current (or
 * NULL).
 */
bool thread_is_in_sync(const struct rt_thread *current);

/* Whether thread_run() gives it a stack of its own. */
bool thread_wants_stack(const struct rt_thread *t);

/* What a thread waits for. */
struct thread_wait {
  enum rt_wait kind;
  bool cancellable;
  struct rt_set *set;
  struct rt_waitable *waitable;
};

/* start_waiting_internal: for threads without frames this is all; C goes on. */
void thread_start_waiting(struct rt_thread *t, const struct thread_wait *wait);

/*
 * For release.c: goes on with a stack that was held, on which `top` was running. A stack that waits with it learns of
 * its end.
 */
weir_status thread_resume_held(struct rt_thread *owner, struct rt_thread *top);

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

/* "cannot block a synchronous task before returning", as the current thread. */
weir_status thread_trap_cannot_block(struct rt_store *s);

/* Thread.suspend and Thread.suspend_then_resume / yield_then_resume (other != NULL). */
weir_status thread_suspend(struct rt_store *s, bool cancellable, bool *ret_cancelled);
weir_status thread_switch(struct rt_store *s, bool cancellable, bool yield, struct rt_thread *other,
                          bool *ret_cancelled);

/* Thread.resume_later. */
void thread_resume_later(struct rt_thread *t);

/* Task.deliver_pending_cancel. */
bool thread_deliver_pending_cancel(struct rt_task *task, bool cancellable);

#endif
