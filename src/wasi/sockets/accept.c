/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * tcp-socket.listen of 0.3: a stream of sockets.
 *
 *   ASKING --the guest reads--> WAITING --somebody has come--> GIVING --taken--> ASKING
 *      `--the guest drops its end--> gone
 *
 * Nobody is accepted before the guest asks. In ASKING and GIVING an operation of the store is under way, whose callback
 * will come; in WAITING the socket is waited for. A socket that the guest does not take is closed. A failure to accept
 * (too many descriptors) ends the stream, as there is no other way to tell.
 */
#include "wasi/sockets/accept.h"

#include <errno.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/sockets/stream.h"
#include "weir/instance.h"
#include "weir/resource.h"
#include "weir/type.h"

enum accepting_state { ASKING, WAITING, GIVING };

struct accepting {
  struct list all;            /* in wasi_sockets.accepting */
  struct wasi_socket *socket; /* held */
  weir_store *store;
  weir_instance *instance; /* whose resources the sockets become */
  weir_stream *stream;
  struct wasi_guard_mark mark;
  bool gone; /* the store is being freed */
  enum accepting_state state;
  struct wasi_waiter waiter;
  weir_value given; /* GIVING */
};

static void accepting_ask(struct accepting *a);

static void accepting_end(struct accepting *a) {
  const struct weir_alloc *alloc = a->socket->sockets->alloc;
  list_remove(&a->all);
  wasi_guard_mark_remove(&a->mark);
  wasi_event_leave(&a->waiter);
  weir_value_clear(&a->given);
  weir_stream_drop(a->stream);
  wasi_socket_release(a->socket);
  mem_free(alloc, a, sizeof(*a));
}

/* Else the callback of what is under way ends it. */
static void accepting_gone(struct wasi_guard_mark *mark) {
  struct accepting *a = LIST_OWNER(mark, struct accepting, mark);
  a->gone = true;
  if (a->state == WAITING)
    accepting_end(a);
}

void wasi_accepting_close(struct wasi_sockets *sockets) {
  while (!list_empty(&sockets->accepting))
    accepting_end(LIST_OWNER(sockets->accepting.next, struct accepting, all));
}

/* ---- giving ------------------------------------------------------------------------------------------------------ */

static void accepting_given(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  struct accepting *a = data;
  (void)end, (void)count;
  weir_value_clear(&a->given);
  if (a->gone || result == WEIR_COPY_CANCELLED || result == WEIR_COPY_DROPPED)
    accepting_end(a);
  else
    accepting_ask(a);
}

static weir_status resource_of(const struct accepting *a, struct wasi_socket *take_socket, weir_value *ret) {
  uint64_t rep;
  WEIR_TRY(wasi_tcp_new(a->store, take_socket, WASI_TCP_CONNECTED, &rep));
  weir_status status = weir_resource_new(a->instance, "wasi:sockets/types@0.3.0", "tcp-socket", rep, ret, NULL);
  if (status != WEIR_OK)
    wasi_object_drop(a->socket->sockets->objects, rep);
  return status;
}

static void accepting_try(struct wasi_waiter *waiter) {
  struct accepting *a = LIST_OWNER(waiter, struct accepting, waiter);
  struct wasi_socket *socket;
  a->state = WAITING;
  int status = wasi_socket_accept(a->socket, &socket);
  if (status == -EAGAIN && wasi_event_wait(&a->socket->readable, &a->waiter))
    return;
  bool good = status == 0 && resource_of(a, socket, &a->given) == WEIR_OK;
  a->state = GIVING;
  if (!good || weir_stream_write_values(a->stream, &a->given, 1, accepting_given, a, NULL) != WEIR_OK)
    accepting_end(a);
}

/* While the socket is waited for nothing tells that the guest has dropped its end. */
bool wasi_accepting_look(struct wasi_sockets *sockets) {
  bool any = false;
  for (int i = 0; i < WASI_SOCKETS_LOOKS && !any && !list_empty(&sockets->accepting); i++) {
    struct accepting *a = LIST_OWNER(sockets->accepting.next, struct accepting, all);
    list_remove(&a->all);
    list_append(&sockets->accepting, &a->all);
    if (weir_stream_other_end(a->stream) != WEIR_END_DROPPED)
      continue;
    shutdown(a->socket->fd, SHUT_RDWR); /* nobody can connect any more, even where the end of the stream comes later */
    any = a->state == WAITING;
    if (any)
      accepting_end(a);
  }
  return any;
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

static void accepting_asked(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  struct accepting *a = data;
  (void)end, (void)count;
  if (a->gone || result != WEIR_COPY_COMPLETED)
    accepting_end(a);
  else
    accepting_try(&a->waiter);
}

/* A write of no elements completes when the guest reads. */
static void accepting_ask(struct accepting *a) {
  a->state = ASKING;
  if (weir_stream_write_values(a->stream, NULL, 0, accepting_asked, a, NULL) != WEIR_OK)
    accepting_end(a);
}

/* ---- beginning --------------------------------------------------------------------------------------------------- */

/* The stream in the result of the function that the guest calls. */
static const weir_type *stream_type(const weir_host_call *call) {
  return weir_type_part_type(weir_func_result_type(weir_host_call_func(call)), 0);
}

static weir_status accepting_new(struct wasi_socket *socket, weir_host_call *call, weir_value *ret) {
  struct wasi_sockets *sockets = socket->sockets;
  struct accepting *a = mem_zalloc(sockets->alloc, sizeof(*a));
  if (!a)
    return WEIR_ERR_NOMEM;
  wasi_socket_hold(socket);
  a->socket = socket;
  a->store = weir_host_call_store(call);
  a->instance = weir_host_call_instance(call);
  a->waiter.happened = accepting_try;
  list_append(&sockets->accepting, &a->all);
  weir_status status = wasi_guard_mark_add(sockets->receiving.guards, a->store, &a->mark, accepting_gone);
  if (status == WEIR_OK)
    status = weir_stream_new_typed(a->store, stream_type(call), ret, &a->stream, NULL);
  if (status == WEIR_OK)
    accepting_ask(a);
  else
    accepting_end(a);
  return status;
}

weir_status wasi_tcp_listen(struct wasi_tcp *t, weir_host_call *call, int *ret_error, weir_value *ret) {
  *ret_error = 0;
  if (t->state == WASI_TCP_BOUND || t->state == WASI_TCP_UNBOUND)
    *ret_error = wasi_socket_listen(t->socket, t->state == WASI_TCP_BOUND, t->backlog);
  else
    *ret_error = -EISCONN;
  if (*ret_error != 0)
    return WEIR_OK;
  t->state = WASI_TCP_LISTENING;
  return accepting_new(t->socket, call, ret);
}
