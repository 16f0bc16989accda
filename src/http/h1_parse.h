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

#include "http/h1_parser.h"

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
