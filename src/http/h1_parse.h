/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * HTTP/1.1 messages out of bytes, for both ends (RFC 9112): llhttp in strict mode, and what llhttp leaves open. A
 * parser is asked for the next event and stops behind it, so that its user decides when to go on.
 *
 * llhttp knows a list of methods, and HTTP does not. So the parser reads the method itself, and feeds llhttp another
 * one, which means no more to llhttp than any method should.
 */
#ifndef HTTP_H1_PARSE_H
#define HTTP_H1_PARSE_H

#include <llhttp.h>

#include "http/stream.h"

enum { H1_METHOD_MOST = 64, H1_BLANK_MOST = 4 };

enum h1_event {
  H1_MORE, /* all bytes were taken, and more are needed */
  H1_HEAD, /* the head is in the stream */
  H1_BODY, /* `body` has `body_size` bytes, which are the next ones; they were not counted as taken */
  H1_END,  /* the end of the message, with its trailers in the stream */
  H1_BAD   /* `status` and `failure` say what is wrong */
};

struct h1_limits {
  uint32_t target_bytes, head_bytes, head_count;
};

struct h1_parser {
  llhttp_t ll;
  struct h1_limits limits;
  struct http_stream *s; /* where the message goes; set by the user before the first byte of each */
  uint8_t phase;         /* where in the message; see the .c file */
  bool is_response;
  bool expects_continue; /* the head has `expect: 100-continue` */
  bool keeps_alive;      /* the connection may be used again after this message */
  bool is_http10;
  uint8_t blank;   /* characters of empty lines before the message */
  uint8_t hosts;   /* `host` fields */
  uint8_t codings; /* `transfer-encoding` fields */
  bool is_chunked;
  bool is_in_trailers;
  uint8_t last;       /* the last byte of the head or of the trailers so far */
  uint32_t head_size; /* bytes of the head, or of the trailers and what frames chunks, so far */
  uint32_t method_end, target_end, host_start, host_end; /* in the stream's line */
  VEC(char) held;                                        /* name and value of the field that is being read */
  uint32_t name_size;
  const uint8_t *body;
  size_t body_size;
  enum h1_event event;
  uint16_t status; /* H1_BAD: what a server answers */
  struct http_failure failure;
};

void h1_parser_init(struct h1_parser *p, bool is_response, const struct h1_limits *limits);
void h1_parser_done(struct h1_parser *p, const struct weir_alloc *alloc);
/* The next message begins, in that stream. */
void h1_parser_begin(struct h1_parser *p, struct http_stream *s);
/* Goes on to the next event. `*ret_used`: how many bytes were taken. */
enum h1_event h1_parse(struct h1_parser *p, const uint8_t *bytes, size_t size, size_t *ret_used);
/* The other end sends no more: H1_END where that ends the message, H1_MORE between messages, H1_BAD. */
enum h1_event h1_parse_end(struct h1_parser *p);
/* Whether the message has begun. */
bool h1_parser_has_begun(const struct h1_parser *p);

#endif
