/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A call of a host function as its guest sees it. See host_call.h.
 *
 * In order: its life; its outcome, which ends the guest's subtask; the runtime's side: the call, what waits, its
 * cancellation, and how a definition is bound to an import. host_call_finish.c is the host's side, host_call_round.c
 * the store's.
 */
#include "embed/host_call.h"

#include <stdlib.h>

#include "abi/value.h"
#include "base/mem.h"
#include "embed/callout.h"
#include "embed/resource.h"
#include "embed/seam.h"
#include "embed/seam_args.h"
#include "runtime/hold.h"
#include "runtime/lower.h"
#include "runtime/subtask.h"
#include "runtime/trap.h"

struct host_call *host_call_of(const weir_host_call *handle) {
  return handle_usable(handle, HANDLE_HOST_CALL);
}

/* Whoever holds the completion finds the call finished, or `to`. */
void host_call_let_go(struct host_call *call, enum completion_state to) {
  if (!call->completion)
    return;
  completion_claim(call->completion, to);
  call->completion->call = NULL;
  completion_unref(call->completion);
  call->completion = NULL;
}

void host_call_destroy(struct host_call *call) {
  struct store *s = host_call_store(call);
  struct cancel_watch watch = call->on_cancel;
  if (call->gate_wait && s->gate)
    s->gate->forget(s->gate_data, call->gate_wait);
  if (call->args_shown && call->func->rt.type->params->has_handle)
    seam_args_clear(&call->args);
  else if (call->args.kind != WEIR_VALUE_NONE)
    weir_value_clear(&call->args);
  host_call_let_go(call, COMPLETION_FINISHED);
  handle_give(&s->handles, call->handle);
  list_remove(&call->all);
  list_remove(&call->inbox);
  list_remove(&call->cancel);
  outcome_clear(&call->outcome);
  free(call->refused);
  resource_end_borrows(&call->borrows);
  mem_free(&s->engine->alloc, call, sizeof(*call));
  if (watch.free)
    callout(s, watch.free, watch.data);
}

/* ---- the outcome ------------------------------------------------------------------------------------------------- */

/* The result was checked where it came in. */
static weir_status lower_result(struct host_call *call, weir_value *result) {
  const struct weir_type *type = call->func->rt.type->result;
  struct abi_place to;
  struct rt_cx cx;
  if (!type)
    return WEIR_OK;
  WEIR_TRY(lower_host_result(call->subtask, &cx, &to));
  return abi_lower_value(&cx.abi, to, type, result);
}

bool host_call_lowers_now(const struct host_call *call, const weir_value *result) {
  return call->phase == HOST_CALL_CALLING && !host_call_store(call)->traced &&
         !value_needs_memory(call->func->rt.type->result, result);
}

void host_call_lower(struct host_call *call, weir_value *result) {
  call->lowered = true;
  call->lowering = lower_result(call, result);
}

/* As a guest's task that exits while it has borrowed handles. Origin: CanonicalABI.md#canon-resourcedrop, num_lends. */
static weir_status check_borrows(const struct host_call *call) {
  if (!resource_lent_on(&call->borrows))
    return WEIR_OK;
  return diag_set(&host_call_store(call)->rt.failure, WEIR_ERR_HOST,
                  "host function `" STR_FMT "` ended its call while a resource that it borrows is lent on",
                  STR_ARG(call->func->def->name));
}

weir_status host_call_conclude(struct host_call *call) {
  struct rt_store *rt = &host_call_store(call)->rt;
  struct rt_subtask *st = call->subtask;
  st->host = NULL;
  switch (call->outcome.kind) {
    case HOST_CALL_RETURNED:
      WEIR_TRY(check_borrows(call));
      WEIR_TRY(call->lowered ? call->lowering : lower_result(call, &call->outcome.result));
      subtask_resolve(st, true);
      return WEIR_OK;
    case HOST_CALL_CANCELLED:
      if (!st->cancellation_requested)
        return diag_set(&rt->failure, WEIR_ERR_HOST, "host function `" STR_FMT "` cancelled a call without being asked",
                        STR_ARG(call->func->def->name));
      WEIR_TRY(check_borrows(call));
      subtask_resolve(st, false);
      return WEIR_OK;
    case HOST_CALL_EXITED:
      diag_set(&rt->failure, WEIR_ERR_EXIT, "the guest ended the program with exit code %d", call->outcome.exit_code);
      rt->failure.exit_code = call->outcome.exit_code;
      return WEIR_ERR_EXIT;
    case HOST_CALL_FAILED:
    case HOST_CALL_NONE:
      break;
  }
  return diag_set(&rt->failure, WEIR_ERR_HOST, "%s",
                  call->outcome.message ? call->outcome.message : "a host function failed");
}

/* ---- the runtime's side ------------------------------------------------------------------------------------------ */

enum { ARGS_AT_HAND = 8 }; /* arguments for which no array is allocated */

static weir_status lift_args_at_hand(struct rt_subtask *st, weir_value *ret) {
  struct abi_place from;
  struct rt_cx cx;
  WEIR_TRY(lower_host_args(st, &cx, &from));
  return abi_lift_fields(&cx.abi, from, st->lower->decl->type->params, ret);
}

static weir_status lift_args(struct rt_subtask *st, weir_value *ret) {
  struct abi_place from;
  struct rt_cx cx;
  WEIR_TRY(lower_host_args(st, &cx, &from));
  return abi_lift_value(&cx.abi, from, st->lower->decl->type->params, ret);
}

static struct host_call *host_call_new(struct host_func *f, struct rt_subtask *st) {
  struct store *s = f->inst->store;
  struct host_call *call = mem_zalloc(&s->engine->alloc, sizeof(*call));
  if (!call)
    return NULL;
  call->handle = handle_take(&s->handles, HANDLE_HOST_CALL, call);
  if (!call->handle) {
    mem_free(&s->engine->alloc, call, sizeof(*call));
    return NULL;
  }
  call->func = f;
  call->subtask = st;
  list_init(&call->inbox);
  list_init(&call->cancel);
  list_take(&call->borrows, &s->borrows);
  list_append(&s->host_calls, &call->all);
  return call;
}

/* ---- of synchronous type, finished later ------------------------------------------------------------------------- */

bool host_call_may_wait(const struct host_call *call) {
  const struct store *s = host_call_store(call);
  return (s->late_answers || call->func->def->may_wait) && hold_possible(&s->rt);
}

weir_status host_call_hold(struct host_call *call) {
  struct rt_hold hold;
  call->hold = &hold;
  WEIR_TRY(hold_until_woken(&host_call_store(call)->rt, &hold)); /* else the call may be gone */
  weir_status status = host_call_conclude(call);
  host_call_destroy(call);
  return status;
}

weir_status host_call_unfinished(const struct host_call *call, struct diag *d) {
  struct str name = call->func->def->name;
  if (call->refused)
    return diag_set(d, WEIR_ERR_HOST, "host function `" STR_FMT "` returned after its result was refused: %s",
                    STR_ARG(name), call->refused);
  if (call->func->def->may_wait)
    return diag_set(d, WEIR_ERR_HOST, "a host function of synchronous type cannot wait in a start function");
  return diag_set(d, WEIR_ERR_HOST, "a host function of synchronous type returned without finishing its call");
}

static weir_status fail_unfinished(struct host_call *call) {
  weir_status status = host_call_unfinished(call, &host_call_store(call)->rt.failure);
  host_call_destroy(call);
  return status;
}

/* ---- calling and cancelling -------------------------------------------------------------------------------------- */

static weir_status after_fn(struct host_call *call) {
  struct store *s = host_call_store(call);
  if (call->outcome.kind != HOST_CALL_NONE) {
    weir_status status = host_call_conclude(call);
    host_call_destroy(call);
    return status;
  }
  bool async = call->func->rt.type->async;
  if (!async && !host_call_may_wait(call))
    return fail_unfinished(call);
  call->phase = HOST_CALL_PENDING;
  s->rt.host_calls++;
  if (!async)
    return host_call_hold(call);
  call->subtask->host = call;
  return WEIR_OK;
}

/* The way of most calls. */
static weir_status call_at_hand(struct host_func *f, struct rt_subtask *st) {
  struct store *s = f->inst->store;
  size_t count = st->lower->decl->type->params->field_count;
  weir_value args[ARGS_AT_HAND];
  WEIR_TRY(lift_args_at_hand(st, args));
  struct host_call *call = host_call_new(f, st);
  if (call)
    callout_host(s, f->def, call->handle, args, count);
  for (size_t i = 0; i < count; i++)
    weir_value_clear(&args[i]);
  return call ? after_fn(call) : diag_nomem(&s->rt.failure);
}

static weir_status host_func_call(struct rt_host_func *func, struct rt_subtask *st) {
  struct host_func *f = (struct host_func *)(void *)func;
  struct store *s = f->inst->store;
  weir_value args = {0};
  if (!s->traced && st->lower->decl->type->params->field_count <= ARGS_AT_HAND)
    return call_at_hand(f, st);
  WEIR_TRY(lift_args(st, &args));
  struct host_call *call = host_call_new(f, st);
  if (!call) {
    weir_value_clear(&args);
    return diag_nomem(&s->rt.failure);
  }
  if (s->traced)
    return seam_import_call(call, &args);
  callout_host(s, f->def, call->handle, args.of.list.items, args.of.list.count);
  weir_value_clear(&args);
  return after_fn(call);
}

void host_call_watch(struct host_call *call, struct cancel_watch watch) {
  struct cancel_watch before = call->on_cancel;
  call->on_cancel = watch;
  if (before.free)
    callout(host_call_store(call), before.free, before.data);
}

static bool completion_is_finished(const struct host_call *call) {
  return call->completion && atomic_load(&call->completion->state) != COMPLETION_OPEN;
}

/* The callback may ask again, in vain: so the data that it runs with is taken out before. */
void host_call_tell_cancel(struct host_call *call) {
  struct cancel_watch watch = call->on_cancel;
  if (!watch.tell || call->cancel_told || completion_is_finished(call))
    return;
  call->cancel_told = true;
  call->on_cancel = (struct cancel_watch){0};
  callout_cancel(host_call_store(call), watch.tell, watch.data, call->handle);
  if (watch.free)
    callout(host_call_store(call), watch.free, watch.data);
}

static weir_status host_func_cancel(struct rt_host_func *func, struct rt_subtask *st) {
  (void)func;
  struct host_call *call = st->host;
  if (call && call->completion)
    atomic_store(&call->completion->cancel_requested, true);
  if (call && host_call_store(call)->traced)
    return seam_import_cancel(call);
  if (!call || call->phase != HOST_CALL_PENDING || !call->on_cancel.tell)
    return WEIR_OK;
  call->phase = HOST_CALL_CALLING;
  host_call_tell_cancel(call);
  if (call->outcome.kind == HOST_CALL_NONE) {
    call->phase = HOST_CALL_PENDING;
    return WEIR_OK;
  }
  host_call_store(call)->rt.host_calls--;
  weir_status status = host_call_conclude(call);
  host_call_destroy(call);
  return status;
}

void host_func_bind(struct host_func *f, struct instance *inst, struct linker_def *def, const struct func_type *type) {
  f->rt.call = host_func_call;
  f->rt.cancel = host_func_cancel;
  f->rt.type = type;
  f->inst = inst;
  f->decl = &inst->component->graph->host_funcs[f - inst->host_funcs];
  f->def = linker_def_ref(def);
}
