/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Output streams of 0.2: a state, a sink that writes, and a buffer of what the sink has not taken. In order: the life
 * of a stream; writing with its state, and draining; the interface. output_blocking.c has the functions that block.
 *
 * What always holds: a stream has a buffer, waits for its sink and holds itself exactly while its state is DRAINING.
 */
#include "wasi/p2/output.h"

#include <errno.h>
#include <string.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/p2/p2.h"
#include "wasi/p2/stream.h"
#include "wasi/wit.h"

/* ---- life -------------------------------------------------------------------------------------------------------- */

/* The guest waits for the stream, not for the sink: that the stream does itself while it has bytes. */
static bool output_watch(struct wasi_event *event) {
  (void)event;
  return true;
}

static void output_unwatch(struct wasi_event *event) {
  (void)event;
}

static bool sink_watch(struct wasi_event *event) {
  struct wasi_p2_output *out = LIST_OWNER(event, struct wasi_p2_output, ready);
  return out->sink->watch(out->of, event);
}

static void sink_unwatch(struct wasi_event *event) {
  struct wasi_p2_output *out = LIST_OWNER(event, struct wasi_p2_output, ready);
  out->sink->unwatch(out->of, event);
}

static bool output_ready(struct wasi_p2_pollee *pollee) {
  return LIST_OWNER(pollee, struct wasi_p2_output, pollee)->state != WASI_P2_DRAINING;
}

static void buffer_free(struct wasi_p2_output *out) {
  mem_free(out->p2->alloc, out->buffer, out->filled);
  out->buffer = NULL;
  out->filled = out->gone = 0;
}

static void output_free(struct wasi_object *object) {
  struct wasi_p2_output *out = (struct wasi_p2_output *)object;
  wasi_event_leave(&out->waiter);
  buffer_free(out);
  out->sink->close(out->of);
  mem_free(object->objects->alloc, out, sizeof(*out));
}

static const struct wasi_object_type output_type = {.free = output_free};

weir_status wasi_p2_output_new(struct wasi_p2 *p2, weir_store *store, const struct wasi_p2_sink *sink, void *of,
                               uint64_t *ret) {
  struct wasi_p2_output *out = mem_zalloc(p2->alloc, sizeof(*out));
  weir_status status = out ? wasi_object_init(p2->objects, &output_type, store, &out->object) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK) {
    mem_free(p2->alloc, out, sizeof(*out));
    sink->close(of);
    return status;
  }
  out->p2 = p2;
  out->sink = sink;
  out->of = of;
  wasi_event_init(&out->pollee.event, output_watch, output_unwatch);
  wasi_event_init(&out->ready, sink_watch, sink_unwatch);
  out->pollee.ready = output_ready;
  *ret = out->object.number;
  return WEIR_OK;
}

struct wasi_p2_output *wasi_p2_output_get(const struct wasi_p2 *p2, uint64_t number) {
  return (struct wasi_p2_output *)wasi_object_get(p2->objects, &output_type, number);
}

void wasi_p2_io_output_stream_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static void output_go(struct wasi_p2_output *out, enum wasi_p2_stream_event event, int error) {
  bool drained = out->state == WASI_P2_DRAINING;
  out->state = wasi_p2_stream_next(out->state, event);
  out->error = error;
  bool draining = out->state == WASI_P2_DRAINING;
  if (draining == drained)
    return;
  if (out->sink->draining)
    out->sink->draining(out->of, draining);
  if (draining) {
    wasi_object_hold(&out->object);
    return;
  }
  buffer_free(out);
  wasi_event_happened(&out->pollee.event);
  wasi_object_release(&out->object);
}

/* Gives bytes to the sink until it takes no more: how many it took; `*ret_error`: 0, EAGAIN, or why it failed. */
static size_t push(struct wasi_p2_output *out, const uint8_t *bytes, size_t size, int *ret_error) {
  size_t done = 0;
  *ret_error = 0;
  while (done < size && *ret_error == 0) {
    ssize_t count = out->sink->write(out->of, bytes + done, size - done);
    if (count < 0)
      *ret_error = (int)-count;
    else
      done += (size_t)count;
  }
  return done;
}

static void drain(struct wasi_waiter *waiter) {
  struct wasi_p2_output *out = LIST_OWNER(waiter, struct wasi_p2_output, waiter);
  int error;
  out->gone += push(out, out->buffer + out->gone, out->filled - out->gone, &error);
  if (error == EAGAIN && wasi_event_wait(&out->ready, &out->waiter))
    return;
  if (error == 0)
    output_go(out, WASI_P2_MOVED, 0);
  else
    output_go(out, wasi_p2_stream_event_of(-error, false), error == EAGAIN ? EIO : error);
}

/* Keeps what the sink has not taken. */
static weir_status keep(struct wasi_p2_output *out, const uint8_t *bytes, size_t size) {
  uint8_t *buffer = mem_alloc(out->p2->alloc, size);
  if (!buffer)
    return WEIR_ERR_NOMEM;
  memcpy(buffer, bytes, size);
  out->buffer = buffer;
  out->filled = size;
  out->gone = 0;
  out->waiter.happened = drain;
  if (wasi_event_wait(&out->ready, &out->waiter)) {
    output_go(out, WASI_P2_LEFT, 0);
    return WEIR_OK;
  }
  buffer_free(out);
  output_go(out, WASI_P2_BROKE, EIO);
  return WEIR_OK;
}

/* The stream is OPEN. WEIR_ERR_NOMEM. */
weir_status wasi_p2_output_write(struct wasi_p2_output *out, const uint8_t *bytes, size_t size) {
  int error;
  size_t done = push(out, bytes, size, &error);
  if (error == EAGAIN)
    return keep(out, bytes + done, size - done);
  if (error != 0)
    output_go(out, wasi_p2_stream_event_of(-error, false), error);
  return WEIR_OK;
}

/* What `write` takes. */
static uint64_t room(const struct wasi_p2_output *out) {
  return out->state == WASI_P2_OPEN ? WASI_P2_ROOM : 0;
}

static bool is_over(const struct wasi_p2_output *out) {
  return out->state == WASI_P2_FAILED || out->state == WASI_P2_CLOSED;
}

/* ---- the interface ----------------------------------------------------------------------------------------------- */

typedef struct wasi_result_none_p2_io_stream_error done_result;
typedef struct wasi_result_u64_p2_io_stream_error count_result;

weir_status wasi_p2_output_done(struct wasi_p2_output *out, weir_store *store, done_result *ret) {
  ret->failed = is_over(out);
  return ret->failed ? wasi_p2_stream_error(out->p2, store, &out->state, out->error, &ret->error) : WEIR_OK;
}

weir_status wasi_p2_output_counted(struct wasi_p2_output *out, weir_store *store, uint64_t count, count_result *ret) {
  ret->failed = is_over(out);
  ret->ok = count;
  return ret->failed ? wasi_p2_stream_error(out->p2, store, &out->state, out->error, &ret->error) : WEIR_OK;
}

weir_status wasi_p2_io_streams_output_stream_check_write(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                         count_result *ret) {
  struct wasi_p2_output *out = wasi_p2_output_get(p2, self);
  return out ? wasi_p2_output_counted(out, store, room(out), ret) : WEIR_ERR_MISUSE;
}

/* More than check-write has allowed traps. */
static weir_status write_bytes(struct wasi_p2_output *out, weir_store *store, const uint8_t *bytes, uint64_t size,
                               done_result *ret) {
  if (!out || (!is_over(out) && size > room(out)))
    return WEIR_ERR_MISUSE;
  if (!is_over(out))
    WEIR_TRY(wasi_p2_output_write(out, bytes, (size_t)size));
  return wasi_p2_output_done(out, store, ret);
}

weir_status wasi_p2_io_streams_output_stream_write(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                   struct wasi_bytes contents, done_result *ret) {
  return write_bytes(wasi_p2_output_get(p2, self), store, contents.data, contents.size, ret);
}

static const uint8_t zeroes[WASI_P2_ROOM];

weir_status wasi_p2_io_streams_output_stream_write_zeroes(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                          uint64_t len, done_result *ret) {
  return write_bytes(wasi_p2_output_get(p2, self), store, zeroes, len, ret);
}

/* Bytes leave as soon as they can: there is nothing to ask for. */
weir_status wasi_p2_io_streams_output_stream_flush(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                   done_result *ret) {
  struct wasi_p2_output *out = wasi_p2_output_get(p2, self);
  return out ? wasi_p2_output_done(out, store, ret) : WEIR_ERR_MISUSE;
}

weir_status wasi_p2_io_streams_output_stream_subscribe(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                       uint64_t *ret) {
  struct wasi_p2_output *out = wasi_p2_output_get(p2, self);
  return out ? wasi_p2_pollable_new(p2, store, &out->object, &out->pollee, ret) : WEIR_ERR_MISUSE;
}
