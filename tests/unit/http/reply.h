/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* For tests of the client: what it was told of a request, and requests to servers of this machine. */
#ifndef UNIT_HTTP_REPLY_H
#define UNIT_HTTP_REPLY_H

#include "http/client.h"
#include "unit/http/talk.h"

/* ---- what a client is told --------------------------------------------------------------------------------------- */

struct reply {
  struct http_exchange *x;
  uint16_t status, interim;
  struct text body;
  bool has_ended, was_sent, has_failed, keeps; /* keeps: takes no body */
  enum http_failure_code failure;
  char trailer[32];
};

static inline void on_interim(void *data, struct http_exchange *x, uint16_t status, const struct http_fields *fields) {
  (void)x;
  (void)fields;
  ((struct reply *)data)->interim = status;
}

static inline void on_head(void *data, struct http_exchange *x) {
  struct reply *r = data;
  r->status = x->received->status;
  if (!r->keeps)
    http_want(x);
}

static inline void on_readable(void *data, struct http_exchange *x) {
  const uint8_t *bytes;
  size_t size = http_peek(x, &bytes);
  text_add(&((struct reply *)data)->body, (struct str){(const char *)bytes, size});
  http_take(x, size);
}

static inline void on_end(void *data, struct http_exchange *x, const struct http_fields *trailers) {
  struct reply *r = data;
  r->has_ended = true;
  if (trailers && http_fields_count(trailers) > 0)
    snprintf(r->trailer, sizeof(r->trailer), STR_FMT, STR_ARG(http_fields_at(trailers, 0).value));
  http_release(x);
}

static inline void on_sent(void *data, struct http_exchange *x) {
  (void)x;
  ((struct reply *)data)->was_sent = true;
}

static inline void on_failed(void *data, struct http_exchange *x, const struct http_failure *why) {
  struct reply *r = data;
  assert_false(r->has_failed);
  r->has_failed = true;
  r->failure = why->code;
  http_release(x);
}

static const struct http_listener listener = {.interim = on_interim,
                                              .head = on_head,
                                              .readable = on_readable,
                                              .end = on_end,
                                              .sent = on_sent,
                                              .failed = on_failed};

/* ---- sending ----------------------------------------------------------------------------------------------------- */

static inline struct http_client *client_of(struct talk *t, const struct http_client_config *config) {
  static const struct http_client_config usual;
  struct http_client *c;
  assert_int_equal(http_client_new(t->loop, config ? config : &usual, &c), WEIR_OK);
  return c;
}

static inline void end_client(struct talk *t, struct http_client *c) {
  bool is_closed = false;
  t->is_closed = false;
  http_client_close(c, talk_closed, t);
  TALK_UNTIL(t, t->is_closed);
  t->is_closed = is_closed;
}

static inline void send_to(struct http_client *c, struct reply *r, uint16_t port, const char *method, bool end) {
  char authority[32];
  snprintf(authority, sizeof(authority), "127.0.0.1:%u", port);
  struct http_head head = {
      .method = str_from(method), .authority = str_from(authority), .path = STR("/x"), .length = HTTP_LENGTH_UNKNOWN};
  struct http_request request = {.head = &head, .end = end};
  *r = (struct reply){.x = http_client_send(c, &request, &listener, r)};
  assert_non_null(r->x);
}

static inline void assert_body(struct reply *r, const char *expected) {
  assert_true(str_eq((struct str){r->body.data, r->body.size}, str_from(expected)));
  text_done(&r->body);
}

static inline uint16_t port_of(int fd) {
  struct sockaddr_in address;
  socklen_t size = sizeof(address);
  getsockname(fd, (struct sockaddr *)&address, &size);
  return ntohs(address.sin_port);
}

/* A socket of the test's own as the server: the connection that comes. */
static inline int accept_one(struct talk *t, int fd) {
  int conn = -1;
  fcntl(fd, F_SETFL, O_NONBLOCK);
  TALK_UNTIL(t, conn >= 0 || (conn = accept(fd, NULL, NULL)) >= 0);
  fcntl(conn, F_SETFL, O_NONBLOCK);
  return conn;
}

#endif
