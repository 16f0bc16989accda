/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls between instances: canon_lower of the caller, canon_lift of the callee. A subtask is what the caller has of a
 * call, a task what the callee has; either may outlive the other.
 *
 * In order: subtasks; the ends of tasks; what emitted code says meanwhile; the thread of a task; the call.
 */
#include "fuse/rt/rt.h"

struct fr_pass pass;

bool resolved(const struct fr_subtask *s) {
  return s->state > SUB_STARTED;
}

void deliver(struct fr_subtask *s) {
  while (s->lends) {
    struct fr_lend *l = s->lends;
    s->lends = l->next;
    l->handle->num_lends--;
    drop(l, sizeof(*l));
  }
  s->delivered = true;
}

static void progress(struct fr_subtask *s) {
  if (s->progress)
    set_pending(&s->w);
  if (s->caller_task && resolved(s))
    make_ready(s->caller_task);
}

void resolve(struct fr_subtask *s, u8 state) {
  s->state = state;
  progress(s);
}

/* Its task goes on without it. */
void drop_subtask(struct fr_subtask *s) {
  if (s->task)
    s->task->sub = NULL;
  drop(s, sizeof(*s));
}

struct fr_task *new_task(u32 desc, u32 edge, u32 result_tag, u32 options_tag) {
  struct fr_task *t = make(sizeof(*t));
  t->queue = QUEUE_NONE;
  t->inst = desc >> 8 & 0xff;
  t->lift = desc >> 16 & 0xff;
  t->async_typed = desc >> 24 & 1;
  t->exclusive = t->async_typed && t->lift != LIFT_STACKFUL;
  t->edge = edge;
  t->result_tag = result_tag;
  t->options_tag = options_tag;
  return t;
}

EXPORT(begin) struct fr_subtask *begin(u32 desc, u32 edge, u32 result_tag, u32 options_tag) {
  u32 caller = desc & 0xff;
  check_leave(caller);
  struct fr_subtask *s = make(sizeof(*s));
  s->w.kind = SUBTASK;
  s->caller = caller;
  s->lower_async = desc >> 25 & 1;
  s->task = new_task(desc, edge, result_tag, options_tag);
  s->task->sub = s;
  return s;
}

bool deliver_cancel(struct fr_task *t, bool cancellable) {
  if (!cancellable || t->state != PENDING_CANCEL)
    return false;
  t->state = CANCEL_DELIVERED;
  return true;
}

void exit_task(struct fr_task *t) {
  if (t->state != RESOLVED)
    trap_task();
  if (t->exclusive)
    release_lock(&instances[t->inst]);
  if (t->sub)
    t->sub->task = NULL;
  t->ended = true;
  if (!t->is_root)
    drop(t, sizeof(*t));
}

void resolve_task(struct fr_task *t) {
  if (t->num_borrows > 0)
    trap_borrows();
  t->state = RESOLVED;
}

/* The results of a callee that is lifted synchronously are being lowered. */
EXPORT(returned) void returned(struct fr_subtask *s) {
  resolve_task(s->task);
  resolve(s, SUB_RETURNED);
}

/* Direction of what is lifted and lowered from here on. */
EXPORT(backward) void backward(struct fr_subtask *s) {
  pass.src = s->task->inst;
  pass.dst = s->caller;
  pass.task = NULL;
  pass.sub = NULL;
}

EXPORT(post_return) void post_return(u32 runs) {
  posting = runs;
}

/* The thread of a task: everything from entering on. `entered` and `current` are the caller's to restore. */
void enter_task(struct fr_task *t) {
  struct fr_subtask *s = t->sub;
  if (t->exclusive)
    take_lock(t);
  current = t;
  t->state = STARTED;
  s->state = SUB_STARTED;
  if (s->progress)
    set_pending(&s->w);
  pass.src = s->caller;
  pass.dst = t->inst;
  pass.task = t;
  pass.sub = s;
  u32 packed = ((start_fn *)t->edge)(s);
  if (t->lift == LIFT_CALLBACK)
    drive(t, packed);
  else
    exit_task(t);
}

/* What a callee with a callback has returned. The task is the current one. */
void drive(struct fr_task *t, u32 packed) {
  u32 code = packed & 15;
  struct fr_instance *i = &instances[t->inst];
  if (code == 0) {
    exit_task(t);
    return;
  }
  if (code > 2)
    trap_task();
  release_lock(i);
  struct fr_set *s = code == 2 ? get_kind(t->inst, packed >> 4, SET) : NULL;
  if (deliver_cancel(t, true)) {
    tell(t, EVENT_TASK_CANCELLED, 0, 0);
    return;
  }
  t->cancellable = true;
  if (s) {
    wait_on(t, s);
  } else {
    t->wait = WAIT_YIELD;
    make_ready(t);
  }
}

void tell(struct fr_task *t, u32 code, u32 p1, u32 p2) {
  take_lock(t);
  drive(t, ((callback_fn *)(t->edge + 2))(code, p1, p2));
}

static void enter_or_wait(struct fr_task *t) {
  struct fr_instance *i = &instances[t->inst];
  if (t->async_typed && (has_backpressure(t) || i->num_waiting_to_enter > 0)) {
    i->num_waiting_to_enter++;
    t->wait = WAIT_ENTER;
    t->cancellable = true;
    make_ready(t);
    return;
  }
  enter_task(t);
}

/* canon_lower, and canon_lift below it. What async lower returns; with a synchronous one the result is in place. */
EXPORT(invoke) u32 invoke(struct fr_subtask *s) {
  struct fr_task *t = s->task, *caller = current;
  struct fr_instance *callee = &instances[t->inst], *from = &instances[s->caller];
  u64 entering = callee->ancestors & ~from->ancestors;
  bool related = (callee->ancestors >> s->caller & 1) || (from->ancestors >> t->inst & 1);
  if (related || (entered & entering))
    trap_enter();
  if (!s->lower_async && t->async_typed && !caller->async_typed)
    trap_block();
  u64 was = entered;
  entered |= entering;
  t->below = caller;
  enter_or_wait(t);
  entered = was;
  current = caller;
  if (!s->lower_async) {
    if (!resolved(s)) {
      s->caller_task = caller;
      block();
      s->caller_task = NULL;
    }
    deliver(s);
    return 0;
  }
  if (resolved(s)) {
    deliver(s);
    drop_subtask(s);
    return SUB_RETURNED;
  }
  s->progress = true;
  s->w.inst = s->caller;
  s->w.index = add(s->caller, s);
  return s->state | s->w.index << 4;
}

/* Behind a synchronous call. */
EXPORT(end) void end(struct fr_subtask *s) {
  drop_subtask(s);
}
