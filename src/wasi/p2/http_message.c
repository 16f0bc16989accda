/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Requests and responses of wasi:http/types@0.2, incoming and outgoing, and request-options. In order: life; incoming
 * ones; outgoing ones; options.
 */
#include "base/diag.h"
#include "base/mem.h"
#include "wasi/http/options.h"
#include "wasi/p2/http.h"

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void message_free(struct wasi_object *object) {
  struct wasi_p2_http_message *m = (struct wasi_p2_http_message *)object;
  wasi_http_transfer_release(m->received);
  if (m->outgoing)
    wasi_p2_http_outgoing_unsent(m->outgoing);
  wasi_p2_http_outgoing_release(m->outgoing);
  wasi_http_head_done(&m->head);
  mem_free(object->objects->alloc, m, sizeof(*m));
}

static const struct wasi_object_type types[] = {[WASI_P2_HTTP_INCOMING_REQUEST] = {.free = message_free},
                                                [WASI_P2_HTTP_INCOMING_RESPONSE] = {.free = message_free},
                                                [WASI_P2_HTTP_OUTGOING_REQUEST] = {.free = message_free},
                                                [WASI_P2_HTTP_OUTGOING_RESPONSE] = {.free = message_free}};

/* Takes the head, also on failure. */
static weir_status message_new(struct wasi_p2 *p2, weir_store *store, enum wasi_p2_http_kind kind,
                               struct wasi_http_head *take_head, struct wasi_p2_http_message **ret) {
  struct wasi_p2_http_message *m = mem_zalloc(p2->alloc, sizeof(*m));
  weir_status status = m ? wasi_object_init(p2->objects, &types[kind], store, &m->object) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK) {
    mem_free(p2->alloc, m, sizeof(*m));
    wasi_http_head_done(take_head);
    return status;
  }
  m->p2 = p2;
  m->head = *take_head;
  *ret = m;
  return WEIR_OK;
}

struct wasi_p2_http_message *wasi_p2_http_message_get(const struct wasi_p2 *p2, enum wasi_p2_http_kind kind,
                                                      uint64_t number) {
  return (struct wasi_p2_http_message *)wasi_object_get(p2->objects, &types[kind], number);
}

weir_status wasi_p2_http_message_received(struct wasi_p2 *p2, struct wasi_http_transfer *t, weir_store *store,
                                          enum wasi_p2_http_kind kind, uint64_t *ret) {
  struct wasi_http_head head;
  struct wasi_p2_http_message *m;
  WEIR_TRY(wasi_http_head_receive(&head, p2->http, t->x->received));
  WEIR_TRY(message_new(p2, store, kind, &head, &m));
  m->received = wasi_http_transfer_hold(t);
  *ret = m->object.number;
  return WEIR_OK;
}

static weir_status make_outgoing(struct wasi_p2 *p2, weir_store *store, enum wasi_p2_http_kind kind, uint64_t headers,
                                 uint64_t *ret) {
  struct wasi_http_headers *fields = wasi_http_fields_of(p2->http, headers);
  struct wasi_http_head head;
  struct wasi_p2_http_message *m;
  if (!fields)
    return WEIR_ERR_MISUSE;
  wasi_http_head_init(&head, p2->alloc, fields);
  WEIR_TRY(message_new(p2, store, kind, &head, &m));
  *ret = m->object.number;
  return WEIR_OK;
}

static weir_status give_headers(struct wasi_p2 *p2, enum wasi_p2_http_kind kind, weir_store *store, uint64_t self,
                                uint64_t *ret) {
  const struct wasi_p2_http_message *m = wasi_p2_http_message_get(p2, kind, self);
  if (!m)
    return WEIR_ERR_MISUSE;
  return wasi_http_fields_make(p2->http, store, wasi_http_headers_hold(m->head.headers), ret);
}

static weir_status give_method(const struct wasi_p2 *p2, enum wasi_p2_http_kind kind, uint64_t self,
                               struct wasi_http_method *ret) {
  const struct wasi_p2_http_message *m = wasi_p2_http_message_get(p2, kind, self);
  if (!m)
    return WEIR_ERR_MISUSE;
  *ret = wasi_http_head_method(&m->head);
  return WEIR_OK;
}

static weir_status give_scheme(const struct wasi_p2 *p2, enum wasi_p2_http_kind kind, uint64_t self,
                               struct wasi_option_http_scheme *ret) {
  const struct wasi_p2_http_message *m = wasi_p2_http_message_get(p2, kind, self);
  if (!m)
    return WEIR_ERR_MISUSE;
  *ret = wasi_http_head_scheme(&m->head);
  return WEIR_OK;
}

/* Authority or path. */
static weir_status give_text(const struct wasi_p2 *p2, enum wasi_p2_http_kind kind, uint64_t self,
                             struct wasi_option_text (*text)(const struct wasi_http_head *head),
                             struct wasi_option_text *ret) {
  const struct wasi_p2_http_message *m = wasi_p2_http_message_get(p2, kind, self);
  if (!m)
    return WEIR_ERR_MISUSE;
  *ret = text(&m->head);
  return WEIR_OK;
}

/* ---- incoming ---------------------------------------------------------------------------------------------------- */

void wasi_p2_http_incoming_request_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}

void wasi_p2_http_incoming_response_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}

weir_status wasi_p2_http_incoming_request_method(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                 struct wasi_http_method *ret) {
  (void)store;
  return give_method(p2, WASI_P2_HTTP_INCOMING_REQUEST, self, ret);
}

weir_status wasi_p2_http_incoming_request_path_with_query(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                          struct wasi_option_text *ret) {
  (void)store;
  return give_text(p2, WASI_P2_HTTP_INCOMING_REQUEST, self, wasi_http_head_path, ret);
}

weir_status wasi_p2_http_incoming_request_scheme(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                 struct wasi_option_http_scheme *ret) {
  (void)store;
  return give_scheme(p2, WASI_P2_HTTP_INCOMING_REQUEST, self, ret);
}

weir_status wasi_p2_http_incoming_request_authority(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                    struct wasi_option_text *ret) {
  (void)store;
  return give_text(p2, WASI_P2_HTTP_INCOMING_REQUEST, self, wasi_http_head_authority, ret);
}

weir_status wasi_p2_http_incoming_request_headers(struct wasi_p2 *p2, weir_store *store, uint64_t self, uint64_t *ret) {
  return give_headers(p2, WASI_P2_HTTP_INCOMING_REQUEST, store, self, ret);
}

weir_status wasi_p2_http_incoming_response_status(struct wasi_p2 *p2, weir_store *store, uint64_t self, uint16_t *ret) {
  const struct wasi_p2_http_message *m = wasi_p2_http_message_get(p2, WASI_P2_HTTP_INCOMING_RESPONSE, self);
  (void)store;
  if (!m)
    return WEIR_ERR_MISUSE;
  *ret = m->head.status;
  return WEIR_OK;
}

weir_status wasi_p2_http_incoming_response_headers(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                   uint64_t *ret) {
  return give_headers(p2, WASI_P2_HTTP_INCOMING_RESPONSE, store, self, ret);
}

/* The body, once. */
static weir_status consume(struct wasi_p2 *p2, enum wasi_p2_http_kind kind, weir_store *store, uint64_t self,
                           struct wasi_result_p2_http_incoming_body_none *ret) {
  struct wasi_p2_http_message *m = wasi_p2_http_message_get(p2, kind, self);
  if (!m)
    return WEIR_ERR_MISUSE;
  ret->failed = m->consumed;
  if (ret->failed)
    return WEIR_OK;
  m->consumed = true;
  return wasi_p2_http_incoming_new(p2, m->received, store, &ret->ok);
}

weir_status wasi_p2_http_incoming_request_consume(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                  struct wasi_result_p2_http_incoming_body_none *ret) {
  return consume(p2, WASI_P2_HTTP_INCOMING_REQUEST, store, self, ret);
}

weir_status wasi_p2_http_incoming_response_consume(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                   struct wasi_result_p2_http_incoming_body_none *ret) {
  return consume(p2, WASI_P2_HTTP_INCOMING_RESPONSE, store, self, ret);
}

/* ---- outgoing ---------------------------------------------------------------------------------------------------- */

weir_status wasi_p2_http_outgoing_request_new(struct wasi_p2 *p2, weir_store *store, uint64_t headers, uint64_t *ret) {
  return make_outgoing(p2, store, WASI_P2_HTTP_OUTGOING_REQUEST, headers, ret);
}

weir_status wasi_p2_http_outgoing_response_new(struct wasi_p2 *p2, weir_store *store, uint64_t headers, uint64_t *ret) {
  return make_outgoing(p2, store, WASI_P2_HTTP_OUTGOING_RESPONSE, headers, ret);
}

void wasi_p2_http_outgoing_request_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}

void wasi_p2_http_outgoing_response_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}

static weir_status outgoing_body(struct wasi_p2 *p2, enum wasi_p2_http_kind kind, weir_store *store, uint64_t self,
                                 struct wasi_result_p2_http_outgoing_body_none *ret) {
  struct wasi_p2_http_message *m = wasi_p2_http_message_get(p2, kind, self);
  if (!m)
    return WEIR_ERR_MISUSE;
  ret->failed = m->outgoing;
  return ret->failed ? WEIR_OK : wasi_p2_http_outgoing_new(m, kind == WASI_P2_HTTP_OUTGOING_REQUEST, store, &ret->ok);
}

weir_status wasi_p2_http_outgoing_request_body(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                               struct wasi_result_p2_http_outgoing_body_none *ret) {
  return outgoing_body(p2, WASI_P2_HTTP_OUTGOING_REQUEST, store, self, ret);
}

weir_status wasi_p2_http_outgoing_response_body(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                struct wasi_result_p2_http_outgoing_body_none *ret) {
  return outgoing_body(p2, WASI_P2_HTTP_OUTGOING_RESPONSE, store, self, ret);
}

static struct wasi_p2_http_message *outgoing_request(const struct wasi_p2 *p2, uint64_t number) {
  return wasi_p2_http_message_get(p2, WASI_P2_HTTP_OUTGOING_REQUEST, number);
}

weir_status wasi_p2_http_outgoing_request_method(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                 struct wasi_http_method *ret) {
  (void)store;
  return give_method(p2, WASI_P2_HTTP_OUTGOING_REQUEST, self, ret);
}

weir_status wasi_p2_http_outgoing_request_set_method(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                     struct wasi_http_method method,
                                                     struct wasi_result_none_none *ret) {
  struct wasi_p2_http_message *m = outgoing_request(p2, self);
  (void)store;
  return m ? wasi_http_head_set_method(&m->head, method, &ret->failed) : WEIR_ERR_MISUSE;
}

weir_status wasi_p2_http_outgoing_request_path_with_query(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                          struct wasi_option_text *ret) {
  (void)store;
  return give_text(p2, WASI_P2_HTTP_OUTGOING_REQUEST, self, wasi_http_head_path, ret);
}

weir_status wasi_p2_http_outgoing_request_set_path_with_query(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                              struct wasi_option_text path,
                                                              struct wasi_result_none_none *ret) {
  struct wasi_p2_http_message *m = outgoing_request(p2, self);
  (void)store;
  return m ? wasi_http_head_set_path(&m->head, path, &ret->failed) : WEIR_ERR_MISUSE;
}

weir_status wasi_p2_http_outgoing_request_scheme(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                 struct wasi_option_http_scheme *ret) {
  (void)store;
  return give_scheme(p2, WASI_P2_HTTP_OUTGOING_REQUEST, self, ret);
}

weir_status wasi_p2_http_outgoing_request_set_scheme(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                     struct wasi_option_http_scheme scheme,
                                                     struct wasi_result_none_none *ret) {
  struct wasi_p2_http_message *m = outgoing_request(p2, self);
  (void)store;
  return m ? wasi_http_head_set_scheme(&m->head, scheme, &ret->failed) : WEIR_ERR_MISUSE;
}

weir_status wasi_p2_http_outgoing_request_authority(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                    struct wasi_option_text *ret) {
  (void)store;
  return give_text(p2, WASI_P2_HTTP_OUTGOING_REQUEST, self, wasi_http_head_authority, ret);
}

weir_status wasi_p2_http_outgoing_request_set_authority(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                        struct wasi_option_text authority,
                                                        struct wasi_result_none_none *ret) {
  struct wasi_p2_http_message *m = outgoing_request(p2, self);
  (void)store;
  return m ? wasi_http_head_set_authority(&m->head, authority, &ret->failed) : WEIR_ERR_MISUSE;
}

weir_status wasi_p2_http_outgoing_request_headers(struct wasi_p2 *p2, weir_store *store, uint64_t self, uint64_t *ret) {
  return give_headers(p2, WASI_P2_HTTP_OUTGOING_REQUEST, store, self, ret);
}

weir_status wasi_p2_http_outgoing_response_status_code(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                       uint16_t *ret) {
  const struct wasi_p2_http_message *m = wasi_p2_http_message_get(p2, WASI_P2_HTTP_OUTGOING_RESPONSE, self);
  (void)store;
  if (!m)
    return WEIR_ERR_MISUSE;
  *ret = m->head.status;
  return WEIR_OK;
}

weir_status wasi_p2_http_outgoing_response_set_status_code(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                           uint16_t status_code, struct wasi_result_none_none *ret) {
  struct wasi_p2_http_message *m = wasi_p2_http_message_get(p2, WASI_P2_HTTP_OUTGOING_RESPONSE, self);
  (void)store;
  if (!m)
    return WEIR_ERR_MISUSE;
  ret->failed = !wasi_http_status_is_valid(status_code);
  if (!ret->failed)
    m->head.status = status_code;
  return WEIR_OK;
}

weir_status wasi_p2_http_outgoing_response_headers(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                   uint64_t *ret) {
  return give_headers(p2, WASI_P2_HTTP_OUTGOING_RESPONSE, store, self, ret);
}
