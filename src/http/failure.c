/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Makes failures, and tells their names and payloads from failure.def. */
#include "http/failure.h"

#include <string.h>

#include "base/utf8.h"

struct http_failure http_failure(enum http_failure_code code) {
  return (struct http_failure){.code = code};
}

/* A scalar is copied whole or not at all, so the copy is UTF-8 wherever it is cut. */
struct http_failure http_failure_text(enum http_failure_code code, struct str text) {
  struct http_failure f = http_failure(code);
  size_t at = 0, end = 0;
  while (at < text.size) {
    uint32_t scalar = 0;
    int size = utf8_decode((const uint8_t *)text.data + at, text.size - at, &scalar);
    uint8_t out[4];
    int wide = utf8_encode(size > 0 ? scalar : 0xfffd, out);
    if (end + (size_t)wide >= sizeof(f.text))
      break;
    memcpy(f.text + end, out, (size_t)wide);
    end += (size_t)wide;
    at += size > 0 ? (size_t)size : 1;
  }
  return f;
}

struct http_failure http_failure_number(enum http_failure_code code, uint64_t number) {
  return (struct http_failure){.code = code, .has_number = true, .number = number};
}

struct http_failure http_failure_nomem(void) {
  return http_failure_text(HTTP_INTERNAL_ERROR, STR("out of memory"));
}

const char *http_failure_name(enum http_failure_code code) {
  static const char *const names[] = {
#define FAILURE(name, text, payload) text,
#include "http/failure.def"
  };
  return (unsigned)code < HTTP_FAILURES ? names[code] : "unknown failure";
}

enum http_failure_payload http_failure_payload(enum http_failure_code code) {
  static const uint8_t payloads[] = {
#define FAILURE(name, text, payload) HTTP_PAYLOAD_##payload,
#include "http/failure.def"
  };
  return (unsigned)code < HTTP_FAILURES ? (enum http_failure_payload)payloads[code] : HTTP_PAYLOAD_NOTHING;
}
