/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* request-options of wasi:http/types@0.2. */
#include "base/diag.h"
#include "wasi/http/options.h"
#include "wasi/p2/p2.h"

weir_status wasi_p2_http_request_options_new(struct wasi_p2 *p2, weir_store *store, uint64_t *ret) {
  return wasi_http_options_new(p2->http, store, NULL, ret);
}

void wasi_p2_http_request_options_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}

static weir_status get_time(const struct wasi_p2 *p2, uint64_t self, enum wasi_http_time which,
                            struct wasi_option_u64 *ret) {
  const struct wasi_http_options *options = wasi_http_options_of(p2->http, self);
  if (!options)
    return WEIR_ERR_MISUSE;
  *ret = options->times[which];
  return WEIR_OK;
}

static weir_status set_time(const struct wasi_p2 *p2, uint64_t self, enum wasi_http_time which,
                            struct wasi_option_u64 time, struct wasi_result_none_none *ret) {
  struct wasi_http_options *options = wasi_http_options_of(p2->http, self);
  if (!options)
    return WEIR_ERR_MISUSE;
  options->times[which] = time;
  ret->failed = false;
  return WEIR_OK;
}

/* A getter and a setter of the interface. */
#define TIME(name, which)                                                                                   \
  weir_status wasi_p2_http_request_options_##name(struct wasi_p2 *p2, weir_store *store, uint64_t self,     \
                                                  struct wasi_option_u64 *ret) {                            \
    (void)store;                                                                                            \
    return get_time(p2, self, which, ret);                                                                  \
  }                                                                                                         \
  weir_status wasi_p2_http_request_options_set_##name(struct wasi_p2 *p2, weir_store *store, uint64_t self, \
                                                      struct wasi_option_u64 duration,                      \
                                                      struct wasi_result_none_none *ret) {                  \
    (void)store;                                                                                            \
    return set_time(p2, self, which, duration, ret);                                                        \
  }

TIME(connect_timeout, WASI_HTTP_CONNECT)
TIME(first_byte_timeout, WASI_HTTP_FIRST_BYTE)
TIME(between_bytes_timeout, WASI_HTTP_BETWEEN_BYTES)
