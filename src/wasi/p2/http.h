/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:http@0.2: messages, and the two kinds of bodies. All stand on the same exchanges as 0.3 (wasi/http/transfer.h),
 * with the streams and pollables of wasi:io between.
 */
#ifndef WASI_P2_HTTP_H
#define WASI_P2_HTTP_H

#include "wasi/http/head.h"
#include "wasi/http/transfer.h"
#include "wasi/p2/p2.h"

struct wasi_p2_http_outgoing; /* the body of an outgoing message: p2/http_outgoing.c */

/* A request or response, incoming or outgoing. */
struct wasi_p2_http_message {
  struct wasi_object object;
  struct wasi_p2 *p2;
  struct wasi_http_head head;
  struct wasi_http_transfer *received;    /* an incoming one's; held */
  bool consumed;                          /* an incoming one's body was given */
  struct wasi_p2_http_outgoing *outgoing; /* an outgoing one's body, once asked for; held */
};

enum wasi_p2_http_kind {
  WASI_P2_HTTP_INCOMING_REQUEST,
  WASI_P2_HTTP_INCOMING_RESPONSE,
  WASI_P2_HTTP_OUTGOING_REQUEST,
  WASI_P2_HTTP_OUTGOING_RESPONSE
};

/* What a number leads to; NULL: none of that kind. */
struct wasi_p2_http_message *wasi_p2_http_message_get(const struct wasi_p2 *p2, enum wasi_p2_http_kind kind,
                                                      uint64_t number);
/* Makes the incoming message of an exchange, and holds the transfer. WEIR_ERR_NOMEM. */
weir_status wasi_p2_http_message_received(struct wasi_p2 *p2, struct wasi_http_transfer *t, weir_store *store,
                                          enum wasi_p2_http_kind kind, uint64_t *ret);

/* ---- bodies ------------------------------------------------------------------------------------------------------ */

/* Makes an incoming-body, which holds the transfer. WEIR_ERR_NOMEM. */
weir_status wasi_p2_http_incoming_new(struct wasi_p2 *p2, struct wasi_http_transfer *t, weir_store *store,
                                      uint64_t *ret);

/* Makes the outgoing-body of a message, and a hold on the body besides. WEIR_ERR_NOMEM. */
weir_status wasi_p2_http_outgoing_new(struct wasi_p2_http_message *m, bool is_request, weir_store *store,
                                      uint64_t *ret);
/* NULL is allowed. */
void wasi_p2_http_outgoing_release(struct wasi_p2_http_outgoing *o);
/* The message goes, and nobody can send the body any more unless that was done. */
void wasi_p2_http_outgoing_unsent(struct wasi_p2_http_outgoing *o);
/* From now on the body goes to an exchange, whose head was sent. Holds the transfer. */
void wasi_p2_http_outgoing_attach(struct wasi_p2_http_outgoing *o, struct wasi_http_transfer *t);

/* ---- the handler's arguments ------------------------------------------------------------------------------------- */

/* Makes incoming-request and response-outparam, as values. WEIR_ERR_NOMEM, or what the store says. */
weir_status wasi_p2_http_arguments(struct wasi_p2 *p2, struct wasi_http_transfer *t, weir_store *store,
                                   weir_instance *instance, weir_value ret[2]);

/* The failure of an exchange as the error of a stream, below zero. */
int wasi_p2_http_errno(const struct wasi_http_transfer *t);

#endif
