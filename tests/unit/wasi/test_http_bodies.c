/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Bodies of wasi:http@0.3 between a guest and an exchange: order, back-pressure, ends, failures of either side, and
 * guests that drop things in any order. The exchange is the test's (fake_exchange.h), and so is the guest.
 */
#include "fake_guest.h"

#include "fake_exchange.h"
#include "support/fault.h"
#include "wasi/http/answer.h"
#include "wasi/http/message.h"
#include "weir/future.h"

#define P3 "wasi:http/types@0.3.0"

enum { OK = -1, UNREAD = -2 };

static void step(struct bench *b) {
  for (int i = 0; i < 4; i++)
    weir_store_step(&b->store);
}

/* ---- a guest's ends ---------------------------------------------------------------------------------------------- */

struct guest_body {
  weir_value request;
  weir_stream *data, *end;
  char bytes[64];
  weir_value value;
  struct outcome read, ended;
};

/* consume-body of a request that came with an exchange. */
static void consume(struct bench *b, struct fake_exchange *f, struct guest_body *g) {
  struct wasi_http_transfer *t = wasi_http_transfer_new(&b->wasi->http, &f->base, false);
  uint64_t number = 0;
  weir_stream *writer;
  *g = (struct guest_body){0};
  assert_non_null(t);
  assert_int_equal(wasi_http_message_received(t, &b->store, WASI_HTTP_REQUEST, &number), WEIR_OK);
  wasi_http_transfer_release(t);
  assert_int_equal(weir_resource_new(NULL, P3, "request", number, &g->request, NULL), WEIR_OK);
  weir_value args[2] = {g->request};
  assert_int_equal(weir_future_new(&b->store, &args[1], &writer, NULL), WEIR_OK);
  weir_host_call *call = fake_call(&b->linker, &b->store, P3, "[static]request.consume-body", args, 2);
  assert_true(call->finished && !call->failed);
  g->data = weir_stream_from_value(&call->result.of.list.items[0]);
  g->end = weir_stream_from_value(&call->result.of.list.items[1]);
  fake_drop(&b->linker, P3, "request", &g->request); /* it was given away */
  weir_value_clear(&g->request);
}

static void read_some(struct bench *b, struct guest_body *g) {
  g->read = (struct outcome){0};
  assert_int_equal(weir_stream_read(g->data, g->bytes, sizeof(g->bytes), outcome_note, &g->read, NULL), WEIR_OK);
  step(b);
}

/* The end as a code: OK, or that of the error; UNREAD: it has not come. */
static void read_end(struct bench *b, struct guest_body *g) {
  g->ended = (struct outcome){0};
  assert_int_equal(weir_stream_read_values(g->end, &g->value, 1, outcome_note, &g->ended, NULL), WEIR_OK);
  step(b);
}

static int end_code(const struct guest_body *g) {
  if (g->ended.calls == 0)
    return UNREAD;
  return g->value.tag == 0 ? OK : (int)g->value.of.payload->tag;
}

static void open_with(struct bench *b, struct fake_exchange *f) {
  bench_open(b, -1, -1, -1);
  fake_exchange_init(f, "/path");
}

static void close_with(struct bench *b, struct fake_exchange *f) {
  bench_close(b);
  assert_true(f->released);
  fake_exchange_done(f);
}

/* ---- what comes -------------------------------------------------------------------------------------------------- */

static void bytes_come_in_order_and_then_the_end(void **state) {
  (void)state;
  struct bench b;
  struct fake_exchange f;
  struct guest_body g;
  open_with(&b, &f);
  consume(&b, &f, &g);
  assert_true(f.wanted);
  read_some(&b, &g);
  assert_int_equal(g.read.calls, 0);
  fake_bytes(&f, "first");
  step(&b);
  assert_int_equal(g.read.count, 5);
  assert_memory_equal(g.bytes, "first", 5);
  assert_int_equal(f.in_size, 0);
  fake_bytes(&f, "second"); /* nobody reads: it stays there */
  step(&b);
  assert_int_equal(f.in_size, 6);
  read_some(&b, &g);
  assert_memory_equal(g.bytes, "second", 6);
  read_end(&b, &g);
  assert_int_equal(end_code(&g), UNREAD);
  fake_over(&f);
  read_some(&b, &g);
  assert_int_equal(g.read.result, WEIR_COPY_DROPPED);
  assert_int_equal(end_code(&g), OK);
  assert_int_equal(g.value.of.payload->tag, 0); /* no trailers */
  weir_value_clear(&g.value);
  assert_true(f.released);
  close_with(&b, &f);
}

static void trailers_are_fields(void **state) {
  (void)state;
  struct bench b;
  struct fake_exchange f;
  struct guest_body g;
  open_with(&b, &f);
  consume(&b, &f, &g);
  assert_int_equal(http_fields_add(&f.trailers, STR("x-sum"), STR("7")), HTTP_FIELD_OK);
  read_some(&b, &g);
  fake_over(&f);
  step(&b);
  assert_int_equal(g.read.result, WEIR_COPY_DROPPED);
  read_end(&b, &g);
  assert_int_equal(end_code(&g), OK);
  const weir_value *fields = g.value.of.payload->of.payload;
  weir_value args[2] = {*fields};
  assert_int_equal(weir_value_new_string("X-Sum", 5, &args[1]), WEIR_OK);
  weir_host_call *call = fake_call(&b.linker, &b.store, P3, "[method]fields.get", args, 2);
  weir_value_clear(&args[1]);
  assert_int_equal(call->result.of.list.count, 1);
  fake_drop(&b.linker, P3, "fields", fields);
  weir_value_clear(&g.value);
  close_with(&b, &f);
}

static void a_failure_ends_the_stream_and_is_told(void **state) {
  (void)state;
  struct bench b;
  struct fake_exchange f;
  struct guest_body g;
  open_with(&b, &f);
  consume(&b, &f, &g);
  read_some(&b, &g);
  fake_fail(&f, HTTP_CONNECTION_TERMINATED);
  step(&b);
  assert_int_equal(g.read.result, WEIR_COPY_DROPPED);
  read_end(&b, &g);
  assert_int_equal(end_code(&g), HTTP_CONNECTION_TERMINATED);
  weir_value_clear(&g.value);
  close_with(&b, &f);
}

static void who_does_not_read_to_the_end_learns_of_it(void **state) {
  (void)state;
  struct bench b;
  struct fake_exchange f;
  struct guest_body g;
  open_with(&b, &f);
  consume(&b, &f, &g);
  fake_bytes(&f, "unread");
  weir_stream_drop(g.data);
  read_end(&b, &g);
  assert_int_equal(f.in_size, 0);
  fake_bytes(&f, "more");
  assert_int_equal(f.in_size, 0);
  assert_int_equal(end_code(&g), UNREAD);
  fake_over(&f);
  step(&b);
  assert_int_equal(end_code(&g), OK);
  weir_value_clear(&g.value);
  close_with(&b, &f);
}

static void who_drops_both_lets_the_exchange_go(void **state) {
  (void)state;
  struct bench b;
  struct fake_exchange f;
  struct guest_body g;
  open_with(&b, &f);
  consume(&b, &f, &g);
  weir_stream_drop(g.end);
  weir_stream_drop(g.data);
  step(&b);
  assert_true(f.released);
  close_with(&b, &f);
}

static void a_store_that_goes_lets_the_exchange_go(void **state) {
  (void)state;
  for (int i = 0; i < 4; i++) { /* nothing under way, a read that waits, bytes, the guest has dropped its end */
    struct bench b;
    struct fake_exchange f;
    struct guest_body g;
    open_with(&b, &f);
    consume(&b, &f, &g);
    if (i == 1)
      read_some(&b, &g);
    if (i == 2)
      fake_bytes(&f, "bytes");
    if (i == 3)
      weir_stream_drop(g.data);
    step(&b);
    close_with(&b, &f);
  }
}

/* ---- what goes --------------------------------------------------------------------------------------------------- */

struct guest_response {
  weir_stream *data, *end, *result;
  struct outcome wrote, ended, told;
  weir_value end_value, outcome;
};

/* response.new of a guest, and its way to an exchange. */
static void answer_with(struct bench *b, struct fake_exchange *f, struct guest_response *r, bool has_body) {
  *r = (struct guest_response){0};
  weir_value fields = fake_call(&b->linker, &b->store, P3, "[constructor]fields", NULL, 0)->result;
  weir_value args[3] = {fields}, stream = {0};
  if (has_body)
    assert_int_equal(weir_stream_new(&b->store, WEIR_ELEMENT_U8, &stream, &r->data, NULL), WEIR_OK);
  assert_int_equal(weir_value_new_variant(has_body, &stream, &args[1]), WEIR_OK);
  assert_int_equal(weir_future_new(&b->store, &args[2], &r->end, NULL), WEIR_OK);
  weir_host_call *made = fake_call(&b->linker, &b->store, P3, "[static]response.new", args, 3);
  assert_true(made->finished && !made->failed);
  weir_value_clear(&args[1]);
  fake_drop(&b->linker, P3, "fields", &fields);
  weir_value *items = made->result.of.list.items;
  r->result = weir_stream_from_value(&items[1]);
  uint64_t rep = 0;
  weir_resource_rep(&items[0], &rep);
  struct wasi_http_message *m = wasi_http_message_get(&b->wasi->http, WASI_HTTP_RESPONSE, rep);
  assert_non_null(m);
  struct wasi_http_transfer *t = wasi_http_transfer_new(&b->wasi->http, &f->base, false);
  assert_int_equal(wasi_http_send(t, &b->store, &m->head, &m->content), WEIR_OK);
  fake_drop(&b->linker, P3, "response", &items[0]);
  wasi_http_transfer_release(t);
  step(b);
}

static void write_some(struct bench *b, struct guest_response *r, const char *bytes) {
  r->wrote = (struct outcome){0};
  assert_int_equal(weir_stream_write(r->data, bytes, strlen(bytes), outcome_note, &r->wrote, NULL), WEIR_OK);
  step(b);
}

/* Ends with ok(none), or with an error. */
static void write_end(struct bench *b, struct guest_response *r, int code) {
  weir_value payload = {0};
  if (code == OK) {
    assert_int_equal(weir_value_new_variant(0, NULL, &payload), WEIR_OK);
    assert_int_equal(weir_value_new_variant(0, &payload, &r->end_value), WEIR_OK);
  } else {
    assert_int_equal(weir_value_new_variant((uint32_t)code, NULL, &payload), WEIR_OK);
    assert_int_equal(weir_value_new_variant(1, &payload, &r->end_value), WEIR_OK);
  }
  assert_int_equal(weir_stream_write_values(r->end, &r->end_value, 1, outcome_note, &r->ended, NULL), WEIR_OK);
  step(b);
}

static int told(struct bench *b, struct guest_response *r) {
  if (r->told.calls == 0 && weir_stream_read_values(r->result, &r->outcome, 1, outcome_note, &r->told, NULL) != WEIR_OK)
    return UNREAD;
  step(b);
  if (r->told.calls == 0)
    return UNREAD;
  int code = r->outcome.tag == 0 ? OK : (int)r->outcome.of.payload->tag;
  weir_value_clear(&r->outcome);
  return code;
}

static void a_response_goes_with_back_pressure(void **state) {
  (void)state;
  struct bench b;
  struct fake_exchange f;
  struct guest_response r;
  open_with(&b, &f);
  f.room = 3;
  answer_with(&b, &f, &r, true);
  assert_int_equal(f.status, 200);
  assert_false(f.whole);
  assert_true(f.length == HTTP_LENGTH_UNKNOWN);
  write_some(&b, &r, "abc");
  assert_int_equal(r.wrote.count, 3);
  write_some(&b, &r, "defgh");
  assert_int_equal(r.wrote.calls, 0); /* no room: it waits */
  fake_room(&f, 2);
  step(&b);
  assert_int_equal(r.wrote.count, 2);
  fake_room(&f, 100);
  write_some(&b, &r, "fgh");
  assert_memory_equal(f.out, "abcdefgh", 8);
  weir_stream_drop(r.data);
  step(&b);
  assert_false(f.end_sent); /* the guest has still to say how the body ended */
  write_end(&b, &r, OK);
  assert_true(f.end_sent);
  assert_false(f.released);
  fake_sent(&f);
  assert_int_equal(told(&b, &r), OK);
  assert_true(f.released);
  close_with(&b, &f);
}

static void a_response_without_body_goes_in_one(void **state) {
  (void)state;
  struct bench b;
  struct fake_exchange f;
  struct guest_response r;
  open_with(&b, &f);
  answer_with(&b, &f, &r, false);
  assert_int_equal(f.status, 0);
  write_end(&b, &r, OK);
  assert_int_equal(f.status, 200);
  assert_true(f.whole);
  assert_int_equal(f.length, 0);
  fake_sent(&f);
  assert_int_equal(told(&b, &r), OK);
  close_with(&b, &f);
}

static void a_body_that_ends_in_an_error_breaks_the_exchange_off(void **state) {
  (void)state;
  struct bench b;
  struct fake_exchange f;
  struct guest_response r;
  open_with(&b, &f);
  answer_with(&b, &f, &r, true);
  write_some(&b, &r, "half");
  weir_stream_drop(r.data);
  step(&b);
  write_end(&b, &r, HTTP_CONFIGURATION_ERROR);
  assert_true(f.reset);
  assert_int_equal(f.why.code, HTTP_CONFIGURATION_ERROR);
  assert_int_equal(told(&b, &r), HTTP_CONFIGURATION_ERROR);
  close_with(&b, &f);
}

static void a_client_that_goes_ends_the_guests_writes(void **state) {
  (void)state;
  for (int i = 0; i < 3; i++) { /* the guest writes, has no room, has ended */
    struct bench b;
    struct fake_exchange f;
    struct guest_response r;
    open_with(&b, &f);
    answer_with(&b, &f, &r, true);
    if (i == 1) {
      f.room = 0;
      write_some(&b, &r, "no room");
    }
    if (i == 2) {
      weir_stream_drop(r.data);
      step(&b);
      write_end(&b, &r, OK);
    }
    fake_fail(&f, HTTP_CONNECTION_TERMINATED);
    step(&b);
    if (i == 0)
      write_some(&b, &r, "late");
    if (i < 2)
      assert_int_equal(r.wrote.result, WEIR_COPY_DROPPED);
    assert_int_equal(told(&b, &r), HTTP_CONNECTION_TERMINATED);
    assert_true(f.released);
    close_with(&b, &f);
  }
}

static void who_does_not_ask_how_it_went_is_served_all_the_same(void **state) {
  (void)state;
  struct bench b;
  struct fake_exchange f;
  struct guest_response r;
  open_with(&b, &f);
  answer_with(&b, &f, &r, true);
  weir_stream_drop(r.result);
  write_some(&b, &r, "body");
  weir_stream_drop(r.data);
  step(&b);
  write_end(&b, &r, OK);
  fake_sent(&f);
  assert_false(f.reset);
  assert_memory_equal(f.out, "body", 4);
  close_with(&b, &f);
}

static void a_store_that_goes_in_the_middle_breaks_the_exchange_off(void **state) {
  (void)state;
  for (int i = 0; i < 4; i++) { /* reading, waiting for room, for the end, for the last byte to go */
    struct bench b;
    struct fake_exchange f;
    struct guest_response r;
    open_with(&b, &f);
    answer_with(&b, &f, &r, true);
    if (i == 1) {
      f.room = 0;
      write_some(&b, &r, "no room");
    }
    if (i >= 2) {
      weir_stream_drop(r.data);
      step(&b);
    }
    if (i == 3)
      write_end(&b, &r, OK);
    store_done(&b.store);
    assert_int_equal(f.reset, i < 3); /* what was sent to the end arrives */
    if (i == 3)
      fake_sent(&f);
    assert_true(f.released);
    weir_wasi_free(b.wasi);
    fake_exchange_done(&f);
  }
}

static void an_answer_is_given_once_and_stays(void **state) {
  (void)state;
  struct bench b;
  struct fake_exchange f;
  const struct http_failure why = http_failure(HTTP_INTERNAL_ERROR);
  open_with(&b, &f);
  struct wasi_http_transfer *t = wasi_http_transfer_new(&b.wasi->http, &f.base, false);
  wasi_http_answer(t, &why);
  assert_int_equal(f.status, 500);
  wasi_http_answer(t, &why); /* it was given to its end, though it has not gone */
  assert_false(f.reset);
  wasi_http_transfer_release(t);
  close_with(&b, &f);
}

static void a_message_that_nobody_sends_tells_so(void **state) {
  (void)state;
  struct bench b;
  struct guest_response r = {0};
  bench_open(&b, -1, -1, -1);
  weir_value fields = fake_call(&b.linker, &b.store, P3, "[constructor]fields", NULL, 0)->result;
  weir_value args[3] = {fields};
  assert_int_equal(weir_value_new_variant(0, NULL, &args[1]), WEIR_OK);
  assert_int_equal(weir_future_new(&b.store, &args[2], &r.end, NULL), WEIR_OK);
  weir_host_call *made = fake_call(&b.linker, &b.store, P3, "[static]response.new", args, 3);
  r.result = weir_stream_from_value(&made->result.of.list.items[1]);
  fake_drop(&b.linker, P3, "response", &made->result.of.list.items[0]);
  assert_int_equal(told(&b, &r), HTTP_INTERNAL_ERROR);
  bench_close(&b);
}

/* ---- without memory ---------------------------------------------------------------------------------------------- */

/* A request to its trailers; true: nothing has failed. */
static bool take_request(struct bench *b, struct fake_exchange *f, struct wasi_http_transfer *t) {
  struct guest_body g = {0};
  uint64_t number = 0;
  weir_stream *writer;
  if (wasi_http_message_received(t, &b->store, WASI_HTTP_REQUEST, &number) != WEIR_OK)
    return false;
  assert_int_equal(weir_resource_new(NULL, P3, "request", number, &g.request, NULL), WEIR_OK);
  weir_value args[2] = {g.request};
  assert_int_equal(weir_future_new(&b->store, &args[1], &writer, NULL), WEIR_OK);
  weir_host_call *call = fake_call(&b->linker, &b->store, P3, "[static]request.consume-body", args, 2);
  fake_drop(&b->linker, P3, "request", &g.request);
  weir_value_clear(&g.request);
  if (call->failed)
    return false;
  g.data = weir_stream_from_value(&call->result.of.list.items[0]);
  g.end = weir_stream_from_value(&call->result.of.list.items[1]);
  fake_bytes(f, "bytes");
  read_some(b, &g);
  assert_int_equal(g.read.count, 5);
  fake_over(f);
  read_some(b, &g);
  read_end(b, &g);
  bool good = end_code(&g) == OK && g.value.of.payload->tag == 1;
  if (good)
    fake_drop(&b->linker, P3, "fields", g.value.of.payload->of.payload);
  weir_value_clear(&g.value);
  return good;
}

static bool give_response(struct bench *b, struct wasi_http_transfer *t) {
  weir_host_call *fields = fake_call(&b->linker, &b->store, P3, "[constructor]fields", NULL, 0);
  weir_value args[3] = {fields->result, {.kind = WEIR_VALUE_VARIANT}};
  struct guest_response r = {0};
  if (fields->failed)
    return false;
  assert_int_equal(weir_future_new(&b->store, &args[2], &r.end, NULL), WEIR_OK);
  weir_host_call *made = fake_call(&b->linker, &b->store, P3, "[static]response.new", args, 3);
  fake_drop(&b->linker, P3, "fields", &args[0]);
  if (made->failed)
    return false;
  uint64_t rep = 0;
  weir_resource_rep(&made->result.of.list.items[0], &rep);
  struct wasi_http_message *m = wasi_http_message_get(&b->wasi->http, WASI_HTTP_RESPONSE, rep);
  bool good = wasi_http_send(t, &b->store, &m->head, &m->content) == WEIR_OK;
  fake_drop(&b->linker, P3, "response", &made->result.of.list.items[0]);
  step(b);
  if (good)
    write_end(b, &r, OK);
  return good;
}

static weir_status use_bodies(const struct weir_alloc *alloc, void *ctx) {
  struct bench b = {0};
  struct fake_exchange f;
  struct diag d;
  weir_wasi_config config = {.size = sizeof(config), .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
  (void)ctx;
  diag_init(&d);
  weir_status status = wasi_host_new(alloc, &config, &b.wasi, &d);
  diag_done(&d);
  if (status != WEIR_OK)
    return status;
  store_init(&b.store);
  weir_wasi_link(b.wasi, &b.linker, NULL);
  fake_exchange_init(&f, "/path");
  assert_int_equal(http_fields_add(&f.trailers, STR("x"), STR("y")), HTTP_FIELD_OK);
  struct wasi_http_transfer *t = wasi_http_transfer_new(&b.wasi->http, &f.base, false);
  bool good = t && take_request(&b, &f, t);
  good = good && give_response(&b, t);
  wasi_http_transfer_release(t);
  bench_close(&b);
  assert_int_equal(f.released, !!t);
  fake_exchange_done(&f);
  return good ? WEIR_OK : WEIR_ERR_NOMEM;
}

static void without_memory_bodies_fail_and_nothing_leaks(void **state) {
  (void)state;
  assert_in_range(fault_sweep(use_bodies, NULL), 15, 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bytes_come_in_order_and_then_the_end),
      cmocka_unit_test(trailers_are_fields),
      cmocka_unit_test(a_failure_ends_the_stream_and_is_told),
      cmocka_unit_test(who_does_not_read_to_the_end_learns_of_it),
      cmocka_unit_test(who_drops_both_lets_the_exchange_go),
      cmocka_unit_test(a_store_that_goes_lets_the_exchange_go),
      cmocka_unit_test(a_response_goes_with_back_pressure),
      cmocka_unit_test(a_response_without_body_goes_in_one),
      cmocka_unit_test(a_body_that_ends_in_an_error_breaks_the_exchange_off),
      cmocka_unit_test(a_client_that_goes_ends_the_guests_writes),
      cmocka_unit_test(who_does_not_ask_how_it_went_is_served_all_the_same),
      cmocka_unit_test(a_store_that_goes_in_the_middle_breaks_the_exchange_off),
      cmocka_unit_test(an_answer_is_given_once_and_stays),
      cmocka_unit_test(a_message_that_nobody_sends_tells_so),
      cmocka_unit_test(without_memory_bodies_fail_and_nothing_leaks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
