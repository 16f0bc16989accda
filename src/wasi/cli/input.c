/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:cli/stdin@0.3.0. One `struct in_stream` a call of read-via-stream:
 *
 *   ASKING --guest reads--> WANTING --bytes--> SENDING --taken--> SENDING (bytes left) or ASKING
 *      |                       `--end of input, failure--> SETTLING --> freed
 *      `--guest drops its end (also while SENDING)--> SETTLING(ok)
 *
 * In all states but WANTING an operation of the store is under way, whose callback will come; a stream ends only in that
 * callback, or in WANTING when its store is freed. While a guest wants, nothing tells that it has changed its mind:
 * wasi_input_ask() goes back to ASKING then, which ends at once if it has not.
 */
#include "wasi/cli/input.h"

#include <errno.h>

#include "base/mem.h"
#include "wasi/host/def.h"
#include "wasi/host/result.h"

enum in_state { IN_ASKING, IN_WANTING, IN_SENDING, IN_SETTLING };

struct in_stream {
  struct list node; /* in wasi_input.streams */
  struct wasi_mark mark;
  struct wasi_input *in;
  const weir_store *store;
  enum in_state state;
  weir_stream *data; /* the writable end; NULL: dropped */
  struct wasi_result result;
  bool yielding; /* its write was cancelled here, for another stream */
  bool gone;     /* its store is being freed */
};

static void input_serve(struct wasi_input *in);

static void in_release(struct wasi_mark *mark) {
  struct in_stream *s = LIST_OWNER(mark, struct in_stream, mark);
  weir_stream_drop(s->data);
  wasi_result_done(&s->result);
  mem_free(s->in->alloc, s, sizeof(*s));
}

static void in_end(struct in_stream *s) {
  struct wasi_input *in = s->in;
  if (in->sender == s)
    in->sender = NULL;
  list_remove(&s->node);
  wasi_mark_remove(&s->mark);
  if (s->gone)
    wasi_mark_bury(in->guards, &s->mark, in_release);
  else
    in_release(&s->mark);
}

static void in_settled(struct wasi_result *result) {
  struct in_stream *s = LIST_OWNER(result, struct in_stream, result);
  s->gone = s->gone || result->store_gone;
  in_end(s);
}

static void in_finish(struct in_stream *s, int error) {
  weir_stream_drop(s->data);
  s->data = NULL;
  s->state = IN_SETTLING;
  wasi_result_settle(&s->result, error, in_settled);
}

/* The store is being freed, and no operation of this stream is under way any more. */
static void in_forget(struct in_stream *s) {
  s->gone = true;
  in_end(s);
}

static void in_gone(struct wasi_mark *mark) {
  struct in_stream *s = LIST_OWNER(mark, struct in_stream, mark);
  if (s->state == IN_WANTING)
    in_forget(s);
  else
    s->gone = true; /* the callback of what is under way ends it */
}

/* ---- asking ---------------------------------------------------------------------------------------------------------- */

static void in_asked(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end, (void)count;
  struct in_stream *s = data;
  struct wasi_input *in = s->in;
  if (s->gone || result == WEIR_COPY_CANCELLED) {
    in_forget(s);
    return; /* nothing may be given to other streams of a store that is being freed */
  }
  if (result == WEIR_COPY_DROPPED)
    in_finish(s, 0);
  else
    s->state = IN_WANTING;
  input_serve(in);
}

static void in_ask(struct in_stream *s) {
  s->state = IN_ASKING;
  if (weir_stream_write(s->data, "", 0, in_asked, s) != WEIR_OK)
    in_finish(s, EIO);
}

static struct in_stream *input_first_wanting(const struct wasi_input *in) {
  for (struct list *node = in->streams.next; node != &in->streams; node = node->next) {
    struct in_stream *s = LIST_OWNER(node, struct in_stream, node);
    if (s->state == IN_WANTING)
      return s;
  }
  return NULL;
}

bool wasi_input_ask(struct wasi_input *in, const weir_store *store) {
  bool any = false;
  for (struct list *node = in->streams.next, *next; node != &in->streams; node = next) {
    struct in_stream *s = LIST_OWNER(node, struct in_stream, node);
    next = node->next;
    if (s->state != IN_WANTING || s->store != store)
      continue;
    in_ask(s);
    any = true;
  }
  if (input_first_wanting(in) == NULL)
    wasi_fd_unwait(&in->fd); /* until a stream has said again that it wants something */
  return any;
}

/* ---- sending --------------------------------------------------------------------------------------------------------- */

static void in_send(struct in_stream *s);

static void in_sent(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end;
  struct in_stream *s = data;
  struct wasi_input *in = s->in;
  bool yielded = s->yielding;
  s->yielding = false;
  in->sender = NULL;
  in->taken += count;
  if (s->gone || (result == WEIR_COPY_CANCELLED && !yielded)) {
    in_forget(s);
    return; /* as in in_asked() */
  }
  if (result == WEIR_COPY_DROPPED)
    in_finish(s, 0);
  else if (yielded || in->taken == in->filled)
    in_ask(s);
  else
    in_send(s);
  input_serve(in);
}

static void in_send(struct in_stream *s) {
  struct wasi_input *in = s->in;
  s->state = IN_SENDING;
  in->sender = s;
  if (weir_stream_write(s->data, in->buffer + in->taken, in->filled - in->taken, in_sent, s) == WEIR_OK)
    return;
  in->sender = NULL;
  in_finish(s, EIO);
}

/* ---- the descriptor -------------------------------------------------------------------------------------------------- */

/* Makes the buffer hold something. 1: it does; 0: the input has ended; -EAGAIN or the negative of another errno. */
static int input_fill(struct wasi_input *in) {
  if (in->taken < in->filled)
    return 1;
  if (in->buffer == NULL)
    in->buffer = mem_alloc(in->alloc, WASI_IN_BUFFER);
  if (in->buffer == NULL)
    return -ENOMEM;
  in->taken = in->filled = 0;
  ssize_t count = wasi_fd_read(&in->fd, in->buffer, WASI_IN_BUFFER);
  if (count <= 0)
    return (int)count;
  in->filled = (size_t)count;
  return 1;
}

/* Lets another stream have what the sender's guest does not take; a write that has completed by now is not affected. */
static void input_preempt(struct wasi_input *in) {
  if (in->sender == NULL || in->sender->yielding || in->sender->gone)
    return;
  in->sender->yielding = true;
  weir_stream_cancel(in->sender->data);
}

/* Gives the buffer, or a new filling of it, to the first stream that wants it. */
static void input_serve(struct wasi_input *in) {
  struct in_stream *s;
  while (in->sender == NULL && (s = input_first_wanting(in)) != NULL) {
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
  if (input_first_wanting(in) != NULL)
    input_preempt(in);
  wasi_fd_unwait(&in->fd);
}

static void input_ready(void *data) {
  input_serve(data);
}

/* ---- the interface --------------------------------------------------------------------------------------------------- */

/* A new stream with both of its ends; `ret_ends` is the tuple for the guest, which is to be cleared also on failure. */
static weir_status in_new(struct wasi_input *in, weir_store *store, weir_value *ret_ends, struct in_stream **ret) {
  weir_status status = weir_value_record(2, ret_ends);
  if (status != WEIR_OK)
    return status;
  struct in_stream *s = mem_zalloc(in->alloc, sizeof(*s));
  if (s == NULL)
    return WEIR_ERR_NOMEM;
  *s = (struct in_stream){.in = in, .store = store};
  list_init(&s->node);
  status = wasi_mark_add(in->guards, store, &s->mark, in_gone);
  if (status == WEIR_OK)
    status = wasi_result_init(&s->result, store, &ret_ends->of.list.items[1]);
  if (status == WEIR_OK)
    status = weir_stream_new(store, WEIR_ELEMENT_U8, &ret_ends->of.list.items[0], &s->data);
  if (status != WEIR_OK) {
    in_end(s);
    return status;
  }
  list_append(&in->streams, &s->node);
  *ret = s;
  return WEIR_OK;
}

static void read_via_stream(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)args, (void)count;
  weir_value ends = {0};
  struct in_stream *s = NULL;
  weir_status status = in_new(data, weir_host_call_store(call), &ends, &s);
  if (status == WEIR_OK)
    in_ask(s);
  wasi_return(call, status, &ends);
}

static const struct wasi_def defs[] = {
    {"wasi:cli/stdin@0.3.0", "read-via-stream", "func() -> tuple<stream<u8>, future<" WASI_RESULT ">>",
     read_via_stream},
};

weir_status wasi_input_link(struct wasi_input *in, weir_linker *linker, weir_error **ret_error) {
  return wasi_define(linker, defs, sizeof(defs) / sizeof(defs[0]), in, ret_error);
}

/* ---- life ------------------------------------------------------------------------------------------------------------ */

void wasi_input_init(struct wasi_input *in, const struct weir_alloc *alloc, struct wasi_guards *guards, uv_loop_t *loop,
                     int fd) {
  *in = (struct wasi_input){.alloc = alloc, .guards = guards};
  list_init(&in->streams);
  wasi_fd_init(&in->fd, loop, fd, false, input_ready, in);
}

uv_handle_t *wasi_input_close(struct wasi_input *in) {
  while (!list_empty(&in->streams))
    in_end(LIST_OWNER(in->streams.next, struct in_stream, node));
  return wasi_fd_close(&in->fd);
}

void wasi_input_done(struct wasi_input *in) {
  mem_free(in->alloc, in->buffer, in->buffer == NULL ? 0 : WASI_IN_BUFFER);
  wasi_fd_done(&in->fd);
}
