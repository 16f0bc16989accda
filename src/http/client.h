/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A client on a libuv loop: sends requests as exchanges (exchange.h) over connections that it keeps and uses again.
 * Names are looked up, and their addresses tried by RFC 8305: IPv6 and IPv4 in turn, the next one when the last has
 * taken 250 ms. Over TLS the server's certificate is verified, and HTTP/2 spoken where the server knows it.
 */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "http/conn.h"
#include "http/request.h"

struct http_client;
struct http_tls_context;

struct http_client_config {
  struct http_limits limits;          /* of what servers send */
  uint32_t max_connections;           /* 256: at once */
  uint32_t max_host_connections;      /* 32: of them, for one scheme, host and port */
  uint32_t max_waiting;               /* 1024: requests that wait for a connection */
  const struct http_tls_context *tls; /* for https (is_client); NULL: https is refused */
};

/* The config is copied. WEIR_ERR_NOMEM. */
weir_status http_client_new(struct http_loop *loop, const struct http_client_config *config, struct http_client **ret);
/* Breaks off what is live: `failed` is told to each. `closed` (may be NULL) is called when nothing is left. */
void http_client_close(struct http_client *client, void (*closed)(void *data), void *data);

/*
 * Begins an exchange; NULL: out of memory. What is wrong with the request is told by `failed`, as what goes wrong later
 * is. A request without a body and with an idempotent method is sent once more where a connection that was used before
 * breaks without a response.
 */
struct http_exchange *http_client_send(struct http_client *client, const struct http_request *request,
                                       const struct http_listener *listener, void *data);

/* Connections that are open now, and of them those that wait to be used. */
struct http_client_counts {
  uint32_t open, idle, waiting;
};
struct http_client_counts http_client_counts(const struct http_client *client);

#endif
