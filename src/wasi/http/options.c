/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See options.h; and request-options of wasi:http/types@0.3.0. */
#include "wasi/http/options.h"

#include "base/diag.h"
#include "base/mem.h"

/* ---- life -------------------------------------------------------------------------------------------------------- */

struct handle {
  struct wasi_object object;
  struct wasi_http_options *options; /* held */
};

static void handle_free(struct wasi_object *object) {
  struct handle *h = (struct handle *)object;
  wasi_http_options_release(h->options);
  mem_free(object->objects->alloc, h, sizeof(*h));
}

static const struct wasi_object_type handle_type = {.free = handle_free};

weir_status wasi_http_options_make(struct wasi_http *http, weir_store *store, struct wasi_http_options *take,
                                   uint64_t *ret) {
  struct handle *h = take ? mem_zalloc(http->alloc, sizeof(*h)) : NULL;
  weir_status status = h ? wasi_object_init(http->objects, &handle_type, store, &h->object) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK) {
    mem_free(http->alloc, h, sizeof(*h));
    wasi_http_options_release(take);
    return status;
  }
  h->options = take;
  *ret = h->object.number;
  return WEIR_OK;
}

weir_status wasi_http_options_new(struct wasi_http *http, weir_store *store, const struct wasi_http_options *from,
                                  uint64_t *ret) {
  struct wasi_http_options *options = mem_zalloc(http->alloc, sizeof(*options));
  if (!options)
    return WEIR_ERR_NOMEM;
  options->alloc = http->alloc;
  options->holders = 1;
  if (from)
    memcpy(options->times, from->times, sizeof(options->times));
  return wasi_http_options_make(http, store, options, ret);
}

struct wasi_http_options *wasi_http_options_of(const struct wasi_http *http, uint64_t number) {
  const struct handle *h = (const struct handle *)wasi_object_get(http->objects, &handle_type, number);
  return h ? h->options : NULL;
}

struct wasi_http_options *wasi_http_options_freeze(struct wasi_http_options *options) {
  options->frozen = true;
  options->holders++;
  return options;
}

void wasi_http_options_release(struct wasi_http_options *options) {
  if (!options || --options->holders > 0)
    return;
  mem_free(options->alloc, options, sizeof(*options));
}

/* ---- the interface ----------------------------------------------------------------------------------------------- */

weir_status wasi_http_request_options_new(struct wasi_http *http, weir_store *store, uint64_t *ret) {
  return wasi_http_options_new(http, store, NULL, ret);
}

weir_status wasi_http_request_options_clone(struct wasi_http *http, weir_store *store, uint64_t self, uint64_t *ret) {
  const struct wasi_http_options *options = wasi_http_options_of(http, self);
  return options ? wasi_http_options_new(http, store, options, ret) : WEIR_ERR_MISUSE;
}

void wasi_http_request_options_drop(struct wasi_http *http, uint64_t rep) {
  wasi_object_drop(http->objects, rep);
}

static weir_status get_time(const struct wasi_http *http, uint64_t self, enum wasi_http_time which,
                            struct wasi_option_u64 *ret) {
  const struct wasi_http_options *options = wasi_http_options_of(http, self);
  if (!options)
    return WEIR_ERR_MISUSE;
  *ret = options->times[which];
  return WEIR_OK;
}

static weir_status set_time(const struct wasi_http *http, uint64_t self, enum wasi_http_time which,
                            struct wasi_option_u64 time, struct wasi_result_none_http_request_options_error *ret) {
  struct wasi_http_options *options = wasi_http_options_of(http, self);
  if (!options)
    return WEIR_ERR_MISUSE;
  ret->failed = options->frozen;
  ret->error.tag = WASI_HTTP_REQUEST_OPTIONS_ERROR_IMMUTABLE;
  if (!options->frozen)
    options->times[which] = time;
  return WEIR_OK;
}

/* A getter and a setter of the interface. */
#define TIME(name, which)                                                                                     \
  weir_status wasi_http_request_options_get_##name(struct wasi_http *http, weir_store *store, uint64_t self,  \
                                                   struct wasi_option_u64 *ret) {                             \
    (void)store;                                                                                              \
    return get_time(http, self, which, ret);                                                                  \
  }                                                                                                           \
  weir_status wasi_http_request_options_set_##name(struct wasi_http *http, weir_store *store, uint64_t self,  \
                                                   struct wasi_option_u64 duration,                           \
                                                   struct wasi_result_none_http_request_options_error *ret) { \
    (void)store;                                                                                              \
    return set_time(http, self, which, duration, ret);                                                        \
  }

TIME(connect_timeout, WASI_HTTP_CONNECT)
TIME(first_byte_timeout, WASI_HTTP_FIRST_BYTE)
TIME(between_bytes_timeout, WASI_HTTP_BETWEEN_BYTES)
