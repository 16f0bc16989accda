/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One `struct out_stream` a call of write-via-stream:
 *
 *   reading --bytes--> queued --all written--> reading ...
 *      |                  `--failed--> settling(error)
 *      `--writable end dropped, nothing left--> settling(ok) --> freed
 *
 * `busy` says that an operation of the store is under way whose callback will come; only without it, and out of the
 * queue, may a stream end. Where the store is freed (`gone`), bytes in the buffer are still written.
 */
#include "wasi/cli/output.h"

#include <errno.h>

#include "base/mem.h"
#include "wasi/host/def.h"
#include "wasi/host/result.h"

struct out_stream {
  struct list node;  /* in wasi_output.streams */
  struct list queue; /* in wasi_output.queue, or alone */
  struct wasi_mark mark;
  struct wasi_output *out;
  weir_stream *data; /* NULL: dropped, so that the result is being settled */
  struct wasi_result result;
  uint8_t *buffer;
  size_t capacity, filled, written;
  bool busy, ended, gone;
};

static void out_next(struct out_stream *s);

static void out_release(struct wasi_mark *mark) {
  struct out_stream *s = LIST_OWNER(mark, struct out_stream, mark);
  const struct weir_alloc *alloc = s->out->alloc;
  weir_stream_drop(s->data);
  wasi_result_done(&s->result);
  mem_free(alloc, s->buffer, s->capacity);
  mem_free(alloc, s, sizeof(*s));
}

static void out_end(struct out_stream *s) {
  list_remove(&s->node);
  list_remove(&s->queue);
  wasi_mark_remove(&s->mark);
  if (s->gone)
    wasi_mark_bury(s->out->guards, &s->mark, out_release);
  else
    out_release(&s->mark);
}

static void out_settled(struct wasi_result *result) {
  struct out_stream *s = LIST_OWNER(result, struct out_stream, result);
  s->gone = s->gone || result->store_gone;
  out_end(s);
}

/* The end of a stream: nothing of it is queued and no read is under way. */
static void out_finish(struct out_stream *s, int error) {
  weir_stream_drop(s->data);
  s->data = NULL;
  s->busy = true;
  wasi_result_settle(&s->result, error, out_settled);
}

/* ---- writing --------------------------------------------------------------------------------------------------------- */

/* Writes what one stream has. 0: all of it; else -EAGAIN or the negative of another errno. */
static int out_write(struct out_stream *s) {
  while (s->written < s->filled) {
    ssize_t count = wasi_fd_write(&s->out->fd, s->buffer + s->written, s->filled - s->written);
    if (count < 0)
      return (int)count;
    s->written += (size_t)count;
  }
  return 0;
}

static void out_fail(struct out_stream *s, int error) {
  s->out->error = error;
  s->written = s->filled;
  if (s->gone)
    out_end(s);
  else
    out_finish(s, error);
}

/* Writes as much as the descriptor takes, and waits for it where bytes are left. */
static void output_pump(struct wasi_output *out) {
  while (!list_empty(&out->queue)) {
    struct out_stream *s = LIST_OWNER(out->queue.next, struct out_stream, queue);
    int status = out_write(s);
    if (status == -EAGAIN)
      status = wasi_fd_wait(&out->fd) == 0 ? -EAGAIN : -EIO;
    if (status == -EAGAIN)
      return;
    list_remove(&s->queue);
    if (status == 0)
      out_next(s);
    else
      out_fail(s, -status);
  }
  wasi_fd_unwait(&out->fd);
}

static void output_ready(void *data) {
  output_pump(data);
}

/* ---- reading --------------------------------------------------------------------------------------------------------- */

static void out_read_done(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end;
  struct out_stream *s = data;
  s->busy = false;
  s->filled = count;
  s->written = 0;
  s->ended = result == WEIR_COPY_DROPPED;
  s->gone = s->gone || result == WEIR_COPY_CANCELLED; /* nobody here cancels reads: the store is being freed */
  if (count == 0) {
    out_next(s);
    return;
  }
  bool first = list_empty(&s->out->queue);
  list_append(&s->out->queue, &s->queue);
  if (first) /* else the descriptor is being waited for */
    output_pump(s->out);
}

/* A buffer that was filled to the brim is worth a larger one; where memory is out the small one does. */
static void out_grow(struct out_stream *s) {
  if (s->filled < s->capacity || s->capacity >= WASI_OUT_MAX)
    return;
  uint8_t *larger = mem_alloc(s->out->alloc, WASI_OUT_MAX);
  if (larger == NULL)
    return;
  mem_free(s->out->alloc, s->buffer, s->capacity);
  s->buffer = larger;
  s->capacity = WASI_OUT_MAX;
}

/* The buffer is empty: ask for more, or end. */
static void out_next(struct out_stream *s) {
  if (s->gone) {
    if (!s->busy)
      out_end(s);
    return;
  }
  if (s->ended) {
    out_finish(s, 0);
    return;
  }
  out_grow(s);
  s->filled = s->written = 0;
  s->busy = weir_stream_read(s->data, s->buffer, s->capacity, out_read_done, s) == WEIR_OK;
  if (!s->busy)
    out_finish(s, EIO);
}

/* The store is being freed. What is busy hears of it by its own callback too, now or later. */
static void out_gone(struct wasi_mark *mark) {
  struct out_stream *s = LIST_OWNER(mark, struct out_stream, mark);
  s->gone = true;
  if (!s->busy && list_empty(&s->queue))
    out_end(s);
}

/* ---- the interface --------------------------------------------------------------------------------------------------- */

static weir_status out_new(struct wasi_output *out, weir_store *store, weir_value *ret_future,
                           struct out_stream **ret) {
  struct out_stream *s = mem_zalloc(out->alloc, sizeof(*s));
  if (s == NULL)
    return WEIR_ERR_NOMEM;
  s->out = out;
  list_init(&s->node);
  list_init(&s->queue);
  s->buffer = mem_alloc(out->alloc, WASI_OUT_FIRST);
  s->capacity = s->buffer == NULL ? 0 : WASI_OUT_FIRST;
  weir_status status = s->buffer == NULL ? WEIR_ERR_NOMEM : WEIR_OK;
  list_init(&s->mark.node);
  if (status == WEIR_OK)
    status = wasi_mark_add(out->guards, store, &s->mark, out_gone);
  if (status == WEIR_OK)
    status = wasi_result_init(&s->result, store, ret_future);
  if (status != WEIR_OK) {
    out_end(s);
    return status;
  }
  list_append(&out->streams, &s->node);
  *ret = s;
  return WEIR_OK;
}

static void write_via_stream(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)count;
  struct wasi_output *out = data;
  weir_value future = {0};
  struct out_stream *s = NULL;
  weir_status status = out_new(out, weir_host_call_store(call), &future, &s);
  if (status == WEIR_OK) {
    s->data = weir_value_take_stream(&args[0]);
    out_next(s);
  }
  wasi_return(call, status, &future);
}

weir_status wasi_output_link(struct wasi_output *out, const char *interface_name, weir_linker *linker,
                             weir_error **ret_error) {
  struct wasi_def def = {interface_name, "write-via-stream", "func(data: stream<u8>) -> future<" WASI_RESULT ">",
                         write_via_stream};
  return wasi_define(linker, &def, 1, out, ret_error);
}

/* ---- life ------------------------------------------------------------------------------------------------------------ */

void wasi_output_init(struct wasi_output *out, const struct weir_alloc *alloc, struct wasi_guards *guards,
                      uv_loop_t *loop, int fd) {
  *out = (struct wasi_output){.alloc = alloc, .guards = guards};
  list_init(&out->streams);
  list_init(&out->queue);
  wasi_fd_init(&out->fd, loop, fd, true, output_ready, out);
}

uv_handle_t *wasi_output_close(struct wasi_output *out) {
  while (!list_empty(&out->streams))
    out_end(LIST_OWNER(out->streams.next, struct out_stream, node));
  return wasi_fd_close(&out->fd);
}

void wasi_output_done(struct wasi_output *out) {
  wasi_fd_done(&out->fd);
}

bool wasi_output_pending(const struct wasi_output *out) {
  return !list_empty(&out->queue);
}

void wasi_output_flush(struct wasi_output *out) {
  while (!list_empty(&out->queue)) {
    wasi_fd_block(&out->fd);
    output_pump(out);
  }
}
