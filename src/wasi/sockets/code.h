/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The system's error numbers as the error-code of wasi:sockets@0.3.0. */
#ifndef WASI_SOCKETS_CODE_H
#define WASI_SOCKETS_CODE_H

#include "wasi/sockets/address.h"
#include "wasi/wit.h"

/* With the system's words where there is no code for it. */
struct wasi_sockets_error_code wasi_socket_code(int error);
/* Without a payload: `connection-broken` where there is no code for it. */
uint32_t wasi_socket_code_number(int error);

/* The results of functions over a socket: `status` is 0, or an errno below zero. Always WEIR_OK. */
weir_status wasi_socket_give_done(int status, struct wasi_result_none_sockets_error_code *ret);
weir_status wasi_socket_give_address(int status, const union wasi_address *address,
                                     struct wasi_result_sockets_ip_socket_address_sockets_error_code *ret);

#endif
