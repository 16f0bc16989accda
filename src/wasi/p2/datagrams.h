/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The two streams of datagrams of a UDP socket of 0.2. */
#ifndef WASI_P2_DATAGRAMS_H
#define WASI_P2_DATAGRAMS_H

#include "wasi/p2/network.h"

/* Makes them; each holds the socket. `connected`: all that is sent goes to the socket's peer. WEIR_ERR_NOMEM. */
weir_status wasi_p2_datagrams_new(struct wasi_p2 *p2, weir_store *store, struct wasi_socket *socket, bool connected,
                                  uint64_t *ret_incoming, uint64_t *ret_outgoing);

#endif
