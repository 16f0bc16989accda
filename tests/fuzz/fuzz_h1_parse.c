/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: the parser of HTTP/1.1 finds the same messages in bytes that come at once and in bytes that come in pieces,
 * and what it accepts is of the form that its users rely on. The first byte says: request or response (bit 0), the end
 * of the connection behind the bytes (bit 1); the others are the size of the pieces.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "http/h1_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct h1_limits limits = {.target_bytes = 256, .head_bytes = 2048, .head_count = 16};

static void must(int condition) {
  if (!condition)
    abort();
}

struct run {
  struct http_loop loop;
  struct h1_parser parser;
  struct http_stream *s;
  struct text told;
  bool is_over, was_body;
};

static void tell_fields(struct text *t, const struct http_fields *f) {
  for (uint32_t i = 0; i < http_fields_count(f); i++) {
    struct http_field field = http_fields_at(f, i);
    must(http_is_token(field.name) && http_is_value(field.value));
    text_printf(t, "[" STR_FMT "=" STR_FMT "]", STR_ARG(field.name), STR_ARG(field.value));
  }
}

/* No white space and no control characters where a head is put together again from its parts. */
static void must_be_plain(struct str s) {
  for (size_t i = 0; i < s.size; i++)
    must((uint8_t)s.data[i] > ' ' && s.data[i] != 0x7f);
}

static void tell_head(struct run *r) {
  const struct http_head *head = &r->s->head;
  must_be_plain(head->method);
  must_be_plain(head->authority);
  must_be_plain(head->path);
  if (!r->parser.is_response) {
    must(http_is_token(head->method));
    must(head->path.size > 0 && (head->path.data[0] == '/' || str_eq(head->path, STR("*"))));
  }
  must(!http_fields_has(&r->s->fields, STR("transfer-encoding")) && !http_fields_has(&r->s->fields, STR("connection")));
  text_printf(&r->told, "head %u " STR_FMT " " STR_FMT " " STR_FMT " %llu %d", head->status, STR_ARG(head->method),
              STR_ARG(head->authority), STR_ARG(head->path), (unsigned long long)head->length, r->parser.keeps_alive);
  tell_fields(&r->told, &r->s->fields);
}

static void tell(struct run *r, enum h1_event event) {
  if (event == H1_BODY) {
    text_printf(&r->told, r->was_body ? "" : "\nbody ");
    text_add(&r->told, (struct str){(const char *)r->parser.body, r->parser.body_size});
    r->was_body = true;
    return;
  }
  if (event != H1_MORE)
    r->was_body = false;
  if (event == H1_HEAD) {
    tell_head(r);
  } else if (event == H1_BAD) {
    text_printf(&r->told, "\nbad");
    r->is_over = true;
  } else if (event == H1_END) {
    text_printf(&r->told, "\nend");
    tell_fields(&r->told, &r->s->trailers);
    http_fields_clear(&r->s->fields);
    http_fields_clear(&r->s->trailers);
    r->s->line.count = 0;
    h1_parser_begin(&r->parser, r->s);
  }
}

static void feed(struct run *r, const uint8_t *bytes, size_t size) {
  size_t at = 0;
  for (;;) {
    size_t used;
    enum h1_event event = h1_parse(&r->parser, bytes + at, size - at, &used);
    at += used + (event == H1_BODY ? r->parser.body_size : 0);
    must(at <= size);
    tell(r, event);
    if (event == H1_MORE || r->is_over)
      break;
  }
}

static struct text run(const uint8_t *bytes, size_t size, size_t step, unsigned how) {
  struct run r = {.loop = {.holders = 1}};
  list_init(&r.loop.streams);
  list_init(&r.loop.due);
  h1_parser_init(&r.parser, how & 1, &limits);
  r.s = http_stream_new(&r.loop, NULL, &r);
  must(!!r.s);
  h1_parser_begin(&r.parser, r.s);
  for (size_t at = 0; at < size && !r.is_over; at += step)
    feed(&r, bytes + at, size - at < step ? size - at : step);
  if ((how & 2) && !r.is_over)
    tell(&r, h1_parse_end(&r.parser));
  http_stream_release(r.s);
  http_stream_detach(r.s);
  h1_parser_done(&r.parser, NULL);
  while (!list_empty(&r.loop.streams)) {
    struct list *node = r.loop.streams.next;
    list_remove(node);
    r.loop.free_stream(node);
  }
  return r.told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  struct text whole = run(data + 1, size - 1, size, data[0]);
  struct text pieces = run(data + 1, size - 1, 1 + data[0] / 4, data[0]);
  must(str_eq((struct str){whole.data, whole.size}, (struct str){pieces.data, pieces.size}));
  text_done(&whole);
  text_done(&pieces);
  return 0;
}
