/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Streams. The loop keeps those that are over, with their memory, for the next ones. What is to be told is a set of
 * bits, told one after another from the loop, because a user may release the stream at any of them. Parts: memory;
 * telling.
 */
#include "http/stream.h"

#include "base/mem.h"

enum { STREAMS_KEPT = 1024, FIELDS_KEPT = 16384 };

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void free_memory(struct http_stream *s) {
  const struct weir_alloc *alloc = s->loop->alloc;
  http_fields_done(&s->fields);
  http_fields_done(&s->trailers);
  http_fields_done(&s->late);
  VEC_DONE(alloc, &s->line);
  mem_free(alloc, s, sizeof(*s));
}

static void free_node(struct list *node) {
  free_memory(LIST_OWNER(node, struct http_stream, node));
}

/* Keeps the stream for the next one, unless it is large or there are many. */
static void give_back(struct http_stream *s) {
  struct http_loop *loop = s->loop;
  list_remove(&s->due.node);
  http_deadline_stop(loop, &s->deadline);
  http_bytes_done(&s->in, loop);
  http_bytes_done(&s->out, loop);
  bool is_large = s->fields.bytes.capacity > FIELDS_KEPT || s->trailers.bytes.capacity > FIELDS_KEPT ||
                  s->line.capacity > FIELDS_KEPT;
  if (loop->stream_count >= STREAMS_KEPT || is_large) {
    free_memory(s);
  } else {
    loop->free_stream = free_node;
    loop->stream_count++;
    list_prepend(&loop->streams, &s->node);
  }
  http_loop_release(loop);
}

static void on_due(struct http_due *due) {
  http_stream_tell(LIST_OWNER(due, struct http_stream, due));
}

/* Taken from the loop, or new; only its memory is kept. */
static struct http_stream *take(struct http_loop *loop) {
  if (list_empty(&loop->streams)) {
    struct http_stream *s = mem_zalloc(loop->alloc, sizeof(*s));
    if (!s)
      return NULL;
    http_fields_init(&s->fields, loop->alloc);
    http_fields_init(&s->trailers, loop->alloc);
    http_fields_init(&s->late, loop->alloc);
    list_init(&s->node);
    list_init(&s->due.node);
    s->due.run = on_due;
    return s;
  }
  struct http_stream *s = LIST_OWNER(loop->streams.next, struct http_stream, node);
  list_remove(&s->node);
  loop->stream_count--;
  http_fields_clear(&s->fields);
  http_fields_clear(&s->trailers);
  http_fields_clear(&s->late);
  s->line.count = 0;
  return s;
}

struct http_stream *http_stream_new(struct http_loop *loop, const struct http_carrier *carrier, void *conn) {
  struct http_stream *s = take(loop);
  if (!s)
    return NULL;
  s->x = (struct http_exchange){.carrier = carrier, .peer = &s->peer};
  s->loop = loop;
  s->conn = conn;
  s->job = NULL;
  s->first_byte_ms = s->between_bytes_ms = 0;
  s->head = (struct http_head){.length = 0, .fields = &s->fields};
  s->sending = (struct http_sending){0};
  s->receiving = HTTP_RECEIVE_HEAD;
  s->tell = 0;
  s->is_wanted = s->is_released = s->is_telling = s->is_refused = s->has_trailers = s->has_failed = s->is_head_request =
      s->is_proxied = s->was_sent = false;
  s->is_new = s->is_bad = s->has_late = s->is_deferred = s->was_handed = s->is_closed = s->expects_continue = false;
  s->id = 0;
  memset(s->pseudo, 0, sizeof(s->pseudo));
  s->body_seen = 0;
  http_loop_hold(loop);
  return s;
}

void http_stream_detach(struct http_stream *s) {
  s->conn = NULL;
  list_remove(&s->node);
  if (s->is_released && !s->is_telling)
    give_back(s);
  else if (s->tell)
    http_stream_tell_later(s);
}

void http_stream_release(struct http_stream *s) {
  s->is_released = true;
  s->tell = 0;
  s->x.listener = NULL;
  if (!s->conn && !s->is_telling)
    give_back(s);
}

bool http_stream_line(struct http_stream *s, const char *bytes, size_t size) {
  while (s->line.capacity - s->line.count < size) {
    if (!vec_room(s->loop->alloc, &s->line.data, &s->line.capacity, s->line.capacity, 1))
      return false;
  }
  if (size > 0)
    memcpy(s->line.data + s->line.count, bytes, size);
  s->line.count += (uint32_t)size;
  return true;
}

/* ---- telling ----------------------------------------------------------------------------------------------------- */

void http_stream_fail(struct http_stream *s, const struct http_failure *why) {
  http_send_step(&s->sending, HTTP_SENDS_BREAK);
  http_receive_step(&s->receiving, HTTP_RECEIVES_BREAK);
  if (s->has_failed || s->is_released)
    return;
  s->has_failed = true;
  s->failure = *why;
  s->tell = HTTP_TELL_FAILED;
}

void http_stream_tell_later(struct http_stream *s) {
  http_loop_due(s->loop, &s->due);
}

/* Tells one thing, the first. */
static void tell_one(struct http_stream *s, uint8_t what) {
  const struct http_listener *to = s->x.listener;
  void *data = s->x.data;
  if (!to)
    return;
  if (what == HTTP_TELL_HEAD && to->head)
    to->head(data, &s->x);
  else if (what == HTTP_TELL_READABLE && to->readable)
    to->readable(data, &s->x);
  else if (what == HTTP_TELL_END && to->end)
    to->end(data, &s->x, s->has_trailers ? &s->trailers : NULL);
  else if (what == HTTP_TELL_WRITABLE && to->writable)
    to->writable(data, &s->x);
  else if (what == HTTP_TELL_SENT && to->sent)
    to->sent(data, &s->x);
  else if (what == HTTP_TELL_FAILED && to->failed)
    to->failed(data, &s->x, &s->failure);
}

/* A listener may release a stream that is detached: it is gone then, so the stream is held meanwhile. */
void http_stream_tell(struct http_stream *s) {
  s->is_telling = true;
  while (s->tell) {
    uint8_t what = s->tell & (uint8_t)-s->tell;
    s->tell &= (uint8_t)~what;
    tell_one(s, what);
  }
  s->is_telling = false;
  if (!s->conn && s->is_released)
    give_back(s);
}
