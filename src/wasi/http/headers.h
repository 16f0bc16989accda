/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The fields of a message, headers or trailers, as guests see them: a counted list, which several handles of a guest
 * may lead to. Once a message has the list, nobody changes it any more.
 */
#ifndef WASI_HTTP_HEADERS_H
#define WASI_HTTP_HEADERS_H

#include "http/fields.h"
#include "wasi/host/value.h"
#include "wasi/http/http.h"

struct wasi_list_bytes;
struct wasi_list_tuple_text_bytes;

struct wasi_http_headers {
  struct wasi_http *http;
  const struct weir_alloc *alloc;
  uint32_t counted; /* bytes, in wasi_http.field_bytes */
  unsigned holders;
  bool frozen;
  struct http_fields fields;
};

/* What a guest may not do with fields; the number of the case in 0.3's header-error. */
enum wasi_http_header_fault {
  WASI_HTTP_HEADER_SYNTAX,
  WASI_HTTP_HEADER_FORBIDDEN,
  WASI_HTTP_HEADER_IMMUTABLE,
  WASI_HTTP_HEADER_SIZE,
  WASI_HTTP_HEADER_NOMEM, /* no case: the guest traps */
  WASI_HTTP_HEADER_OK
};

/* Makes empty ones, with one hold. NULL: out of memory. */
struct wasi_http_headers *wasi_http_headers_new(struct wasi_http *http);
/* A copy that can be changed; `from` NULL: empty. NULL: out of memory. */
struct wasi_http_headers *wasi_http_headers_copy(struct wasi_http *http, const struct http_fields *from);
struct wasi_http_headers *wasi_http_headers_hold(struct wasi_http_headers *headers);
/* NULL is allowed. */
void wasi_http_headers_release(struct wasi_http_headers *headers);

/* ---- what guests do ---------------------------------------------------------------------------------------------- */

enum wasi_http_header_fault wasi_http_headers_append(struct wasi_http_headers *headers, struct str name,
                                                     struct str value);
/* Replaces all of that name with bytes of guests, all or nothing. */
enum wasi_http_header_fault wasi_http_headers_set(struct wasi_http_headers *headers, struct str name,
                                                  const struct wasi_values *values);
enum wasi_http_header_fault wasi_http_headers_delete(struct wasi_http_headers *headers, struct str name);
/* Appends names with values, as guests give them. */
enum wasi_http_header_fault wasi_http_headers_append_all(struct wasi_http_headers *headers,
                                                         const struct wasi_values *entries);

/*
 * The values of a name, or all fields, for a result; the two functions below release what is left.
 * WEIR_ERR_NOMEM.
 */
weir_status wasi_http_headers_get(const struct wasi_http_headers *headers, struct str name,
                                  struct wasi_list_bytes *ret);
weir_status wasi_http_headers_entries(const struct wasi_http_headers *headers, struct wasi_list_tuple_text_bytes *ret);
void wasi_http_headers_values_done(const struct wasi_http_headers *headers, struct wasi_list_bytes *list);
void wasi_http_headers_entries_done(const struct wasi_http_headers *headers, struct wasi_list_tuple_text_bytes *list);

/* ---- handles ----------------------------------------------------------------------------------------------------- */

/* Makes a handle that holds the list, which it takes, also on failure. NULL: out of memory. */
weir_status wasi_http_fields_make(struct wasi_http *http, weir_store *store, struct wasi_http_headers *take_headers,
                                  uint64_t *ret);
/* What a handle leads to; NULL: no fields. */
struct wasi_http_headers *wasi_http_fields_of(const struct wasi_http *http, uint64_t number);

#endif
