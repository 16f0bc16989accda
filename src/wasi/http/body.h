/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Bodies of 0.3: streams of bytes of a guest, each with a future for its end, and the exchange on the other side.
 * Back-pressure goes through: nothing is taken from an exchange before the guest reads, and nothing from a guest before
 * the exchange has room.
 */
#ifndef WASI_HTTP_BODY_H
#define WASI_HTTP_BODY_H

#include "wasi/http/head.h"
#include "wasi/http/promise.h"
#include "wasi/http/transfer.h"
#include "weir/instance.h"

/* A body that a guest gave: the host's ends. Zero: none. */
struct wasi_http_content {
  weir_stream *contents; /* NULL: no bytes */
  weir_stream *trailers; /* the future of the end */
  struct wasi_http_promise *sent;
};

/* Drops what was not sent; the guest hears that it was not. */
void wasi_http_content_drop(struct wasi_http_content *content);

/*
 * Gives a guest the body that an exchange receives: its stream, and the future of its end. Holds the transfer.
 * WEIR_ERR_NOMEM, or what the store says.
 */
weir_status wasi_http_receive(struct wasi_http_transfer *t, weir_store *store, weir_instance *instance,
                              weir_value *ret_stream, weir_value *ret_future);

/*
 * Sends a message over an exchange: its head (NULL: the exchange was made with it) and its body, both of which it
 * takes. Holds the transfer. WEIR_ERR_NOMEM, or what the store says; the exchange was broken off then.
 */
weir_status wasi_http_send(struct wasi_http_transfer *t, weir_store *store, struct wasi_http_head *take_head,
                           struct wasi_http_content *take_content);

#endif
