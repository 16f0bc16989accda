/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The two directions of an exchange as state machines, the same for HTTP/1.1 and HTTP/2: what the user may send next,
 * with the length that the head has promised, and what may be received next.
 */
#ifndef HTTP_FLOW_H
#define HTTP_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- sending ----------------------------------------------------------------------------------------------------- */

enum http_send_state {
  HTTP_SEND_HEAD, /* nothing but informational responses was sent */
  HTTP_SEND_BODY,
  HTTP_SEND_DONE,   /* the end was sent */
  HTTP_SEND_BROKEN, /* reset, failed or released too early */
  HTTP_SEND_STATES
};

enum http_send_event {
  HTTP_SENDS_INTERIM,
  HTTP_SENDS_HEAD,
  HTTP_SENDS_LAST_HEAD, /* the end is in it */
  HTTP_SENDS_BODY,
  HTTP_SENDS_END,
  HTTP_SENDS_BREAK,
  HTTP_SEND_EVENTS
};

struct http_sending {
  uint8_t state;     /* http_send_state */
  bool has_no_body;  /* the message has none by its nature: what is sent is dropped */
  uint64_t promised; /* bytes still to come; HTTP_LENGTH_UNKNOWN */
};

/* Whether the event is allowed now; goes on to the next state where it is. */
bool http_send_step(struct http_sending *s, enum http_send_event event);

/* ---- receiving --------------------------------------------------------------------------------------------------- */

enum http_receive_state {
  HTTP_RECEIVE_HEAD,
  HTTP_RECEIVE_BODY,
  HTTP_RECEIVE_ENDED, /* the end has come; it is told once the body was taken */
  HTTP_RECEIVE_DONE,  /* the end was told, or nobody wants to be told */
  HTTP_RECEIVE_BROKEN,
  HTTP_RECEIVE_STATES
};

enum http_receive_event {
  HTTP_RECEIVES_HEAD,
  HTTP_RECEIVES_BODY,
  HTTP_RECEIVES_END,
  HTTP_RECEIVES_TOLD,
  HTTP_RECEIVES_BREAK,
  HTTP_RECEIVE_EVENTS
};

/* The same for `*state`, a http_receive_state. */
bool http_receive_step(uint8_t *state, enum http_receive_event event);

#endif
