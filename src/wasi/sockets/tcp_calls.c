/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * tcp-socket of wasi:sockets/types@0.3.0, but for its streams (receive.c, send.c, accept.c).
 *
 *   UNBOUND --bind--> BOUND --listen--> LISTENING
 *   UNBOUND or BOUND --connect--> CONNECTING --> CONNECTED or CLOSED
 *
 * In order: life; binding and connecting; the functions that give streams; what a socket is; options.
 */
#include <errno.h>

#include "base/diag.h"
#include "wasi/host/attempt.h"
#include "wasi/sockets/accept.h"
#include "wasi/sockets/code.h"
#include "wasi/sockets/stream.h"

typedef struct wasi_result_none_sockets_error_code done_result;
typedef struct wasi_result_sockets_ip_socket_address_sockets_error_code address_result;

/* ---- life -------------------------------------------------------------------------------------------------------- */

weir_status wasi_sockets_tcp_socket_create(struct wasi_sockets *sockets, weir_store *store,
                                           enum wasi_sockets_ip_address_family address_family,
                                           struct wasi_result_sockets_tcp_socket_sockets_error_code *ret) {
  struct wasi_socket *socket;
  int status = wasi_socket_new(sockets, address_family, SOCK_STREAM, &socket);
  ret->failed = status != 0;
  ret->error = wasi_socket_code(-status);
  return ret->failed ? WEIR_OK : wasi_tcp_new(store, socket, WASI_TCP_UNBOUND, &ret->ok);
}

/* NULL: the number leads to no such socket. */
static struct wasi_socket *socket_of(const struct wasi_sockets *sockets, uint64_t self) {
  const struct wasi_tcp *t = wasi_tcp_get(sockets, self);
  return t ? t->socket : NULL;
}

static void look(struct wasi_sockets *sockets) {
  wasi_receiving_look(sockets);
  wasi_accepting_look(sockets);
}

void wasi_sockets_tcp_socket_drop(struct wasi_sockets *sockets, uint64_t rep) {
  wasi_object_drop(sockets->objects, rep);
  look(sockets); /* most guests drop streams before their socket, which is to be closed then */
}

/* ---- binding and connecting -------------------------------------------------------------------------------------- */

weir_status wasi_sockets_tcp_socket_bind(struct wasi_sockets *sockets, weir_store *store, uint64_t self,
                                         struct wasi_sockets_ip_socket_address local_address, done_result *ret) {
  struct wasi_tcp *t = wasi_tcp_get(sockets, self);
  (void)store;
  if (!t)
    return WEIR_ERR_MISUSE;
  union wasi_address address = wasi_address_of(&local_address);
  int status = t->state == WASI_TCP_UNBOUND ? wasi_socket_bind(t->socket, &address) : -EISCONN;
  if (status == 0)
    t->state = WASI_TCP_BOUND;
  return wasi_socket_give_done(status, ret);
}

static void connect_return(weir_host_call *call, int status) {
  done_result result;
  wasi_socket_give_done(status, &result);
  wasi_sockets_tcp_socket_connect_return(call, &result);
}

static bool attempt_connect(struct wasi_attempt *a) {
  struct wasi_tcp *t = (struct wasi_tcp *)a->object;
  int status = wasi_socket_error(t->socket);
  if (status == -EINPROGRESS)
    return false;
  t->state = status == 0 ? WASI_TCP_CONNECTED : WASI_TCP_CLOSED;
  connect_return(a->call, status);
  return true;
}

void wasi_sockets_tcp_socket_connect(struct wasi_sockets *sockets, weir_host_call *call, uint64_t self,
                                     struct wasi_sockets_ip_socket_address remote_address) {
  struct wasi_tcp *t = wasi_tcp_get(sockets, self);
  if (!t) {
    weir_host_call_fail(call, "not a tcp-socket");
    return;
  }
  look(sockets); /* who has gone here is no peer any more */
  union wasi_address address = wasi_address_of(&remote_address);
  bool may = t->state == WASI_TCP_UNBOUND || t->state == WASI_TCP_BOUND;
  int status = may ? wasi_socket_connect(t->socket, &address) : -EISCONN;
  if (status != 0 && status != -EINPROGRESS) {
    if (may && status != -EINVAL && status != -EPERM)
      t->state = WASI_TCP_CLOSED;
    connect_return(call, status);
    return;
  }
  t->state = WASI_TCP_CONNECTING;
  struct wasi_attempt a = {.alloc = sockets->alloc,
                           .call = call,
                           .object = &t->object,
                           .event = &t->socket->writable,
                           .attempt = attempt_connect};
  wasi_attempt_begin(&a, sizeof(a));
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

weir_status wasi_sockets_tcp_socket_send(struct wasi_sockets *sockets, weir_store *store, uint64_t self,
                                         weir_stream *data, weir_value *ret) {
  struct wasi_tcp *t = wasi_tcp_get(sockets, self);
  if (!t) {
    weir_stream_drop(data);
    return WEIR_ERR_MISUSE;
  }
  int error = t->state == WASI_TCP_CONNECTED && !t->sends ? 0 : ENOTCONN;
  t->sends = t->sends || error == 0;
  return wasi_sending_new(t->socket, store, error, data, ret);
}

weir_status wasi_sockets_tcp_socket_receive(struct wasi_sockets *sockets, weir_store *store, uint64_t self,
                                            struct wasi_tuple_stream_u8_future_result_none_sockets_error_code *ret) {
  struct wasi_tcp *t = wasi_tcp_get(sockets, self);
  if (!t)
    return WEIR_ERR_MISUSE;
  int error = t->state == WASI_TCP_CONNECTED && !t->receives ? 0 : ENOTCONN;
  t->receives = t->receives || error == 0;
  return wasi_receiving_new(t->socket, store, error, &ret->f0, &ret->f1);
}

void wasi_sockets_tcp_socket_listen(struct wasi_sockets *sockets, weir_host_call *call, uint64_t self) {
  struct wasi_result_stream_sockets_tcp_socket_sockets_error_code result = {0};
  struct wasi_tcp *t = wasi_tcp_get(sockets, self);
  weir_status made = t ? WEIR_OK : WEIR_ERR_MISUSE;
  int status = 0;
  if (t)
    made = wasi_tcp_listen(t, call, &status, &result.ok);
  result.failed = status != 0;
  result.error = wasi_socket_code(-status);
  if (made == WEIR_OK)
    wasi_sockets_tcp_socket_listen_return(call, &result);
  else
    weir_host_call_fail(call, wasi_value_words(made));
  weir_value_clear(&result.ok);
}

/* ---- what a socket is -------------------------------------------------------------------------------------------- */

weir_status wasi_sockets_tcp_socket_get_local_address(struct wasi_sockets *sockets, weir_store *store, uint64_t self,
                                                      address_result *ret) {
  const struct wasi_tcp *t = wasi_tcp_get(sockets, self);
  union wasi_address address;
  (void)store;
  if (!t)
    return WEIR_ERR_MISUSE;
  int status = t->state == WASI_TCP_UNBOUND ? -ENOTCONN : wasi_socket_local(t->socket, &address);
  return wasi_socket_give_address(status, &address, ret);
}

weir_status wasi_sockets_tcp_socket_get_remote_address(struct wasi_sockets *sockets, weir_store *store, uint64_t self,
                                                       address_result *ret) {
  (void)store;
  return wasi_socket_give_remote(socket_of(sockets, self), ret);
}

weir_status wasi_sockets_tcp_socket_get_is_listening(struct wasi_sockets *sockets, weir_store *store, uint64_t self,
                                                     bool *ret) {
  const struct wasi_tcp *t = wasi_tcp_get(sockets, self);
  (void)store;
  *ret = t && t->state == WASI_TCP_LISTENING;
  return t ? WEIR_OK : WEIR_ERR_MISUSE;
}

weir_status wasi_sockets_tcp_socket_get_address_family(struct wasi_sockets *sockets, weir_store *store, uint64_t self,
                                                       enum wasi_sockets_ip_address_family *ret) {
  const struct wasi_tcp *t = wasi_tcp_get(sockets, self);
  (void)store;
  if (!t)
    return WEIR_ERR_MISUSE;
  *ret = wasi_socket_family(t->socket);
  return WEIR_OK;
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

weir_status wasi_sockets_tcp_socket_set_listen_backlog_size(struct wasi_sockets *sockets, weir_store *store,
                                                            uint64_t self, uint64_t value, done_result *ret) {
  struct wasi_tcp *t = wasi_tcp_get(sockets, self);
  (void)store;
  if (!t)
    return WEIR_ERR_MISUSE;
  if (value == 0)
    return wasi_socket_give_done(-EINVAL, ret);
  if (t->state > WASI_TCP_LISTENING)
    return wasi_socket_give_done(-EISCONN, ret);
  t->backlog = value < WASI_BACKLOG_MAX ? (int)value : WASI_BACKLOG_MAX;
  bool again = t->state == WASI_TCP_LISTENING;
  return wasi_socket_give_done(again ? wasi_socket_listen(t->socket, true, t->backlog) : 0, ret);
}

#define TCP_OPTION(name, type, word, option) WASI_SOCKET_OPTION(tcp_socket, socket_of, name, type, word, option)
#include "wasi/sockets/option.def"
