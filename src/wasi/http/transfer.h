/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An exchange (http/exchange.h) as bodies of guests use it: counted, since both bodies move for themselves and may end
 * in any order, and with events for whoever waits. It is the same for both versions of WASI, and for requests that
 * came and requests that were sent.
 */
#ifndef WASI_HTTP_TRANSFER_H
#define WASI_HTTP_TRANSFER_H

#include "http/exchange.h"
#include "wasi/host/event.h"
#include "wasi/http/headers.h"

struct wasi_http_transfer {
  struct wasi_http *http;
  unsigned holders;
  struct http_exchange *x;
  bool is_client; /* the guest's request went out; else the request came */
  bool head_sent;
  uint16_t status; /* of that head; a client's: none */
  bool ended;      /* the body that is received; `trailers` NULL: none */
  bool end_sent;   /* all of the other one was given to the exchange, */
  bool sent;       /* and has gone */
  bool failed;
  struct http_failure failure;
  struct wasi_http_headers *trailers;
  struct wasi_event head;     /* a client's: the head has come, or the exchange failed */
  struct wasi_event incoming; /* bytes have come, the end, or a failure */
  struct wasi_event outgoing; /* there is room, all has gone, or a failure */
};

/* Takes an exchange and listens to it, with one hold. NULL: out of memory, and the exchange is as it was. */
struct wasi_http_transfer *wasi_http_transfer_new(struct wasi_http *http, struct http_exchange *take_x, bool is_client);
struct wasi_http_transfer *wasi_http_transfer_hold(struct wasi_http_transfer *t);
/* Releases the exchange with the last hold. NULL is allowed. */
void wasi_http_transfer_release(struct wasi_http_transfer *t);

/* Lets go of the exchange, which is the caller's again; nobody but the caller holds the transfer. */
void wasi_http_transfer_give_back(struct wasi_http_transfer *t);

/* Breaks the exchange off, and tells all who wait. No effect on one that has failed. */
void wasi_http_transfer_fail(struct wasi_http_transfer *t, const struct http_failure *why);

/* Sends the head of a response, whose status is remembered. `end`: nothing follows. */
void wasi_http_transfer_send_head(struct wasi_http_transfer *t, const struct http_head *head, bool end);
/* Ends the message. */
void wasi_http_transfer_send_end(struct wasi_http_transfer *t, const struct http_fields *trailers);
/* Tells who waits for what is sent, of a head too. */
void wasi_http_transfer_tell_outgoing(struct wasi_http_transfer *t);

/* Takes up to `size` bytes of the body that is received: 0: none now; look at `ended` and `failed` then. */
size_t wasi_http_transfer_read(struct wasi_http_transfer *t, uint8_t *bytes, size_t size);
/* Whether there are bytes to be read now. */
bool wasi_http_transfer_has_bytes(struct wasi_http_transfer *t);
/* Whether reading would give something, the end or the failure too. */
bool wasi_http_transfer_is_readable(struct wasi_http_transfer *t);

#endif
