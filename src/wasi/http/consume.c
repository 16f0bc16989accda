/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * consume-body of requests and responses of 0.3: what an exchange brings becomes a stream; what a guest has given goes
 * on to the guest that consumes, untouched, and what that one says of it comes back to the first.
 */
#include "base/diag.h"
#include "base/mem.h"
#include "wasi/http/error.h"
#include "wasi/http/message.h"

typedef struct wasi_tuple_stream_u8_future_result_option_http_fields_http_error_code body_result;

/* ---- what the consumer says -------------------------------------------------------------------------------------- */

/* The outcome of a message, which its consumer tells: it goes to the promise of who has made it, or to an exchange. */
struct verdict {
  struct wasi_http *http;
  weir_stream *res;
  weir_value value;
  struct wasi_http_promise *sent;      /* NULL: */
  struct wasi_http_transfer *transfer; /* held */
};

static void verdict_free(struct verdict *v) {
  weir_stream_drop(v->res);
  weir_value_clear(&v->value);
  wasi_http_transfer_release(v->transfer);
  mem_free(v->http->alloc, v, sizeof(*v));
}

/* An error breaks off what an exchange still brings. */
static void verdict_tell(struct verdict *v) {
  if (v->sent) {
    wasi_http_promise_keep(v->sent, &v->value);
  } else if (v->value.kind == WEIR_VALUE_VARIANT && v->value.tag != 0 && !v->transfer->ended) {
    struct wasi_http_error_code error = wasi_http_error_code_from(v->value.of.payload);
    struct http_failure why = wasi_http_failure_of(&error);
    wasi_http_transfer_fail(v->transfer, &why);
  }
  verdict_free(v);
}

static void verdict_read(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end, (void)result, (void)count;
  verdict_tell(data);
}

/* Takes the future, and the promise. Where memory is out nobody hears what the consumer says. */
static void verdict_await(struct wasi_http *http, weir_stream *take_res, struct wasi_http_promise *take_sent,
                          struct wasi_http_transfer *transfer) {
  struct verdict *v = mem_zalloc(http->alloc, sizeof(*v));
  if (!v) {
    struct http_failure nomem = http_failure_nomem();
    weir_stream_drop(take_res);
    if (take_sent)
      wasi_http_promise_keep_failure(take_sent, &nomem);
    return;
  }
  *v = (struct verdict){.http = http, .res = take_res, .sent = take_sent};
  v->transfer = transfer ? wasi_http_transfer_hold(transfer) : NULL;
  if (weir_stream_read_values(take_res, &v->value, 1, verdict_read, v, NULL) != WEIR_OK)
    verdict_tell(v);
}

/* ---- bodies ------------------------------------------------------------------------------------------------------ */

/* A stream that has ended. */
static weir_status empty_stream(weir_store *store, weir_value *ret) {
  weir_stream *end;
  WEIR_TRY(weir_stream_new(store, WEIR_ELEMENT_U8, ret, &end, NULL));
  weir_stream_drop(end);
  return WEIR_OK;
}

/* What a guest has given: as it is. */
static weir_status pass_on(struct wasi_http_message *m, weir_store *store, weir_stream *take_res, body_result *ret) {
  struct wasi_http_content *c = &m->content;
  if (c->contents)
    weir_stream_to_value(c->contents, &ret->f0);
  weir_status status = c->contents ? WEIR_OK : empty_stream(store, &ret->f0);
  weir_stream_to_value(c->trailers, &ret->f1);
  struct wasi_http_promise *sent = c->sent;
  *c = (struct wasi_http_content){0};
  verdict_await(m->http, take_res, sent, NULL);
  return status;
}

/* What has come. A server's peer cannot be told what a guest says of its request before there is a response. */
static weir_status give_received(struct wasi_http_message *m, weir_host_call *call, weir_stream *take_res,
                                 body_result *ret) {
  weir_status status =
      wasi_http_receive(m->received, weir_host_call_store(call), weir_host_call_instance(call), &ret->f0, &ret->f1);
  if (status == WEIR_OK && m->received->is_client)
    verdict_await(m->http, take_res, NULL, m->received);
  else
    weir_stream_drop(take_res);
  return status;
}

/* The guest's handle goes with the call. */
static void consume(struct wasi_http_message *m, weir_host_call *call, weir_stream *take_res,
                    void (*finish)(weir_host_call *call, body_result *result)) {
  body_result result = {0};
  weir_status status = WEIR_ERR_MISUSE;
  if (!m)
    weir_stream_drop(take_res);
  else if (m->received)
    status = give_received(m, call, take_res, &result);
  else
    status = pass_on(m, weir_host_call_store(call), take_res, &result);
  if (status == WEIR_OK)
    finish(call, &result);
  else
    weir_host_call_fail(call, wasi_value_words(status));
  weir_value_clear(&result.f0);
  weir_value_clear(&result.f1);
}

void wasi_http_request_consume_body(struct wasi_http *http, weir_host_call *call, uint64_t this, weir_stream *res) {
  consume(wasi_http_message_get(http, WASI_HTTP_REQUEST, this), call, res, wasi_http_request_consume_body_return);
}

void wasi_http_response_consume_body(struct wasi_http *http, weir_host_call *call, uint64_t this, weir_stream *res) {
  consume(wasi_http_message_get(http, WASI_HTTP_RESPONSE, this), call, res, wasi_http_response_consume_body_return);
}

weir_status wasi_http_message_take_body(struct wasi_http_message *m, weir_store *store, weir_instance *instance,
                                        struct wasi_http_content *ret) {
  *ret = m->content;
  m->content = (struct wasi_http_content){0};
  if (!m->received)
    return WEIR_OK;
  weir_value stream = {0}, future = {0};
  weir_status status = wasi_http_receive(m->received, store, instance, &stream, &future);
  if (status == WEIR_OK) {
    ret->contents = weir_stream_from_value(&stream);
    ret->trailers = weir_stream_from_value(&future);
  }
  weir_value_clear(&stream);
  weir_value_clear(&future);
  return status;
}
