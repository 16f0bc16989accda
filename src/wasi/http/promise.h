/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A future that the host writes once: the result of a transmission, or the end of a body with its trailers. A guest
 * that reads a future that nobody writes traps, so each promise is kept: at the latest with an error, whose value is
 * made beforehand. Whoever keeps one has nothing more to do with it.
 */
#ifndef WASI_HTTP_PROMISE_H
#define WASI_HTTP_PROMISE_H

#include "http/failure.h"
#include "wasi/http/headers.h"
#include "weir/stream.h"

struct wasi_http_promise;

/* Makes one; `ret_future` is for the guest. WEIR_ERR_NOMEM, or what the store says. */
weir_status wasi_http_promise_new(struct wasi_http *http, weir_store *store, weir_value *ret_future,
                                  struct wasi_http_promise **ret);
/* Whether the guest has dropped its end. */
bool wasi_http_promise_is_unwanted(const struct wasi_http_promise *promise);

/* Keeps it: with a value of its type, with ok(), with the failure, or with an end: trailers (held; NULL: none). */
void wasi_http_promise_keep(struct wasi_http_promise *take, weir_value *take_value);
void wasi_http_promise_keep_ok(struct wasi_http_promise *take);
void wasi_http_promise_keep_failure(struct wasi_http_promise *take, const struct http_failure *why);
void wasi_http_promise_keep_end(struct wasi_http_promise *take, weir_instance *instance,
                                struct wasi_http_headers *trailers);

#endif
