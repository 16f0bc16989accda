/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:cli/stdin@0.3.0. One `struct wasi_input_stream` a call of read-via-stream:
 *
 *   FRESH --looked at: the guest reads--> WANTING --its turn, bytes--> SENDING --taken--> SENDING or ASKING
 *     |                                    ^   |`--its turn, end of input or failure--> finished
 *     |                                    |   `--its turn, but the guest has stopped reading--> ASKING
 *     `--looked at: not yet--> ASKING --guest reads--'
 *
 * A new stream begins in ASKING where few others are, so that few ends of streams that live for one call of a guest
 * only have to wait for the next step; otherwise in FRESH, which is looked at before the loop waits.
 *
 * A guest that drops its end finishes the stream, wherever that is seen. In ASKING and SENDING an operation of the
 * store is under way, whose callback will come; FRESH and WANTING rest, so nothing tells that the guest has changed its
 * mind, and it is asked (weir_stream_other_end()) when it is the stream's turn.
 */
#include "wasi/cli/input.h"

#include <errno.h>
#include <string.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/wit.h"

enum in_state { IN_FRESH, IN_ASKING, IN_WANTING, IN_SENDING };

struct wasi_input_stream {
  struct wasi_flow flow;
  struct list order; /* in wasi_input.fresh or .wanting, or alone */
  enum in_state state;
  bool yielding; /* its write was cancelled here, for another stream */
};

static void input_serve(struct wasi_input *in);

static struct wasi_input_stream *in_of(struct wasi_flow *flow) {
  return LIST_OWNER(flow, struct wasi_input_stream, flow);
}

static struct wasi_input *input_of(const struct wasi_input_stream *s) {
  return LIST_OWNER(s->flow.flows, struct wasi_input, flows);
}

static void in_release(struct wasi_flow *flow) {
  struct wasi_input_stream *s = in_of(flow);
  list_remove(&s->order);
  mem_free(flow->flows->alloc, s, sizeof(*s));
}

/* The store is being freed, and no operation of this stream is under way any more. */
static void in_forget(struct wasi_input_stream *s) {
  wasi_flow_end(&s->flow);
}

static void in_gone(struct wasi_flow *flow) {
  struct wasi_input_stream *s = in_of(flow);
  if (s->state == IN_FRESH || s->state == IN_WANTING)
    in_forget(s); /* else the callback of what is under way does */
}

static void in_finish(struct wasi_input_stream *s, int error) {
  input_of(s)->moves++;
  list_remove(&s->order);
  wasi_flow_finish(&s->flow, error);
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

static void in_want(struct wasi_input_stream *s) {
  s->state = IN_WANTING;
  list_remove(&s->order);
  list_append(&input_of(s)->wanting, &s->order);
  wasi_flow_rest(&s->flow);
}

static void in_asked(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end, (void)count;
  struct wasi_input_stream *s = data;
  struct wasi_input *in = input_of(s);
  in->asking--;
  if (s->flow.gone || result == WEIR_COPY_CANCELLED) {
    in_forget(s);
    return; /* nothing may be given to other streams of a store that is being freed */
  }
  if (result == WEIR_COPY_DROPPED)
    in_finish(s, 0);
  else
    in_want(s);
  input_serve(in);
}

static void in_ask(struct wasi_input_stream *s) {
  s->state = IN_ASKING;
  input_of(s)->moves++;
  input_of(s)->asking++;
  list_remove(&s->order);
  wasi_flow_rise(&s->flow);
  if (weir_stream_write(s->flow.data, "", 0, in_asked, s, NULL) == WEIR_OK)
    return;
  input_of(s)->asking--;
  in_finish(s, EIO);
}

/* What the guest of a stream without operation does by now. True: it reads, and the stream is WANTING. */
static bool in_look(struct wasi_input_stream *s) {
  weir_end_state other = weir_stream_other_end(s->flow.data);
  if (other == WEIR_END_COPYING && s->state != IN_WANTING)
    in_want(s);
  else if (other == WEIR_END_IDLE)
    in_ask(s);
  else if (other == WEIR_END_DROPPED)
    in_finish(s, 0);
  return other == WEIR_END_COPYING;
}

/* The first of those that want bytes, and still do. */
static struct wasi_input_stream *input_first(struct wasi_input *in) {
  while (!list_empty(&in->wanting)) {
    struct wasi_input_stream *s = LIST_OWNER(in->wanting.next, struct wasi_input_stream, order);
    if (in_look(s))
      return s;
  }
  return NULL;
}

bool wasi_input_ask(struct wasi_input *in) {
  uint64_t before = in->moves;
  while (!list_empty(&in->fresh))
    in_look(LIST_OWNER(in->fresh.next, struct wasi_input_stream, order));
  input_serve(in);
  return in->moves != before;
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

static void in_send(struct wasi_input_stream *s);

static void in_sent(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end;
  struct wasi_input_stream *s = data;
  struct wasi_input *in = input_of(s);
  bool yielded = s->yielding;
  s->yielding = false;
  in->sender = NULL;
  in->taken += count;
  if (s->flow.gone || (result == WEIR_COPY_CANCELLED && !yielded)) {
    in_forget(s);
    return; /* as in in_asked() */
  }
  if (result == WEIR_COPY_DROPPED)
    in_finish(s, 0);
  else if (yielded || in->taken == in->filled)
    in_look(s);
  else
    in_send(s);
  input_serve(in);
}

static void in_send(struct wasi_input_stream *s) {
  struct wasi_input *in = input_of(s);
  s->state = IN_SENDING;
  in->moves++;
  list_remove(&s->order);
  wasi_flow_rise(&s->flow);
  in->sender = s;
  if (weir_stream_write(s->flow.data, in->buffer + in->taken, in->filled - in->taken, in_sent, s, NULL) == WEIR_OK)
    return;
  in->sender = NULL;
  in_finish(s, EIO);
}

/* ---- the descriptor ---------------------------------------------------------------------------------------------- */

/* Makes the buffer hold something. 1: it does; 0: the input has ended; -EAGAIN or the negative of another errno. */
static int input_fill(struct wasi_input *in) {
  if (in->taken < in->filled)
    return 1;
  if (!in->buffer)
    in->buffer = mem_alloc(in->alloc, WASI_INPUT_BUFFER);
  if (!in->buffer)
    return -ENOMEM;
  in->taken = in->filled = 0;
  ssize_t count = wasi_fd_read(&in->fd, in->buffer, WASI_INPUT_BUFFER);
  if (count <= 0)
    return (int)count;
  in->filled = (size_t)count;
  return 1;
}

/* Lets another stream have what the sender's guest does not take; a write that has completed by now is not affected. */
static void input_preempt(struct wasi_input *in) {
  if (!in->sender || in->sender->yielding || in->sender->flow.gone)
    return;
  in->sender->yielding = true;
  in->moves++;
  weir_stream_cancel(in->sender->flow.data);
}

/* Gives the buffer, or a new filling of it, to the first stream that wants it. */
static void input_serve(struct wasi_input *in) {
  struct wasi_input_stream *s;
  while (!in->sender && (s = input_first(in))) {
    int status = input_fill(in);
    if (status == -EAGAIN)
      status = wasi_fd_wait(&in->fd) == 0 ? -EAGAIN : -EIO;
    if (status == -EAGAIN)
      return;
    if (status == 1)
      in_send(s);
    else
      in_finish(s, -status);
  }
  if (!list_empty(&in->wanting))
    input_preempt(in);
  if (!wasi_event_is_awaited(&in->readable))
    wasi_fd_unwait(&in->fd);
}

static void input_ready(void *data) {
  struct wasi_input *in = data;
  wasi_event_happened(&in->readable);
  input_serve(in);
}

/* ---- readers beside the streams ---------------------------------------------------------------------------------- */

static bool readable_watch(struct wasi_event *event) {
  return wasi_fd_wait(&LIST_OWNER(event, struct wasi_input, readable)->fd) == 0;
}

static void readable_unwatch(struct wasi_event *event) {
  struct wasi_input *in = LIST_OWNER(event, struct wasi_input, readable);
  if (list_empty(&in->wanting))
    wasi_fd_unwait(&in->fd);
}

ssize_t wasi_input_read(struct wasi_input *in, void *bytes, size_t size) {
  size_t left = in->filled - in->taken;
  if (in->sender)
    return -EAGAIN;
  if (left == 0)
    return wasi_fd_read(&in->fd, bytes, size);
  size_t count = size < left ? size : left;
  memcpy(bytes, in->buffer + in->taken, count);
  in->taken += count;
  return (ssize_t)count;
}

bool wasi_input_is_ready(struct wasi_input *in) {
  return !in->sender && (in->taken < in->filled || wasi_fd_is_ready(&in->fd));
}

/* ---- the interface ----------------------------------------------------------------------------------------------- */

static void in_begin(struct wasi_input_stream *s) {
  struct wasi_input *in = input_of(s);
  if (list_empty(&in->fresh) && in->asking < WASI_INPUT_ASKING) {
    in_ask(s);
    return;
  }
  list_append(&in->fresh, &s->order);
  wasi_flow_rest(&s->flow);
}

weir_status wasi_cli_stdin_read_via_stream(struct wasi_input *in, weir_store *store,
                                           struct wasi_tuple_stream_u8_future_result_none_cli_error_code *ret) {
  wasi_flows_sweep(&in->flows);
  struct wasi_input_stream *s = mem_zalloc(in->alloc, sizeof(*s));
  if (!s)
    return WEIR_ERR_NOMEM;
  list_init(&s->order);
  WEIR_TRY(wasi_flow_init(&s->flow, &in->flows, store, in_gone, &ret->f1));
  weir_status status = weir_stream_new(store, WEIR_ELEMENT_U8, &ret->f0, &s->flow.data, NULL);
  if (status == WEIR_OK)
    in_begin(s);
  else
    wasi_flow_end(&s->flow);
  return status;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

void wasi_input_init(struct wasi_input *in, const struct weir_alloc *alloc, struct wasi_guards *guards, uv_loop_t *loop,
                     int fd) {
  *in = (struct wasi_input){.alloc = alloc};
  wasi_flows_init(&in->flows, alloc, guards, wasi_result_cli_code, in_release);
  list_init(&in->fresh);
  list_init(&in->wanting);
  wasi_event_init(&in->readable, readable_watch, readable_unwatch);
  wasi_fd_init(&in->fd, loop, fd, false, input_ready, in);
}

uv_handle_t *wasi_input_close(struct wasi_input *in) {
  wasi_flows_close(&in->flows);
  in->sender = NULL;
  return wasi_fd_close(&in->fd);
}

void wasi_input_done(struct wasi_input *in) {
  mem_free(in->alloc, in->buffer, !in->buffer ? 0 : WASI_INPUT_BUFFER);
  wasi_fd_done(&in->fd);
}
