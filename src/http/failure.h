/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Why an exchange failed: a code of wasi:http's `error-code` (failure.def), and what the code carries. */
#ifndef HTTP_FAILURE_H
#define HTTP_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum http_failure_code {
#define FAILURE(name, text, payload) HTTP_##name,
#include "http/failure.def"
  HTTP_FAILURES
};

/* What a code carries, each part optional. */
enum http_failure_payload {
  HTTP_PAYLOAD_NOTHING,
  HTTP_PAYLOAD_DNS,    /* text: rcode; number: info-code */
  HTTP_PAYLOAD_ALERT,  /* text: alert-message; number: alert-id */
  HTTP_PAYLOAD_SIZE32, /* number */
  HTTP_PAYLOAD_SIZE64, /* number */
  HTTP_PAYLOAD_FIELD,  /* text: field-name; number: field-size */
  HTTP_PAYLOAD_MAYBE_FIELD,
  HTTP_PAYLOAD_TEXT /* text */
};

enum { HTTP_FAILURE_TEXT = 96 };

struct http_failure {
  enum http_failure_code code;
  bool has_number;
  uint64_t number;
  char text[HTTP_FAILURE_TEXT]; /* terminated, valid UTF-8; "": none */
};

/* Without a payload. */
struct http_failure http_failure(enum http_failure_code code);
/* With a text, which is cut to what fits and mended to UTF-8. */
struct http_failure http_failure_text(enum http_failure_code code, struct str text);
struct http_failure http_failure_number(enum http_failure_code code, uint64_t number);
/* The same as an internal-error: memory is out. */
struct http_failure http_failure_nomem(void);

/* The case's name, lower-cased: "connection-refused". A static text. */
const char *http_failure_name(enum http_failure_code code);
enum http_failure_payload http_failure_payload(enum http_failure_code code);

#endif
