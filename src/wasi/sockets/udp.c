/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * udp-socket of wasi:sockets/types@0.3.0. A socket that sends before it is bound is bound by the system.
 *
 * In order: life; binding and peers; sending; receiving; what a socket is; options.
 */
#include <errno.h>
#include <string.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/host/attempt.h"
#include "wasi/sockets/code.h"

struct udp {
  struct wasi_object object;
  struct wasi_socket *socket; /* held */
  bool bound, connected;
};

typedef struct wasi_result_none_sockets_error_code done_result;
typedef struct wasi_result_sockets_ip_socket_address_sockets_error_code address_result;

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void udp_free(struct wasi_object *object) {
  struct udp *u = (struct udp *)object;
  wasi_socket_release(u->socket);
  mem_free(object->objects->alloc, u, sizeof(*u));
}

static const struct wasi_object_type udp_type = {.free = udp_free};

static struct udp *udp_get(const struct wasi_sockets *sockets, uint64_t number) {
  return (struct udp *)wasi_object_get(sockets->objects, &udp_type, number);
}

/* NULL: the number leads to no such socket. */
static struct wasi_socket *socket_of(const struct wasi_sockets *sockets, uint64_t self) {
  const struct udp *u = udp_get(sockets, self);
  return u ? u->socket : NULL;
}

static weir_status udp_new(weir_store *store, struct wasi_socket *take_socket, uint64_t *ret) {
  struct wasi_objects *objects = take_socket->sockets->objects;
  struct udp *u = mem_zalloc(objects->alloc, sizeof(*u));
  weir_status status = u ? wasi_object_init(objects, &udp_type, store, &u->object) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK) {
    mem_free(objects->alloc, u, sizeof(*u));
    wasi_socket_release(take_socket);
    return status;
  }
  u->socket = take_socket;
  *ret = u->object.number;
  return WEIR_OK;
}

weir_status wasi_sockets_udp_socket_create(struct wasi_sockets *sockets, weir_store *store,
                                           enum wasi_sockets_ip_address_family address_family,
                                           struct wasi_result_sockets_udp_socket_sockets_error_code *ret) {
  struct wasi_socket *socket;
  int status = wasi_socket_new(sockets, address_family, SOCK_DGRAM, &socket);
  ret->failed = status != 0;
  ret->error = wasi_socket_code(-status);
  return ret->failed ? WEIR_OK : udp_new(store, socket, &ret->ok);
}

void wasi_sockets_udp_socket_drop(struct wasi_sockets *sockets, uint64_t rep) {
  wasi_object_drop(sockets->objects, rep);
}

/* ---- binding and peers ------------------------------------------------------------------------------------------- */

weir_status wasi_sockets_udp_socket_bind(struct wasi_sockets *sockets, weir_store *store, uint64_t self,
                                         struct wasi_sockets_ip_socket_address local_address, done_result *ret) {
  struct udp *u = udp_get(sockets, self);
  (void)store;
  if (!u)
    return WEIR_ERR_MISUSE;
  union wasi_address address = wasi_address_of(&local_address);
  int status = u->bound ? -EISCONN : wasi_socket_bind(u->socket, &address);
  u->bound = u->bound || status == 0;
  return wasi_socket_give_done(status, ret);
}

weir_status wasi_sockets_udp_socket_connect(struct wasi_sockets *sockets, weir_store *store, uint64_t self,
                                            struct wasi_sockets_ip_socket_address remote_address, done_result *ret) {
  struct udp *u = udp_get(sockets, self);
  (void)store;
  if (!u)
    return WEIR_ERR_MISUSE;
  union wasi_address address = wasi_address_of(&remote_address);
  int status = wasi_socket_connect(u->socket, &address);
  u->connected = status == 0;
  u->bound = u->bound || u->connected;
  return wasi_socket_give_done(status, ret);
}

weir_status wasi_sockets_udp_socket_disconnect(struct wasi_sockets *sockets, weir_store *store, uint64_t self,
                                               done_result *ret) {
  struct udp *u = udp_get(sockets, self);
  (void)store;
  if (!u)
    return WEIR_ERR_MISUSE;
  if (!u->connected)
    return wasi_socket_give_done(-ENOTCONN, ret);
  u->connected = false;
  return wasi_socket_give_done(wasi_socket_disconnect(u->socket), ret);
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

struct send_attempt {
  struct wasi_attempt first;
  uint8_t *bytes; /* a copy, once the call waits for room; else the guest's */
  size_t size;
  bool to_peer;
  union wasi_address to;
};

static void send_done(struct wasi_attempt *a) {
  struct send_attempt *s = (struct send_attempt *)a;
  mem_free(a->alloc, s->bytes, s->size);
}

static bool attempt_send(struct wasi_attempt *a) {
  struct send_attempt *s = (struct send_attempt *)a;
  struct udp *u = (struct udp *)a->object;
  ssize_t count = wasi_socket_send_to(u->socket, s->to_peer ? NULL : &s->to, s->bytes, s->size);
  if (count == -EAGAIN)
    return false;
  done_result result;
  u->bound = true;
  wasi_socket_give_done(count < 0 ? (int)count : 0, &result);
  wasi_sockets_udp_socket_send_return(a->call, &result);
  return true;
}

/* 0 or the negative of an errno: where a datagram goes. */
static int find_receiver(const struct udp *u, const struct wasi_option_sockets_ip_socket_address *remote,
                         struct send_attempt *ret) {
  ret->to_peer = u->connected;
  if (remote->some)
    ret->to = wasi_address_of(&remote->value);
  return wasi_socket_may_send(u->socket, u->connected, remote->some ? &ret->to : NULL);
}

void wasi_sockets_udp_socket_send(struct wasi_sockets *sockets, weir_host_call *call, uint64_t self,
                                  struct wasi_bytes data, struct wasi_option_sockets_ip_socket_address remote_address) {
  struct udp *u = udp_get(sockets, self);
  struct send_attempt s = {.size = data.size};
  done_result result;
  int status = u ? find_receiver(u, &remote_address, &s) : -EBADF;
  if (status == 0 && data.size > WASI_DATAGRAM_MAX)
    status = -EMSGSIZE;
  s.bytes = status == 0 && data.size > 0 ? mem_alloc(sockets->alloc, data.size) : NULL;
  if (status == 0 && data.size > 0 && !s.bytes)
    status = -ENOMEM;
  if (status != 0) {
    wasi_socket_give_done(status, &result);
    wasi_sockets_udp_socket_send_return(call, &result);
    return;
  }
  if (data.size > 0)
    memcpy(s.bytes, data.data, data.size);
  s.first = (struct wasi_attempt){.alloc = sockets->alloc,
                                  .call = call,
                                  .object = &u->object,
                                  .event = &u->socket->writable,
                                  .attempt = attempt_send,
                                  .done = send_done};
  wasi_attempt_begin(&s.first, sizeof(s));
}

/* ---- receiving --------------------------------------------------------------------------------------------------- */

typedef struct wasi_result_tuple_bytes_sockets_ip_socket_address_sockets_error_code receive_result;

static void receive_return(weir_host_call *call, int status, receive_result *result) {
  result->failed = status != 0;
  result->error = wasi_socket_code(-status);
  wasi_sockets_udp_socket_receive_return(call, result);
  weir_value_clear(&result->ok.f0);
}

static bool attempt_receive(struct wasi_attempt *a) {
  struct udp *u = (struct udp *)a->object;
  receive_result result = {0};
  union wasi_address from;
  uint8_t *bytes = mem_alloc(a->alloc, WASI_DATAGRAM_MAX);
  ssize_t count = bytes ? wasi_socket_receive_from(u->socket, bytes, WASI_DATAGRAM_MAX, &from) : -ENOMEM;
  int status = count < 0 ? (int)count : 0;
  if (status == 0) {
    result.ok.f1 = wasi_address_to(&from);
    status = weir_value_new_bytes(bytes, (size_t)count, &result.ok.f0) == WEIR_OK ? 0 : -ENOMEM;
  }
  mem_free(a->alloc, bytes, WASI_DATAGRAM_MAX);
  if (status == -EAGAIN)
    return false;
  receive_return(a->call, status, &result);
  return true;
}

void wasi_sockets_udp_socket_receive(struct wasi_sockets *sockets, weir_host_call *call, uint64_t self) {
  struct udp *u = udp_get(sockets, self);
  receive_result result = {0};
  if (!u || !u->bound) {
    receive_return(call, -ENOTCONN, &result);
    return;
  }
  struct wasi_attempt a = {.alloc = sockets->alloc,
                           .call = call,
                           .object = &u->object,
                           .event = &u->socket->readable,
                           .attempt = attempt_receive};
  wasi_attempt_begin(&a, sizeof(a));
}

/* ---- what a socket is -------------------------------------------------------------------------------------------- */

weir_status wasi_sockets_udp_socket_get_local_address(struct wasi_sockets *sockets, weir_store *store, uint64_t self,
                                                      address_result *ret) {
  const struct udp *u = udp_get(sockets, self);
  union wasi_address address;
  (void)store;
  if (!u)
    return WEIR_ERR_MISUSE;
  return wasi_socket_give_address(u->bound ? wasi_socket_local(u->socket, &address) : -ENOTCONN, &address, ret);
}

weir_status wasi_sockets_udp_socket_get_remote_address(struct wasi_sockets *sockets, weir_store *store, uint64_t self,
                                                       address_result *ret) {
  (void)store;
  return wasi_socket_give_remote(socket_of(sockets, self), ret);
}

weir_status wasi_sockets_udp_socket_get_address_family(struct wasi_sockets *sockets, weir_store *store, uint64_t self,
                                                       enum wasi_sockets_ip_address_family *ret) {
  const struct udp *u = udp_get(sockets, self);
  (void)store;
  if (!u)
    return WEIR_ERR_MISUSE;
  *ret = wasi_socket_family(u->socket);
  return WEIR_OK;
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

#define UDP_OPTION(name, type, word, option) WASI_SOCKET_OPTION(udp_socket, socket_of, name, type, word, option)
#include "wasi/sockets/option.def"
