/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls of components as requests: the job starts the call in its store on the worker, and the call's completion, or
 * that of its store, ends the request. Values move with them from thread to thread, which is why none may hold a
 * handle: those belong to their store. All memory is had before the request is handed in, so that a call that has
 * returned cannot fail any more.
 */
#include <string.h>

#include "base/mem.h"
#include "bridge/core.h"
#include "bridge/drive.h"
#include "bridge/intake.h"
#include "bridge/request.h"
#include "component/types.h"
#include "embed/component.h"
#include "embed/state.h"

/* The request's result. */
struct call_box {
  struct weir_alloc alloc;
  weir_value value;
};

/* The job's data. */
struct bridge_call {
  struct drive_call drive; /* first */
  struct weir_bridge *bridge;
  weir_bridge_request *request;
  weir_instance *instance;
  const weir_func *func;
  weir_call *call; /* NULL: not started, or ended */
  struct call_box *box;
  size_t count;
  weir_value args[];
};

static const char call_kind = 0; /* its address tells calls from other requests */

/* ---- memory ------------------------------------------------------------------------------------------------------------- */

static void box_free(void *result) {
  struct call_box *box = result;
  struct weir_alloc alloc = box->alloc;
  weir_value_clear(&box->value);
  mem_free(&alloc, box, sizeof *box);
}

static size_t call_size(size_t count) {
  return sizeof(struct bridge_call) + count * sizeof(weir_value);
}

static void call_free(void *data) {
  struct bridge_call *c = data;
  list_remove(&c->drive.all);
  weir_call_free(c->call);
  for (size_t i = 0; i < c->count; i++)
    weir_value_clear(&c->args[i]);
  if (c->box != NULL)
    box_free(c->box);
  mem_free(&c->bridge->alloc, c, call_size(c->count));
}

static struct bridge_call *call_new(struct weir_bridge *b, const struct weir_bridge_invocation *invocation) {
  struct bridge_call *c = mem_zalloc(&b->alloc, call_size(invocation->count));
  if (c == NULL)
    return NULL;
  c->box = mem_zalloc(&b->alloc, sizeof *c->box);
  if (c->box == NULL) {
    mem_free(&b->alloc, c, call_size(invocation->count));
    return NULL;
  }
  c->box->alloc = b->alloc;
  c->bridge = b;
  c->instance = invocation->instance;
  c->func = invocation->func;
  c->count = invocation->count;
  c->drive.wait_when_stuck = invocation->wait_when_stuck;
  list_init(&c->drive.all);
  for (size_t i = 0; i < c->count; i++) {
    c->args[i] = invocation->take_args[i];
    invocation->take_args[i] = (weir_value){0};
  }
  return c;
}

/* ---- on the worker ------------------------------------------------------------------------------------------------------ */

static void call_end(struct bridge_call *c, weir_status status, weir_error *take_error) {
  struct request_outcome outcome = {.status = status, .take_error = take_error};
  list_remove(&c->drive.all);
  if (status == WEIR_OK) {
    outcome.take_result = c->box;
    c->box = NULL;
  }
  request_finish(c->request, &outcome);
}

static void on_done(void *data, weir_call *call) {
  struct bridge_call *c = data;
  weir_error *error = NULL;
  weir_status status = weir_call_result(call, &c->box->value, &error);
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
  if (c->call != NULL)
    weir_call_cancel(c->call);
}

static void on_start(void *data, weir_bridge_request *request) {
  struct bridge_call *c = data;
  weir_error *error = NULL;
  c->request = request;
  struct drive *drive = drive_find(c->bridge, c->instance->store);
  if (drive == NULL) {
    bridge_refuse(WEIR_ERR_MISUSE, "the instance's store is not attached to the bridge", &error);
    call_end(c, WEIR_ERR_MISUSE, error);
    return;
  }
  weir_status status = weir_call_start(c->instance, c->func, c->args, c->count, on_done, c, &c->call, &error);
  if (status != WEIR_OK) {
    call_end(c, status, error);
    return;
  }
  drive_add(drive, &c->drive);
  weir_bridge_on_cancel(request, on_cancel, c);
}

/* ---- handing in --------------------------------------------------------------------------------------------------------- */

static bool has_handles(const weir_func *func) {
  const struct func_type *type = func->type;
  return type->params->has_handle || (type->result != NULL && type->result->has_handle);
}

static weir_status invocation_read(const struct weir_bridge_invocation *from, struct weir_bridge_invocation *ret,
                                   weir_error **ret_error) {
  size_t size = from->size == 0 || from->size > sizeof *ret ? sizeof *ret : from->size;
  memset(ret, 0, sizeof *ret);
  memcpy(ret, from, size);
  if (ret->instance == NULL || ret->func == NULL)
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

/* The two ways to hand in. */
typedef weir_status enter_fn(struct weir_bridge *b, const struct weir_bridge_job *job, const void *kind,
                             weir_bridge_request **ret, weir_error **ret_error);

static weir_status call_enter(struct weir_bridge *b, const struct weir_bridge_invocation *invocation, enter_fn *enter,
                              weir_bridge_request **ret, weir_error **ret_error) {
  struct bridge_call *c = call_new(b, invocation);
  if (c == NULL)
    return bridge_refuse(WEIR_ERR_NOMEM, "no memory for a call", ret_error);
  c->drive.lose = on_lost;
  weir_bridge_job job = {.start = on_start,
                         .free = call_free,
                         .data = c,
                         .free_result = box_free,
                         .done = invocation->done,
                         .done_data = invocation->done_data,
                         .timeout = invocation->timeout,
                         .no_wait = invocation->no_wait};
  weir_status status = enter(b, &job, &call_kind, ret, ret_error);
  if (status != WEIR_OK)
    call_free(c);
  return status;
}

static weir_status call_hand_in(struct weir_bridge *b, const struct weir_bridge_invocation *invocation, enter_fn *enter,
                                weir_bridge_request **ret, weir_error **ret_error) {
  struct weir_bridge_invocation copy;
  weir_status status = invocation_read(invocation, &copy, ret_error);
  if (status == WEIR_OK)
    status = call_enter(b, &copy, enter, ret, ret_error);
  for (size_t i = 0; i < copy.count; i++)
    weir_value_clear(&copy.take_args[i]);
  return status;
}

weir_status weir_bridge_call_submit(weir_bridge *b, const weir_bridge_invocation *invocation, weir_bridge_request **ret,
                                    weir_error **ret_error) {
  return call_hand_in(b, invocation, intake_submit, ret, ret_error);
}

weir_status weir_bridge_call_result(weir_bridge_request *r, weir_value *ret_result, weir_error **ret_error) {
  void *box = NULL;
  weir_status status = request_result(r, &call_kind, &box, ret_error);
  if (ret_result != NULL)
    *ret_result = (weir_value){0};
  if (box == NULL)
    return status;
  struct call_box *b = box;
  if (ret_result != NULL) {
    *ret_result = b->value;
    b->value = (weir_value){0};
  }
  box_free(b);
  return status;
}

weir_status weir_bridge_call(weir_bridge *b, const weir_bridge_invocation *invocation, weir_value *ret_result,
                             weir_error **ret_error) {
  weir_bridge_request *r;
  weir_status status = call_hand_in(b, invocation, intake_run, &r, ret_error);
  if (status != WEIR_OK)
    return status;
  status = weir_bridge_call_result(r, ret_result, ret_error);
  weir_bridge_request_free(r);
  return status;
}
