/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See host_call.h. */
#include "embed/host_call.h"

#include <string.h>

#include "abi/value.h"
#include "base/mem.h"
#include "runtime/lower.h"
#include "runtime/subtask.h"
#include "runtime/trap.h"

static struct weir_store *store_of_call(const weir_host_call *call) {
  return call->func->inst->store;
}

static void host_call_destroy(weir_host_call *call) {
  const struct weir_alloc *alloc = &store_of_call(call)->engine->alloc;
  list_remove(&call->all);
  list_remove(&call->inbox);
  weir_value_clear(&call->result);
  if (call->message)
    mem_free(alloc, call->message, strlen(call->message) + 1);
  mem_free(alloc, call, sizeof *call);
}

/* ---- the outcome -------------------------------------------------------------------------------------------------- */

static weir_status lower_result(weir_host_call *call) {
  struct rt_store *rt = &store_of_call(call)->rt;
  const struct weir_type *type = call->func->rt.type->result;
  struct abi_place to;
  struct rt_cx cx;
  if (value_check(type, &call->result, &rt->failure) != WEIR_OK) {
    diag_prefix(&rt->failure, "result of host function `" STR_FMT "`: ", STR_ARG(call->func->def->name));
    rt->failure.status = WEIR_ERR_HOST;
    return rt_fail(rt, WEIR_ERR_HOST);
  }
  if (!type)
    return WEIR_OK;
  WEIR_TRY(lower_host_result(call->subtask, &cx, &to));
  return abi_lower_value(&cx.abi, to, type, &call->result);
}

/* Ends the subtask as the host has said. */
static weir_status conclude(weir_host_call *call) {
  struct rt_store *rt = &store_of_call(call)->rt;
  struct rt_subtask *st = call->subtask;
  st->host = NULL;
  switch (call->outcome) {
    case HOST_CALL_RETURNED:
      WEIR_TRY(lower_result(call));
      subtask_resolve(st, true);
      return WEIR_OK;
    case HOST_CALL_CANCELLED:
      if (!st->cancellation_requested)
        return diag_set(&rt->failure, WEIR_ERR_HOST, "host function `" STR_FMT "` cancelled a call without being asked",
                        STR_ARG(call->func->def->name));
      subtask_resolve(st, false);
      return WEIR_OK;
    case HOST_CALL_EXITED:
      diag_set(&rt->failure, WEIR_ERR_EXIT, "the guest ended the program with exit code %d", call->exit_code);
      rt->failure.exit_code = call->exit_code;
      return WEIR_ERR_EXIT;
    case HOST_CALL_FAILED:
    case HOST_CALL_NONE:
      break;
  }
  return diag_set(&rt->failure, WEIR_ERR_HOST, "%s", call->message ? call->message : "a host function failed");
}

/* ---- the runtime's side ---------------------------------------------------------------------------------------------- */

static weir_status lift_args(struct rt_subtask *st, weir_value *ret) {
  struct abi_place from;
  struct rt_cx cx;
  WEIR_TRY(lower_host_args(st, &cx, &from));
  return abi_lift_value(&cx.abi, from, st->lower->decl->type->params, ret);
}

static weir_host_call *host_call_new(struct host_func *f, struct rt_subtask *st) {
  struct weir_store *s = f->inst->store;
  weir_host_call *call = mem_zalloc(&s->engine->alloc, sizeof *call);
  if (!call)
    return NULL;
  call->func = f;
  call->subtask = st;
  list_init(&call->inbox);
  list_append(&s->host_calls, &call->all);
  return call;
}

static weir_status after_fn(weir_host_call *call) {
  struct weir_store *s = store_of_call(call);
  if (call->outcome != HOST_CALL_NONE) {
    weir_status status = conclude(call);
    host_call_destroy(call);
    return status;
  }
  if (!call->func->rt.type->async) {
    host_call_destroy(call);
    return diag_set(&s->rt.failure, WEIR_ERR_HOST,
                    "a host function of synchronous type returned without finishing its call");
  }
  call->phase = HOST_CALL_PENDING;
  call->subtask->host = call;
  s->rt.host_calls++;
  return WEIR_OK;
}

static weir_status host_func_call(struct rt_host_func *func, struct rt_subtask *st) {
  struct host_func *f = (struct host_func *)(void *)func;
  struct weir_store *s = f->inst->store;
  weir_value args = {0};
  WEIR_TRY(lift_args(st, &args));
  weir_host_call *call = host_call_new(f, st);
  if (!call) {
    weir_value_clear(&args);
    return diag_nomem(&s->rt.failure);
  }
  f->def->fn(f->def->data, call, args.of.list.items, args.of.list.count);
  weir_value_clear(&args);
  return after_fn(call);
}

static weir_status host_func_cancel(struct rt_host_func *func, struct rt_subtask *st) {
  (void)func;
  weir_host_call *call = st->host;
  if (!call || call->phase != HOST_CALL_PENDING || !call->on_cancel)
    return WEIR_OK;
  call->phase = HOST_CALL_CALLING;
  call->on_cancel(call->cancel_data, call);
  call->on_cancel = NULL;
  if (call->outcome == HOST_CALL_NONE) {
    call->phase = HOST_CALL_PENDING;
    return WEIR_OK;
  }
  store_of_call(call)->rt.host_calls--;
  weir_status status = conclude(call);
  host_call_destroy(call);
  return status;
}

void host_func_bind(struct host_func *f, struct weir_instance *inst, struct linker_def *def,
                    const struct func_type *type) {
  f->rt.call = host_func_call;
  f->rt.cancel = host_func_cancel;
  f->rt.type = type;
  f->inst = inst;
  f->def = linker_def_ref(def);
}

/* ---- the host's side ---------------------------------------------------------------------------------------------------- */

weir_store *weir_host_call_store(const weir_host_call *call) {
  return store_of_call(call);
}

/* The first outcome counts; a finished call is only a handle that the host should have let go of. */
static void finish(weir_host_call *call, enum host_call_outcome outcome) {
  struct weir_store *s = store_of_call(call);
  call->outcome = outcome;
  if (call->phase != HOST_CALL_PENDING)
    return;
  call->phase = HOST_CALL_FINISHED;
  list_append(&s->host_calls_done, &call->inbox);
  store_wake(s);
}

void weir_host_call_return(weir_host_call *call, weir_value *take_result) {
  if (call->outcome != HOST_CALL_NONE) {
    if (take_result)
      weir_value_clear(take_result);
    return;
  }
  if (take_result) {
    call->result = *take_result;
    *take_result = (weir_value){0};
  }
  finish(call, HOST_CALL_RETURNED);
}

void weir_host_call_fail(weir_host_call *call, const char *message) {
  if (call->outcome != HOST_CALL_NONE)
    return;
  size_t size = strlen(message) + 1;
  call->message = mem_alloc(&store_of_call(call)->engine->alloc, size);
  if (call->message)
    memcpy(call->message, message, size);
  finish(call, HOST_CALL_FAILED);
}

void weir_host_call_exit(weir_host_call *call, int code) {
  if (call->outcome != HOST_CALL_NONE)
    return;
  call->exit_code = code;
  finish(call, HOST_CALL_EXITED);
}

void weir_host_call_on_cancel(weir_host_call *call, void (*cancel)(void *data, weir_host_call *call), void *data) {
  call->on_cancel = cancel;
  call->cancel_data = data;
}

void weir_host_call_cancelled(weir_host_call *call) {
  if (call->outcome == HOST_CALL_NONE)
    finish(call, HOST_CALL_CANCELLED);
}

/* ---- for the store ---------------------------------------------------------------------------------------------------------- */

bool host_call_deliver_all(struct weir_store *s) {
  struct list batch;
  bool any = !list_empty(&s->host_calls_done);
  list_take(&batch, &s->host_calls_done);
  while (!list_empty(&batch)) {
    weir_host_call *call = LIST_OWNER(batch.next, struct weir_host_call, inbox);
    list_remove(&call->inbox);
    s->rt.host_calls--;
    if (!s->rt.failed)
      rt_fail(&s->rt, conclude(call));
    host_call_destroy(call);
  }
  return any;
}

void host_call_release_all(struct weir_store *s) {
  while (!list_empty(&s->host_calls)) {
    weir_host_call *call = LIST_OWNER(s->host_calls.next, struct weir_host_call, all);
    call->phase = HOST_CALL_CALLING;
    if (call->outcome == HOST_CALL_NONE && call->on_cancel)
      call->on_cancel(call->cancel_data, call);
    host_call_destroy(call);
  }
}
