/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A request in the hands of a component. Two things end, in any order: the exchange, and the guest's call.
 *
 *   RUNNING --response--> ANSWERED         the exchange goes on alone; the call may too
 *      `--failed, cancelled, no response--> the exchange is answered here, or broken off
 *
 * In order: ends; the exchange; the guest's call; starting.
 */
#include "wasi/http/handle.h"

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/host/host.h"
#include "wasi/http/answer.h"
#include "wasi/http/error.h"
#include "wasi/http/message.h"
#include "wasi/p2/http.h"

struct wasi_http_handling {
  struct wasi_http *http;
  weir_store *store;
  weir_instance *instance;
  weir_call *call;
  struct wasi_http_transfer *transfer; /* held */
  const struct wasi_http_watcher *watcher;
  void *data;
  bool is_p2, told_answer, done, exited;
  struct wasi_waiter waiter; /* of the exchange, until it is done */
  struct wasi_http_pending pending;
};

/* ---- ends -------------------------------------------------------------------------------------------------------- */

static void handling_free(struct wasi_http_handling *h) {
  wasi_event_leave(&h->waiter);
  list_remove(&h->pending.node);
  weir_call_free(h->call);
  struct wasi_http_transfer *t = h->transfer;
  mem_free(h->http->alloc, h, sizeof(*h));
  wasi_http_transfer_release(t);
}

static void handling_closed(struct wasi_http_pending *pending) {
  handling_free(LIST_OWNER(pending, struct wasi_http_handling, pending));
}

static void handling_exited(struct wasi_http_handling *h) {
  h->exited = true;
  if (h->watcher->exited)
    h->watcher->exited(h->data, h);
  if (h->done)
    handling_free(h);
}

static void handling_done(struct wasi_http_handling *h) {
  struct wasi_http_transfer *t = h->transfer;
  h->done = true;
  if (h->watcher->done)
    h->watcher->done(h->data, h, t->failed ? &t->failure : NULL);
  if (h->exited)
    handling_free(h);
}

/* ---- the exchange ------------------------------------------------------------------------------------------------ */

static void tell_answer(struct wasi_http_handling *h) {
  if (h->told_answer || !h->transfer->head_sent)
    return;
  h->told_answer = true;
  if (h->watcher->answered)
    h->watcher->answered(h->data, h, h->transfer->status);
}

static void exchange_happened(struct wasi_waiter *waiter) {
  struct wasi_http_handling *h = LIST_OWNER(waiter, struct wasi_http_handling, waiter);
  struct wasi_http_transfer *t = h->transfer;
  tell_answer(h);
  if (t->failed || t->sent)
    handling_done(h);
  else
    wasi_event_wait(&t->outgoing, &h->waiter);
}

static void answer(struct wasi_http_handling *h, const struct http_failure *why) {
  struct wasi_http_transfer *t = wasi_http_transfer_hold(h->transfer);
  wasi_http_answer(t, why); /* where it breaks off, the handling is told, and may be gone */
  wasi_http_transfer_release(t);
}

/* ---- the guest's call -------------------------------------------------------------------------------------------- */

static const struct http_failure no_response = {.code = HTTP_INTERNAL_ERROR, .text = "the handler gave no response"};

/* result<response, error-code> of 0.3. */
static void respond(struct wasi_http_handling *h, weir_value *result) {
  if (result->tag != 0) {
    struct wasi_http_error_code error = wasi_http_error_code_from(result->of.payload);
    struct http_failure why = wasi_http_failure_of(&error);
    answer(h, &why);
    return;
  }
  struct wasi_http_message *m = wasi_http_message_get(h->http, WASI_HTTP_RESPONSE, wasi_rep(result->of.payload));
  struct wasi_http_content content;
  if (m && wasi_http_message_take_body(m, h->store, h->instance, &content) == WEIR_OK)
    wasi_http_send(h->transfer, h->store, &m->head, &content);
  else
    answer(h, &no_response);
}

static void call_returned(struct wasi_http_handling *h) {
  weir_value result = {0};
  weir_call_result(h->call, &result, NULL);
  if (!h->is_p2 && result.kind == WEIR_VALUE_VARIANT)
    respond(h, &result);
  else if (!h->transfer->head_sent)
    answer(h, &no_response);
  weir_value_clear(&result);
}

static void call_failed(struct wasi_http_handling *h) {
  static const struct http_failure why = {.code = HTTP_INTERNAL_ERROR, .text = "the handler has failed"};
  weir_error *error = NULL;
  weir_value none = {0};
  weir_status status = weir_call_result(h->call, &none, &error);
  if (h->watcher->failed)
    h->watcher->failed(h->data, h, status, error);
  weir_error_free(error);
  answer(h, &why);
}

static void call_exited(struct wasi_http_handling *h) {
  static const struct http_failure why = {.code = HTTP_INTERNAL_ERROR, .text = "the guest has trapped"};
  if (!h->done && weir_store_failure(h->store))
    answer(h, &why);
  handling_exited(h);
}

static void call_happened(void *data, weir_call *call, weir_call_event event) {
  struct wasi_http_handling *h = data;
  (void)call;
  if (event == WEIR_CALL_EXITED) {
    call_exited(h);
    return;
  }
  if (event == WEIR_CALL_RETURNED)
    call_returned(h);
  else if (event == WEIR_CALL_FAILED || event == WEIR_CALL_CANCELLED)
    call_failed(h);
  tell_answer(h);
}

void wasi_http_handling_cancel(struct wasi_http_handling *h, const struct http_failure *why) {
  weir_call_cancel(h->call);
  answer(h, why);
}

/* ---- starting ---------------------------------------------------------------------------------------------------- */

static bool begins(const char *name, const char *prefix) {
  return name && strncmp(name, prefix, strlen(prefix)) == 0;
}

bool wasi_http_handler_is_p2(const weir_func *handler) {
  return begins(weir_func_interface(handler), "wasi:http/incoming-handler@0.2.");
}

const weir_func *wasi_http_find_handler(const weir_component *component) {
  const weir_func *found = NULL;
  for (size_t i = 0; i < weir_component_export_count(component); i++) {
    const weir_extern *e = weir_component_export(component, i);
    bool p3 = begins(weir_extern_name(e), "wasi:http/handler@0.3.");
    if (!p3 && !begins(weir_extern_name(e), "wasi:http/incoming-handler@0.2."))
      continue;
    for (size_t k = 0; k < weir_extern_count(e); k++) {
      const weir_func *func = weir_extern_func(weir_extern_at(e, k));
      if (func && strcmp(weir_func_name(func), "handle") == 0 && (p3 || !found))
        found = func;
    }
  }
  return found;
}

/* The request as the argument of the handler. */
static weir_status request_value(struct wasi_http_handling *h, weir_value *ret) {
  uint64_t number = 0;
  WEIR_TRY(wasi_http_message_received(h->transfer, h->store, WASI_HTTP_REQUEST, &number));
  weir_status status = weir_resource_new(h->instance, "wasi:http/types@0.3.0", "request", number, ret, NULL);
  if (status != WEIR_OK)
    wasi_object_drop(h->http->objects, number);
  return status;
}

static weir_status call_start(struct wasi_http_handling *h, weir_wasi *wasi, const weir_func *handler,
                              weir_error **ret_error) {
  weir_value args[2] = {{0}, {0}};
  size_t count = h->is_p2 ? 2 : 1;
  weir_status status =
      h->is_p2 ? wasi_p2_http_arguments(&wasi->p2, h->transfer, h->store, h->instance, args) : request_value(h, args);
  if (status == WEIR_OK)
    status = weir_call_start(h->instance, handler, args, count, NULL, NULL, &h->call, ret_error);
  weir_value_clear(&args[0]);
  weir_value_clear(&args[1]);
  return status == WEIR_OK ? weir_call_on_event(h->call, call_happened, h) : status;
}

weir_status wasi_http_handle(weir_wasi *wasi, weir_store *store, weir_instance *instance, const weir_func *handler,
                             struct http_exchange *take_x, const struct wasi_http_watcher *watcher, void *data,
                             struct wasi_http_handling **ret, weir_error **ret_error) {
  struct wasi_http *http = &wasi->http;
  struct wasi_http_handling *h = mem_zalloc(http->alloc, sizeof(*h));
  struct wasi_http_transfer *t = h ? wasi_http_transfer_new(http, take_x, false) : NULL;
  if (!t) {
    mem_free(http->alloc, h, sizeof(*h));
    return WEIR_ERR_NOMEM;
  }
  *h = (struct wasi_http_handling){
      .http = http, .store = store, .instance = instance, .transfer = t, .watcher = watcher, .data = data};
  h->is_p2 = wasi_http_handler_is_p2(handler);
  h->waiter.happened = exchange_happened;
  h->pending.end = handling_closed;
  list_append(&http->pending, &h->pending.node);
  wasi_event_wait(&t->outgoing, &h->waiter);
  weir_status status = call_start(h, wasi, handler, ret_error);
  if (status == WEIR_OK) {
    *ret = h;
    return WEIR_OK;
  }
  wasi_http_transfer_give_back(t);
  handling_free(h);
  return status;
}
