/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The client and the server with each other over TLS: protocols by ALPN, names, verification, large bodies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/client.h"
#include "http/tls_context.h"
#include "unit/http/identity.h"
#include "unit/http/talk.h"

/* ---- both ends --------------------------------------------------------------------------------------------------- */

struct reply {
  struct http_exchange *x;
  struct text body;
  uint64_t size, wrong; /* of a large body */
  uint16_t status;
  bool has_ended, has_failed, is_large;
  enum http_failure_code failure;
  char trailer[8];
  uint64_t to_send;
};

static char byte_at(uint64_t at) {
  return (char)('a' + at % 23);
}

static void send_more(void *data, struct http_exchange *x) {
  struct reply *r = data;
  char bytes[8192];
  while (r->to_send > 0) {
    uint64_t from = r->to_send;
    size_t size = from < sizeof(bytes) ? (size_t)from : sizeof(bytes);
    for (size_t i = 0; i < size; i++)
      bytes[i] = byte_at(from - i);
    size_t taken = http_send_body(x, bytes, size);
    r->to_send -= taken;
    if (taken < size)
      return;
  }
  if (r->is_large)
    http_send_end(x, NULL);
  r->is_large = false;
}

static void on_head(void *data, struct http_exchange *x) {
  ((struct reply *)data)->status = x->received->status;
  http_want(x);
}

static void on_readable(void *data, struct http_exchange *x) {
  struct reply *r = data;
  const uint8_t *bytes;
  size_t size = http_peek(x, &bytes);
  if (r->size + size < 4096)
    text_add(&r->body, (struct str){(const char *)bytes, size});
  r->size += size;
  http_take(x, size);
}

static void on_end(void *data, struct http_exchange *x, const struct http_fields *trailers) {
  struct reply *r = data;
  r->has_ended = true;
  if (trailers)
    snprintf(r->trailer, sizeof(r->trailer), STR_FMT, STR_ARG(http_fields_at(trailers, 0).value));
  http_release(x);
}

static void on_failed(void *data, struct http_exchange *x, const struct http_failure *why) {
  struct reply *r = data;
  r->has_failed = true;
  r->failure = why->code;
  http_release(x);
}

static const struct http_listener listener = {
    .head = on_head, .readable = on_readable, .writable = send_more, .end = on_end, .failed = on_failed};

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

/* Tells the version and who the client is, and then what the client sends. */
static void echo(void *data, struct http_exchange *x) {
  struct http_head head = {.status = 200, .length = HTTP_LENGTH_UNKNOWN};
  char text[128];
  http_listen(x, &echoing, data);
  http_send_head(x, &head, false);
  assert_true(x->peer->is_tls);
  assert_true(str_eq(x->received->scheme, STR("https")));
  int size =
      snprintf(text, sizeof(text), "%u %s;", x->peer->version, x->peer->certificate ? x->peer->certificate : "nobody");
  http_send_body(x, text, (size_t)size);
  http_want(x);
}

/* ---- a pair ------------------------------------------------------------------------------------------------------ */

struct pair {
  struct talk t;
  struct http_client *client;
  struct http_tls_context *client_tls;
};

static void begin(struct pair *p, const struct http_tls_config *server, const struct http_tls_config *client) {
  struct http_client_config config = {0};
  assert_int_equal(http_tls_context_new(NULL, server, &p->t.config.tls, NULL), WEIR_OK);
  assert_int_equal(http_tls_context_new(NULL, client, &p->client_tls, NULL), WEIR_OK);
  talk_begin(&p->t, echo);
  config.tls = p->client_tls;
  assert_int_equal(http_client_new(p->t.loop, &config, &p->client), WEIR_OK);
}

static void send_to(struct pair *p, struct reply *r, const char *host, uint64_t size) {
  char authority[64];
  snprintf(authority, sizeof(authority), "%s:%u", host, http_server_port(p->t.server));
  struct http_head head = {.method = STR("POST"),
                           .scheme = STR("https"),
                           .authority = str_from(authority),
                           .path = STR("/"),
                           .length = HTTP_LENGTH_UNKNOWN};
  struct http_request request = {.head = &head};
  *r = (struct reply){.to_send = size, .is_large = true};
  r->x = http_client_send(p->client, &request, &listener, r);
  send_more(r, r->x);
}

static void await(struct pair *p, struct reply *r) {
  for (int i = 0; i < 100 * TALK_ROUNDS && !r->has_ended && !r->has_failed; i++)
    talk_turn(&p->t);
  assert_true(r->has_ended || r->has_failed);
}

static void end(struct pair *p) {
  http_client_close(p->client, talk_closed, &p->t);
  TALK_UNTIL(&p->t, p->t.is_closed);
  p->t.is_closed = false;
  struct http_tls_context *tls = (struct http_tls_context *)(uintptr_t)p->t.config.tls;
  talk_end(&p->t);
  http_tls_context_free(tls);
  http_tls_context_free(p->client_tls);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void protocols_are_agreed_on(void **state) {
  (void)state;
  struct identity identity = identity_new("server", "DNS:localhost,IP:127.0.0.1");
  struct http_tls_identity own = {.certificate = identity.certificate, .key = identity.key};
  for (int i = 0; i < 3; i++) {
    struct pair p = {0};
    struct reply r;
    struct http_tls_config server = {.identities = &own, .identity_count = 1, .no_http2 = i == 1};
    struct http_tls_config client = {.is_client = true, .authorities = identity.certificate, .no_http2 = i == 2};
    begin(&p, &server, &client);
    for (int k = 0; k < 3; k++) {
      send_to(&p, &r, "127.0.0.1", 3);
      await(&p, &r);
      assert_true(r.has_ended);
      text_char(&r.body, 0);
      assert_string_equal(r.body.data, i == 0 ? "20 nobody;dcb" : "11 nobody;dcb");
      text_done(&r.body);
    }
    assert_int_equal(http_server_counts(p.t.server).connections, 1);
    end(&p);
  }
  identity_done(&identity);
}

static void large_bodies_go_there_and_back(void **state) {
  (void)state;
  enum { SIZE = 3000000 };
  struct identity identity = identity_new("server", "IP:127.0.0.1");
  struct http_tls_identity own = {.certificate = identity.certificate, .key = identity.key};
  for (int i = 0; i < 2; i++) {
    struct pair p = {0};
    struct reply r[3];
    struct http_tls_config server = {.identities = &own, .identity_count = 1};
    struct http_tls_config client = {.is_client = true, .authorities = identity.certificate, .no_http2 = i == 1};
    begin(&p, &server, &client);
    for (int k = 0; k < 3; k++)
      send_to(&p, &r[k], "127.0.0.1", SIZE);
    for (int k = 0; k < 3; k++) {
      await(&p, &r[k]);
      assert_true(r[k].has_ended);
      assert_int_equal(r[k].size, SIZE + sizeof("20 nobody;") - 1);
      text_done(&r[k].body);
    }
    assert_true(p.t.fault.live_bytes < 6000000);
    end(&p);
  }
  identity_done(&identity);
}

static enum http_failure_code failure_with(const struct http_tls_config *server, const struct http_tls_config *client,
                                           const char *host) {
  struct pair p = {0};
  struct reply r;
  begin(&p, server, client);
  send_to(&p, &r, host, 1);
  await(&p, &r);
  text_done(&r.body);
  end(&p);
  return r.has_failed ? r.failure : HTTP_FAILURES;
}

static void who_is_not_vouched_for_is_refused(void **state) {
  (void)state;
  struct identity identity = identity_new("server", "DNS:other.test"), other = identity_new("other", "IP:127.0.0.1");
  struct http_tls_identity own = {.certificate = identity.certificate, .key = identity.key};
  struct http_tls_identity others = {.certificate = other.certificate, .key = other.key};
  struct http_tls_config server = {.identities = &own, .identity_count = 1};
  struct http_tls_config client = {.is_client = true, .authorities = other.certificate};
  assert_int_equal(failure_with(&server, &client, "127.0.0.1"), HTTP_TLS_CERTIFICATE_ERROR); /* nobody we know */
  client.authorities = identity.certificate;
  assert_int_equal(failure_with(&server, &client, "127.0.0.1"), HTTP_TLS_CERTIFICATE_ERROR); /* another name */
  client.trusts_all = true;
  assert_int_equal(failure_with(&server, &client, "127.0.0.1"), HTTP_FAILURES);
  server.identities = &others;
  client = (struct http_tls_config){.is_client = true, .authorities = other.certificate};
  assert_int_equal(failure_with(&server, &client, "127.0.0.1"), HTTP_FAILURES);
  identity_done(&identity);
  identity_done(&other);
}

static void clients_are_asked_for_certificates(void **state) {
  (void)state;
  struct identity identity = identity_new("server", "IP:127.0.0.1"), known = identity_new("known", "DNS:a");
  struct http_tls_identity own = {.certificate = identity.certificate, .key = identity.key};
  struct http_tls_identity theirs = {.certificate = known.certificate, .key = known.key};
  struct http_tls_config server = {.identities = &own, .identity_count = 1, .authorities = known.certificate};
  struct http_tls_config client = {.is_client = true, .authorities = identity.certificate};
  assert_int_equal(failure_with(&server, &client, "127.0.0.1"), HTTP_TLS_ALERT_RECEIVED);
  client.identities = &theirs;
  client.identity_count = 1;
  struct pair p = {0};
  struct reply r;
  begin(&p, &server, &client);
  send_to(&p, &r, "127.0.0.1", 0);
  await(&p, &r);
  assert_true(r.has_ended);
  text_char(&r.body, 0);
  assert_string_equal(r.body.data, "20 /CN=known;");
  text_done(&r.body);
  end(&p);
  identity_done(&identity);
  identity_done(&known);
}

static void a_server_has_a_certificate_for_each_name(void **state) {
  (void)state;
  struct identity usual = identity_new("usual", "IP:127.0.0.1"), named = identity_new("named", "DNS:localhost");
  struct http_tls_identity both[] = {{.certificate = usual.certificate, .key = usual.key},
                                     {.host = "LocalHost", .certificate = named.certificate, .key = named.key}};
  struct http_tls_config server = {.identities = both, .identity_count = 2};
  struct http_tls_config client = {.is_client = true, .authorities = named.certificate};
  assert_int_equal(failure_with(&server, &client, "localhost"), HTTP_FAILURES);
  assert_int_equal(failure_with(&server, &client, "127.0.0.1"), HTTP_TLS_CERTIFICATE_ERROR);
  client.authorities = usual.certificate;
  assert_int_equal(failure_with(&server, &client, "127.0.0.1"), HTTP_FAILURES);
  identity_done(&usual);
  identity_done(&named);
}

static void what_is_not_tls_is_told(void **state) {
  (void)state;
  struct identity identity = identity_new("server", "IP:127.0.0.1");
  struct http_tls_identity own = {.certificate = identity.certificate, .key = identity.key};
  struct http_tls_config server = {.identities = &own, .identity_count = 1};
  struct http_tls_config client = {.is_client = true, .authorities = identity.certificate};
  struct pair p = {0};
  begin(&p, &server, &client);
  free(talk(&p.t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", NULL)); /* returns: the server closes */
  end(&p);
  identity_done(&identity);
}

/* A proxy that lets one connection through, in the test's own thread. */
struct proxy {
  int listener, client, server;
  struct text head;
  const char *answer;
  bool is_through;
};

static void pass(int from, int to) {
  char bytes[65536];
  ssize_t got = recv(from, bytes, sizeof(bytes), 0);
  for (ssize_t at = 0; got > at;) {
    ssize_t done = send(to, bytes + at, (size_t)(got - at), MSG_NOSIGNAL);
    at += done > 0 ? done : 0;
  }
}

static void serve_proxy(struct pair *p, struct proxy *proxy) {
  char bytes[512];
  if (proxy->client < 0) {
    proxy->client = accept4(proxy->listener, NULL, NULL, SOCK_NONBLOCK);
  } else if (proxy->is_through) {
    pass(proxy->client, proxy->server);
    pass(proxy->server, proxy->client);
  } else {
    ssize_t got = recv(proxy->client, bytes, sizeof(bytes), 0);
    text_add(&proxy->head, (struct str){bytes, got > 0 ? (size_t)got : 0});
    if (proxy->head.size < 4 || memcmp(proxy->head.data + proxy->head.size - 4, "\r\n\r\n", 4) != 0)
      return;
    proxy->server = talk_connect(&p->t);
    proxy->is_through = true;
    send(proxy->client, proxy->answer, strlen(proxy->answer), MSG_NOSIGNAL);
  }
}

static struct reply ask_through(const char *answer, struct text *ret_head) {
  struct identity identity = identity_new("server", "DNS:behind.test");
  struct http_tls_identity own = {.certificate = identity.certificate, .key = identity.key};
  struct http_tls_config server = {.identities = &own, .identity_count = 1};
  struct http_tls_config client = {.is_client = true, .authorities = identity.certificate};
  struct pair p = {0};
  struct proxy proxy = {.listener = talk_bound(), .client = -1, .server = -1, .answer = answer};
  char name[32];
  struct sockaddr_in address;
  socklen_t size = sizeof(address);
  listen(proxy.listener, 1);
  fcntl(proxy.listener, F_SETFL, O_NONBLOCK);
  getsockname(proxy.listener, (struct sockaddr *)&address, &size);
  snprintf(name, sizeof(name), "127.0.0.1:%u", ntohs(address.sin_port));
  begin(&p, &server, &client);
  struct http_head head = {.method = STR("GET"), .scheme = STR("https"), .authority = STR("behind.test")};
  struct http_request request = {.head = &head, .end = true, .proxy = name};
  struct reply r = {0};
  r.x = http_client_send(p.client, &request, &listener, &r);
  for (int i = 0; i < TALK_ROUNDS && !r.has_ended && !r.has_failed; i++) {
    serve_proxy(&p, &proxy);
    talk_turn(&p.t);
    usleep(i > 1000 ? 1000 : 0); /* names are looked up by another thread */
  }
  close(proxy.listener);
  close(proxy.client);
  close(proxy.server);
  end(&p);
  *ret_head = proxy.head;
  identity_done(&identity);
  return r;
}

static void a_tunnel_leads_through_a_proxy(void **state) {
  (void)state;
  struct text head = {0};
  struct reply r = ask_through("HTTP/1.1 200 Through\r\nX: y\r\n\r\n", &head);
  assert_true(r.has_ended);
  text_char(&r.body, 0);
  assert_string_equal(r.body.data, "20 nobody;");
  text_char(&head, 0);
  assert_string_equal(head.data, "CONNECT behind.test:443 HTTP/1.1\r\nhost: behind.test:443\r\n\r\n");
  text_done(&head);
  text_done(&r.body);
  r = ask_through("HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n", &head);
  assert_true(r.has_failed);
  assert_int_equal(r.failure, HTTP_REQUEST_DENIED);
  text_done(&head);
  r = ask_through("nonsense\r\n\r\n", &head);
  assert_true(r.has_failed);
  assert_int_equal(r.failure, HTTP_CONNECTION_REFUSED);
  text_done(&head);
}

/* The server takes no more requests on a connection; the client goes on with another. */
static void a_connection_that_ends_is_replaced(void **state) {
  (void)state;
  struct identity identity = identity_new("server", "IP:127.0.0.1");
  struct http_tls_identity own = {.certificate = identity.certificate, .key = identity.key};
  struct http_tls_config server = {.identities = &own, .identity_count = 1};
  struct http_tls_config client = {.is_client = true, .authorities = identity.certificate};
  struct pair p = {.t = {.config = {.limits = {.idle_ms = 1}}}};
  struct reply r;
  begin(&p, &server, &client);
  for (unsigned i = 1; i < 4; i++) {
    send_to(&p, &r, "127.0.0.1", 3);
    await(&p, &r);
    assert_true(r.has_ended);
    text_done(&r.body);
    assert_int_equal(http_server_counts(p.t.server).connections, i);
    TALK_UNTIL(&p.t, http_server_counts(p.t.server).open == 0 && http_client_counts(p.client).open == 0);
  }
  end(&p);
  identity_done(&identity);
}

static void files_that_are_none_are_named(void **state) {
  (void)state;
  struct identity identity = identity_new("server", "IP:127.0.0.1"), other = identity_new("other", "IP:127.0.0.1");
  struct http_tls_context *context = NULL;
  struct diag d;
  struct http_tls_identity bad[] = {{.certificate = "/no/such/file", .key = identity.key},
                                    {.certificate = identity.certificate, .key = "/no/such/file"},
                                    {.certificate = identity.certificate, .key = other.key}};
  for (size_t i = 0; i < 3; i++) {
    struct http_tls_config config = {.identities = &bad[i], .identity_count = 1};
    diag_init(&d);
    assert_int_equal(http_tls_context_new(NULL, &config, &context, &d), WEIR_ERR_INVALID);
    assert_non_null(strstr(diag_message(&d), i == 0 ? bad[i].certificate : bad[i].key));
    diag_done(&d);
  }
  identity_done(&identity);
  identity_done(&other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(protocols_are_agreed_on),
      cmocka_unit_test(large_bodies_go_there_and_back),
      cmocka_unit_test(who_is_not_vouched_for_is_refused),
      cmocka_unit_test(clients_are_asked_for_certificates),
      cmocka_unit_test(a_server_has_a_certificate_for_each_name),
      cmocka_unit_test(what_is_not_tls_is_told),
      cmocka_unit_test(a_tunnel_leads_through_a_proxy),
      cmocka_unit_test(a_connection_that_ends_is_replaced),
      cmocka_unit_test(files_that_are_none_are_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
