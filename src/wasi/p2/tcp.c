/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:sockets/tcp and tcp-create-socket@0.2. Nothing here waits: what a guest starts is done at once, or under way in
 * the kernel, and its `finish` tells the outcome.
 *
 *   UNBOUND --start-bind--> BINDING --finish--> BOUND --start-listen--> LISTENS --finish--> LISTENING
 *   UNBOUND or BOUND --start-connect--> CONNECTING --finish--> CONNECTED or CLOSED
 *
 * A start that fails leaves the state as it was. In order: life; binding and listening; connecting; what a socket is;
 * options; closing.
 */
#include <errno.h>
#include <poll.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/p2/network.h"
#include "wasi/p2/poll.h"
#include "wasi/p2/relay.h"

enum tcp_state { UNBOUND, BINDING, BOUND, LISTENS, LISTENING, CONNECTING, CONNECTED, CLOSED };

struct tcp {
  struct wasi_object object;
  struct wasi_socket *socket; /* held */
  enum tcp_state state;
  int backlog;
  struct wasi_p2_pollee pollee;
  struct wasi_p2_relay relay;
};

typedef struct wasi_result_none_p2_sockets_error_code done_result;
typedef struct wasi_result_sockets_ip_socket_address_p2_sockets_error_code address_result;

/* ---- life -------------------------------------------------------------------------------------------------------- */

static struct tcp *tcp_of(struct wasi_p2_pollee *pollee) {
  return LIST_OWNER(pollee, struct tcp, pollee);
}

static bool tcp_watch(struct wasi_event *event) {
  struct tcp *t = tcp_of(LIST_OWNER(event, struct wasi_p2_pollee, event));
  struct wasi_event *from = t->state == LISTENING ? &t->socket->readable : &t->socket->writable;
  return wasi_p2_relay_watch(&t->relay, from, event);
}

static void tcp_unwatch(struct wasi_event *event) {
  wasi_p2_relay_unwatch(&tcp_of(LIST_OWNER(event, struct wasi_p2_pollee, event))->relay);
}

static struct pollfd tcp_asks(struct wasi_p2_pollee *pollee) {
  const struct tcp *t = tcp_of(pollee);
  bool asks = t->state == LISTENING || t->state == CONNECTING;
  return (struct pollfd){.fd = asks ? t->socket->fd : -1, .events = t->state == LISTENING ? POLLIN : POLLOUT};
}

static bool tcp_ready(struct wasi_p2_pollee *pollee) {
  struct pollfd asks = tcp_asks(pollee);
  return asks.fd < 0 || wasi_socket_is_ready(tcp_of(pollee)->socket, asks.events);
}

static void tcp_free(struct wasi_object *object) {
  struct tcp *t = (struct tcp *)object;
  wasi_p2_relay_unwatch(&t->relay);
  wasi_socket_release(t->socket);
  mem_free(object->objects->alloc, t, sizeof(*t));
}

static const struct wasi_object_type tcp_type = {.free = tcp_free};

static struct tcp *tcp_get(const struct wasi_p2 *p2, uint64_t number) {
  return (struct tcp *)wasi_object_get(p2->objects, &tcp_type, number);
}

/* NULL: the number leads to no such socket. */
static struct wasi_socket *socket_of(const struct wasi_p2 *p2, uint64_t self) {
  const struct tcp *t = tcp_get(p2, self);
  return t ? t->socket : NULL;
}

static weir_status tcp_new(struct wasi_p2 *p2, weir_store *store, struct wasi_socket *take_socket, enum tcp_state state,
                           uint64_t *ret) {
  struct tcp *t = mem_zalloc(p2->alloc, sizeof(*t));
  weir_status status = t ? wasi_object_init(p2->objects, &tcp_type, store, &t->object) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK) {
    mem_free(p2->alloc, t, sizeof(*t));
    wasi_socket_release(take_socket);
    return status;
  }
  t->socket = take_socket;
  t->state = state;
  t->backlog = WASI_BACKLOG;
  t->pollee.ready = tcp_ready;
  t->pollee.asks = tcp_asks;
  wasi_event_init(&t->pollee.event, tcp_watch, tcp_unwatch);
  *ret = t->object.number;
  return WEIR_OK;
}

weir_status wasi_p2_sockets_tcp_create_socket_create_tcp_socket(
    struct wasi_p2 *p2, weir_store *store, enum wasi_sockets_ip_address_family address_family,
    struct wasi_result_p2_sockets_tcp_socket_p2_sockets_error_code *ret) {
  struct wasi_socket *socket;
  int status = wasi_socket_new(p2->sockets, address_family, SOCK_STREAM, &socket);
  ret->failed = status != 0;
  ret->error = wasi_p2_network_error_code(-status);
  return ret->failed ? WEIR_OK : tcp_new(p2, store, socket, UNBOUND, &ret->ok);
}

void wasi_p2_sockets_tcp_socket_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}

weir_status wasi_p2_sockets_tcp_tcp_socket_subscribe(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                     uint64_t *ret) {
  struct tcp *t = tcp_get(p2, self);
  return t ? wasi_p2_pollable_new(p2, store, &t->object, &t->pollee, ret) : WEIR_ERR_MISUSE;
}

/* ---- binding and listening --------------------------------------------------------------------------------------- */

/* What 0.2 says of a function at the wrong time: something else is under way, or the state is another one. */
static int wrong_time(const struct tcp *t) {
  return t->state == BINDING || t->state == LISTENS || t->state == CONNECTING ? -EALREADY : -EISCONN;
}

/* The end of what was started: from one state to the next. */
static int go(struct tcp *t, enum tcp_state from, enum tcp_state to) {
  if (t->state != from)
    return -ENODATA;
  t->state = to;
  return 0;
}

weir_status wasi_p2_sockets_tcp_tcp_socket_start_bind(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                      uint64_t network,
                                                      struct wasi_sockets_ip_socket_address local_address,
                                                      done_result *ret) {
  struct tcp *t = tcp_get(p2, self);
  (void)store, (void)network;
  if (!t)
    return WEIR_ERR_MISUSE;
  union wasi_address address = wasi_address_of(&local_address);
  int status = t->state == UNBOUND ? wasi_socket_bind(t->socket, &address) : wrong_time(t);
  if (status == 0)
    t->state = BINDING;
  return wasi_p2_network_give_done(status, ret);
}

weir_status wasi_p2_sockets_tcp_tcp_socket_finish_bind(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                       done_result *ret) {
  struct tcp *t = tcp_get(p2, self);
  (void)store;
  return t ? wasi_p2_network_give_done(go(t, BINDING, BOUND), ret) : WEIR_ERR_MISUSE;
}

static int listen_now(const struct tcp *t) {
  return wasi_socket_listen(t->socket, true, t->backlog);
}

weir_status wasi_p2_sockets_tcp_tcp_socket_start_listen(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                        done_result *ret) {
  struct tcp *t = tcp_get(p2, self);
  (void)store;
  if (!t)
    return WEIR_ERR_MISUSE;
  int status = t->state == BOUND ? listen_now(t) : wrong_time(t);
  if (status == 0)
    t->state = LISTENS;
  return wasi_p2_network_give_done(status, ret);
}

weir_status wasi_p2_sockets_tcp_tcp_socket_finish_listen(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                         done_result *ret) {
  struct tcp *t = tcp_get(p2, self);
  (void)store;
  return t ? wasi_p2_network_give_done(go(t, LISTENS, LISTENING), ret) : WEIR_ERR_MISUSE;
}

weir_status wasi_p2_sockets_tcp_tcp_socket_set_listen_backlog_size(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                                   uint64_t value, done_result *ret) {
  struct tcp *t = tcp_get(p2, self);
  (void)store;
  if (!t)
    return WEIR_ERR_MISUSE;
  if (value == 0)
    return wasi_p2_network_give_done(-EINVAL, ret);
  if (t->state == CONNECTING || t->state == CONNECTED)
    return wasi_p2_network_give_done(-EISCONN, ret);
  t->backlog = value < WASI_BACKLOG_MAX ? (int)value : WASI_BACKLOG_MAX;
  return wasi_p2_network_give_done(t->state == LISTENS || t->state == LISTENING ? listen_now(t) : 0, ret);
}

weir_status wasi_p2_sockets_tcp_tcp_socket_accept(
    struct wasi_p2 *p2, weir_store *store, uint64_t self,
    struct wasi_result_tuple_p2_sockets_tcp_socket_p2_io_input_stream_p2_io_output_stream_p2_sockets_error_code *ret) {
  struct tcp *t = tcp_get(p2, self);
  struct wasi_socket *socket = NULL;
  if (!t)
    return WEIR_ERR_MISUSE;
  int status = t->state == LISTENING ? wasi_socket_accept(t->socket, &socket) : -EISCONN;
  ret->failed = status != 0;
  ret->error = wasi_p2_network_error_code(-status);
  if (ret->failed)
    return WEIR_OK;
  wasi_socket_hold(socket); /* tcp_new() takes one hold, and lets go of it where it fails */
  weir_status made = tcp_new(p2, store, socket, CONNECTED, &ret->ok.f0);
  if (made == WEIR_OK)
    made = wasi_p2_socket_streams(p2, store, socket, &ret->ok.f1, &ret->ok.f2);
  wasi_socket_release(socket);
  return made;
}

/* ---- connecting -------------------------------------------------------------------------------------------------- */

weir_status wasi_p2_sockets_tcp_tcp_socket_start_connect(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                         uint64_t network,
                                                         struct wasi_sockets_ip_socket_address remote_address,
                                                         done_result *ret) {
  struct tcp *t = tcp_get(p2, self);
  (void)store, (void)network;
  if (!t)
    return WEIR_ERR_MISUSE;
  union wasi_address address = wasi_address_of(&remote_address);
  bool may = t->state == UNBOUND || t->state == BOUND;
  int status = may ? wasi_socket_connect(t->socket, &address) : wrong_time(t);
  if (status == -EINPROGRESS)
    status = 0;
  if (status == 0)
    t->state = CONNECTING;
  return wasi_p2_network_give_done(status, ret);
}

weir_status wasi_p2_sockets_tcp_tcp_socket_finish_connect(
    struct wasi_p2 *p2, weir_store *store, uint64_t self,
    struct wasi_result_tuple_p2_io_input_stream_p2_io_output_stream_p2_sockets_error_code *ret) {
  struct tcp *t = tcp_get(p2, self);
  if (!t)
    return WEIR_ERR_MISUSE;
  int status = t->state == CONNECTING ? wasi_socket_error(t->socket) : -ENODATA;
  if (status != -ENODATA && status != -EINPROGRESS)
    t->state = status == 0 ? CONNECTED : CLOSED;
  ret->failed = status != 0;
  ret->error = wasi_p2_network_error_code(-status);
  return ret->failed ? WEIR_OK : wasi_p2_socket_streams(p2, store, t->socket, &ret->ok.f0, &ret->ok.f1);
}

/* ---- what a socket is -------------------------------------------------------------------------------------------- */

weir_status wasi_p2_sockets_tcp_tcp_socket_local_address(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                         address_result *ret) {
  const struct tcp *t = tcp_get(p2, self);
  union wasi_address address;
  (void)store;
  if (!t)
    return WEIR_ERR_MISUSE;
  return wasi_p2_network_give_address(t->state == UNBOUND ? -ENOTCONN : wasi_socket_local(t->socket, &address),
                                      &address, ret);
}

weir_status wasi_p2_sockets_tcp_tcp_socket_remote_address(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                          address_result *ret) {
  (void)store;
  return wasi_p2_network_give_remote(socket_of(p2, self), ret);
}

weir_status wasi_p2_sockets_tcp_tcp_socket_is_listening(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                        bool *ret) {
  const struct tcp *t = tcp_get(p2, self);
  (void)store;
  *ret = t && t->state == LISTENING;
  return t ? WEIR_OK : WEIR_ERR_MISUSE;
}

weir_status wasi_p2_sockets_tcp_tcp_socket_address_family(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                          enum wasi_sockets_ip_address_family *ret) {
  const struct tcp *t = tcp_get(p2, self);
  (void)store;
  if (!t)
    return WEIR_ERR_MISUSE;
  *ret = wasi_socket_family(t->socket);
  return WEIR_OK;
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

#define TCP_OPTION(name, type, word, option) WASI_P2_SOCKET_OPTION(tcp_tcp_socket, socket_of, name, type, word, option)
#include "wasi/sockets/option.def"

/* ---- closing ----------------------------------------------------------------------------------------------------- */

weir_status wasi_p2_sockets_tcp_tcp_socket_shutdown(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                    enum wasi_p2_sockets_shutdown_type shutdown_type,
                                                    done_result *ret) {
  static const int ways[] = {[WASI_P2_SOCKETS_SHUTDOWN_TYPE_RECEIVE] = SHUT_RD,
                             [WASI_P2_SOCKETS_SHUTDOWN_TYPE_SEND] = SHUT_WR,
                             [WASI_P2_SOCKETS_SHUTDOWN_TYPE_BOTH] = SHUT_RDWR};
  const struct tcp *t = tcp_get(p2, self);
  (void)store;
  if (!t)
    return WEIR_ERR_MISUSE;
  if (t->state != CONNECTED)
    return wasi_p2_network_give_done(-ENOTCONN, ret);
  return wasi_p2_network_give_done(wasi_socket_shutdown(t->socket, ways[shutdown_type]), ret);
}
