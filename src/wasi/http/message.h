/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Requests, responses and request-options of 0.3: a message of a guest's, or one that an exchange has brought. */
#ifndef WASI_HTTP_MESSAGE_H
#define WASI_HTTP_MESSAGE_H

#include "wasi/http/body.h"
#include "wasi/http/options.h"

struct wasi_http_message {
  struct wasi_object object;
  struct wasi_http *http;
  struct wasi_http_head head;
  struct wasi_http_options *options;   /* a request's; held; NULL: none */
  struct wasi_http_transfer *received; /* its body comes from here; held; NULL: a guest's */
  struct wasi_http_content content;    /* a guest's body */
};

enum wasi_http_kind { WASI_HTTP_REQUEST, WASI_HTTP_RESPONSE };

/* Makes one with its handle; the body is the caller's to set. On failure `take_head` is done. WEIR_ERR_NOMEM. */
weir_status wasi_http_message_new(struct wasi_http *http, weir_store *store, enum wasi_http_kind kind,
                                  struct wasi_http_head *take_head, struct wasi_http_message **ret);
/* What a number leads to; NULL: none of that kind. */
struct wasi_http_message *wasi_http_message_get(const struct wasi_http *http, enum wasi_http_kind kind,
                                                uint64_t number);
/* Makes the message that an exchange has received, and holds the transfer. WEIR_ERR_NOMEM. */
weir_status wasi_http_message_received(struct wasi_http_transfer *t, weir_store *store, enum wasi_http_kind kind,
                                       uint64_t *ret);

/*
 * Takes the body out of a message, to be sent: a guest's as it is, or the streams of one that was received.
 * WEIR_ERR_NOMEM, or what the store says.
 */
weir_status wasi_http_message_take_body(struct wasi_http_message *m, weir_store *store, weir_instance *instance,
                                        struct wasi_http_content *ret);

#endif
