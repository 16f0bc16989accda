/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See host_call.h. */
#include "embed/host_call.h"

#include "abi/value.h"
#include "base/mem.h"
#include "embed/give.h"
#include "embed/limits.h"
#include "embed/resource.h"
#include "embed/seam.h"
#include "embed/seam_args.h"
#include "runtime/errand.h"
#include "runtime/hold.h"
#include "runtime/lower.h"
#include "runtime/subtask.h"
#include "runtime/trap.h"

static struct store *store_of_call(const struct host_call *call) {
  return call->func->inst->store;
}

struct host_call *host_call_of(const weir_host_call *handle) {
  return handle_object(handle, HANDLE_HOST_CALL);
}

/* Whoever holds the completion finds the call finished, or `to`. */
static void let_go_of_completion(struct host_call *call, enum completion_state to) {
  if (!call->completion)
    return;
  completion_claim(call->completion, to);
  call->completion->call = NULL;
  completion_unref(call->completion);
  call->completion = NULL;
}

void host_call_destroy(struct host_call *call) {
  struct store *s = store_of_call(call);
  if (call->gate_wait && s->gate)
    s->gate->forget(s->gate_data, call->gate_wait);
  if (call->args_shown)
    seam_args_clear(&call->args);
  else if (call->args.kind != WEIR_VALUE_NONE)
    weir_value_clear(&call->args);
  let_go_of_completion(call, COMPLETION_FINISHED);
  handle_give(&s->handles, call->handle);
  list_remove(&call->all);
  list_remove(&call->inbox);
  list_remove(&call->cancel);
  outcome_clear(&call->outcome);
  resource_end_borrows(&call->borrows);
  mem_free(&s->engine->alloc, call, sizeof(*call));
}

/* ---- the outcome ------------------------------------------------------------------------------------------------- */

static weir_status lower_result(struct host_call *call) {
  struct rt_store *rt = &store_of_call(call)->rt;
  const struct weir_type *type = call->func->rt.type->result;
  struct abi_place to;
  struct rt_cx cx;
  if (value_check(type, &call->outcome.result, &rt->failure) != WEIR_OK) {
    diag_prefix(&rt->failure, "result of host function `" STR_FMT "`: ", STR_ARG(call->func->def->name));
    rt->failure.status = WEIR_ERR_HOST;
    return rt_fail(rt, WEIR_ERR_HOST);
  }
  if (!type)
    return WEIR_OK;
  WEIR_TRY(lower_host_result(call->subtask, &cx, &to));
  return abi_lower_value(&cx.abi, to, type, &call->outcome.result);
}

/* As a guest's task that exits while it has borrowed handles. Origin: CanonicalABI.md#canon-resourcedrop, num_lends. */
static weir_status check_borrows(const struct host_call *call) {
  if (!resource_lent_on(&call->borrows))
    return WEIR_OK;
  return diag_set(&store_of_call(call)->rt.failure, WEIR_ERR_HOST,
                  "host function `" STR_FMT "` ended its call while a resource that it borrows is lent on",
                  STR_ARG(call->func->def->name));
}

weir_status host_call_conclude(struct host_call *call) {
  struct rt_store *rt = &store_of_call(call)->rt;
  struct rt_subtask *st = call->subtask;
  st->host = NULL;
  switch (call->outcome.kind) {
    case HOST_CALL_RETURNED:
      WEIR_TRY(check_borrows(call));
      WEIR_TRY(lower_result(call));
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
  const struct store *s = store_of_call(call);
  return (s->late_answers || call->func->def->may_wait) && hold_possible(&s->rt);
}

static bool released(const struct rt_store *s, const void *what) {
  (void)s;
  return ((const struct host_call *)what)->released;
}

weir_status host_call_hold(struct host_call *call) {
  call->held = true;
  WEIR_TRY(hold_until(&store_of_call(call)->rt, released, call)); /* else the call may be gone */
  weir_status status = host_call_conclude(call);
  host_call_destroy(call);
  return status;
}

static weir_status fail_unfinished(struct host_call *call) {
  struct store *s = store_of_call(call);
  bool may_wait = call->func->def->may_wait;
  host_call_destroy(call);
  return diag_set(&s->rt.failure, WEIR_ERR_HOST, "%s",
                  may_wait ? "a host function of synchronous type cannot wait in a start function"
                           : "a host function of synchronous type returned without finishing its call");
}

static weir_status after_fn(struct host_call *call) {
  struct store *s = store_of_call(call);
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

static weir_status host_func_call(struct rt_host_func *func, struct rt_subtask *st) {
  struct host_func *f = (struct host_func *)(void *)func;
  struct store *s = f->inst->store;
  weir_value args = {0};
  WEIR_TRY(lift_args(st, &args));
  struct host_call *call = host_call_new(f, st);
  if (!call) {
    weir_value_clear(&args);
    return diag_nomem(&s->rt.failure);
  }
  if (s->traced)
    return seam_import_call(call, &args);
  f->def->fn(f->def->data, call->handle, args.of.list.items, args.of.list.count);
  weir_value_clear(&args);
  return after_fn(call);
}

void host_call_tell_cancel(struct host_call *call) {
  void (*on_cancel)(void *data, weir_host_call *call) = call->on_cancel;
  if (!on_cancel || call->cancel_told)
    return;
  call->cancel_told = true;
  call->on_cancel = NULL;
  on_cancel(call->cancel_data, call->handle);
}

void host_call_tell_cancels(struct store *s) {
  struct list batch;
  list_take(&batch, &s->host_cancels);
  while (!list_empty(&batch)) {
    struct host_call *call = LIST_OWNER(batch.next, struct host_call, cancel);
    list_remove(&call->cancel);
    if (call->outcome.kind == HOST_CALL_NONE && !s->rt.failed)
      host_call_tell_cancel(call);
  }
}

static weir_status host_func_cancel(struct rt_host_func *func, struct rt_subtask *st) {
  (void)func;
  struct host_call *call = st->host;
  if (call && call->completion)
    atomic_store(&call->completion->cancel_requested, true);
  if (call && store_of_call(call)->traced)
    return seam_import_cancel(call);
  if (!call || call->phase != HOST_CALL_PENDING || !call->on_cancel)
    return WEIR_OK;
  call->phase = HOST_CALL_CALLING;
  host_call_tell_cancel(call);
  if (call->outcome.kind == HOST_CALL_NONE) {
    call->phase = HOST_CALL_PENDING;
    return WEIR_OK;
  }
  store_of_call(call)->rt.host_calls--;
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

/* ---- the host's side --------------------------------------------------------------------------------------------- */

weir_store *weir_host_call_store(const weir_host_call *handle) {
  const struct host_call *call = host_call_of(handle);
  return call ? store_of_call(call)->handle : NULL;
}

const weir_func *weir_host_call_func(const weir_host_call *handle) {
  const struct host_call *call = host_call_of(handle);
  return call ? call->func->decl : NULL;
}

/* The right to finish: of a call that is alive, has no outcome yet, and whose completion, if any, came later. */
static struct host_call *claim(weir_host_call *handle) {
  struct host_call *call = host_call_of(handle);
  if (!call || call->outcome.kind != HOST_CALL_NONE || !store_is_mine(store_of_call(call)))
    return NULL;
  if (call->completion && !completion_claim(call->completion, COMPLETION_FINISHED))
    return NULL;
  return call;
}

static weir_status finish(struct host_call *call, enum host_call_outcome outcome) {
  struct store *s = store_of_call(call);
  call->outcome.kind = outcome;
  if (call->phase != HOST_CALL_PENDING)
    return WEIR_OK;
  if (s->traced) {
    seam_import_finished(call);
    return WEIR_OK;
  }
  call->phase = HOST_CALL_FINISHED;
  list_append(&s->host_calls_done, &call->inbox);
  store_wake(s);
  return WEIR_OK;
}

/* Handles that the host does not have leave the call as it is. Whether they are of the right type is asked later. */
static bool result_is_hosts(weir_host_call *handle, weir_value *result) {
  const struct host_call *call = host_call_of(handle);
  const struct weir_type *type = call ? call->func->rt.type->result : NULL;
  if (!result || !type || !type->has_handle || !store_is_mine(store_of_call(call)))
    return true;
  return give_value(store_of_call(call), NULL, type, result, NULL) == WEIR_OK;
}

weir_status weir_host_call_return(weir_host_call *handle, weir_value *take_result) {
  struct host_call *call = result_is_hosts(handle, take_result) ? claim(handle) : NULL;
  if (!call) {
    if (take_result)
      weir_value_clear(take_result);
    return WEIR_ERR_MISUSE;
  }
  if (take_result) {
    call->outcome.result = *take_result;
    *take_result = (weir_value){0};
  }
  return finish(call, HOST_CALL_RETURNED);
}

weir_status weir_host_call_fail(weir_host_call *handle, const char *message) {
  struct host_call *call = claim(handle);
  if (!call)
    return WEIR_ERR_MISUSE;
  outcome_fail(&call->outcome, message);
  return finish(call, HOST_CALL_FAILED);
}

weir_status weir_host_call_exit(weir_host_call *handle, int code) {
  struct host_call *call = claim(handle);
  if (!call)
    return WEIR_ERR_MISUSE;
  call->outcome.exit_code = code;
  return finish(call, HOST_CALL_EXITED);
}

weir_status weir_host_call_on_cancel(weir_host_call *handle, void (*cancel)(void *data, weir_host_call *call),
                                     void *data) {
  struct host_call *call = host_call_of(handle);
  if (!call || !store_is_mine(store_of_call(call)))
    return WEIR_ERR_MISUSE;
  struct store *s = store_of_call(call);
  call->on_cancel = cancel;
  call->cancel_data = data;
  if (!cancel || call->cancel_told || !call->subtask->cancellation_requested || !list_empty(&call->cancel))
    return WEIR_OK;
  list_append(&s->host_cancels, &call->cancel);
  store_wake(s);
  return WEIR_OK;
}

weir_status weir_host_call_cancelled(weir_host_call *handle) {
  struct host_call *call = claim(handle);
  return call ? finish(call, HOST_CALL_CANCELLED) : WEIR_ERR_MISUSE;
}

/* Calls that completions have finished go the way of all others. What comes too late goes with the completion. */
static void deliver_completion(struct mail *mail, void *owner) {
  struct weir_completion *c = completion_of_mail(mail);
  struct host_call *call = c->call;
  if (owner && call) {
    call->outcome = c->outcome;
    c->outcome = (struct host_outcome){0};
    finish(call, call->outcome.kind);
  }
  completion_unref(c);
}

weir_status weir_host_call_detach(weir_host_call *handle, weir_completion **ret) {
  struct host_call *call = host_call_of(handle);
  if (!call || call->outcome.kind != HOST_CALL_NONE || !store_is_mine(store_of_call(call)) ||
      !(call->func->rt.type->async || call->held || host_call_may_wait(call)))
    return WEIR_ERR_MISUSE;
  if (!call->completion)
    call->completion = completion_new(store_of_call(call)->inbox, call, deliver_completion);
  if (!call->completion)
    return WEIR_ERR_NOMEM;
  *ret = weir_completion_ref(call->completion);
  return WEIR_OK;
}

/* ---- for the store ----------------------------------------------------------------------------------------------- */

static void conclude(void *arg) {
  struct host_call *call = arg;
  struct rt_store *rt = &store_of_call(call)->rt;
  if (!rt->failed)
    rt_fail(rt, host_call_conclude(call));
  host_call_destroy(call);
}

/* To make room for its result. */
static bool may_call_guest(const struct host_call *call) {
  const struct weir_type *type = call->func->rt.type->result;
  return call->outcome.kind == HOST_CALL_RETURNED && type && type->has_pointer;
}

/* Its caller was set aside in the midst of its code, or this step has used up its time slice. */
static bool must_wait(const struct store *s, const struct host_call *call) {
  if (!s->rt.slices || s->rt.failed || call->held)
    return false;
  return call->subtask->lower->inst->frozen > 0 || (s->rt.slice_used && may_call_guest(call));
}

bool host_call_deliver_all(struct store *s) {
  struct list batch;
  uint32_t pieces = 0;
  bool any = !list_empty(&s->host_calls_done);
  list_take(&batch, &s->host_calls_done);
  while (!list_empty(&batch)) {
    limits_leave_time(s, &pieces); /* where it has none, calls only end from here on */
    struct host_call *call = LIST_OWNER(batch.next, struct host_call, inbox);
    list_remove(&call->inbox);
    if (must_wait(s, call)) {
      list_append(&s->host_calls_done, &call->inbox);
      continue;
    }
    s->rt.host_calls--;
    call->released = call->held;
    if (call->held) /* its own stack sees to it */
      continue;
    if (may_call_guest(call))
      errand_run(&s->rt, call->subtask->lower->inst, conclude, call);
    else
      conclude(call);
  }
  return any;
}

void host_call_release_all(struct store *s) {
  while (!list_empty(&s->host_calls)) {
    struct host_call *call = LIST_OWNER(s->host_calls.next, struct host_call, all);
    call->phase = HOST_CALL_CALLING;
    if (call->outcome.kind == HOST_CALL_NONE)
      host_call_tell_cancel(call);
    let_go_of_completion(call, COMPLETION_GONE);
    host_call_destroy(call);
  }
}
