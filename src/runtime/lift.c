/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * canon_lift, in the order in which a call needs its parts last: callbacks and their event loop; the body of the call,
 * with entry in front of it; the loop of synchronous tasks; Store.lift.
 *
 * A thread that waits between callbacks, or for entry, has no core frames: it needs no stack, and its continuation is a
 * function of this file. run_body() and callback_go_on() are called on the stack that the thread has got.
 */
#include "runtime/lift.h"

#include "runtime/choice.h"
#include "runtime/cx.h"
#include "runtime/enter.h"
#include "runtime/errand.h"
#include "runtime/event.h"
#include "runtime/fused_check.h"
#include "runtime/hold.h"
#include "runtime/sched.h"
#include "runtime/table.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/trap.h"

enum { CALLBACK_EXIT = 0, CALLBACK_YIELD = 1, CALLBACK_WAIT = 2, CALLBACK_MAX = 2 };

static weir_status call_core(struct rt_task *task, const struct eng_func *f, union eng_val *vals, uint32_t count) {
  struct rt_store *s = task->inst->store;
  struct rt_thread *self = s->current;
  weir_status status = eng_call(s->eng, f, vals, count, &s->failure);
  status = fused_check_left(task->inst, self, status);
  return rt_fail(s, status == WEIR_OK && s->failed ? s->failure.status : status);
}

/* ---- callbacks --------------------------------------------------------------------------------------------------- */

static weir_status callback_resumed(struct rt_thread *t);

/* Parks the thread between two callbacks, unless it is cancelled, or may go on and chooses to: *ret_parked. */
static weir_status callback_wait(struct rt_task *task, uint32_t code, uint32_t si, bool *ret_parked) {
  struct rt_thread *t = &task->implicit;
  void *set = NULL;
  if (code == CALLBACK_WAIT) {
    WEIR_TRY(rt_table_object(task->inst->store, &task->inst->handles, si, RT_SET, &set));
    ((struct rt_set *)set)->num_waiting++;
  }
  struct thread_wait wait = {.kind = set ? RT_WAIT_SET_CALLBACK : RT_WAIT_EXCLUSIVE, .cancellable = true, .set = set};
  t->set = set;
  t->cancelled = thread_deliver_pending_cancel(task, true);
  *ret_parked = !t->cancelled && ((t->set && t->set->events == 0) || !choice_skip(task->inst->store, false));
  if (!*ret_parked)
    return WEIR_OK;
  t->cont = callback_resumed;
  thread_start_waiting(t, &wait);
  return WEIR_OK;
}

/* What the wait of callback_wait() has ended with. */
static struct rt_event_tuple callback_event(struct rt_thread *t) {
  struct rt_event_tuple event = {RT_EVENT_NONE, 0, 0};
  if (t->cancelled)
    event.code = RT_EVENT_TASK_CANCELLED;
  else if (t->set)
    event = event_of_set(t->task->inst->store, t->set);
  if (t->set)
    t->set->num_waiting--;
  t->set = NULL;
  return event;
}

static weir_status callback_call(struct rt_task *task, struct rt_event_tuple event, uint32_t *ret_packed) {
  union eng_val vals[3] = {{.u32 = event.code}, {.u32 = event.p1}, {.u32 = event.p2}};
  task_take_exclusive(task);
  WEIR_TRY(call_core(task, &task->lift->opts.callback, vals, 3));
  *ret_packed = vals[0].u32;
  return WEIR_OK;
}

/* The event loop: acts on what the guest returned, until it exits or has to wait. */
static weir_status callback_loop(struct rt_task *task, uint32_t packed) {
  for (;;) {
    uint32_t code = packed & 0xf;
    if (code == CALLBACK_EXIT)
      return task_exit_implicit(task);
    if (code > CALLBACK_MAX)
      return rt_trap(task->inst->store, "wasm trap: unsupported callback code: %u", code);
    task_release_exclusive(task);
    bool parked = true;
    WEIR_TRY(callback_wait(task, code, packed >> 4, &parked));
    if (parked)
      return WEIR_OK;
    WEIR_TRY(callback_call(task, callback_event(&task->implicit), &packed));
  }
}

static weir_status callback_go_on(struct rt_thread *t) {
  struct rt_event_tuple event = callback_event(t);
  uint32_t packed;
  WEIR_TRY(callback_call(t->task, event, &packed));
  return callback_loop(t->task, packed);
}

/* The thread is resumed from callback_wait(). */
static weir_status callback_resumed(struct rt_thread *t) {
  return thread_run(t, callback_go_on);
}

/* ---- the body of the call ---------------------------------------------------------------------------------------- */

static weir_status finish_sync(struct rt_task *task, struct rt_cx *cx, union eng_val *vals) {
  struct rt_lift *lift = task->lift;
  union eng_val result = vals[0];
  abi_forget(&cx->abi);
  WEIR_TRY(task_return(task, &cx->abi, vals, MAX_FLAT_RESULTS));
  if (lift->opts.has_post_return) {
    *task->inst->may_leave = false;
    vals[0] = result;
    WEIR_TRY(call_core(task, &lift->opts.post_return, vals, lift->result_count));
    *task->inst->may_leave = true;
  }
  return task_exit_implicit(task);
}

weir_status lift_after_core(struct rt_task *task, union eng_val core_result) {
  struct rt_store *s = task->inst->store;
  if (task->lift->opts.async) {
    rt_fail(s, callback_loop(task, core_result.u32));
  } else {
    struct rt_cx cx;
    cx_init(&cx, task->inst, &task->lift->opts);
    cx.task = task;
    cx.other = task->caller_inst;
    rt_fail(s, finish_sync(task, &cx, &core_result));
  }
  return s->failed ? s->failure.status : WEIR_OK;
}

/* thread_func, once it has entered. */
static weir_status run_body(struct rt_thread *t) {
  struct rt_task *task = t->task;
  struct rt_lift *lift = task->lift;
  union eng_val vals[MAX_FLAT_PARAMS + 1];
  struct rt_cx cx;
  WEIR_TRY(task_entered(task));
  WEIR_TRY(hold_while_frozen(task->inst->store, task->caller_inst));
  task->state = RT_TASK_STARTED;
  cx_init(&cx, task->inst, &lift->opts);
  cx.task = task;
  cx.other = task->caller_inst;
  WEIR_TRY(rt_fail(task->inst->store, task->ops->start(task->caller, task, &cx.abi, vals)));
  WEIR_TRY(call_core(task, &lift->callee, vals, lift->param_count));
  if (!lift->opts.async)
    return finish_sync(task, &cx, vals);
  if (!lift->opts.has_callback)
    return task_exit_implicit(task);
  return callback_loop(task, vals[0].u32);
}

/* The thread is resumed after it had to wait for entry. */
static weir_status entry_resumed(struct rt_thread *t) {
  if (t->cancelled)
    return task_cancel_unentered(t->task);
  t->task->inst->num_waiting_to_enter--;
  enter_update_gate(t->task->inst);
  return thread_run(t, run_body);
}

/* thread_func, from its beginning. */
static weir_status thread_func(struct rt_thread *t) {
  bool may_enter;
  WEIR_TRY(task_may_enter(t->task, &may_enter));
  if (may_enter)
    return thread_run(t, run_body);
  t->task->inst->num_waiting_to_enter++;
  enter_update_gate(t->task->inst);
  t->cont = entry_resumed;
  thread_start_waiting(t, &(struct thread_wait){.kind = RT_WAIT_ENTER, .cancellable = true});
  return WEIR_OK;
}

/* ---- synchronous tasks ------------------------------------------------------------------------------------------- */

/* One turn of canon_lift's loop. A held stack of the instance comes back, maybe with a thread that is ready. */
static weir_status run_another(struct rt_task *task) {
  struct rt_store *s = task->inst->store;
  struct rt_thread *next = sched_next_beside(task->inst);
  if (next)
    return thread_resume(next, false);
  if (hold_of_instance(task->inst))
    return hold_until_others_may_run(s, task->inst);
  return thread_trap_cannot_block(s);
}

/* The loop runs on the caller's stack, as if it were the implicit thread: it has called the threads of its turns. */
static weir_status run_to_result(struct rt_task *task) {
  struct rt_store *s = task->inst->store;
  struct rt_thread *caller = s->current;
  task->watched = true;
  task->implicit.below = caller;
  s->current = &task->implicit;
  weir_status status = thread_resume(&task->implicit, false);
  while (status == WEIR_OK && task->state != RT_TASK_RESOLVED)
    status = run_another(task);
  s->current = caller;
  if (status == WEIR_OK)
    task_unwatch(task);
  return status;
}

static void run_to_result_errand(void *arg) {
  struct rt_task *task = arg;
  if (!task->inst->store->failed)
    run_to_result(task);
}

/*
 * A thread without a stack of its own cannot wait, nor can one of an instance without blocking built-ins, which has one
 * only so that it can be held: no loop is needed. Where the loop may have to be held it needs a stack as well.
 */
static weir_status run_sync(struct rt_task *task, rt_thread_fn begin) {
  struct rt_store *s = task->inst->store;
  struct rt_thread *t = &task->implicit;
  if (!thread_wants_stack(t) || !task->inst->decl->can_block)
    return thread_start(t, begin);
  t->cont = begin;
  if (!s->always_stacks || s->stack_owner || s->starting)
    return run_to_result(task);
  if (errand_on_stack(s, task->inst, run_to_result_errand, task) != WEIR_OK)
    return rt_fail(s, diag_nomem(&s->failure));
  return s->failed ? s->failure.status : WEIR_OK;
}

weir_status lift_run_sync(struct rt_task *task, rt_thread_fn begin) {
  struct rt_instance *inst = task->inst;
  inst->gate->sync_tasks = ++inst->sync_tasks;
  weir_status status = run_sync(task, begin);
  inst->gate->sync_tasks = --inst->sync_tasks;
  return status;
}

weir_status lift_call(struct rt_lift *lift, uint32_t levels, const struct rt_caller_ops *ops, void *caller,
                      struct rt_instance *caller_inst, struct rt_task **ret_task) {
  struct rt_instance *inst = lift->inst;
  struct rt_store *s = inst->store;
  if (s->failed || !enter_is_allowed(inst, levels))
    WEIR_TRY(hold_entry(lift, levels));
  if (rt_tasks_full(s))
    return rt_limit_tasks(s);
  struct rt_task *task = task_new(lift, ops, caller, caller_inst);
  if (!task)
    return rt_fail(s, diag_nomem(&s->failure));
  if (ret_task)
    *ret_task = task;
  task->implicit.levels = levels;
  enter_set_allowed(inst, levels, false);
  weir_status status =
      lift->type->async ? thread_start(&task->implicit, thread_func) : lift_run_sync(task, thread_func);
  enter_set_allowed(inst, levels, true);
  return status;
}
