/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The message of a guest of 0.3, to an exchange:
 *
 *   READING --bytes, no more room--> WAITING --room--> READING
 *      `--the guest drops its end--> ENDING --trailers--> FLUSHING --all has gone--> the guest is told
 *
 * and from any of them, where the exchange fails, by BREAKING to the end: the guest's writes find their reader gone. In
 * READING, ENDING and BREAKING an operation of the store is under way, whose callback will come. A message without
 * bytes begins in ENDING, and its head goes when its end is known, so that the head can say that nothing follows.
 *
 * In order: ending; flushing; the end of the body; bytes; beginning.
 */
#include "base/diag.h"
#include "base/mem.h"
#include "wasi/http/body.h"
#include "wasi/http/error.h"

enum sending_state { READING, WAITING, ENDING, FLUSHING, BREAKING };

struct sending {
  struct wasi_http_transfer *transfer; /* held */
  struct wasi_http_content content;
  enum sending_state state;
  bool gone;     /* the store is being freed */
  bool full;     /* the exchange took less than all, and has not said since that there is room */
  bool has_head; /* the head is still to be sent: */
  struct wasi_http_head head;
  struct wasi_guard_mark mark;
  struct wasi_http_pending pending;
  struct wasi_waiter waiter;
  weir_value end; /* ENDING: read from the future */
};

static void sending_read(struct sending *s);

/* ---- ending ------------------------------------------------------------------------------------------------------ */

void wasi_http_content_drop(struct wasi_http_content *content) {
  static const struct http_failure unsent = {.code = HTTP_INTERNAL_ERROR, .text = "the message was not sent"};
  weir_stream_drop(content->contents);
  weir_stream_drop(content->trailers);
  if (content->sent)
    wasi_http_promise_keep_failure(content->sent, &unsent);
  *content = (struct wasi_http_content){0};
}

/* Nothing is under way. */
static void sending_end(struct sending *s) {
  struct wasi_http_transfer *t = s->transfer;
  wasi_event_leave(&s->waiter);
  wasi_guard_mark_remove(&s->mark);
  list_remove(&s->pending.node);
  if (!t->sent && !t->failed) {
    static const struct http_failure cut = {.code = HTTP_INTERNAL_ERROR, .text = "the guest has gone"};
    wasi_http_transfer_fail(t, &cut);
  }
  if (s->content.sent && t->sent)
    wasi_http_promise_keep_ok(s->content.sent);
  else if (s->content.sent)
    wasi_http_promise_keep_failure(s->content.sent, &t->failure);
  s->content.sent = NULL;
  wasi_http_content_drop(&s->content);
  weir_value_clear(&s->end);
  wasi_http_head_done(&s->head);
  mem_free(t->http->alloc, s, sizeof(*s));
  wasi_http_transfer_release(t);
}

/* Where an operation is under way its end is dropped, and the callback goes on. */
static void sending_break(struct sending *s) {
  bool reading = s->state == READING, ending = s->state == ENDING;
  if (s->state == BREAKING)
    return;
  s->state = BREAKING;
  if (reading) {
    weir_stream_drop(s->content.contents);
    s->content.contents = NULL;
  } else if (ending) {
    weir_stream_drop(s->content.trailers);
    s->content.trailers = NULL;
  } else {
    sending_end(s);
  }
}

/* Nothing is under way. Who waits for the exchange is told of its failure, and that ends the message. */
static void sending_fail(struct sending *s, const struct http_failure *why) {
  s->state = WAITING;
  if (s->transfer->failed)
    sending_end(s);
  else
    wasi_http_transfer_fail(s->transfer, why);
}

static void sending_gone(struct wasi_guard_mark *mark) {
  struct sending *s = LIST_OWNER(mark, struct sending, mark);
  s->gone = true;
  if (s->state == WAITING) {
    sending_end(s);
  } else if (s->state == FLUSHING && s->content.sent) { /* what was sent arrives; nobody can be told */
    wasi_http_promise_keep_ok(s->content.sent);
    s->content.sent = NULL;
  }
}

static void sending_closed(struct wasi_http_pending *pending) {
  sending_end(LIST_OWNER(pending, struct sending, pending));
}

/* ---- the exchange ------------------------------------------------------------------------------------------------ */

/* Something has happened to what is sent: room, all has gone, a failure. */
static void sending_happened(struct wasi_waiter *waiter) {
  struct sending *s = LIST_OWNER(waiter, struct sending, waiter);
  struct wasi_http_transfer *t = s->transfer;
  if (t->failed) {
    sending_break(s);
  } else if (s->state == FLUSHING && t->sent) {
    sending_end(s);
  } else {
    s->full = false;
    wasi_event_wait(&t->outgoing, &s->waiter);
    if (s->state == WAITING)
      sending_read(s);
  }
}

/* Sends the head where that is still to be done. false: it cannot be sent, and the message has ended. */
static bool sending_head(struct sending *s, bool is_whole) {
  struct http_head out;
  if (!s->has_head)
    return true;
  bool good = wasi_http_head_to_send(&s->head, &out);
  if (!good || out.status < 200) {
    struct http_failure bad = http_failure(HTTP_PROTOCOL_ERROR);
    sending_fail(s, &bad);
    return false;
  }
  if (is_whole && out.length == HTTP_LENGTH_UNKNOWN)
    out.length = 0;
  wasi_http_transfer_send_head(s->transfer, &out, is_whole);
  s->has_head = false;
  return true;
}

/* ---- the end of the body ----------------------------------------------------------------------------------------- */

static void sending_flush(struct sending *s, struct wasi_http_headers *trailers) {
  bool is_whole = s->has_head && !trailers;
  s->state = FLUSHING;
  if (sending_head(s, is_whole) && !is_whole)
    wasi_http_transfer_send_end(s->transfer, trailers ? &trailers->fields : NULL);
}

/* result<option<trailers>, error-code> */
static void sending_ended(struct sending *s) {
  weir_value *payload = s->end.of.payload;
  if (s->end.tag != 0) {
    struct wasi_http_error_code error = wasi_http_error_code_from(payload);
    struct http_failure why = wasi_http_failure_of(&error);
    sending_fail(s, &why);
    return;
  }
  struct wasi_http_headers *trailers = NULL;
  if (payload->tag == 1)
    trailers = wasi_http_fields_of(s->transfer->http, wasi_rep(payload->of.payload));
  sending_flush(s, trailers);
}

static void sending_end_read(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  struct sending *s = data;
  (void)end;
  static const struct http_failure none = {.code = HTTP_INTERNAL_ERROR, .text = "the body has no end"};
  if (s->gone || s->state == BREAKING || s->transfer->failed)
    sending_end(s);
  else if (result != WEIR_COPY_COMPLETED || count == 0)
    sending_fail(s, &none);
  else
    sending_ended(s);
}

static void sending_read_end(struct sending *s) {
  s->state = ENDING;
  weir_stream_drop(s->content.contents);
  s->content.contents = NULL;
  if (weir_stream_read_values(s->content.trailers, &s->end, 1, sending_end_read, s, NULL) != WEIR_OK)
    sending_end(s);
}

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

/* The guest's bytes go from where they lie. Where nothing is taken the guest's write waits. */
static size_t sending_look(void *data, weir_stream *end, const void *bytes, size_t count) {
  struct sending *s = data;
  (void)end;
  bool may = !s->transfer->failed && !s->full;
  size_t taken = may ? http_send_body(s->transfer->x, bytes, count) : 0;
  s->full = taken < count;
  return taken;
}

static void sending_looked(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  struct sending *s = data;
  (void)end, (void)count;
  if (s->gone || s->state == BREAKING || s->transfer->failed || result == WEIR_COPY_CANCELLED)
    sending_end(s);
  else if (result == WEIR_COPY_DROPPED)
    sending_read_end(s);
  else if (s->full)
    s->state = WAITING;
  else
    sending_read(s); /* there was room again, before this was told */
}

static void sending_read(struct sending *s) {
  s->state = READING;
  s->full = false;
  if (weir_stream_drain(s->content.contents, sending_look, sending_looked, s, NULL) != WEIR_OK) {
    s->state = WAITING;
    sending_end(s);
  }
}

/* ---- beginning --------------------------------------------------------------------------------------------------- */

static void sending_begin(struct sending *s) {
  wasi_event_wait(&s->transfer->outgoing, &s->waiter);
  if (s->transfer->failed)
    sending_end(s);
  else if (!s->content.contents)
    sending_read_end(s);
  else if (sending_head(s, false))
    sending_read(s);
}

weir_status wasi_http_send(struct wasi_http_transfer *t, weir_store *store, struct wasi_http_head *take_head,
                           struct wasi_http_content *take_content) {
  struct wasi_http *http = t->http;
  struct sending *s = mem_zalloc(http->alloc, sizeof(*s));
  if (!s) {
    struct http_failure nomem = http_failure_nomem();
    wasi_http_transfer_fail(t, &nomem);
    wasi_http_content_drop(take_content);
    return WEIR_ERR_NOMEM;
  }
  s->transfer = wasi_http_transfer_hold(t);
  s->content = *take_content;
  *take_content = (struct wasi_http_content){0};
  s->has_head = take_head;
  if (take_head) {
    s->head = *take_head;
    *take_head = (struct wasi_http_head){0};
  }
  s->waiter.happened = sending_happened;
  s->state = WAITING;
  s->pending.end = sending_closed;
  list_append(&http->pending, &s->pending.node);
  weir_status status = wasi_guard_mark_add(http->guards, store, &s->mark, sending_gone);
  if (status == WEIR_OK)
    sending_begin(s);
  else
    sending_end(s);
  return status;
}
