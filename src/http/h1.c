/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * HTTP/1.1 on a link: takes bytes through the parser, hands requests to the owner, tells users. At most one exchange is
 * on a connection, and pipelined requests wait as bytes. How an exchange begins and ends is in h1_exchange.c, what its
 * user does in h1_send.c.
 *
 * The link offers bytes; those that the parser has passed as body and nobody has taken (`body_left`) are offered again.
 * Parts: events of the parser; pumping; what the link tells; making.
 */
#include "http/h1.h"

#include "base/mem.h"
#include "http/h1_state.h"

/* ---- events of the parser ---------------------------------------------------------------------------------------- */

static void take_response_head(struct h1 *h) {
  struct http_stream *s = h->s;
  uint16_t status = s->head.status;
  if (status == 101) {
    http_stream_fail_code(s, HTTP_UPGRADE_FAILED);
    http_link_break(h->conn.link, &s->failure);
  } else if (status < 200) {
    if (s->x.listener && s->x.listener->interim)
      s->x.listener->interim(s->x.data, &s->x, status, &s->fields);
  } else {
    http_receive_step(&s->receiving, HTTP_RECEIVES_HEAD);
    s->x.received = &s->head;
    s->tell |= HTTP_TELL_HEAD;
    http_stream_tell(s);
  }
}

static void take_head(struct h1 *h) {
  struct http_stream *s = h->s;
  s->peer.version = h->parser.is_http10 ? 10 : 11;
  if (h->conn.is_client) {
    take_response_head(h);
    return;
  }
  s->head.scheme = h->conn.link->peer.is_tls ? STR("https") : STR("http");
  s->is_head_request = str_eq(s->head.method, STR("HEAD"));
  http_receive_step(&s->receiving, HTTP_RECEIVES_HEAD);
  if (s->head.length != HTTP_LENGTH_UNKNOWN && s->head.length > h->conn.limits->body_bytes) {
    h1_send_error(h, 413);
    return;
  }
  s->x.received = &s->head;
  h->conn.owner->request(h->conn.owner_data, &h->conn, &s->x);
}

static void take_bad(struct h1 *h, uint16_t status, const struct http_failure *why) {
  struct http_stream *s = h->s;
  bool can_answer = !h->conn.is_client && s->sending.state == HTTP_SEND_HEAD;
  http_stream_fail(s, why);
  h1_detach(h); /* the user is told later: what it does then is of no matter here */
  if (can_answer)
    h1_send_error(h, status);
  else
    http_link_break(h->conn.link, why);
}

static void take_body(struct h1 *h) {
  struct http_stream *s = h->s;
  h->body_left = h->parser.body_size;
  h->is_fresh = true;
  s->body_seen += h->body_left;
  if (s->body_seen <= h->conn.limits->body_bytes)
    return;
  struct http_failure why = http_failure_number(h->conn.is_client ? HTTP_RESPONSE_BODY_SIZE : HTTP_REQUEST_BODY_SIZE,
                                                h->conn.limits->body_bytes);
  take_bad(h, 413, &why);
}

/* An informational response is over: the final one follows in the same stream. */
static void take_interim_end(struct h1 *h) {
  http_fields_clear(&h->s->fields);
  h->s->head.length = 0;
  h1_parser_begin(&h->parser, h->s);
}

static void take_end(struct h1 *h) {
  struct http_stream *s = h->s;
  if (s->receiving == HTTP_RECEIVE_HEAD) {
    take_interim_end(h);
    return;
  }
  http_receive_step(&s->receiving, HTTP_RECEIVES_END);
  if (s->is_wanted && http_receive_step(&s->receiving, HTTP_RECEIVES_TOLD))
    s->tell |= HTTP_TELL_END;
  http_stream_tell(s);
}

/* ---- pumping ----------------------------------------------------------------------------------------------------- */

/* The body's bytes at the window go to the user, or nowhere. false: they have to wait. */
static bool pass_body(struct h1 *h) {
  struct http_stream *s = h->s;
  if (h1_drops_body(h)) {
    h->dropped += h->body_left;
    h->window += h->body_left;
    h->body_left = 0;
    if (h->dropped > h->conn.limits->drop_bytes) {
      h1_detach(h);
      http_link_finish(h->conn.link);
      return false;
    }
    return true;
  }
  if (!s->is_wanted || !h->is_fresh)
    return false;
  h->is_fresh = false;
  s->tell |= HTTP_TELL_READABLE;
  http_stream_tell(s);
  return h->body_left == 0;
}

/* Whether the parser may go on, with bytes or without. */
static bool may_parse(struct h1 *h, size_t size) {
  if (h->s)
    return h->s->receiving <= HTTP_RECEIVE_BODY;
  if (size == 0 || h->conn.link->state != HTTP_LINK_OPEN || h->conn.is_draining)
    return false;
  if (h->conn.is_client || !h1_begin(h)) {
    struct http_failure why = http_failure(HTTP_PROTOCOL_ERROR); /* a response without a request */
    http_link_break(h->conn.link, &why);
    return false;
  }
  return true;
}

/* One event. false: more bytes are needed, or somebody's decision. */
static bool pump_one(struct h1 *h, const uint8_t *end) {
  if (h->body_left > 0)
    return pass_body(h);
  if (!may_parse(h, (size_t)(end - h->window)))
    return false;
  size_t used = 0;
  enum h1_event event = h1_parse(&h->parser, h->window, (size_t)(end - h->window), &used);
  h->window += used;
  switch (event) {
    case H1_HEAD:
      take_head(h);
      return true;
    case H1_BODY:
      take_body(h);
      return true;
    case H1_END:
      take_end(h);
      return true;
    case H1_BAD:
      take_bad(h, h->parser.status, &h->parser.failure);
      return false;
    default:
      return false;
  }
}

static bool is_alive(const struct h1 *h) {
  return h->conn.link->state == HTTP_LINK_OPEN && !h->conn.link->has_failed;
}

/* A response that is whole goes out at once: the next request may lie behind this one. */
static void settle(struct h1 *h) {
  struct http_stream *s = h->s;
  if (s && s->sending.state == HTTP_SEND_DONE && http_bytes_size(&h->conn.link->out) > 0)
    http_link_flush(h->conn.link);
  if (is_alive(h))
    h1_end_if_over(h);
}

static size_t receive(void *codec, const uint8_t *bytes, size_t size) {
  struct h1 *h = codec;
  h->window = bytes;
  const struct http_stream *before;
  do {
    before = h->s;
    while (is_alive(h) && pump_one(h, bytes + size)) {
    }
    settle(h);
  } while (is_alive(h) && before && h->s != before && h->window < bytes + size);
  size_t taken = is_alive(h) ? (size_t)(h->window - bytes) : size;
  h->window = NULL;
  h1_set_deadline(h);
  return taken;
}

/* ---- what the link tells ----------------------------------------------------------------------------------------- */

static void run(void *codec) {
  static const uint8_t nothing[1];
  struct h1 *h = codec;
  if (h->s) {
    if (h->body_left == 0 && http_bytes_size(&h->conn.link->in) == 0)
      receive(h, nothing, 0); /* the parser may know of an end without more bytes */
    else if (h->s->is_wanted && h->body_left > 0)
      h->is_fresh = true;
  }
  if (h->s && h->s->receiving == HTTP_RECEIVE_ENDED && h->s->is_wanted)
    take_end(h);
  if (h->s)
    http_stream_tell(h->s);
  settle(h);
  h1_set_deadline(h);
}

static void room(void *codec) {
  struct h1 *h = codec;
  struct http_stream *s = h->s;
  if (s && s->is_refused && s->sending.state == HTTP_SEND_BODY) {
    s->is_refused = false;
    s->tell |= HTTP_TELL_WRITABLE;
    http_stream_tell(s);
  }
  if (is_alive(h))
    h1_end_if_over(h);
  h1_set_deadline(h);
}

static bool ended(void *codec) {
  struct h1 *h = codec;
  struct http_stream *s = h->s;
  if (http_bytes_size(&h->conn.link->in) > 0)
    return false; /* bytes of a body that the user has not taken */
  if (!s) {
    http_link_finish(h->conn.link);
    return true;
  }
  enum h1_event event = s->receiving <= HTTP_RECEIVE_BODY ? h1_parse_end(&h->parser) : H1_MORE;
  h->closes = true;
  if (event == H1_END) {
    take_end(h);
  } else if (s->receiving <= HTTP_RECEIVE_BODY) {
    struct http_failure why = http_failure(
        h->conn.is_client && s->receiving == HTTP_RECEIVE_BODY ? HTTP_RESPONSE_INCOMPLETE : HTTP_CONNECTION_TERMINATED);
    h1_lose(h, &why);
    http_link_break(h->conn.link, &why);
  }
  if (is_alive(h))
    h1_end_if_over(h);
  return true;
}

static void late(void *codec) {
  struct h1 *h = codec;
  struct http_failure read = http_failure(HTTP_CONNECTION_READ_TIMEOUT);
  struct http_failure write = http_failure(HTTP_CONNECTION_WRITE_TIMEOUT);
  if (h->wait == H1_WAIT_WRITE && h->conn.link->written - h->written >= HTTP_PROGRESS) {
    h1_set_deadline(h); /* the other end is slow */
  } else if (h->wait == H1_WAIT_WRITE) {
    if (h->s)
      http_stream_fail(h->s, &write);
    http_link_break(h->conn.link, &write);
  } else if (h->s) {
    take_bad(h, 408, &read);
  } else {
    http_link_finish(h->conn.link);
  }
}

static void gone(void *codec, const struct http_failure *why) {
  struct h1 *h = codec;
  struct http_stream *s = h->s;
  if (s && h1_is_excused(h, s)) {
    h1_excuse(s);
  } else if (s) {
    struct http_failure lost = http_failure(HTTP_CONNECTION_TERMINATED);
    if (!http_stream_is_over(s) || !s->was_sent)
      h1_lose(h, why ? why : &lost);
  }
  if (h->s) {
    if (!s->is_released)
      http_stream_tell(s);
    h1_detach(h);
  }
  h->conn.owner->gone(h->conn.owner_data, &h->conn);
  h1_parser_done(&h->parser, h->conn.link->loop->alloc);
  mem_free(h->conn.link->loop->alloc, h, sizeof(*h));
}

static const struct http_codec codec = {
    .receive = receive, .ended = ended, .run = run, .room = room, .late = late, .gone = gone};

/* ---- making ------------------------------------------------------------------------------------------------------ */

static void drain(struct http_conn *conn) {
  struct h1 *h = (struct h1 *)(void *)conn;
  conn->is_draining = true;
  if (!h->s || (!h->s->x.received && !conn->is_client))
    http_link_finish(conn->link);
}

static void start(struct http_conn *conn, struct http_stream *s, const struct http_head *head, bool end) {
  struct h1 *h = (struct h1 *)(void *)conn;
  h->s = s;
  s->conn = h;
  s->x.carrier = &h1_carrier;
  s->peer = conn->link->peer;
  s->peer.version = 11;
  conn->live++;
  conn->begun++;
  h->closes = false;
  http_fields_clear(&s->fields);
  h1_parser_begin(&h->parser, s);
  h1_send_request(h, s, head, end);
  h1_set_deadline(h);
}

static const struct http_conn_ops ops = {.drain = drain, .start = start};

weir_status h1_new(struct http_link *link, const struct http_limits *limits, bool is_client,
                   const struct http_owner *owner, void *owner_data, struct http_conn **ret) {
  struct h1 *h = mem_zalloc(link->loop->alloc, sizeof(*h));
  if (!h)
    return WEIR_ERR_NOMEM;
  struct h1_limits bounds = {limits->target_bytes, limits->head_bytes, limits->head_count};
  h1_parser_init(&h->parser, is_client, &bounds);
  h->conn = (struct http_conn){.ops = &ops,
                               .link = link,
                               .limits = limits,
                               .owner = owner,
                               .owner_data = owner_data,
                               .takes = 1,
                               .is_client = is_client};
  list_init(&h->conn.node);
  link->codec = &codec;
  link->data = h;
  link->reads_on = is_client;
  h1_set_deadline(h);
  *ret = &h->conn;
  return WEIR_OK;
}
