/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * outgoing-body of wasi:http/types@0.2: bytes that a guest writes, for an exchange that may come later. Until then the
 * output-stream keeps what fits into its buffer.
 *
 *   WRITING --finish--> FINISHED --the stream has drained--> ENDED
 *      `--dropped, or the wrong length--> BROKEN: the exchange is broken off
 */
#include <errno.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/http/error.h"
#include "wasi/p2/error.h"
#include "wasi/p2/http.h"
#include "wasi/p2/output.h"
#include "wasi/p2/relay.h"

enum outgoing_state { WRITING, FINISHED, ENDED, BROKEN };

struct wasi_p2_http_outgoing {
  struct wasi_object object;
  struct wasi_http_transfer *transfer; /* held; NULL: the message was not sent yet */
  enum outgoing_state state;
  struct http_failure failure; /* BROKEN: why */
  bool is_request;
  uint64_t length, written; /* what content-length says, and bytes that the exchange has taken */
  bool full;                /* the exchange took less than all, and has not said since that there is room */
  bool has_stream;
  struct wasi_p2_output *stream;      /* until it is gone, maybe after its handle */
  struct wasi_http_headers *trailers; /* FINISHED; held; NULL: none */
  struct wasi_event room;             /* of the exchange */
  struct wasi_waiter waiter;
};

typedef struct wasi_p2_http_outgoing outgoing;

/* ---- what goes out ----------------------------------------------------------------------------------------------- */

static void outgoing_break(outgoing *o, const struct http_failure *why) {
  if (o->state == ENDED || o->state == BROKEN)
    return;
  o->state = BROKEN;
  o->failure = *why;
  if (o->transfer)
    wasi_http_transfer_fail(o->transfer, why);
}

/* The end goes out behind the last byte. */
static void outgoing_try_end(outgoing *o) {
  if (o->state != FINISHED || o->stream || !o->transfer)
    return;
  o->state = ENDED;
  if (!o->transfer->failed)
    wasi_http_transfer_send_end(o->transfer, o->trailers ? &o->trailers->fields : NULL);
}

static void exchange_happened(struct wasi_waiter *waiter) {
  outgoing *o = LIST_OWNER(waiter, outgoing, waiter);
  o->full = false;
  if (!o->transfer->sent && !o->transfer->failed)
    wasi_event_wait(&o->transfer->outgoing, &o->waiter);
  wasi_event_happened(&o->room);
}

void wasi_p2_http_outgoing_attach(outgoing *o, struct wasi_http_transfer *t) {
  wasi_object_hold(&o->object);
  o->transfer = wasi_http_transfer_hold(t);
  o->waiter.happened = exchange_happened;
  wasi_event_wait(&t->outgoing, &o->waiter);
  if (o->state == BROKEN)
    wasi_http_transfer_fail(t, &o->failure);
  else
    wasi_event_happened(&o->room);
  outgoing_try_end(o);
  wasi_object_release(&o->object);
}

void wasi_p2_http_outgoing_unsent(outgoing *o) {
  struct http_failure unsent = http_failure_text(HTTP_INTERNAL_ERROR, STR("the message was not sent"));
  if (o->transfer)
    return;
  o->state = BROKEN;
  o->failure = unsent;
  wasi_event_happened(&o->room); /* what the stream keeps goes nowhere */
}

/* ---- the stream -------------------------------------------------------------------------------------------------- */

static struct http_failure wrong_size(const outgoing *o, uint64_t size) {
  return http_failure_number(o->is_request ? HTTP_REQUEST_BODY_SIZE : HTTP_RESPONSE_BODY_SIZE, size);
}

static ssize_t sink_write(void *of, const uint8_t *bytes, size_t size) {
  outgoing *o = of;
  if (o->state == BROKEN)
    return -(WASI_P2_ERROR_HTTP + (int)o->failure.code);
  if (!o->transfer || o->full)
    return -EAGAIN;
  if (o->transfer->failed)
    return wasi_p2_http_errno(o->transfer);
  if (size > o->length - o->written) {
    struct http_failure wrong = wrong_size(o, o->written + size);
    outgoing_break(o, &wrong);
    return -(WASI_P2_ERROR_HTTP + (int)wrong.code);
  }
  size_t count = http_send_body(o->transfer->x, bytes, size);
  o->written += count;
  o->full = count < size;
  return count > 0 ? (ssize_t)count : -EAGAIN;
}

struct sink {
  outgoing *body; /* held */
  struct wasi_p2_relay relay;
};

static ssize_t write_to(void *of, const uint8_t *bytes, size_t size) {
  return sink_write(((struct sink *)of)->body, bytes, size);
}

static bool watch_sink(void *of, struct wasi_event *event) {
  struct sink *sink = of;
  return wasi_p2_relay_watch(&sink->relay, &sink->body->room, event);
}

static void unwatch_sink(void *of, struct wasi_event *event) {
  (void)event;
  wasi_p2_relay_unwatch(&((struct sink *)of)->relay);
}

static void close_sink(void *of) {
  struct sink *sink = of;
  outgoing *o = sink->body;
  wasi_p2_relay_unwatch(&sink->relay);
  mem_free(o->object.objects->alloc, sink, sizeof(*sink));
  o->stream = NULL;
  outgoing_try_end(o);
  wasi_object_release(&o->object);
}

static const struct wasi_p2_sink sink_ops = {
    .write = write_to, .watch = watch_sink, .unwatch = unwatch_sink, .close = close_sink};

/* ---- life -------------------------------------------------------------------------------------------------------- */

static bool watch(struct wasi_event *event) {
  (void)event;
  return true;
}

static void unwatch(struct wasi_event *event) {
  (void)event;
}

static const struct http_failure unfinished = {.code = HTTP_INTERNAL_ERROR, .text = "the body was not finished"};

static void outgoing_free(struct wasi_object *object) {
  outgoing *o = (outgoing *)object;
  wasi_event_leave(&o->waiter);
  outgoing_break(o, &unfinished);
  wasi_http_transfer_release(o->transfer);
  wasi_http_headers_release(o->trailers);
  mem_free(object->objects->alloc, o, sizeof(*o));
}

static const struct wasi_object_type outgoing_type = {.free = outgoing_free};

static outgoing *outgoing_get(const struct wasi_p2 *p2, uint64_t number) {
  return (outgoing *)wasi_object_get(p2->objects, &outgoing_type, number);
}

weir_status wasi_p2_http_outgoing_new(struct wasi_p2_http_message *m, bool is_request, weir_store *store,
                                      uint64_t *ret) {
  struct wasi_p2 *p2 = m->p2;
  outgoing *o = mem_zalloc(p2->alloc, sizeof(*o));
  weir_status status = o ? wasi_object_init(p2->objects, &outgoing_type, store, &o->object) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK) {
    mem_free(p2->alloc, o, sizeof(*o));
    return status;
  }
  o->is_request = is_request;
  wasi_event_init(&o->room, watch, unwatch);
  if (http_fields_length(&m->head.headers->fields, &o->length) != HTTP_LENGTH_SAID)
    o->length = UINT64_MAX;
  wasi_object_hold(&o->object);
  m->outgoing = o;
  *ret = o->object.number;
  return WEIR_OK;
}

void wasi_p2_http_outgoing_release(outgoing *o) {
  wasi_object_release(o ? &o->object : NULL);
}

/* ---- the interface ----------------------------------------------------------------------------------------------- */

void wasi_p2_http_outgoing_body_drop(struct wasi_p2 *p2, uint64_t rep) {
  outgoing *o = outgoing_get(p2, rep);
  if (o && o->state == WRITING)
    outgoing_break(o, &unfinished);
  wasi_object_drop(p2->objects, rep);
}

weir_status wasi_p2_http_outgoing_body_write(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                             struct wasi_result_p2_io_output_stream_none *ret) {
  outgoing *o = outgoing_get(p2, self);
  if (!o)
    return WEIR_ERR_MISUSE;
  ret->failed = o->has_stream;
  if (ret->failed)
    return WEIR_OK;
  struct sink *sink = mem_zalloc(p2->alloc, sizeof(*sink));
  if (!sink)
    return WEIR_ERR_NOMEM;
  wasi_object_hold(&o->object);
  sink->body = o;
  o->has_stream = true;
  WEIR_TRY(wasi_p2_output_new(p2, store, &sink_ops, sink, &ret->ok));
  o->stream = wasi_p2_output_get(p2, ret->ok);
  return WEIR_OK;
}

/* The guest's handle goes with the call. A stream whose handle is still there traps. */
weir_status wasi_p2_http_outgoing_body_finish(struct wasi_p2 *p2, weir_store *store, uint64_t this,
                                              struct wasi_option_p2_http_fields trailers,
                                              struct wasi_result_none_http_error_code *ret) {
  outgoing *o = outgoing_get(p2, this);
  struct wasi_http_headers *fields = trailers.some ? wasi_http_fields_of(p2->http, trailers.value) : NULL;
  (void)store;
  if (!o || (trailers.some && !fields) || (o->stream && o->stream->object.number != 0))
    return WEIR_ERR_MISUSE;
  uint64_t size = o->written + (o->stream ? o->stream->filled - o->stream->gone : 0);
  if (o->length != UINT64_MAX && size != o->length) {
    struct http_failure wrong = wrong_size(o, size);
    outgoing_break(o, &wrong);
  }
  if (o->transfer && o->transfer->failed && o->state != BROKEN)
    outgoing_break(o, &o->transfer->failure);
  ret->failed = o->state == BROKEN;
  ret->error = wasi_http_error_of(&o->failure);
  if (ret->failed)
    return WEIR_OK;
  o->state = FINISHED;
  if (fields) {
    fields->frozen = true;
    o->trailers = wasi_http_headers_hold(fields);
  }
  outgoing_try_end(o);
  return WEIR_OK;
}
