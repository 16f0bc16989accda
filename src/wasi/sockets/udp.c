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
#include "wasi/sockets/option.h"
#include "wasi/sockets/socket.h"

enum { DATAGRAM_MAX = 65536 };

struct udp {
  struct wasi_object object;
  struct wasi_socket *socket; /* held */
  bool bound, connected;
};

typedef struct wasi_result_none_sockets_error_code done_result;
typedef struct wasi_result_u64_sockets_error_code u64_result;
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
  int family = address_family == WASI_SOCKETS_IP_ADDRESS_FAMILY_IPV6 ? AF_INET6 : AF_INET;
  int status = wasi_socket_new(sockets, family, SOCK_DGRAM, &socket);
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
  struct sockaddr none;
  (void)store;
  if (!u)
    return WEIR_ERR_MISUSE;
  if (!u->connected)
    return wasi_socket_give_done(-ENOTCONN, ret);
  memset(&none, 0, sizeof(none));
  none.sa_family = AF_UNSPEC;
  u->connected = false;
  return wasi_socket_give_done(connect(u->socket->fd, &none, sizeof(none)) == 0 ? 0 : -errno, ret);
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
  const struct sockaddr *to = s->to_peer ? NULL : &s->to.any;
  ssize_t count = sendto(u->socket->fd, s->bytes, s->size, MSG_DONTWAIT | MSG_NOSIGNAL, to,
                         s->to_peer ? 0 : wasi_address_size(&s->to));
  if (count < 0 && errno == EAGAIN)
    return false;
  done_result result;
  u->bound = true;
  wasi_socket_give_done(count < 0 ? -errno : 0, &result);
  wasi_sockets_udp_socket_send_return(a->call, &result);
  return true;
}

/* 0 or the negative of an errno: where a datagram goes. */
static int find_receiver(const struct udp *u, const struct wasi_option_sockets_ip_socket_address *remote,
                         struct send_attempt *ret) {
  union wasi_address peer;
  ret->to_peer = u->connected;
  if (!remote->some)
    return u->connected ? 0 : -EINVAL;
  ret->to = wasi_address_of(&remote->value);
  if (!u->connected)
    return wasi_socket_may_send(u->socket, &ret->to);
  bool same = wasi_socket_remote(u->socket, &peer) == 0 && wasi_address_equal(&peer, &ret->to);
  return same ? 0 : -EINVAL;
}

void wasi_sockets_udp_socket_send(struct wasi_sockets *sockets, weir_host_call *call, uint64_t self,
                                  struct wasi_bytes data, struct wasi_option_sockets_ip_socket_address remote_address) {
  struct udp *u = udp_get(sockets, self);
  struct send_attempt s = {.size = data.size};
  done_result result;
  int status = u ? find_receiver(u, &remote_address, &s) : -EBADF;
  if (status == 0 && data.size > DATAGRAM_MAX)
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
  socklen_t size = sizeof(from);
  uint8_t *bytes = mem_alloc(a->alloc, DATAGRAM_MAX);
  ssize_t count = bytes ? recvfrom(u->socket->fd, bytes, DATAGRAM_MAX, MSG_DONTWAIT, &from.any, &size) : -1;
  int status = bytes ? (count < 0 ? -errno : 0) : -ENOMEM;
  if (status == 0) {
    result.ok.f1 = wasi_address_to(&from);
    status = weir_value_new_bytes(bytes, (size_t)count, &result.ok.f0) == WEIR_OK ? 0 : -ENOMEM;
  }
  mem_free(a->alloc, bytes, DATAGRAM_MAX);
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
  const struct udp *u = udp_get(sockets, self);
  union wasi_address address;
  (void)store;
  return u ? wasi_socket_give_address(wasi_socket_remote(u->socket, &address), &address, ret) : WEIR_ERR_MISUSE;
}

weir_status wasi_sockets_udp_socket_get_address_family(struct wasi_sockets *sockets, weir_store *store, uint64_t self,
                                                       enum wasi_sockets_ip_address_family *ret) {
  const struct udp *u = udp_get(sockets, self);
  (void)store;
  if (!u)
    return WEIR_ERR_MISUSE;
  *ret = u->socket->family == AF_INET6 ? WASI_SOCKETS_IP_ADDRESS_FAMILY_IPV6 : WASI_SOCKETS_IP_ADDRESS_FAMILY_IPV4;
  return WEIR_OK;
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static weir_status get_option(const struct wasi_sockets *sockets, uint64_t self, enum wasi_socket_option option,
                              u64_result *ret) {
  const struct udp *u = udp_get(sockets, self);
  if (!u)
    return WEIR_ERR_MISUSE;
  int status = wasi_socket_get(u->socket, option, &ret->ok);
  ret->failed = status != 0;
  ret->error = wasi_socket_code(-status);
  return WEIR_OK;
}

static weir_status set_option(const struct wasi_sockets *sockets, uint64_t self, enum wasi_socket_option option,
                              uint64_t value, done_result *ret) {
  const struct udp *u = udp_get(sockets, self);
  return u ? wasi_socket_give_done(wasi_socket_set(u->socket, option, value), ret) : WEIR_ERR_MISUSE;
}

weir_status wasi_sockets_udp_socket_get_unicast_hop_limit(struct wasi_sockets *sockets, weir_store *store,
                                                          uint64_t self,
                                                          struct wasi_result_u8_sockets_error_code *ret) {
  u64_result result = {0};
  weir_status status = get_option(sockets, self, WASI_SOCKET_HOPS, &result);
  (void)store;
  *ret = (struct wasi_result_u8_sockets_error_code){
      .failed = result.failed, .ok = (uint8_t)result.ok, .error = result.error};
  return status;
}

weir_status wasi_sockets_udp_socket_set_unicast_hop_limit(struct wasi_sockets *sockets, weir_store *store,
                                                          uint64_t self, uint8_t value, done_result *ret) {
  (void)store;
  return set_option(sockets, self, WASI_SOCKET_HOPS, value, ret);
}

weir_status wasi_sockets_udp_socket_get_receive_buffer_size(struct wasi_sockets *sockets, weir_store *store,
                                                            uint64_t self, u64_result *ret) {
  (void)store;
  return get_option(sockets, self, WASI_SOCKET_RECEIVE_BUFFER, ret);
}

weir_status wasi_sockets_udp_socket_set_receive_buffer_size(struct wasi_sockets *sockets, weir_store *store,
                                                            uint64_t self, uint64_t value, done_result *ret) {
  (void)store;
  return set_option(sockets, self, WASI_SOCKET_RECEIVE_BUFFER, value, ret);
}

weir_status wasi_sockets_udp_socket_get_send_buffer_size(struct wasi_sockets *sockets, weir_store *store, uint64_t self,
                                                         u64_result *ret) {
  (void)store;
  return get_option(sockets, self, WASI_SOCKET_SEND_BUFFER, ret);
}

weir_status wasi_sockets_udp_socket_set_send_buffer_size(struct wasi_sockets *sockets, weir_store *store, uint64_t self,
                                                         uint64_t value, done_result *ret) {
  (void)store;
  return set_option(sockets, self, WASI_SOCKET_SEND_BUFFER, value, ret);
}
