/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Opens a connection to a host: looks its name up, tries the addresses (RFC 8305), goes through a proxy, agrees on TLS.
 * What comes of it is told once, from the loop.
 */
#ifndef HTTP_CONNECT_H
#define HTTP_CONNECT_H

#include "http/link.h"
#include "http/request.h"

struct http_connect;

struct http_connect_to {
  const char *host; /* a name, or an address without brackets */
  uint16_t port;
  const char *proxy_host; /* NULL: none */
  uint16_t proxy_port;
  const struct http_tls_context *tls; /* NULL: in clear */
  uint64_t milliseconds;
  struct http_reach reach;
  /* `link` NULL: it failed, and `why` says why. Else the link is the receiver's, who gives it a codec. */
  void (*done)(void *data, struct http_link *link, const struct http_failure *why);
  void *data;
};

/* Begins; the texts are copied. NULL: out of memory. */
struct http_connect *http_connect_start(struct http_loop *loop, const struct http_connect_to *to);
/* Stops; `done` is not called any more. */
void http_connect_cancel(struct http_connect *c);

#endif
