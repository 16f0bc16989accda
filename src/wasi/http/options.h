/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* request-options of both versions: time limits of a request, counted, and frozen once a request has them. */
#ifndef WASI_HTTP_OPTIONS_H
#define WASI_HTTP_OPTIONS_H

#include "wasi/http/http.h"
#include "wasi/wit.h"

enum wasi_http_time { WASI_HTTP_CONNECT, WASI_HTTP_FIRST_BYTE, WASI_HTTP_BETWEEN_BYTES, WASI_HTTP_TIMES };

struct wasi_http_options {
  const struct weir_alloc *alloc;
  unsigned holders;
  bool frozen;
  struct wasi_option_u64 times[WASI_HTTP_TIMES]; /* in nanoseconds */
};

/* Makes a handle of new ones, a copy of `from` (NULL: without limits). WEIR_ERR_NOMEM. */
weir_status wasi_http_options_new(struct wasi_http *http, weir_store *store, const struct wasi_http_options *from,
                                  uint64_t *ret);
/* Makes a handle that holds the options, which it takes, also on failure. WEIR_ERR_NOMEM. */
weir_status wasi_http_options_make(struct wasi_http *http, weir_store *store, struct wasi_http_options *take,
                                   uint64_t *ret);
/* What a handle leads to; NULL: no options. */
struct wasi_http_options *wasi_http_options_of(const struct wasi_http *http, uint64_t number);
/* Holds them, and nobody changes them any more. */
struct wasi_http_options *wasi_http_options_freeze(struct wasi_http_options *options);
/* NULL is allowed. */
void wasi_http_options_release(struct wasi_http_options *options);

#endif
