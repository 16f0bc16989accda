/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: streams of WASI 0.2 behave as the text has it, over a sink and a source that do as the input says. The
 * first half of each byte is what the guest does or what happens, the second how much.
 *
 * A model counts: what the sink got is what was written, in order, and nothing is lost unless the sink failed;
 * check-write allows nothing exactly while bytes are left; a failure is told once, and from then on the stream is
 * closed; a pollable is ready exactly where an operation would not be refused for now.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/p2/input.h"
#include "wasi/p2/output.h"
#include "wasi/p2/p2.h"
#include "wasi/wit.h"
#include "weir/engine.h"
#include "weir/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition) {
  if (!condition)
    abort();
}

/* ---- the other side ---------------------------------------------------------------------------------------------- */

struct end {             /* of a sink or a source */
  size_t room;           /* bytes that it takes or has now */
  int error;             /* instead, unless 0 */
  bool ended;            /* of a source */
  uint64_t moved;        /* bytes, which are counted up from 0 */
  struct wasi_event *on; /* watched */
  bool closed;
};

static ssize_t sink_write(void *of, const uint8_t *bytes, size_t size) {
  struct end *e = of;
  must(size > 0);
  if (e->error)
    return -e->error;
  if (e->room == 0)
    return -EAGAIN;
  size_t count = size < e->room ? size : e->room;
  for (size_t i = 0; i < count; i++)
    must(bytes[i] == (uint8_t)(e->moved + i));
  e->room -= count;
  e->moved += count;
  return (ssize_t)count;
}

static ssize_t source_read(void *of, uint8_t *bytes, size_t size) {
  struct end *e = of;
  must(size > 0);
  if (e->error)
    return -e->error;
  if (e->room == 0)
    return e->ended ? 0 : -EAGAIN;
  size_t count = size < e->room ? size : e->room;
  for (size_t i = 0; i < count; i++)
    bytes[i] = (uint8_t)(e->moved + i);
  e->room -= count;
  e->moved += count;
  return (ssize_t)count;
}

static bool source_ready(void *of) {
  const struct end *e = of;
  return e->error || e->room > 0 || e->ended;
}

static bool end_watch(void *of, struct wasi_event *event) {
  ((struct end *)of)->on = event;
  return true;
}

static void end_unwatch(void *of, struct wasi_event *event) {
  must(((struct end *)of)->on == event);
  ((struct end *)of)->on = NULL;
}

static void end_close(void *of) {
  must(!((struct end *)of)->closed);
  ((struct end *)of)->closed = true;
}

static const struct wasi_p2_sink sink = {
    .write = sink_write, .watch = end_watch, .unwatch = end_unwatch, .close = end_close};
static const struct wasi_p2_source source = {
    .read = source_read, .ready = source_ready, .watch = end_watch, .unwatch = end_unwatch, .close = end_close};

/* ---- the guest --------------------------------------------------------------------------------------------------- */

struct known { /* what a guest knows of one */
  uint64_t number, pollable;
  uint64_t moved; /* bytes */
  bool told, closed;
};

struct world {
  struct wasi_p2 p2;
  weir_store *store;
  struct end to, from;
  struct known out, in;
};

/* A failure comes first as itself, if it is one, and then as closed for ever. */
static void saw_error(struct known *s, const struct wasi_p2_io_stream_error *error) {
  bool failed = error->tag == WASI_P2_IO_STREAM_ERROR_LAST_OPERATION_FAILED;
  must(!failed || (!s->told && !s->closed));
  s->told |= failed;
  s->closed |= !failed;
}

static void saw_success(const struct known *s) {
  must(!s->told && !s->closed);
}

static uint64_t check_write(struct world *w) {
  struct wasi_result_u64_p2_io_stream_error result = {0};
  must(wasi_p2_io_streams_output_stream_check_write(&w->p2, w->store, w->out.number, &result) == WEIR_OK);
  if (result.failed) {
    saw_error(&w->out, &result.error);
    return 0;
  }
  saw_success(&w->out);
  must((result.ok == 0) == (w->to.moved < w->out.moved));
  return result.ok;
}

static void write_some(struct world *w, size_t size) {
  static uint8_t bytes[2 * WASI_P2_ROOM];
  struct wasi_result_none_p2_io_stream_error result = {0};
  uint64_t allowed = check_write(w);
  if (w->out.told || w->out.closed || size == 0)
    return;
  for (size_t i = 0; i < size; i++)
    bytes[i] = (uint8_t)(w->out.moved + i);
  weir_status status = wasi_p2_io_streams_output_stream_write(&w->p2, w->store, w->out.number,
                                                              (struct wasi_bytes){bytes, size}, &result);
  must((status == WEIR_OK) == (size <= allowed));
  if (status != WEIR_OK)
    return;
  w->out.moved += size;
  if (result.failed)
    saw_error(&w->out, &result.error);
}

static void flush(struct world *w) {
  struct wasi_result_none_p2_io_stream_error result = {0};
  must(wasi_p2_io_streams_output_stream_flush(&w->p2, w->store, w->out.number, &result) == WEIR_OK);
  if (result.failed)
    saw_error(&w->out, &result.error);
}

static void read_some(struct world *w, size_t size) {
  struct wasi_result_bytes_p2_io_stream_error result = {0};
  must(wasi_p2_io_streams_input_stream_read(&w->p2, w->store, w->in.number, size, &result) == WEIR_OK);
  if (result.failed) {
    saw_error(&w->in, &result.error);
  } else {
    saw_success(&w->in);
    must(result.ok.of.string.size <= size);
    for (size_t i = 0; i < result.ok.of.string.size; i++)
      must((uint8_t)result.ok.of.string.data[i] == (uint8_t)(w->in.moved + i));
    w->in.moved += result.ok.of.string.size;
  }
  weir_value_clear(&result.ok);
}

static void skip_some(struct world *w, size_t size) {
  struct wasi_result_u64_p2_io_stream_error result = {0};
  must(wasi_p2_io_streams_input_stream_skip(&w->p2, w->store, w->in.number, size, &result) == WEIR_OK);
  if (result.failed)
    saw_error(&w->in, &result.error);
  w->in.moved += result.failed ? 0 : result.ok;
}

static void ask_pollables(struct world *w) {
  bool out, in;
  must(wasi_p2_io_poll_pollable_ready(&w->p2, w->store, w->out.pollable, &out) == WEIR_OK);
  must(wasi_p2_io_poll_pollable_ready(&w->p2, w->store, w->in.pollable, &in) == WEIR_OK);
  if (!w->out.told && !w->out.closed && !w->to.error)
    must(out == (w->to.moved == w->out.moved));
  must(in == (w->in.told || w->in.closed || source_ready(&w->from)));
}

/* ---- what happens ------------------------------------------------------------------------------------------------ */

static void happen(struct end *e) {
  if (e->on)
    wasi_event_happened(e->on);
}

static void act(struct world *w, unsigned what, size_t much) {
  static const int errors[] = {EPIPE, EIO, ENOSPC, ECONNRESET};
  switch (what) {
    case 0:
      write_some(w, much);
      break;
    case 1:
      write_some(w, much * 8192);
      break;
    case 2:
      flush(w);
      break;
    case 3:
      w->to.room += much * 1000;
      happen(&w->to);
      break;
    case 4:
      w->to.error = errors[much % 4];
      happen(&w->to);
      break;
    case 5:
      read_some(w, much * 100);
      break;
    case 6:
      skip_some(w, much);
      break;
    case 7:
      w->from.room += much * 50;
      happen(&w->from);
      break;
    case 8:
      w->from.ended = true;
      happen(&w->from);
      break;
    case 9:
      w->from.error = errors[much % 4];
      happen(&w->from);
      break;
    default:
      ask_pollables(w);
      break;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static weir_engine *engine; /* it has no state of a stream */
  struct wasi_guards guards;
  struct wasi_objects objects;
  struct world w = {.p2 = {.alloc = &mem_system, .objects = &objects}};
  if (!engine)
    must(weir_engine_new(NULL, &engine, NULL) == WEIR_OK);
  must(weir_store_new(engine, NULL, &w.store, NULL) == WEIR_OK);
  wasi_guards_init(&guards, &mem_system);
  wasi_objects_init(w.p2.objects, &mem_system, &guards);
  must(wasi_p2_output_new(&w.p2, w.store, &sink, &w.to, &w.out.number) == WEIR_OK);
  must(wasi_p2_input_new(&w.p2, w.store, &source, &w.from, &w.in.number) == WEIR_OK);
  must(wasi_p2_io_streams_output_stream_subscribe(&w.p2, w.store, w.out.number, &w.out.pollable) == WEIR_OK);
  must(wasi_p2_io_streams_input_stream_subscribe(&w.p2, w.store, w.in.number, &w.in.pollable) == WEIR_OK);
  for (size_t i = 0; i < size; i++)
    act(&w, data[i] >> 4, data[i] & 15);
  weir_store_free(w.store);
  must(w.from.closed);
  must(w.to.closed || w.to.moved < w.out.moved);
  wasi_objects_done(w.p2.objects);
  must(w.to.closed);
  wasi_guards_done(&guards);
  return 0;
}
