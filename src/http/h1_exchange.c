/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An exchange on a connection of HTTP/1.1: how it begins, how long what may take, and how it leaves the connection,
 * which then goes on or ends. Parts: deadlines; the exchange.
 */
#include "http/h1_state.h"

/* ---- deadlines --------------------------------------------------------------------------------------------------- */

static enum h1_wait waits_for(const struct h1 *h) {
  const struct http_stream *s = h->s;
  if (http_link_waiting(h->conn.link) > 0)
    return H1_WAIT_WRITE;
  if (!s)
    return h->conn.is_client || h->conn.begun > 0 ? H1_WAIT_IDLE : H1_WAIT_FIRST;
  if (s->receiving == HTTP_RECEIVE_HEAD)
    return H1_WAIT_HEAD;
  bool reads =
      s->receiving == HTTP_RECEIVE_BODY && h->body_left == 0 && (s->is_wanted || s->sending.state >= HTTP_SEND_DONE);
  return reads ? H1_WAIT_BODY : H1_WAIT_NOTHING;
}

static uint32_t clipped(uint64_t milliseconds) {
  return milliseconds < UINT32_MAX ? (uint32_t)milliseconds : UINT32_MAX;
}

static uint32_t time_for(const struct h1 *h, enum h1_wait wait) {
  const struct http_limits *limits = h->conn.limits;
  switch (wait) {
    case H1_WAIT_FIRST:
      return limits->handshake_ms;
    case H1_WAIT_IDLE:
      return limits->idle_ms;
    case H1_WAIT_HEAD:
      return h->conn.is_client ? clipped(h->s->first_byte_ms) : limits->head_ms;
    case H1_WAIT_BODY:
      return h->conn.is_client ? clipped(h->s->between_bytes_ms) : limits->body_ms;
    case H1_WAIT_WRITE:
      return limits->write_ms;
    default:
      return 0;
  }
}

/* Bytes of a head, and the first ones, do not put the deadline off: so nobody lives by sending slowly. */
void h1_set_deadline(struct h1 *h) {
  enum h1_wait wait = waits_for(h);
  bool is_fixed = wait == H1_WAIT_HEAD || wait == H1_WAIT_FIRST;
  if (is_fixed && wait == h->wait)
    return;
  h->wait = (uint8_t)wait;
  h->written = h->conn.link->written;
  http_link_deadline(h->conn.link, time_for(h, wait));
}

/* ---- the exchange ------------------------------------------------------------------------------------------------ */

/* The request begins with its first byte. false: out of memory. */
bool h1_begin(struct h1 *h) {
  h->s = http_stream_new(h->conn.link->loop, &h1_carrier, h);
  if (!h->s)
    return false;
  h->s->peer = h->conn.link->peer;
  h->s->peer.version = 11;
  h->conn.live++;
  h->conn.begun++;
  h->dropped = 0;
  h->was_continued = h->closes = false;
  h1_parser_begin(&h->parser, h->s);
  return true;
}

/* The exchange leaves the connection. */
void h1_detach(struct h1 *h) {
  struct http_stream *s = h->s;
  h->s = NULL;
  h->body_left = 0;
  h->conn.live--;
  if (!s->x.received && !h->conn.is_client)
    s->is_released = true; /* no user knows of it */
  if (h->conn.is_client)
    h->conn.owner->over(h->conn.owner_data, &h->conn, s);
  http_stream_detach(s);
}

void h1_lose(struct h1 *h, const struct http_failure *why) {
  struct http_stream *s = h->s;
  bool is_untouched = h->conn.is_client && s->receiving == HTTP_RECEIVE_HEAD && !h1_parser_has_begun(&h->parser);
  if (is_untouched && h->conn.owner->retry(h->conn.owner_data, &h->conn, s)) {
    h->s = NULL;
    h->conn.live--;
    return;
  }
  http_stream_fail(s, why);
}

/* Whether nobody will read what is left of the body. */
bool h1_drops_body(const struct h1 *h) {
  const struct http_stream *s = h->s;
  bool is_answered = !h->conn.is_client && !s->is_wanted && s->sending.state >= HTTP_SEND_DONE;
  return s->is_released || s->receiving == HTTP_RECEIVE_BROKEN || is_answered;
}

static bool is_received(const struct http_stream *s) {
  return s->receiving == HTTP_RECEIVE_ENDED || s->receiving == HTTP_RECEIVE_DONE;
}

bool h1_is_excused(const struct h1 *h, const struct http_stream *s) {
  return h->conn.is_client && s->sending.state == HTTP_SEND_BODY && is_received(s);
}

void h1_excuse(struct http_stream *s) {
  http_send_step(&s->sending, HTTP_SENDS_BREAK);
  s->was_sent = true;
  if (!s->is_released && !s->has_failed)
    s->tell |= HTTP_TELL_SENT;
}

/* A server that has answered and ends the connection reads no more of the request (RFC 9112, section 9.6). */
static bool stop_sending(struct h1 *h) {
  struct http_stream *s = h->s;
  struct http_link *link = h->conn.link;
  if (!s || !h1_is_excused(h, s) || (h->parser.keeps_alive && !h->closes && !link->has_ended && !link->is_deaf))
    return false;
  struct http_failure why = http_failure(HTTP_CONNECTION_TERMINATED);
  h1_excuse(s);
  http_stream_tell(s);
  http_link_break(link, &why);
  if (h->s == s)
    h1_detach(h);
  return true;
}

/* Tells `sent`, once all has gone, and goes on to the next exchange where both directions are over. */
void h1_end_if_over(struct h1 *h) {
  struct http_stream *s = h->s;
  struct http_link *link = h->conn.link;
  if (stop_sending(h))
    return;
  if (!s || s->sending.state != HTTP_SEND_DONE || http_link_waiting(link) > 0)
    return;
  if (!s->was_sent) {
    s->was_sent = true;
    s->tell |= HTTP_TELL_SENT;
  }
  http_stream_tell(s);
  bool is_last = h->closes || h->conn.is_draining || (link->has_ended && http_bytes_size(&link->in) == 0);
  if (h->conn.is_client)
    is_last = is_last || !h->parser.keeps_alive;
  bool is_over = is_received(s);
  if (h->s != s || (!is_over && (h->conn.is_client || !is_last || !h1_drops_body(h))))
    return;
  if (is_last)
    http_link_finish(link);
  h1_detach(h);
  if (http_bytes_size(&link->in) > 0)
    http_link_due(link);
}
