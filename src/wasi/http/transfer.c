/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A counted exchange with events for those who wait. Whoever is told may release the transfer, so it is held meanwhile.
 * In order: telling; what the exchange tells; life; sending the head; reading.
 */
#include "wasi/http/transfer.h"

#include "base/mem.h"

static void tell(struct wasi_http_transfer *t, struct wasi_event *event) {
  wasi_http_transfer_hold(t);
  wasi_event_happened(event);
  wasi_http_transfer_release(t);
}

static void tell_all(struct wasi_http_transfer *t) {
  wasi_http_transfer_hold(t);
  wasi_event_happened(&t->head);
  wasi_event_happened(&t->incoming);
  wasi_event_happened(&t->outgoing);
  wasi_http_transfer_release(t);
}

/* ---- what the exchange tells ------------------------------------------------------------------------------------- */

static void on_head(void *data, struct http_exchange *x) {
  struct wasi_http_transfer *t = data;
  (void)x;
  tell(t, &t->head);
}

static void on_readable(void *data, struct http_exchange *x) {
  struct wasi_http_transfer *t = data;
  (void)x;
  tell(t, &t->incoming);
}

static void on_end(void *data, struct http_exchange *x, const struct http_fields *trailers) {
  struct wasi_http_transfer *t = data;
  (void)x;
  if (trailers) {
    t->trailers = wasi_http_headers_copy(t->http, trailers);
    if (!t->trailers) {
      struct http_failure nomem = http_failure_nomem();
      wasi_http_transfer_fail(t, &nomem);
      return;
    }
    t->trailers->frozen = true;
  }
  t->ended = true;
  tell(t, &t->incoming);
}

static void on_writable(void *data, struct http_exchange *x) {
  struct wasi_http_transfer *t = data;
  (void)x;
  tell(t, &t->outgoing);
}

static void on_sent(void *data, struct http_exchange *x) {
  struct wasi_http_transfer *t = data;
  (void)x;
  t->sent = true;
  tell(t, &t->outgoing);
}

static void on_failed(void *data, struct http_exchange *x, const struct http_failure *why) {
  struct wasi_http_transfer *t = data;
  (void)x;
  if (t->failed)
    return;
  t->failed = true;
  t->failure = *why;
  tell_all(t);
}

static const struct http_listener listener = {.head = on_head,
                                              .readable = on_readable,
                                              .end = on_end,
                                              .writable = on_writable,
                                              .sent = on_sent,
                                              .failed = on_failed};

/* ---- life -------------------------------------------------------------------------------------------------------- */

/* The exchange is active by itself: there is nothing to be watched. */
static bool watch(struct wasi_event *event) {
  (void)event;
  return true;
}

static void unwatch(struct wasi_event *event) {
  (void)event;
}

struct wasi_http_transfer *wasi_http_transfer_new(struct wasi_http *http, struct http_exchange *take_x,
                                                  bool is_client) {
  struct wasi_http_transfer *t = mem_zalloc(http->alloc, sizeof(*t));
  if (!t)
    return NULL;
  t->http = http;
  t->holders = 1;
  t->x = take_x;
  t->is_client = is_client;
  wasi_event_init(&t->head, watch, unwatch);
  wasi_event_init(&t->incoming, watch, unwatch);
  wasi_event_init(&t->outgoing, watch, unwatch);
  http_listen(take_x, &listener, t);
  return t;
}

struct wasi_http_transfer *wasi_http_transfer_hold(struct wasi_http_transfer *t) {
  t->holders++;
  return t;
}

void wasi_http_transfer_release(struct wasi_http_transfer *t) {
  if (!t || --t->holders > 0)
    return;
  if (t->x)
    http_release(t->x);
  wasi_http_headers_release(t->trailers);
  mem_free(t->http->alloc, t, sizeof(*t));
}

void wasi_http_transfer_give_back(struct wasi_http_transfer *t) {
  http_listen(t->x, NULL, NULL);
  t->x = NULL;
}

void wasi_http_transfer_fail(struct wasi_http_transfer *t, const struct http_failure *why) {
  if (t->failed)
    return;
  t->failed = true;
  t->failure = *why;
  http_reset(t->x, why);
  tell_all(t);
}

void wasi_http_transfer_send_head(struct wasi_http_transfer *t, const struct http_head *head, bool end) {
  t->head_sent = true;
  t->status = head->status;
  t->end_sent = end;
  http_send_head(t->x, head, end);
}

void wasi_http_transfer_send_end(struct wasi_http_transfer *t, const struct http_fields *trailers) {
  t->end_sent = true;
  http_send_end(t->x, trailers);
}

void wasi_http_transfer_tell_outgoing(struct wasi_http_transfer *t) {
  tell(t, &t->outgoing);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

size_t wasi_http_transfer_read(struct wasi_http_transfer *t, uint8_t *bytes, size_t size) {
  const uint8_t *found = NULL;
  size_t count = t->failed ? 0 : http_peek(t->x, &found);
  if (count > size)
    count = size;
  if (count == 0)
    return 0;
  memcpy(bytes, found, count);
  http_take(t->x, count);
  return count;
}

bool wasi_http_transfer_has_bytes(struct wasi_http_transfer *t) {
  const uint8_t *found;
  return !t->failed && http_peek(t->x, &found) > 0;
}

bool wasi_http_transfer_is_readable(struct wasi_http_transfer *t) {
  return t->ended || t->failed || wasi_http_transfer_has_bytes(t);
}
