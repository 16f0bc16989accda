/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Events of the host's ends of streams and futures: what they are, what goes through them, and what is lent. */
#include "record/log_value.h"
#include "record/tap.h"
#include "wit/wit.h"

static const struct tap_place nowhere_write = {LOG_STREAM_WRITE, {"", 0}, {"", 0}};
static const struct tap_place nowhere_used = {LOG_STREAM_USED, {"", 0}, {"", 0}};
static const struct tap_place nowhere_done = {LOG_STREAM_DONE, {"", 0}, {"", 0}};

/* In the words of weir_type_parse(), without `stream` or `future` and its brackets. */
static void stream_type(struct tap *t, const struct host_end *r) {
  struct text words;
  text_init(&words);
  if (r->hint == WEIR_ELEMENT_TYPED && r->end->channel->elem)
    wit_type(&words, r->end->channel->elem, true);
  if (words.failed)
    t->event.failed = true;
  log_put_str(&t->event, (struct str){words.data, words.size});
  text_done(&words);
}

void tap_stream_new(void *data, const struct host_end *r, const struct host_end *w) {
  struct tap *t = data;
  tap_begin(t, LOG_STREAM_NEW);
  tap_number(t, r->id);
  tap_number(t, w->id);
  tap_number(t, r->end->channel->future);
  tap_number(t, r->hint);
  stream_type(t, r);
  tap_end(t);
}

/* How an operation gets its elements: 0 as they lie, 1 as values, 2 in place, 3 in place again and again. */
static unsigned form_of(const struct rt_buffer *b) {
  if (b->kind == RT_BUFFER_LENT)
    return b->stays ? 3 : 2;
  return b->kind == RT_BUFFER_VALUES ? 1 : 0;
}

/* What `count` elements of a buffer are: bytes as they lie, values one after the other. */
static void elements(struct tap *t, const struct tap_place *p, const struct host_end *w, const struct rt_buffer *b,
                     size_t count) {
  const struct weir_type *elem = w->end->channel->elem;
  if (b->kind == RT_BUFFER_LENT) {
    tap_payload(t, p, "", 0); /* the event of the lending has them */
    return;
  }
  if (b->kind != RT_BUFFER_VALUES) {
    tap_payload(t, p, b->host, elem ? count * elem->layout[0].size : 0);
    return;
  }
  t->payload.size = 0;
  for (size_t i = 0; i < count; i++)
    if (!log_value_put(&t->payload, &((const weir_value *)b->host)[i]))
      t->payload.failed = true;
  tap_payload(t, p, t->payload.data, t->payload.size);
}

/* The bytes of a future have no size before its type is known: the host says it, or the first guest that gets it. */
static bool has_no_size(const struct tap *t, const struct host_end *w, const struct rt_buffer *b) {
  const struct rt_channel *c = w->end->channel;
  return !w->end->readable && c->future && !c->elem && !c->root && b->kind != RT_BUFFER_VALUES && b->host && !t->check;
}

void tap_stream_start(void *data, const struct host_end *w, const struct rt_buffer *b) {
  struct tap *t = data;
  if (has_no_size(t, w, b) && !t->broken) {
    tap_break(t, diag_set(&t->store->rt.failure, WEIR_ERR_UNSUPPORTED,
                          "a future whose type is not known yet was written as bytes, which cannot be recorded: "
                          "write a value (weir_stream_write_values)"));
    return;
  }
  tap_begin(t, w->end->readable ? LOG_STREAM_READ : LOG_STREAM_WRITE);
  tap_number(t, w->id);
  tap_number(t, form_of(b));
  tap_number(t, b->kind == RT_BUFFER_LENT ? 0 : b->length);
  if (!w->end->readable)
    elements(t, &nowhere_write, w, b, b->length);
  tap_end(t);
}

uint64_t tap_stream_lent(void *data, const struct host_end *w, uint32_t count) {
  struct tap *t = data;
  tap_begin(t, LOG_STREAM_LENT);
  tap_number(t, w->id);
  tap_number(t, count);
  return tap_end(t);
}

void tap_stream_used(void *data, const struct host_end *w, const void *bytes, size_t count) {
  struct tap *t = data;
  const struct weir_type *elem = w->end->channel->elem;
  tap_begin(t, LOG_STREAM_USED);
  tap_number(t, w->id);
  tap_number(t, count);
  tap_payload(t, &nowhere_used, elem ? bytes : "", elem ? count * elem->layout[0].size : 0);
  tap_end(t);
}

static void stream_event(struct tap *t, enum log_kind kind, const struct host_end *w) {
  tap_begin(t, kind);
  tap_number(t, w->id);
  tap_end(t);
}

void tap_stream_cancel(void *data, const struct host_end *w) {
  stream_event(data, LOG_STREAM_CANCEL, w);
}

void tap_stream_drop(void *data, const struct host_end *w) {
  stream_event(data, LOG_STREAM_DROP, w);
}

uint64_t tap_stream_done(void *data, const struct host_end *w, weir_copy_result result, size_t count) {
  struct tap *t = data;
  const struct rt_buffer *b = &w->end->buffer;
  tap_begin(t, LOG_STREAM_DONE);
  tap_number(t, w->id);
  tap_number(t, form_of(b));
  tap_number(t, result);
  tap_number(t, count);
  elements(t, &nowhere_done, w, b, w->end->readable ? count : 0);
  return tap_end(t);
}
