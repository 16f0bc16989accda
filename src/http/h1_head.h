/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a head of HTTP/1.1 means: its fields, its target, its length; and what is wrong with one. */
#ifndef HTTP_H1_HEAD_H
#define HTTP_H1_HEAD_H

#include "http/h1_parser.h"

/* These note what is wrong, and return what llhttp's callbacks return to stop: never 0. */
int h1_bad(struct h1_parser *p, uint16_t status);
int h1_bad_with(struct h1_parser *p, uint16_t status, const struct http_failure *why);
int h1_bad_nomem(struct h1_parser *p);
/* The head, or the trailers, are more than they may be. */
int h1_bad_section(struct h1_parser *p);

/* The field that the parser holds is whole. 0, or as above. */
int h1_take_field(struct h1_parser *p);
/* All fields were taken, and version and status are known. 0, or as above. */
int h1_take_head(struct h1_parser *p);

#endif
