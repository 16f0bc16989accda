/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The operations of an exchange on HTTP/2. Each hands something to nghttp2, or puts bytes into the stream's queue, from
 * which nghttp2 takes as much as the other end's windows let it. Parts: heads; heads to be sent; bodies; receiving;
 * ends; the carrier.
 */
#include "base/mem.h"
#include "http/h1_write.h"
#include "http/h2_state.h"

static struct h2 *h2_of(struct http_exchange *x) {
  return http_stream_of(x)->conn;
}

static void fail_misuse(struct h2 *h, struct http_stream *s, struct str what) {
  struct http_failure why = http_failure_text(HTTP_INTERNAL_ERROR, what);
  h2_break(h, s, NGHTTP2_INTERNAL_ERROR, &why);
}

static void fail_nomem(struct h2 *h, struct http_stream *s) {
  struct http_failure why = http_failure_nomem();
  h2_break(h, s, NGHTTP2_INTERNAL_ERROR, &why);
}

/* ---- heads to be sent: `values`, which nghttp2 copies ------------------------------------------------------------ */

static bool add_value(struct h2 *h, struct str name, struct str value) {
  nghttp2_nv nv = {(uint8_t *)(uintptr_t)name.data, (uint8_t *)(uintptr_t)value.data, name.size, value.size,
                   NGHTTP2_NV_FLAG_NONE};
  return VEC_PUSH(h->conn.link->loop->alloc, &h->values, nv);
}

static bool add_fields(struct h2 *h, const struct http_fields *fields, bool are_trailers) {
  for (uint32_t i = 0; fields && i < http_fields_count(fields); i++) {
    struct http_field field = http_fields_at(fields, i);
    bool is_kept = are_trailers ? http_name_may_trail(field.name)
                                : !http_field_is_framing(field) && !http_name_eq(field.name, STR("host"));
    if (is_kept && !add_value(h, field.name, field.value))
      return false;
  }
  return true;
}

/* A number as text, in place. */
struct number {
  char text[24];
};

static struct str show(struct number *n, uint64_t number) {
  size_t at = sizeof(n->text);
  do {
    n->text[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  return (struct str){n->text + at, sizeof(n->text) - at};
}

/* ---- bodies, as nghttp2 asks for them ---------------------------------------------------------------------------- */

static bool submit_late(struct h2 *h, struct http_stream *s) {
  h->values.count = 0;
  return add_fields(h, &s->late, true) &&
         nghttp2_submit_trailer(h->session, s->id, h->values.data, h->values.count) == 0;
}

/* The end, or the trailers before the end. false: out of memory. */
static bool end_of_data(struct h2 *h, struct http_stream *s, uint32_t *flags) {
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (!s->has_late)
    return true;
  *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  return submit_late(h, s);
}

static ssize_t read_data(nghttp2_session *session, int32_t id, uint8_t *to, size_t size, uint32_t *flags,
                         nghttp2_data_source *source, void *data) {
  struct h2 *h = data;
  struct http_stream *s = source->ptr;
  uint32_t held = http_bytes_size(&s->out);
  (void)session;
  (void)id;
  if (held == 0 && s->sending.state != HTTP_SEND_DONE) {
    s->is_deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  size = size < held ? size : held;
  if (size > 0) {
    memcpy(to, http_bytes_front(&s->out), size);
    http_bytes_take(&s->out, s->loop, size);
    if (size >= HTTP_PROGRESS || size == held)
      h2_set_deadline(h, s); /* windows of a few bytes are no progress */
  }
  held -= (uint32_t)size;
  if (held == 0 && s->sending.state == HTTP_SEND_DONE && !end_of_data(h, s, flags))
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* ends the stream with an error */
  if (s->is_refused && held < H2_STREAM_LOW && s->sending.state == HTTP_SEND_BODY) {
    s->is_refused = false;
    s->tell |= HTTP_TELL_WRITABLE;
    h2_news(h, s);
  }
  return (ssize_t)size;
}

static nghttp2_data_provider provider_of(struct http_stream *s) {
  return (nghttp2_data_provider){.source = {.ptr = s}, .read_callback = read_data};
}

/* The end of a message goes to the link: what is left of the other one may not be wanted. */
static int on_frame_sent(nghttp2_session *session, const nghttp2_frame *frame, void *data) {
  struct h2 *h = data;
  bool is_message = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
  if (!is_message || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
    return 0;
  struct http_stream *s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
  if (!s || s->was_handed)
    return 0;
  s->was_handed = true;
  list_remove(&s->node);
  list_append(&h->unsent, &s->node);
  bool is_unread = s->receiving == HTTP_RECEIVE_BODY && (s->is_released || !s->is_wanted);
  if (!h->conn.is_client && is_unread)
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_NO_ERROR); /* RFC 9113, section 8.1 */
  return 0;
}

void h2_send_callbacks(nghttp2_session_callbacks *callbacks) {
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
}

/* ---- heads ------------------------------------------------------------------------------------------------------- */

static bool submit_response(struct h2 *h, struct http_stream *s, const struct http_head *head, bool end) {
  struct number status, length;
  bool has_length =
      head->length != HTTP_LENGTH_UNKNOWN && head->status != 204 && !(head->status == 304 && head->length == 0);
  h->values.count = 0;
  bool is_whole = add_value(h, STR(":status"), show(&status, head->status)) && add_fields(h, head->fields, false) &&
                  (!has_length || add_value(h, STR("content-length"), show(&length, head->length)));
  if (!head->fields || !http_fields_has(head->fields, STR("date")))
    is_whole = is_whole && add_value(h, STR("date"), http_loop_date(s->loop));
  nghttp2_data_provider provider = provider_of(s);
  return is_whole &&
         nghttp2_submit_response(h->session, s->id, h->values.data, h->values.count, end ? NULL : &provider) == 0;
}

static void send_head(struct http_exchange *x, const struct http_head *given, bool end) {
  struct h2 *h = h2_of(x);
  struct http_stream *s = http_stream_of(x);
  struct http_head head = *given;
  if (!h)
    return;
  if (h->conn.is_client || head.status == 0 || !h1_head_is_valid(&head) ||
      !http_send_step(&s->sending, end ? HTTP_SENDS_LAST_HEAD : HTTP_SENDS_HEAD)) {
    fail_misuse(h, s, STR("a response was sent that is none, or twice"));
    return;
  }
  s->sending.has_no_body = s->is_head_request || head.status == 204 || head.status == 304;
  if (end && !s->sending.has_no_body)
    head.length = 0;
  s->sending.promised = head.length;
  if (!submit_response(h, s, &head, end || s->sending.has_no_body))
    fail_nomem(h, s);
  http_link_due(h->conn.link);
}

void h2_send_status(struct h2 *h, struct http_stream *s, uint16_t status) {
  struct http_head head = {.status = status};
  http_send_step(&s->sending, HTTP_SENDS_LAST_HEAD);
  if (!submit_response(h, s, &head, true))
    nghttp2_submit_rst_stream(h->session, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_INTERNAL_ERROR);
}

static void send_interim(struct http_exchange *x, uint16_t status, const struct http_fields *fields) {
  struct h2 *h = h2_of(x);
  struct http_stream *s = http_stream_of(x);
  struct number number;
  if (!h || status < 100 || status > 199 || status == 101 || h->conn.is_client ||
      !http_send_step(&s->sending, HTTP_SENDS_INTERIM))
    return;
  s->expects_continue = s->expects_continue && status != 100;
  h->values.count = 0;
  if (!add_value(h, STR(":status"), show(&number, status)) || !add_fields(h, fields, false) ||
      nghttp2_submit_headers(h->session, NGHTTP2_FLAG_NONE, s->id, NULL, h->values.data, h->values.count, NULL) != 0)
    fail_nomem(h, s);
  http_link_due(h->conn.link);
}

bool h2_send_request(struct h2 *h, struct http_stream *s, const struct http_head *head, bool end) {
  struct number length;
  bool has_length = !end && head->length != HTTP_LENGTH_UNKNOWN;
  http_send_step(&s->sending, end ? HTTP_SENDS_LAST_HEAD : HTTP_SENDS_HEAD);
  s->sending.promised = end ? 0 : head->length;
  s->is_head_request = str_eq(head->method, STR("HEAD"));
  h->values.count = 0;
  bool is_whole = add_value(h, STR(":method"), head->method) && add_value(h, STR(":scheme"), head->scheme) &&
                  add_value(h, STR(":authority"), head->authority) &&
                  add_value(h, STR(":path"), head->path.size > 0 ? head->path : STR("/")) &&
                  add_fields(h, head->fields, false) &&
                  (!has_length || add_value(h, STR("content-length"), show(&length, head->length)));
  nghttp2_data_provider provider = provider_of(s);
  if (!is_whole)
    return false;
  s->id = nghttp2_submit_request(h->session, NULL, h->values.data, h->values.count, end ? NULL : &provider, s);
  return s->id > 0;
}

/* ---- bodies ------------------------------------------------------------------------------------------------------ */

/* nghttp2 may ask again. */
static void resume(struct h2 *h, struct http_stream *s) {
  if (s->is_deferred)
    nghttp2_session_resume_data(h->session, s->id);
  s->is_deferred = false;
  h2_set_deadline(h, s);
  http_link_due(h->conn.link);
}

static enum http_failure_code size_code(const struct h2 *h) {
  return h->conn.is_client ? HTTP_REQUEST_BODY_SIZE : HTTP_RESPONSE_BODY_SIZE;
}

static size_t send_body(struct http_exchange *x, const void *bytes, size_t size) {
  struct h2 *h = h2_of(x);
  struct http_stream *s = http_stream_of(x);
  if (!h || size == 0)
    return 0;
  if (!http_send_step(&s->sending, HTTP_SENDS_BODY)) {
    if (s->sending.state != HTTP_SEND_BROKEN)
      fail_misuse(h, s, STR("a body was sent before its head or behind its end"));
    return 0;
  }
  if (s->sending.has_no_body)
    return size;
  if (size > s->sending.promised) {
    struct http_failure why = http_failure(size_code(h));
    h2_break(h, s, NGHTTP2_INTERNAL_ERROR, &why);
    return 0;
  }
  uint32_t held = http_bytes_size(&s->out);
  size_t room = held < H2_STREAM_HELD ? H2_STREAM_HELD - held : 0;
  s->is_refused = s->is_refused || room < size;
  size = room < size ? room : size;
  if (!http_bytes_add(&s->out, s->loop, bytes, size)) {
    fail_nomem(h, s);
    return 0;
  }
  if (s->sending.promised != HTTP_LENGTH_UNKNOWN)
    s->sending.promised -= size;
  resume(h, s);
  return size;
}

static void send_end(struct http_exchange *x, const struct http_fields *trailers) {
  struct h2 *h = h2_of(x);
  struct http_stream *s = http_stream_of(x);
  if (!h)
    return;
  bool is_short = s->sending.state == HTTP_SEND_BODY && !s->sending.has_no_body && s->sending.promised > 0 &&
                  s->sending.promised != HTTP_LENGTH_UNKNOWN;
  if (is_short) {
    struct http_failure why = http_failure(size_code(h));
    h2_break(h, s, NGHTTP2_INTERNAL_ERROR, &why);
    return;
  }
  if (!http_send_step(&s->sending, HTTP_SENDS_END)) {
    if (s->sending.state != HTTP_SEND_BROKEN)
      fail_misuse(h, s, STR("a message was ended before its head or twice"));
    return;
  }
  s->has_late = trailers && http_fields_count(trailers) > 0 && !s->sending.has_no_body;
  if (s->has_late && http_fields_add_all(&s->late, trailers) != HTTP_FIELD_OK)
    fail_nomem(h, s);
  resume(h, s);
}

/* ---- receiving: what came is the stream's, even where the connection is gone ------------------------------------- */

static void tell_end_if_due(struct http_stream *s) {
  bool is_due = s->is_wanted && http_bytes_size(&s->in) == 0;
  if (is_due && http_receive_step(&s->receiving, HTTP_RECEIVES_TOLD))
    s->tell |= HTTP_TELL_END;
}

static void note(struct http_stream *s) {
  if (s->tell == 0)
    return;
  if (s->conn)
    h2_news(s->conn, s);
  else
    http_stream_tell_later(s);
}

static void want(struct http_exchange *x) {
  struct http_stream *s = http_stream_of(x);
  s->is_wanted = true;
  if (s->has_failed)
    return;
  if (s->expects_continue && s->sending.state == HTTP_SEND_HEAD && s->body_seen == 0)
    send_interim(x, 100, NULL);
  if (http_bytes_size(&s->in) > 0)
    s->tell |= HTTP_TELL_READABLE;
  tell_end_if_due(s);
  note(s);
  if (s->conn)
    h2_set_deadline(s->conn, s);
}

static size_t peek(struct http_exchange *x, const uint8_t **ret) {
  struct http_stream *s = http_stream_of(x);
  uint32_t size = s->has_failed ? 0 : http_bytes_size(&s->in);
  if (size > 0)
    *ret = http_bytes_front(&s->in);
  return size;
}

static void take(struct http_exchange *x, size_t size) {
  struct http_stream *s = http_stream_of(x);
  uint32_t held = http_bytes_size(&s->in);
  size = size < held ? size : held;
  if (size == 0)
    return;
  http_bytes_take(&s->in, s->loop, size);
  tell_end_if_due(s);
  note(s);
  struct h2 *h = s->conn;
  if (!h)
    return;
  if (!s->is_closed)
    nghttp2_session_consume_stream(h->session, s->id, size);
  h2_set_deadline(h, s);
  http_link_due(h->conn.link);
}

/* ---- ends -------------------------------------------------------------------------------------------------------- */

/* What the other end is told, for a failure that the user gives. */
static uint32_t error_of(const struct http_failure *why) {
  switch (why->code) {
    case HTTP_PROTOCOL_ERROR:
      return NGHTTP2_PROTOCOL_ERROR;
    case HTTP_REQUEST_DENIED:
      return NGHTTP2_REFUSED_STREAM;
    case HTTP_CONNECTION_TERMINATED:
      return NGHTTP2_CANCEL;
    default:
      return NGHTTP2_INTERNAL_ERROR;
  }
}

static void reset(struct http_exchange *x, const struct http_failure *why) {
  struct http_stream *s = http_stream_of(x);
  s->has_failed = true; /* the user knows */
  if (s->conn)
    h2_break(s->conn, s, error_of(why), why);
  else
    http_stream_fail(s, why);
}

static void release(struct http_exchange *x) {
  struct http_stream *s = http_stream_of(x);
  struct h2 *h = s->conn;
  if (h && !s->is_closed) {
    bool is_whole = s->sending.state == HTTP_SEND_DONE && (!h->conn.is_client || s->receiving >= HTTP_RECEIVE_ENDED);
    uint32_t error = h->conn.is_client ? NGHTTP2_CANCEL : NGHTTP2_INTERNAL_ERROR;
    if (!is_whole)
      nghttp2_submit_rst_stream(h->session, NGHTTP2_FLAG_NONE, s->id, error);
    nghttp2_session_consume_stream(h->session, s->id, http_bytes_size(&s->in));
    http_link_due(h->conn.link);
  }
  http_bytes_done(&s->in, s->loop);
  http_stream_release(s);
}

/* ---- the carrier ------------------------------------------------------------------------------------------------- */

const struct http_carrier h2_carrier = {.send_interim = send_interim,
                                        .send_head = send_head,
                                        .send_body = send_body,
                                        .send_end = send_end,
                                        .want = want,
                                        .peek = peek,
                                        .take = take,
                                        .reset = reset,
                                        .release = release};
