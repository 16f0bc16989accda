/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A request that a client is to send, and what the client may reach for it. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "http/exchange.h"

/* What may be reached; asked before it is. NULL members: everything. */
struct http_reach {
  bool (*may_look_up)(void *data, const char *host);
  /* Each address, after look-up, and again where a connection is used again. */
  bool (*may_connect)(void *data, const struct sockaddr *address);
  void *data;
};

/* Borrowed for the call, but for the data of `reach`, which is good until the release. */
struct http_request {
  const struct http_head *head; /* scheme "http" (also where there is none) or "https", and an authority */
  bool end;                     /* no body follows: http_send_end() is not called */
  uint64_t connect_ms;          /* until connected, TLS too; 0: 30 seconds */
  uint64_t first_byte_ms;       /* from then, or the end of the request's head, until the response's head; 0: none */
  uint64_t between_bytes_ms;    /* between bytes of the response's body that the user waits for; 0: none */
  const char *proxy;            /* "host:port" of an HTTP proxy; NULL: none. https goes through CONNECT */
  struct http_reach reach;
};

#endif
