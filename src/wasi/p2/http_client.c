/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* outgoing-handler of wasi:http@0.2, and future-incoming-response. */
#include "base/diag.h"
#include "base/mem.h"
#include "wasi/http/error.h"
#include "wasi/http/request.h"
#include "wasi/p2/http.h"
#include "wasi/p2/poll.h"
#include "wasi/p2/relay.h"

struct future {
  struct wasi_object object;
  struct wasi_p2 *p2;
  struct wasi_http_transfer *transfer; /* held; NULL: its response was given */
  struct http_failure failure;         /* of one that has none */
  struct wasi_p2_pollee pollee;
  struct wasi_p2_relay relay;
};

static struct future *future_of(struct wasi_p2_pollee *pollee) {
  return LIST_OWNER(pollee, struct future, pollee);
}

static bool future_ready(struct wasi_p2_pollee *pollee) {
  const struct future *f = future_of(pollee);
  return !f->transfer || wasi_http_response_is_there(f->transfer);
}

static bool future_watch(struct wasi_event *event) {
  struct future *f = future_of(LIST_OWNER(event, struct wasi_p2_pollee, event));
  return f->transfer && wasi_p2_relay_watch(&f->relay, &f->transfer->head, event);
}

static void future_unwatch(struct wasi_event *event) {
  wasi_p2_relay_unwatch(&future_of(LIST_OWNER(event, struct wasi_p2_pollee, event))->relay);
}

/* A guest that does not want the response breaks the exchange off. */
static void future_free(struct wasi_object *object) {
  struct future *f = (struct future *)object;
  struct http_failure unwanted = http_failure_text(HTTP_INTERNAL_ERROR, STR("the guest has dropped the request"));
  wasi_p2_relay_unwatch(&f->relay);
  if (f->transfer)
    wasi_http_transfer_fail(f->transfer, &unwanted);
  wasi_http_transfer_release(f->transfer);
  mem_free(object->objects->alloc, f, sizeof(*f));
}

static const struct wasi_object_type future_type = {.free = future_free};

static struct future *future_get(const struct wasi_p2 *p2, uint64_t number) {
  return (struct future *)wasi_object_get(p2->objects, &future_type, number);
}

/* Takes the transfer. */
static weir_status future_new(struct wasi_p2 *p2, struct wasi_http_transfer *take_t, weir_store *store, uint64_t *ret) {
  struct future *f = mem_zalloc(p2->alloc, sizeof(*f));
  weir_status status = f ? wasi_object_init(p2->objects, &future_type, store, &f->object) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK) {
    struct http_failure nomem = http_failure_nomem();
    mem_free(p2->alloc, f, sizeof(*f));
    wasi_http_transfer_fail(take_t, &nomem);
    wasi_http_transfer_release(take_t);
    return status;
  }
  f->p2 = p2;
  f->transfer = take_t;
  f->pollee.ready = future_ready;
  wasi_event_init(&f->pollee.event, future_watch, future_unwatch);
  *ret = f->object.number;
  return WEIR_OK;
}

/* ---- the interface ----------------------------------------------------------------------------------------------- */

void wasi_p2_http_future_incoming_response_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}

weir_status wasi_p2_http_future_incoming_response_subscribe(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                            uint64_t *ret) {
  struct future *f = future_get(p2, self);
  return f ? wasi_p2_pollable_new(p2, store, &f->object, &f->pollee, ret) : WEIR_ERR_MISUSE;
}

weir_status wasi_p2_http_future_incoming_response_get(
    struct wasi_p2 *p2, weir_store *store, uint64_t self,
    struct wasi_option_result_result_p2_http_incoming_response_http_error_code_none *ret) {
  struct future *f = future_get(p2, self);
  if (!f)
    return WEIR_ERR_MISUSE;
  struct wasi_http_transfer *t = f->transfer;
  ret->some = !t || wasi_http_response_is_there(t);
  ret->value.failed = !t;
  if (!ret->some || !t)
    return WEIR_OK;
  wasi_p2_relay_unwatch(&f->relay);
  weir_status status = WEIR_OK;
  ret->value.ok.failed = !t->x->received;
  if (t->x->received)
    status = wasi_p2_http_message_received(p2, t, store, WASI_P2_HTTP_INCOMING_RESPONSE, &ret->value.ok.ok);
  else
    f->failure = t->failure;
  ret->value.ok.error = wasi_http_error_of(&f->failure);
  f->transfer = NULL;
  wasi_http_transfer_release(t);
  return status;
}

weir_status wasi_p2_http_outgoing_handler_handle(
    struct wasi_p2 *p2, weir_store *store, uint64_t request, struct wasi_option_p2_http_request_options options,
    struct wasi_result_p2_http_future_incoming_response_http_error_code *ret) {
  struct wasi_p2_http_message *m = wasi_p2_http_message_get(p2, WASI_P2_HTTP_OUTGOING_REQUEST, request);
  const struct wasi_http_options *o = options.some ? wasi_http_options_of(p2->http, options.value) : NULL;
  struct http_failure *why = &p2->http->refused;
  if (!m || (options.some && !o))
    return WEIR_ERR_MISUSE;
  struct wasi_http_transfer *t = wasi_http_request_start(p2->http, &m->head, o, !m->outgoing, why);
  ret->failed = !t;
  if (ret->failed) {
    ret->error = wasi_http_error_of(why);
    return WEIR_OK;
  }
  if (m->outgoing)
    wasi_p2_http_outgoing_attach(m->outgoing, t);
  return future_new(p2, t, store, &ret->ok);
}
