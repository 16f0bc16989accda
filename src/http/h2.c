/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * HTTP/2 on a link: a session of nghttp2, fed with what the link offers, and emptied into what the link writes. Users
 * are called when nghttp2 has returned, from tell_news(). A stream leaves the connection when nghttp2 has closed it,
 * and its last bytes have gone to the system. Floods (resets, CONTINUATION, PING, SETTINGS) are bounded by nghttp2's
 * limits, heads by those of fields, bodies by windows. Parts: the deadline; streams; telling; pumping; what the link
 * tells; what owners ask for; making.
 */
#include "http/h2.h"

#include "base/mem.h"
#include "http/h2_state.h"

enum { ACKS_MOST = 256, SETTINGS_MOST = 32, CONTINUATIONS_MOST = 8, RESETS_AT_ONCE = 256, RESETS_A_SECOND = 32 };

/* How long a client without requests may take to hear that the server ends. */
enum { NOTICE_MS = 1000 };

/* ---- the deadline ---------------------------------------------------------------------------------------------- */

static enum h2_wait waits_for(const struct h2 *h) {
  if (http_link_waiting(h->conn.link) > 0)
    return H2_WAIT_WRITE;
  if (h->heads > 0)
    return H2_WAIT_HEAD;
  if (h->conn.live > 0)
    return H2_WAIT_NOTHING;
  return h->notice == H2_NOTICE_SAID ? H2_WAIT_NOTICE : H2_WAIT_IDLE;
}

/* Bytes that are no request do not put these off. */
static void set_conn_deadline(struct h2 *h) {
  const struct http_limits *limits = h->conn.limits;
  uint32_t times[] = {[H2_WAIT_NOTHING] = 0,
                      [H2_WAIT_IDLE] = limits->idle_ms,
                      [H2_WAIT_HEAD] = limits->head_ms,
                      [H2_WAIT_WRITE] = limits->write_ms,
                      [H2_WAIT_NOTICE] = NOTICE_MS};
  enum h2_wait wait = waits_for(h);
  if (wait == h->wait && wait != H2_WAIT_NOTHING && wait != H2_WAIT_WRITE)
    return;
  h->wait = (uint8_t)wait;
  h->written = h->conn.link->written;
  http_link_deadline(h->conn.link, times[wait]);
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

static void detach(struct h2 *h, struct http_stream *s) {
  h->conn.live--;
  list_remove(&s->due.node);
  http_deadline_stop(s->loop, &s->deadline);
  if (s->is_new)
    s->is_released = true; /* no user knows of it */
  if (h->conn.is_client)
    h->conn.owner->over(h->conn.owner_data, &h->conn, s);
  http_stream_detach(s);
}

static struct http_failure failure_of(const struct h2 *h, const struct http_stream *s, uint32_t error) {
  if (error == NGHTTP2_PROTOCOL_ERROR || error == NGHTTP2_FLOW_CONTROL_ERROR || error == NGHTTP2_COMPRESSION_ERROR)
    return http_failure(HTTP_PROTOCOL_ERROR);
  bool is_cut = h->conn.is_client && s->receiving == HTTP_RECEIVE_BODY;
  return http_failure(is_cut ? HTTP_RESPONSE_INCOMPLETE : HTTP_CONNECTION_TERMINATED);
}

/* A client's request that the server has not looked at: it may go elsewhere. */
static bool retry(struct h2 *h, struct http_stream *s, uint32_t error) {
  if (!h->conn.is_client || error != NGHTTP2_REFUSED_STREAM || s->receiving != HTTP_RECEIVE_HEAD)
    return false;
  list_remove(&s->due.node);
  if (!h->conn.owner->retry(h->conn.owner_data, &h->conn, s))
    return false;
  list_remove(&s->node);
  http_deadline_stop(s->loop, &s->deadline);
  s->was_handed = s->is_deferred = false;
  h->conn.live--;
  return true;
}

/* nghttp2 forgets the stream. A response that is whole excuses a request that is not. */
static int on_close(nghttp2_session *session, int32_t id, uint32_t error, void *data) {
  struct h2 *h = data;
  struct http_stream *s = nghttp2_session_get_stream_user_data(session, id);
  if (!s)
    return 0;
  nghttp2_session_set_stream_user_data(session, id, NULL);
  s->is_closed = true;
  if (s->receiving == HTTP_RECEIVE_HEAD && !h->conn.is_client)
    h->heads--;
  if (retry(h, s, error))
    return 0;
  bool is_received = s->receiving == HTTP_RECEIVE_ENDED || s->receiving == HTTP_RECEIVE_DONE;
  bool is_excused = s->was_handed || h->conn.is_client;
  if (is_received && is_excused) {
    http_send_step(&s->sending, HTTP_SENDS_BREAK);
    if (!s->was_handed && !s->is_released && !s->has_failed)
      s->tell |= HTTP_TELL_SENT;
  } else if (!(s->was_handed && s->is_released)) {
    struct http_failure why = failure_of(h, s, error);
    http_stream_fail(s, &why);
  }
  if (!s->was_handed || s->was_sent)
    detach(h, s);
  return 0;
}

/* ---- telling ----------------------------------------------------------------------------------------------------- */

static void tell_news(struct h2 *h) {
  struct list now;
  list_take(&now, &h->news);
  while (!list_empty(&now)) {
    struct http_stream *s = LIST_OWNER(now.next, struct http_stream, due.node);
    list_remove(&s->due.node);
    if (s->is_new) {
      s->is_new = false;
      h->conn.owner->request(h->conn.owner_data, &h->conn, &s->x);
    }
    http_stream_tell(s);
  }
}

/* All has gone to the system: streams that have nothing else to do leave. */
static void tell_sent(struct h2 *h) {
  struct list now;
  list_take(&now, &h->unsent);
  while (!list_empty(&now)) {
    struct http_stream *s = LIST_OWNER(now.next, struct http_stream, node);
    list_remove(&s->node);
    list_append(&h->streams, &s->node);
    s->was_sent = true;
    if (!s->has_failed && !s->is_released)
      s->tell |= HTTP_TELL_SENT;
    http_stream_tell(s);
    if (s->is_closed)
      detach(h, s);
  }
}

/* ---- pumping ----------------------------------------------------------------------------------------------------- */

static void break_link(struct h2 *h, enum http_failure_code code) {
  struct http_failure why = http_failure(code);
  http_link_break(h->conn.link, &why);
}

/* Takes frames out of nghttp2 while there is room for them. */
static void send_frames(struct h2 *h) {
  struct http_link *link = h->conn.link;
  while (http_link_waiting(link) < HTTP_OUT_MOST) {
    const uint8_t *bytes;
    ssize_t size = nghttp2_session_mem_send(h->session, &bytes);
    if (size < 0 || !http_bytes_add(&link->out, link->loop, bytes, size > 0 ? (size_t)size : 0)) {
      break_link(h, HTTP_INTERNAL_ERROR);
      return;
    }
    if (size == 0)
      return;
    if (http_bytes_size(&link->out) >= HTTP_OUT_MOST / 2)
      http_link_flush(link);
  }
  link->was_full = true;
}

static bool is_alive(const struct h2 *h) {
  return h->conn.link->state == HTTP_LINK_OPEN && !h->conn.link->has_failed;
}

/* The client sends no request any more that it has not sent: which was the last is certain. */
static void say_last(struct h2 *h) {
  if (h->notice != H2_NOTICE_HEARD)
    return;
  h->notice = H2_NOTICE_LAST;
  h->conn.is_draining = true;
  nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(h->session),
                        NGHTTP2_NO_ERROR, NULL, 0);
}

/* Tells, sends, and ends the connection when nothing can come of it any more. */
static void pump(struct h2 *h) {
  tell_news(h);
  say_last(h);
  send_frames(h);
  http_link_flush(h->conn.link);
  if (http_link_waiting(h->conn.link) == 0)
    tell_sent(h);
  bool is_over = !nghttp2_session_want_read(h->session) && !nghttp2_session_want_write(h->session);
  if (is_alive(h) && (is_over || (h->conn.is_draining && h->conn.live == 0)))
    http_link_finish(h->conn.link);
  set_conn_deadline(h);
}

/* ---- what the link tells ----------------------------------------------------------------------------------------- */

static size_t receive(void *codec, const uint8_t *bytes, size_t size) {
  struct h2 *h = codec;
  ssize_t taken = nghttp2_session_mem_recv(h->session, bytes, size);
  if (taken < 0)
    break_link(h, taken == NGHTTP2_ERR_NOMEM ? HTTP_INTERNAL_ERROR : HTTP_PROTOCOL_ERROR);
  pump(h);
  return size;
}

static void run(void *codec) {
  pump(codec);
}

static void room(void *codec) {
  struct h2 *h = codec;
  bool has_more = nghttp2_session_want_write(h->session);
  if (http_link_waiting(h->conn.link) == 0)
    tell_sent(h);
  if (has_more)
    http_link_due(h->conn.link);
  set_conn_deadline(h);
}

/* HTTP/2 knows no half of a connection: nothing that is sent now would be acknowledged. */
static bool ended(void *codec) {
  struct h2 *h = codec;
  if (h->conn.live > 0)
    break_link(h, HTTP_CONNECTION_TERMINATED);
  else
    http_link_finish(h->conn.link);
  return true;
}

static void late(void *codec) {
  struct h2 *h = codec;
  if (h->wait == H2_WAIT_WRITE && h->conn.link->written - h->written >= HTTP_PROGRESS) {
    set_conn_deadline(h); /* the other end is slow */
    return;
  }
  if (h->wait == H2_WAIT_WRITE) {
    break_link(h, HTTP_CONNECTION_WRITE_TIMEOUT);
    return;
  }
  nghttp2_session_terminate_session(h->session, NGHTTP2_NO_ERROR);
  send_frames(h);
  http_link_finish(h->conn.link);
}

static void lose_all(struct h2 *h, struct list *streams, const struct http_failure *why) {
  while (!list_empty(streams)) {
    struct http_stream *s = LIST_OWNER(streams->next, struct http_stream, node);
    s->is_closed = true;
    bool is_untouched = !h->conn.is_draining && !s->was_sent;
    if (is_untouched && retry(h, s, NGHTTP2_REFUSED_STREAM))
      continue;
    bool is_received = s->receiving == HTTP_RECEIVE_ENDED || s->receiving == HTTP_RECEIVE_DONE;
    if (!is_received || !s->was_sent)
      http_stream_fail(s, why);
    detach(h, s);
  }
}

static void gone(void *codec, const struct http_failure *why) {
  struct h2 *h = codec;
  const struct weir_alloc *alloc = h->conn.link->loop->alloc;
  struct http_failure lost = http_failure(HTTP_CONNECTION_TERMINATED);
  lose_all(h, &h->streams, why ? why : &lost);
  lose_all(h, &h->unsent, why ? why : &lost);
  nghttp2_session_del(h->session);
  h->session = NULL;
  h->conn.owner->gone(h->conn.owner_data, &h->conn);
  VEC_DONE(alloc, &h->values);
  mem_free(alloc, h, sizeof(*h));
}

static const struct http_codec codec = {
    .receive = receive, .ended = ended, .run = run, .room = room, .late = late, .gone = gone};

/* ---- what owners ask for ----------------------------------------------------------------------------------------- */

/*
 * A server ends in two steps (RFC 9113, section 6.8): requests that are under way when the client hears of the end are
 * taken, and the answer to a ping says that there are no more of them. Then the client is told which was the last.
 */
static void drain(struct http_conn *conn) {
  struct h2 *h = (struct h2 *)(void *)conn;
  if (conn->is_client) {
    conn->is_draining = true;
  } else {
    h->notice = H2_NOTICE_SAID;
    nghttp2_submit_shutdown_notice(h->session);
    nghttp2_submit_ping(h->session, NGHTTP2_FLAG_NONE, NULL);
  }
  http_link_due(conn->link);
}

static void start(struct http_conn *conn, struct http_stream *s, const struct http_head *head, bool end) {
  struct h2 *h = (struct h2 *)(void *)conn;
  s->conn = h;
  s->x.carrier = &h2_carrier;
  s->peer = conn->link->peer;
  s->peer.version = 20;
  conn->live++;
  conn->begun++;
  http_fields_clear(&s->fields);
  list_append(&h->streams, &s->node);
  if (!h2_send_request(h, s, head, end)) { /* maybe there are no more numbers for streams */
    struct http_failure why = http_failure_nomem();
    conn->is_draining = s->is_closed = s->was_handed = true;
    http_stream_fail(s, &why);
    list_remove(&s->node);
    list_append(&h->unsent, &s->node); /* from where it leaves */
  }
  h2_set_deadline(h, s);
  http_link_due(conn->link);
}

static const struct http_conn_ops ops = {.drain = drain, .start = start};

/* ---- making ------------------------------------------------------------------------------------------------------ */

static bool set_up(struct h2 *h) {
  const struct http_limits *limits = h->conn.limits;
  nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, h->conn.is_client ? 0 : limits->streams},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits->head_bytes},
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
  };
  size_t count = h->conn.is_client ? 3 : 2;
  return nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, settings, count) == 0 &&
         nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, 0, H2_CONNECTION_WINDOW) == 0;
}

static void set_options(nghttp2_option *option) {
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_max_outbound_ack(option, ACKS_MOST);
  nghttp2_option_set_max_settings(option, SETTINGS_MOST);
  nghttp2_option_set_max_continuations(option, CONTINUATIONS_MOST);
  nghttp2_option_set_stream_reset_rate_limit(option, RESETS_AT_ONCE, RESETS_A_SECOND);
}

static bool make_session(struct h2 *h) {
  nghttp2_mem memory = h2_memory(h->conn.link->loop->alloc);
  nghttp2_session_callbacks *callbacks = NULL;
  nghttp2_option *option = NULL;
  bool is_made = nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&option) == 0;
  if (is_made) {
    h2_receive_callbacks(callbacks);
    h2_send_callbacks(callbacks);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    set_options(option);
    is_made = h->conn.is_client ? nghttp2_session_client_new3(&h->session, callbacks, h, option, &memory) == 0
                                : nghttp2_session_server_new3(&h->session, callbacks, h, option, &memory) == 0;
  }
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  return is_made && set_up(h);
}

weir_status h2_new(struct http_link *link, const struct http_limits *limits, bool is_client,
                   const struct http_owner *owner, void *owner_data, struct http_conn **ret) {
  struct h2 *h = mem_zalloc(link->loop->alloc, sizeof(*h));
  if (!h)
    return WEIR_ERR_NOMEM;
  h->conn = (struct http_conn){.ops = &ops,
                               .link = link,
                               .limits = limits,
                               .owner = owner,
                               .owner_data = owner_data,
                               .takes = limits->streams,
                               .is_client = is_client};
  list_init(&h->conn.node);
  list_init(&h->streams);
  list_init(&h->unsent);
  list_init(&h->news);
  if (!make_session(h)) {
    nghttp2_session_del(h->session);
    mem_free(link->loop->alloc, h, sizeof(*h));
    return WEIR_ERR_NOMEM;
  }
  link->codec = &codec;
  link->reads_on = is_client;
  link->data = h;
  set_conn_deadline(h);
  http_link_due(link);
  *ret = &h->conn;
  return WEIR_OK;
}
