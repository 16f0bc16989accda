/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The head of a message: what a request asks for or the status of a response, and the headers. The resources of both
 * versions have one, and read and set it here; what a guest sets is checked (RFC 9110, RFC 3986).
 */
#ifndef WASI_HTTP_HEAD_H
#define WASI_HTTP_HEAD_H

#include "http/exchange.h"
#include "wasi/http/headers.h"
#include "wasi/wit.h"

/* A text of our own. */
struct wasi_http_text {
  char *data;
  size_t size;
};

struct wasi_http_head {
  const struct weir_alloc *alloc;
  enum wasi_http_method_tag method;
  struct wasi_http_text other_method; /* OTHER */
  bool has_scheme, has_authority, has_path;
  enum wasi_http_scheme_tag scheme;
  struct wasi_http_text other_scheme; /* OTHER */
  struct wasi_http_text authority, path;
  uint16_t status;
  struct wasi_http_headers *headers; /* held, and frozen */
};

enum { WASI_HTTP_TEXT_MAX = 16384 }; /* bytes in one of the texts */

/* A GET, or 200; freezes the headers and holds them. */
void wasi_http_head_init(struct wasi_http_head *head, const struct weir_alloc *alloc,
                         struct wasi_http_headers *headers);
/*
 * Copies what came. `host` is given where there is an authority, as guests look for one. WEIR_ERR_NOMEM: as after
 * wasi_http_head_done().
 */
weir_status wasi_http_head_receive(struct wasi_http_head *head, struct wasi_http *http,
                                   const struct http_head *received);
/* Releases; a zeroed one is allowed. */
void wasi_http_head_done(struct wasi_http_head *head);

/*
 * What is to be sent: borrows from the head, which stays as it is meanwhile. The length is what content-length says.
 * false: the content-length is none.
 */
bool wasi_http_head_to_send(const struct wasi_http_head *head, struct http_head *ret);

/* The texts alone, borrowed. */
void wasi_http_head_texts(const struct wasi_http_head *head, struct http_head *ret);

/* ---- what guests ask and set ------------------------------------------------------------------------------------- */

struct wasi_http_method wasi_http_head_method(const struct wasi_http_head *head);
struct wasi_option_http_scheme wasi_http_head_scheme(const struct wasi_http_head *head);
struct wasi_option_text wasi_http_head_authority(const struct wasi_http_head *head);
struct wasi_option_text wasi_http_head_path(const struct wasi_http_head *head);

/* `*ret_failed`: the text is not valid, and nothing has changed. WEIR_ERR_NOMEM likewise. */
weir_status wasi_http_head_set_method(struct wasi_http_head *head, struct wasi_http_method method, bool *ret_failed);
weir_status wasi_http_head_set_scheme(struct wasi_http_head *head, struct wasi_option_http_scheme scheme,
                                      bool *ret_failed);
weir_status wasi_http_head_set_authority(struct wasi_http_head *head, struct wasi_option_text authority,
                                         bool *ret_failed);
weir_status wasi_http_head_set_path(struct wasi_http_head *head, struct wasi_option_text path, bool *ret_failed);
/* Of three digits (RFC 9110, section 15). */
bool wasi_http_status_is_valid(uint16_t status);

#endif
