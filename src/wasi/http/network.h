/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The client that sends guests' requests over the network: the core's, made when the first request is allowed. Rules
 * say what may be reached: a name needs `lookup`, and each address, after look-up, `tcp-out`.
 */
#ifndef WASI_HTTP_NETWORK_H
#define WASI_HTTP_NETWORK_H

#include <uv.h>

#include "wasi/http/http.h"
#include "wasi/sockets/net.h"

struct http_client;
struct http_loop;
struct http_tls_context;

struct wasi_http_network {
  struct wasi_http_client base;
  const struct weir_alloc *alloc;
  uv_loop_t *uv;
  const struct wasi_net *net;
  struct http_loop *loop; /* NULL: no request was sent yet */
  struct http_client *client;
  struct http_tls_context *tls; /* NULL: the system has no authorities, and https is refused */
  void (*closed)(void *data);
  void *data;
};

void wasi_http_network_init(struct wasi_http_network *n, const struct weir_alloc *alloc, uv_loop_t *uv,
                            const struct wasi_net *net);
/*
 * Breaks off what is under way. false: there is nothing to close; else `closed` is called once, and the handles that
 * are left close by themselves.
 */
bool wasi_http_network_close(struct wasi_http_network *n, void (*closed)(void *data), void *data);

#endif
