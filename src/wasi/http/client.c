/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:http/client@0.3.0: send. The call waits for the head of the response; bodies go on by themselves. A guest that
 * cancels the call breaks the exchange off.
 */
#include "base/diag.h"
#include "wasi/host/attempt.h"
#include "wasi/http/error.h"
#include "wasi/http/message.h"
#include "wasi/http/request.h"

struct sent_request {
  struct wasi_attempt first;
  struct wasi_http_transfer *transfer; /* held */
  bool told;
};

static void send_failed(weir_host_call *call, const struct http_failure *why) {
  struct wasi_result_http_response_http_error_code result = {.failed = true, .error = wasi_http_error_of(why)};
  wasi_http_client_send_return(call, &result);
}

static bool attempt_response(struct wasi_attempt *first) {
  struct sent_request *s = (struct sent_request *)first;
  struct wasi_http_transfer *t = s->transfer;
  struct wasi_result_http_response_http_error_code result = {0};
  if (!wasi_http_response_is_there(t))
    return false;
  s->told = true;
  if (!t->x->received) {
    send_failed(first->call, &t->failure);
    return true;
  }
  weir_status status = wasi_http_message_received(t, weir_host_call_store(first->call), WASI_HTTP_RESPONSE, &result.ok);
  if (status == WEIR_OK)
    wasi_http_client_send_return(first->call, &result);
  else
    weir_host_call_fail(first->call, wasi_value_words(status));
  return true;
}

static void request_done(struct wasi_attempt *first) {
  struct sent_request *s = (struct sent_request *)first;
  if (!s->told) {
    static const struct http_failure cancelled = {.code = HTTP_INTERNAL_ERROR,
                                                  .text = "the guest has cancelled the request"};
    wasi_http_transfer_fail(s->transfer, &cancelled);
  }
  wasi_http_transfer_release(s->transfer);
}

void wasi_http_client_send(struct wasi_http *http, weir_host_call *call, uint64_t request) {
  struct wasi_http_message *m = wasi_http_message_get(http, WASI_HTTP_REQUEST, request);
  weir_store *store = weir_host_call_store(call);
  struct http_failure why;
  if (!m) {
    weir_host_call_fail(call, "not a request");
    return;
  }
  struct wasi_http_transfer *t = wasi_http_request_start(http, &m->head, m->options, false, &why);
  if (!t) {
    if (m->content.sent)
      wasi_http_promise_keep_failure(m->content.sent, &why);
    m->content.sent = NULL;
    send_failed(call, &why);
    return;
  }
  struct wasi_http_content content;
  if (wasi_http_message_take_body(m, store, weir_host_call_instance(call), &content) == WEIR_OK)
    wasi_http_send(t, store, NULL, &content);
  struct sent_request s = {.first = {.alloc = http->alloc,
                                     .call = call,
                                     .object = &m->object,
                                     .event = &t->head,
                                     .attempt = attempt_response,
                                     .done = request_done},
                           .transfer = t};
  wasi_attempt_begin(&s.first, sizeof(s));
}
