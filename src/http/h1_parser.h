/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The parser of HTTP/1.1 as a struct, for h1_parse.c, which reads, and h1_head.c, which knows what a head means. */
#ifndef HTTP_H1_PARSER_H
#define HTTP_H1_PARSER_H

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

enum h1_phase { H1_AT_METHOD, H1_AT_HEAD, H1_AT_BODY, H1_IS_OVER };

struct h1_limits {
  uint32_t target_bytes, head_bytes, head_count;
};

struct h1_parser {
  llhttp_t ll;
  struct h1_limits limits;
  struct http_stream *s; /* where the message goes; set by the user before the first byte of each */
  uint8_t phase;         /* h1_phase */
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

#endif
