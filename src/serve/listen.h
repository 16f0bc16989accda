/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Addresses as text, and sockets that are bound to them. */
#ifndef SERVE_LISTEN_H
#define SERVE_LISTEN_H

#include <stdint.h>

#include "base/diag.h"

/*
 * A socket that is bound to an address: "127.0.0.1:8080", "[::1]:8080", ":8080" (all addresses). Several sockets may be
 * bound to one address (SO_REUSEPORT): the system gives each connection to one of them. `port` not 0 stands in for the
 * address' own. It is closed on exec. WEIR_ERR_PARSE, WEIR_ERR_IO.
 */
weir_status listen_bind(const char *address, uint16_t port, int *ret_fd, struct diag *d);

/* The port that a socket is bound to; 0: none. */
uint16_t listen_port(int fd);

#endif
