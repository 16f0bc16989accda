/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The body that an exchange receives, for a guest of 0.3:
 *
 *   FEEDING --the guest reads, and there are no bytes--> WAITING --bytes--> FEEDING
 *      |                           `--end or failure--> the future is written
 *      `--the guest drops its end--> SKIPPING --end or failure--> the future is written
 *
 * In FEEDING an operation of the store is under way, whose callback will come: each read of the guest is filled from
 * where the exchange has the bytes. In WAITING and SKIPPING the exchange is waited for. Where the reader is a host's,
 * which has no buffer either, bytes go through one of ours (PASSING, as FEEDING). What a guest does not read is taken
 * and dropped, so that it may still learn of the end; nothing is, where it has dropped the future too.
 */
#include "base/diag.h"
#include "base/mem.h"
#include "wasi/http/body.h"

enum { BUFFER = 32768 };

enum receiving_state { FEEDING, WAITING, PASSING, SKIPPING };

struct receiving {
  struct wasi_http_transfer *transfer; /* held */
  struct wasi_http_promise *end;
  weir_instance *instance; /* of the store, for trailers */
  weir_stream *data;       /* the host's end; NULL: dropped */
  enum receiving_state state;
  bool gone;   /* the store is being freed */
  bool passes; /* the reader has no buffer */
  struct wasi_guard_mark mark;
  struct wasi_http_pending pending;
  struct wasi_waiter waiter;
  uint8_t *buffer; /* PASSING */
  size_t filled, taken;
};

static void receiving_try(struct receiving *r);

/* ---- ending ------------------------------------------------------------------------------------------------------ */

static void buffer_free(struct receiving *r) {
  mem_free(r->transfer->http->alloc, r->buffer, BUFFER);
  r->buffer = NULL;
}

/* Nothing is under way. The promise is kept: with the end, or with why there is none. */
static void receiving_end(struct receiving *r) {
  struct wasi_http_transfer *t = r->transfer;
  static const struct http_failure unread = {.code = HTTP_INTERNAL_ERROR, .text = "the body was not read"};
  wasi_event_leave(&r->waiter);
  wasi_guard_mark_remove(&r->mark);
  list_remove(&r->pending.node);
  buffer_free(r);
  weir_stream_drop(r->data);
  if (t->ended)
    wasi_http_promise_keep_end(r->end, r->instance, t->trailers);
  else
    wasi_http_promise_keep_failure(r->end, t->failed ? &t->failure : &unread);
  mem_free(t->http->alloc, r, sizeof(*r));
  wasi_http_transfer_release(t);
}

static void receiving_gone(struct wasi_guard_mark *mark) {
  struct receiving *r = LIST_OWNER(mark, struct receiving, mark);
  r->gone = true;
  if (r->state == WAITING || r->state == SKIPPING)
    receiving_end(r);
}

static void receiving_closed(struct wasi_http_pending *pending) {
  receiving_end(LIST_OWNER(pending, struct receiving, pending));
}

/* ---- skipping ---------------------------------------------------------------------------------------------------- */

/* The guest does not read any more. */
static void receiving_skip(struct receiving *r) {
  struct wasi_http_transfer *t = r->transfer;
  const uint8_t *bytes;
  r->state = SKIPPING;
  buffer_free(r);
  for (size_t count; !t->failed && (count = http_peek(t->x, &bytes)) > 0;)
    http_take(t->x, count);
  if (t->ended || t->failed || wasi_http_promise_is_unwanted(r->end) || !wasi_event_wait(&t->incoming, &r->waiter))
    receiving_end(r);
}

static void receiving_happened(struct wasi_waiter *waiter) {
  struct receiving *r = LIST_OWNER(waiter, struct receiving, waiter);
  if (r->state == SKIPPING)
    receiving_skip(r);
  else
    receiving_try(r);
}

static void receiving_dropped(struct receiving *r) {
  weir_stream_drop(r->data);
  r->data = NULL;
  receiving_skip(r);
}

/* ---- through a buffer -------------------------------------------------------------------------------------------- */

static void receiving_pass(struct receiving *r);

static void receiving_passed(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  struct receiving *r = data;
  (void)end;
  r->taken += count;
  if (r->gone || result == WEIR_COPY_CANCELLED)
    receiving_end(r);
  else if (result == WEIR_COPY_DROPPED)
    receiving_dropped(r);
  else
    receiving_pass(r);
}

static void receiving_pass(struct receiving *r) {
  struct wasi_http_transfer *t = r->transfer;
  r->state = PASSING;
  if (!r->buffer)
    r->buffer = mem_alloc(t->http->alloc, BUFFER);
  if (r->taken == r->filled) {
    r->taken = 0;
    r->filled = r->buffer ? wasi_http_transfer_read(t, r->buffer, BUFFER) : 0;
  }
  if (r->filled == 0)
    receiving_try(r);
  else if (weir_stream_write(r->data, r->buffer + r->taken, r->filled - r->taken, receiving_passed, r, NULL) != WEIR_OK)
    receiving_end(r);
}

/* ---- in place ---------------------------------------------------------------------------------------------------- */

static size_t receiving_fill(void *data, weir_stream *end, void *bytes, size_t count) {
  struct receiving *r = data;
  (void)end;
  return wasi_http_transfer_read(r->transfer, bytes, count);
}

/* With nothing filled though there are bytes, the reader is one without a buffer. */
static void receiving_fed(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  struct receiving *r = data;
  (void)end;
  r->passes = count == 0 && result == WEIR_COPY_COMPLETED && wasi_http_transfer_has_bytes(r->transfer);
  if (r->gone || result == WEIR_COPY_CANCELLED)
    receiving_end(r);
  else if (result == WEIR_COPY_DROPPED)
    receiving_dropped(r);
  else
    receiving_try(r);
}

/* Goes on, where there are bytes or nobody reads; else waits for the exchange. */
static void receiving_try(struct receiving *r) {
  struct wasi_http_transfer *t = r->transfer;
  bool bytes = wasi_http_transfer_has_bytes(t);
  r->state = WAITING;
  if (!bytes && (t->ended || t->failed)) {
    receiving_end(r);
  } else if (bytes && r->passes) {
    receiving_pass(r);
  } else if (!bytes && weir_stream_other_end(r->data) == WEIR_END_COPYING) {
    buffer_free(r);
    wasi_event_wait(&t->incoming, &r->waiter);
  } else {
    r->state = FEEDING;
    if (weir_stream_feed(r->data, receiving_fill, receiving_fed, r, NULL) != WEIR_OK)
      receiving_end(r);
  }
}

weir_status wasi_http_receive(struct wasi_http_transfer *t, weir_store *store, weir_instance *instance,
                              weir_value *ret_stream, weir_value *ret_future) {
  struct wasi_http *http = t->http;
  struct receiving *r = mem_zalloc(http->alloc, sizeof(*r));
  if (!r)
    return WEIR_ERR_NOMEM;
  weir_status status = wasi_http_promise_new(http, store, ret_future, &r->end);
  if (status != WEIR_OK) {
    mem_free(http->alloc, r, sizeof(*r));
    return status;
  }
  r->transfer = wasi_http_transfer_hold(t);
  r->instance = instance;
  r->waiter.happened = receiving_happened;
  r->pending.end = receiving_closed;
  list_append(&http->pending, &r->pending.node);
  status = wasi_guard_mark_add(http->guards, store, &r->mark, receiving_gone);
  if (status == WEIR_OK)
    status = weir_stream_new(store, WEIR_ELEMENT_U8, ret_stream, &r->data, NULL);
  if (status != WEIR_OK) {
    receiving_end(r);
    return status;
  }
  http_want(t->x);
  receiving_try(r);
  return WEIR_OK;
}
