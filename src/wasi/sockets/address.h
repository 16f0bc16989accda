/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Addresses of WASI, which are the same in both versions, and of the system. */
#ifndef WASI_SOCKETS_ADDRESS_H
#define WASI_SOCKETS_ADDRESS_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "wasi/wit.h"

union wasi_address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

union wasi_address wasi_address_of(const struct wasi_sockets_ip_socket_address *from);
struct wasi_sockets_ip_socket_address wasi_address_to(const union wasi_address *from);
/* Without the port. */
struct wasi_sockets_ip_address wasi_address_ip(const struct sockaddr *from);

static inline socklen_t wasi_address_size(const union wasi_address *address) {
  return address->any.sa_family == AF_INET6 ? sizeof(address->v6) : sizeof(address->v4);
}

/* Whether a connection or a datagram may go there: it names a host and a port. */
bool wasi_address_is_remote(const union wasi_address *address);
/* An address of version 4 in the form of one of version 6, which sockets here do not take. */
bool wasi_address_is_mapped(const union wasi_address *address);
bool wasi_address_equal(const union wasi_address *a, const union wasi_address *b);
/* Of several hosts: multicast, broadcast. */
bool wasi_address_is_of_many(const union wasi_address *address);

#endif
