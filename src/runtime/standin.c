/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The runtime's half of stand-ins (standin.h). In order: the task of one, of a synchronous function and
 * of an async one; all of them; the ends of their calls; the memory that they are in.
 *
 * What always holds: rt_instance.made has the task that has replaced the instance's stand-in, until its call ends, and
 * the task runs on its caller's stack. Nothing that is read in the memory is trusted, since a fused module may have
 * written there.
 */
#include "runtime/standin.h"

#include "adapter/plan.h"
#include "runtime/cx.h"
#include "runtime/direct.h"
#include "runtime/enter.h"
#include "runtime/frame.h"
#include "runtime/fused_check.h"
#include "runtime/lend.h"
#include "runtime/lift.h"
#include "runtime/lower.h"
#include "runtime/standin_find.h"
#include "runtime/subtask.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/trap.h"

/* ---- the task of one --------------------------------------------------------------------------------------------- */

static weir_status make_sync(struct rt_instance *inst, const struct rt_trampoline *t) {
  if (!inst->frame)
    return fused_trap_adapter(inst->root);
  inst->made.before = inst->store->current;
  WEIR_TRY(direct_enter(inst->frame, t->callee, t->enter_levels));
  inst->made.task = &inst->frame->task;
  for (uint32_t i = 0; i < RT_CONTEXT_SLOTS; i++)
    inst->frame->thread.storage[i] = inst->standin->context[i];
  return WEIR_OK;
}

/* The call has a subtask now, which has the loans. */
static weir_status give_loans(struct rt_instance *callee, struct rt_subtask *st) {
  if (callee->borrowed.count > 0 && callee->lender != st->lower->inst)
    return fused_trap_adapter(callee->root);
  for (uint32_t i = 0; i < callee->borrowed.count; i++) {
    lend_end(callee->lender, callee->borrowed.data[i]);
    WEIR_TRY(subtask_add_lender(st, callee->borrowed.data[i]));
  }
  callee->borrowed.count = 0;
  return WEIR_OK;
}

/* canon_lower and canon_lift up to the callee's core function. */
static weir_status begin_task(struct rt_instance *inst, struct rt_trampoline *t) {
  struct rt_store *s = inst->store;
  struct rt_subtask *st;
  WEIR_TRY(lower_begin_started(t, inst->standin->out, &st));
  WEIR_TRY(give_loans(inst, st));
  struct rt_task *task = st->callee;
  struct rt_thread *thread = &task->implicit;
  thread->levels = t->enter_levels;
  enter_set_allowed(inst, t->enter_levels, false);
  WEIR_TRY(task_entered(task));
  task->state = RT_TASK_STARTED;
  thread->state = RT_THREAD_RUNNING;
  thread->in_sync = thread_is_in_sync(s->current);
  thread->below = s->current;
  for (uint32_t i = 0; i < RT_CONTEXT_SLOTS; i++)
    thread->storage[i] = inst->standin->context[i];
  inst->made = (struct rt_made){task, st, s->current};
  s->current = thread;
  return WEIR_OK;
}

/* The emitted task.return has checked that the options are the lift's, and the values. */
static weir_status return_values(struct rt_task *task, const struct standin *from) {
  union eng_val vals[MAX_FLAT_PARAMS];
  struct rt_cx cx;
  for (uint32_t i = 0; i < MAX_FLAT_PARAMS; i++)
    vals[i].u64 = from->values[i];
  cx_init(&cx, task->inst, &task->lift->opts);
  cx.task = task;
  return task_return(task, &cx.abi, vals, MAX_FLAT_PARAMS);
}

static weir_status make_async(struct rt_instance *inst, struct rt_trampoline *t, uint32_t state) {
  const struct weir_type *result = t->callee->type->result;
  bool too_many = state == STANDIN_RETURNED && result && result->flat_count[0] > MAX_FLAT_PARAMS;
  if (t->callee->opts.async != t->callee->opts.has_callback || too_many)
    return fused_trap_adapter(inst->root);
  WEIR_TRY(begin_task(inst, t));
  return state == STANDIN_RETURNED ? return_values(inst->made.task, inst->standin) : WEIR_OK;
}

static weir_status make_task(struct rt_instance *inst) {
  struct rt_store *s = inst->store;
  struct rt_trampoline *t = standin_call_of(inst->root, inst);
  uint32_t state = inst->standin->state;
  bool running = s->current && s->current->task->lift && t && s->current->task->inst == t->inst;
  if (!running || s->always_stacks || inst->made.task || (state != STANDIN_RETURNED && !standin_is_started(state)) ||
      !enter_is_allowed(inst, t->enter_levels))
    return fused_trap_adapter(inst->root);
  inst->standin->state = STANDIN_MADE;
  return t->callee->type->async ? make_async(inst, t, state) : make_sync(inst, t);
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

/* The oldest one, with `below` of each leading to the next newer one; NULL: it is no chain. */
static struct rt_instance *turn_round(struct rt_root *root) {
  uint32_t at = standin_hide(root), newer = 0;
  struct rt_instance *inst = NULL;
  for (uint32_t i = 0; at != 0; i++) {
    inst = i < root->standin_count ? standin_owner_at(root, at) : NULL;
    if (!inst)
      return NULL;
    uint32_t below = inst->standin->below;
    inst->standin->below = newer;
    newer = at;
    at = below;
  }
  return inst;
}

weir_status standin_make_tasks(struct rt_root *root) {
  struct rt_instance *inst = turn_round(root);
  for (uint32_t i = 0; inst; i++) {
    if (i == root->standin_count)
      return fused_trap_adapter(root);
    WEIR_TRY(make_task(inst));
    if (inst->standin->below == 0)
      return WEIR_OK;
    inst = standin_owner_at(root, inst->standin->below);
  }
  return fused_trap_adapter(root);
}

/* ---- the ends of calls ------------------------------------------------------------------------------------------- */

static weir_status take_made(struct rt_trampoline *t, bool async, struct rt_made *ret) {
  struct rt_instance *inst = t->callee->inst;
  *ret = inst->made;
  const struct rt_thread *runs = ret->task ? inst->store->current : NULL;
  if (!runs || runs->task != ret->task || ret->task->lift != t->callee || t->callee->type->async != async ||
      (async && ret->subtask->lower != t))
    return fused_trap_adapter(inst->root);
  inst->made = (struct rt_made){0};
  inst->standin->state = STANDIN_NONE;
  return WEIR_OK;
}

weir_status standin_finish(struct rt_trampoline *t, union eng_val core_result, union eng_val *vals) {
  struct rt_store *s = t->inst->store;
  struct rt_made made;
  WEIR_TRY(take_made(t, true, &made));
  weir_status status = lift_after_core(made.task, core_result);
  s->current = made.before;
  enter_set_allowed(t->callee->inst, t->enter_levels, true);
  return lower_end(made.subtask, status, vals);
}

weir_status standin_leave(struct rt_trampoline *t) {
  struct rt_made made;
  WEIR_TRY(take_made(t, false, &made));
  direct_leave(t->callee->inst->frame, t->callee, t->enter_levels);
  return WEIR_OK;
}

/* ---- the memory -------------------------------------------------------------------------------------------------- */

void standin_init(struct rt_root *root) {
  root->standin_top = &root->no_standin;
  for (uint32_t i = 0; i < root->graph->instance_count; i++)
    root->instances[i].gate = &root->instances[i].own_gate;
}

static weir_status take_standins(struct rt_root *root, const struct adapter_plan *plan, uint8_t *memory) {
  uint32_t count = root->graph->instance_count;
  root->standin_owners = ARENA_ARRAY(&root->arena, struct rt_instance *, plan->standin_count);
  if (!root->standin_owners)
    return diag_nomem(&root->store->failure);
  root->standin_count = plan->standin_count;
  const struct standin_layout l = standin_layout(count, plan->standin_count);
  root->standin_first = l.first;
  root->standin_top = (uint32_t *)(void *)(memory + l.top);
  for (uint32_t i = 0; i < count; i++) {
    struct rt_instance *inst = &root->instances[i];
    inst->gate = (struct standin_gate *)(void *)(memory + standin_gate_at(&l, i));
    *inst->gate = inst->own_gate;
    if (plan->standin_of[i] == GRAPH_NONE)
      continue;
    inst->standin = (struct standin *)(void *)(memory + standin_at(&l, plan->standin_of[i]));
    inst->frame = ARENA_NEW(&root->arena, struct rt_frame);
    if (!inst->frame)
      return diag_nomem(&root->store->failure);
    root->standin_owners[plan->standin_of[i]] = inst;
  }
  return WEIR_OK;
}

weir_status standin_take(struct rt_root *root, const struct adapter_plan *plan, uint8_t *memory, size_t size) {
  if (plan->standin_count == 0)
    return WEIR_OK;
  if (size < standin_layout(root->graph->instance_count, plan->standin_count).end)
    return diag_set(&root->store->failure, WEIR_ERR_INVALID, "the memory of flags has no room for stand-ins");
  return take_standins(root, plan, memory);
}
