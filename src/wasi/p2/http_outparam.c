/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* response-outparam of wasi:http/types@0.2, and the arguments of a handler. */
#include "base/diag.h"
#include "base/mem.h"
#include "wasi/http/answer.h"
#include "wasi/http/error.h"
#include "wasi/p2/http.h"

static const char types[] = "wasi:http/types@0.2.12";

struct outparam {
  struct wasi_object object;
  struct wasi_http_transfer *transfer; /* held */
};

static void outparam_free(struct wasi_object *object) {
  struct outparam *p = (struct outparam *)object;
  wasi_http_transfer_release(p->transfer);
  mem_free(object->objects->alloc, p, sizeof(*p));
}

static const struct wasi_object_type outparam_type = {.free = outparam_free};

static struct outparam *outparam_get(const struct wasi_p2 *p2, uint64_t number) {
  return (struct outparam *)wasi_object_get(p2->objects, &outparam_type, number);
}

/* Whoever is dropped without a response is answered for when the handler returns. */
void wasi_p2_http_response_outparam_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}

/* ---- the interface ----------------------------------------------------------------------------------------------- */

weir_status wasi_p2_http_response_outparam_send_informational(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                              uint16_t status, uint64_t headers,
                                                              struct wasi_result_none_http_error_code *ret) {
  const struct outparam *p = outparam_get(p2, self);
  const struct wasi_http_headers *fields = wasi_http_fields_of(p2->http, headers);
  (void)store;
  if (!p || !fields)
    return WEIR_ERR_MISUSE;
  ret->failed = status < 100 || status > 199 || status == 101 || p->transfer->failed;
  ret->error.tag = WASI_HTTP_ERROR_CODE_HTTP_PROTOCOL_ERROR;
  if (!ret->failed)
    http_send_interim(p->transfer->x, status, &fields->fields);
  return WEIR_OK;
}

static void respond(struct wasi_http_transfer *t, struct wasi_p2_http_message *m) {
  struct http_head head;
  bool good = wasi_http_head_to_send(&m->head, &head);
  bool is_whole = !m->outgoing;
  if (!good || head.status < 200) {
    struct http_failure bad = http_failure(HTTP_PROTOCOL_ERROR);
    wasi_http_answer(t, &bad);
    return;
  }
  if (is_whole && head.length == HTTP_LENGTH_UNKNOWN)
    head.length = 0;
  if (t->failed)
    return;
  wasi_http_transfer_send_head(t, &head, is_whole);
}

/* The guest's handles of both go with the call. */
weir_status wasi_p2_http_response_outparam_set(struct wasi_p2 *p2, weir_store *store, uint64_t param,
                                               struct wasi_result_p2_http_outgoing_response_http_error_code response) {
  const struct outparam *p = outparam_get(p2, param);
  (void)store;
  if (!p)
    return WEIR_ERR_MISUSE;
  struct wasi_http_transfer *t = p->transfer;
  if (response.failed) {
    struct http_failure why = wasi_http_failure_of(&response.error);
    wasi_http_answer(t, &why);
  } else {
    struct wasi_p2_http_message *m = wasi_p2_http_message_get(p2, WASI_P2_HTTP_OUTGOING_RESPONSE, response.ok);
    if (!m)
      return WEIR_ERR_MISUSE;
    respond(t, m);
    if (m->outgoing)
      wasi_p2_http_outgoing_attach(m->outgoing, t);
  }
  wasi_http_transfer_tell_outgoing(t);
  return WEIR_OK;
}

/* ---- the arguments of a handler ---------------------------------------------------------------------------------- */

static weir_status outparam_new(struct wasi_p2 *p2, struct wasi_http_transfer *t, weir_store *store, uint64_t *ret) {
  struct outparam *p = mem_zalloc(p2->alloc, sizeof(*p));
  weir_status status = p ? wasi_object_init(p2->objects, &outparam_type, store, &p->object) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK) {
    mem_free(p2->alloc, p, sizeof(*p));
    return status;
  }
  p->transfer = wasi_http_transfer_hold(t);
  *ret = p->object.number;
  return WEIR_OK;
}

static weir_status handle_of(struct wasi_p2 *p2, weir_instance *instance, const char *name, uint64_t number,
                             weir_value *ret) {
  weir_status status = weir_resource_new(instance, types, name, number, ret, NULL);
  if (status != WEIR_OK)
    wasi_object_drop(p2->objects, number);
  return status;
}

weir_status wasi_p2_http_arguments(struct wasi_p2 *p2, struct wasi_http_transfer *t, weir_store *store,
                                   weir_instance *instance, weir_value ret[2]) {
  uint64_t request = 0, outparam = 0;
  WEIR_TRY(wasi_p2_http_message_received(p2, t, store, WASI_P2_HTTP_INCOMING_REQUEST, &request));
  WEIR_TRY(handle_of(p2, instance, "incoming-request", request, &ret[0]));
  WEIR_TRY(outparam_new(p2, t, store, &outparam));
  return handle_of(p2, instance, "response-outparam", outparam, &ret[1]);
}
