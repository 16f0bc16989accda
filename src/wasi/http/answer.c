/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See answer.h. */
#include "wasi/http/answer.h"

uint16_t wasi_http_answer_status(enum http_failure_code code) {
  switch (code) {
    case HTTP_REQUEST_DENIED:
      return 403;
    case HTTP_REQUEST_LENGTH_REQUIRED:
      return 411;
    case HTTP_REQUEST_BODY_SIZE:
      return 413;
    case HTTP_REQUEST_URI_TOO_LONG:
      return 414;
    case HTTP_REQUEST_METHOD_INVALID:
      return 405;
    case HTTP_REQUEST_URI_INVALID:
      return 400;
    case HTTP_REQUEST_HEADER_SECTION_SIZE:
    case HTTP_REQUEST_HEADER_SIZE:
    case HTTP_REQUEST_TRAILER_SECTION_SIZE:
    case HTTP_REQUEST_TRAILER_SIZE:
      return 431;
    case HTTP_RESPONSE_TIMEOUT:
      return 504;
    case HTTP_LOOP_DETECTED:
      return 508;
    default:
      return 500;
  }
}

void wasi_http_answer(struct wasi_http_transfer *t, const struct http_failure *why) {
  if (t->failed || t->end_sent)
    return;
  if (t->head_sent) {
    wasi_http_transfer_fail(t, why);
    return;
  }
  struct http_head head = {.status = wasi_http_answer_status(why->code), .length = 0};
  wasi_http_transfer_send_head(t, &head, true);
}
