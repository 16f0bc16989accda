/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The life of what all sockets of a host share. */
#ifndef WASI_SOCKETS_SOCKETS_H
#define WASI_SOCKETS_SOCKETS_H

#include "wasi/sockets/socket.h"
#include "weir/wasi.h"

/* Reads the rules of the configuration; the loop is set later. As wasi_net_init(). */
weir_status wasi_sockets_init(struct wasi_sockets *sockets, const struct weir_alloc *alloc,
                              const weir_wasi_config *config, struct diag *d);
/* Once there are a loop, guards and objects. */
void wasi_sockets_start(struct wasi_sockets *sockets, uv_loop_t *loop, struct wasi_guards *guards,
                        struct wasi_objects *objects);
/* As wasi_input_ask(). */
bool wasi_sockets_ask(struct wasi_sockets *sockets);
/* Ends all streams (their stores are gone). */
void wasi_sockets_close(struct wasi_sockets *sockets);
/* Releases; a zeroed one is allowed. */
void wasi_sockets_done(struct wasi_sockets *sockets);

#endif
