/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A request in the hands of a component: an exchange, given to the handler that an instance exports, of 0.3
 * (wasi:http/handler, async) or of 0.2 (wasi:http/incoming-handler). Request, bodies, trailers and response go between
 * the two by themselves, while the store is stepped and the loop runs. Where the guest gives no response, one is given
 * for the guest: a status, or the exchange is broken off where the response had begun.
 *
 * A handling lives until the exchange is over and the guest's call has exited, which may be long after. Whoever has
 * started it is told of both.
 */
#ifndef WASI_HTTP_HANDLE_H
#define WASI_HTTP_HANDLE_H

#include "http/exchange.h"
#include "weir/call.h"
#include "weir/extern.h"
#include "weir/wasi.h"

struct wasi_http_handling;

/* What becomes of a request. Any member may be NULL. Called from the loop, in a step, or while the store is freed. */
struct wasi_http_watcher {
  /* The head of the response has gone to the exchange: the guest's, or one that was given for the guest. */
  void (*answered)(void *data, struct wasi_http_handling *h, uint16_t status);
  /* The guest's call has failed, or was cancelled; `error` is good during the call, NULL: none. */
  void (*failed)(void *data, struct wasi_http_handling *h, weir_status status, const weir_error *error);
  /* The response has gone as a whole (`why` NULL), or the exchange has failed. */
  void (*done)(void *data, struct wasi_http_handling *h, const struct http_failure *why);
  /* The guest's call has exited. The last of `done` and `exited` ends the handling: do not use it any more. */
  void (*exited)(void *data, struct wasi_http_handling *h);
};

/* The handler that a component exports: the one of 0.3, or that of 0.2. NULL: none. */
const weir_func *wasi_http_find_handler(const weir_component *component);
/* Whether it is that of 0.2, which handles one request at a time in an instance. */
bool wasi_http_handler_is_p2(const weir_func *handler);

/*
 * Calls the handler with a request. The host is the one that the instance was linked with. Runs the guest until it
 * blocks or ends, and may tell the watcher. WEIR_ERR_NOMEM, or what weir_call_start() says: then nothing has happened,
 * and the exchange, without a listener, is the caller's.
 */
weir_status wasi_http_handle(weir_wasi *wasi, weir_store *store, weir_instance *instance, const weir_func *handler,
                             struct http_exchange *take_x, const struct wasi_http_watcher *watcher, void *data,
                             struct wasi_http_handling **ret, weir_error **ret_error);

/* Asks the guest to give up. The exchange is answered or broken off at once, for `why`. */
void wasi_http_handling_cancel(struct wasi_http_handling *h, const struct http_failure *why);

#endif
