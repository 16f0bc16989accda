/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See call.h. A call lives until the embedder has freed its handle and its task has resolved. */
#include "embed/call.h"

#include "abi/value.h"
#include "base/error.h"
#include "base/mem.h"
#include "embed/failure.h"
#include "runtime/lift.h"
#include "runtime/task.h"
#include "runtime/trap.h"

static void call_destroy(struct weir_call *c) {
  list_remove(&c->all);
  list_remove(&c->inbox);
  weir_value_clear(&c->args);
  weir_value_clear(&c->result);
  weir_error_free(c->error);
  mem_free(&c->store->engine->alloc, c, sizeof *c);
}

static void call_finish(struct weir_call *c, weir_status status, weir_error *take_error) {
  c->task = NULL;
  c->finished = true;
  weir_value_clear(&c->args);
  list_remove(&c->inbox);
  c->status = status;
  c->error = take_error;
  if (c->owned)
    list_append(&c->store->calls_done, &c->inbox);
  else
    call_destroy(c);
}

/* ---- the task's caller ---------------------------------------------------------------------------------------------- */

static weir_status host_start(void *caller, struct rt_task *task, struct abi_cx *dst, union eng_val *vals) {
  struct weir_call *c = caller;
  const struct weir_type *params = task->lift->type->params;
  struct abi_place to;
  WEIR_TRY(abi_target(dst, params, FLAT_MAX_PARAMS, vals, NULL, &to));
  weir_status status = abi_lower_value(dst, to, params, &c->args);
  if (!params->has_handle)
    weir_value_clear(&c->args);
  return status; /* else what is lent stays until the call has ended; what was given away is gone from it */
}

static weir_status host_resolve(void *caller, struct rt_task *task, struct abi_cx *src, union eng_val *vals,
                                uint32_t max_flat) {
  struct weir_call *c = caller;
  const struct weir_type *type = task->lift->type->result;
  if (!vals) {
    call_finish(c, WEIR_ERR_CANCELLED, NULL);
    return WEIR_OK;
  }
  if (type) {
    struct abi_place from;
    WEIR_TRY(abi_source(src, type, max_flat, vals, &from));
    WEIR_TRY(abi_lift_value(src, from, type, &c->result));
  }
  call_finish(c, WEIR_OK, NULL);
  return WEIR_OK;
}

static const struct rt_caller_ops host_caller = {.start = host_start, .resolve = host_resolve};

/* ---- starting ---------------------------------------------------------------------------------------------------------- */

static weir_status check_args(const struct func_type *type, weir_value *args, size_t count, struct diag *d) {
  uint32_t want = type->params->field_count;
  if (count != want)
    return diag_set(d, WEIR_ERR_TYPE, "the function takes %u argument%s, not %zu", want, want == 1 ? "" : "s", count);
  for (uint32_t i = 0; i < want; i++) {
    weir_status status = value_check(type->params->fields[i].type, &args[i], d);
    if (status != WEIR_OK) {
      diag_prefix(d, "argument %u (" STR_FMT "): ", i + 1, STR_ARG(type->params->fields[i].label));
      return status;
    }
  }
  return WEIR_OK;
}

static weir_status call_new(weir_instance *inst, const weir_func *func, weir_value *args, size_t count,
                            struct weir_call **ret, struct diag *d) {
  struct weir_store *s = inst->store;
  WEIR_TRY(check_args(func->type, args, count, d));
  struct weir_call *c = mem_zalloc(&s->engine->alloc, sizeof *c);
  if (!c)
    return diag_nomem(d);
  list_init(&c->inbox);
  list_append(&s->calls, &c->all);
  c->store = s;
  c->type = func->type;
  c->owned = true;
  if (weir_value_record(count, &c->args) != WEIR_OK) {
    call_destroy(c);
    return diag_nomem(d);
  }
  for (size_t i = 0; i < count; i++) {
    c->args.of.list.items[i] = args[i];
    args[i] = (weir_value){0};
  }
  *ret = c;
  return WEIR_OK;
}

static weir_status check_callable(weir_instance *inst, const weir_func *func, struct diag *d) {
  struct weir_store *s = inst->store;
  if (func->code != inst->component->code)
    return diag_set(d, WEIR_ERR_MISUSE, "the function belongs to another component than the instance");
  if (s->rt.current)
    return diag_set(d, WEIR_ERR_MISUSE, "a call cannot be started from inside a host function");
  if (s->rt.stopping)
    return diag_set(d, WEIR_ERR_MISUSE, "the store is being freed");
  if (func->ref.kind != FUNC_REF_LIFT)
    return diag_set(d, WEIR_ERR_UNSUPPORTED, "`" STR_FMT "` is an import that is exported again: call the host's own",
                    STR_ARG(func->name));
  if (s->rt.failed)
    return diag_set(d, WEIR_ERR_TRAP, "wasm trap: cannot enter component instance (it has failed before: %s)",
                    diag_message(&s->rt.failure));
  return WEIR_OK;
}

static weir_status call_begin(weir_instance *inst, const weir_func *func, weir_value *args, size_t count,
                              struct weir_call **ret, struct diag *d) {
  struct weir_store *s = inst->store;
  WEIR_TRY(check_callable(inst, func, d));
  WEIR_TRY(call_new(inst, func, args, count, ret, d));
  struct rt_lift *lift = &inst->root->lifts[func->ref.index];
  s->rt.nesting_depth++;
  weir_status status = lift_call(lift, lift->inst->depth + 1, &host_caller, *ret, NULL, &(*ret)->task);
  s->rt.nesting_depth--;
  if (status != WEIR_OK)
    call_fail_all(s);
  store_wake(s);
  return WEIR_OK;
}

weir_status weir_call_start(weir_instance *instance, const weir_func *func, weir_value *take_args, size_t count,
                            weir_call_fn done, void *data, weir_call **ret, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = call_begin(instance, func, take_args, count, ret, &d);
  if (status == WEIR_OK) {
    (*ret)->done = done;
    (*ret)->data = data;
  } else {
    for (size_t i = 0; i < count; i++)
      weir_value_clear(&take_args[i]);
    diag_raise(&d, ret_error);
  }
  diag_done(&d);
  return status;
}

/* ---- the outcome ------------------------------------------------------------------------------------------------------------ */

bool weir_call_finished(const weir_call *call) {
  return call->finished;
}

weir_status weir_call_result(weir_call *call, weir_value *ret_result, weir_error **ret_error) {
  if (!call->finished) {
    struct diag d;
    diag_init(&d);
    diag_set(&d, WEIR_ERR_MISUSE, "the call has not finished yet");
    diag_raise(&d, ret_error);
    diag_done(&d);
    return WEIR_ERR_MISUSE;
  }
  if (call->status == WEIR_OK) {
    if (ret_result)
      *ret_result = call->result;
    else
      weir_value_clear(&call->result);
    call->result = (weir_value){0};
  } else if (ret_error) {
    bool cancelled = call->status == WEIR_ERR_CANCELLED;
    struct error_detail detail = {
        .status = call->status,
        .message = cancelled ? "the call was cancelled" : "(the details have been asked for before)",
    };
    *ret_error = call->error ? call->error : error_new(&detail);
    call->error = NULL;
  }
  return call->status;
}

void weir_call_cancel(weir_call *call) {
  if (call->finished || call->cancel_requested)
    return;
  call->cancel_requested = true;
  list_append(&call->store->call_cancels, &call->inbox);
  store_wake(call->store);
}

bool call_cancel_all(struct weir_store *s) {
  struct list batch;
  bool any = !list_empty(&s->call_cancels);
  list_take(&batch, &s->call_cancels);
  while (!list_empty(&batch)) {
    struct weir_call *c = LIST_OWNER(batch.next, struct weir_call, inbox);
    list_remove(&c->inbox);
    s->rt.nesting_depth++;
    if (c->task)
      rt_fail(&s->rt, task_request_cancellation(c->task, NULL));
    s->rt.nesting_depth--;
  }
  return any;
}

void weir_call_free(weir_call *call) {
  if (!call)
    return;
  call->owned = false;
  call->done = NULL;
  if (call->finished)
    call_destroy(call);
}

/* ---- for the store ------------------------------------------------------------------------------------------------------------- */

bool call_deliver_all(struct weir_store *s) {
  struct list batch;
  bool any = !list_empty(&s->calls_done);
  list_take(&batch, &s->calls_done);
  while (!list_empty(&batch)) {
    struct weir_call *c = LIST_OWNER(batch.next, struct weir_call, inbox);
    list_remove(&c->inbox);
    if (c->done)
      c->done(c->data, c);
  }
  return any;
}

void call_fail_all(struct weir_store *s) {
  for (struct list *n = s->calls.next, *next; n != &s->calls; n = next) {
    next = n->next;
    struct weir_call *c = LIST_OWNER(n, struct weir_call, all);
    if (!c->finished)
      call_finish(c, s->rt.failure.status, store_failure_error(s));
  }
}

void call_release_all(struct weir_store *s) {
  for (struct list *n = s->calls.next, *next; n != &s->calls; n = next) {
    next = n->next;
    struct weir_call *c = LIST_OWNER(n, struct weir_call, all);
    if (!c->finished)
      call_finish(c, WEIR_ERR_CANCELLED, NULL);
  }
  call_deliver_all(s);
  while (!list_empty(&s->calls))
    call_destroy(LIST_OWNER(s->calls.next, struct weir_call, all));
}
