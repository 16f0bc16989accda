/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The caller's half of a call: where its arguments and results lie; OnStart and OnResolve towards a guest; the two
 * ways of calling, synchronous and asynchronous. OnStart lifts the arguments out of the caller, OnResolve lowers the
 * result into it. A subtask that ends at once never gets a handle.
 */
#include "runtime/lower.h"

#include "runtime/lift.h"
#include "runtime/subtask.h"
#include "runtime/sync.h"
#include "runtime/table.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/trap.h"

/* ---- where values are in the caller ------------------------------------------------------------------------------ */

static void caller_cx(struct rt_subtask *st, struct rt_cx *cx) {
  cx_init(cx, st->lower->inst, &st->lower->opts);
  cx->subtask = st;
}

static weir_status find_args(const struct rt_trampoline *t, struct rt_cx *cx, union eng_val *args,
                             struct abi_place *ret) {
  uint32_t max = t->opts.async ? MAX_FLAT_ASYNC_PARAMS : MAX_FLAT_PARAMS;
  return abi_source(&cx->abi, t->decl->type->params, max, args, ret);
}

static weir_status args_place(struct rt_subtask *st, struct rt_cx *cx, struct abi_place *ret) {
  return find_args(st->lower, cx, st->args, ret);
}

/* Results that do not travel flat go behind the last core parameter. */
static weir_status find_result(const struct rt_trampoline *t, struct rt_cx *cx, const union eng_val *args,
                               union eng_val *results, struct abi_place *ret) {
  uint64_t out = 0;
  if (t->param_count > 0)
    out = t->opts.memory64 ? args[t->param_count - 1].u64 : args[t->param_count - 1].u32;
  return abi_target(&cx->abi, t->decl->type->result, t->opts.async ? 0 : MAX_FLAT_RESULTS, results, &out, ret);
}

static weir_status result_place(struct rt_subtask *st, struct rt_cx *cx, struct abi_place *ret) {
  return find_result(st->lower, cx, st->args, st->results, ret);
}

weir_status lower_args_at_once(struct rt_trampoline *t, union eng_val *vals, struct rt_cx *cx, struct abi_place *ret) {
  cx_init(cx, t->inst, &t->opts);
  return find_args(t, cx, vals, ret);
}

weir_status lower_result_at_once(struct rt_trampoline *t, union eng_val *vals, struct rt_cx *cx,
                                 struct abi_place *ret) {
  cx_init(cx, t->inst, &t->opts);
  return find_result(t, cx, vals, vals, ret);
}

weir_status lower_host_args(struct rt_subtask *st, struct rt_cx *cx, struct abi_place *ret) {
  subtask_started(st);
  caller_cx(st, cx);
  return args_place(st, cx, ret);
}

weir_status lower_host_result(struct rt_subtask *st, struct rt_cx *cx, struct abi_place *ret) {
  caller_cx(st, cx);
  return result_place(st, cx, ret);
}

/* ---- the callee is a guest --------------------------------------------------------------------------------------- */

static weir_status guest_start(void *caller, struct rt_task *task, struct abi_cx *dst, union eng_val *vals) {
  struct rt_subtask *st = caller;
  const struct func_type *type = task->lift->type;
  struct abi_place from, to;
  struct rt_cx cx;
  subtask_started(st);
  if (st->lower->flat_scalars) {
    for (uint32_t i = 0; i < task->lift->param_count; i++)
      vals[i] = st->args[i];
    return WEIR_OK;
  }
  caller_cx(st, &cx);
  WEIR_TRY(args_place(st, &cx, &from));
  WEIR_TRY(abi_target(dst, type->params, MAX_FLAT_PARAMS, vals, NULL, &to));
  return abi_copy(&cx.abi, from, dst, to, type->params);
}

static weir_status guest_resolve(void *caller, struct rt_task *task, struct abi_cx *src, union eng_val *vals,
                                 uint32_t max_flat) {
  struct rt_subtask *st = caller;
  const struct weir_type *type = task->lift->type->result;
  st->callee = NULL;
  if (vals && type) {
    struct abi_place from, to;
    struct rt_cx cx;
    caller_cx(st, &cx);
    WEIR_TRY(abi_source(src, type, max_flat, vals, &from));
    WEIR_TRY(result_place(st, &cx, &to));
    WEIR_TRY(abi_copy(src, from, &cx.abi, to, type));
  }
  subtask_resolve(st, vals);
  return WEIR_OK;
}

static const struct rt_caller_ops guest_caller = {.start = guest_start, .resolve = guest_resolve};

static weir_status call_callee(struct rt_subtask *st) {
  struct rt_trampoline *t = st->lower;
  if (t->host_callee)
    return rt_fail(t->inst->store, t->host_callee->call(t->host_callee, st));
  if (t->never_enters)
    return rt_trap_cannot_enter(t->inst->store);
  return lift_call(t->callee, t->enter_levels, &guest_caller, st, t->inst, &st->callee);
}

/* ---- the two ways of calling ------------------------------------------------------------------------------------- */

/* Those that others can see are counted; those of synchronous calls wait on their stack, which is what is counted. */
static weir_status begin(struct rt_trampoline *t, const union eng_val *vals, struct rt_subtask **ret) {
  struct rt_store *s = t->inst->store;
  if (t->opts.async && rt_waitables_full(s))
    return rt_limit_waitables(s);
  *ret = pool_take(t->opts.async ? &s->pool_subtasks : &s->pool_sync_subtasks);
  if (!*ret)
    return rt_fail(s, diag_nomem(&s->failure));
  subtask_init(*ret, t, vals);
  return WEIR_OK;
}

static weir_status end_sync(struct rt_subtask *st, weir_status status, union eng_val *vals) {
  struct rt_trampoline *t = st->lower;
  struct rt_store *s = t->inst->store;
  if (status == WEIR_OK && !subtask_resolved(st))
    status = sync_wait_resolved(s, st);
  if (status != WEIR_OK) {
    subtask_done(st);
    return status;
  }
  subtask_deliver_resolve(st);
  if (t->result_count > 0)
    vals[0] = st->results[0];
  subtask_done(st);
  pool_give(&s->pool_sync_subtasks, st);
  return WEIR_OK;
}

static weir_status end_async(struct rt_subtask *st, weir_status status, union eng_val *vals) {
  struct rt_trampoline *t = st->lower;
  struct rt_store *s = t->inst->store;
  bool resolved = subtask_resolved(st);
  if (status == WEIR_OK && !resolved)
    status = rt_table_add_object(s, &t->inst->handles, RT_SUBTASK, st, &st->w.index);
  if (status != WEIR_OK) {
    subtask_done(st);
    return status;
  }
  vals[0].u32 = (uint32_t)st->state | st->w.index << 4;
  if (resolved) {
    subtask_deliver_resolve(st);
    subtask_free(st);
  }
  return WEIR_OK;
}

weir_status lower_end(struct rt_subtask *st, weir_status status, union eng_val *vals) {
  return st->lower->opts.async ? end_async(st, status, vals) : end_sync(st, status, vals);
}

weir_status lower_call(struct rt_trampoline *t, union eng_val *vals) {
  struct rt_subtask *st;
  if (t->decl->type->async && !t->opts.async)
    WEIR_TRY(thread_check_may_block(t->inst->store));
  WEIR_TRY(begin(t, vals, &st));
  return lower_end(st, call_callee(st), vals);
}

weir_status lower_begin_started(struct rt_trampoline *t, uint32_t out, struct rt_subtask **ret) {
  struct rt_store *s = t->inst->store;
  union eng_val args[MAX_FLAT_PARAMS + 1] = {0};
  if (t->param_count > 0)
    args[t->param_count - 1].u64 = out;
  WEIR_TRY(begin(t, args, ret));
  (*ret)->state = RT_SUBTASK_STARTED;
  if (rt_tasks_full(s))
    return rt_limit_tasks(s);
  (*ret)->callee = task_new(t->callee, &guest_caller, *ret, t->inst);
  return (*ret)->callee ? WEIR_OK : rt_fail(s, diag_nomem(&s->failure));
}
