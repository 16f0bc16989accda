/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:http@0.2 over an exchange of the test's: requests that come and are answered, requests that go out, bodies with
 * their streams, and what is dropped in the middle. The last case fails where a function was never called.
 */
#include "fake_guest.h"

#include "fake_exchange.h"
#include "wasi/p2/error.h"
#include "wasi/p2/http.h"

#define P2 "wasi:http/types@0.2.12"
#define IO "wasi:io/streams@0.2.12"

enum { OK = -1, NONE = -2 };

static struct weir_linker seen;

struct served {
  struct bench b;
  struct fake_exchange f;
  struct wasi_http_transfer *t;
  weir_value request, outparam;
};

static weir_host_call *ask(struct bench *b, const char *in, const char *name, weir_value *args, size_t count) {
  weir_host_call *c = fake_call(&b->linker, &b->store, in, name, args, count);
  assert_true(c->finished);
  return c;
}

static weir_value give(struct bench *b, const char *in, const char *name, const weir_value *self) {
  weir_value arg = *self;
  weir_host_call *c = ask(b, in, name, &arg, 1);
  assert_false(c->failed);
  return c->result;
}

/* The payload of result ok. */
static weir_value good(struct bench *b, const char *in, const char *name, const weir_value *self) {
  weir_value result = give(b, in, name, self);
  assert_int_equal(result.tag, 0);
  return *result.of.payload;
}

static weir_value fields_with(struct bench *b, const char *name, const char *value) {
  weir_value fields = ask(b, P2, "[constructor]fields", NULL, 0)->result;
  weir_value args[3] = {fields};
  if (!name)
    return fields;
  assert_int_equal(weir_value_new_string(name, strlen(name), &args[1]), WEIR_OK);
  assert_int_equal(weir_value_new_bytes(value, strlen(value), &args[2]), WEIR_OK);
  assert_int_equal(ask(b, P2, "[method]fields.append", args, 3)->result.tag, 0);
  weir_value_clear(&args[1]);
  weir_value_clear(&args[2]);
  return fields;
}

static void begin(struct served *s) {
  weir_value args[2];
  *s = (struct served){0};
  bench_open(&s->b, -1, -1, -1);
  fake_exchange_init(&s->f, "/a?b");
  assert_int_equal(http_fields_add(&s->f.fields, STR("x-a"), STR("1")), HTTP_FIELD_OK);
  s->t = wasi_http_transfer_new(&s->b.wasi->http, &s->f.base, false);
  assert_int_equal(wasi_p2_http_arguments(&s->b.wasi->p2, s->t, &s->b.store, NULL, args), WEIR_OK);
  s->request = args[0];
  s->outparam = args[1];
}

static void finish(struct served *s) {
  if (seen.count == 0)
    seen = s->b.linker;
  for (size_t i = 0; i < s->b.linker.count; i++)
    seen.funcs[i].called |= s->b.linker.funcs[i].called;
  weir_value_clear(&s->request);
  weir_value_clear(&s->outparam);
  wasi_http_transfer_release(s->t);
  bench_close(&s->b);
  assert_true(s->f.released);
  fake_exchange_done(&s->f);
}

/* ---- requests that come ------------------------------------------------------------------------------------------ */

static void a_request_says_what_it_is(void **state) {
  (void)state;
  struct served s;
  begin(&s);
  assert_int_equal(give(&s.b, P2, "[method]incoming-request.method", &s.request).tag, WASI_HTTP_METHOD_POST);
  weir_value path = give(&s.b, P2, "[method]incoming-request.path-with-query", &s.request);
  assert_memory_equal(path.of.payload->of.string.data, "/a?b", 4);
  assert_int_equal(give(&s.b, P2, "[method]incoming-request.scheme", &s.request).of.payload->tag,
                   WASI_HTTP_SCHEME_HTTP);
  assert_int_equal(give(&s.b, P2, "[method]incoming-request.authority", &s.request).of.payload->of.string.size, 7);
  weir_value headers = give(&s.b, P2, "[method]incoming-request.headers", &s.request);
  assert_int_equal(give(&s.b, P2, "[method]fields.entries", &headers).of.list.count, 2); /* and `host` */
  finish(&s);
}

/* Reads: a count; NONE: would wait; else the case of the error, 0 or 1. */
static int64_t read_some(struct bench *b, const weir_value *stream, char *to) {
  weir_value args[] = {*stream, {.kind = WEIR_VALUE_U64, .of.u64 = 100}};
  weir_host_call *c = ask(b, IO, "[method]input-stream.read", args, 2);
  assert_false(c->failed);
  if (c->result.tag == 1)
    return -10 - (int64_t)c->result.of.payload->tag;
  memcpy(to, c->result.of.payload->of.string.data, c->result.of.payload->of.string.size);
  return (int64_t)c->result.of.payload->of.string.size;
}

static void a_copy_of_what_came_is_bounded(void **state) {
  (void)state;
  static char much[40000];
  struct served s;
  begin(&s);
  memset(much, 'x', sizeof(much) - 1);
  weir_value headers = give(&s.b, P2, "[method]incoming-request.headers", &s.request);
  weir_value copy = give(&s.b, P2, "[method]fields.clone", &headers), args[3] = {copy};
  assert_int_equal(weir_value_new_string("y", 1, &args[1]), WEIR_OK);
  assert_int_equal(weir_value_new_bytes(much, sizeof(much) - 1, &args[2]), WEIR_OK);
  assert_int_equal(ask(&s.b, P2, "[method]fields.append", args, 3)->result.tag, 0);
  assert_true(ask(&s.b, P2, "[method]fields.append", args, 3)->failed);
  weir_value_clear(&args[1]);
  weir_value_clear(&args[2]);
  finish(&s);
}

static void a_body_is_read_once_and_then_its_trailers(void **state) {
  (void)state;
  struct served s;
  char got[128];
  begin(&s);
  weir_value body = good(&s.b, P2, "[method]incoming-request.consume", &s.request);
  assert_int_equal(give(&s.b, P2, "[method]incoming-request.consume", &s.request).tag, 1);
  weir_value in = good(&s.b, P2, "[method]incoming-body.stream", &body);
  assert_int_equal(give(&s.b, P2, "[method]incoming-body.stream", &body).tag, 1);
  assert_int_equal(read_some(&s.b, &in, got), 0);
  fake_bytes(&s.f, "bytes");
  assert_int_equal(read_some(&s.b, &in, got), 5);
  assert_memory_equal(got, "bytes", 5);
  weir_value arg = body;
  assert_true(ask(&s.b, P2, "[static]incoming-body.finish", &arg, 1)->failed); /* its stream is there */
  fake_bytes(&s.f, "unread");
  fake_drop(&s.b.linker, IO, "input-stream", &in);
  weir_value end = give(&s.b, P2, "[static]incoming-body.finish", &body);
  fake_drop(&s.b.linker, P2, "incoming-body", &body);
  weir_value pollable = give(&s.b, P2, "[method]future-trailers.subscribe", &end);
  assert_int_equal(s.f.in_size, 0);
  assert_int_equal(give(&s.b, P2, "[method]future-trailers.get", &end).tag, 0);
  assert_false(give(&s.b, "wasi:io/poll@0.2.12", "[method]pollable.ready", &pollable).of.boolean);
  assert_int_equal(http_fields_add(&s.f.trailers, STR("x-t"), STR("1")), HTTP_FIELD_OK);
  fake_over(&s.f);
  assert_true(give(&s.b, "wasi:io/poll@0.2.12", "[method]pollable.ready", &pollable).of.boolean);
  weir_value outer = give(&s.b, P2, "[method]future-trailers.get", &end);
  assert_int_equal(outer.tag, 1);
  assert_int_equal(outer.of.payload->tag, 0);
  assert_int_equal(outer.of.payload->of.payload->tag, 0);
  assert_int_equal(outer.of.payload->of.payload->of.payload->tag, 1);
  assert_int_equal(give(&s.b, P2, "[method]future-trailers.get", &end).of.payload->tag, 1); /* once */
  fake_drop(&s.b.linker, P2, "future-trailers", &end);
  fake_drop(&s.b.linker, P2, "incoming-request", &s.request);
  finish(&s);
}

static void a_failure_is_the_streams_error_with_its_code(void **state) {
  (void)state;
  struct served s;
  char got[128];
  begin(&s);
  weir_value body = good(&s.b, P2, "[method]incoming-request.consume", &s.request);
  weir_value in = good(&s.b, P2, "[method]incoming-body.stream", &body);
  fake_fail(&s.f, HTTP_CONNECTION_READ_TIMEOUT);
  weir_value args[] = {in, {.kind = WEIR_VALUE_U64, .of.u64 = 100}};
  weir_host_call *c = ask(&s.b, IO, "[method]input-stream.read", args, 2);
  assert_int_equal(c->result.tag, 1);
  weir_value error = *c->result.of.payload->of.payload;
  assert_int_equal(give(&s.b, P2, "http-error-code", &error).of.payload->tag,
                   WASI_HTTP_ERROR_CODE_CONNECTION_READ_TIMEOUT);
  weir_value words = give(&s.b, "wasi:io/error@0.2.12", "[method]error.to-debug-string", &error);
  assert_memory_equal(words.of.string.data, "connection-read-timeout", words.of.string.size);
  assert_int_equal(read_some(&s.b, &in, got), -11); /* and closed from then on */
  finish(&s);
}

/* ---- responses --------------------------------------------------------------------------------------------------- */

static void put(struct served *s, const weir_value *response) {
  weir_value ok = *response, args[2] = {s->outparam, {.kind = WEIR_VALUE_VARIANT, .of.payload = &ok}};
  assert_false(ask(&s->b, P2, "[static]response-outparam.set", args, 2)->failed);
  fake_drop(&s->b.linker, P2, "outgoing-response", response);
  fake_drop(&s->b.linker, P2, "response-outparam", &s->outparam);
}

static int write_some(struct bench *b, const weir_value *out, const char *text) {
  weir_value args[2] = {*out};
  assert_int_equal(weir_value_new_bytes(text, strlen(text), &args[1]), WEIR_OK);
  weir_host_call *c = ask(b, IO, "[method]output-stream.write", args, 2);
  weir_value_clear(&args[1]);
  assert_false(c->failed);
  return c->result.tag == 0 ? OK : (int)c->result.of.payload->tag;
}

/* The code of the error; OK. */
static int finish_body(struct served *s, const weir_value *body, const weir_value *trailers) {
  weir_value given = trailers ? *trailers : (weir_value){0}, args[2] = {*body, {.kind = WEIR_VALUE_VARIANT}};
  args[1].tag = !!trailers;
  args[1].of.payload = trailers ? &given : NULL;
  weir_host_call *c = ask(&s->b, P2, "[static]outgoing-body.finish", args, 2);
  assert_false(c->failed);
  int code = c->result.tag == 0 ? OK : (int)c->result.of.payload->tag;
  fake_drop(&s->b.linker, P2, "outgoing-body", body);
  return code;
}

static weir_value response_with(struct served *s, const char *name, const char *value) {
  weir_value fields = fields_with(&s->b, name, value);
  return give(&s->b, P2, "[constructor]outgoing-response", &fields);
}

static void a_response_goes_when_it_is_set(void **state) {
  (void)state;
  struct served s;
  begin(&s);
  weir_value response = response_with(&s, NULL, NULL);
  weir_value args[] = {response, {.kind = WEIR_VALUE_U16, .of.u16 = 201}};
  assert_int_equal(give(&s.b, P2, "[method]outgoing-response.status-code", &response).of.u16, 200);
  assert_int_equal(ask(&s.b, P2, "[method]outgoing-response.set-status-code", args, 2)->result.tag, 0);
  args[1].of.u16 = 99;
  assert_int_equal(ask(&s.b, P2, "[method]outgoing-response.set-status-code", args, 2)->result.tag, 1);
  weir_value body = good(&s.b, P2, "[method]outgoing-response.body", &response);
  assert_int_equal(give(&s.b, P2, "[method]outgoing-response.body", &response).tag, 1);
  weir_value out = good(&s.b, P2, "[method]outgoing-body.write", &body);
  assert_int_equal(give(&s.b, P2, "[method]outgoing-body.write", &body).tag, 1);
  assert_int_equal(write_some(&s.b, &out, "early"), OK); /* kept until the response goes */
  assert_int_equal(s.f.out_size, 0);
  put(&s, &response);
  assert_int_equal(s.f.status, 201);
  assert_memory_equal(s.f.out, "early", 5);
  s.f.room = 2;
  assert_int_equal(write_some(&s.b, &out, "later"), OK);
  assert_int_equal(s.f.out_size, 7);
  fake_drop(&s.b.linker, IO, "output-stream", &out); /* what is left goes all the same */
  weir_value trailers = fields_with(&s.b, "x-t", "1");
  assert_int_equal(finish_body(&s, &body, &trailers), OK);
  assert_false(s.f.end_sent);
  fake_room(&s.f, 100);
  assert_memory_equal(s.f.out, "earlylater", 10);
  assert_true(s.f.end_sent);
  assert_int_equal(http_fields_count(&s.f.sent_trailers), 1);
  fake_sent(&s.f);
  finish(&s);
}

static void a_response_without_body_is_whole(void **state) {
  (void)state;
  struct served s;
  begin(&s);
  weir_value response = response_with(&s, NULL, NULL);
  put(&s, &response);
  assert_true(s.f.whole);
  assert_int_equal(s.f.length, 0);
  finish(&s);
}

static void an_error_is_answered_with_a_status(void **state) {
  (void)state;
  struct served s;
  begin(&s);
  weir_value args[2] = {s.outparam}, code;
  weir_value status[] = {s.outparam, {.kind = WEIR_VALUE_U16, .of.u16 = 103}, fields_with(&s.b, NULL, NULL)};
  assert_int_equal(ask(&s.b, P2, "[method]response-outparam.send-informational", status, 3)->result.tag, 0);
  assert_int_equal(s.f.interim, 103);
  status[1].of.u16 = 200;
  assert_int_equal(ask(&s.b, P2, "[method]response-outparam.send-informational", status, 3)->result.tag, 1);
  assert_int_equal(weir_value_new_variant(HTTP_REQUEST_DENIED, NULL, &code), WEIR_OK);
  assert_int_equal(weir_value_new_variant(1, &code, &args[1]), WEIR_OK);
  assert_false(ask(&s.b, P2, "[static]response-outparam.set", args, 2)->failed);
  weir_value_clear(&args[1]);
  assert_int_equal(s.f.status, 403);
  assert_true(s.f.whole);
  finish(&s);
}

static void a_body_of_another_length_is_an_error(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++) { /* too short, too long */
    struct served s;
    begin(&s);
    weir_value response = response_with(&s, "content-length", "4");
    weir_value body = good(&s.b, P2, "[method]outgoing-response.body", &response);
    weir_value out = good(&s.b, P2, "[method]outgoing-body.write", &body);
    put(&s, &response);
    assert_int_equal(s.f.length, 4);
    if (i == 0)
      assert_int_equal(write_some(&s.b, &out, "abc"), OK);
    else
      assert_int_equal(write_some(&s.b, &out, "abcde"), WASI_P2_IO_STREAM_ERROR_LAST_OPERATION_FAILED);
    fake_drop(&s.b.linker, IO, "output-stream", &out);
    assert_int_equal(finish_body(&s, &body, NULL), WASI_HTTP_ERROR_CODE_HTTP_RESPONSE_BODY_SIZE);
    assert_true(s.f.reset);
    finish(&s);
  }
}

static void a_body_that_is_not_finished_breaks_the_response_off(void **state) {
  (void)state;
  struct served s;
  begin(&s);
  weir_value response = response_with(&s, NULL, NULL);
  weir_value body = good(&s.b, P2, "[method]outgoing-response.body", &response);
  put(&s, &response);
  fake_drop(&s.b.linker, P2, "outgoing-body", &body);
  assert_true(s.f.reset);
  finish(&s);
}

static void what_is_written_for_a_response_that_never_goes_is_gone(void **state) {
  (void)state;
  struct served s;
  begin(&s);
  uint32_t before = list_count(&s.b.wasi->objects.all);
  weir_value response = response_with(&s, NULL, NULL);
  weir_value body = good(&s.b, P2, "[method]outgoing-response.body", &response);
  weir_value out = good(&s.b, P2, "[method]outgoing-body.write", &body);
  assert_int_equal(write_some(&s.b, &out, "kept"), OK);
  fake_drop(&s.b.linker, IO, "output-stream", &out);
  fake_drop(&s.b.linker, P2, "outgoing-body", &body);
  fake_drop(&s.b.linker, P2, "outgoing-response", &response);
  assert_int_equal(list_count(&s.b.wasi->objects.all), before + 1); /* the fields' handle, which the guest gave away */
  finish(&s);
}

/* ---- requests that go out ---------------------------------------------------------------------------------------- */

struct fake_client {
  struct wasi_http_client base;
  struct fake_exchange *x; /* NULL: refuses */
  struct http_head head;
  struct wasi_http_times times;
  bool end;
};

static struct http_exchange *client_request(struct wasi_http_client *client, const struct http_head *head, bool end,
                                            const struct wasi_http_times *times, struct http_failure *ret_why) {
  struct fake_client *c = (struct fake_client *)client;
  c->head = *head;
  c->times = *times;
  c->end = end;
  *ret_why = http_failure(HTTP_DESTINATION_IP_PROHIBITED);
  return c->x ? &c->x->base : NULL;
}

static weir_value request_to(struct bench *b, const char *authority) {
  weir_value fields = fields_with(b, NULL, NULL);
  weir_value request = give(b, P2, "[constructor]outgoing-request", &fields), args[2] = {request}, text;
  if (!authority)
    return request;
  assert_int_equal(weir_value_new_string(authority, strlen(authority), &text), WEIR_OK);
  assert_int_equal(weir_value_new_variant(1, &text, &args[1]), WEIR_OK);
  assert_int_equal(ask(b, P2, "[method]outgoing-request.set-authority", args, 2)->result.tag, 0);
  weir_value_clear(&args[1]);
  return request;
}

static weir_host_call *handle(struct bench *b, const weir_value *request) {
  weir_value args[2] = {*request, {.kind = WEIR_VALUE_VARIANT}};
  weir_host_call *c = ask(b, "wasi:http/outgoing-handler@0.2.12", "handle", args, 2);
  fake_drop(&b->linker, P2, "outgoing-request", request);
  return c;
}

static void a_request_goes_out_and_its_response_comes(void **state) {
  (void)state;
  struct served s;
  struct fake_exchange out;
  char got[128];
  begin(&s);
  fake_exchange_init(&out, NULL);
  out.base.received = NULL;
  struct fake_client client = {.base = {client_request}, .x = &out};
  s.b.wasi->http.client = &client.base;
  weir_value request = request_to(&s.b, "there:81");
  weir_value future = *handle(&s.b, &request)->result.of.payload;
  assert_true(client.end);
  assert_memory_equal(client.head.path.data, "/", 1);
  weir_value pollable = give(&s.b, P2, "[method]future-incoming-response.subscribe", &future);
  assert_false(give(&s.b, "wasi:io/poll@0.2.12", "[method]pollable.ready", &pollable).of.boolean);
  assert_int_equal(give(&s.b, P2, "[method]future-incoming-response.get", &future).tag, 0);
  out.base.received = &out.head;
  out.base.listener->head(out.base.data, &out.base);
  assert_true(give(&s.b, "wasi:io/poll@0.2.12", "[method]pollable.ready", &pollable).of.boolean);
  weir_value outer = give(&s.b, P2, "[method]future-incoming-response.get", &future);
  weir_value response = *outer.of.payload->of.payload->of.payload;
  assert_int_equal(give(&s.b, P2, "[method]future-incoming-response.get", &future).of.payload->tag, 1);
  assert_int_equal(give(&s.b, P2, "[method]incoming-response.status", &response).of.u16, 200);
  weir_value headers = give(&s.b, P2, "[method]incoming-response.headers", &response);
  assert_int_equal(give(&s.b, P2, "[method]fields.entries", &headers).of.list.count, 0);
  weir_value body = good(&s.b, P2, "[method]incoming-response.consume", &response);
  weir_value in = good(&s.b, P2, "[method]incoming-body.stream", &body);
  fake_bytes(&out, "answer");
  assert_int_equal(read_some(&s.b, &in, got), 6);
  fake_drop(&s.b.linker, P2, "future-incoming-response", &future);
  fake_drop(&s.b.linker, P2, "incoming-response", &response);
  assert_false(out.released);
  fake_drop(&s.b.linker, IO, "input-stream", &in);
  fake_drop(&s.b.linker, P2, "incoming-body", &body);
  assert_true(out.released);
  finish(&s);
  fake_exchange_done(&out);
}

static void what_cannot_be_asked_is_refused(void **state) {
  (void)state;
  struct served s;
  begin(&s);
  struct fake_client client = {.base = {client_request}};
  weir_value nowhere = request_to(&s.b, NULL);
  assert_int_equal(handle(&s.b, &nowhere)->result.of.payload->tag, WASI_HTTP_ERROR_CODE_HTTP_REQUEST_URI_INVALID);
  s.b.wasi->http.client = NULL;
  weir_value denied = request_to(&s.b, "there");
  assert_int_equal(handle(&s.b, &denied)->result.of.payload->tag, WASI_HTTP_ERROR_CODE_HTTP_REQUEST_DENIED);
  s.b.wasi->http.client = &client.base;
  weir_value refused = request_to(&s.b, "there");
  assert_int_equal(handle(&s.b, &refused)->result.of.payload->tag, WASI_HTTP_ERROR_CODE_DESTINATION_IP_PROHIBITED);
  finish(&s);
}

static void who_drops_the_future_breaks_the_request_off(void **state) {
  (void)state;
  struct served s;
  struct fake_exchange out;
  begin(&s);
  fake_exchange_init(&out, NULL);
  out.base.received = NULL;
  struct fake_client client = {.base = {client_request}, .x = &out};
  s.b.wasi->http.client = &client.base;
  weir_value request = request_to(&s.b, "there");
  weir_value body = good(&s.b, P2, "[method]outgoing-request.body", &request);
  weir_value future = *handle(&s.b, &request)->result.of.payload;
  assert_false(client.end);
  fake_drop(&s.b.linker, P2, "future-incoming-response", &future);
  assert_true(out.reset);
  assert_true(finish_body(&s, &body, NULL) != OK);
  assert_true(out.released);
  finish(&s);
  fake_exchange_done(&out);
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

static void every_function_of_bodies_and_messages_was_called(void **state) {
  (void)state;
  static const char *const elsewhere[] = {"fields.", "request-options", "outgoing-request.", ".headers"};
  for (size_t i = 0; i < seen.count; i++) {
    const struct fake_func *f = &seen.funcs[i];
    bool other = !strstr(f->interface_name, "wasi:http/") || !strstr(f->interface_name, "@0.2.");
    for (size_t k = 0; k < sizeof(elsewhere) / sizeof(*elsewhere); k++)
      other |= !!strstr(f->name, elsewhere[k]);
    if (!other && !f->called)
      fail_msg("%s#%s was not called", f->interface_name, f->name);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_request_says_what_it_is),
      cmocka_unit_test(a_copy_of_what_came_is_bounded),
      cmocka_unit_test(a_body_is_read_once_and_then_its_trailers),
      cmocka_unit_test(a_failure_is_the_streams_error_with_its_code),
      cmocka_unit_test(a_response_goes_when_it_is_set),
      cmocka_unit_test(a_response_without_body_is_whole),
      cmocka_unit_test(an_error_is_answered_with_a_status),
      cmocka_unit_test(a_body_of_another_length_is_an_error),
      cmocka_unit_test(a_body_that_is_not_finished_breaks_the_response_off),
      cmocka_unit_test(what_is_written_for_a_response_that_never_goes_is_gone),
      cmocka_unit_test(a_request_goes_out_and_its_response_comes),
      cmocka_unit_test(what_cannot_be_asked_is_refused),
      cmocka_unit_test(who_drops_the_future_breaks_the_request_off),
      cmocka_unit_test(every_function_of_bodies_and_messages_was_called),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
