/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The host's side of a call of its function: what it may ask, and the ways to finish the call.
 *
 * What holds: whoever claims the call, once, writes its outcome. A result is looked at before that, where the host
 * gives the result, so that a wrong one leaves the call as it was. In order: asking; finishing; cancellation;
 * completions.
 */
#include <stdlib.h>
#include <string.h>

#include "abi/value.h"
#include "embed/give.h"
#include "embed/host_call.h"
#include "embed/host_end.h"
#include "embed/resource.h"
#include "embed/seam.h"

weir_store *weir_host_call_store(const weir_host_call *handle) {
  const struct host_call *call = host_call_of(handle);
  return call ? host_call_store(call)->handle : NULL;
}

weir_instance *weir_host_call_instance(const weir_host_call *handle) {
  const struct host_call *call = host_call_of(handle);
  return call ? call->func->inst->handle : NULL;
}

const weir_func *weir_host_call_func(const weir_host_call *handle) {
  const struct host_call *call = host_call_of(handle);
  return call ? call->func->decl : NULL;
}

/* ---- finishing --------------------------------------------------------------------------------------------------- */

static const char finished_before[] = "the call was finished before";

/* The right to finish: of a call that is alive, has no outcome yet, and whose completion, if any, came later. */
static struct host_call *claim(weir_host_call *handle) {
  struct host_call *call = host_call_of(handle);
  if (!call || call->outcome.kind != HOST_CALL_NONE)
    return NULL;
  if (call->completion && !completion_claim(call->completion, COMPLETION_FINISHED))
    return NULL;
  return call;
}

static weir_status finish(struct host_call *call, enum host_call_outcome outcome) {
  struct store *s = host_call_store(call);
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

/* The instances that the handles in a result are for: in start functions the host's instance is not ready yet. */
static const struct rt_root *root_of(const struct host_call *call) {
  return call->subtask->lower->inst->root;
}

/*
 * The result is of the function's type, and its handles are the host's to give: else the call goes on as it was.
 * `ret_now`: the result is to be lowered at once.
 */
static weir_status accept(const struct host_call *call, weir_value *result, bool *ret_now, struct diag *d) {
  struct store *s = host_call_store(call);
  const struct weir_type *type = call->func->rt.type->result;
  bool handles = type && type->has_handle;
  WEIR_TRY(value_check(type, result, d));
  *ret_now = host_call_lowers_now(call, result);
  if (*ret_now && !handles)
    return WEIR_OK; /* what the result lends is read before the host has the memory back */
  if (value_keep(result, s->traced || handles) != WEIR_OK)
    return diag_nomem(d);
  return handles ? give_value(s, root_of(call), type, result, d) : WEIR_OK;
}

static weir_status no_right(struct diag *d) {
  return diag_set(d, WEIR_ERR_MISUSE, "the call is dead, was finished before, or is another thread's");
}

static bool is_open(const struct host_call *call) {
  return call && call->outcome.kind == HOST_CALL_NONE && (!call->completion || completion_is_open(call->completion));
}

static weir_status finish_with(weir_host_call *handle, weir_value *result, struct diag *d) {
  struct host_call *call = host_call_of(handle);
  if (!is_open(call))
    return no_right(d);
  bool now = false;
  weir_status status = accept(call, result, &now, d);
  if (status == WEIR_OK && !claim(handle))
    status = no_right(d); /* a completion was faster */
  if (status != WEIR_OK) {
    free(call->refused);
    call->refused = strdup(diag_message(d));
    diag_prefix(d, "result of host function `" STR_FMT "`: ", STR_ARG(call->func->def->name));
    return status;
  }
  if (now) {
    host_call_lower(call, result);
    weir_value_clear(result);
  } else {
    call->outcome.result = *result;
    *result = (weir_value){0};
  }
  return finish(call, HOST_CALL_RETURNED);
}

weir_status weir_host_call_return(weir_host_call *handle, weir_value *take_result, weir_error **ret_error) {
  weir_value none = {0};
  struct diag d;
  diag_init(&d);
  weir_value *result = take_result ? take_result : &none;
  weir_status status = finish_with(handle, result, &d);
  if (status != WEIR_OK) {
    weir_value_clear(result);
    diag_raise(&d, ret_error);
  }
  diag_done(&d);
  return status;
}

weir_status weir_host_call_fail(weir_host_call *handle, const char *message) {
  struct host_call *call = claim(handle);
  if (!call)
    return handle_refuse(handle, HANDLE_HOST_CALL, "weir_host_call_fail", finished_before);
  outcome_fail(&call->outcome, message);
  return finish(call, HOST_CALL_FAILED);
}

weir_status weir_host_call_exit(weir_host_call *handle, int code) {
  struct host_call *call = claim(handle);
  if (!call)
    return handle_refuse(handle, HANDLE_HOST_CALL, "weir_host_call_exit", finished_before);
  call->outcome.exit_code = code;
  return finish(call, HOST_CALL_EXITED);
}

weir_status weir_host_call_cancelled(weir_host_call *handle) {
  struct host_call *call = claim(handle);
  return call ? finish(call, HOST_CALL_CANCELLED)
              : handle_refuse(handle, HANDLE_HOST_CALL, "weir_host_call_cancelled", finished_before);
}

/* ---- cancellation ------------------------------------------------------------------------------------------------ */

weir_status weir_host_call_on_cancel(weir_host_call *handle, void (*cancel)(void *data, weir_host_call *call),
                                     void *data, void (*free)(void *data)) {
  struct host_call *call = host_call_of(handle);
  if (!call)
    return handle_refuse(handle, HANDLE_HOST_CALL, "weir_host_call_on_cancel", "");
  struct store *s = host_call_store(call);
  host_call_watch(call, (struct cancel_watch){cancel, data, free});
  if (!cancel || call->cancel_told || !call->subtask->cancellation_requested || !list_empty(&call->cancel))
    return WEIR_OK;
  list_append(&s->host_cancels, &call->cancel);
  store_wake(s);
  return WEIR_OK;
}

/* ---- completions ------------------------------------------------------------------------------------------------- */

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

/* The store of the first handle in a value. false: there is no handle. */
static bool find_store(const weir_value *v, const struct store **ret) {
  if (v->kind == WEIR_VALUE_RESOURCE) {
    const struct host_resource *r = handle_usable(v->of.resource, HANDLE_RESOURCE);
    return *ret = r ? r->store : NULL, true;
  }
  if (v->kind == WEIR_VALUE_STREAM || v->kind == WEIR_VALUE_FUTURE) {
    const struct host_end *end = handle_usable(v->of.stream, HANDLE_END);
    return *ret = end ? end->store : NULL, true;
  }
  if (v->kind == WEIR_VALUE_VARIANT)
    return v->of.payload && find_store(v->of.payload, ret);
  for (size_t i = 0; (v->kind == WEIR_VALUE_LIST || v->kind == WEIR_VALUE_RECORD) && i < v->of.list.count; i++)
    if (find_store(&v->of.list.items[i], ret))
      return true;
  return false;
}

/* On any thread: the type is the code's, which the completion holds. Handles have brought their owner here. */
static weir_status accept_completion(const struct weir_completion *c, weir_value *result, struct diag *d) {
  const struct func_type *func = c->subject;
  const struct store *s = NULL;
  WEIR_TRY(value_check(func->result, result, d));
  if (value_keep(result, true) != WEIR_OK)
    return diag_nomem(d);
  if (!func->result || !func->result->has_handle || !find_store(result, &s))
    return WEIR_OK;
  if (!s)
    return diag_set(d, WEIR_ERR_MISUSE, "the host gave a resource, stream or future that is gone, or another thread's");
  if (s->inbox != c->inbox)
    return diag_set(d, WEIR_ERR_MISUSE, "the host gave a resource, stream or future of another store");
  const struct host_call *call = c->call;
  return call ? give_value(host_call_store(call), root_of(call), func->result, result, d) : no_right(d);
}

static void release_code(void *code) {
  weir_code_free(code);
}

static const struct completion_ops completion_ops = {deliver_completion, accept_completion, release_code};

static struct weir_completion *complete_later(struct host_call *call) {
  struct weir_completion *c = completion_new(host_call_store(call)->inbox, call, &completion_ops);
  if (!c)
    return NULL;
  c->subject = call->func->rt.type;
  c->held = weir_code_ref(call->func->inst->component->code);
  return c;
}

weir_status weir_host_call_detach(weir_host_call *handle, weir_completion **ret) {
  struct host_call *call = host_call_of(handle);
  if (!call || call->outcome.kind != HOST_CALL_NONE ||
      !(call->func->rt.type->async || call->hold || host_call_may_wait(call)))
    return handle_refuse(handle, HANDLE_HOST_CALL, "weir_host_call_detach",
                         "the call was finished before, or the function is of synchronous type and may not wait");
  if (!call->completion)
    call->completion = complete_later(call);
  if (!call->completion)
    return WEIR_ERR_NOMEM;
  *ret = weir_completion_ref(call->completion);
  return WEIR_OK;
}
