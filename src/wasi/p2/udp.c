/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:sockets/udp and udp-create-socket@0.2, without the streams (datagrams.h).
 *
 *   UNBOUND --start-bind--> BINDING --finish-bind--> BOUND, which may have a peer (`stream`)
 *
 * In order: life; binding; streams; what a socket is; options.
 */
#include <errno.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/p2/datagrams.h"
#include "wasi/p2/poll.h"

enum udp_state { UNBOUND, BINDING, BOUND };

struct udp {
  struct wasi_object object;
  struct wasi_socket *socket; /* held */
  enum udp_state state;
  bool connected;
  struct wasi_p2_pollee pollee; /* always ready: binding takes no time */
};

typedef struct wasi_result_none_p2_sockets_error_code done_result;
typedef struct wasi_result_sockets_ip_socket_address_p2_sockets_error_code address_result;

/* ---- life -------------------------------------------------------------------------------------------------------- */

static bool udp_watch(struct wasi_event *event) {
  (void)event;
  return true;
}

static void udp_unwatch(struct wasi_event *event) {
  (void)event;
}

static bool udp_ready(struct wasi_p2_pollee *pollee) {
  (void)pollee;
  return true;
}

static void udp_free(struct wasi_object *object) {
  struct udp *u = (struct udp *)object;
  wasi_socket_release(u->socket);
  mem_free(object->objects->alloc, u, sizeof(*u));
}

static const struct wasi_object_type udp_type = {.free = udp_free};

static struct udp *udp_get(const struct wasi_p2 *p2, uint64_t number) {
  return (struct udp *)wasi_object_get(p2->objects, &udp_type, number);
}

/* NULL: the number leads to no such socket. */
static struct wasi_socket *socket_of(const struct wasi_p2 *p2, uint64_t self) {
  const struct udp *u = udp_get(p2, self);
  return u ? u->socket : NULL;
}

static weir_status udp_new(struct wasi_p2 *p2, weir_store *store, struct wasi_socket *take_socket, uint64_t *ret) {
  struct udp *u = mem_zalloc(p2->alloc, sizeof(*u));
  weir_status status = u ? wasi_object_init(p2->objects, &udp_type, store, &u->object) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK) {
    mem_free(p2->alloc, u, sizeof(*u));
    wasi_socket_release(take_socket);
    return status;
  }
  u->socket = take_socket;
  u->pollee.ready = udp_ready;
  wasi_event_init(&u->pollee.event, udp_watch, udp_unwatch);
  *ret = u->object.number;
  return WEIR_OK;
}

weir_status wasi_p2_sockets_udp_create_socket_create_udp_socket(
    struct wasi_p2 *p2, weir_store *store, enum wasi_sockets_ip_address_family address_family,
    struct wasi_result_p2_sockets_udp_socket_p2_sockets_error_code *ret) {
  struct wasi_socket *socket;
  int status = wasi_socket_new(p2->sockets, address_family, SOCK_DGRAM, &socket);
  ret->failed = status != 0;
  ret->error = wasi_p2_network_error_code(-status);
  return ret->failed ? WEIR_OK : udp_new(p2, store, socket, &ret->ok);
}

void wasi_p2_sockets_udp_socket_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}

weir_status wasi_p2_sockets_udp_udp_socket_subscribe(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                     uint64_t *ret) {
  struct udp *u = udp_get(p2, self);
  return u ? wasi_p2_pollable_new(p2, store, &u->object, &u->pollee, ret) : WEIR_ERR_MISUSE;
}

/* ---- binding ----------------------------------------------------------------------------------------------------- */

weir_status wasi_p2_sockets_udp_udp_socket_start_bind(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                      uint64_t network,
                                                      struct wasi_sockets_ip_socket_address local_address,
                                                      done_result *ret) {
  struct udp *u = udp_get(p2, self);
  (void)store, (void)network;
  if (!u)
    return WEIR_ERR_MISUSE;
  union wasi_address address = wasi_address_of(&local_address);
  int status = u->state == BINDING ? -EALREADY : -EISCONN;
  if (u->state == UNBOUND)
    status = wasi_socket_bind(u->socket, &address);
  if (status == 0)
    u->state = BINDING;
  return wasi_p2_network_give_done(status, ret);
}

weir_status wasi_p2_sockets_udp_udp_socket_finish_bind(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                       done_result *ret) {
  struct udp *u = udp_get(p2, self);
  (void)store;
  if (!u)
    return WEIR_ERR_MISUSE;
  int status = u->state == BINDING ? 0 : -ENODATA;
  if (status == 0)
    u->state = BOUND;
  return wasi_p2_network_give_done(status, ret);
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

static int set_peer(struct udp *u, const struct wasi_option_sockets_ip_socket_address *remote) {
  if (u->state != BOUND)
    return -ENOTCONN;
  int status = u->connected ? wasi_socket_disconnect(u->socket) : 0;
  if (status == 0 && remote->some) {
    union wasi_address address = wasi_address_of(&remote->value);
    status = wasi_socket_connect(u->socket, &address);
  }
  u->connected = status == 0 && remote->some;
  return status;
}

weir_status wasi_p2_sockets_udp_udp_socket_stream(
    struct wasi_p2 *p2, weir_store *store, uint64_t self, struct wasi_option_sockets_ip_socket_address remote_address,
    struct
    wasi_result_tuple_p2_sockets_incoming_datagram_stream_p2_sockets_outgoing_datagram_stream_p2_sockets_error_code
        *ret) {
  struct udp *u = udp_get(p2, self);
  if (!u)
    return WEIR_ERR_MISUSE;
  int status = set_peer(u, &remote_address);
  ret->failed = status != 0;
  ret->error = wasi_p2_network_error_code(-status);
  return ret->failed ? WEIR_OK : wasi_p2_datagrams_new(p2, store, u->socket, u->connected, &ret->ok.f0, &ret->ok.f1);
}

/* ---- what a socket is -------------------------------------------------------------------------------------------- */

weir_status wasi_p2_sockets_udp_udp_socket_local_address(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                         address_result *ret) {
  const struct udp *u = udp_get(p2, self);
  union wasi_address address;
  (void)store;
  if (!u)
    return WEIR_ERR_MISUSE;
  return wasi_p2_network_give_address(u->state == UNBOUND ? -ENOTCONN : wasi_socket_local(u->socket, &address),
                                      &address, ret);
}

weir_status wasi_p2_sockets_udp_udp_socket_remote_address(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                          address_result *ret) {
  (void)store;
  return wasi_p2_network_give_remote(socket_of(p2, self), ret);
}

weir_status wasi_p2_sockets_udp_udp_socket_address_family(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                          enum wasi_sockets_ip_address_family *ret) {
  const struct udp *u = udp_get(p2, self);
  (void)store;
  if (!u)
    return WEIR_ERR_MISUSE;
  *ret = wasi_socket_family(u->socket);
  return WEIR_OK;
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

#define UDP_OPTION(name, type, word, option) WASI_P2_SOCKET_OPTION(udp_udp_socket, socket_of, name, type, word, option)
#include "wasi/sockets/option.def"
