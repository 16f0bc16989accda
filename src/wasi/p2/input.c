/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Input streams of 0.2: a state, and a source that reads. In order: the life of a stream; reading with its state; the
 * interface; the functions of the interface that block, which try until the source gives something.
 */
#include "wasi/p2/input.h"

#include <errno.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/host/attempt.h"
#include "wasi/host/value.h"
#include "wasi/p2/p2.h"
#include "wasi/p2/stream.h"
#include "wasi/wit.h"

/* ---- life -------------------------------------------------------------------------------------------------------- */

static struct wasi_p2_input *input_of(struct wasi_p2_pollee *pollee) {
  return LIST_OWNER(pollee, struct wasi_p2_input, pollee);
}

static bool input_watch(struct wasi_event *event) {
  struct wasi_p2_input *in = input_of(LIST_OWNER(event, struct wasi_p2_pollee, event));
  return in->source->watch(in->of, event);
}

static void input_unwatch(struct wasi_event *event) {
  struct wasi_p2_input *in = input_of(LIST_OWNER(event, struct wasi_p2_pollee, event));
  in->source->unwatch(in->of, event);
}

static bool input_ready(struct wasi_p2_pollee *pollee) {
  const struct wasi_p2_input *in = input_of(pollee);
  return in->state != WASI_P2_OPEN || in->source->ready(in->of);
}

static struct pollfd input_asks(struct wasi_p2_pollee *pollee) {
  const struct wasi_p2_input *in = input_of(pollee);
  bool asks = in->state == WASI_P2_OPEN && in->source->asks;
  return asks ? in->source->asks(in->of) : (struct pollfd){.fd = -1};
}

static void input_free(struct wasi_object *object) {
  struct wasi_p2_input *in = (struct wasi_p2_input *)object;
  in->source->close(in->of);
  mem_free(object->objects->alloc, in, sizeof(*in));
}

static const struct wasi_object_type input_type = {.free = input_free};

weir_status wasi_p2_input_new(struct wasi_p2 *p2, weir_store *store, const struct wasi_p2_source *source, void *of,
                              uint64_t *ret) {
  struct wasi_p2_input *in = mem_zalloc(p2->alloc, sizeof(*in));
  weir_status status = in ? wasi_object_init(p2->objects, &input_type, store, &in->object) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK) {
    mem_free(p2->alloc, in, sizeof(*in));
    source->close(of);
    return status;
  }
  in->p2 = p2;
  in->source = source;
  in->of = of;
  wasi_event_init(&in->pollee.event, input_watch, input_unwatch);
  in->pollee.ready = input_ready;
  in->pollee.asks = input_asks;
  *ret = in->object.number;
  return WEIR_OK;
}

struct wasi_p2_input *wasi_p2_input_get(const struct wasi_p2 *p2, uint64_t number) {
  return (struct wasi_p2_input *)wasi_object_get(p2->objects, &input_type, number);
}

void wasi_p2_io_input_stream_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

ssize_t wasi_p2_input_read(struct wasi_p2_input *in, uint8_t *bytes, size_t size) {
  if (in->state != WASI_P2_OPEN)
    return -EPIPE;
  if (size == 0)
    return 0;
  ssize_t count = in->source->read(in->of, bytes, size);
  if (count == -EAGAIN)
    return count;
  in->state = wasi_p2_stream_next(in->state, wasi_p2_stream_event_of(count, true));
  in->error = count < 0 ? (int)-count : 0;
  return in->state == WASI_P2_OPEN ? count : -EPIPE;
}

/* Bytes for a value that is not larger than what was read. */
static ssize_t read_value(struct wasi_p2_input *in, uint64_t len, weir_value *ret) {
  size_t size = len < WASI_P2_READ_MAX ? (size_t)len : WASI_P2_READ_MAX;
  if (!wasi_value_room(size, ret))
    return -ENOMEM;
  ssize_t count = wasi_p2_input_read(in, (uint8_t *)ret->of.string.data, size);
  ret->of.string.size = count < 0 ? 0 : (size_t)count;
  return count;
}

static ssize_t skip(struct wasi_p2_input *in, uint64_t len) {
  uint8_t bytes[4096];
  return wasi_p2_input_read(in, bytes, len < sizeof(bytes) ? (size_t)len : sizeof(bytes));
}

/* ---- the interface ----------------------------------------------------------------------------------------------- */

typedef struct wasi_result_bytes_p2_io_stream_error read_result;
typedef struct wasi_result_u64_p2_io_stream_error count_result;

/* A count is an outcome, and so is -EPIPE; with -EAGAIN nothing has been read. */
static weir_status read_outcome(struct wasi_p2_input *in, weir_store *store, ssize_t count, read_result *ret) {
  if (count == -ENOMEM)
    return WEIR_ERR_NOMEM;
  ret->failed = count == -EPIPE;
  return ret->failed ? wasi_p2_stream_error(in->p2, store, &in->state, in->error, &ret->error) : WEIR_OK;
}

static weir_status count_outcome(struct wasi_p2_input *in, weir_store *store, ssize_t count, count_result *ret) {
  ret->failed = count == -EPIPE;
  ret->ok = count < 0 ? 0 : (uint64_t)count;
  return ret->failed ? wasi_p2_stream_error(in->p2, store, &in->state, in->error, &ret->error) : WEIR_OK;
}

weir_status wasi_p2_io_streams_input_stream_read(struct wasi_p2 *p2, weir_store *store, uint64_t self, uint64_t len,
                                                 read_result *ret) {
  struct wasi_p2_input *in = wasi_p2_input_get(p2, self);
  return in ? read_outcome(in, store, read_value(in, len, &ret->ok), ret) : WEIR_ERR_MISUSE;
}

weir_status wasi_p2_io_streams_input_stream_skip(struct wasi_p2 *p2, weir_store *store, uint64_t self, uint64_t len,
                                                 count_result *ret) {
  struct wasi_p2_input *in = wasi_p2_input_get(p2, self);
  return in ? count_outcome(in, store, skip(in, len), ret) : WEIR_ERR_MISUSE;
}

weir_status wasi_p2_io_streams_input_stream_subscribe(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                      uint64_t *ret) {
  struct wasi_p2_input *in = wasi_p2_input_get(p2, self);
  return in ? wasi_p2_pollable_new(p2, store, &in->object, &in->pollee, ret) : WEIR_ERR_MISUSE;
}

/* ---- the interface, where it blocks ------------------------------------------------------------------------------ */

struct input_try {
  struct wasi_attempt first;
  struct wasi_p2_input *in;
  uint64_t len;
};

static void try_on(struct wasi_p2 *p2, weir_host_call *call, uint64_t self, uint64_t len,
                   bool (*attempt)(struct wasi_attempt *t)) {
  struct wasi_p2_input *in = wasi_p2_input_get(p2, self);
  if (!in) {
    weir_host_call_fail(call, "not an input stream");
    return;
  }
  struct input_try t = {.first = {.alloc = p2->alloc,
                                  .call = call,
                                  .object = &in->object,
                                  .event = &in->pollee.event,
                                  .attempt = attempt},
                        .in = in,
                        .len = len};
  wasi_attempt_begin(&t.first, sizeof(t));
}

static bool attempt_read(struct wasi_attempt *first) {
  struct input_try *t = (struct input_try *)first;
  read_result result = {0};
  ssize_t count = read_value(t->in, t->len, &result.ok);
  if (count == -EAGAIN) {
    weir_value_clear(&result.ok);
    return false;
  }
  weir_status status = read_outcome(t->in, weir_host_call_store(first->call), count, &result);
  if (status == WEIR_OK)
    wasi_p2_io_streams_input_stream_blocking_read_return(first->call, &result);
  else
    weir_host_call_fail(first->call, wasi_value_words(status));
  weir_value_clear(&result.ok);
  return true;
}

static bool attempt_skip(struct wasi_attempt *first) {
  struct input_try *t = (struct input_try *)first;
  count_result result = {0};
  ssize_t count = skip(t->in, t->len);
  if (count == -EAGAIN)
    return false;
  weir_status status = count_outcome(t->in, weir_host_call_store(first->call), count, &result);
  if (status == WEIR_OK)
    wasi_p2_io_streams_input_stream_blocking_skip_return(first->call, &result);
  else
    weir_host_call_fail(first->call, wasi_value_words(status));
  return true;
}

void wasi_p2_io_streams_input_stream_blocking_read(struct wasi_p2 *p2, weir_host_call *call, uint64_t self,
                                                   uint64_t len) {
  try_on(p2, call, self, len, attempt_read);
}

void wasi_p2_io_streams_input_stream_blocking_skip(struct wasi_p2 *p2, weir_host_call *call, uint64_t self,
                                                   uint64_t len) {
  try_on(p2, call, self, len, attempt_skip);
}
