/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The resource `fields` of wasi:http/types@0.2: the same as in 0.3, with fewer words for what goes wrong. */
#include "base/diag.h"
#include "wasi/http/headers.h"
#include "wasi/p2/p2.h"
#include "wasi/wit.h"

typedef struct wasi_result_none_p2_http_header_error done_result;

static struct str text_of(struct wasi_text text) {
  return (struct str){text.data, text.size};
}

/* 0.2 has no case for too much: the guest traps. */
static weir_status give_fault(enum wasi_http_header_fault fault, bool *ret_failed,
                              struct wasi_p2_http_header_error *ret) {
  *ret_failed = fault != WASI_HTTP_HEADER_OK;
  *ret = (struct wasi_p2_http_header_error){.tag = (enum wasi_p2_http_header_error_tag)fault};
  if (fault == WASI_HTTP_HEADER_SIZE)
    return WEIR_ERR_LIMIT;
  return fault == WASI_HTTP_HEADER_NOMEM ? WEIR_ERR_NOMEM : WEIR_OK;
}

static struct wasi_http_headers *headers_of(const struct wasi_p2 *p2, uint64_t number) {
  return wasi_http_fields_of(p2->http, number);
}

weir_status wasi_p2_http_fields_new(struct wasi_p2 *p2, weir_store *store, uint64_t *ret) {
  return wasi_http_fields_make(p2->http, store, wasi_http_headers_new(p2->http), ret);
}

void wasi_p2_http_fields_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}

weir_status wasi_p2_http_fields_from_list(struct wasi_p2 *p2, weir_store *store, struct wasi_values entries,
                                          struct wasi_result_p2_http_fields_p2_http_header_error *ret) {
  struct wasi_http_headers *headers = wasi_http_headers_new(p2->http);
  enum wasi_http_header_fault fault =
      headers ? wasi_http_headers_append_all(headers, &entries) : WASI_HTTP_HEADER_NOMEM;
  weir_status status = give_fault(fault, &ret->failed, &ret->error);
  if (status == WEIR_OK && !ret->failed)
    return wasi_http_fields_make(p2->http, store, headers, &ret->ok);
  wasi_http_headers_release(headers);
  return status;
}

weir_status wasi_p2_http_fields_clone(struct wasi_p2 *p2, weir_store *store, uint64_t self, uint64_t *ret) {
  const struct wasi_http_headers *headers = headers_of(p2, self);
  if (!headers)
    return WEIR_ERR_MISUSE;
  return wasi_http_fields_make(p2->http, store, wasi_http_headers_copy(p2->http, &headers->fields), ret);
}

weir_status wasi_p2_http_fields_has(struct wasi_p2 *p2, weir_store *store, uint64_t self, struct wasi_text name,
                                    bool *ret) {
  const struct wasi_http_headers *headers = headers_of(p2, self);
  (void)store;
  *ret = headers && http_fields_has(&headers->fields, text_of(name));
  return headers ? WEIR_OK : WEIR_ERR_MISUSE;
}

void wasi_p2_http_fields_get(struct wasi_p2 *p2, weir_host_call *call, uint64_t self, struct wasi_text name) {
  const struct wasi_http_headers *headers = headers_of(p2, self);
  struct wasi_list_bytes list = {0};
  weir_status status = headers ? wasi_http_headers_get(headers, text_of(name), &list) : WEIR_ERR_MISUSE;
  if (status != WEIR_OK) {
    weir_host_call_fail(call, wasi_value_words(status));
    return;
  }
  wasi_p2_http_fields_get_return(call, &list);
  wasi_http_headers_values_done(headers, &list);
}

void wasi_p2_http_fields_entries(struct wasi_p2 *p2, weir_host_call *call, uint64_t self) {
  const struct wasi_http_headers *headers = headers_of(p2, self);
  struct wasi_list_tuple_text_bytes list = {0};
  weir_status status = headers ? wasi_http_headers_entries(headers, &list) : WEIR_ERR_MISUSE;
  if (status != WEIR_OK) {
    weir_host_call_fail(call, wasi_value_words(status));
    return;
  }
  wasi_p2_http_fields_entries_return(call, &list);
  wasi_http_headers_entries_done(headers, &list);
}

weir_status wasi_p2_http_fields_append(struct wasi_p2 *p2, weir_store *store, uint64_t self, struct wasi_text name,
                                       struct wasi_bytes value, done_result *ret) {
  struct wasi_http_headers *headers = headers_of(p2, self);
  struct str bytes = {(const char *)value.data, value.size};
  (void)store;
  return headers ? give_fault(wasi_http_headers_append(headers, text_of(name), bytes), &ret->failed, &ret->error)
                 : WEIR_ERR_MISUSE;
}

weir_status wasi_p2_http_fields_set(struct wasi_p2 *p2, weir_store *store, uint64_t self, struct wasi_text name,
                                    struct wasi_values value, done_result *ret) {
  struct wasi_http_headers *headers = headers_of(p2, self);
  (void)store;
  return headers ? give_fault(wasi_http_headers_set(headers, text_of(name), &value), &ret->failed, &ret->error)
                 : WEIR_ERR_MISUSE;
}

weir_status wasi_p2_http_fields_delete(struct wasi_p2 *p2, weir_store *store, uint64_t self, struct wasi_text name,
                                       done_result *ret) {
  struct wasi_http_headers *headers = headers_of(p2, self);
  (void)store;
  return headers ? give_fault(wasi_http_headers_delete(headers, text_of(name)), &ret->failed, &ret->error)
                 : WEIR_ERR_MISUSE;
}
