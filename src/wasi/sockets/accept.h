/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Sockets that are accepted, as a stream of 0.3. */
#ifndef WASI_SOCKETS_ACCEPT_H
#define WASI_SOCKETS_ACCEPT_H

#include "wasi/sockets/tcp.h"
#include "weir/host_call.h"

/*
 * Listens, and makes the stream of the sockets that are accepted. `*ret_error`: 0, or the negative of an errno, and
 * there is no stream. WEIR_ERR_NOMEM, or what the store says.
 */
weir_status wasi_tcp_listen(struct wasi_tcp *t, weir_host_call *call, int *ret_error, weir_value *ret);

/* Ends those that guests have dropped, a few at a time. True: something was. */
bool wasi_accepting_look(struct wasi_sockets *sockets);
/* Ends all such streams (their stores are gone). */
void wasi_accepting_close(struct wasi_sockets *sockets);

#endif
