/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* thread.*. See builtin.h. */
#include "runtime/builtin.h"
#include "runtime/fused_check.h"
#include "runtime/sched.h"
#include "runtime/table.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/trap.h"

weir_status builtin_thread_index(struct rt_trampoline *t, union eng_val *v) {
  v[0].u32 = t->inst->store->current->index;
  return WEIR_OK;
}

weir_status builtin_thread_yield(struct rt_trampoline *t, union eng_val *v) {
  struct thread_wait wait = {.kind = RT_WAIT_TRUE, .cancellable = t->decl->cancellable};
  bool cancelled = false;
  WEIR_TRY(thread_wait_until(t->inst->store, &wait, &cancelled));
  v[0].u32 = cancelled;
  return WEIR_OK;
}

/* ---- explicit threads -------------------------------------------------------------------------------------------- */

static weir_status explicit_body(struct rt_thread *thread) {
  struct rt_task *task = thread->task;
  struct rt_store *s = task->inst->store;
  union eng_val arg = {.u64 = thread->start_arg};
  weir_status status = eng_call(s->eng, &thread->start_func, &arg, 1, &s->failure);
  WEIR_TRY(rt_fail(s, fused_check_left(task->inst, thread, status)));
  return task_unregister_thread(task, thread);
}

static weir_status explicit_start(struct rt_thread *thread) {
  return thread_run(thread, explicit_body);
}

weir_status builtin_thread_new_indirect(struct rt_trampoline *t, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  struct rt_task *task = s->current->task;
  bool is64 = t->decl->is64;
  uint64_t arg = is64 ? v[1].u64 : v[1].u32;
  struct eng_func f;
  WEIR_TRY(rt_fail(s, eng_table_func(s->eng, &t->table, v[0].u32, is64, &f, &s->failure)));
  if (rt_tasks_full(s))
    return rt_limit_tasks(s);
  struct rt_thread *thread = pool_take(&s->pool_threads);
  if (!thread)
    return rt_fail(s, diag_nomem(&s->failure));
  thread_init(thread, task, false);
  thread->start_func = f;
  thread->start_arg = arg;
  thread->cont = explicit_start;
  WEIR_TRY(task_register_thread(task, thread));
  v[0].u32 = thread->index;
  return WEIR_OK;
}

/* ---- giving control away ----------------------------------------------------------------------------------------- */

static weir_status get_thread(struct rt_trampoline *t, uint32_t index, struct rt_thread **ret) {
  void *object = NULL;
  WEIR_TRY(rt_table_object(t->inst->store, &t->inst->threads, index, RT_THREAD, &object));
  *ret = object;
  return WEIR_OK;
}

static weir_status get_suspended(struct rt_trampoline *t, uint32_t index, struct rt_thread **ret) {
  WEIR_TRY(get_thread(t, index, ret));
  if ((*ret)->state != RT_THREAD_SUSPENDED)
    return rt_trap(t->inst->store, "wasm trap: cannot resume thread which is not suspended");
  return WEIR_OK;
}

weir_status builtin_thread_resume_later(struct rt_trampoline *t, union eng_val *v) {
  struct rt_thread *other = NULL;
  WEIR_TRY(get_suspended(t, v[0].u32, &other));
  thread_resume_later(other);
  return WEIR_OK;
}

weir_status builtin_thread_suspend(struct rt_trampoline *t, union eng_val *v) {
  bool cancelled = false;
  WEIR_TRY(thread_check_may_block(t->inst->store));
  WEIR_TRY(thread_suspend(t->inst->store, t->decl->cancellable, &cancelled));
  v[0].u32 = cancelled;
  return WEIR_OK;
}

static weir_status then_resume(struct rt_trampoline *t, bool yield, union eng_val *v) {
  struct rt_thread *other = NULL;
  bool cancelled = false;
  WEIR_TRY(get_suspended(t, v[0].u32, &other));
  WEIR_TRY(thread_switch(t->inst->store, t->decl->cancellable, yield, other, &cancelled));
  v[0].u32 = cancelled;
  return WEIR_OK;
}

weir_status builtin_thread_suspend_then_resume(struct rt_trampoline *t, union eng_val *v) {
  return then_resume(t, false, v);
}

weir_status builtin_thread_yield_then_resume(struct rt_trampoline *t, union eng_val *v) {
  return then_resume(t, true, v);
}

/* Thread.suspend_then_promote and yield_then_promote: falls back to suspend and yield where `other` is not ready. */
static weir_status then_promote(struct rt_trampoline *t, bool yield, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  struct rt_thread *other = NULL;
  bool cancelled = false;
  WEIR_TRY(get_thread(t, v[0].u32, &other));
  if (thread_deliver_pending_cancel(s->current->task, t->decl->cancellable)) {
    v[0].u32 = 1;
    return WEIR_OK;
  }
  if (sched_thread_ready(other))
    WEIR_TRY(thread_switch(s, t->decl->cancellable, yield, other, &cancelled));
  else if (!yield)
    WEIR_TRY(thread_suspend(s, t->decl->cancellable, &cancelled));
  else
    return builtin_thread_yield(t, v);
  v[0].u32 = cancelled;
  return WEIR_OK;
}

weir_status builtin_thread_suspend_then_promote(struct rt_trampoline *t, union eng_val *v) {
  return then_promote(t, false, v);
}

weir_status builtin_thread_yield_then_promote(struct rt_trampoline *t, union eng_val *v) {
  return then_promote(t, true, v);
}
