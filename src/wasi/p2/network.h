/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the sockets of wasi:sockets@0.2 share: error codes, and streams over a socket. */
#ifndef WASI_P2_NETWORK_H
#define WASI_P2_NETWORK_H

#include "wasi/p2/p2.h"
#include "wasi/sockets/socket.h"
#include "wasi/wit.h"

/* `unknown` where there is no code for an errno. */
enum wasi_p2_sockets_error_code wasi_p2_network_error_code(int error);

/* The results of functions over a socket: `status` is 0, or an errno below zero. Always WEIR_OK. */
weir_status wasi_p2_network_give_done(int status, struct wasi_result_none_p2_sockets_error_code *ret);
weir_status wasi_p2_network_give_address(int status, const union wasi_address *address,
                                         struct wasi_result_sockets_ip_socket_address_p2_sockets_error_code *ret);

/* Makes the streams of a connection; each holds the socket. WEIR_ERR_NOMEM: neither is there. */
weir_status wasi_p2_socket_streams(struct wasi_p2 *p2, weir_store *store, struct wasi_socket *socket,
                                   uint64_t *ret_input, uint64_t *ret_output);

#endif
