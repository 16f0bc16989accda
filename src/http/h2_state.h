/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A connection of HTTP/2, for its parts: h2.c, h2_receive.c, h2_send.c, h2_stream.c. */
#ifndef HTTP_H2_STATE_H
#define HTTP_H2_STATE_H

#include <nghttp2/nghttp2.h>

#include "http/conn.h"

enum {
  H2_STREAM_HELD = 65536,        /* of a body to be sent, in a stream */
  H2_STREAM_LOW = 16384,         /* `writable` is told when less is held again */
  H2_CONNECTION_WINDOW = 1 << 20 /* streams have windows of their own: one that nobody reads holds up no other */
};

enum h2_wait { H2_WAIT_NOTHING, H2_WAIT_IDLE, H2_WAIT_HEAD, H2_WAIT_WRITE, H2_WAIT_NOTICE };

/* How far a server has come that ends. */
enum h2_notice {
  H2_NOTICE_NONE,
  H2_NOTICE_SAID,  /* the client was told, and pinged */
  H2_NOTICE_HEARD, /* it has answered: it begins no more requests */
  H2_NOTICE_LAST   /* it knows which request was the last that was taken */
};

struct h2 {
  struct http_conn conn; /* first */
  nghttp2_session *session;
  struct list streams;    /* attached ones */
  struct list unsent;     /* the same, whose end was handed to the link and has not gone to the system */
  struct list news;       /* streams (by `due`) whose users are to be told something */
  uint32_t heads;         /* streams whose heads are not whole */
  uint64_t written;       /* by the link, when its deadline was set */
  uint8_t wait;           /* h2_wait */
  uint8_t notice;         /* h2_notice: a server's */
  VEC(nghttp2_nv) values; /* of a head that is being sent */
};

/* ---- h2_stream.c ------------------------------------------------------------------------------------------------- */

/* Its user is to be told something. */
void h2_news(struct h2 *h, struct http_stream *s);
/* The time that the stream may wait now for what it waits for. */
void h2_set_deadline(struct h2 *h, struct http_stream *s);
/* Breaks one stream off, and tells its user, unless it wished so. */
void h2_break(struct h2 *h, struct http_stream *s, uint32_t error, const struct http_failure *why);

/* ---- h2_receive.c ------------------------------------------------------------------------------------------------ */

/* The callbacks for what is received. */
void h2_receive_callbacks(nghttp2_session_callbacks *callbacks);

/* ---- h2_send.c --------------------------------------------------------------------------------------------------- */

extern const struct http_carrier h2_carrier;
void h2_send_callbacks(nghttp2_session_callbacks *callbacks);
/* Sends the request of a client's stream; false: it cannot be. */
bool h2_send_request(struct h2 *h, struct http_stream *s, const struct http_head *head, bool end);
/* Answers a request that no user gets. */
void h2_send_status(struct h2 *h, struct http_stream *s, uint16_t status);

/* ---- h2_memory.c ------------------------------------------------------------------------------------------------- */

/* nghttp2's allocator on top of ours. */
nghttp2_mem h2_memory(const struct weir_alloc *alloc);

#endif
