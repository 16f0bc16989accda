/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The server with HTTP/1.1 over loopback: answers, bodies both ways, keep-alive, faults, limits, ends. */
#include "http/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/http/talk.h"

/* ---- handlers ---------------------------------------------------------------------------------------------------- */

static void on_sent(void *data, struct http_exchange *x) {
  struct talk *t = data;
  t->sent++;
  t->released++;
  http_release(x);
}

static void on_failed(void *data, struct http_exchange *x, const struct http_failure *why) {
  struct talk *t = data;
  t->failed++;
  t->failure = why->code;
  t->released++;
  if (t->kept == x)
    t->kept = NULL;
  http_release(x);
}

static const struct http_listener until_sent = {.sent = on_sent, .failed = on_failed};

static void answer(struct http_exchange *x, uint16_t status, const char *body) {
  struct http_head head = {.status = status, .length = strlen(body)};
  http_send_head(x, &head, false);
  http_send_body(x, body, strlen(body));
  http_send_end(x, NULL);
}

/* Answers with what was asked. */
static void tell_back(void *data, struct http_exchange *x) {
  const struct http_head *head = x->received;
  char text[256];
  snprintf(text, sizeof(text), STR_FMT " " STR_FMT "://" STR_FMT STR_FMT, STR_ARG(head->method), STR_ARG(head->scheme),
           STR_ARG(head->authority), STR_ARG(head->path));
  http_listen(x, &until_sent, data);
  answer(x, 200, text);
}

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
}

static const struct http_listener echo_listener = {
    .readable = echo_more, .writable = echo_more, .end = echo_end, .sent = on_sent, .failed = on_failed};

static void echo(void *data, struct http_exchange *x) {
  struct http_head head = {.status = 200, .length = HTTP_LENGTH_UNKNOWN};
  http_listen(x, &echo_listener, data);
  http_send_head(x, &head, false);
  http_want(x);
}

/* Leaves all to the test. */
static void keep(void *data, struct http_exchange *x) {
  struct talk *t = data;
  t->kept = x;
  http_listen(x, &until_sent, t);
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static void a_request_is_answered_and_the_connection_stays(void **state) {
  (void)state;
  struct talk t = {0};
  talk_begin(&t, tell_back);
  char *got = without_date(talk(&t,
                                "GET /a HTTP/1.1\r\nHost: h:1\r\n\r\n"
                                "FROB /b?c HTTP/1.1\r\nHost: i\r\nConnection: close\r\n\r\n",
                                NULL));
  assert_string_equal(got,
                      "HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\nGET http://h:1/a"
                      "HTTP/1.1 200 OK\r\ncontent-length: 17\r\nconnection: close\r\n\r\nFROB http://i/b?c");
  free(got);
  assert_int_equal(t.sent, 2);
  assert_int_equal(http_server_counts(t.server).requests, 2);
  talk_end(&t);
}

static void http10_gets_what_it_knows(void **state) {
  (void)state;
  struct talk t = {0};
  talk_begin(&t, echo);
  char *got = without_date(talk(&t, "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", NULL));
  assert_string_equal(got, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nabc");
  free(got);
  t.config.request = tell_back;
  talk_end(&t);
}

static void head_has_a_length_and_no_body(void **state) {
  (void)state;
  struct talk t = {0};
  talk_begin(&t, tell_back);
  char *got = without_date(talk(&t, "HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", NULL));
  assert_string_equal(got, "HTTP/1.1 200 OK\r\ncontent-length: 14\r\nconnection: close\r\n\r\n");
  free(got);
  talk_end(&t);
}

static void bodies_and_trailers_go_both_ways(void **state) {
  (void)state;
  struct talk t = {0};
  talk_begin(&t, echo);
  char *got = without_date(talk(&t,
                                "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                                "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n",
                                NULL));
  assert_string_equal(got,
                      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
                      "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n");
  free(got);
  assert_int_equal(t.sent, 1);
  talk_end(&t);
}

static void a_large_body_is_echoed_whole(void **state) {
  (void)state;
  enum { SIZE = 3000000 };
  struct talk t = {0};
  struct text text = {0};
  talk_begin(&t, echo);
  char *body = malloc(SIZE);
  for (int i = 0; i < SIZE; i++)
    body[i] = (char)('a' + i % 23);
  int fd = talk_connect(&t);
  char head[] = "POST / HTTP/1.0\r\nContent-Length: 3000000\r\n\r\n";
  talk_send(&t, fd, head, strlen(head));
  char bytes[65536];
  size_t at = 0;
  for (int round = 0; round < 100 * TALK_ROUNDS; round++) { /* sends and reads at once: nobody buffers all of it */
    ssize_t done = at < SIZE ? send(fd, body + at, SIZE - at, MSG_NOSIGNAL) : 0;
    at += done > 0 ? (size_t)done : 0;
    talk_turn(&t);
    ssize_t got = recv(fd, bytes, sizeof(bytes), 0);
    if (got == 0)
      break;
    if (got > 0)
      text_add(&text, (struct str){bytes, (size_t)got});
  }
  close(fd);
  assert_true(text.size > SIZE);
  assert_memory_equal(text.data + text.size - SIZE, body, (size_t)SIZE);
  text_done(&text);
  free(body);
  talk_end(&t);
}

static void a_body_that_nobody_takes_stops_its_sender(void **state) {
  (void)state;
  struct talk t = {0};
  talk_begin(&t, keep);
  int fd = talk_connect(&t);
  char head[] = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n";
  talk_send(&t, fd, head, strlen(head));
  TALK_UNTIL(&t, t.kept);
  char *chunk = calloc(1, 65536);
  size_t sent = 0;
  for (int idle = 0; idle < 200;) {
    ssize_t done = send(fd, chunk, 65536, MSG_NOSIGNAL);
    sent += done > 0 ? (size_t)done : 0;
    idle = done > 0 ? 0 : idle + 1;
    talk_turn(&t);
    assert_true(sent < 50000000);
  }
  assert_true(t.fault.live_bytes < 1000000);
  free(chunk);
  close(fd);
  http_release(t.kept);
  talk_end(&t);
}

/* ---- 100 Continue ------------------------------------------------------------------------------------------------ */

static void a_client_that_waits_is_told_to_go_on_once_the_body_is_wanted(void **state) {
  (void)state;
  struct talk t = {0};
  struct text text = {0};
  talk_begin(&t, keep);
  int fd = talk_connect(&t);
  char head[] = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
  talk_send(&t, fd, head, strlen(head));
  TALK_UNTIL(&t, t.kept);
  for (int i = 0; i < 10; i++)
    talk_turn(&t);
  char byte;
  assert_int_equal(recv(fd, &byte, 1, 0), -1); /* nothing yet */
  http_listen(t.kept, &echo_listener, &t);
  http_want(t.kept);
  talk_read(&t, fd, &text, "HTTP/1.1 100 Continue\r\n\r\n");
  struct http_head response = {.status = 200, .length = HTTP_LENGTH_UNKNOWN};
  http_send_head(t.kept, &response, false);
  talk_send(&t, fd, "abc", 3);
  talk_read(&t, fd, &text, "3\r\nabc\r\n0\r\n\r\n");
  close(fd);
  text_done(&text);
  talk_end(&t);
}

static void a_refusal_without_100_closes_the_connection(void **state) {
  (void)state;
  struct talk t = {0};
  talk_begin(&t, tell_back);
  char *got = talk(&t, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n", NULL);
  assert_non_null(strstr(got, "connection: close"));
  free(got);
  talk_end(&t);
}

static void informational_responses_come_first(void **state) {
  (void)state;
  struct talk t = {0};
  struct text text = {0};
  struct http_fields fields;
  talk_begin(&t, keep);
  int fd = talk_connect(&t);
  char head[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  talk_send(&t, fd, head, strlen(head));
  TALK_UNTIL(&t, t.kept);
  http_fields_init(&fields, NULL);
  assert_int_equal(http_fields_add(&fields, STR("Link"), STR("</a>")), HTTP_FIELD_OK);
  http_send_interim(t.kept, 103, &fields);
  http_fields_done(&fields);
  answer(t.kept, 200, "x");
  talk_read(&t, fd, &text, "\r\n\r\nx");
  char *got = without_date(text_take(&text, NULL));
  assert_string_equal(got,
                      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx");
  free(got);
  close(fd);
  talk_end(&t);
}

/* ---- faults ------------------------------------------------------------------------------------------------------ */

static void what_is_no_request_is_refused(void **state) {
  (void)state;
  struct talk t = {0};
  talk_begin(&t, tell_back);
  char *got =
      without_date(talk(&t, "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", NULL));
  assert_string_equal(got, "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  free(got);
  assert_int_equal(http_server_counts(t.server).requests, 0);
  talk_end(&t);
}

static void a_body_beyond_its_limit_is_refused(void **state) {
  (void)state;
  struct talk t = {.config = {.limits = {.body_bytes = 4}}};
  talk_begin(&t, keep);
  char *got = talk(&t, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", NULL);
  assert_non_null(strstr(got, "413 Content Too Large"));
  assert_null(t.kept);
  free(got);
  int fd = talk_connect(&t);
  char chunked[] = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  talk_send(&t, fd, chunked, strlen(chunked));
  TALK_UNTIL(&t, t.kept);
  http_want(t.kept);
  talk_send(&t, fd, "5\r\nhello\r\n", 10);
  struct text text = {0};
  talk_read(&t, fd, &text, "413 Content Too Large");
  assert_int_equal(t.failure, HTTP_REQUEST_BODY_SIZE);
  text_done(&text);
  close(fd);
  talk_end(&t);
}

static void a_client_that_goes_is_told_of(void **state) {
  (void)state;
  struct talk t = {0};
  talk_begin(&t, keep);
  int fd = talk_connect(&t);
  char head[] = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc";
  talk_send(&t, fd, head, strlen(head));
  TALK_UNTIL(&t, t.kept);
  http_take(t.kept, 3);
  http_want(t.kept);
  close(fd);
  const uint8_t *bytes;
  TALK_UNTIL(&t, !t.kept || http_peek(t.kept, &bytes) == 3);
  if (t.kept)
    http_take(t.kept, 3);
  TALK_UNTIL(&t, t.failed == 1);
  assert_int_equal(t.failure, HTTP_CONNECTION_TERMINATED);
  talk_end(&t);
}

static void requests_before_the_end_are_all_answered(void **state) {
  (void)state;
  struct talk t = {0};
  struct text text = {0};
  talk_begin(&t, keep);
  int fd = talk_connect(&t);
  char requests[] = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n";
  talk_send(&t, fd, requests, strlen(requests));
  shutdown(fd, SHUT_WR);
  TALK_UNTIL(&t, t.kept);
  for (int i = 0; i < 5; i++)
    talk_turn(&t);
  struct http_exchange *first = t.kept;
  t.kept = NULL;
  answer(first, 200, "one");
  TALK_UNTIL(&t, t.kept);
  answer(t.kept, 200, "two");
  assert_true(talk_read(&t, fd, &text, NULL));
  assert_non_null(strstr(text.data, "\r\n\r\none"));
  assert_non_null(strstr(text.data, "\r\n\r\ntwo"));
  close(fd);
  text_done(&text);
  talk_end(&t);
}

static void a_message_that_breaks_its_promise_is_broken_off(void **state) {
  (void)state;
  struct talk t = {0};
  struct http_head head = {.status = 200, .length = 2};
  talk_begin(&t, keep);
  char request[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  for (int i = 0; i < 4; i++) {
    int fd = talk_connect(&t);
    talk_send(&t, fd, request, strlen(request));
    TALK_UNTIL(&t, t.kept);
    struct http_exchange *x = t.kept;
    http_send_head(x, &head, false);
    if (i == 0)
      http_send_body(x, "abc", 3);
    else if (i == 1)
      http_send_end(x, NULL);
    else if (i == 2)
      http_send_head(x, &head, false);
    struct text text = {0};
    if (i == 3) {
      http_release(x);
      t.kept = NULL;
    }
    assert_true(talk_read(&t, fd, &text, NULL));
    text_done(&text);
    close(fd);
  }
  assert_int_equal(t.failed, 3);
  talk_end(&t);
}

/* ---- ends -------------------------------------------------------------------------------------------------------- */

static void a_drained_server_ends_what_is_live(void **state) {
  (void)state;
  struct talk t = {0};
  struct text text = {0};
  talk_begin(&t, keep);
  int fd = talk_connect(&t), idle = talk_connect(&t);
  char request[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  talk_send(&t, fd, request, strlen(request));
  TALK_UNTIL(&t, t.kept && http_server_counts(t.server).open == 2);
  assert_int_equal(http_server_counts(t.server).live, 1);
  http_server_drain(t.server, 60000);
  assert_true(talk_read(&t, idle, &text, NULL));
  assert_int_equal(text.size, 0);
  answer(t.kept, 200, "late");
  assert_true(talk_read(&t, fd, &text, NULL));
  assert_non_null(strstr(text.data, "connection: close\r\n\r\nlate"));
  close(fd);
  close(idle);
  text_done(&text);
  TALK_UNTIL(&t, t.is_closed);
  talk_end(&t);
}

static void draining_has_an_end(void **state) {
  (void)state;
  struct talk t = {0};
  talk_begin(&t, keep);
  int fd = talk_connect(&t);
  char request[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  talk_send(&t, fd, request, strlen(request));
  TALK_UNTIL(&t, t.kept);
  http_server_drain(t.server, 1);
  TALK_UNTIL(&t, t.is_closed);
  assert_int_equal(t.failed, 1);
  close(fd);
  talk_end(&t);
}

static void connections_beyond_the_limit_wait(void **state) {
  (void)state;
  struct talk t = {.config = {.max_connections = 1}};
  struct text text = {0};
  talk_begin(&t, tell_back);
  int first = talk_connect(&t), second = talk_connect(&t);
  char request[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  talk_send(&t, second, request, strlen(request));
  talk_send(&t, first, request, strlen(request));
  talk_read(&t, first, &text, "GET http");
  assert_int_equal(http_server_counts(t.server).open, 1);
  text_done(&text);
  close(first);
  talk_read(&t, second, &text, "GET http");
  close(second);
  text_done(&text);
  talk_end(&t);
}

static void times_are_bounded(void **state) {
  (void)state;
  static const char *const beginnings[] = {"", "GET / HTTP/1.1\r\nHo", "GET / HTTP/1.1\r\nHost: h\r\n\r\n"};
  struct talk t = {.config = {.limits = {.handshake_ms = 1, .head_ms = 1, .idle_ms = 1}}};
  talk_begin(&t, tell_back);
  for (int i = 0; i < 3; i++)
    free(talk(&t, beginnings[i], NULL)); /* returns: the server closes */
  talk_end(&t);
}

static void a_loop_with_nothing_to_do_sleeps(void **state) {
  (void)state;
  struct talk t = {0};
  talk_begin(&t, tell_back);
  static const char *const requests[] = {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "nonsense\r\n\r\n",
                                         "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc"};
  for (int i = 0; i < 3; i++) {
    free(talk(&t, requests[i], i == 2 ? "POST http" : NULL));
    TALK_UNTIL(&t, http_server_counts(t.server).open == 0);
    for (int k = 0; k < 10; k++)
      talk_turn(&t);
    assert_int_not_equal(uv_backend_timeout(&t.uv), 0);
  }
  int fd = talk_connect(&t);
  struct text text = {0};
  talk_send(&t, fd, requests[2], strlen(requests[2]));
  talk_read(&t, fd, &text, "POST http");
  for (int k = 0; k < 10; k++)
    talk_turn(&t);
  assert_int_not_equal(uv_backend_timeout(&t.uv), 0);
  close(fd);
  text_done(&text);
  talk_end(&t);
}

static void requests_after_the_first_allocate_nothing(void **state) {
  (void)state;
  struct talk t = {0};
  struct text text = {0};
  char request[] = "GET / HTTP/1.1\r\nHost: h\r\nAccept: everything\r\n\r\n";
  talk_begin(&t, tell_back);
  int fd = talk_connect(&t);
  for (int i = 0; i < 10; i++) {
    talk_send(&t, fd, request, strlen(request));
    talk_read(&t, fd, &text, "GET http://h/");
    text.size = 0;
    if (i == 1)
      fault_arm(&t.fault, 0, false);
  }
  assert_int_equal(t.fault.calls, 0);
  text_done(&text);
  close(fd);
  talk_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_request_is_answered_and_the_connection_stays),
      cmocka_unit_test(http10_gets_what_it_knows),
      cmocka_unit_test(head_has_a_length_and_no_body),
      cmocka_unit_test(bodies_and_trailers_go_both_ways),
      cmocka_unit_test(a_large_body_is_echoed_whole),
      cmocka_unit_test(a_body_that_nobody_takes_stops_its_sender),
      cmocka_unit_test(a_client_that_waits_is_told_to_go_on_once_the_body_is_wanted),
      cmocka_unit_test(a_refusal_without_100_closes_the_connection),
      cmocka_unit_test(informational_responses_come_first),
      cmocka_unit_test(what_is_no_request_is_refused),
      cmocka_unit_test(a_body_beyond_its_limit_is_refused),
      cmocka_unit_test(a_client_that_goes_is_told_of),
      cmocka_unit_test(requests_before_the_end_are_all_answered),
      cmocka_unit_test(a_message_that_breaks_its_promise_is_broken_off),
      cmocka_unit_test(a_drained_server_ends_what_is_live),
      cmocka_unit_test(draining_has_an_end),
      cmocka_unit_test(connections_beyond_the_limit_wait),
      cmocka_unit_test(times_are_bounded),
      cmocka_unit_test(a_loop_with_nothing_to_do_sleeps),
      cmocka_unit_test(requests_after_the_first_allocate_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
