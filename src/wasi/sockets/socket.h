/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A socket, without a version of WASI: its descriptor, which never blocks, and the events of the loop.
 * Counted: the guest's socket and each of its streams hold it; the last one closes it. Errors are negative errnos.
 */
#ifndef WASI_SOCKETS_SOCKET_H
#define WASI_SOCKETS_SOCKET_H

#include <sys/types.h>
#include <uv.h>

#include "wasi/host/event.h"
#include "wasi/host/flow.h"
#include "wasi/host/object.h"
#include "wasi/sockets/address.h"
#include "wasi/sockets/net.h"

/* What listens without a word on it has room for, and what it may ask for; and the largest datagram. */
enum { WASI_BACKLOG = 128, WASI_BACKLOG_MAX = 4096, WASI_DATAGRAM_MAX = 65536 };

/* What all sockets of a host share. */
struct wasi_sockets {
  const struct weir_alloc *alloc;
  uv_loop_t *loop;
  struct wasi_net net;
  uint64_t open, most;
  struct wasi_objects *objects; /* the host's */
  struct wasi_flows receiving, sending;
  struct list accepting; /* streams of tcp.h */
  struct list waiting;   /* streams of stream.h that wait for their sockets */
};

struct wasi_socket {
  struct wasi_sockets *sockets;
  unsigned holders;
  int fd;
  int family, type; /* AF_INET or AF_INET6; SOCK_STREAM or SOCK_DGRAM */
  struct wasi_event readable, writable;
  bool unsent, last; /* a stream of 0.2 has bytes for it, after which there are no more: wasi_socket_shutdown() */
  bool polled;       /* `poll` is initialised */
  int events;        /* which it polls for; the loop waits for it where somebody waits */
  uv_poll_t poll;
};

/* Makes a socket; -EMFILE where the host has as many as it may have. */
int wasi_socket_new(struct wasi_sockets *sockets, enum wasi_sockets_ip_address_family family, int type,
                    struct wasi_socket **ret);
void wasi_socket_hold(struct wasi_socket *s);
void wasi_socket_release(struct wasi_socket *s);

/* 0 or the negative of an errno; -EPERM where no rule grants it. */
int wasi_socket_bind(struct wasi_socket *s, const union wasi_address *address);
/* -EINPROGRESS: wasi_socket_error() tells, once it is writable. */
int wasi_socket_connect(struct wasi_socket *s, const union wasi_address *address);
/* The outcome of connecting: 0, -EINPROGRESS, or another negative errno. */
int wasi_socket_error(struct wasi_socket *s);
/* Where the socket is not bound the system chooses the port, and all addresses. 0 or the negative of an errno. */
int wasi_socket_listen(struct wasi_socket *s, bool bound, int backlog);
/* -EAGAIN: nobody has come. */
int wasi_socket_accept(struct wasi_socket *s, struct wasi_socket **ret);
int wasi_socket_local(const struct wasi_socket *s, union wasi_address *ret);
int wasi_socket_remote(const struct wasi_socket *s, union wasi_address *ret);
enum wasi_sockets_ip_address_family wasi_socket_family(const struct wasi_socket *s);
/* A number of bytes (0 of receiving: the end), -EAGAIN, or the negative of another errno. */
ssize_t wasi_socket_receive(struct wasi_socket *s, void *bytes, size_t size);
ssize_t wasi_socket_send(struct wasi_socket *s, const void *bytes, size_t size);
/*
 * The same of one datagram. `to`: its receiver, or NULL: the peer. A socket that is `connected` sends to its peer only;
 * -EINVAL where there is none, or another one is named.
 */
int wasi_socket_may_send(const struct wasi_socket *s, bool connected, const union wasi_address *to);
ssize_t wasi_socket_send_to(struct wasi_socket *s, const union wasi_address *to, const void *bytes, size_t size);
ssize_t wasi_socket_receive_from(struct wasi_socket *s, void *bytes, size_t size, union wasi_address *ret_from);
/* Takes the peer of a socket for datagrams away. 0 or the negative of an errno. */
int wasi_socket_disconnect(struct wasi_socket *s);
/* As shutdown(2); but what is unsent is sent before. 0 or the negative of an errno. */
int wasi_socket_shutdown(struct wasi_socket *s, int how);
/* Whether bytes for the socket wait until it has room for them. */
void wasi_socket_set_unsent(struct wasi_socket *s, bool unsent);
/* Whether it can be read or written now, without waiting. */
bool wasi_socket_is_ready(const struct wasi_socket *s, short events);

#endif
