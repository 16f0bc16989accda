/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What nghttp2 tells of frames that came: heads, bodies, ends. What users are to be told is noted, and told when
 * nghttp2 has returned; only informational responses are told at once. nghttp2 has checked the frames, the states of
 * streams and the form of messages (RFC 9113, section 8.1.1). Parts: heads; fields; whole heads; bodies; ends; the
 * callbacks.
 */
#include "http/h2_state.h"

static struct http_stream *stream_of(nghttp2_session *session, int32_t id) {
  return nghttp2_session_get_stream_user_data(session, id);
}

/* ---- heads ------------------------------------------------------------------------------------------------------- */

static struct http_stream *begin_request(struct h2 *h, int32_t id) {
  struct http_stream *s = http_stream_new(h->conn.link->loop, &h2_carrier, h);
  if (!s)
    return NULL;
  s->id = id;
  s->is_new = true;
  s->peer = h->conn.link->peer;
  s->peer.version = 20;
  list_append(&h->streams, &s->node);
  h->conn.live++;
  h->conn.begun++;
  nghttp2_session_set_stream_user_data(h->session, id, s);
  return s;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *data) {
  struct h2 *h = data;
  struct http_stream *s = stream_of(session, frame->hd.stream_id);
  if (frame->hd.type != NGHTTP2_HEADERS)
    return 0;
  if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
    s = begin_request(h, frame->hd.stream_id);
    if (!s)
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    h->heads++;
  } else if (s && s->receiving == HTTP_RECEIVE_HEAD) {
    http_fields_clear(&s->fields); /* those of an informational response */
    s->line.count = 0;
  }
  return 0;
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

static void note_bad(struct http_stream *s, enum http_failure_code code) {
  s->is_bad = true;
  s->code = (uint8_t)code;
}

static void note_section(const struct h2 *h, struct http_stream *s, bool is_trailer) {
  static const uint8_t codes[2][2] = {{HTTP_REQUEST_HEADER_SECTION_SIZE, HTTP_REQUEST_TRAILER_SECTION_SIZE},
                                      {HTTP_RESPONSE_HEADER_SECTION_SIZE, HTTP_RESPONSE_TRAILER_SECTION_SIZE}};
  note_bad(s, codes[h->conn.is_client][is_trailer]);
}

static void add_field(const struct h2 *h, struct http_stream *s, struct http_field field, bool is_trailer) {
  struct http_fields *to = is_trailer ? &s->trailers : &s->fields;
  to->most_bytes = h->conn.limits->head_bytes;
  to->most_count = h->conn.limits->head_count;
  enum http_field_fault fault = http_fields_add(to, field.name, field.value);
  if (fault == HTTP_FIELD_SIZE)
    note_section(h, s, is_trailer);
  else if (fault != HTTP_FIELD_OK)
    note_bad(s, fault == HTTP_FIELD_NOMEM ? HTTP_INTERNAL_ERROR : HTTP_PROTOCOL_ERROR);
  s->has_trailers = s->has_trailers || is_trailer;
}

/* Keeps a value in the line; `which` is its place among the pseudo-header fields. */
static void keep(const struct h2 *h, struct http_stream *s, int which, struct str value) {
  uint32_t from = s->line.count;
  if (s->line.count + value.size > h->conn.limits->target_bytes)
    note_bad(s, HTTP_REQUEST_URI_TOO_LONG);
  else if (!http_stream_line(s, value.data, value.size))
    note_bad(s, HTTP_INTERNAL_ERROR);
  s->pseudo[which][0] = from;
  s->pseudo[which][1] = s->line.count;
}

enum { METHOD, SCHEME, AUTHORITY, PATH };

static void take_head_field(const struct h2 *h, struct http_stream *s, struct http_field field) {
  static const struct str names[HTTP_PSEUDO] = {{":method", 7}, {":scheme", 7}, {":authority", 10}, {":path", 5}};
  for (int i = 0; i < HTTP_PSEUDO; i++) {
    if (str_eq(field.name, names[i])) {
      keep(h, s, i, field.value);
      return;
    }
  }
  if (str_eq(field.name, STR(":status"))) {
    for (size_t i = 0; i < 3 && i < field.value.size; i++)
      s->head.status = (uint16_t)(s->head.status * 10 + field.value.data[i] - '0'); /* nghttp2 has looked at it */
  } else if (str_eq(field.name, STR("host")) && !h->conn.is_client) {
    if (s->pseudo[AUTHORITY][1] == 0)
      keep(h, s, AUTHORITY, field.value);
  } else if (str_eq(field.name, STR("content-length")) || !http_field_is_framing(field)) {
    add_field(h, s, field, false);
  }
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_size,
                     const uint8_t *value, size_t value_size, uint8_t flags, void *data) {
  struct h2 *h = data;
  struct http_stream *s = stream_of(session, frame->hd.stream_id);
  struct http_field field = {{(const char *)name, name_size}, {(const char *)value, value_size}};
  (void)flags;
  if (!s || s->is_bad)
    return 0;
  if (s->receiving == HTTP_RECEIVE_HEAD)
    take_head_field(h, s, field);
  else if (s->receiving == HTTP_RECEIVE_BODY && http_name_may_trail(field.name))
    add_field(h, s, field, true);
  return 0;
}

/* ---- whole heads ------------------------------------------------------------------------------------------------- */

static struct str pseudo_text(const struct http_stream *s, int which) {
  return http_stream_text(s, s->pseudo[which][0], s->pseudo[which][1]);
}

/* Several `cookie` fields are one for whoever does not speak HTTP/2 (RFC 9113, section 8.2.3). */
static void join_cookies(const struct h2 *h, struct http_stream *s) {
  int64_t at = http_fields_find(&s->fields, STR("cookie"), 0);
  if (at == HTTP_FIELD_NONE || http_fields_find(&s->fields, STR("cookie"), (uint32_t)at + 1) == HTTP_FIELD_NONE)
    return;
  uint32_t from = s->line.count;
  bool is_whole = true;
  for (; at != HTTP_FIELD_NONE; at = http_fields_find(&s->fields, STR("cookie"), (uint32_t)at + 1)) {
    struct str value = http_fields_at(&s->fields, (uint32_t)at).value;
    is_whole = is_whole && (s->line.count == from || http_stream_line(s, "; ", 2)) &&
               http_stream_line(s, value.data, value.size);
  }
  http_fields_remove(&s->fields, STR("cookie"));
  if (is_whole)
    add_field(h, s, (struct http_field){STR("cookie"), http_stream_text(s, from, s->line.count)}, false);
  else
    note_bad(s, HTTP_INTERNAL_ERROR);
}

static void take_length(struct http_stream *s, bool is_end) {
  uint64_t length = 0;
  enum http_length_rule rule = http_fields_length(&s->fields, &length);
  s->head.length = is_end ? 0 : rule == HTTP_LENGTH_SAID ? length : HTTP_LENGTH_UNKNOWN;
}

static uint16_t status_of(const struct http_stream *s) {
  switch (s->code) {
    case HTTP_REQUEST_URI_TOO_LONG:
      return 414;
    case HTTP_REQUEST_HEADER_SECTION_SIZE:
      return 431;
    case HTTP_REQUEST_BODY_SIZE:
      return 413;
    case HTTP_REQUEST_METHOD_INVALID:
      return 501;
    case HTTP_INTERNAL_ERROR:
      return 503;
    default:
      return 400;
  }
}

static void end_request_head(struct h2 *h, struct http_stream *s, bool is_end) {
  h->heads--;
  join_cookies(h, s);
  s->head.method = pseudo_text(s, METHOD);
  s->head.scheme = h->conn.link->peer.is_tls ? STR("https") : STR("http");
  s->head.authority = pseudo_text(s, AUTHORITY);
  s->head.path = pseudo_text(s, PATH);
  s->is_head_request = str_eq(s->head.method, STR("HEAD"));
  take_length(s, is_end);
  http_receive_step(&s->receiving, HTTP_RECEIVES_HEAD);
  s->expects_continue = http_fields_remove(&s->fields, STR("expect")) > 0;
  if (!s->is_bad && !http_is_host(s->head.authority))
    note_bad(s, HTTP_PROTOCOL_ERROR);
  if (!s->is_bad && str_eq(s->head.method, STR("CONNECT")))
    note_bad(s, HTTP_REQUEST_METHOD_INVALID);
  if (!s->is_bad && s->head.length != HTTP_LENGTH_UNKNOWN && s->head.length > h->conn.limits->body_bytes)
    note_bad(s, HTTP_REQUEST_BODY_SIZE);
  if (s->is_bad) {
    s->is_new = false;
    http_stream_release(s); /* nobody knows of it */
    h2_send_status(h, s, status_of(s));
    return;
  }
  s->x.received = &s->head;
  h2_news(h, s);
}

static void end_response_head(struct h2 *h, struct http_stream *s, bool is_end) {
  if (s->is_bad) {
    struct http_failure why = http_failure(s->code);
    h2_break(h, s, NGHTTP2_CANCEL, &why);
    return;
  }
  if (s->head.status < 200) {
    if (s->x.listener && s->x.listener->interim)
      s->x.listener->interim(s->x.data, &s->x, s->head.status, &s->fields);
    s->head.status = 0;
    return;
  }
  take_length(s, is_end);
  http_receive_step(&s->receiving, HTTP_RECEIVES_HEAD);
  s->x.received = &s->head;
  s->tell |= HTTP_TELL_HEAD;
  h2_set_deadline(h, s);
  h2_news(h, s);
}

/* ---- bodies ------------------------------------------------------------------------------------------------------ */

/* The connection's window opens at once, so that no stream holds up the others; the stream's when the user takes. */
static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes, size_t size, void *data) {
  struct h2 *h = data;
  struct http_stream *s = stream_of(session, id);
  (void)flags;
  nghttp2_session_consume_connection(session, size);
  if (!s || s->receiving != HTTP_RECEIVE_BODY || s->is_released) {
    nghttp2_session_consume_stream(session, id, size);
    return 0;
  }
  s->body_seen += size;
  if (s->body_seen > h->conn.limits->body_bytes) {
    struct http_failure why = http_failure_number(h->conn.is_client ? HTTP_RESPONSE_BODY_SIZE : HTTP_REQUEST_BODY_SIZE,
                                                  h->conn.limits->body_bytes);
    h2_break(h, s, NGHTTP2_CANCEL, &why);
  } else if (!http_bytes_add(&s->in, s->loop, bytes, size)) {
    struct http_failure why = http_failure_nomem();
    h2_break(h, s, NGHTTP2_INTERNAL_ERROR, &why);
  } else if (s->is_wanted) {
    s->tell |= HTTP_TELL_READABLE;
    h2_news(h, s);
  }
  return 0;
}

/* ---- ends -------------------------------------------------------------------------------------------------------- */

static void take_end(struct h2 *h, struct http_stream *s) {
  if (s->is_bad && !s->is_released) {
    struct http_failure why = http_failure(s->code);
    h2_break(h, s, NGHTTP2_CANCEL, &why);
    return;
  }
  http_receive_step(&s->receiving, HTTP_RECEIVES_END);
  if (s->is_wanted && http_bytes_size(&s->in) == 0 && http_receive_step(&s->receiving, HTTP_RECEIVES_TOLD))
    s->tell |= HTTP_TELL_END;
  h2_set_deadline(h, s);
  h2_news(h, s);
}

static void take_goaway(struct h2 *h) {
  if (!h->conn.is_client)
    return;
  h->conn.is_draining = true;
  h->conn.owner->room(h->conn.owner_data, &h->conn);
}

static void take_pong(struct h2 *h) {
  if (h->notice == H2_NOTICE_SAID)
    h->notice = H2_NOTICE_HEARD;
}

static void take_settings(struct h2 *h) {
  if (!h->conn.is_client)
    return;
  h->conn.takes = nghttp2_session_get_remote_settings(h->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  if (h->conn.takes > h->conn.limits->streams)
    h->conn.takes = h->conn.limits->streams;
  h->conn.owner->room(h->conn.owner_data, &h->conn);
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *data) {
  struct h2 *h = data;
  if (frame->hd.type == NGHTTP2_GOAWAY)
    take_goaway(h);
  else if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK))
    take_pong(h);
  else if (frame->hd.type == NGHTTP2_SETTINGS && !(frame->hd.flags & NGHTTP2_FLAG_ACK))
    take_settings(h);
  if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
    return 0;
  struct http_stream *s = stream_of(session, frame->hd.stream_id);
  bool is_end = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
  if (!s)
    return 0;
  if (frame->hd.type == NGHTTP2_HEADERS && s->receiving == HTTP_RECEIVE_HEAD) {
    if (h->conn.is_client)
      end_response_head(h, s, is_end);
    else
      end_request_head(h, s, is_end);
  }
  if (is_end && s->receiving == HTTP_RECEIVE_BODY)
    take_end(h, s);
  return 0;
}

void h2_receive_callbacks(nghttp2_session_callbacks *callbacks) {
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
}
