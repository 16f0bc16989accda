/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The host's side of a call of its function: what it may ask, and the ways to finish the call. */
#include "embed/give.h"
#include "embed/host_call.h"
#include "embed/seam.h"

weir_store *weir_host_call_store(const weir_host_call *handle) {
  const struct host_call *call = host_call_of(handle);
  return call ? host_call_store(call)->handle : NULL;
}

const weir_func *weir_host_call_func(const weir_host_call *handle) {
  const struct host_call *call = host_call_of(handle);
  return call ? call->func->decl : NULL;
}

/* ---- finishing --------------------------------------------------------------------------------------------------- */

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

/* Handles that the host does not have leave the call as it is. Whether they are of the right type is asked later. */
static bool result_is_hosts(weir_host_call *handle, weir_value *result) {
  const struct host_call *call = host_call_of(handle);
  const struct weir_type *type = call ? call->func->rt.type->result : NULL;
  if (!result || !type || !type->has_handle)
    return true;
  return give_value(host_call_store(call), NULL, type, result, NULL) == WEIR_OK;
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

weir_status weir_host_call_cancelled(weir_host_call *handle) {
  struct host_call *call = claim(handle);
  return call ? finish(call, HOST_CALL_CANCELLED) : WEIR_ERR_MISUSE;
}

/* ---- cancellation, and completions ------------------------------------------------------------------------------- */

weir_status weir_host_call_on_cancel(weir_host_call *handle, void (*cancel)(void *data, weir_host_call *call),
                                     void *data, void (*free)(void *data)) {
  struct host_call *call = host_call_of(handle);
  if (!call)
    return WEIR_ERR_MISUSE;
  struct store *s = host_call_store(call);
  host_call_watch(call, (struct cancel_watch){cancel, data, free});
  if (!cancel || call->cancel_told || !call->subtask->cancellation_requested || !list_empty(&call->cancel))
    return WEIR_OK;
  list_append(&s->host_cancels, &call->cancel);
  store_wake(s);
  return WEIR_OK;
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
  if (!call || call->outcome.kind != HOST_CALL_NONE ||
      !(call->func->rt.type->async || call->hold || host_call_may_wait(call)))
    return WEIR_ERR_MISUSE;
  if (!call->completion)
    call->completion = completion_new(host_call_store(call)->inbox, call, deliver_completion);
  if (!call->completion)
    return WEIR_ERR_NOMEM;
  *ret = weir_completion_ref(call->completion);
  return WEIR_OK;
}
