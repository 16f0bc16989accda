/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * incoming-body and future-trailers of wasi:http/types@0.2, over the body that an exchange receives. Whoever finishes a
 * body before its end learns of the end all the same: what comes until then is taken and dropped.
 */
#include <errno.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/http/error.h"
#include "wasi/p2/error.h"
#include "wasi/p2/http.h"
#include "wasi/p2/input.h"
#include "wasi/p2/relay.h"

struct incoming {
  struct wasi_object object;
  struct wasi_http_transfer *transfer; /* held */
  bool has_stream;                     /* it was given, */
  bool reads;                          /* and is still there */
};

int wasi_p2_http_errno(const struct wasi_http_transfer *t) {
  return -(WASI_P2_ERROR_HTTP + (int)t->failure.code);
}

/* ---- the stream -------------------------------------------------------------------------------------------------- */

struct source {
  struct incoming *body; /* held */
  struct wasi_p2_relay relay;
};

static ssize_t source_read(void *of, uint8_t *bytes, size_t size) {
  struct wasi_http_transfer *t = ((struct source *)of)->body->transfer;
  size_t count = wasi_http_transfer_read(t, bytes, size);
  if (count > 0)
    return (ssize_t)count;
  if (t->failed)
    return wasi_p2_http_errno(t);
  return t->ended ? 0 : -EAGAIN;
}

static bool source_ready(void *of) {
  return wasi_http_transfer_is_readable(((struct source *)of)->body->transfer);
}

static bool source_watch(void *of, struct wasi_event *event) {
  struct source *source = of;
  return wasi_p2_relay_watch(&source->relay, &source->body->transfer->incoming, event);
}

static void source_unwatch(void *of, struct wasi_event *event) {
  (void)event;
  wasi_p2_relay_unwatch(&((struct source *)of)->relay);
}

static void source_close(void *of) {
  struct source *source = of;
  struct incoming *body = source->body;
  const struct weir_alloc *alloc = body->object.objects->alloc;
  wasi_p2_relay_unwatch(&source->relay);
  body->reads = false;
  mem_free(alloc, source, sizeof(*source));
  wasi_object_release(&body->object);
}

static const struct wasi_p2_source source_ops = {.read = source_read,
                                                 .ready = source_ready,
                                                 .watch = source_watch,
                                                 .unwatch = source_unwatch,
                                                 .close = source_close};

/* ---- bodies ------------------------------------------------------------------------------------------------------ */

static void incoming_free(struct wasi_object *object) {
  struct incoming *body = (struct incoming *)object;
  wasi_http_transfer_release(body->transfer);
  mem_free(object->objects->alloc, body, sizeof(*body));
}

static const struct wasi_object_type incoming_type = {.free = incoming_free};

static struct incoming *incoming_get(const struct wasi_p2 *p2, uint64_t number) {
  return (struct incoming *)wasi_object_get(p2->objects, &incoming_type, number);
}

weir_status wasi_p2_http_incoming_new(struct wasi_p2 *p2, struct wasi_http_transfer *t, weir_store *store,
                                      uint64_t *ret) {
  struct incoming *body = mem_zalloc(p2->alloc, sizeof(*body));
  weir_status status = body ? wasi_object_init(p2->objects, &incoming_type, store, &body->object) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK) {
    mem_free(p2->alloc, body, sizeof(*body));
    return status;
  }
  body->transfer = wasi_http_transfer_hold(t);
  *ret = body->object.number;
  http_want(t->x);
  return WEIR_OK;
}

void wasi_p2_http_incoming_body_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}

weir_status wasi_p2_http_incoming_body_stream(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                              struct wasi_result_p2_io_input_stream_none *ret) {
  struct incoming *body = incoming_get(p2, self);
  if (!body)
    return WEIR_ERR_MISUSE;
  ret->failed = body->has_stream;
  if (ret->failed)
    return WEIR_OK;
  struct source *source = mem_zalloc(p2->alloc, sizeof(*source));
  if (!source)
    return WEIR_ERR_NOMEM;
  wasi_object_hold(&body->object);
  source->body = body;
  body->has_stream = body->reads = true;
  return wasi_p2_input_new(p2, store, &source_ops, source, &ret->ok);
}

/* ---- trailers ---------------------------------------------------------------------------------------------------- */

struct trailers {
  struct wasi_object object;
  struct wasi_http_transfer *transfer; /* held */
  bool given;
  struct wasi_waiter waiter; /* of the exchange, until the end is known */
  struct wasi_p2_pollee pollee;
};

static bool trailers_are_there(const struct trailers *tr) {
  return tr->transfer->ended || tr->transfer->failed;
}

/* Drops what has come of the body, and waits for more until the end is known. */
static void trailers_skip(struct wasi_waiter *waiter) {
  struct trailers *tr = LIST_OWNER(waiter, struct trailers, waiter);
  struct wasi_http_transfer *t = tr->transfer;
  const uint8_t *bytes;
  for (size_t count; !t->failed && (count = http_peek(t->x, &bytes)) > 0;)
    http_take(t->x, count);
  if (trailers_are_there(tr))
    wasi_event_happened(&tr->pollee.event);
  else
    wasi_event_wait(&t->incoming, &tr->waiter);
}

static bool trailers_ready(struct wasi_p2_pollee *pollee) {
  return trailers_are_there(LIST_OWNER(pollee, struct trailers, pollee));
}

/* The exchange is waited for anyway. */
static bool watch(struct wasi_event *event) {
  (void)event;
  return true;
}

static void unwatch(struct wasi_event *event) {
  (void)event;
}

static void trailers_free(struct wasi_object *object) {
  struct trailers *tr = (struct trailers *)object;
  wasi_event_leave(&tr->waiter);
  wasi_http_transfer_release(tr->transfer);
  mem_free(object->objects->alloc, tr, sizeof(*tr));
}

static const struct wasi_object_type trailers_type = {.free = trailers_free};

static struct trailers *trailers_get(const struct wasi_p2 *p2, uint64_t number) {
  return (struct trailers *)wasi_object_get(p2->objects, &trailers_type, number);
}

/* The guest's handle of the body goes with the call. A stream that is still there traps. */
weir_status wasi_p2_http_incoming_body_finish(struct wasi_p2 *p2, weir_store *store, uint64_t this, uint64_t *ret) {
  struct incoming *body = incoming_get(p2, this);
  if (!body || body->reads)
    return WEIR_ERR_MISUSE;
  struct trailers *tr = mem_zalloc(p2->alloc, sizeof(*tr));
  weir_status status = tr ? wasi_object_init(p2->objects, &trailers_type, store, &tr->object) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK) {
    mem_free(p2->alloc, tr, sizeof(*tr));
    return status;
  }
  tr->transfer = wasi_http_transfer_hold(body->transfer);
  tr->waiter.happened = trailers_skip;
  tr->pollee.ready = trailers_ready;
  wasi_event_init(&tr->pollee.event, watch, unwatch);
  trailers_skip(&tr->waiter);
  *ret = tr->object.number;
  return WEIR_OK;
}

void wasi_p2_http_future_trailers_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}

weir_status wasi_p2_http_future_trailers_subscribe(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                   uint64_t *ret) {
  struct trailers *tr = trailers_get(p2, self);
  return tr ? wasi_p2_pollable_new(p2, store, &tr->object, &tr->pollee, ret) : WEIR_ERR_MISUSE;
}

weir_status wasi_p2_http_future_trailers_get(
    struct wasi_p2 *p2, weir_store *store, uint64_t self,
    struct wasi_option_result_result_option_p2_http_fields_http_error_code_none *ret) {
  struct trailers *tr = trailers_get(p2, self);
  if (!tr)
    return WEIR_ERR_MISUSE;
  struct wasi_http_transfer *t = tr->transfer;
  ret->some = trailers_are_there(tr);
  ret->value.failed = tr->given;
  if (!ret->some || tr->given)
    return WEIR_OK;
  tr->given = true;
  ret->value.ok.failed = !t->ended;
  ret->value.ok.error = wasi_http_error_of(&t->failure);
  ret->value.ok.ok.some = t->ended && t->trailers;
  if (!ret->value.ok.ok.some)
    return WEIR_OK;
  return wasi_http_fields_make(p2->http, store, wasi_http_headers_hold(t->trailers), &ret->value.ok.ok.value);
}
