/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The parser of HTTP/1.1 against byte scripts: each is fed whole, and one byte at a time, and must give the same
 * events. What requests are smuggled with is refused.
 */
#include "http/h1_parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "support/fault.h"

static const struct h1_limits limits = {.target_bytes = 64, .head_bytes = 1024, .head_count = 8};

/* Events as a text: "head GET http://a/b [n=v] body(abc) end [t=u]". */
static void show_fields(struct text *t, const struct http_fields *f) {
  for (uint32_t i = 0; i < http_fields_count(f); i++) {
    struct http_field field = http_fields_at(f, i);
    text_printf(t, " [" STR_FMT "=" STR_FMT "]", STR_ARG(field.name), STR_ARG(field.value));
  }
}

static void show_head(struct text *t, const struct h1_parser *p) {
  const struct http_head *head = &p->s->head;
  if (p->is_response)
    text_printf(t, "head %u", head->status);
  else
    text_printf(t, "head " STR_FMT " " STR_FMT " " STR_FMT, STR_ARG(head->method), STR_ARG(head->authority),
                STR_ARG(head->path));
  if (head->length == HTTP_LENGTH_UNKNOWN)
    text_printf(t, " ?");
  else
    text_printf(t, " %u", (unsigned)head->length);
  text_printf(t, p->keeps_alive ? "" : " close");
  show_fields(t, &head->fields[0]);
}

struct script {
  struct h1_parser parser;
  struct http_loop loop; /* of which only the memory is used */
  struct http_stream *s;
  struct text shown;
  bool is_over, was_body;
};

/* Whether to go on. */
static bool show_event(struct script *c, enum h1_event event) {
  if (event == H1_BODY) {
    text_printf(&c->shown, c->was_body ? "%.*s" : " body:%.*s", (int)c->parser.body_size, (const char *)c->parser.body);
    c->was_body = true;
    return true;
  }
  if (event != H1_MORE)
    c->was_body = false;
  if (event == H1_HEAD) {
    show_head(&c->shown, &c->parser);
    return true;
  }
  if (event == H1_END) {
    text_printf(&c->shown, " end");
    show_fields(&c->shown, &c->s->trailers);
    c->is_over = true;
  } else if (event == H1_BAD) {
    text_printf(&c->shown, "%sbad %u %s", c->shown.size ? " " : "", c->parser.status,
                http_failure_name(c->parser.failure.code));
    c->is_over = true;
  }
  return false;
}

static void feed(struct script *c, const char *bytes, size_t size) {
  size_t at = 0;
  while (!c->is_over) {
    size_t used;
    enum h1_event event = h1_parse(&c->parser, (const uint8_t *)bytes + at, size - at, &used);
    at += used + (event == H1_BODY ? c->parser.body_size : 0);
    assert_true(at <= size);
    if (!show_event(c, event))
      break;
  }
}

static void begin(struct script *c, const struct weir_alloc *alloc, bool is_response, bool is_head) {
  *c = (struct script){.loop = {.alloc = alloc, .holders = 1}};
  list_init(&c->loop.streams);
  list_init(&c->loop.due);
  h1_parser_init(&c->parser, is_response, &limits);
  c->s = http_stream_new(&c->loop, NULL, c);
  if (!c->s)
    return;
  c->s->is_head_request = is_head;
  h1_parser_begin(&c->parser, c->s);
}

static void end(struct script *c) {
  if (c->s) {
    http_stream_release(c->s);
    http_stream_detach(c->s);
  }
  h1_parser_done(&c->parser, c->loop.alloc);
  while (!list_empty(&c->loop.streams)) {
    struct list *node = c->loop.streams.next;
    list_remove(node);
    c->loop.free_stream(node);
  }
}

/* Fed in pieces of `step` bytes; `ends`: the other end closes after them. */
static char *run(const char *bytes, size_t size, size_t step, bool is_response, bool ends) {
  struct script c;
  begin(&c, &mem_system, is_response, false);
  for (size_t at = 0; at < size && !c.is_over; at += step)
    feed(&c, bytes + at, size - at < step ? size - at : step);
  if (ends && !c.is_over)
    show_event(&c, h1_parse_end(&c.parser));
  end(&c);
  return text_take(&c.shown, NULL);
}

static void check_from(const char *bytes, size_t size, const char *expected, bool is_response, bool ends) {
  static const size_t steps[] = {1 << 20, 1, 2, 7};
  for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
    char *shown = run(bytes, size, steps[i], is_response, ends);
    assert_string_equal(shown ? shown : "", expected);
    free(shown);
  }
}

#define REQUEST(bytes, expected) check_from((bytes), sizeof(bytes) - 1, (expected), false, false)
#define RESPONSE(bytes, expected) check_from((bytes), sizeof(bytes) - 1, (expected), true, false)
#define RESPONSE_THEN_CLOSE(bytes, expected) check_from((bytes), sizeof(bytes) - 1, (expected), true, true)

static void requests_are_read(void **state) {
  (void)state;
  REQUEST("GET / HTTP/1.1\r\nHost: a:80\r\n\r\n", "head GET a:80 / 0 end");
  REQUEST("\r\nGET /p?q=%20 HTTP/1.1\r\nhost:a\r\nX:  y z\t\r\nE:\r\n\r\n", "head GET a /p?q=%20 0 [X=y z] [E=] end");
  REQUEST("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
          "head POST a / 5 [Content-Length=5] body:hello end");
  REQUEST("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n \nX",
          "head POST a / 2 [Content-Length=2] body: \n end");
  REQUEST("GET / HTTP/1.0\r\n\r\n", "head GET  / 0 close end");
  REQUEST("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "head GET  / 0 end");
  REQUEST("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "head GET a / 0 close end");
  REQUEST("GET http://b/x?y HTTP/1.1\r\nHost: a\r\n\r\n", "head GET b /x?y 0 end");
  REQUEST("GET http://b HTTP/1.1\r\nHost: a\r\n\r\n", "head GET b / 0 end");
  REQUEST("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "head OPTIONS a * 0 end");
  REQUEST("GET / HTTP/1.1\r\nHost: a\r\nX: \x80\xff\r\n\r\n", "head GET a / 0 [X=\x80\xff] end");
}

static void any_token_is_a_method(void **state) {
  (void)state;
  REQUEST("FROB / HTTP/1.1\r\nHost: a\r\n\r\n", "head FROB a / 0 end");
  REQUEST("get / HTTP/1.1\r\nHost: a\r\n\r\n", "head get a / 0 end");
  REQUEST("M-!#$%&'*+.^_`|~9 / HTTP/1.1\r\nHost: a\r\n\r\n", "head M-!#$%&'*+.^_`|~9 a / 0 end");
  REQUEST("FR(B / HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400 http-protocol-error");
  REQUEST(" / HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400 http-protocol-error");
  REQUEST("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", "bad 501 http-request-method-invalid");
  REQUEST("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1\r\nHost: a\r\n\r\n",
          "bad 400 http-protocol-error");
  REQUEST("GET / RTSP/1.0\r\nHost: a\r\n\r\n", "bad 400 http-protocol-error");
  REQUEST("SOURCE / ICE/1.0\r\nHost: a\r\n\r\n", "bad 400 http-protocol-error");
}

static void chunks_and_trailers_are_read(void **state) {
  (void)state;
  REQUEST(
      "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\n d\r\n\r\n0\r\nT: u\r\n\r\n",
      "head PUT a / ? body:abc d\r\n end [T=u]");
  REQUEST("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", "head PUT a / ? end");
  REQUEST(
      "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\nHost: x\r\nOk: "
      "1\r\n\r\n",
      "head PUT a / ? end [Ok=1]");
}

static void fields_of_the_connection_stay_with_it(void **state) {
  (void)state;
  REQUEST(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: x-one, TE\r\nX-One: 1\r\nX-Two: 2\r\nTE: trailers\r\nUpgrade: h2c\r\n"
      "Keep-Alive: 5\r\n\r\n",
      "head GET a / 0 [X-Two=2] [TE=trailers] end");
  REQUEST("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", "head GET a / 0 end");
}

/* What requests are smuggled with: each is refused, maybe after its head. */
static const struct {
  const char *bytes;
  const char *expected;
} vectors[] = {
    {"GET / HTTP/1.1\r\nHost: a\r\nX: y\rZ: w\r\n\r\n", "bad 400"},
    {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", "bad 400"},
    {"GET / HTTP/1.1\nHost: a\n\n", "bad 400"},
    {"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", "bad 400"},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", "bad 400"},
    {"GET / HTTP/1.1\r\nHost: a\r\nX:\r\n z\r\n\r\n", "bad 400"},
    {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "bad 400"},
    {"GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", "bad 400"},
    {"GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", "bad 400"},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "bad 400"},
    {"GET / HTTP/1.1\r\nX: a\r\n\r\n", "bad 400"},
    {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "bad 400"},
    {"GET http://u@b/ HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"GET ftp://b/ HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"GET b HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"GET /#f HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"GET /\x80 HTTP/1.1\r\nHost: a\r\n\r\n", "bad 400"},
    {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "bad 505"},
    {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", "bad 505"},
    {"P / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "bad 400"},
    {"P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n", "bad 400"},
    {"P / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "bad 400"},
    {"P / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", "bad 400"},
    {"P / HTTP/1.1\r\nHost: a\r\nContent-Length: 1 1\r\n\r\na", "bad 400"},
    {"P / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\na", "bad 400"},
    {"P / HTTP/1.1\r\nHost: a\r\nContent-Length: 1,1\r\n\r\na", "bad 400"},
    {"P / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", "bad 400"},
    {"P / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n", "bad 400"},
    {"P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "bad"},
    {"P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "bad"},
    {"P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b"
     "chunked\r\n\r\n0\r\n\r\n",
     "bad"},
    {"P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "bad"},
    {"P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "bad"},
    {"P / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "bad 400"},
    {"P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;x\ny\r\na\r\n0\r\n\r\n", "head"},
    {"P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", "head"},
    {"P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n 1\r\na\r\n0\r\n\r\n", "head"},
    {"P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", "head"},
    {"P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n", "head"},
    {"P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", "head"},
    {"P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\na", "head"},
    {"P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n", "head"},
    {"P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: u\r\n v\r\n\r\n", "head"},
    {"P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT : u\r\n\r\n", "head"},
    {"GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", "bad 417"},
};

static void what_requests_are_smuggled_with_is_refused(void **state) {
  (void)state;
  static const size_t steps[] = {1 << 20, 1};
  for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
    for (size_t k = 0; k < 2; k++) {
      char *shown = run(vectors[i].bytes, strlen(vectors[i].bytes), steps[k], false, false);
      if (!shown || !strstr(shown, "bad ") || strncmp(shown, vectors[i].expected, strlen(vectors[i].expected)) != 0)
        fail_msg("vector %zu (%s): %s", i, vectors[i].bytes, shown);
      free(shown);
    }
  }
}

static void sizes_are_bounded(void **state) {
  (void)state;
  char bytes[4096];
  int n = snprintf(bytes, sizeof(bytes), "GET /%0100d HTTP/1.1\r\nHost: a\r\n\r\n", 1);
  check_from(bytes, (size_t)n, "bad 414 http-request-uri-too-long", false, false);
  n = snprintf(bytes, sizeof(bytes), "GET / HTTP/1.1\r\nHost: a\r\nX: %02000d\r\n\r\n", 1);
  check_from(bytes, (size_t)n, "bad 431 http-request-header-section-size", false, false);
  n = snprintf(bytes, sizeof(bytes), "GET / HTTP/1.1\r\nHost: a\r\n");
  for (int i = 0; i < 9; i++)
    n += snprintf(bytes + n, sizeof(bytes) - (size_t)n, "X%d: y\r\n", i);
  n += snprintf(bytes + n, sizeof(bytes) - (size_t)n, "\r\n");
  check_from(bytes, (size_t)n, "bad 431 http-request-header-section-size", false, false);
  n = snprintf(bytes, sizeof(bytes),
               "P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: %02000d\r\n\r\n", 1);
  check_from(bytes, (size_t)n, "head P a / ? bad 431 http-request-trailer-section-size", false, false);
  n = snprintf(bytes, sizeof(bytes), "P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;%02000d\r\na", 1);
  check_from(bytes, (size_t)n, "head P a / ? bad 431 http-request-trailer-section-size", false, false);
}

static void responses_are_read(void **state) {
  (void)state;
  RESPONSE("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "head 200 2 [Content-Length=2] body:hi end");
  RESPONSE("HTTP/1.1 204\r\n\r\n", "head 204 0 end");
  RESPONSE("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "head 304 0 [Content-Length=5] end");
  RESPONSE("HTTP/1.1 100 Continue\r\n\r\n", "head 100 0 end");
  RESPONSE("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", "head 101 0 end");
  RESPONSE_THEN_CLOSE("HTTP/1.1 200 OK\r\n\r\nto the end", "head 200 ? close body:to the end end");
  RESPONSE_THEN_CLOSE("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi",
                      "head 200 9 [Content-Length=9] body:hi bad 400 http-protocol-error");
  RESPONSE("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "bad 502 http-response-transfer-coding");
}

static void a_response_to_head_has_no_body(void **state) {
  (void)state;
  static const char bytes[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  struct script c;
  begin(&c, &mem_system, true, true);
  feed(&c, bytes, sizeof(bytes) - 1);
  char *shown = text_take(&c.shown, NULL);
  assert_string_equal(shown, "head 200 0 [Content-Length=5] end");
  free(shown);
  end(&c);
}

static weir_status parse_with(const struct weir_alloc *alloc, void *ctx) {
  static const char bytes[] =
      "PUT /path HTTP/1.1\r\nHost: a\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: u\r\n\r\n";
  struct script c;
  (void)ctx;
  begin(&c, alloc, false, false);
  if (!c.s)
    return WEIR_ERR_NOMEM;
  for (size_t i = 0; i < sizeof(bytes) - 1; i++)
    feed(&c, bytes + i, 1);
  bool is_bad = c.parser.event == H1_BAD;
  if (is_bad)
    assert_int_equal(c.parser.status, 503);
  end(&c);
  text_done(&c.shown);
  return is_bad ? WEIR_ERR_NOMEM : WEIR_OK;
}

static void each_allocation_may_fail(void **state) {
  (void)state;
  assert_true(fault_sweep(parse_with, NULL) > 4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(requests_are_read),
      cmocka_unit_test(any_token_is_a_method),
      cmocka_unit_test(chunks_and_trailers_are_read),
      cmocka_unit_test(fields_of_the_connection_stay_with_it),
      cmocka_unit_test(what_requests_are_smuggled_with_is_refused),
      cmocka_unit_test(sizes_are_bounded),
      cmocka_unit_test(responses_are_read),
      cmocka_unit_test(a_response_to_head_has_no_body),
      cmocka_unit_test(each_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
