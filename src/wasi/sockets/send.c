/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * tcp-socket.send of 0.3:
 *
 *   READING --bytes--> SENDING --all gone--> READING
 *      |                  `--failure--> finished
 *      `--the guest drops its end--> finished, and the peer is told that there is no more
 *
 * In READING an operation of the store is under way, whose callback will come; in SENDING the socket is waited for.
 * What a guest has written is sent also where its store goes meanwhile.
 */
#include <errno.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/sockets/stream.h"

enum { BUFFER = 32768 };

enum sending_state { READING, SENDING };

struct sending {
  struct wasi_flow flow;
  struct wasi_socket *socket; /* held */
  enum sending_state state;
  bool ended; /* the guest has dropped its end */
  struct wasi_waiter waiter;
  size_t filled, gone;
  uint8_t buffer[BUFFER];
};

static void sending_read(struct sending *s);

static struct sending *sending_of(struct wasi_flow *flow) {
  return LIST_OWNER(flow, struct sending, flow);
}

void wasi_sending_release(struct wasi_flow *flow) {
  struct sending *s = sending_of(flow);
  const struct weir_alloc *alloc = flow->flows->alloc;
  wasi_event_leave(&s->waiter);
  wasi_socket_release(s->socket);
  mem_free(alloc, s, sizeof(*s));
}

/* The store is being freed: the callback of what is under way ends it, or the socket that has taken the rest. */
static void sending_gone(struct wasi_flow *flow) {
  (void)flow;
}

static void sending_finish(struct sending *s, int error) {
  wasi_event_leave(&s->waiter);
  if (error == 0)
    shutdown(s->socket->fd, SHUT_WR);
  if (s->flow.gone)
    wasi_flow_end(&s->flow);
  else
    wasi_flow_finish(&s->flow, error);
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

static void sending_try(struct wasi_waiter *waiter) {
  struct sending *s = LIST_OWNER(waiter, struct sending, waiter);
  ssize_t count = 0;
  s->state = SENDING;
  while (s->gone < s->filled && count >= 0) {
    count = wasi_socket_send(s->socket, s->buffer + s->gone, s->filled - s->gone);
    s->gone += count > 0 ? (size_t)count : 0;
  }
  if (count == -EAGAIN && wasi_event_wait(&s->socket->writable, &s->waiter))
    return;
  if (count < 0)
    sending_finish(s, (int)-count);
  else if (s->ended || s->flow.gone)
    sending_finish(s, 0);
  else
    sending_read(s);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static void sending_got(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  struct sending *s = data;
  (void)end;
  s->flow.gone |= result == WEIR_COPY_CANCELLED; /* only the store cancels */
  s->ended = result == WEIR_COPY_DROPPED;
  s->filled = count;
  s->gone = 0;
  sending_try(&s->waiter);
}

static void sending_read(struct sending *s) {
  s->state = READING;
  if (weir_stream_read(s->flow.data, s->buffer, BUFFER, sending_got, s, NULL) != WEIR_OK)
    sending_finish(s, EIO);
}

weir_status wasi_sending_new(struct wasi_socket *socket, weir_store *store, int error, weir_stream *take_data,
                             weir_value *ret_future) {
  struct sending *s = mem_zalloc(socket->sockets->alloc, sizeof(*s));
  if (!s) {
    weir_stream_drop(take_data);
    return WEIR_ERR_NOMEM;
  }
  wasi_socket_hold(socket);
  s->socket = socket;
  weir_status status = wasi_flow_init(&s->flow, &socket->sockets->sending, store, sending_gone, ret_future);
  if (status != WEIR_OK) {
    weir_stream_drop(take_data);
    return status;
  }
  s->flow.data = take_data;
  s->waiter.happened = sending_try;
  if (error != 0)
    sending_finish(s, error);
  else
    sending_read(s);
  return WEIR_OK;
}
