/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Output streams of 0.2: splicing, and the functions that block, which first wait for room and then until all has gone.
 * In order: splicing; writing and flushing that block; splicing that blocks.
 */
#include <errno.h>
#include <string.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/host/attempt.h"
#include "wasi/p2/input.h"
#include "wasi/p2/output.h"
#include "wasi/p2/p2.h"
#include "wasi/p2/stream.h"
#include "wasi/wit.h"

typedef struct wasi_result_none_p2_io_stream_error done_result;
typedef struct wasi_result_u64_p2_io_stream_error count_result;

/* ---- splicing ---------------------------------------------------------------------------------------------------- */

/* Moves up to `len` bytes, as many as there are and fit: *ret_count; -EAGAIN where the source has none. */
static weir_status splice(struct wasi_p2_output *out, struct wasi_p2_input *in, uint64_t len, ssize_t *ret_count) {
  uint8_t *bytes = mem_alloc(out->p2->alloc, WASI_P2_ROOM);
  if (!bytes)
    return WEIR_ERR_NOMEM;
  *ret_count = wasi_p2_input_read(in, bytes, len < WASI_P2_ROOM ? (size_t)len : WASI_P2_ROOM);
  weir_status status = *ret_count > 0 ? wasi_p2_output_write(out, bytes, (size_t)*ret_count) : WEIR_OK;
  mem_free(out->p2->alloc, bytes, WASI_P2_ROOM);
  return status;
}

/* The failure of either stream is that of the call. */
static weir_status splice_outcome(struct wasi_p2_output *out, struct wasi_p2_input *in, weir_store *store,
                                  ssize_t count, count_result *ret) {
  if (count != -EPIPE)
    return wasi_p2_output_counted(out, store, count < 0 ? 0 : (uint64_t)count, ret);
  ret->failed = true;
  return wasi_p2_stream_error(in->p2, store, &in->state, in->error, &ret->error);
}

weir_status wasi_p2_io_streams_output_stream_splice(struct wasi_p2 *p2, weir_store *store, uint64_t self, uint64_t src,
                                                    uint64_t len, count_result *ret) {
  struct wasi_p2_output *out = wasi_p2_output_get(p2, self);
  struct wasi_p2_input *in = wasi_p2_input_get(p2, src);
  ssize_t count = 0;
  if (!out || !in)
    return WEIR_ERR_MISUSE;
  if (out->state == WASI_P2_OPEN)
    WEIR_TRY(splice(out, in, len, &count));
  return splice_outcome(out, in, store, count, ret);
}

/* ---- the interface, where it blocks ------------------------------------------------------------------------------ */

struct output_try {
  struct wasi_attempt first;
  struct wasi_p2_output *out;
  void (*finish)(weir_host_call *call, done_result *result);
  size_t size; /* still to be written: */
  uint8_t bytes[WASI_P2_CONVENIENT];
};

/* A blocking write of more is refused before it reads them. */
static const uint8_t zeroes[WASI_P2_CONVENIENT];

static void finish_with(weir_host_call *call, weir_status status, done_result *result,
                        void (*finish)(weir_host_call *call, done_result *result)) {
  if (status == WEIR_OK)
    finish(call, result);
  else
    weir_host_call_fail(call, wasi_value_words(status));
}

static bool attempt_output(struct wasi_attempt *first) {
  struct output_try *t = (struct output_try *)first;
  weir_status status = WEIR_OK;
  if (t->out->state == WASI_P2_OPEN && t->size > 0) {
    status = wasi_p2_output_write(t->out, t->bytes, t->size);
    t->size = 0;
  }
  if (status == WEIR_OK && t->out->state == WASI_P2_DRAINING)
    return false;
  done_result result = {0};
  if (status == WEIR_OK)
    status = wasi_p2_output_done(t->out, weir_host_call_store(first->call), &result);
  finish_with(first->call, status, &result, t->finish);
  return true;
}

static void try_on(struct wasi_p2 *p2, weir_host_call *call, uint64_t self, struct wasi_bytes bytes,
                   void (*finish)(weir_host_call *call, done_result *result)) {
  struct wasi_p2_output *out = wasi_p2_output_get(p2, self);
  if (!out || bytes.size > WASI_P2_CONVENIENT) {
    weir_host_call_fail(call, out ? "a blocking write takes 4096 bytes at most" : "not an output stream");
    return;
  }
  weir_status status = WEIR_OK;
  if (out->state == WASI_P2_OPEN && bytes.size > 0) { /* most need no copy */
    status = wasi_p2_output_write(out, bytes.data, bytes.size);
    bytes.size = 0;
  }
  if (status != WEIR_OK) {
    weir_host_call_fail(call, wasi_value_words(status));
    return;
  }
  struct output_try t;
  t.first = (struct wasi_attempt){
      .alloc = p2->alloc, .call = call, .object = &out->object, .event = &out->pollee.event, .attempt = attempt_output};
  t.out = out;
  t.finish = finish;
  t.size = bytes.size;
  if (bytes.size > 0)
    memcpy(t.bytes, bytes.data, bytes.size);
  wasi_attempt_begin(&t.first, sizeof(t));
}

void wasi_p2_io_streams_output_stream_blocking_write_and_flush(struct wasi_p2 *p2, weir_host_call *call, uint64_t self,
                                                               struct wasi_bytes contents) {
  try_on(p2, call, self, contents, wasi_p2_io_streams_output_stream_blocking_write_and_flush_return);
}

void wasi_p2_io_streams_output_stream_blocking_write_zeroes_and_flush(struct wasi_p2 *p2, weir_host_call *call,
                                                                      uint64_t self, uint64_t len) {
  struct wasi_bytes bytes = {zeroes, len < SIZE_MAX ? (size_t)len : SIZE_MAX};
  try_on(p2, call, self, bytes, wasi_p2_io_streams_output_stream_blocking_write_zeroes_and_flush_return);
}

void wasi_p2_io_streams_output_stream_blocking_flush(struct wasi_p2 *p2, weir_host_call *call, uint64_t self) {
  try_on(p2, call, self, (struct wasi_bytes){0}, wasi_p2_io_streams_output_stream_blocking_flush_return);
}

/* Waits for whichever of the two keeps it: first for room, then for bytes. */
struct splice_try {
  struct wasi_attempt first;
  struct wasi_p2_output *out;
  struct wasi_p2_input *in; /* held */
  uint64_t len;
};

static void splice_done(struct wasi_attempt *first) {
  wasi_object_release(&((struct splice_try *)first)->in->object);
}

static bool attempt_splice(struct wasi_attempt *first) {
  struct splice_try *t = (struct splice_try *)first;
  ssize_t count = 0;
  weir_status status = WEIR_OK;
  first->event = &t->out->pollee.event;
  if (t->out->state == WASI_P2_DRAINING)
    return false;
  if (t->out->state == WASI_P2_OPEN)
    status = splice(t->out, t->in, t->len, &count);
  first->event = &t->in->pollee.event;
  if (count == -EAGAIN)
    return false;
  count_result result = {0};
  if (status == WEIR_OK)
    status = splice_outcome(t->out, t->in, weir_host_call_store(first->call), count, &result);
  if (status == WEIR_OK)
    wasi_p2_io_streams_output_stream_blocking_splice_return(first->call, &result);
  else
    weir_host_call_fail(first->call, wasi_value_words(status));
  return true;
}

void wasi_p2_io_streams_output_stream_blocking_splice(struct wasi_p2 *p2, weir_host_call *call, uint64_t self,
                                                      uint64_t src, uint64_t len) {
  struct wasi_p2_output *out = wasi_p2_output_get(p2, self);
  struct wasi_p2_input *in = wasi_p2_input_get(p2, src);
  if (!out || !in) {
    weir_host_call_fail(call, "not a stream");
    return;
  }
  struct splice_try t = {.first = {.alloc = p2->alloc, .call = call, .object = &out->object, .attempt = attempt_splice},
                         .out = out,
                         .in = in,
                         .len = len};
  t.first.done = splice_done;
  wasi_object_hold(&in->object);
  wasi_attempt_begin(&t.first, sizeof(t));
}
