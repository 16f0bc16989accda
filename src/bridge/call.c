/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls of components as requests: the job starts the call in its store on the worker, and the call's completion, or
 * that of its store, ends the request. Values move with them from thread to thread, which is why none may hold a
 * handle: those belong to their store. All memory is had before the request is handed in, in one piece with it, so that
 * a call that has returned cannot fail any more.
 */
#include "weir/call.h"
#include "base/sized.h"
#include "bridge/batch.h"
#include "bridge/core.h"
#include "bridge/count.h"
#include "bridge/drive.h"
#include "bridge/intake.h"
#include "bridge/request.h"
#include "component/types.h"
#include "embed/state.h"
#include "load/component.h"

/* The job's data, and in it the request's result: the tail of the request. */
struct bridge_call {
  struct drive_call drive; /* first */
  struct weir_bridge *bridge;
  weir_bridge_request *request;
  weir_instance *instance;
  const weir_func *func;
  weir_call *call; /* NULL: not started, or ended */
  weir_value result;
  size_t count;
  weir_value args[];
};

static const char call_kind = 0; /* its address tells calls from other requests */

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* The job is over; the result may still be wanted. */
static void call_free(void *data) {
  struct bridge_call *c = data;
  list_remove(&c->drive.all);
  weir_call_free(c->call);
  for (size_t i = 0; i < c->count; i++)
    weir_value_clear(&c->args[i]);
}

static void result_free(void *result) {
  weir_value_clear(result);
}

static void call_fill(struct bridge_call *c, const struct weir_bridge_invocation *invocation) {
  c->instance = invocation->instance;
  c->func = invocation->func;
  c->count = invocation->count;
  c->drive.wait_when_stuck = invocation->wait_when_stuck;
  list_init(&c->drive.all);
  for (size_t i = 0; i < c->count; i++) {
    c->args[i] = invocation->take_args[i];
    invocation->take_args[i] = (weir_value){0};
  }
}

/* ---- on the worker ----------------------------------------------------------------------------------------------- */

static void call_end(struct bridge_call *c, weir_status status, weir_error *take_error) {
  struct request_outcome outcome = {.status = status, .take_error = take_error};
  list_remove(&c->drive.all);
  if (status == WEIR_OK)
    outcome.take_result = &c->result;
  request_finish(c->request, &outcome);
}

static void on_done(void *data, weir_call *call) {
  struct bridge_call *c = data;
  weir_error *error = NULL;
  weir_status status = weir_call_result(call, &c->result, &error);
  c->call = NULL;
  weir_call_free(call);
  call_end(c, status, error);
}

/* The store will not end it: it is stuck, or no longer driven. */
static void on_lost(struct drive_call *drive, weir_status status) {
  struct bridge_call *c = (struct bridge_call *)(void *)drive;
  weir_error *error = NULL;
  weir_call_free(c->call);
  c->call = NULL;
  if (status == WEIR_ERR_DEADLOCK)
    bridge_refuse(status, "deadlock detected: all tasks of the store wait, and the host owes none of them anything",
                  &error);
  call_end(c, status, error);
}

static void on_cancel(void *data, weir_bridge_request *request) {
  struct bridge_call *c = data;
  (void)request;
  if (c->call)
    weir_call_cancel(c->call);
}

/* NULL: the instance is gone, or its store is not attached. */
static struct drive *instance_drive(const struct bridge_call *c) {
  const struct instance *inst = instance_get(c->instance);
  return inst ? drive_find(c->bridge, inst->store->handle) : NULL;
}

static void on_start(void *data, weir_bridge_request *request) {
  struct bridge_call *c = data;
  weir_error *error = NULL;
  c->request = request;
  struct drive *drive = instance_drive(c);
  if (!drive) {
    bridge_refuse(WEIR_ERR_MISUSE, "the instance's store is not attached to the bridge", &error);
    call_end(c, WEIR_ERR_MISUSE, error);
    return;
  }
  drive_limit(drive);
  weir_status status = weir_call_start(c->instance, c->func, c->args, c->count, on_done, c, &c->call, &error);
  if (status != WEIR_OK) {
    call_end(c, status, error);
    return;
  }
  drive_add(drive, &c->drive);
  weir_bridge_on_cancel(request, on_cancel, c);
}

/* ---- handing in -------------------------------------------------------------------------------------------------- */

static bool has_handles(const weir_func *func) {
  const struct func_type *type = func->type;
  return type->params->has_handle || (type->result && type->result->has_handle);
}

static weir_status invocation_read(const struct weir_bridge_invocation *from, struct weir_bridge_invocation *ret,
                                   weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  if (SIZED_READ(from, ret, weir_bridge_invocation, &d) != WEIR_OK)
    return diag_raise(&d, ret_error);
  if (!ret->instance || !ret->func)
    return bridge_refuse(WEIR_ERR_MISUSE, "a call without an instance or a function", ret_error);
  if (ret->count != ret->func->type->params->field_count)
    return bridge_refuse(WEIR_ERR_TYPE, "the number of arguments is not that of the parameters", ret_error);
  if (has_handles(ret->func))
    return bridge_refuse(WEIR_ERR_UNSUPPORTED,
                         "resources, streams, futures and error-contexts belong to the thread of their store: start "
                         "such a call from a job",
                         ret_error);
  return WEIR_OK;
}

/* Makes the request, with the arguments in it. */
static weir_status call_make(struct weir_bridge *b, const struct weir_bridge_invocation *invocation, bool handle,
                             weir_bridge_request **ret, weir_error **ret_error) {
  weir_bridge_job job = {.size = sizeof(job),
                         .start = on_start,
                         .free = call_free,
                         .free_result = result_free,
                         .done = invocation->done,
                         .done_data = invocation->done_data,
                         .timeout = invocation->timeout,
                         .no_wait = invocation->no_wait,
                         .port = invocation->port,
                         .port_tag = invocation->port_tag};
  struct intake in = {.job = &job,
                      .kind = &call_kind,
                      .tail = sizeof(struct bridge_call) + invocation->count * sizeof(weir_value),
                      .handle = handle};
  WEIR_TRY(intake_make(b, &in, ret, ret_error));
  struct bridge_call *c = (struct bridge_call *)(void *)(*ret)->tail;
  c->bridge = b;
  c->request = *ret;
  c->drive.lose = on_lost;
  (*ret)->job.data = c;
  call_fill(c, invocation);
  return WEIR_OK;
}

static void call_discard(struct weir_bridge_request *r) {
  call_free(r->job.data);
  request_discard(r);
}

/* The arguments are moved from, whatever comes of it. */
static weir_status call_prepare(struct weir_bridge *b, const struct weir_bridge_invocation *invocation, bool handle,
                                weir_bridge_request **ret, weir_error **ret_error) {
  struct weir_bridge_invocation copy = WEIR_BRIDGE_INVOCATION_INIT;
  weir_status status = invocation_read(invocation, &copy, ret_error);
  if (status == WEIR_OK)
    status = call_make(b, &copy, handle, ret, ret_error);
  for (size_t i = 0; i < copy.count; i++)
    weir_value_clear(&copy.take_args[i]);
  return status;
}

static weir_status call_enter(struct weir_bridge *b, struct weir_bridge_request *r, weir_error **ret_error) {
  weir_status status = intake_enter(b, r, ret_error);
  if (status != WEIR_OK)
    call_discard(r);
  return status;
}

weir_status weir_bridge_call_submit(weir_bridge *b, const weir_bridge_invocation *invocation, weir_bridge_request **ret,
                                    weir_error **ret_error) {
  weir_bridge_request *r;
  WEIR_TRY(call_prepare(b, invocation, ret, &r, ret_error));
  WEIR_TRY(call_enter(b, r, ret_error));
  if (ret)
    *ret = r;
  return WEIR_OK;
}

weir_status weir_bridge_call_submit_many(weir_bridge *b, const weir_bridge_invocation *invocations, size_t count,
                                         weir_bridge_request **ret, size_t *ret_accepted, weir_error **ret_error) {
  struct batch t;
  batch_init(&t, ret, count);
  t.discard = call_discard;
  if (ret_accepted)
    *ret_accepted = 0;
  struct diag d;
  diag_init(&d);
  if (count > 0 && sized_check(invocations, "weir_bridge_invocation", &d) != WEIR_OK)
    return diag_raise(&d, ret_error); /* nobody knows where the others lie */
  size_t stride = count > 0 && invocations->size > 0 ? invocations->size : sizeof(*invocations);
  weir_status status = WEIR_OK;
  for (size_t i = 0; i < count; i++) {
    const void *at = (const char *)invocations + i * stride;
    struct weir_bridge_request *r;
    weir_error *ignored = NULL; /* the first failure is told, but the arguments of all are taken */
    weir_status one = call_prepare(b, at, ret, &r, status == WEIR_OK ? ret_error : &ignored);
    weir_error_free(ignored);
    if (one == WEIR_OK)
      batch_add(&t, r);
    if (status == WEIR_OK)
      status = one;
  }
  if (status == WEIR_OK)
    return batch_enter(&t, b, ret_accepted, ret_error);
  if (status == WEIR_ERR_LIMIT)
    count_refused(b, t.count); /* those that found no room are counted */
  batch_drop(&t);
  return status;
}

weir_status weir_bridge_call_result(weir_bridge_request *r, weir_value *ret_result, weir_error **ret_error) {
  void *result = NULL;
  weir_status status = request_result(r, &call_kind, &result, ret_error);
  if (ret_result)
    *ret_result = (weir_value){0};
  if (!result)
    return status;
  if (ret_result) {
    *ret_result = *(weir_value *)result;
    *(weir_value *)result = (weir_value){0};
  } else {
    result_free(result);
  }
  return status;
}

weir_status weir_bridge_call(weir_bridge *b, const weir_bridge_invocation *invocation, weir_value *ret_result,
                             weir_error **ret_error) {
  weir_bridge_request *r;
  WEIR_TRY(call_prepare(b, invocation, true, &r, ret_error));
  if (intake_may_wait(b, ret_error) != WEIR_OK) {
    call_discard(r);
    return WEIR_ERR_WOULD_DEADLOCK;
  }
  WEIR_TRY(call_enter(b, r, ret_error));
  weir_bridge_wait(r, WEIR_BRIDGE_FOREVER);
  weir_status status = weir_bridge_call_result(r, ret_result, ret_error);
  weir_bridge_request_free(r);
  return status;
}
