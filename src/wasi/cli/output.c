/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One `struct wasi_output_stream` a call of write-via-stream:
 *
 *   READING --bytes--> QUEUED --all written--> READING, or ASKING where others want a buffer
 *      |                 `--failed--> finished(error)
 *      `--cancelled here, for another stream--> ASKING --guest writes--> WANTING --a buffer is free--> READING
 *
 * A new stream begins in READING, with a buffer, where one is free and nobody waits for one; otherwise in FRESH, which
 * is looked at before the loop blocks. A guest that drops its end finishes the stream, wherever that is seen. In
 * READING and ASKING an operation of the store is under way, whose callback will come; FRESH and WANTING rest. A QUEUED
 * stream whose store is freed is still written.
 */
#include "wasi/cli/output.h"

#include <errno.h>

#include "base/mem.h"
#include "wasi/wit.h"

enum out_state { OUT_FRESH, OUT_ASKING, OUT_WANTING, OUT_READING, OUT_QUEUED };

struct wasi_output_stream {
  struct wasi_flow flow;
  struct list order;
  enum out_state state;
  uint8_t *buffer; /* NULL: it has none */
  size_t capacity, filled, written;
  bool ended;    /* the guest has dropped its end */
  bool yielding; /* its read was cancelled here, for another stream */
};

static void out_next(struct wasi_output_stream *s);
static void output_serve(struct wasi_output *out);

static struct wasi_output_stream *out_of(struct wasi_flow *flow) {
  return LIST_OWNER(flow, struct wasi_output_stream, flow);
}

static struct wasi_output *output_of(const struct wasi_output_stream *s) {
  return LIST_OWNER(s->flow.flows, struct wasi_output, flows);
}

static void out_enter(struct wasi_output_stream *s, enum out_state state, struct list *order) {
  s->state = state;
  list_remove(&s->order);
  if (order)
    list_append(order, &s->order);
}

/* ---- buffers ----------------------------------------------------------------------------------------------------- */

static bool out_take_buffer(struct wasi_output_stream *s) {
  struct wasi_output *out = output_of(s);
  if (s->buffer)
    return true;
  if (out->buffers == WASI_OUTPUT_BUFFERS)
    return false;
  s->buffer = mem_alloc(out->alloc, WASI_OUTPUT_FIRST);
  if (!s->buffer)
    return false;
  s->capacity = WASI_OUTPUT_FIRST;
  out->buffers++;
  return true;
}

static void out_give_buffer(struct wasi_output_stream *s) {
  struct wasi_output *out = output_of(s);
  if (!s->buffer)
    return;
  mem_free(out->alloc, s->buffer, s->capacity);
  s->buffer = NULL;
  out->buffers--;
}

/* A buffer that was filled to the brim is worth a larger one; where memory is out the small one does. */
static void out_grow(struct wasi_output_stream *s) {
  if (s->filled < s->capacity || s->capacity >= WASI_OUTPUT_MAX)
    return;
  const struct weir_alloc *alloc = output_of(s)->alloc;
  uint8_t *larger = mem_alloc(alloc, WASI_OUTPUT_MAX);
  if (!larger)
    return;
  mem_free(alloc, s->buffer, s->capacity);
  s->buffer = larger;
  s->capacity = WASI_OUTPUT_MAX;
}

/* ---- ending ------------------------------------------------------------------------------------------------------ */

static void out_release(struct wasi_flow *flow) {
  struct wasi_output_stream *s = out_of(flow);
  list_remove(&s->order);
  out_give_buffer(s);
  mem_free(flow->flows->alloc, s, sizeof(*s));
}

/* The store is being freed. */
static void out_gone(struct wasi_flow *flow) {
  struct wasi_output_stream *s = out_of(flow);
  if (s->state == OUT_FRESH || s->state == OUT_WANTING)
    wasi_flow_end(flow); /* else the callback of what is under way does, or who writes what is queued */
}

static void out_finish(struct wasi_output_stream *s, int error) {
  struct wasi_output *out = output_of(s);
  out->moves++;
  out_enter(s, OUT_READING, NULL);
  out_give_buffer(s);
  wasi_flow_finish(&s->flow, error);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* Writes what one stream has. 0: all of it; else -EAGAIN or the negative of another errno. */
static int out_write(struct wasi_output_stream *s) {
  while (s->written < s->filled) {
    ssize_t count = wasi_fd_write(&output_of(s)->fd, s->buffer + s->written, s->filled - s->written);
    if (count < 0)
      return (int)count;
    s->written += (size_t)count;
  }
  return 0;
}

static void out_fail(struct wasi_output_stream *s, int error) {
  output_of(s)->error = error;
  if (s->flow.gone)
    wasi_flow_end(&s->flow);
  else
    out_finish(s, error);
}

/* Writes as much as the descriptor takes, and waits for it where bytes are left. */
static void output_pump(struct wasi_output *out) {
  while (!list_empty(&out->queue)) {
    struct wasi_output_stream *s = LIST_OWNER(out->queue.next, struct wasi_output_stream, order);
    int status = out_write(s);
    if (status == -EAGAIN)
      status = wasi_fd_wait(&out->fd) == 0 ? -EAGAIN : -EIO;
    if (status == -EAGAIN)
      return;
    list_remove(&s->order);
    if (status == 0)
      out_next(s);
    else
      out_fail(s, -status);
  }
  if (!wasi_event_is_awaited(&out->writable))
    wasi_fd_unwait(&out->fd);
}

static void output_ready(void *data) {
  struct wasi_output *out = data;
  output_pump(out);
  if (list_empty(&out->queue))
    wasi_event_happened(&out->writable);
  output_serve(out);
}

/* ---- writers beside the streams ---------------------------------------------------------------------------------- */

static bool writable_watch(struct wasi_event *event) {
  return wasi_fd_wait(&LIST_OWNER(event, struct wasi_output, writable)->fd) == 0;
}

static void writable_unwatch(struct wasi_event *event) {
  struct wasi_output *out = LIST_OWNER(event, struct wasi_output, writable);
  if (list_empty(&out->queue))
    wasi_fd_unwait(&out->fd);
}

ssize_t wasi_output_write(struct wasi_output *out, const void *bytes, size_t size) {
  if (!list_empty(&out->queue))
    return -EAGAIN;
  ssize_t count = wasi_fd_write(&out->fd, bytes, size);
  if (count < 0 && count != -EAGAIN)
    out->error = (int)-count;
  return count;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static void out_read_done(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end;
  struct wasi_output_stream *s = data;
  struct wasi_output *out = output_of(s);
  bool gone = s->flow.gone || (result == WEIR_COPY_CANCELLED && !s->yielding); /* only the store cancels, or we */
  out->preempting = out->preempting && !s->yielding;
  s->yielding = false;
  s->flow.gone = gone;
  s->filled = count;
  s->written = 0;
  s->ended = result == WEIR_COPY_DROPPED;
  bool first = list_empty(&out->queue);
  if (count == 0) {
    out_next(s);
  } else {
    out_enter(s, OUT_QUEUED, &out->queue);
    if (first) /* else the descriptor is being waited for */
      output_pump(out);
  }
  if (!gone)
    output_serve(out);
}

static void out_read(struct wasi_output_stream *s) {
  struct wasi_output *out = output_of(s);
  out->moves++;
  out_grow(s);
  out_enter(s, OUT_READING, &out->readers);
  wasi_flow_rise(&s->flow);
  if (weir_stream_read(s->flow.data, s->buffer, s->capacity, out_read_done, s, NULL) != WEIR_OK)
    out_finish(s, EIO);
  else
    s->filled = 0;
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

static void out_want(struct wasi_output_stream *s) {
  out_enter(s, OUT_WANTING, &output_of(s)->wanting);
  wasi_flow_rest(&s->flow);
}

static void out_asked(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end, (void)count;
  struct wasi_output_stream *s = data;
  struct wasi_output *out = output_of(s);
  if (s->flow.gone || result == WEIR_COPY_CANCELLED) {
    wasi_flow_end(&s->flow);
    return; /* nothing may be asked of other streams of a store that is being freed */
  }
  if (result == WEIR_COPY_DROPPED)
    out_finish(s, 0);
  else
    out_want(s);
  output_serve(out);
}

/* A read of no bytes: it completes when the guest writes some. */
static void out_ask(struct wasi_output_stream *s) {
  output_of(s)->moves++;
  out_enter(s, OUT_ASKING, NULL);
  wasi_flow_rise(&s->flow);
  if (weir_stream_read(s->flow.data, NULL, 0, out_asked, s, NULL) != WEIR_OK)
    out_finish(s, EIO);
}

/* What the guest of a stream without operation does by now. True: it writes, and the stream is WANTING. */
static bool out_look(struct wasi_output_stream *s) {
  weir_end_state other = weir_stream_other_end(s->flow.data);
  if (other == WEIR_END_COPYING && s->state != OUT_WANTING)
    out_want(s);
  else if (other == WEIR_END_IDLE)
    out_ask(s);
  else if (other == WEIR_END_DROPPED)
    out_finish(s, 0);
  return other == WEIR_END_COPYING;
}

/* The reader that has been waiting longest for its guest gives its buffer to one whose guest writes. */
static void output_preempt(struct wasi_output *out) {
  if (out->preempting || list_empty(&out->readers))
    return;
  struct wasi_output_stream *s = LIST_OWNER(out->readers.next, struct wasi_output_stream, order);
  list_remove(&s->order);
  s->yielding = out->preempting = true;
  out->moves++;
  weir_stream_cancel(s->flow.data);
}

/* Gives free buffers to those that have waited longest for them, and sees to it that one becomes free for the next. */
static void output_serve(struct wasi_output *out) {
  while (!list_empty(&out->wanting)) {
    struct wasi_output_stream *s = LIST_OWNER(out->wanting.next, struct wasi_output_stream, order);
    if (!out_look(s))
      continue;
    if (!out_take_buffer(s)) {
      if (out->buffers == 0)
        out_finish(s, ENOMEM);
      else
        output_preempt(out);
      return;
    }
    out_read(s);
  }
}

bool wasi_output_ask(struct wasi_output *out) {
  uint64_t before = out->moves;
  while (!list_empty(&out->fresh))
    out_look(LIST_OWNER(out->fresh.next, struct wasi_output_stream, order));
  output_serve(out);
  return out->moves != before;
}

/* All that was read has been written: ask for more, or end. */
static void out_next(struct wasi_output_stream *s) {
  if (s->flow.gone) {
    wasi_flow_end(&s->flow);
  } else if (s->ended) {
    out_finish(s, 0);
  } else if (list_empty(&output_of(s)->wanting)) {
    out_read(s);
  } else {
    out_give_buffer(s);
    out_look(s);
  }
}

/* ---- the interface ----------------------------------------------------------------------------------------------- */

/* A new stream, without its end as yet, and with a buffer where one is to be had. */
static weir_status out_new(struct wasi_output *out, weir_store *store, weir_value *ret_future,
                           struct wasi_output_stream **ret) {
  struct wasi_output_stream *s = mem_zalloc(out->alloc, sizeof(*s));
  if (!s)
    return WEIR_ERR_NOMEM;
  list_init(&s->order);
  weir_status status = wasi_flow_init(&s->flow, &out->flows, store, out_gone, ret_future);
  if (status != WEIR_OK)
    return status;
  bool free_buffer = out->buffers < WASI_OUTPUT_BUFFERS && list_empty(&out->fresh) && list_empty(&out->wanting);
  if (free_buffer && !out_take_buffer(s)) {
    wasi_flow_end(&s->flow);
    return WEIR_ERR_NOMEM;
  }
  *ret = s;
  return WEIR_OK;
}

static weir_status write_via_stream(struct wasi_output *out, weir_store *store, weir_stream *data,
                                    weir_value *ret_future) {
  struct wasi_output_stream *s = NULL;
  wasi_flows_sweep(&out->flows);
  weir_status status = out_new(out, store, ret_future, &s);
  if (status != WEIR_OK) {
    weir_stream_drop(data);
    return status;
  }
  s->flow.data = data;
  if (s->buffer) {
    out_read(s);
    return WEIR_OK;
  }
  out_enter(s, OUT_FRESH, &out->fresh);
  wasi_flow_rest(&s->flow);
  return WEIR_OK;
}

weir_status wasi_cli_stdout_write_via_stream(struct wasi_output *out, weir_store *store, weir_stream *data,
                                             weir_value *ret) {
  return write_via_stream(out, store, data, ret);
}

weir_status wasi_cli_stderr_write_via_stream(struct wasi_output *out, weir_store *store, weir_stream *data,
                                             weir_value *ret) {
  return write_via_stream(out, store, data, ret);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

void wasi_output_init(struct wasi_output *out, const struct weir_alloc *alloc, struct wasi_guards *guards,
                      uv_loop_t *loop, int fd) {
  *out = (struct wasi_output){.alloc = alloc};
  wasi_flows_init(&out->flows, alloc, guards, wasi_result_cli_code, out_release);
  list_init(&out->fresh);
  list_init(&out->wanting);
  list_init(&out->readers);
  list_init(&out->queue);
  wasi_event_init(&out->writable, writable_watch, writable_unwatch);
  wasi_fd_init(&out->fd, loop, fd, true, output_ready, out);
}

uv_handle_t *wasi_output_close(struct wasi_output *out) {
  wasi_flows_close(&out->flows);
  return wasi_fd_close(&out->fd);
}

void wasi_output_done(struct wasi_output *out) {
  wasi_fd_done(&out->fd);
}

bool wasi_output_pending(const struct wasi_output *out) {
  return !list_empty(&out->queue) || out->late > 0;
}

void wasi_output_flush(struct wasi_output *out) {
  bool more = true;
  while (more && wasi_output_pending(out)) {
    more = wasi_fd_block(&out->fd);
    output_ready(out);
  }
}
