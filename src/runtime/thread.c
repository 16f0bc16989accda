/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Threads: how they begin, go on, and block. In order: a thread's state; running and resuming, which switch stacks;
 * blocking, for built-ins with core frames.
 *
 * What always holds: a thread that does not run has one continuation, which resuming takes away; store.current is
 * the thread whose code runs; store.stack_owner is the one whose stack it runs on, and only that one can suspend it.
 * Code that leaves a stack comes to back_to(), which puts both back as they were.
 */
#include "runtime/thread.h"

#include "runtime/choice.h"
#include "runtime/hold.h"
#include "runtime/sched.h"
#include "runtime/trap.h"

void thread_init(struct rt_thread *t, struct rt_task *task, bool implicit) {
  t->task = task;
  t->state = RT_THREAD_SUSPENDED;
  t->wait = RT_WAIT_NONE;
  t->cancellable = false;
  t->cancelled = false;
  t->implicit = implicit;
  t->in_sync = false;
  t->queue = RT_QUEUE_NONE;
  t->awake = false;
  t->held = RT_HOLD_NONE;
  t->index = 0;
  t->storage[0] = t->storage[1] = 0;
  list_init(&t->node);
  list_init(&t->sleeper);
  list_init(&t->cancel);
  t->stack = NULL;
  t->cont = NULL;
  t->set = NULL;
  t->waitable = NULL;
  t->below = NULL;
  t->levels = 0;
  t->nest = NULL;
}

bool thread_deliver_pending_cancel(struct rt_task *task, bool cancellable) {
  if (!cancellable || task->state != RT_TASK_PENDING_CANCEL)
    return false;
  task->state = RT_TASK_CANCEL_DELIVERED;
  return true;
}

/* What both ways of blocking have in common. */
static void leave_running(struct rt_thread *t, enum rt_thread_state state, bool cancellable) {
  t->state = (uint8_t)state;
  t->cancellable = cancellable;
  if (cancellable)
    list_append(&t->task->cancellable, &t->cancel);
  t->task->returning = false;
}

void thread_start_waiting(struct rt_thread *t, const struct thread_wait *wait) {
  leave_running(t, RT_THREAD_WAITING, wait->cancellable);
  t->wait = (uint8_t)wait->kind;
  t->set = wait->set;
  t->waitable = wait->waitable;
  sched_start_waiting(t);
}

static void start_running(struct rt_thread *t, bool cancelled) {
  if (t->state == RT_THREAD_WAITING)
    sched_stop_waiting(t, cancelled);
  list_remove(&t->cancel);
  t->state = RT_THREAD_RUNNING;
  t->wait = RT_WAIT_NONE;
  t->cancellable = false;
  t->cancelled = cancelled;
}

/* ---- resuming -------------------------------------------------------------------------------------------------- */

static weir_status status_of(const struct rt_store *s) {
  return s->failed ? s->failure.status : WEIR_OK;
}

/*
 * The stack of `t` has been left: by its end (NULL; `t` may be gone), by a wait, or since it is held. Back to
 * `before`, which may have to wait with it.
 */
static weir_status back_to(struct rt_thread *before, struct rt_thread *owner, struct rt_thread *t,
                           struct eng_stack *stack, struct rt_store *s) {
  if (stack)
    t->stack = stack;
  if (stack && eng_stack_set_aside(stack))
    hold_aside(s, t);
  s->paused = stack && hold_keeps_caller(t) ? t : NULL;
  s->current = before;
  s->stack_owner = owner;
  if (s->paused && owner && !s->failed)
    rt_fail(s, hold_with_nested(s));
  return status_of(s);
}

static void run_job(void *arg) {
  struct rt_thread *t = arg;
  struct rt_store *s = t->task->inst->store;
  rt_thread_fn fn = t->cont;
  t->cont = NULL;
  rt_fail(s, fn(t));
}

static weir_status run_on_stack(struct rt_thread *t, rt_thread_fn fn) {
  struct rt_store *s = t->task->inst->store;
  struct rt_thread *before = s->current, *owner = s->stack_owner;
  struct eng_stack *stack = NULL;
  if (eng_stack_suspended(s->eng) + eng_stack_running(s->eng) >= s->limits.stacks)
    return rt_limit(s, s->limits.stacks, "stacks of guests", "max_stacks");
  s->current = s->stack_owner = t;
  t->cont = fn;
  rt_fail(s, eng_stack_start(s->eng, run_job, t, &stack, &s->failure));
  return back_to(before, owner, t, stack, s);
}

bool thread_is_in_sync(const struct rt_thread *current) {
  return current && (current->in_sync || (current->task->lift && rt_task_is_sync(current->task)));
}

bool thread_wants_stack(const struct rt_thread *t) {
  const struct rt_lift *lift = t->task->lift;
  const struct rt_store *s = t->task->inst->store;
  if (!t->implicit || !lift || lift->needs_stack)
    return true;
  if (!s->always_stacks || s->starting)
    return false;
  return lift->type->async || !s->stack_owner || lift->inst->decl->can_block;
}

weir_status thread_run(struct rt_thread *t, rt_thread_fn fn) {
  struct rt_store *s = t->task->inst->store;
  struct rt_thread *before = s->current;
  t->in_sync = thread_is_in_sync(before);
  if (thread_wants_stack(t))
    return run_on_stack(t, fn);
  t->below = before;
  s->current = t;
  rt_fail(s, fn(t));
  s->current = before;
  return status_of(s);
}

/* Goes on with the stack of `t`, where `top` was running. The field is taken before since the thread may end there. */
static weir_status resume_stack(struct rt_thread *t, struct rt_thread *top) {
  struct rt_store *s = t->task->inst->store;
  struct rt_thread *before = s->current, *owner = s->stack_owner;
  struct eng_stack *stack = t->stack;
  t->stack = NULL;
  s->current = top;
  s->stack_owner = t;
  bool ended = eng_stack_resume(stack);
  return back_to(before, owner, t, ended ? NULL : stack, s);
}

static weir_status resume_one(struct rt_thread *t, bool cancelled) {
  rt_thread_fn cont = t->cont;
  if (!t->stack && !cont)
    return rt_trap(t->task->inst->store, "a thread is resumed that has no continuation: a fault of the runtime");
  start_running(t, cancelled);
  if (t->stack) {
    t->in_sync = thread_is_in_sync(t->task->inst->store->current);
    return resume_stack(t, t);
  }
  t->cont = NULL;
  return cont(t);
}

/* The loop of Thread.resume: goes on with the thread that was switched to. */
static weir_status follow_switches(struct rt_store *s, weir_status status) {
  while (status == WEIR_OK && s->switch_to) {
    struct rt_thread *next = s->switch_to;
    s->switch_to = NULL;
    status = resume_one(next, false);
  }
  return status;
}

weir_status thread_resume(struct rt_thread *t, bool cancelled) {
  struct rt_store *s = t->task->inst->store;
  return follow_switches(s, resume_one(t, cancelled));
}

weir_status thread_start(struct rt_thread *t, rt_thread_fn cont) {
  struct rt_store *s = t->task->inst->store;
  t->state = RT_THREAD_RUNNING; /* thread_init() has set the rest: a new thread does not wait */
  return follow_switches(s, cont(t));
}

weir_status thread_resume_held(struct rt_thread *owner, struct rt_thread *top) {
  struct rt_store *s = owner->task->inst->store;
  struct rt_nest *nest = owner->nest;
  owner->nest = NULL;
  weir_status status = follow_switches(s, resume_stack(owner, top));
  if (nest && s->paused)
    s->paused->nest = nest;
  else if (nest)
    nest->over = true;
  return status;
}

void thread_resume_later(struct rt_thread *t) {
  bool cancellable = t->cancellable;
  list_remove(&t->cancel);
  thread_start_waiting(t, &(struct thread_wait){.kind = RT_WAIT_TRUE, .cancellable = cancellable});
}

/* ---- blocking ---------------------------------------------------------------------------------------------------- */

weir_status thread_trap_cannot_block(struct rt_store *s) {
  return rt_trap(s,
                 "wasm trap: deadlock detected: event loop cannot make further progress: "
                 "cannot block a synchronous task before returning");
}

/* Gives control away until someone resumes the current thread, whose state says how it waits. */
static weir_status block(struct rt_store *s, bool *ret_cancelled) {
  struct rt_thread *self = s->current;
  weir_status status = s->stack_owner == self ? eng_suspend(s->eng) : thread_trap_cannot_block(s);
  if (status == WEIR_OK)
    status = status_of(s);
  *ret_cancelled = status == WEIR_OK && self->cancelled;
  return status;
}

weir_status thread_check_may_block(struct rt_store *s) {
  const struct rt_thread *self = s->current;
  if (!self->implicit || !rt_task_is_sync(self->task) || sched_has_next_beside(self->task->inst, false))
    return WEIR_OK;
  return hold_of_instance(self->task->inst) ? WEIR_OK : thread_trap_cannot_block(s);
}

weir_status thread_wait_until(struct rt_store *s, const struct thread_wait *wait, bool *ret_cancelled) {
  struct rt_thread *self = s->current;
  *ret_cancelled = false;
  if (thread_deliver_pending_cancel(self->task, wait->cancellable)) {
    *ret_cancelled = true;
    return WEIR_OK;
  }
  if (wait->kind == RT_WAIT_SET && wait->set->events > 0 && choice_skip(s, true))
    return WEIR_OK;
  if (wait->kind == RT_WAIT_TRUE && (s->stack_owner != self || choice_skip(s, false)))
    return WEIR_OK; /* a thread that is alone, in a synchronous task, would be chosen at once */
  thread_start_waiting(self, wait);
  return block(s, ret_cancelled);
}

weir_status thread_suspend(struct rt_store *s, bool cancellable, bool *ret_cancelled) {
  struct rt_thread *self = s->current;
  *ret_cancelled = false;
  if (thread_deliver_pending_cancel(self->task, cancellable)) {
    *ret_cancelled = true;
    return WEIR_OK;
  }
  leave_running(self, RT_THREAD_SUSPENDED, cancellable);
  return block(s, ret_cancelled);
}

weir_status thread_switch(struct rt_store *s, bool cancellable, bool yield, struct rt_thread *other,
                          bool *ret_cancelled) {
  struct rt_thread *self = s->current;
  *ret_cancelled = false;
  if (thread_deliver_pending_cancel(self->task, cancellable)) {
    *ret_cancelled = true;
    return WEIR_OK;
  }
  if (yield)
    thread_start_waiting(self, &(struct thread_wait){.kind = RT_WAIT_TRUE, .cancellable = cancellable});
  else
    leave_running(self, RT_THREAD_SUSPENDED, cancellable);
  s->switch_to = other;
  return block(s, ret_cancelled);
}
