/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Requests and responses of 0.3 are one struct of two kinds. A message of a guest has the guest's body; one that an
 * exchange has brought holds its transfer. In order: life; what both kinds have; requests; responses.
 */
#include "wasi/http/message.h"

#include "base/diag.h"
#include "base/mem.h"

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void message_free(struct wasi_object *object) {
  struct wasi_http_message *m = (struct wasi_http_message *)object;
  wasi_http_content_drop(&m->content);
  wasi_http_transfer_release(m->received);
  wasi_http_options_release(m->options);
  wasi_http_head_done(&m->head);
  mem_free(object->objects->alloc, m, sizeof(*m));
}

static const struct wasi_object_type types[] = {
    [WASI_HTTP_REQUEST] = {.free = message_free}, [WASI_HTTP_RESPONSE] = {.free = message_free}};

weir_status wasi_http_message_new(struct wasi_http *http, weir_store *store, enum wasi_http_kind kind,
                                  struct wasi_http_head *take_head, struct wasi_http_message **ret) {
  struct wasi_http_message *m = mem_zalloc(http->alloc, sizeof(*m));
  weir_status status = m ? wasi_object_init(http->objects, &types[kind], store, &m->object) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK) {
    mem_free(http->alloc, m, sizeof(*m));
    wasi_http_head_done(take_head);
    return status;
  }
  m->http = http;
  m->head = *take_head;
  *take_head = (struct wasi_http_head){0};
  *ret = m;
  return WEIR_OK;
}

struct wasi_http_message *wasi_http_message_get(const struct wasi_http *http, enum wasi_http_kind kind,
                                                uint64_t number) {
  return (struct wasi_http_message *)wasi_object_get(http->objects, &types[kind], number);
}

weir_status wasi_http_message_received(struct wasi_http_transfer *t, weir_store *store, enum wasi_http_kind kind,
                                       uint64_t *ret) {
  struct wasi_http_head head;
  struct wasi_http_message *m;
  WEIR_TRY(wasi_http_head_receive(&head, t->http, t->x->received));
  WEIR_TRY(wasi_http_message_new(t->http, store, kind, &head, &m));
  m->received = wasi_http_transfer_hold(t);
  *ret = m->object.number;
  return WEIR_OK;
}

/* ---- both kinds -------------------------------------------------------------------------------------------------- */

/* What is given to `new`, beside the options. */
struct given {
  uint64_t headers;
  struct wasi_option_stream_u8 contents;
  weir_stream *trailers;
};

static weir_status make(struct wasi_http *http, weir_store *store, enum wasi_http_kind kind, const struct given *given,
                        struct wasi_http_message **ret, weir_value *ret_future) {
  struct wasi_http_headers *headers = wasi_http_fields_of(http, given->headers);
  struct wasi_http_content content = {.trailers = given->trailers};
  weir_value contents = given->contents.value;
  if (given->contents.some)
    content.contents = weir_stream_from_value(&contents);
  weir_status status = headers ? wasi_http_promise_new(http, store, ret_future, &content.sent) : WEIR_ERR_MISUSE;
  struct wasi_http_head head;
  if (status == WEIR_OK) {
    wasi_http_head_init(&head, http->alloc, headers);
    status = wasi_http_message_new(http, store, kind, &head, ret);
  }
  if (status == WEIR_OK)
    (*ret)->content = content;
  else
    wasi_http_content_drop(&content);
  return status;
}

static weir_status give_headers(const struct wasi_http_message *m, weir_store *store, uint64_t *ret) {
  if (!m)
    return WEIR_ERR_MISUSE;
  return wasi_http_fields_make(m->http, store, wasi_http_headers_hold(m->head.headers), ret);
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

static struct wasi_http_message *request(const struct wasi_http *http, uint64_t number) {
  return wasi_http_message_get(http, WASI_HTTP_REQUEST, number);
}

weir_status wasi_http_request_new(struct wasi_http *http, weir_store *store, uint64_t headers,
                                  struct wasi_option_stream_u8 contents, weir_stream *trailers,
                                  struct wasi_option_http_request_options options,
                                  struct wasi_tuple_http_request_future_result_none_http_error_code *ret) {
  struct wasi_http_message *m;
  struct given given = {headers, contents, trailers};
  WEIR_TRY(make(http, store, WASI_HTTP_REQUEST, &given, &m, &ret->f1));
  struct wasi_http_options *o = options.some ? wasi_http_options_of(http, options.value) : NULL;
  if (o)
    m->options = wasi_http_options_freeze(o);
  ret->f0 = m->object.number;
  return WEIR_OK;
}

void wasi_http_request_drop(struct wasi_http *http, uint64_t rep) {
  wasi_object_drop(http->objects, rep);
}

weir_status wasi_http_request_get_method(struct wasi_http *http, weir_store *store, uint64_t self,
                                         struct wasi_http_method *ret) {
  const struct wasi_http_message *m = request(http, self);
  (void)store;
  if (!m)
    return WEIR_ERR_MISUSE;
  *ret = wasi_http_head_method(&m->head);
  return WEIR_OK;
}

weir_status wasi_http_request_set_method(struct wasi_http *http, weir_store *store, uint64_t self,
                                         struct wasi_http_method method, struct wasi_result_none_none *ret) {
  struct wasi_http_message *m = request(http, self);
  (void)store;
  return m ? wasi_http_head_set_method(&m->head, method, &ret->failed) : WEIR_ERR_MISUSE;
}

weir_status wasi_http_request_get_path_with_query(struct wasi_http *http, weir_store *store, uint64_t self,
                                                  struct wasi_option_text *ret) {
  const struct wasi_http_message *m = request(http, self);
  (void)store;
  if (!m)
    return WEIR_ERR_MISUSE;
  *ret = wasi_http_head_path(&m->head);
  return WEIR_OK;
}

weir_status wasi_http_request_set_path_with_query(struct wasi_http *http, weir_store *store, uint64_t self,
                                                  struct wasi_option_text path, struct wasi_result_none_none *ret) {
  struct wasi_http_message *m = request(http, self);
  (void)store;
  return m ? wasi_http_head_set_path(&m->head, path, &ret->failed) : WEIR_ERR_MISUSE;
}

weir_status wasi_http_request_get_scheme(struct wasi_http *http, weir_store *store, uint64_t self,
                                         struct wasi_option_http_scheme *ret) {
  const struct wasi_http_message *m = request(http, self);
  (void)store;
  if (!m)
    return WEIR_ERR_MISUSE;
  *ret = wasi_http_head_scheme(&m->head);
  return WEIR_OK;
}

weir_status wasi_http_request_set_scheme(struct wasi_http *http, weir_store *store, uint64_t self,
                                         struct wasi_option_http_scheme scheme, struct wasi_result_none_none *ret) {
  struct wasi_http_message *m = request(http, self);
  (void)store;
  return m ? wasi_http_head_set_scheme(&m->head, scheme, &ret->failed) : WEIR_ERR_MISUSE;
}

weir_status wasi_http_request_get_authority(struct wasi_http *http, weir_store *store, uint64_t self,
                                            struct wasi_option_text *ret) {
  const struct wasi_http_message *m = request(http, self);
  (void)store;
  if (!m)
    return WEIR_ERR_MISUSE;
  *ret = wasi_http_head_authority(&m->head);
  return WEIR_OK;
}

weir_status wasi_http_request_set_authority(struct wasi_http *http, weir_store *store, uint64_t self,
                                            struct wasi_option_text authority, struct wasi_result_none_none *ret) {
  struct wasi_http_message *m = request(http, self);
  (void)store;
  return m ? wasi_http_head_set_authority(&m->head, authority, &ret->failed) : WEIR_ERR_MISUSE;
}

weir_status wasi_http_request_get_options(struct wasi_http *http, weir_store *store, uint64_t self,
                                          struct wasi_option_http_request_options *ret) {
  const struct wasi_http_message *m = request(http, self);
  if (!m)
    return WEIR_ERR_MISUSE;
  ret->some = m->options;
  return m->options ? wasi_http_options_make(http, store, wasi_http_options_freeze(m->options), &ret->value) : WEIR_OK;
}

weir_status wasi_http_request_get_headers(struct wasi_http *http, weir_store *store, uint64_t self, uint64_t *ret) {
  return give_headers(request(http, self), store, ret);
}

/* ---- responses --------------------------------------------------------------------------------------------------- */

static struct wasi_http_message *response(const struct wasi_http *http, uint64_t number) {
  return wasi_http_message_get(http, WASI_HTTP_RESPONSE, number);
}

weir_status wasi_http_response_new(struct wasi_http *http, weir_store *store, uint64_t headers,
                                   struct wasi_option_stream_u8 contents, weir_stream *trailers,
                                   struct wasi_tuple_http_response_future_result_none_http_error_code *ret) {
  struct wasi_http_message *m;
  struct given given = {headers, contents, trailers};
  WEIR_TRY(make(http, store, WASI_HTTP_RESPONSE, &given, &m, &ret->f1));
  ret->f0 = m->object.number;
  return WEIR_OK;
}

void wasi_http_response_drop(struct wasi_http *http, uint64_t rep) {
  wasi_object_drop(http->objects, rep);
}

weir_status wasi_http_response_get_status_code(struct wasi_http *http, weir_store *store, uint64_t self,
                                               uint16_t *ret) {
  const struct wasi_http_message *m = response(http, self);
  (void)store;
  if (!m)
    return WEIR_ERR_MISUSE;
  *ret = m->head.status;
  return WEIR_OK;
}

weir_status wasi_http_response_set_status_code(struct wasi_http *http, weir_store *store, uint64_t self,
                                               uint16_t status_code, struct wasi_result_none_none *ret) {
  struct wasi_http_message *m = response(http, self);
  (void)store;
  if (!m)
    return WEIR_ERR_MISUSE;
  ret->failed = !wasi_http_status_is_valid(status_code);
  if (!ret->failed)
    m->head.status = status_code;
  return WEIR_OK;
}

weir_status wasi_http_response_get_headers(struct wasi_http *http, weir_store *store, uint64_t self, uint64_t *ret) {
  return give_headers(response(http, self), store, ret);
}
