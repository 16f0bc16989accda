/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Looks at the first bytes, and hands the link to the codec they are for. */
#include "http/opening.h"

#include "base/mem.h"
#include "http/h1.h"
#include "http/h2.h"
#include "http/tls.h"

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
enum { PREFACE = sizeof(preface) - 1 };

struct opening {
  struct http_conn conn; /* first */
  struct opening_choice choice;
};

static void free_opening(struct opening *o) {
  mem_free(o->conn.link->loop->alloc, o, sizeof(*o));
}

static void break_off(struct opening *o, enum http_failure_code code) {
  struct http_failure why = http_failure(code);
  http_link_break(o->conn.link, &why);
}

/* The new connection stands in the owner's list in place of this one, which goes. */
static size_t hand_over(struct opening *o, bool is_http2, const uint8_t *bytes, size_t size) {
  struct http_conn *c = &o->conn, *next;
  struct http_link *link = c->link;
  if (is_http2 ? o->choice.no_http2 : o->choice.no_http1) {
    break_off(o, HTTP_PROTOCOL_ERROR);
    return size;
  }
  weir_status status = is_http2 ? h2_new(link, c->limits, false, c->owner, c->owner_data, &next)
                                : h1_new(link, c->limits, false, c->owner, c->owner_data, &next);
  if (status != WEIR_OK) {
    break_off(o, HTTP_INTERNAL_ERROR);
    return size;
  }
  list_append(&c->node, &next->node);
  list_remove(&c->node);
  free_opening(o);
  return link->codec->receive(link->data, bytes, size);
}

static size_t receive(void *codec, const uint8_t *bytes, size_t size) {
  struct opening *o = codec;
  struct http_link *link = o->conn.link;
  if (link->tls) {
    link->peer.certificate = http_tls_subject(link->tls);
    return hand_over(o, http_tls_is_http2(link->tls), bytes, size);
  }
  size_t same = 0;
  while (same < size && same < PREFACE && bytes[same] == (uint8_t)preface[same])
    same++;
  if (same == size && same < PREFACE)
    return 0; /* so far it is the preface */
  return hand_over(o, same == PREFACE, bytes, size);
}

static void finish(void *codec) {
  struct opening *o = codec;
  http_link_finish(o->conn.link);
}

static bool ended(void *codec) {
  finish(codec);
  return true;
}

static void nothing(void *codec) {
  (void)codec;
}

static void gone(void *codec, const struct http_failure *why) {
  struct opening *o = codec;
  (void)why;
  o->conn.owner->gone(o->conn.owner_data, &o->conn);
  free_opening(o);
}

static const struct http_codec codec = {
    .receive = receive, .ended = ended, .run = nothing, .room = nothing, .late = finish, .gone = gone};

static void drain(struct http_conn *conn) {
  http_link_finish(conn->link);
}

static const struct http_conn_ops ops = {.drain = drain};

weir_status opening_new(struct http_link *link, const struct http_limits *limits, struct opening_choice choice,
                        const struct http_owner *owner, void *owner_data, struct http_conn **ret) {
  struct opening *o = mem_zalloc(link->loop->alloc, sizeof(*o));
  if (!o)
    return WEIR_ERR_NOMEM;
  o->conn = (struct http_conn){.ops = &ops, .link = link, .limits = limits, .owner = owner, .owner_data = owner_data};
  o->choice = choice;
  list_init(&o->conn.node);
  link->codec = &codec;
  link->data = o;
  http_link_deadline(link, limits->handshake_ms);
  *ret = &o->conn;
  return WEIR_OK;
}
