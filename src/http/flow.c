/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The transitions of both directions. NO: the event is not allowed in that state, and changes nothing. */
#include "http/flow.h"

enum { NO = 0xff };

bool http_send_step(struct http_sending *s, enum http_send_event event) {
  /* clang-format off */
  static const uint8_t next[HTTP_SEND_STATES][HTTP_SEND_EVENTS] = {
      /* interim, head, last head, body, end, break */
      [HTTP_SEND_HEAD] = {HTTP_SEND_HEAD, HTTP_SEND_BODY, HTTP_SEND_DONE, NO, NO, HTTP_SEND_BROKEN},
      [HTTP_SEND_BODY] = {NO, NO, NO, HTTP_SEND_BODY, HTTP_SEND_DONE, HTTP_SEND_BROKEN},
      [HTTP_SEND_DONE] = {NO, NO, NO, NO, NO, NO},
      [HTTP_SEND_BROKEN] = {NO, NO, NO, NO, NO, NO},
  };
  /* clang-format on */
  uint8_t to = next[s->state][event];
  if (to == NO)
    return false;
  s->state = to;
  return true;
}

bool http_receive_step(uint8_t *state, enum http_receive_event event) {
  /* clang-format off */
  static const uint8_t next[HTTP_RECEIVE_STATES][HTTP_RECEIVE_EVENTS] = {
      /* head, body, end, told, break */
      [HTTP_RECEIVE_HEAD] = {HTTP_RECEIVE_BODY, NO, NO, NO, HTTP_RECEIVE_BROKEN},
      [HTTP_RECEIVE_BODY] = {NO, HTTP_RECEIVE_BODY, HTTP_RECEIVE_ENDED, NO, HTTP_RECEIVE_BROKEN},
      [HTTP_RECEIVE_ENDED] = {NO, NO, NO, HTTP_RECEIVE_DONE, HTTP_RECEIVE_BROKEN},
      [HTTP_RECEIVE_DONE] = {NO, NO, NO, NO, NO},
      [HTTP_RECEIVE_BROKEN] = {NO, NO, NO, NO, NO},
  };
  /* clang-format on */
  uint8_t to = next[*state][event];
  if (to == NO)
    return false;
  *state = to;
  return true;
}
