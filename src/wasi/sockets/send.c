/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * tcp-socket.send of 0.3:
 *
 *   TAKING --the guest writes: the system takes bytes from where they lie--> TAKING
 *      |     `--it has no room--> WAITING --there is room--> TAKING
 *      `--failure--> finished
 *      `--the guest drops its end--> finished, and the peer is told that there is no more
 *
 * In TAKING an operation of the store is under way, whose callback will come; in WAITING the guest's write waits, and
 * the socket is waited for. No bytes are here.
 */
#include <errno.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/sockets/stream.h"

enum sending_state { TAKING, WAITING };

enum {
  TURN = 524288
}; /* bytes, after which others have their turn: who reads at the other end may be the same guest */

struct sending {
  struct wasi_flow flow;
  struct wasi_socket *socket; /* held */
  enum sending_state state;
  struct wasi_waiter waiter;
  size_t turn; /* bytes that were sent in this one */
  bool full;   /* the system has no room */
  int error;   /* of sending */
};

static void sending_take(struct sending *s);

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

static void sending_finish(struct sending *s, int error) {
  wasi_event_leave(&s->waiter);
  if (error == 0)
    shutdown(s->socket->fd, SHUT_WR);
  if (s->flow.gone)
    wasi_flow_end(&s->flow);
  else
    wasi_flow_finish(&s->flow, error);
}

/* The store is being freed: the callback of what is under way ends it. */
static void sending_gone(struct wasi_flow *flow) {
  if (sending_of(flow)->state == WAITING)
    sending_finish(sending_of(flow), 0);
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

static size_t sending_look(void *data, weir_stream *end, const void *bytes, size_t count) {
  struct sending *s = data;
  const char *from = bytes;
  size_t gone = 0;
  ssize_t some = 1;
  (void)end;
  while (gone < count && some > 0 && s->error == 0 && s->turn < TURN) {
    some = wasi_socket_send(s->socket, from + gone, count - gone);
    gone += some > 0 ? (size_t)some : 0;
  }
  s->turn += gone;
  s->full = some == -EAGAIN;
  if (some < 0 && !s->full)
    s->error = (int)-some;
  return gone;
}

static void sending_again(struct wasi_waiter *waiter) {
  sending_take(LIST_OWNER(waiter, struct sending, waiter));
}

/* The system has no room for what the guest writes. */
static void sending_wait(struct sending *s) {
  s->state = WAITING;
  if (!wasi_event_wait(&s->socket->writable, &s->waiter))
    sending_finish(s, EIO);
}

static void sending_taken(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  struct sending *s = data;
  (void)end, (void)count;
  s->flow.gone |= result == WEIR_COPY_CANCELLED; /* only the store cancels */
  if (s->error != 0 || s->flow.gone || result == WEIR_COPY_DROPPED)
    sending_finish(s, s->error);
  else if (s->full)
    sending_wait(s);
  else
    sending_take(s);
}

static void sending_take(struct sending *s) {
  s->state = TAKING;
  s->turn = 0;
  s->full = false;
  if (weir_stream_drain(s->flow.data, sending_look, sending_taken, s, NULL) != WEIR_OK)
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
  s->waiter.happened = sending_again;
  if (error != 0)
    sending_finish(s, error);
  else
    sending_take(s);
  return WEIR_OK;
}
