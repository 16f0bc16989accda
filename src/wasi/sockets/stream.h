/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Streams of bytes between a socket and a guest of 0.3: receive and send. Nothing is received before the guest reads,
 * and nothing is taken from a guest before the last buffer has left; each stream holds its socket.
 */
#ifndef WASI_SOCKETS_STREAM_H
#define WASI_SOCKETS_STREAM_H

#include "wasi/host/flow.h"
#include "wasi/sockets/socket.h"

/*
 * Makes the guest's end of a stream of what the socket receives, and the future of its end. `error` (0: none): the
 * stream is refused, and the future tells so. WEIR_ERR_NOMEM, or what the store says.
 */
weir_status wasi_receiving_new(struct wasi_socket *socket, weir_store *store, int error, weir_value *ret_stream,
                               weir_value *ret_future);
/* Sends what a guest writes; takes the stream. Else as wasi_receiving_new(). */
weir_status wasi_sending_new(struct wasi_socket *socket, weir_store *store, int error, weir_stream *take_data,
                             weir_value *ret_future);

/* So many of those that wait for their sockets are looked at at a time: two leave for one that comes. */
enum { WASI_SOCKETS_LOOKS = 2 };
/* Ends what guests have dropped. True: something was. */
bool wasi_receiving_look(struct wasi_sockets *sockets);

/* Frees a flow of each kind; for wasi_flows_init(). */
void wasi_receiving_release(struct wasi_flow *flow);
void wasi_sending_release(struct wasi_flow *flow);

#endif
