/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a host does with a call that it has started: asks, takes the outcome, cancels, lets go. */
#include "base/error.h"
#include "embed/call.h"
#include "embed/seam.h"
#include "runtime/task.h"
#include "runtime/trap.h"

/* The call of a handle, if it is not stale and the calling thread may use it. */
static struct call *call_mine(const weir_call *handle) {
  return handle_usable(handle, HANDLE_CALL);
}

weir_status weir_call_on_event(weir_call *call, weir_call_event_fn on_event, void *data) {
  struct call *c = call_mine(call);
  if (!c)
    return handle_refuse(call, HANDLE_CALL, "weir_call_on_event", "");
  c->on_event = on_event;
  c->event_data = data;
  if (!on_event || c->facts == c->told)
    return WEIR_OK;
  if (list_empty(&c->inbox))
    list_append(&c->store->calls_done, &c->inbox);
  store_wake(c->store);
  return WEIR_OK;
}

bool weir_call_finished(const weir_call *call) {
  const struct call *c = call_mine(call);
  return c && call_ended(c);
}

bool call_settled(const weir_call *handle) {
  const struct call *c = call_mine(handle);
  return c && call_ended(c) && !(c->task && c->store->rt.slices && c->task->returning);
}

bool weir_call_exited(const weir_call *call) {
  const struct call *c = call_mine(call);
  return c && (c->facts & CALL_EXITED) != 0;
}

static weir_status misuse(const char *message, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  diag_set(&d, WEIR_ERR_MISUSE, "%s", message);
  diag_raise(&d, ret_error);
  diag_done(&d);
  return WEIR_ERR_MISUSE;
}

static void take_error(struct call *c, weir_error **ret_error) {
  bool cancelled = c->status == WEIR_ERR_CANCELLED;
  struct error_detail detail = {
      .status = c->status,
      .message = cancelled ? "the call was cancelled" : "(the details have been asked for before)",
  };
  *ret_error = c->error ? c->error : error_new(&detail);
  c->error = NULL;
}

weir_status weir_call_result(weir_call *call, weir_value *ret_result, weir_error **ret_error) {
  struct call *c = call_mine(call);
  if (!c)
    return misuse("the call has been freed, or belongs to another thread", ret_error);
  if (!call_ended(c))
    return misuse("the call has not finished yet", ret_error);
  if (c->status != WEIR_OK) {
    if (ret_error)
      take_error(c, ret_error);
    return c->status;
  }
  if (ret_result)
    *ret_result = c->result;
  else
    weir_value_clear(&c->result);
  c->result = (weir_value){0};
  return WEIR_OK;
}

/* ---- cancelling and letting go ----------------------------------------------------------------------------------- */

static void cancel(void *object) {
  struct call *c = object;
  if (call_ended(c) || c->cancel_requested || c->store->rt.stopping)
    return;
  c->cancel_requested = true;
  if (c->stage == CALL_STAGE_END)
    return; /* too late: only an interceptor keeps its outcome back */
  if (c->stage == CALL_STAGE_BEGIN) {
    seam_export_cancel(c);
    return;
  }
  if (c->store->traced && c->store->tap)
    c->store->tap->export_cancel(c->store->tap_data, c);
  list_append(&c->store->call_cancels, &c->cancel);
  store_wake(c->store);
}

bool call_cancel_all(struct store *s) {
  struct list batch;
  bool any = !list_empty(&s->call_cancels);
  list_take(&batch, &s->call_cancels);
  while (!list_empty(&batch)) {
    struct call *c = LIST_OWNER(batch.next, struct call, cancel);
    list_remove(&c->cancel);
    s->rt.nesting_depth++;
    if (c->task && !s->rt.failed)
      rt_fail(&s->rt, task_request_cancellation(c->task, NULL));
    s->rt.nesting_depth--;
  }
  return any;
}

static void let_go(void *object) {
  struct call *c = object;
  handle_give(&c->store->handles, c->handle);
  c->handle = NULL;
  c->done = NULL;
  c->on_event = NULL;
  list_remove(&c->inbox);
  call_free_unless_needed(c);
}

const struct handle_ops call_ops = {.cancel = cancel, .end = let_go};

weir_status weir_call_cancel(weir_call *call) {
  if (handle_ask(call, HANDLE_CALL, HANDLE_CANCEL))
    return WEIR_OK;
  return handle_refuse(call, HANDLE_CALL, "weir_call_cancel", "the call is being let go of");
}

void weir_call_free(weir_call *call) {
  handle_ask(call, HANDLE_CALL, HANDLE_LET_GO);
}
