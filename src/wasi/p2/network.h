/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the sockets of wasi:sockets@0.2 share: error codes, and streams over a socket. */
#ifndef WASI_P2_NETWORK_H
#define WASI_P2_NETWORK_H

#include "wasi/p2/p2.h"
#include "wasi/sockets/option.h"
#include "wasi/wit.h"

/* `unknown` where there is no code for an errno. */
enum wasi_p2_sockets_error_code wasi_p2_network_error_code(int error);

/* The results of functions over a socket: `status` is 0, or an errno below zero. Always WEIR_OK. */
weir_status wasi_p2_network_give_done(int status, struct wasi_result_none_p2_sockets_error_code *ret);
weir_status wasi_p2_network_give_address(int status, const union wasi_address *address,
                                         struct wasi_result_sockets_ip_socket_address_p2_sockets_error_code *ret);

/* The same for a guest's number that may lead to no socket (NULL): WEIR_ERR_MISUSE. */
weir_status wasi_p2_network_give_remote(const struct wasi_socket *s,
                                        struct wasi_result_sockets_ip_socket_address_p2_sockets_error_code *ret);
weir_status wasi_p2_network_give_option(const struct wasi_socket *s, enum wasi_socket_option option,
                                        struct wasi_result_u64_p2_sockets_error_code *ret);
weir_status wasi_p2_network_take_option(struct wasi_socket *s, enum wasi_socket_option option, uint64_t value,
                                        struct wasi_result_none_p2_sockets_error_code *ret);

/* As WASI_SOCKET_OPTION(), with an interface in the place of the resource; socket_of(p2, self). */
#define WASI_P2_SOCKET_OPTION(interface, socket_of, name, type, word, option)                                \
  weir_status wasi_p2_sockets_##interface##_##name(struct wasi_p2 *p2, weir_store *store, uint64_t self,     \
                                                   struct wasi_##word##_p2_sockets_error_code *ret) {        \
    struct wasi_result_u64_p2_sockets_error_code got = {0};                                                  \
    weir_status status = wasi_p2_network_give_option(socket_of(p2, self), WASI_SOCKET_##option, &got);       \
    (void)store;                                                                                             \
    ret->failed = got.failed;                                                                                \
    ret->ok = (type)got.ok;                                                                                  \
    ret->error = got.error;                                                                                  \
    return status;                                                                                           \
  }                                                                                                          \
  weir_status wasi_p2_sockets_##interface##_set_##name(struct wasi_p2 *p2, weir_store *store, uint64_t self, \
                                                       type value,                                           \
                                                       struct wasi_result_none_p2_sockets_error_code *ret) { \
    (void)store;                                                                                             \
    return wasi_p2_network_take_option(socket_of(p2, self), WASI_SOCKET_##option, value, ret);               \
  }

/* Makes the streams of a connection; each holds the socket. WEIR_ERR_NOMEM: neither is there. */
weir_status wasi_p2_socket_streams(struct wasi_p2 *p2, weir_store *store, struct wasi_socket *socket,
                                   uint64_t *ret_input, uint64_t *ret_output);

#endif
