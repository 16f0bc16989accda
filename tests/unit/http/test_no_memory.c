/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A client and a server exchange a body and trailers over HTTP/1.1, HTTP/2 in clear, and TLS, and each allocation fails
 * in turn. Either all arrives, or both ends are told that the exchange failed; nothing is left behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

#include "http/client.h"
#include "http/server.h"
#include "http/tls_context.h"
#include "support/fault.h"
#include "unit/http/identity.h"

enum { ROUNDS = 20000, BODY = 40000 };

struct scene {
  uv_loop_t uv;
  struct http_loop *loop;
  struct http_server *server;
  struct http_client *client;
  uint16_t port;
  unsigned closed;
  size_t received;
  bool has_ended, has_failed;
};

/* ---- the server's user, who echoes ------------------------------------------------------------------------------- */

static void echo_more(void *data, struct http_exchange *x) {
  const uint8_t *bytes;
  (void)data;
  for (size_t size; (size = http_peek(x, &bytes)) > 0;) {
    size_t taken = http_send_body(x, bytes, size);
    http_take(x, taken);
    if (taken < size)
      return;
  }
}

static void echo_end(void *data, struct http_exchange *x, const struct http_fields *trailers) {
  (void)data;
  http_send_end(x, trailers);
  http_release(x);
}

static void echo_failed(void *data, struct http_exchange *x, const struct http_failure *why) {
  (void)data;
  (void)why;
  http_release(x);
}

static const struct http_listener echoing = {
    .readable = echo_more, .writable = echo_more, .end = echo_end, .failed = echo_failed};

static void on_request(void *data, struct http_exchange *x) {
  struct http_head head = {.status = 200, .length = HTTP_LENGTH_UNKNOWN, .fields = x->received->fields};
  http_listen(x, &echoing, data);
  http_send_interim(x, 103, NULL);
  http_send_head(x, &head, false);
  http_want(x);
}

static void on_closed(void *data) {
  ((struct scene *)data)->closed++;
}

/* ---- the client's ------------------------------------------------------------------------------------------------ */

static void on_head(void *data, struct http_exchange *x) {
  (void)data;
  http_want(x);
}

static void on_readable(void *data, struct http_exchange *x) {
  const uint8_t *bytes;
  size_t size = http_peek(x, &bytes);
  ((struct scene *)data)->received += size;
  http_take(x, size);
}

static void on_end(void *data, struct http_exchange *x, const struct http_fields *trailers) {
  struct scene *s = data;
  if (x->received->status == 503) { /* the server's own words for it */
    s->has_failed = true;
    http_release(x);
    return;
  }
  s->has_ended = true;
  assert_int_equal(x->received->status, 200);
  assert_int_equal(s->received, BODY);
  assert_true(trailers && http_fields_count(trailers) == 1);
  http_release(x);
}

static void on_failed(void *data, struct http_exchange *x, const struct http_failure *why) {
  (void)why;
  ((struct scene *)data)->has_failed = true;
  http_release(x);
}

static const struct http_listener listener = {
    .head = on_head, .readable = on_readable, .end = on_end, .failed = on_failed};

/* ---- the scene --------------------------------------------------------------------------------------------------- */

struct kind {
  bool is_tls, no_http2;
  struct identity identity;
};

static int bound(uint16_t *ret_port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof(address);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
  getsockname(fd, (struct sockaddr *)&address, &size);
  *ret_port = ntohs(address.sin_port);
  return fd;
}

static void turn_until(struct scene *s, const bool *a, const bool *b) {
  for (int i = 0; i < ROUNDS && !*a && !*b; i++) {
    uv_run(&s->uv, UV_RUN_NOWAIT);
    usleep(i > 500 ? 1000 : 0);
  }
  assert_true(*a || *b);
}

/* false: memory was out before the request was anybody's. */
static bool send_request(struct scene *s, const struct kind *kind, const struct weir_alloc *alloc) {
  static const char body[BODY];
  struct http_fields fields, trailers;
  char authority[32];
  snprintf(authority, sizeof(authority), "127.0.0.1:%u", s->port);
  struct http_head head = {.method = STR("POST"),
                           .scheme = kind->is_tls ? STR("https") : STR("http"),
                           .authority = {authority, strlen(authority)},
                           .path = STR("/"),
                           .length = HTTP_LENGTH_UNKNOWN,
                           .fields = &fields};
  http_fields_init(&fields, alloc);
  http_fields_init(&trailers, alloc);
  struct http_exchange *x = NULL;
  if (http_fields_add(&fields, STR("a"), STR("b")) == HTTP_FIELD_OK &&
      http_fields_add(&trailers, STR("t"), STR("u")) == HTTP_FIELD_OK)
    x = http_client_send(s->client, &(struct http_request){.head = &head}, &listener, s);
  bool is_sent = x && http_send_body(x, body, BODY) == BODY;
  if (is_sent)
    http_send_end(x, &trailers);
  else if (x)
    http_release(x);
  http_fields_done(&fields);
  http_fields_done(&trailers);
  return is_sent;
}

static void converse(struct scene *s, const struct kind *kind, const struct weir_alloc *alloc,
                     struct http_tls_context *server_tls, struct http_tls_context *client_tls) {
  struct http_server_config server = {
      .request = on_request, .closed = on_closed, .data = s, .tls = kind->is_tls ? server_tls : NULL};
  struct http_client_config client = {.tls = client_tls};
  unsigned made = 0;
  if (http_server_new(s->loop, &server, &s->server) == WEIR_OK) {
    made++;
    if (http_client_new(s->loop, &client, &s->client) == WEIR_OK) {
      made++;
      if (http_server_listen(s->server, bound(&s->port), NULL) == WEIR_OK && send_request(s, kind, alloc))
        turn_until(s, &s->has_ended, &s->has_failed);
      http_client_close(s->client, on_closed, s);
    }
    http_server_close(s->server);
  }
  for (int i = 0; i < ROUNDS && s->closed < made; i++)
    uv_run(&s->uv, UV_RUN_NOWAIT);
  assert_int_equal(s->closed, made);
}

static weir_status play(const struct weir_alloc *alloc, void *ctx) {
  const struct kind *kind = ctx;
  struct scene s = {0};
  struct http_tls_context *server_tls = NULL, *client_tls = NULL;
  struct http_tls_identity own = {.certificate = kind->identity.certificate, .key = kind->identity.key};
  struct http_tls_config server = {.identities = &own, .identity_count = 1};
  struct http_tls_config client = {
      .is_client = true, .authorities = kind->identity.certificate, .no_http2 = kind->no_http2};
  uv_loop_init(&s.uv);
  bool is_ready = !kind->is_tls || (http_tls_context_new(alloc, &server, &server_tls, NULL) == WEIR_OK &&
                                    http_tls_context_new(alloc, &client, &client_tls, NULL) == WEIR_OK);
  if (is_ready && http_loop_new(&s.uv, alloc, &s.loop) == WEIR_OK) {
    converse(&s, kind, alloc, server_tls, client_tls);
    http_loop_close(s.loop);
  }
  uv_run(&s.uv, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&s.uv), 0);
  http_tls_context_free(server_tls);
  http_tls_context_free(client_tls);
  return s.has_ended ? WEIR_OK : WEIR_ERR_NOMEM;
}

static void each_allocation_of_http1_may_fail(void **state) {
  (void)state;
  struct kind kind = {0};
  assert_true(fault_sweep(play, &kind) > 15);
}

static void each_allocation_of_http2_and_tls_may_fail(void **state) {
  (void)state;
  struct kind kind = {.is_tls = true, .identity = identity_new("server", "IP:127.0.0.1")};
  assert_true(fault_sweep(play, &kind) > 30);
  identity_done(&kind.identity);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_allocation_of_http1_may_fail),
      cmocka_unit_test(each_allocation_of_http2_and_tls_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
