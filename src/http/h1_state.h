/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A connection of HTTP/1.1, for its parts: h1.c, h1_exchange.c, h1_send.c. */
#ifndef HTTP_H1_STATE_H
#define HTTP_H1_STATE_H

#include "http/conn.h"
#include "http/h1_parse.h"
#include "http/h1_write.h"

/* What the deadline of a connection is for. */
enum h1_wait { H1_WAIT_NOTHING, H1_WAIT_FIRST, H1_WAIT_IDLE, H1_WAIT_HEAD, H1_WAIT_BODY, H1_WAIT_WRITE };

struct h1 {
  struct http_conn conn; /* first */
  struct h1_parser parser;
  struct http_stream *s; /* the exchange; NULL: none */
  const uint8_t *window; /* while the link offers bytes: the next one */
  size_t body_left;      /* bytes at the front of what is offered that the parser knows as body */
  uint64_t written;      /* by the link, when its deadline was set */
  uint64_t dropped;      /* of this body, because nobody reads it */
  uint8_t framing;       /* h1_framing of what is sent */
  uint8_t wait;          /* h1_wait */
  bool closes;           /* after this exchange */
  bool is_fresh;         /* the user does not know of `body_left` yet */
  bool was_continued;    /* 100 Continue was sent */
};

/* ---- h1_exchange.c ----------------------------------------------------------------------------------------------- */

/* Sets the link's deadline for what the connection waits for now. */
void h1_set_deadline(struct h1 *h);
/* A server's: a request begins with its first byte. false: out of memory. */
bool h1_begin(struct h1 *h);
/* The exchange leaves the connection. */
void h1_detach(struct h1 *h);
/* The connection is lost to the exchange: it fails, unless the client sends the request on another one. */
void h1_lose(struct h1 *h, const struct http_failure *why);
/* Whether nobody will read what is left of the body. */
bool h1_drops_body(const struct h1 *h);
/* Whether a client's response is whole, and its request is not. */
bool h1_is_excused(const struct h1 *h, const struct http_stream *s);
/* The rest of the request is not sent. */
void h1_excuse(struct http_stream *s);
/* Tells `sent`, once all has gone, and goes on to the next exchange where both directions are over. */
void h1_end_if_over(struct h1 *h);

/* ---- h1_send.c --------------------------------------------------------------------------------------------------- */

/* The operations of exchanges that are on a connection of HTTP/1.1. */
extern const struct http_carrier h1_carrier;

/* Sends the request of a client's stream. */
void h1_send_request(struct h1 *h, struct http_stream *s, const struct http_head *head, bool end);
/* A server's answer to what cannot be handed to a user; the connection ends after it. */
void h1_send_error(struct h1 *h, uint16_t status);

#endif
