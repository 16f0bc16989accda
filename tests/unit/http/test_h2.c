/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The server with HTTP/2 against frames that are written by hand: what it answers, and what abuse comes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/http/frames.h"

/* ---- handlers ---------------------------------------------------------------------------------------------------- */

static void on_sent(void *data, struct http_exchange *x) {
  ((struct talk *)data)->sent++;
  http_release(x);
}

static void on_failed(void *data, struct http_exchange *x, const struct http_failure *why) {
  struct talk *t = data;
  t->failed++;
  t->failure = why->code;
  http_release(x);
}

static const struct http_listener until_sent = {.sent = on_sent, .failed = on_failed};

static void hello(void *data, struct http_exchange *x) {
  struct http_head head = {.status = 200, .length = 5};
  http_listen(x, &until_sent, data);
  http_send_head(x, &head, false);
  http_send_body(x, "hello", 5);
  http_send_end(x, NULL);
}

static void keep(void *data, struct http_exchange *x) {
  struct talk *t = data;
  t->kept = x;
  t->released++; /* here: how many came */
  http_listen(x, &until_sent, t);
}

/* Sends without end, as much as is taken. */
static void pour_more(void *data, struct http_exchange *x) {
  static const char bytes[16384];
  (void)data;
  while (http_send_body(x, bytes, sizeof(bytes)) == sizeof(bytes)) {
  }
}

static const struct http_listener pouring = {.writable = pour_more, .failed = on_failed};

static void pour(void *data, struct http_exchange *x) {
  struct http_head head = {.status = 200, .length = HTTP_LENGTH_UNKNOWN};
  http_listen(x, &pouring, data);
  http_send_head(x, &head, false);
  pour_more(data, x);
}

static void on_end(void *data, struct http_exchange *x, const struct http_fields *trailers) {
  (void)data;
  http_send_end(x, trailers);
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

static const struct http_listener echoing = {
    .readable = echo_more, .writable = echo_more, .end = on_end, .sent = on_sent, .failed = on_failed};

static void echo(void *data, struct http_exchange *x) {
  struct http_head head = {.status = 200, .length = HTTP_LENGTH_UNKNOWN};
  http_listen(x, &echoing, data);
  http_want(x);
  http_send_head(x, &head, false);
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static void requests_are_answered_at_once(void **state) {
  (void)state;
  struct talk t = {0};
  struct text out = {0};
  struct client c;
  struct frame f;
  talk_begin(&t, hello);
  put_preface(&out);
  put_get(&out, 1);
  put_get(&out, 3);
  begin(&c, &t, &out);
  for (uint32_t id = 1; id <= 3; id += 2) {
    await_frame(&c, HEADERS, id, 0, &f);
    assert_int_equal(f.payload[0], 0x88); /* :status 200 */
    await_frame(&c, DATA, id, 0, &f);
    assert_true(str_eq((struct str){(const char *)f.payload, f.size}, STR("hello")));
    assert_int_equal(f.flags & END_STREAM, END_STREAM);
  }
  TALK_UNTIL(&t, t.sent == 2);
  assert_int_equal(http_server_counts(t.server).live, 0);
  end(&c, &out);
  talk_end(&t);
}

static void bodies_and_trailers_come_back(void **state) {
  (void)state;
  struct talk t = {0};
  struct text out = {0};
  struct client c;
  struct frame f;
  talk_begin(&t, echo);
  put_preface(&out);
  put_frame(&out, HEADERS, END_HEADERS, 1, STR(POST_HEAD));
  put_frame(&out, DATA, 0, 1, STR("abc"));
  begin(&c, &t, &out);
  await_frame(&c, DATA, 1, 0, &f);
  assert_true(str_eq((struct str){(const char *)f.payload, f.size}, STR("abc")));
  put_frame(&out, HEADERS, END_HEADERS | END_STREAM, 1,
            STR("\x40\x05x-sum\x01"
                "3"));
  send_more(&c, &out);
  await_frame(&c, HEADERS, 1, 1, &f);
  assert_int_equal(f.flags & END_STREAM, END_STREAM);
  TALK_UNTIL(&t, t.sent == 1);
  end(&c, &out);
  talk_end(&t);
}

static void cookies_are_one_field(void **state) {
  (void)state;
  struct talk t = {0};
  struct text out = {0};
  struct client c;
  talk_begin(&t, keep);
  put_preface(&out);
  put_frame(&out, HEADERS, END_HEADERS | END_STREAM, 1,
            STR(GET_HEAD "\x60\x03"
                         "a=1\x60\x03"
                         "b=2"));
  begin(&c, &t, &out);
  TALK_UNTIL(&t, t.kept);
  const struct http_fields *fields = t.kept->received->fields;
  assert_int_equal(http_fields_count(fields), 1);
  assert_true(str_eq(http_fields_at(fields, 0).value, STR("a=1; b=2")));
  assert_int_equal(t.kept->peer->version, 20);
  http_release(t.kept);
  struct frame f;
  await_frame(&c, RST_STREAM, 1, 0, &f);
  end(&c, &out);
  talk_end(&t);
}

static void a_client_that_waits_is_told_to_go_on(void **state) {
  (void)state;
  struct talk t = {0};
  struct text out = {0};
  struct client c;
  struct frame f;
  talk_begin(&t, echo);
  put_preface(&out);
  put_frame(&out, HEADERS, END_HEADERS, 1,
            STR(POST_HEAD "\x63\x0c"
                          "100-continue"));
  begin(&c, &t, &out);
  await_frame(&c, HEADERS, 1, 1, &f); /* the second: the first is informational, or this fails */
  assert_true(find_frame(&c.came, HEADERS, 1, 0, &f));
  assert_int_equal(f.flags & END_STREAM, 0);
  put_frame(&out, DATA, END_STREAM, 1, STR("abc"));
  send_more(&c, &out);
  await_frame(&c, DATA, 1, 0, &f);
  end(&c, &out);
  talk_end(&t);
}

static void somebody_at_a_host_is_no_authority(void **state) {
  (void)state;
  struct talk t = {0};
  struct text out = {0};
  struct client c;
  struct frame f;
  talk_begin(&t, hello);
  put_preface(&out);
  put_frame(&out, HEADERS, END_HEADERS | END_STREAM, 1, STR("\x82\x86\x84\x41\x03u@h"));
  begin(&c, &t, &out);
  for (int i = 0; i < TALK_ROUNDS && !find_frame(&c.came, HEADERS, 1, 0, &f); i++) {
    take_bytes(&c);
    if (find_frame(&c.came, RST_STREAM, 1, 0, &f))
      break;
  }
  assert_int_equal(http_server_counts(t.server).requests, 0);
  end(&c, &out);
  talk_end(&t);
}

static void messages_of_wrong_form_end_their_streams_only(void **state) {
  (void)state;
  static const struct str heads[] = {
      STR("\x82\x86\x84"
          "\x40\x0a"
          "connection\x01x"), /* a field of a connection */
      STR("\x82\x86\x84"
          "\x40\x03"
          "X-A\x01x"),                  /* an upper-case name */
      STR("\x82\x86"),                  /* no :path */
      STR("\x82\x82\x86\x84\x41\x01h"), /* two methods */
      STR("\x82\x86\x84\x40\x03"
          "a-b\x03"
          "x\r\n"), /* a line end in a value */
  };
  struct talk t = {0};
  struct text out = {0};
  struct client c;
  struct frame f;
  talk_begin(&t, hello);
  put_preface(&out);
  uint32_t id = 1;
  for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++, id += 2)
    put_frame(&out, HEADERS, END_HEADERS | END_STREAM, id, heads[i]);
  put_get(&out, id);
  begin(&c, &t, &out);
  await_frame(&c, DATA, id, 0, &f);
  for (uint32_t bad = 1; bad < id; bad += 2)
    await_frame(&c, RST_STREAM, bad, 0, &f);
  assert_int_equal(http_server_counts(t.server).requests, 1);
  end(&c, &out);
  talk_end(&t);
}

static void a_length_that_lies_ends_the_stream(void **state) {
  (void)state;
  struct talk t = {0};
  struct text out = {0};
  struct client c;
  struct frame f;
  talk_begin(&t, echo);
  put_preface(&out);
  put_frame(&out, HEADERS, END_HEADERS, 1,
            STR(POST_HEAD "\x5c\x01"
                          "5"));
  put_frame(&out, DATA, END_STREAM, 1, STR("abc"));
  begin(&c, &t, &out);
  await_frame(&c, RST_STREAM, 1, 0, &f);
  TALK_UNTIL(&t, t.failed == 1);
  end(&c, &out);
  talk_end(&t);
}

/* ---- abuse ------------------------------------------------------------------------------------------------------- */

static void a_body_that_nobody_takes_stops_at_its_window(void **state) {
  (void)state;
  static const char bytes[16384];
  struct talk t = {0};
  struct text out = {0};
  struct client c;
  talk_begin(&t, keep);
  put_preface(&out);
  put_frame(&out, HEADERS, END_HEADERS, 1, STR(POST_HEAD));
  for (int i = 0; i < 4; i++)
    put_frame(&out, DATA, 0, 1, (struct str){bytes, i == 3 ? 16383 : 16384});
  begin(&c, &t, &out);
  const uint8_t *held;
  TALK_UNTIL(&t, t.kept && http_peek(t.kept, &held) == 65535);
  struct frame f;
  for (int i = 0; i < 20; i++)
    take_bytes(&c);
  assert_false(find_frame(&c.came, WINDOW_UPDATE, 1, 0, &f));
  http_take(t.kept, 65535);
  await_frame(&c, WINDOW_UPDATE, 1, 0, &f);
  assert_int_equal(number_at(f.payload), 65535);
  http_release(t.kept);
  end(&c, &out);
  talk_end(&t);
}

static void zero_windows_hold_little_and_not_for_ever(void **state) {
  (void)state;
  struct talk t = {.config = {.limits = {.write_ms = 1}}};
  struct text out = {0};
  struct client c;
  struct frame f;
  talk_begin(&t, pour);
  text_add(&out, STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  put_frame(&out, SETTINGS, 0, 0, STR("\0\x04\0\0\0\0")); /* INITIAL_WINDOW_SIZE 0 */
  for (uint32_t id = 1; id < 40; id += 2)
    put_get(&out, id);
  begin(&c, &t, &out);
  for (uint32_t id = 1; id < 40; id += 2)
    await_frame(&c, RST_STREAM, id, 0, &f);
  TALK_UNTIL(&t, t.failed == 20);
  assert_int_equal(t.failure, HTTP_CONNECTION_WRITE_TIMEOUT);
  assert_true(t.fault.live_bytes < 20 * 70000 + 1000000);
  end(&c, &out);
  talk_end(&t);
}

/* In both versions: who waits for a window, or for room in a socket, does not go round meanwhile. */
static void a_sender_that_is_stopped_sleeps(void **state) {
  (void)state;
  struct talk t = {0};
  struct text out = {0};
  struct client c;
  struct frame f;
  talk_begin(&t, pour);
  text_add(&out, STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  put_frame(&out, SETTINGS, 0, 0, STR("\0\x04\0\0\0\0"));
  put_get(&out, 1);
  begin(&c, &t, &out);
  await_frame(&c, HEADERS, 1, 0, &f);
  text_add(&out, STR("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  int fd = talk_connect(&t);
  talk_send(&t, fd, out.data, out.size);
  bool sleeps = false;
  for (int i = 0; i < TALK_ROUNDS && !sleeps; i++) {
    talk_turn(&t);
    sleeps = http_server_counts(t.server).live == 2 && uv_backend_timeout(&t.uv) != 0;
  }
  assert_true(sleeps);
  for (int i = 0; i < 20; i++) {
    talk_turn(&t);
    assert_int_not_equal(uv_backend_timeout(&t.uv), 0);
  }
  close(fd);
  end(&c, &out);
  talk_end(&t);
}

static void rapid_resets_end_the_connection(void **state) {
  (void)state;
  struct talk t = {0};
  struct text out = {0};
  struct client c;
  talk_begin(&t, keep);
  put_preface(&out);
  for (uint32_t id = 1; id < 4000; id += 2) {
    put_get(&out, id);
    put_frame(&out, RST_STREAM, 0, id, STR("\0\0\0\x08"));
  }
  begin(&c, &t, &out);
  await_close(&c);
  assert_true(t.released < 300); /* users saw few of them */
  end(&c, &out);
  t.kept = NULL;
  talk_end(&t);
}

static void continuations_are_bounded(void **state) {
  (void)state;
  struct talk t = {0};
  struct text out = {0};
  struct client c;
  talk_begin(&t, hello);
  put_preface(&out);
  put_frame(&out, HEADERS, 0, 1, STR(GET_HEAD));
  for (int i = 0; i < 100; i++)
    put_frame(&out, CONTINUATION, 0, 1,
              STR("\x40\x01"
                  "a\x01"
                  "b"));
  begin(&c, &t, &out);
  await_close(&c);
  assert_int_equal(http_server_counts(t.server).requests, 0);
  end(&c, &out);
  talk_end(&t);
}

/* One field in the dynamic table, referred to again and again: few bytes become many. */
static void header_bombs_are_refused(void **state) {
  (void)state;
  struct talk t = {0};
  struct text out = {0}, head = {0};
  struct client c;
  struct frame f;
  talk_begin(&t, hello);
  put_preface(&out);
  text_add(&head, STR(GET_HEAD "\x40\x01"
                               "a\x7f\xe9\x16")); /* a value of 3,000 bytes */
  for (int i = 0; i < 3048; i++)
    text_char(&head, 'x');
  for (int i = 0; i < 2000; i++)
    text_char(&head, (char)0xbe); /* index 62: the same again */
  put_frame(&out, HEADERS, END_STREAM | END_HEADERS, 1, (struct str){head.data, head.size});
  begin(&c, &t, &out);
  await_frame(&c, HEADERS, 1, 0, &f);
  assert_memory_equal(f.payload,
                      "\x48\x03"
                      "431",
                      5); /* :status, literal */
  assert_int_equal(http_server_counts(t.server).requests, 0);
  assert_true(t.fault.live_bytes < 1000000);
  text_done(&head);
  end(&c, &out);
  talk_end(&t);
}

static void pings_that_are_not_read_end_the_connection(void **state) {
  (void)state;
  struct talk t = {0};
  struct text out = {0};
  talk_begin(&t, hello);
  put_preface(&out);
  int fd = talk_connect(&t), small = 4096;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
  for (int i = 0; i < 10000; i++)
    put_frame(&out, PING, 0, 0, STR("12345678"));
  size_t sent = 0;
  bool is_broken = false;
  for (int idle = 0; idle < 3000 && !is_broken && sent < 400000000;) {
    ssize_t done = send(fd, out.data + (sent % 17), out.size - 17, MSG_NOSIGNAL);
    is_broken = done < 0 && errno != EAGAIN;
    idle = done > 0 ? 0 : idle + 1;
    sent += done > 0 ? (size_t)done : 0;
    talk_turn(&t);
    assert_true(t.fault.live_bytes < 2000000);
  }
  close(fd);
  text_done(&out);
  talk_end(&t);
}

static void streams_beyond_the_limit_are_refused(void **state) {
  (void)state;
  struct talk t = {.config = {.limits = {.streams = 2}}};
  struct text out = {0};
  struct client c;
  struct frame f;
  talk_begin(&t, keep);
  put_preface(&out);
  begin(&c, &t, &out);
  await_frame(&c, SETTINGS, 0, 0, &f); /* not acknowledged: the client may not know of the limit yet */
  for (uint32_t id = 1; id < 7; id += 2)
    put_get(&out, id);
  send_more(&c, &out);
  await_frame(&c, RST_STREAM, 5, 0, &f);
  assert_int_equal(number_at(f.payload), 7); /* REFUSED_STREAM */
  put_frame(&out, SETTINGS, ACK, 0, STR(""));
  put_get(&out, 7); /* now it does */
  send_more(&c, &out);
  await_close(&c);
  assert_int_equal(t.released, 2);
  TALK_UNTIL(&t, t.failed == 2);
  end(&c, &out);
  talk_end(&t);
}

static void garbage_ends_the_connection(void **state) {
  (void)state;
  struct talk t = {0};
  struct text out = {0};
  struct client c;
  talk_begin(&t, hello);
  text_add(&out, STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  for (int i = 0; i < 400; i++)
    text_char(&out, (char)(i * 37));
  begin(&c, &t, &out);
  await_close(&c);
  end(&c, &out);
  talk_end(&t);
}

/* ---- ends -------------------------------------------------------------------------------------------------------- */

/* What is under way when the client hears of the end is answered: the number of the last request comes behind it. */
static void a_drained_server_says_so_and_ends_what_is_live(void **state) {
  (void)state;
  struct talk t = {0};
  struct text out = {0};
  struct client c;
  struct frame f;
  talk_begin(&t, keep);
  put_preface(&out);
  put_get(&out, 1);
  begin(&c, &t, &out);
  TALK_UNTIL(&t, t.kept);
  struct http_exchange *first = t.kept;
  t.kept = NULL;
  http_server_drain(t.server, 60000);
  await_frame(&c, GOAWAY, 0, 0, &f);
  assert_int_equal(number_at(f.payload), 0x7fffffff);
  await_frame(&c, PING, 0, 0, &f);
  put_get(&out, 3);
  send_more(&c, &out);
  TALK_UNTIL(&t, t.kept);
  put_frame(&out, PING, ACK, 0, (struct str){(const char *)f.payload, 8});
  send_more(&c, &out);
  await_frame(&c, GOAWAY, 0, 1, &f);
  assert_int_equal(number_at(f.payload), 3);
  put_get(&out, 5); /* too late */
  send_more(&c, &out);
  hello(&t, first);
  hello(&t, t.kept);
  await_frame(&c, DATA, 1, 0, &f);
  await_frame(&c, DATA, 3, 0, &f);
  await_close(&c);
  TALK_UNTIL(&t, t.is_closed);
  end(&c, &out);
  talk_end(&t);
}

static void a_client_that_does_not_hear_of_the_end_is_closed(void **state) {
  (void)state;
  struct talk t = {0};
  struct text out = {0};
  struct client c;
  struct frame f;
  talk_begin(&t, keep);
  put_preface(&out);
  begin(&c, &t, &out);
  await_frame(&c, SETTINGS, 0, 0, &f);
  http_server_drain(t.server, 60000);
  await_close(&c);
  TALK_UNTIL(&t, t.is_closed);
  end(&c, &out);
  talk_end(&t);
}

static void a_client_that_goes_is_told_of(void **state) {
  (void)state;
  struct talk t = {0};
  struct text out = {0};
  struct client c;
  talk_begin(&t, keep);
  put_preface(&out);
  put_get(&out, 1);
  put_get(&out, 3);
  begin(&c, &t, &out);
  TALK_UNTIL(&t, t.released == 2);
  put_frame(&out, RST_STREAM, 0, 1, STR("\0\0\0\x08"));
  send_more(&c, &out);
  TALK_UNTIL(&t, t.failed == 1);
  close(c.fd);
  TALK_UNTIL(&t, t.failed == 2);
  assert_int_equal(t.failure, HTTP_CONNECTION_TERMINATED);
  text_done(&c.came);
  text_done(&out);
  talk_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(requests_are_answered_at_once),
      cmocka_unit_test(bodies_and_trailers_come_back),
      cmocka_unit_test(cookies_are_one_field),
      cmocka_unit_test(a_client_that_waits_is_told_to_go_on),
      cmocka_unit_test(somebody_at_a_host_is_no_authority),
      cmocka_unit_test(messages_of_wrong_form_end_their_streams_only),
      cmocka_unit_test(a_length_that_lies_ends_the_stream),
      cmocka_unit_test(a_body_that_nobody_takes_stops_at_its_window),
      cmocka_unit_test(zero_windows_hold_little_and_not_for_ever),
      cmocka_unit_test(a_sender_that_is_stopped_sleeps),
      cmocka_unit_test(rapid_resets_end_the_connection),
      cmocka_unit_test(continuations_are_bounded),
      cmocka_unit_test(header_bombs_are_refused),
      cmocka_unit_test(pings_that_are_not_read_end_the_connection),
      cmocka_unit_test(streams_beyond_the_limit_are_refused),
      cmocka_unit_test(garbage_ends_the_connection),
      cmocka_unit_test(a_drained_server_says_so_and_ends_what_is_live),
      cmocka_unit_test(a_client_that_does_not_hear_of_the_end_is_closed),
      cmocka_unit_test(a_client_that_goes_is_told_of),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
