/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A server on a libuv loop: listens, makes a connection of HTTP/1.1 or HTTP/2 of whatever comes, and hands each request
 * to its user as an exchange (exchange.h).
 *
 *   http_loop_new(uv, alloc, &loop);
 *   http_server_new(loop, &config, &server);
 *   http_server_listen(server, fd, &d);        as often as there are addresses
 *   ... config.request(data, x): http_listen(x, &listener, ...); http_send_head(x, ...); ...; http_release(x);
 *   http_server_drain(server, 5000);           no new requests; those that live have so long to end
 *   ... config.closed(data)
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/diag.h"
#include "http/conn.h"

struct http_server;
struct http_tls_context;

struct http_server_config {
  struct http_limits limits;
  uint32_t max_connections;     /* 10000: at once; what comes beyond waits in the system's queue */
  bool no_http1, no_http2;      /* what is not spoken */
  struct http_tls_context *tls; /* NULL: in clear. Borrowed until `closed` */
  /*
   * Each connection begins with a header of the PROXY protocol (proxy_header.h), from those that this function
   * believes; others are closed. NULL: clients connect themselves.
   */
  bool (*believes)(void *data, const struct sockaddr *proxy);
  /* A request has come; from the loop. The user calls http_listen() and, in the end, http_release(). */
  void (*request)(void *data, struct http_exchange *x);
  /* After http_server_close() or http_server_drain(): nothing is left, and the server is gone. May be NULL. */
  void (*closed)(void *data);
  void *data;
};

/* Numbers since the server began; read them at any time. */
struct http_server_counts {
  uint64_t connections, requests; /* so far */
  uint32_t open, live;            /* connections, and exchanges on them, now */
};

/* The config is copied. WEIR_ERR_NOMEM. */
weir_status http_server_new(struct http_loop *loop, const struct http_server_config *config, struct http_server **ret);

/*
 * Accepts on a socket that is bound; listening begins where it has not. The server owns the descriptor from now on, on
 * failure too. WEIR_ERR_NOMEM, WEIR_ERR_IO.
 */
weir_status http_server_listen(struct http_server *server, int fd, struct diag *d);

/* The port that the first socket is bound to; 0: none. */
uint16_t http_server_port(const struct http_server *server);
struct http_server_counts http_server_counts(const struct http_server *server);

/*
 * Accepts no more, tells the clients that no more requests are taken, and closes as soon as the live exchanges are
 * over, or after so many milliseconds: then what is left is broken off. `closed` is told once.
 */
void http_server_drain(struct http_server *server, uint32_t milliseconds);
/* The same at once: all is broken off. */
void http_server_close(struct http_server *server);

#endif
