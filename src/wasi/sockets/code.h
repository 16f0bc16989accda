/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The system's error numbers as the error-code of wasi:sockets@0.3.0. */
#ifndef WASI_SOCKETS_CODE_H
#define WASI_SOCKETS_CODE_H

#include "wasi/sockets/option.h"
#include "wasi/wit.h"

/* With the system's words where there is no code for it. */
struct wasi_sockets_error_code wasi_socket_code(int error);
/* Without a payload: `connection-broken` where there is no code for it. */
uint32_t wasi_socket_code_number(int error);

/* The results of functions over a socket: `status` is 0, or an errno below zero. Always WEIR_OK. */
weir_status wasi_socket_give_done(int status, struct wasi_result_none_sockets_error_code *ret);
weir_status wasi_socket_give_address(int status, const union wasi_address *address,
                                     struct wasi_result_sockets_ip_socket_address_sockets_error_code *ret);

/* The same for a guest's number that may lead to no socket (NULL): WEIR_ERR_MISUSE. */
weir_status wasi_socket_give_remote(const struct wasi_socket *s,
                                    struct wasi_result_sockets_ip_socket_address_sockets_error_code *ret);
weir_status wasi_socket_give_option(const struct wasi_socket *s, enum wasi_socket_option option,
                                    struct wasi_result_u64_sockets_error_code *ret);
weir_status wasi_socket_take_option(struct wasi_socket *s, enum wasi_socket_option option, uint64_t value,
                                    struct wasi_result_none_sockets_error_code *ret);

/*
 * Defines the two functions of an option (a line of option.def) of a resource; socket_of(sockets, self) gives the
 * socket, or NULL.
 */
#define WASI_SOCKET_OPTION(resource, socket_of, name, type, word, option)                                          \
  weir_status wasi_sockets_##resource##_get_##name(struct wasi_sockets *sockets, weir_store *store, uint64_t self, \
                                                   struct wasi_##word##_sockets_error_code *ret) {                 \
    struct wasi_result_u64_sockets_error_code got = {0};                                                           \
    weir_status status = wasi_socket_give_option(socket_of(sockets, self), WASI_SOCKET_##option, &got);            \
    (void)store;                                                                                                   \
    ret->failed = got.failed;                                                                                      \
    ret->ok = (type)got.ok;                                                                                        \
    ret->error = got.error;                                                                                        \
    return status;                                                                                                 \
  }                                                                                                                \
  weir_status wasi_sockets_##resource##_set_##name(struct wasi_sockets *sockets, weir_store *store, uint64_t self, \
                                                   type value, struct wasi_result_none_sockets_error_code *ret) {  \
    (void)store;                                                                                                   \
    return wasi_socket_take_option(socket_of(sockets, self), WASI_SOCKET_##option, value, ret);                    \
  }

#endif
