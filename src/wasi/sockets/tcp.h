/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A tcp-socket of 0.3. What guests call is in tcp_calls.c. */
#ifndef WASI_SOCKETS_TCP_H
#define WASI_SOCKETS_TCP_H

#include "wasi/host/object.h"
#include "wasi/sockets/socket.h"

enum wasi_tcp_state {
  WASI_TCP_UNBOUND,
  WASI_TCP_BOUND,
  WASI_TCP_LISTENING,
  WASI_TCP_CONNECTING,
  WASI_TCP_CONNECTED,
  WASI_TCP_CLOSED
};

struct wasi_tcp {
  struct wasi_object object;
  struct wasi_socket *socket; /* held */
  enum wasi_tcp_state state;
  int backlog;
  bool sends, receives; /* it has the stream */
};

/* Makes a resource of a socket, which it takes, also on failure. WEIR_ERR_NOMEM. */
weir_status wasi_tcp_new(weir_store *store, struct wasi_socket *take_socket, enum wasi_tcp_state state, uint64_t *ret);

/* What a number leads to; NULL: no tcp-socket. */
struct wasi_tcp *wasi_tcp_get(const struct wasi_sockets *sockets, uint64_t number);

#endif
