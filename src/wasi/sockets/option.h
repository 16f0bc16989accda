/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The options of sockets, without a version of WASI. Errors are negative errnos. */
#ifndef WASI_SOCKETS_OPTION_H
#define WASI_SOCKETS_OPTION_H

#include "wasi/sockets/socket.h"

enum wasi_socket_option {
  WASI_SOCKET_KEEP_ALIVE,
  WASI_SOCKET_KEEP_IDLE,     /* nanoseconds */
  WASI_SOCKET_KEEP_INTERVAL, /* nanoseconds */
  WASI_SOCKET_KEEP_COUNT,
  WASI_SOCKET_HOPS,
  WASI_SOCKET_RECEIVE_BUFFER,
  WASI_SOCKET_SEND_BUFFER
};

int wasi_socket_get(const struct wasi_socket *s, enum wasi_socket_option option, uint64_t *ret);
/* -EINVAL where the interface does not allow the value: 0. */
int wasi_socket_set(struct wasi_socket *s, enum wasi_socket_option option, uint64_t value);

#endif
