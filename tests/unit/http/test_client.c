/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The client over loopback: against the server, and against scripts of bytes that a socket of the test sends. */
#include "http/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/http/reply.h"

/* ---- servers ----------------------------------------------------------------------------------------------------- */

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
  (void)why;
  ((struct talk *)data)->failed++;
  http_release(x);
}

static const struct http_listener echo_listener = {
    .readable = echo_more, .writable = echo_more, .end = echo_end, .failed = echo_failed};

static void echo(void *data, struct http_exchange *x) {
  struct http_head head = {.status = 200, .length = HTTP_LENGTH_UNKNOWN};
  http_listen(x, &echo_listener, data);
  http_send_head(x, &head, false);
  http_want(x);
}

static void hello(void *data, struct http_exchange *x) {
  struct http_head head = {.status = 200, .length = 5};
  (void)data;
  http_send_interim(x, 103, NULL);
  http_send_head(x, &head, false);
  http_send_body(x, "hello", 5);
  http_send_end(x, NULL);
  http_release(x);
}

/* Tells whether the request came with a body, of whatever length. */
static void framed(void *data, struct http_exchange *x) {
  bool has_body = x->received->length != 0;
  struct http_head head = {.status = 200, .length = 3};
  (void)data;
  http_send_head(x, &head, false);
  http_send_body(x, has_body ? "yes" : "no.", 3);
  http_send_end(x, NULL);
  http_release(x);
}

static void never(void *data, struct http_exchange *x) {
  struct talk *t = data;
  http_listen(x, &echo_listener, data);
  t->kept = x;
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

static void get(struct talk *t, struct http_client *c, struct reply *r) {
  send_to(c, r, http_server_port(t->server), "GET", true);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void connections_are_used_again(void **state) {
  (void)state;
  struct talk t = {0};
  struct reply r;
  talk_begin(&t, hello);
  struct http_client *c = client_of(&t, NULL);
  for (int i = 0; i < 3; i++) {
    get(&t, c, &r);
    TALK_UNTIL(&t, r.has_ended || r.has_failed);
    assert_true(r.has_ended && r.was_sent);
    assert_int_equal(r.status, 200);
    assert_int_equal(r.interim, 103);
    assert_body(&r, "hello");
  }
  assert_int_equal(http_server_counts(t.server).connections, 1);
  assert_int_equal(http_client_counts(c).idle, 1);
  end_client(&t, c);
  talk_end(&t);
}

static void several_requests_take_several_connections(void **state) {
  (void)state;
  struct talk t = {0};
  struct reply r[5];
  struct http_client_config config = {.max_host_connections = 2};
  talk_begin(&t, hello);
  struct http_client *c = client_of(&t, &config);
  for (int i = 0; i < 5; i++)
    get(&t, c, &r[i]);
  for (int i = 0; i < 5; i++) {
    TALK_UNTIL(&t, r[i].has_ended || r[i].has_failed);
    assert_true(r[i].has_ended);
    assert_body(&r[i], "hello");
  }
  assert_int_equal(http_server_counts(t.server).connections, 2);
  end_client(&t, c);
  talk_end(&t);
}

static void a_body_and_trailers_go_there_and_back(void **state) {
  (void)state;
  struct talk t = {0};
  struct reply r;
  struct http_fields trailers;
  talk_begin(&t, echo);
  struct http_client *c = client_of(&t, NULL);
  send_to(c, &r, http_server_port(t.server), "POST", false);
  assert_int_equal(http_send_body(r.x, "early", 5), 5); /* before there is a connection */
  TALK_UNTIL(&t, r.status == 200);
  assert_int_equal(http_send_body(r.x, " late", 5), 5);
  http_fields_init(&trailers, NULL);
  http_fields_add(&trailers, STR("x-sum"), STR("10"));
  http_send_end(r.x, &trailers);
  http_fields_done(&trailers);
  TALK_UNTIL(&t, r.has_ended);
  assert_body(&r, "early late");
  assert_string_equal(r.trailer, "10");
  end_client(&t, c);
  talk_end(&t);
}

static void what_is_sent_before_the_connection_is_sent_with_its_end(void **state) {
  (void)state;
  struct talk t = {0};
  struct reply r;
  talk_begin(&t, echo);
  struct http_client *c = client_of(&t, NULL);
  send_to(c, &r, http_server_port(t.server), "PUT", false);
  http_send_body(r.x, "all", 3);
  http_send_end(r.x, NULL);
  TALK_UNTIL(&t, r.has_ended);
  assert_body(&r, "all");
  end_client(&t, c);
  talk_end(&t);
}

static void a_body_that_ends_before_it_begins_is_none(void **state) {
  (void)state;
  struct talk t = {0};
  struct reply r;
  talk_begin(&t, framed);
  struct http_client *c = client_of(&t, NULL);
  for (int i = 0; i < 3; i++) { /* on a new connection, on one that is used again, and where trailers follow */
    struct http_fields trailers;
    http_fields_init(&trailers, NULL);
    http_fields_add(&trailers, STR("x-sum"), STR("0"));
    send_to(c, &r, http_server_port(t.server), "GET", false);
    talk_turn(&t); /* the end may come a little later than the request */
    http_send_end(r.x, i == 2 ? &trailers : NULL);
    http_fields_done(&trailers);
    TALK_UNTIL(&t, r.has_ended || r.has_failed);
    assert_true(r.was_sent);
    assert_body(&r, i == 2 ? "yes" : "no.");
  }
  end_client(&t, c);
  talk_end(&t);
}

static void a_released_request_is_broken_off(void **state) {
  (void)state;
  struct talk t = {0};
  struct reply r;
  talk_begin(&t, never);
  struct http_client *c = client_of(&t, NULL);
  get(&t, c, &r);
  http_release(r.x); /* before it is sent */
  get(&t, c, &r);
  TALK_UNTIL(&t, t.kept);
  http_release(r.x); /* after */
  struct http_head head = {.status = 200, .length = HTTP_LENGTH_UNKNOWN};
  http_send_head(t.kept, &head, false);
  for (int i = 0; i < TALK_ROUNDS && t.failed == 0; i++) {
    http_send_body(t.kept, "x", 1); /* the server sees it as it sends */
    talk_turn(&t);
    usleep(i > 1000 ? 1000 : 0);
  }
  assert_int_equal(t.failed, 1);
  end_client(&t, c);
  talk_end(&t);
}

static void what_cannot_be_reached_is_told(void **state) {
  (void)state;
  struct talk t = {0};
  struct reply r;
  talk_begin(&t, hello);
  struct http_client *c = client_of(&t, NULL);
  int fd = talk_bound(); /* bound, and nobody listens */
  struct sockaddr_in address;
  socklen_t size = sizeof(address);
  getsockname(fd, (struct sockaddr *)&address, &size);
  send_to(c, &r, ntohs(address.sin_port), "GET", true);
  TALK_UNTIL(&t, r.has_failed);
  assert_int_equal(r.failure, HTTP_CONNECTION_REFUSED);
  close(fd);
  static const struct {
    const char *scheme, *authority, *method;
    enum http_failure_code code;
  } bad[] = {
      {"ftp", "a", "GET", HTTP_REQUEST_URI_INVALID},        {"http", "", "GET", HTTP_REQUEST_URI_INVALID},
      {"http", "a:99999", "GET", HTTP_REQUEST_URI_INVALID}, {"http", "u@a", "GET", HTTP_REQUEST_URI_INVALID},
      {"http", "[::1", "GET", HTTP_REQUEST_URI_INVALID},    {"http", "a", "CONNECT", HTTP_REQUEST_METHOD_INVALID},
      {"http", "a", "G T", HTTP_REQUEST_METHOD_INVALID},    {"https", "a", "GET", HTTP_CONFIGURATION_ERROR},
  };
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    struct http_head head = {
        .method = str_from(bad[i].method), .scheme = str_from(bad[i].scheme), .authority = str_from(bad[i].authority)};
    struct http_request request = {.head = &head, .end = true};
    r = (struct reply){.x = http_client_send(c, &request, &listener, &r)};
    TALK_UNTIL(&t, r.has_failed);
    assert_int_equal(r.failure, bad[i].code);
  }
  end_client(&t, c);
  talk_end(&t);
}

static bool no_address(void *data, const struct sockaddr *address) {
  (void)address;
  ++*(int *)data;
  return false;
}

static bool no_name(void *data, const char *host) {
  assert_string_equal(host, "localhost");
  ++*(int *)data;
  return false;
}

/* More than the loop keeps streams of: the memory of some is freed at once. */
static void failed_requests_may_be_released_late(void **state) {
  (void)state;
  enum { REQUESTS = 1100 };
  struct talk t = {0};
  struct http_exchange *x[REQUESTS];
  struct http_head head = {.method = STR("GET"), .scheme = STR("ftp"), .authority = STR("a")};
  struct http_request request = {.head = &head, .end = true};
  talk_begin(&t, hello);
  struct http_client *c = client_of(&t, NULL);
  for (int i = 0; i < REQUESTS; i++)
    assert_non_null(x[i] = http_client_send(c, &request, NULL, NULL));
  talk_turn(&t);
  for (int i = 0; i < REQUESTS; i++)
    http_release(x[i]);
  end_client(&t, c);
  talk_end(&t);
}

/* In each round something else is under way: a look-up, an attempt, a link that nobody has yet, a response. */
static void a_client_may_close_in_each_round_of_the_loop(void **state) {
  (void)state;
  for (int rounds = 0; rounds < 12; rounds++) {
    struct talk t = {0};
    struct reply r;
    talk_begin(&t, hello);
    struct http_client *c = client_of(&t, NULL);
    get(&t, c, &r);
    for (int i = 0; i < rounds; i++)
      talk_turn(&t);
    end_client(&t, c);
    assert_true(r.has_ended != r.has_failed);
    text_done(&r.body);
    talk_end(&t);
  }
}

static void each_address_and_name_is_asked_about(void **state) {
  (void)state;
  struct talk t = {0};
  struct reply r;
  int asked = 0;
  talk_begin(&t, hello);
  struct http_client *c = client_of(&t, NULL);
  for (int i = 0; i < 3; i++) {
    char authority[32];
    snprintf(authority, sizeof(authority), "%s:%u", i == 1 ? "localhost" : "127.0.0.1", http_server_port(t.server));
    struct http_head head = {.method = STR("GET"), .authority = str_from(authority)};
    struct http_request request = {
        .head = &head, .end = true, .reach = {.may_connect = no_address, .may_look_up = no_name, .data = &asked}};
    if (i == 2) { /* a connection that another request has opened */
      get(&t, c, &r);
      TALK_UNTIL(&t, r.has_ended);
      text_done(&r.body);
    }
    r = (struct reply){.x = http_client_send(c, &request, &listener, &r)};
    TALK_UNTIL(&t, r.has_failed);
    assert_int_equal(r.failure, HTTP_DESTINATION_IP_PROHIBITED);
    assert_int_equal(asked, i + 1);
  }
  end_client(&t, c);
  talk_end(&t);
}

static void times_of_a_request_are_kept(void **state) {
  (void)state;
  struct talk t = {0};
  struct reply r;
  talk_begin(&t, never);
  struct http_client *c = client_of(&t, NULL);
  char authority[32];
  snprintf(authority, sizeof(authority), "127.0.0.1:%u", http_server_port(t.server));
  struct http_head head = {.method = STR("GET"), .authority = str_from(authority)};
  struct http_request request = {.head = &head, .end = true, .first_byte_ms = 1};
  r = (struct reply){.x = http_client_send(c, &request, &listener, &r)};
  TALK_UNTIL(&t, r.has_failed);
  assert_int_equal(r.failure, HTTP_CONNECTION_READ_TIMEOUT);
  TALK_UNTIL(&t, t.kept);
  t.kept = NULL;
  request.first_byte_ms = 0;
  request.between_bytes_ms = 1;
  r = (struct reply){.x = http_client_send(c, &request, &listener, &r)};
  TALK_UNTIL(&t, t.kept);
  struct http_head response = {.status = 200, .length = HTTP_LENGTH_UNKNOWN};
  http_send_head(t.kept, &response, false);
  TALK_UNTIL(&t, r.has_failed);
  assert_int_equal(r.status, 200);
  assert_int_equal(r.failure, HTTP_CONNECTION_READ_TIMEOUT);
  end_client(&t, c);
  talk_end(&t);
}

/* ---- a server that is a script ----------------------------------------------------------------------------------- */

static void script(const char *answer, bool closes, struct reply *ret) {
  struct talk t = {0};
  struct text request = {0};
  talk_begin(&t, hello);
  struct http_client *c = client_of(&t, NULL);
  int fd = talk_bound();
  listen(fd, 4);
  send_to(c, ret, port_of(fd), "GET", true);
  int conn = accept_one(&t, fd);
  talk_read(&t, conn, &request, "\r\n\r\n");
  assert_non_null(strstr(request.data, "GET /x HTTP/1.1\r\nhost: 127.0.0.1:"));
  talk_send(&t, conn, answer, strlen(answer));
  if (closes)
    shutdown(conn, SHUT_WR);
  TALK_UNTIL(&t, ret->has_ended || ret->has_failed);
  close(conn);
  close(fd);
  text_done(&request);
  end_client(&t, c);
  talk_end(&t);
}

static void faults_of_servers_are_told(void **state) {
  (void)state;
  static const struct {
    const char *answer;
    enum http_failure_code code;
  } faults[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", HTTP_RESPONSE_INCOMPLETE},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", HTTP_RESPONSE_INCOMPLETE},
      {"HTTP/1.1 200 O", HTTP_CONNECTION_TERMINATED},
      {"", HTTP_CONNECTION_TERMINATED},
      {"HTTP/1.1 200 OK\r\nX : y\r\n\r\n", HTTP_PROTOCOL_ERROR},
      {"nonsense\r\n\r\n", HTTP_PROTOCOL_ERROR},
      {"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", HTTP_UPGRADE_FAILED},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx", HTTP_RESPONSE_TRANSFER_CODING},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", HTTP_PROTOCOL_ERROR},
  };
  for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
    struct reply r;
    script(faults[i].answer, true, &r);
    if (!r.has_failed || r.failure != faults[i].code)
      fail_msg("%s: %s", faults[i].answer, r.has_failed ? http_failure_name(r.failure) : "no failure");
    text_done(&r.body);
  }
}

static void a_response_may_end_with_its_connection(void **state) {
  (void)state;
  struct reply r;
  script("HTTP/1.1 200 OK\r\n\r\nto the end", true, &r);
  assert_true(r.has_ended);
  assert_body(&r, "to the end");
  script("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", false, &r);
  assert_true(r.has_ended);
  assert_int_equal(r.status, 204);
  assert_int_equal(r.interim, 100);
}

static void a_stale_connection_is_replaced_once(void **state) {
  (void)state;
  struct talk t = {0};
  struct reply r;
  struct text text = {0};
  static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
  talk_begin(&t, hello);
  struct http_client *c = client_of(&t, NULL);
  int fd = talk_bound();
  listen(fd, 4);
  send_to(c, &r, port_of(fd), "GET", true);
  int first = accept_one(&t, fd);
  talk_read(&t, first, &text, "\r\n\r\n");
  talk_send(&t, first, answer, sizeof(answer) - 1);
  TALK_UNTIL(&t, r.has_ended);
  assert_body(&r, "x");
  send_to(c, &r, port_of(fd), "GET", true); /* goes to the first connection, which closes without an answer */
  text.size = 0;
  talk_read(&t, first, &text, "\r\n\r\n");
  close(first);
  int second = accept_one(&t, fd);
  text.size = 0;
  talk_read(&t, second, &text, "\r\n\r\n");
  talk_send(&t, second, answer, sizeof(answer) - 1);
  TALK_UNTIL(&t, r.has_ended);
  assert_body(&r, "x");
  send_to(c, &r, port_of(fd), "POST", true); /* not repeatable */
  text.size = 0;
  talk_read(&t, second, &text, "\r\n\r\n");
  close(second);
  TALK_UNTIL(&t, r.has_failed);
  assert_int_equal(r.failure, HTTP_CONNECTION_TERMINATED);
  text_done(&text);
  close(fd);
  end_client(&t, c);
  talk_end(&t);
}

static void a_proxy_gets_the_whole_url(void **state) {
  (void)state;
  struct talk t = {0};
  struct reply r;
  struct text text = {0};
  char proxy[32];
  talk_begin(&t, hello);
  struct http_client *c = client_of(&t, NULL);
  int fd = talk_bound();
  listen(fd, 4);
  snprintf(proxy, sizeof(proxy), "127.0.0.1:%u", port_of(fd));
  struct http_head head = {.method = STR("GET"), .authority = STR("no.such.host"), .path = STR("/p")};
  struct http_request request = {.head = &head, .end = true, .proxy = proxy};
  r = (struct reply){.x = http_client_send(c, &request, &listener, &r)};
  int conn = accept_one(&t, fd);
  talk_read(&t, conn, &text, "\r\n\r\n");
  assert_string_equal(text.data, "GET http://no.such.host/p HTTP/1.1\r\nhost: no.such.host\r\n\r\n");
  talk_send(&t, conn, "HTTP/1.1 204 No Content\r\n\r\n", 27);
  TALK_UNTIL(&t, r.has_ended);
  close(conn);
  close(fd);
  text_done(&text);
  end_client(&t, c);
  talk_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(connections_are_used_again),
      cmocka_unit_test(several_requests_take_several_connections),
      cmocka_unit_test(a_body_and_trailers_go_there_and_back),
      cmocka_unit_test(what_is_sent_before_the_connection_is_sent_with_its_end),
      cmocka_unit_test(a_body_that_ends_before_it_begins_is_none),
      cmocka_unit_test(a_released_request_is_broken_off),
      cmocka_unit_test(what_cannot_be_reached_is_told),
      cmocka_unit_test(failed_requests_may_be_released_late),
      cmocka_unit_test(a_client_may_close_in_each_round_of_the_loop),
      cmocka_unit_test(each_address_and_name_is_asked_about),
      cmocka_unit_test(times_of_a_request_are_kept),
      cmocka_unit_test(faults_of_servers_are_told),
      cmocka_unit_test(a_response_may_end_with_its_connection),
      cmocka_unit_test(a_stale_connection_is_replaced_once),
      cmocka_unit_test(a_proxy_gets_the_whole_url),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
