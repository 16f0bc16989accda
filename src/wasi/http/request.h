/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A guest's request that goes out: checked, and given to the client of the host. */
#ifndef WASI_HTTP_REQUEST_H
#define WASI_HTTP_REQUEST_H

#include "wasi/http/head.h"
#include "wasi/http/options.h"
#include "wasi/http/transfer.h"

/*
 * Starts the exchange of a request; `options` NULL: none; `end`: nothing follows the head. NULL: it is refused, and
 * `*ret_why` says why.
 */
struct wasi_http_transfer *wasi_http_request_start(struct wasi_http *http, const struct wasi_http_head *head,
                                                   const struct wasi_http_options *options, bool end,
                                                   struct http_failure *ret_why);

/* Whether the response has come, or never will. */
static inline bool wasi_http_response_is_there(const struct wasi_http_transfer *t) {
  return t->failed || t->x->received;
}

#endif
