/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * tcp-socket.receive of 0.3:
 *
 *   ASKING --the guest reads: the system fills its buffer--> ASKING
 *      |     `--it has no bytes--> WAITING --it has some--> ASKING
 *      |     `--end or failure--> finished
 *      `--the guest drops its end--> finished, and the socket receives no more
 *
 * Where a host reads that has no buffer of its own (send.c), bytes go by hand: ASKING --it reads--> WAITING --bytes-->
 * WRITING --taken--> ASKING. There is a buffer in WRITING only.
 *
 * In ASKING and WRITING an operation of the store is under way, whose callback will come. In WAITING the socket is
 * waited for, and whether the guest is still there is asked now and then.
 */
#include <errno.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/sockets/stream.h"

enum { BUFFER = 65536 };

enum receiving_state { ASKING, WAITING, WRITING };

struct receiving {
  struct wasi_flow flow;
  struct wasi_socket *socket; /* held */
  enum receiving_state state;
  struct list waiting; /* WAITING: in wasi_sockets.waiting */
  struct wasi_waiter waiter;
  ssize_t outcome;     /* of filling the guest's buffer */
  bool asked, by_hand; /* there was one to be filled; bytes go by hand */
  uint8_t *buffer;
  size_t filled, taken;
};

static void receiving_ask(struct receiving *r);

static struct receiving *receiving_of(struct wasi_flow *flow) {
  return LIST_OWNER(flow, struct receiving, flow);
}

static void buffer_free(struct receiving *r) {
  mem_free(r->socket->sockets->alloc, r->buffer, BUFFER);
  r->buffer = NULL;
}

void wasi_receiving_release(struct wasi_flow *flow) {
  struct receiving *r = receiving_of(flow);
  const struct weir_alloc *alloc = flow->flows->alloc;
  wasi_event_leave(&r->waiter);
  list_remove(&r->waiting);
  buffer_free(r);
  wasi_socket_release(r->socket);
  mem_free(alloc, r, sizeof(*r));
}

/* The store is being freed: else the callback of what is under way ends it. */
static void receiving_gone(struct wasi_flow *flow) {
  if (receiving_of(flow)->state == WAITING)
    wasi_flow_end(flow);
}

static void receiving_finish(struct receiving *r, int error) {
  r->state = WRITING;
  wasi_event_leave(&r->waiter);
  list_remove(&r->waiting);
  buffer_free(r);
  wasi_flow_finish(&r->flow, error);
}

/* Nobody reads any more. */
static void receiving_dropped(struct receiving *r) {
  shutdown(r->socket->fd, SHUT_RD);
  receiving_finish(r, 0);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static void receiving_write(struct receiving *r);

static void receiving_written(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  struct receiving *r = data;
  (void)end;
  r->taken += count;
  if (r->flow.gone || result == WEIR_COPY_CANCELLED) {
    wasi_flow_end(&r->flow);
  } else if (result == WEIR_COPY_DROPPED) {
    receiving_dropped(r);
  } else if (r->taken < r->filled) {
    receiving_write(r);
  } else {
    buffer_free(r);
    receiving_ask(r);
  }
}

static void receiving_write(struct receiving *r) {
  r->state = WRITING;
  if (weir_stream_write(r->flow.data, r->buffer + r->taken, r->filled - r->taken, receiving_written, r, NULL) !=
      WEIR_OK)
    receiving_finish(r, EIO);
}

/* ---- receiving --------------------------------------------------------------------------------------------------- */

/* There is nothing to be received now. */
static void receiving_wait(struct receiving *r) {
  r->state = WAITING;
  list_append(&r->socket->sockets->waiting, &r->waiting);
  if (!wasi_event_wait(&r->socket->readable, &r->waiter))
    receiving_finish(r, EIO);
}

static void receiving_by_hand(struct receiving *r) {
  if (!r->buffer)
    r->buffer = mem_alloc(r->socket->sockets->alloc, BUFFER);
  ssize_t count = r->buffer ? wasi_socket_receive(r->socket, r->buffer, BUFFER) : -ENOMEM;
  if (count == -EAGAIN) {
    buffer_free(r);
    receiving_wait(r);
    return;
  }
  r->filled = count > 0 ? (size_t)count : 0;
  r->taken = 0;
  if (count > 0)
    receiving_write(r);
  else
    receiving_finish(r, (int)-count);
}

/* There is something. */
static void receiving_again(struct wasi_waiter *waiter) {
  struct receiving *r = LIST_OWNER(waiter, struct receiving, waiter);
  list_remove(&r->waiting);
  if (r->by_hand)
    receiving_by_hand(r);
  else
    receiving_ask(r);
}

/* While the socket is waited for nothing tells that the guest has dropped its end. */
bool wasi_receiving_look(struct wasi_sockets *sockets) {
  bool any = false;
  for (int i = 0; i < WASI_SOCKETS_LOOKS && !list_empty(&sockets->waiting); i++) {
    struct receiving *r = LIST_OWNER(sockets->waiting.next, struct receiving, waiting);
    list_remove(&r->waiting);
    list_append(&sockets->waiting, &r->waiting);
    if (weir_stream_other_end(r->flow.data) != WEIR_END_DROPPED)
      continue;
    receiving_dropped(r);
    any = true;
  }
  return any;
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

static size_t receiving_fill(void *data, weir_stream *end, void *bytes, size_t count) {
  struct receiving *r = data;
  (void)end;
  r->asked = true;
  r->outcome = wasi_socket_receive(r->socket, bytes, count);
  return r->outcome > 0 ? (size_t)r->outcome : 0;
}

static void receiving_asked(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  struct receiving *r = data;
  (void)end, (void)count;
  if (r->flow.gone || result == WEIR_COPY_CANCELLED) {
    wasi_flow_end(&r->flow);
  } else if (result == WEIR_COPY_DROPPED) {
    receiving_dropped(r);
  } else if (!r->asked || r->outcome > 0) { /* now, or after the guest has read some */
    r->by_hand = true;
    receiving_by_hand(r);
  } else if (r->outcome == -EAGAIN) {
    receiving_wait(r);
  } else {
    receiving_finish(r, (int)-r->outcome);
  }
}

/* By hand a write of no bytes completes when the guest reads. */
static weir_status start_asking(struct receiving *r) {
  r->asked = false;
  if (r->by_hand)
    return weir_stream_write(r->flow.data, "", 0, receiving_asked, r, NULL);
  return weir_stream_feed(r->flow.data, receiving_fill, receiving_asked, r, NULL);
}

static void receiving_ask(struct receiving *r) {
  r->state = ASKING;
  if (start_asking(r) != WEIR_OK)
    receiving_finish(r, EIO);
}

weir_status wasi_receiving_new(struct wasi_socket *socket, weir_store *store, int error, weir_value *ret_stream,
                               weir_value *ret_future) {
  struct receiving *r = mem_zalloc(socket->sockets->alloc, sizeof(*r));
  if (!r)
    return WEIR_ERR_NOMEM;
  wasi_socket_hold(socket);
  r->socket = socket;
  list_init(&r->waiting);
  WEIR_TRY(wasi_flow_init(&r->flow, &socket->sockets->receiving, store, receiving_gone, ret_future));
  r->waiter.happened = receiving_again;
  weir_status status = weir_stream_new(store, WEIR_ELEMENT_U8, ret_stream, &r->flow.data, NULL);
  if (status != WEIR_OK)
    wasi_flow_end(&r->flow);
  else if (error != 0)
    receiving_finish(r, error);
  else
    receiving_ask(r);
  return status;
}
