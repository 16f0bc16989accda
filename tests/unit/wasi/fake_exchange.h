/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The other side of an exchange of the HTTP core, in memory: what is received is what the test gives, and what is sent
 * is kept. Operations never call the listener, as exchange.h wants; the test tells what has happened (fake_*()).
 */
#ifndef UNIT_WASI_FAKE_EXCHANGE_H
#define UNIT_WASI_FAKE_EXCHANGE_H

#include <stdio.h>

#include "http/exchange.h"

struct fake_exchange {
  struct http_exchange base;
  struct http_head head;
  struct http_fields fields, trailers, sent_trailers;
  const char *in; /* bytes that came */
  size_t in_size, room;
  char out[256];
  size_t out_size;
  uint16_t status, interim;
  uint64_t length;
  bool wanted, whole, end_sent, reset, released;
  struct http_failure why;
};

static struct fake_exchange *fake_of(struct http_exchange *x) {
  return (struct fake_exchange *)(void *)x;
}

static void fake_send_interim(struct http_exchange *x, uint16_t status, const struct http_fields *fields) {
  (void)fields;
  fake_of(x)->interim = status;
}

static void fake_send_head(struct http_exchange *x, const struct http_head *head, bool end) {
  struct fake_exchange *f = fake_of(x);
  assert_int_equal(f->status, 0);
  f->status = head->status;
  f->length = head->length;
  f->whole = end;
  f->end_sent = end;
}

static size_t fake_send_body(struct http_exchange *x, const void *bytes, size_t size) {
  struct fake_exchange *f = fake_of(x);
  size_t taken = size < f->room ? size : f->room;
  assert_false(f->end_sent || f->reset);
  assert_true(f->out_size + taken < sizeof(f->out));
  memcpy(f->out + f->out_size, bytes, taken);
  f->out_size += taken;
  f->room -= taken;
  return taken;
}

static void fake_send_end(struct http_exchange *x, const struct http_fields *trailers) {
  struct fake_exchange *f = fake_of(x);
  assert_false(f->end_sent || f->reset);
  f->end_sent = true;
  if (trailers)
    assert_int_equal(http_fields_add_all(&f->sent_trailers, trailers), HTTP_FIELD_OK);
}

static void fake_want(struct http_exchange *x) {
  fake_of(x)->wanted = true;
}

static size_t fake_peek(struct http_exchange *x, const uint8_t **ret) {
  *ret = (const uint8_t *)fake_of(x)->in;
  return fake_of(x)->in_size;
}

static void fake_take(struct http_exchange *x, size_t size) {
  fake_of(x)->in += size;
  fake_of(x)->in_size -= size;
}

static void fake_reset(struct http_exchange *x, const struct http_failure *why) {
  fake_of(x)->reset = true;
  fake_of(x)->why = *why;
}

static void fake_release(struct http_exchange *x) {
  assert_false(fake_of(x)->released);
  fake_of(x)->released = true;
}

static const struct http_carrier fake_carrier = {.send_interim = fake_send_interim,
                                                 .send_head = fake_send_head,
                                                 .send_body = fake_send_body,
                                                 .send_end = fake_send_end,
                                                 .want = fake_want,
                                                 .peek = fake_peek,
                                                 .take = fake_take,
                                                 .reset = fake_reset,
                                                 .release = fake_release};

/* A request for `path`, or (NULL) a response 200; there is room for all. */
static void fake_exchange_init(struct fake_exchange *f, const char *path) {
  *f = (struct fake_exchange){.base = {.carrier = &fake_carrier, .received = &f->head}, .room = SIZE_MAX};
  http_fields_init(&f->fields, &mem_system);
  http_fields_init(&f->trailers, &mem_system);
  http_fields_init(&f->sent_trailers, &mem_system);
  f->head.fields = &f->fields;
  f->head.length = HTTP_LENGTH_UNKNOWN;
  f->head.status = path ? 0 : 200;
  if (!path)
    return;
  f->head.method = STR("POST");
  f->head.scheme = STR("http");
  f->head.authority = STR("host:80");
  f->head.path = str_from(path);
}

static void fake_exchange_done(struct fake_exchange *f) {
  http_fields_done(&f->fields);
  http_fields_done(&f->trailers);
  http_fields_done(&f->sent_trailers);
}

static void fake_bytes(struct fake_exchange *f, const char *bytes) {
  assert_int_equal(f->in_size, 0);
  f->in = bytes;
  f->in_size = strlen(bytes);
  f->base.listener->readable(f->base.data, &f->base);
}

static void fake_over(struct fake_exchange *f) {
  assert_int_equal(f->in_size, 0);
  f->base.listener->end(f->base.data, &f->base, http_fields_count(&f->trailers) > 0 ? &f->trailers : NULL);
}

static void fake_room(struct fake_exchange *f, size_t room) {
  f->room = room;
  f->base.listener->writable(f->base.data, &f->base);
}

static void fake_sent(struct fake_exchange *f) {
  assert_true(f->end_sent);
  f->base.listener->sent(f->base.data, &f->base);
}

static void fake_fail(struct fake_exchange *f, enum http_failure_code code) {
  struct http_failure why = http_failure(code);
  f->base.listener->failed(f->base.data, &f->base, &why);
}

#endif
