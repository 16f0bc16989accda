/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * See lift.h. A thread that waits between callbacks, or for entry, has no core frames: it is parked as a state machine
 * and its `entry` goes on from there.
 */
#include "runtime/lift.h"

#include "runtime/choice.h"
#include "runtime/cx.h"
#include "runtime/enter.h"
#include "runtime/event.h"
#include "runtime/hold.h"
#include "runtime/table.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/trap.h"

enum { CALLBACK_EXIT = 0, CALLBACK_YIELD = 1, CALLBACK_WAIT = 2, CALLBACK_MAX = 2 };

static weir_status call_core(struct rt_task *task, const struct eng_func *f, union eng_val *vals, uint32_t count) {
  struct rt_store *s = task->inst->store;
  weir_status status = eng_call(s->eng, f, vals, count, &s->failure);
  return rt_fail(s, status == WEIR_OK && s->failed ? s->failure.status : status);
}

/* ---- callbacks --------------------------------------------------------------------------------------------------- */

static weir_status callback_entry(struct rt_thread *t);

/* Parks the thread between two callbacks, unless it is cancelled, or may go on and chooses to: *ret_parked. */
static weir_status callback_wait(struct rt_task *task, uint32_t code, uint32_t si, bool *ret_parked) {
  struct rt_thread *t = &task->implicit;
  void *set = NULL;
  if (code == CALLBACK_WAIT) {
    WEIR_TRY(rt_table_object(task->inst->store, &task->inst->handles, si, RT_SET, &set));
    ((struct rt_set *)set)->num_waiting++;
  }
  t->set = set;
  t->entry = callback_entry;
  t->cancelled = thread_deliver_pending_cancel(task, true);
  *ret_parked = !t->cancelled && ((t->set && list_empty(&t->set->pending)) || !choice_skip(task->inst->store, false));
  if (*ret_parked)
    thread_start_waiting(t, set ? RT_WAIT_SET_CALLBACK : RT_WAIT_EXCLUSIVE, true);
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

/* The thread is resumed from callback_wait(). */
static weir_status callback_entry(struct rt_thread *t) {
  struct rt_event_tuple event = callback_event(t);
  uint32_t packed;
  WEIR_TRY(callback_call(t->task, event, &packed));
  return callback_loop(t->task, packed);
}

/* ---- the body of the call ---------------------------------------------------------------------------------------------- */

static weir_status finish_sync(struct rt_task *task, struct rt_cx *cx, union eng_val *vals) {
  struct rt_lift *lift = task->lift;
  union eng_val result = vals[0];
  abi_forget(&cx->abi);
  WEIR_TRY(task_return(task, &cx->abi, vals, FLAT_MAX_RESULTS));
  if (lift->opts.has_post_return) {
    *task->inst->may_leave = false;
    vals[0] = result;
    WEIR_TRY(call_core(task, &lift->opts.post_return, vals, lift->result_count));
    *task->inst->may_leave = true;
  }
  return task_exit_implicit(task);
}

static weir_status run_body(struct rt_task *task) {
  struct rt_lift *lift = task->lift;
  union eng_val vals[FLAT_MAX_PARAMS + 1];
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

static weir_status body_entry(struct rt_thread *t) {
  return run_body(t->task);
}

/* The thread is resumed after it had to wait for entry. */
static weir_status entry_after_wait(struct rt_thread *t) {
  if (t->cancelled)
    return task_cancel_unentered(t->task);
  t->task->inst->num_waiting_to_enter--;
  return run_body(t->task);
}

static weir_status begin(struct rt_task *task) {
  bool waits;
  task->implicit.entry = entry_after_wait;
  WEIR_TRY(task_wait_to_enter(task, &waits));
  if (waits)
    return WEIR_OK;
  task->implicit.entry = body_entry;
  return thread_run(&task->implicit, thread_wants_stack(task));
}

weir_status lift_call(struct rt_lift *lift, uint32_t levels, const struct rt_caller_ops *ops, void *caller,
                      struct rt_instance *caller_inst, struct rt_task **ret_task) {
  struct rt_instance *inst = lift->inst;
  struct rt_store *s = inst->store;
  if (s->failed || !instance_may_enter(inst, levels))
    WEIR_TRY(hold_entry(lift, levels));
  if (rt_tasks_full(s))
    return rt_limit_tasks(s);
  struct rt_task *task = task_new(lift, ops, caller, caller_inst);
  if (!task)
    return rt_fail(s, diag_nomem(&s->failure));
  if (ret_task)
    *ret_task = task;
  task->implicit.levels = levels;
  instance_set_may_enter(inst, levels, false);
  weir_status status = begin(task);
  instance_set_may_enter(inst, levels, true);
  return status;
}
