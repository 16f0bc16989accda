/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Built-ins of the current task. */
#include "fuse/rt/rt.h"

/* Where emitted code puts the arguments of task.return. */
static u64 scratch[MAX_ARGS];
EXPORT(scratch) u64 *get_scratch(void) {
  return scratch;
}

/* A number of a memory << 2 | encoding of strings. A task.return that names no memory needs none. */
static bool same_options(u32 given, u32 lift) {
  return (given & 3) == (lift & 3) && (given >> 2 == 0 || given == lift);
}

/* Whether the root's own task returns, which is the outer runtime's to do. */
EXPORT(task_return) u32 task_return(u32 inst, u32 result_tag, u32 options_tag) {
  struct fr_task *t = current;
  check_leave(inst);
  if (t->lift == LIFT_SYNC || t->result_tag != result_tag || !same_options(options_tag, t->options_tag) ||
      t->state == RESOLVED)
    trap_task();
  if (t->is_root) {
    resolve_task(t);
    return 1;
  }
  struct fr_subtask *s = t->sub;
  pass.src = t->inst;
  pass.dst = s->caller;
  pass.task = NULL;
  pass.sub = NULL;
  if (t->num_borrows > 0)
    trap_borrows();
  ((finish_fn *)(t->edge + 1))(s, scratch);
  resolve_task(t);
  resolve(s, SUB_RETURNED);
  return 0;
}

EXPORT(task_cancel) u32 task_cancel(u32 inst) {
  struct fr_task *t = current;
  check_leave(inst);
  if (t->lift == LIFT_SYNC || t->state != CANCEL_DELIVERED)
    trap_task();
  resolve_task(t);
  if (t->is_root)
    return 1;
  resolve(t->sub, SUB_CANCELLED_BEFORE_RETURNED);
  return 0;
}

static struct fr_task *context_of(u32 inst) {
  return may_leave(inst) || posting ? current : &realloc_context;
}

EXPORT(context_get) u64 context_get(u32 inst, u32 slot) {
  return context_of(inst)->context[slot];
}

EXPORT(context_set) void context_set(u32 inst, u32 slot, u64 value) {
  context_of(inst)->context[slot] = value;
}

/* A realloc begins. */
EXPORT(fresh) void fresh(void) {
  realloc_context.context[0] = realloc_context.context[1] = 0;
}

EXPORT(backpressure_inc) void backpressure_inc(u32 inst) {
  if (++instances[inst].backpressure == 1 << 16)
    trap_task();
  if (instances[inst].backpressure == 1)
    backpressure_changed(&instances[inst]);
  if (instances[inst].is_exported)
    outer_backpressure_inc();
}

EXPORT(backpressure_dec) void backpressure_dec(u32 inst) {
  if (instances[inst].backpressure-- == 0)
    trap_task();
  if (instances[inst].is_exported)
    outer_backpressure_dec();
  if (instances[inst].backpressure == 0)
    backpressure_changed(&instances[inst]);
}

EXPORT(thread_yield) u32 thread_yield(u32 inst, u32 cancellable) {
  struct fr_task *t = current;
  check_leave(inst);
  if (deliver_cancel(t, cancellable))
    return 1;
  make_ready(t);
  block();
  return 0;
}
