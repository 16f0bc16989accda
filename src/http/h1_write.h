/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* HTTP/1.1 messages into bytes, for both ends (RFC 9112). */
#ifndef HTTP_H1_WRITE_H
#define HTTP_H1_WRITE_H

#include "http/bytes.h"
#include "http/exchange.h"

/* How a body is framed. */
enum h1_framing {
  H1_NO_BODY,
  H1_BY_LENGTH,
  H1_CHUNKED,
  H1_BY_CLOSE /* a response to HTTP/1.0 of unknown length */
};

struct h1_head_out {
  const struct http_head *head;
  enum h1_framing framing;
  bool has_length;   /* a content-length is written, whatever the framing */
  bool closes;       /* the connection ends after this message */
  bool keeps_http10; /* an HTTP/1.0 client is told that the connection stays */
  bool is_absolute;  /* a request to a proxy: its target is the whole URL */
};

/* Whether a head may be sent: status or method, target and authority hold nothing that would end a line. */
bool h1_head_is_valid(const struct http_head *head);
/* All of these: false: out of memory, and nothing was written. */
bool h1_write_response(struct http_bytes *to, struct http_loop *loop, const struct h1_head_out *out);
bool h1_write_request(struct http_bytes *to, struct http_loop *loop, const struct h1_head_out *out);
bool h1_write_interim(struct http_bytes *to, struct http_loop *loop, uint16_t status, const struct http_fields *fields);
/* Bytes of a body, as one chunk where `framing` wants that. */
bool h1_write_body(struct http_bytes *to, struct http_loop *loop, enum h1_framing framing, const void *bytes,
                   size_t size);
/* The last chunk, with trailers; `trailers` NULL: none. */
bool h1_write_last_chunk(struct http_bytes *to, struct http_loop *loop, const struct http_fields *trailers);

#endif
