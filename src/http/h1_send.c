/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The operations of an exchange on HTTP/1.1. None calls the user: each writes into the link's buffer, or changes the
 * state, and asks the link to come by (http_link_due()). Parts: breaking; heads; bodies; receiving; the carrier.
 */
#include "http/h1_state.h"

static struct h1 *h1_of(struct http_exchange *x) {
  return http_stream_of(x)->conn;
}

/* ---- breaking ---------------------------------------------------------------------------------------------------- */

/* The connection is of no more use: what was begun on it cannot be ended. */
static void give_up(struct h1 *h) {
  struct http_failure why = http_failure(HTTP_CONNECTION_TERMINATED);
  http_link_break(h->conn.link, &why);
}

static void fail(struct h1 *h, const struct http_failure *why) {
  http_stream_fail(h->s, why);
  give_up(h);
}

/* The user broke a rule of exchange.h. */
static void fail_misuse(struct h1 *h, struct str what) {
  struct http_failure why = http_failure_text(HTTP_INTERNAL_ERROR, what);
  fail(h, &why);
}

static void fail_nomem(struct h1 *h) {
  struct http_failure why = http_failure_nomem();
  fail(h, &why);
}

static void reset(struct http_exchange *x, const struct http_failure *why) {
  struct http_stream *s = http_stream_of(x);
  s->has_failed = true; /* the user knows */
  http_stream_fail(s, why);
  if (s->conn)
    give_up(s->conn);
}

/* ---- heads ------------------------------------------------------------------------------------------------------- */

static void send_interim(struct http_exchange *x, uint16_t status, const struct http_fields *fields) {
  struct h1 *h = h1_of(x);
  if (!h || status < 100 || status > 199 || status == 101 || h->parser.is_http10 || h->conn.is_client)
    return;
  if (!http_send_step(&h->s->sending, HTTP_SENDS_INTERIM))
    return;
  h->was_continued = h->was_continued || status == 100;
  if (!h1_write_interim(&h->conn.link->out, h->conn.link->loop, status, fields))
    fail_nomem(h);
  http_link_due(h->conn.link);
}

/* A client that waits for 100 Continue may send its body after the response or not: nobody can tell. */
static bool has_to_close(const struct h1 *h) {
  bool is_unsure = h->parser.expects_continue && !h->was_continued && h->s->receiving < HTTP_RECEIVE_ENDED;
  return is_unsure || h->conn.is_draining || !h->parser.keeps_alive || h->conn.begun >= h->conn.limits->requests;
}

static void frame_response(struct h1 *h, struct h1_head_out *out, struct http_head *head, bool end) {
  struct http_sending *sending = &h->s->sending;
  sending->has_no_body = h->s->is_head_request || head->status == 204 || head->status == 304;
  if (end && !sending->has_no_body)
    head->length = 0;
  out->has_length =
      head->length != HTTP_LENGTH_UNKNOWN && head->status != 204 && !(head->status == 304 && head->length == 0);
  out->framing = sending->has_no_body                  ? H1_NO_BODY
                 : head->length != HTTP_LENGTH_UNKNOWN ? H1_BY_LENGTH
                 : h->parser.is_http10                 ? H1_BY_CLOSE
                                                       : H1_CHUNKED;
  h->closes = h->closes || has_to_close(h) || out->framing == H1_BY_CLOSE;
  out->closes = h->closes;
  out->keeps_http10 = h->parser.is_http10;
}

static void send_head(struct http_exchange *x, const struct http_head *given, bool end) {
  struct h1 *h = h1_of(x);
  struct http_head head = *given;
  struct h1_head_out out = {.head = &head};
  if (!h)
    return;
  if (h->conn.is_client || head.status == 0 || !h1_head_is_valid(&head) ||
      !http_send_step(&h->s->sending, end ? HTTP_SENDS_LAST_HEAD : HTTP_SENDS_HEAD)) {
    fail_misuse(h, STR("a response was sent that is none, or twice"));
    return;
  }
  frame_response(h, &out, &head, end);
  h->framing = (uint8_t)out.framing;
  h->s->sending.promised = head.length;
  if (!h1_write_response(&h->conn.link->out, h->conn.link->loop, &out))
    fail_nomem(h);
  http_link_due(h->conn.link);
}

void h1_send_error(struct h1 *h, uint16_t status) {
  struct http_head head = {.status = status};
  struct h1_head_out out = {.head = &head, .has_length = true, .closes = true};
  if (h1_write_response(&h->conn.link->out, h->conn.link->loop, &out))
    http_link_finish(h->conn.link);
  else
    give_up(h);
}

void h1_send_request(struct h1 *h, struct http_stream *s, const struct http_head *given, bool end) {
  struct http_head head = *given;
  struct h1_head_out out = {.head = &head, .is_absolute = s->is_proxied};
  http_send_step(&s->sending, end ? HTTP_SENDS_LAST_HEAD : HTTP_SENDS_HEAD);
  if (end)
    head.length = 0;
  /* A request without a body needs no length, unless its method usually has one (RFC 9110, section 8.6). */
  bool wants_zero =
      str_eq(head.method, STR("POST")) || str_eq(head.method, STR("PUT")) || str_eq(head.method, STR("PATCH"));
  out.has_length = head.length != HTTP_LENGTH_UNKNOWN && (head.length > 0 || !end || wants_zero);
  out.framing = head.length == HTTP_LENGTH_UNKNOWN ? H1_CHUNKED : H1_BY_LENGTH;
  h->framing = (uint8_t)out.framing;
  s->sending.promised = head.length;
  s->is_head_request = str_eq(head.method, STR("HEAD"));
  if (!h1_write_request(&h->conn.link->out, h->conn.link->loop, &out))
    fail_nomem(h);
  http_link_due(h->conn.link);
}

/* ---- bodies ------------------------------------------------------------------------------------------------------ */

static enum http_failure_code size_code(const struct h1 *h) {
  return h->conn.is_client ? HTTP_REQUEST_BODY_SIZE : HTTP_RESPONSE_BODY_SIZE;
}

/* How many bytes of `size` may be queued now. */
static size_t admit(struct h1 *h, size_t size) {
  struct http_link *link = h->conn.link;
  uint32_t waiting = http_link_waiting(link);
  size_t room = waiting < HTTP_OUT_MOST ? HTTP_OUT_MOST - waiting : 0;
  if (room >= size)
    return size;
  h->s->is_refused = true;
  link->was_full = true;
  return room;
}

static size_t send_body(struct http_exchange *x, const void *bytes, size_t size) {
  struct h1 *h = h1_of(x);
  if (!h || size == 0)
    return 0;
  struct http_sending *sending = &h->s->sending;
  if (!http_send_step(sending, HTTP_SENDS_BODY)) {
    if (sending->state != HTTP_SEND_BROKEN)
      fail_misuse(h, STR("a body was sent before its head or behind its end"));
    return 0;
  }
  if (sending->has_no_body)
    return size;
  if (size > sending->promised) {
    struct http_failure why = http_failure(size_code(h));
    fail(h, &why);
    return 0;
  }
  size = admit(h, size);
  if (size > 0 && !h1_write_body(&h->conn.link->out, h->conn.link->loop, h->framing, bytes, size)) {
    fail_nomem(h);
    return 0;
  }
  if (sending->promised != HTTP_LENGTH_UNKNOWN)
    sending->promised -= size;
  if (http_bytes_size(&h->conn.link->out) >= HTTP_OUT_MOST / 2)
    http_link_flush(h->conn.link);
  http_link_due(h->conn.link);
  return size;
}

static void send_end(struct http_exchange *x, const struct http_fields *trailers) {
  struct h1 *h = h1_of(x);
  if (!h)
    return;
  struct http_sending *sending = &h->s->sending;
  if (sending->state == HTTP_SEND_BODY && !sending->has_no_body && sending->promised != HTTP_LENGTH_UNKNOWN &&
      sending->promised > 0) {
    struct http_failure why = http_failure(size_code(h));
    fail(h, &why);
    return;
  }
  if (!http_send_step(sending, HTTP_SENDS_END)) {
    if (sending->state != HTTP_SEND_BROKEN)
      fail_misuse(h, STR("a message was ended before its head or twice"));
    return;
  }
  if (h->framing == H1_CHUNKED && !h1_write_last_chunk(&h->conn.link->out, h->conn.link->loop, trailers))
    fail_nomem(h);
  http_link_due(h->conn.link);
}

/* ---- receiving --------------------------------------------------------------------------------------------------- */

static void want(struct http_exchange *x) {
  struct http_stream *s = http_stream_of(x);
  struct h1 *h = s->conn;
  s->is_wanted = true;
  if (!h) {
    if (http_receive_step(&s->receiving, HTTP_RECEIVES_TOLD)) {
      s->tell |= HTTP_TELL_END;
      http_stream_tell_later(s);
    }
    return;
  }
  if (h->parser.expects_continue && s->receiving == HTTP_RECEIVE_BODY && !h->was_continued &&
      s->sending.state == HTTP_SEND_HEAD)
    send_interim(x, 100, NULL);
  http_link_due(h->conn.link);
}

static size_t peek(struct http_exchange *x, const uint8_t **ret) {
  struct h1 *h = h1_of(x);
  if (!h || h->body_left == 0)
    return 0;
  *ret = h->window ? h->window : http_bytes_front(&h->conn.link->in);
  return h->body_left;
}

static void take(struct http_exchange *x, size_t size) {
  struct h1 *h = h1_of(x);
  if (!h)
    return;
  if (size > h->body_left)
    size = h->body_left;
  h->body_left -= size;
  if (h->window)
    h->window += size;
  else
    http_bytes_take(&h->conn.link->in, h->conn.link->loop, size);
  http_link_due(h->conn.link);
}

static void release(struct http_exchange *x) {
  struct http_stream *s = http_stream_of(x);
  struct h1 *h = s->conn;
  if (h) {
    bool is_whole = s->sending.state == HTTP_SEND_DONE && (!h->conn.is_client || s->receiving >= HTTP_RECEIVE_ENDED);
    if (!is_whole)
      give_up(h);
    http_link_due(h->conn.link);
  }
  http_stream_release(s);
}

/* ---- the carrier ------------------------------------------------------------------------------------------------- */

const struct http_carrier h1_carrier = {
    .send_interim = send_interim,
    .send_head = send_head,
    .send_body = send_body,
    .send_end = send_end,
    .want = want,
    .peek = peek,
    .take = take,
    .reset = reset,
    .release = release,
};
