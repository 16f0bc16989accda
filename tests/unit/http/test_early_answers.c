/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Servers that answer, and end the connection, before they have the whole request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/http/reply.h"

static void note_end(void *data, struct http_exchange *x, const struct http_fields *trailers) {
  (void)x;
  (void)trailers;
  ((struct reply *)data)->has_ended = true;
}

/* Goes on sending behind the response. */
static const struct http_listener patient = {
    .head = on_head, .readable = on_readable, .end = note_end, .sent = on_sent, .failed = on_failed};

/* What a server does that does not want the body of a request. */
enum early { EARLY_SAYS_SO, EARLY_ENDS, EARLY_RESETS, EARLY_WHILE_SENDING };

static void answer_early(struct talk *t, int conn, enum early how) {
  const char *answer = how == EARLY_SAYS_SO ? "HTTP/1.1 413 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno"
                                            : "HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno";
  talk_send(t, conn, answer, strlen(answer));
  if (how == EARLY_ENDS)
    shutdown(conn, SHUT_WR);
  else if (how != EARLY_SAYS_SO)
    close(conn); /* with bytes that nobody has read: a reset */
}

static void early(enum early how) {
  static const char much[4096];
  struct talk t = {0};
  struct reply r;
  talk_begin(&t, NULL);
  struct http_client *c = client_of(&t, NULL);
  int fd = talk_bound();
  listen(fd, 4);
  send_to(c, &r, port_of(fd), "POST", false);
  http_listen(r.x, &patient, &r);
  http_send_body(r.x, much, sizeof(much));
  int conn = accept_one(&t, fd);
  char byte;
  TALK_UNTIL(&t, recv(conn, &byte, 1, MSG_PEEK) == 1);
  answer_early(&t, conn, how);
  if (how == EARLY_WHILE_SENDING)
    http_send_body(r.x, much, sizeof(much)); /* before the client has looked: the system refuses it */
  TALK_UNTIL(&t, r.was_sent || r.has_failed);
  assert_false(r.has_failed);
  assert_true(r.has_ended);
  assert_int_equal(r.status, 413);
  assert_body(&r, "no");
  assert_int_equal(http_send_body(r.x, much, sizeof(much)), 0);
  http_release(r.x);
  if (how == EARLY_SAYS_SO || how == EARLY_ENDS)
    close(conn);
  close(fd);
  end_client(&t, c);
  talk_end(&t);
}

static void a_server_may_answer_and_end_before_it_has_the_request(void **state) {
  (void)state;
  early(EARLY_SAYS_SO);
  early(EARLY_ENDS);
  early(EARLY_RESETS);
  early(EARLY_WHILE_SENDING);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_server_may_answer_and_end_before_it_has_the_request)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
