/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* task.return, task.cancel, context.*, backpressure.*. See builtin.h. */
#include "runtime/builtin.h"
#include "runtime/cx.h"
#include "runtime/enter.h"
#include "runtime/sched.h"
#include "runtime/task.h"
#include "runtime/trap.h"

/* LiftOptions.equal; a task.return that names no memory needs none (the tests ask for that, the text does not say). */
static bool same_lift_options(const struct rt_opts *given, const struct rt_opts *lift) {
  return given->encoding == lift->encoding && (!given->memory || given->memory == lift->memory);
}

weir_status builtin_task_return(struct rt_trampoline *t, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  struct rt_task *task = s->current->task;
  if (!task->lift->opts.async)
    return rt_trap(s, "wasm trap: `task.return` called by a task of a function that is not lifted async");
  if (task->lift->type->result != t->decl->value_type || !same_lift_options(&t->opts, &task->lift->opts))
    return rt_trap(s, "wasm trap: invalid `task.return` signature and/or options for current task");
  struct rt_cx cx;
  cx_init(&cx, t->inst, &t->opts);
  cx.task = task;
  return task_return(task, &cx.abi, v, MAX_FLAT_PARAMS);
}

weir_status builtin_task_cancel(struct rt_trampoline *t, union eng_val *v) {
  (void)v;
  struct rt_store *s = t->inst->store;
  struct rt_task *task = s->current->task;
  if (!task->lift->opts.async)
    return rt_trap(s, "wasm trap: `task.cancel` called by a task of a function that is not lifted async");
  return task_cancel(task);
}

/* Of the current thread, or of a realloc that an adapter or the runtime has called. */
static uint64_t *find_slot(const struct rt_trampoline *t) {
  struct standin *own = t->inst->standin;
  return own && own->in_realloc ? &own->realloc_context[t->decl->slot]
                                : &t->inst->store->current->storage[t->decl->slot];
}

weir_status builtin_context_get(struct rt_trampoline *t, union eng_val *v) {
  v[0].u64 = *find_slot(t);
  return WEIR_OK;
}

weir_status builtin_context_set(struct rt_trampoline *t, union eng_val *v) {
  *find_slot(t) = t->decl->is64 ? v[0].u64 : v[0].u32;
  return WEIR_OK;
}

weir_status builtin_backpressure_inc(struct rt_trampoline *t, union eng_val *v) {
  (void)v;
  if (++t->inst->backpressure == 1u << 16)
    return rt_trap(t->inst->store, "wasm trap: backpressure counter overflow");
  enter_update_gate(t->inst);
  sched_backpressure_changed(t->inst);
  return WEIR_OK;
}

weir_status builtin_backpressure_dec(struct rt_trampoline *t, union eng_val *v) {
  (void)v;
  if (t->inst->backpressure == 0)
    return rt_trap(t->inst->store, "wasm trap: backpressure counter underflow");
  t->inst->backpressure--;
  enter_update_gate(t->inst);
  sched_backpressure_changed(t->inst);
  return WEIR_OK;
}
