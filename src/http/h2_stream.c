/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the parts of HTTP/2 do with one stream: note that its user is to be told something, its times, its breaking. */
#include "http/h2_state.h"

void h2_news(struct h2 *h, struct http_stream *s) {
  list_remove(&s->due.node);
  list_append(&h->news, &s->due.node);
  http_link_due(h->conn.link);
}

void h2_break(struct h2 *h, struct http_stream *s, uint32_t error, const struct http_failure *why) {
  http_stream_fail(s, why);
  http_bytes_done(&s->out, s->loop);
  http_deadline_stop(s->loop, &s->deadline);
  if (!s->is_closed && s->id > 0)
    nghttp2_submit_rst_stream(h->session, NGHTTP2_FLAG_NONE, s->id, error);
  h2_news(h, s);
}

static void on_stream_late(struct http_deadline *deadline) {
  struct http_stream *s = LIST_OWNER(deadline, struct http_stream, deadline);
  bool is_writing = http_bytes_size(&s->out) > 0;
  struct http_failure why = http_failure(is_writing ? HTTP_CONNECTION_WRITE_TIMEOUT : HTTP_CONNECTION_READ_TIMEOUT);
  if (s->conn)
    h2_break(s->conn, s, NGHTTP2_CANCEL, &why);
}

void h2_set_deadline(struct h2 *h, struct http_stream *s) {
  const struct http_limits *limits = h->conn.limits;
  uint64_t wait = 0;
  bool reads = s->receiving == HTTP_RECEIVE_BODY && s->is_wanted && http_bytes_size(&s->in) == 0;
  if (http_bytes_size(&s->out) > 0)
    wait = limits->write_ms;
  else if (h->conn.is_client && s->receiving == HTTP_RECEIVE_HEAD)
    wait = s->first_byte_ms;
  else if (reads)
    wait = h->conn.is_client ? s->between_bytes_ms : limits->body_ms;
  s->deadline.late = on_stream_late;
  http_deadline_set(s->loop, &s->deadline, wait == 0 ? 0 : time_add(http_loop_now(s->loop), wait));
}
