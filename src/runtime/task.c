/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Tasks: life and the count of live ones; entering and leaving, with the threads that a task has; returning;
 * cancellation.
 *
 * What always holds: a task is freed when its last thread has exited, and, if canon_lift's loop looks at it, when
 * that has ended too. store.live_tasks changes in task_new() and task_update_count() alone.
 */
#include "runtime/task.h"

#include "runtime/choice.h"
#include "runtime/enter.h"
#include "runtime/hold.h"
#include "runtime/sched.h"
#include "runtime/table.h"
#include "runtime/thread.h"
#include "runtime/trap.h"

struct rt_task *task_new(struct rt_lift *lift, const struct rt_caller_ops *ops, void *caller,
                         struct rt_instance *caller_inst) {
  struct rt_store *s = lift->inst->store;
  struct rt_task *task = pool_take(&s->pool_tasks);
  if (!task)
    return NULL;
  task->id = 0;
  task->lift = lift;
  task->inst = lift->inst;
  task->state = RT_TASK_INITIAL;
  task->counted = true;
  task->implicit_exited = false;
  task->returning = false;
  task->watched = false;
  task->num_borrows = 0;
  task->thread_count = 0;
  task->callback_packed = 0;
  task->ops = ops;
  task->caller = caller;
  task->caller_inst = caller_inst;
  list_init(&task->cancellable);
  thread_init(&task->implicit, task, true);
  s->live_tasks++;
  return task;
}

/* A task is live until it has resolved and its implicit thread has exited, whatever other threads it has left. */
static void task_update_count(struct rt_task *task) {
  if (!task->counted || !task->implicit_exited || task->state != RT_TASK_RESOLVED)
    return;
  task->counted = false;
  task->inst->store->live_tasks--;
  if (task->ops->exited)
    task->ops->exited(task->caller, task);
}

static void task_end(struct rt_task *task) {
  struct rt_store *s = task->inst->store;
  task->implicit_exited = true;
  task_update_count(task);
  if (!task->watched)
    pool_give(&s->pool_tasks, task);
}

void task_unwatch(struct rt_task *task) {
  task->watched = false;
  if (task->thread_count == 0)
    task_end(task);
}

/* ---- entering and leaving -------------------------------------------------------------------------------------- */

/*
 * The lock may be held by a thread that has been woken and only waits for its turn. It is given its turn first, so
 * that the new task need not wait for it (the tests expect STARTED there, sync-streams.wast). A thread that only yields
 * is not: nothing has happened that it waited for, and the text has the new task wait behind it. Nor is any inside of a
 * synchronous call, where nothing of another instance runs.
 */
static weir_status let_holder_run(struct rt_task *task) {
  struct rt_thread *holder = task->inst->exclusive;
  if (thread_is_in_sync(task->inst->store->current))
    return WEIR_OK;
  if (!task->lift->needs_exclusive || !holder || holder->wait == RT_WAIT_TRUE || !sched_thread_ready(holder))
    return WEIR_OK;
  return thread_resume(holder, false);
}

weir_status task_may_enter(struct rt_task *task, bool *ret_may_enter) {
  *ret_may_enter = true;
  if (!task->lift->type->async)
    return WEIR_OK;
  WEIR_TRY(let_holder_run(task));
  *ret_may_enter =
      !sched_has_backpressure(task) && (task->inst->num_waiting_to_enter == 0 || choice_skip(task->inst->store, false));
  return WEIR_OK;
}

weir_status task_entered(struct rt_task *task) {
  if (task->lift->needs_exclusive)
    task_take_exclusive(task);
  return task_register_thread(task, &task->implicit);
}

void task_take_exclusive(struct rt_task *task) {
  task->inst->exclusive = &task->implicit;
  task->inst->gate->locked = true;
  sched_lock_changed(task->inst);
}

void task_release_exclusive(struct rt_task *task) {
  task->inst->exclusive = NULL;
  task->inst->gate->locked = false;
  sched_lock_changed(task->inst);
}

weir_status task_register_thread(struct rt_task *task, struct rt_thread *t) {
  if (task->inst->indexes_seen)
    WEIR_TRY(rt_table_add_object(task->inst->store, &task->inst->threads, RT_THREAD, t, &t->index));
  task->thread_count++;
  return WEIR_OK;
}

static weir_status remove_thread(struct rt_task *task, struct rt_thread *t) {
  task->thread_count--;
  if (t->index != 0)
    rt_table_remove(&task->inst->threads, t->index);
  t->index = 0;
  if (task->thread_count == 0 && task->state != RT_TASK_RESOLVED)
    return rt_trap(task->inst->store, "wasm trap: async-lifted export failed to produce a result");
  return WEIR_OK;
}

weir_status task_exit_implicit(struct rt_task *task) {
  WEIR_TRY(remove_thread(task, &task->implicit));
  task->implicit_exited = true;
  task_update_count(task);
  if (task->lift->needs_exclusive)
    task_release_exclusive(task);
  if (task->thread_count == 0)
    task_end(task);
  return WEIR_OK;
}

weir_status task_unregister_thread(struct rt_task *task, struct rt_thread *t) {
  WEIR_TRY(remove_thread(task, t));
  task_update_count(task);
  pool_give(&task->inst->store->pool_threads, t);
  if (task->thread_count == 0)
    task_end(task);
  return WEIR_OK;
}

/* ---- resolving --------------------------------------------------------------------------------------------------- */

static weir_status check_borrows(struct rt_task *task) {
  if (task->num_borrows == 0)
    return WEIR_OK;
  return rt_trap(task->inst->store, "borrow handles still remain at the end of the call");
}

/* Another thread may do it after the implicit one has exited. */
static void task_resolved(struct rt_task *task) {
  task->state = RT_TASK_RESOLVED;
  task_update_count(task);
}

weir_status task_return(struct rt_task *task, struct abi_cx *src, union eng_val *vals, uint32_t max_flat) {
  struct rt_store *s = task->inst->store;
  if (task->state == RT_TASK_RESOLVED)
    return rt_trap(s, "wasm trap: `task.return` or `task.cancel` called more than once for current task");
  WEIR_TRY(check_borrows(task));
  WEIR_TRY(hold_while_frozen(s, task->caller_inst));
  task->returning = true;
  WEIR_TRY(rt_fail(s, task->ops->resolve(task->caller, task, src, vals, max_flat)));
  task_resolved(task);
  return WEIR_OK;
}

weir_status task_cancel(struct rt_task *task) {
  struct rt_store *s = task->inst->store;
  if (task->state != RT_TASK_CANCEL_DELIVERED)
    return rt_trap(s, task->state == RT_TASK_RESOLVED
                          ? "wasm trap: `task.return` or `task.cancel` called more than once for current task"
                          : "wasm trap: `task.cancel` called by task which has not been cancelled");
  WEIR_TRY(check_borrows(task));
  WEIR_TRY(hold_while_frozen(s, task->caller_inst));
  WEIR_TRY(rt_fail(s, task->ops->resolve(task->caller, task, NULL, NULL, 0)));
  task_resolved(task);
  return WEIR_OK;
}

weir_status task_cancel_unentered(struct rt_task *task) {
  struct rt_instance *inst = task->inst;
  inst->num_waiting_to_enter--;
  enter_update_gate(inst);
  WEIR_TRY(task_cancel(task));
  task_end(task);
  sched_lock_changed(inst); /* it may have been the one that was let through */
  return WEIR_OK;
}

/* ---- cancellation ------------------------------------------------------------------------------------------------ */

/*
 * The candidate number `skip` of the threads that block cancellably and may run now: all but the implicit one, at
 * most.
 */
static struct rt_thread *cancellation_candidate(struct rt_task *task, uint32_t skip) {
  struct rt_thread *holder = task->inst->exclusive;
  bool implicit_barred = task->lift->needs_exclusive && holder && holder != &task->implicit;
  for (struct list *n = task->cancellable.next; n != &task->cancellable; n = n->next) {
    struct rt_thread *t = LIST_OWNER(n, struct rt_thread, cancel);
    task->inst->store->steps++;
    if ((!t->implicit || !implicit_barred) && skip-- == 0)
      return t;
  }
  return NULL;
}

static struct rt_thread *cancellation_target(struct rt_task *task) {
  struct rt_store *s = task->inst->store;
  uint32_t count = 0;
  while (choice_open(s, CHOICE_TARGETS) && cancellation_candidate(task, count))
    count++;
  return cancellation_candidate(task, choice_of(s, CHOICE_TARGETS, count));
}

weir_status task_request_cancellation(struct rt_task *task, struct rt_instance *caller) {
  if (task->state == RT_TASK_INITIAL) {
    task->state = RT_TASK_CANCEL_DELIVERED;
    return thread_resume(&task->implicit, true);
  }
  struct rt_thread *target = cancellation_target(task);
  uint32_t levels = enter_count_levels(task->inst, caller);
  if (!target || !enter_is_allowed(task->inst, levels)) {
    task->state = RT_TASK_PENDING_CANCEL;
    return WEIR_OK;
  }
  struct rt_instance *inst = task->inst;
  task->state = RT_TASK_CANCEL_DELIVERED;
  enter_set_allowed(inst, levels, false);
  weir_status status = thread_resume(target, true);
  enter_set_allowed(inst, levels, true);
  return status;
}
