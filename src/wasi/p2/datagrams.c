/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * incoming-datagram-stream and outgoing-datagram-stream of wasi:sockets/udp@0.2. Nothing is kept here: a datagram is in
 * the kernel or with the guest. In order: what both streams are; receiving; sending.
 *
 * What always holds: one call moves BATCH datagrams at most, and a guest sends no more than check-send has allowed.
 */
#include "wasi/p2/datagrams.h"

#include <errno.h>
#include <poll.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/p2/poll.h"
#include "wasi/p2/relay.h"
#include "weir/resource.h"

enum { BATCH = 16 };

struct datagrams { /* one of the two */
  struct wasi_object object;
  struct wasi_socket *socket; /* held */
  bool outgoing, connected;
  uint64_t allowed; /* outgoing: datagrams that check-send has allowed and nobody has sent */
  struct wasi_p2_pollee pollee;
  struct wasi_p2_relay relay;
};

/* ---- both streams ------------------------------------------------------------------------------------------------ */

static struct datagrams *datagrams_of(struct wasi_p2_pollee *pollee) {
  return LIST_OWNER(pollee, struct datagrams, pollee);
}

static bool datagrams_watch(struct wasi_event *event) {
  struct datagrams *d = datagrams_of(LIST_OWNER(event, struct wasi_p2_pollee, event));
  return wasi_p2_relay_watch(&d->relay, d->outgoing ? &d->socket->writable : &d->socket->readable, event);
}

static void datagrams_unwatch(struct wasi_event *event) {
  wasi_p2_relay_unwatch(&datagrams_of(LIST_OWNER(event, struct wasi_p2_pollee, event))->relay);
}

static struct pollfd datagrams_asks(struct wasi_p2_pollee *pollee) {
  const struct datagrams *d = datagrams_of(pollee);
  return (struct pollfd){.fd = d->socket->fd, .events = d->outgoing ? POLLOUT : POLLIN};
}

static bool datagrams_ready(struct wasi_p2_pollee *pollee) {
  return wasi_socket_is_ready(datagrams_of(pollee)->socket, datagrams_asks(pollee).events);
}

static void datagrams_free(struct wasi_object *object) {
  struct datagrams *d = (struct datagrams *)object;
  wasi_p2_relay_unwatch(&d->relay);
  wasi_socket_release(d->socket);
  mem_free(object->objects->alloc, d, sizeof(*d));
}

static const struct wasi_object_type incoming_type = {.free = datagrams_free};
static const struct wasi_object_type outgoing_type = {.free = datagrams_free};

static struct datagrams *get(const struct wasi_p2 *p2, const struct wasi_object_type *type, uint64_t number) {
  return (struct datagrams *)wasi_object_get(p2->objects, type, number);
}

static weir_status one_new(struct wasi_p2 *p2, weir_store *store, struct wasi_socket *socket,
                           const struct datagrams *like, uint64_t *ret) {
  const struct wasi_object_type *type = like->outgoing ? &outgoing_type : &incoming_type;
  struct datagrams *d = mem_zalloc(p2->alloc, sizeof(*d));
  weir_status status = d ? wasi_object_init(p2->objects, type, store, &d->object) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK) {
    mem_free(p2->alloc, d, sizeof(*d));
    return status;
  }
  wasi_socket_hold(socket);
  d->socket = socket;
  d->outgoing = like->outgoing;
  d->connected = like->connected;
  d->pollee.ready = datagrams_ready;
  d->pollee.asks = datagrams_asks;
  wasi_event_init(&d->pollee.event, datagrams_watch, datagrams_unwatch);
  *ret = d->object.number;
  return WEIR_OK;
}

weir_status wasi_p2_datagrams_new(struct wasi_p2 *p2, weir_store *store, struct wasi_socket *socket, bool connected,
                                  uint64_t *ret_incoming, uint64_t *ret_outgoing) {
  struct datagrams incoming = {.connected = connected}, outgoing = {.outgoing = true, .connected = connected};
  WEIR_TRY(one_new(p2, store, socket, &incoming, ret_incoming));
  weir_status status = one_new(p2, store, socket, &outgoing, ret_outgoing);
  if (status != WEIR_OK)
    wasi_object_drop(p2->objects, *ret_incoming);
  return status;
}

void wasi_p2_sockets_incoming_datagram_stream_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}

void wasi_p2_sockets_outgoing_datagram_stream_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}

weir_status wasi_p2_sockets_udp_incoming_datagram_stream_subscribe(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                                   uint64_t *ret) {
  struct datagrams *d = get(p2, &incoming_type, self);
  return d ? wasi_p2_pollable_new(p2, store, &d->object, &d->pollee, ret) : WEIR_ERR_MISUSE;
}

weir_status wasi_p2_sockets_udp_outgoing_datagram_stream_subscribe(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                                   uint64_t *ret) {
  struct datagrams *d = get(p2, &outgoing_type, self);
  return d ? wasi_p2_pollable_new(p2, store, &d->object, &d->pollee, ret) : WEIR_ERR_MISUSE;
}

/* ---- receiving --------------------------------------------------------------------------------------------------- */

typedef struct wasi_p2_sockets_incoming_datagram incoming_datagram;

/* 0 or the negative of an errno. */
static int receive_one(const struct datagrams *d, uint8_t *bytes, incoming_datagram *ret) {
  union wasi_address from;
  ssize_t count = wasi_socket_receive_from(d->socket, bytes, WASI_DATAGRAM_MAX, &from);
  if (count < 0)
    return (int)count;
  ret->remote_address = wasi_address_to(&from);
  return weir_value_new_bytes(bytes, (size_t)count, &ret->data) == WEIR_OK ? 0 : -ENOMEM;
}

/* How many have come; 0 with `*ret_error` where that is for another reason than that none has. */
static size_t receive(const struct datagrams *d, size_t most, uint8_t *bytes, incoming_datagram *ret, int *ret_error) {
  size_t count = 0;
  int status = 0;
  while (status == 0 && count < most) {
    status = receive_one(d, bytes, &ret[count]);
    count += status == 0;
  }
  *ret_error = count > 0 || status == -EAGAIN ? 0 : -status;
  return count;
}

void wasi_p2_sockets_udp_incoming_datagram_stream_receive(struct wasi_p2 *p2, weir_host_call *call, uint64_t self,
                                                          uint64_t max_results) {
  struct wasi_result_list_p2_sockets_incoming_datagram_p2_sockets_error_code result = {0};
  incoming_datagram all[BATCH] = {0};
  const struct datagrams *d = get(p2, &incoming_type, self);
  uint8_t *bytes = mem_alloc(p2->alloc, WASI_DATAGRAM_MAX);
  int error = 0;
  if (!d || !bytes) {
    weir_host_call_fail(call, d ? "out of memory" : "not an incoming-datagram-stream");
    mem_free(p2->alloc, bytes, WASI_DATAGRAM_MAX);
    return;
  }
  result.ok.items = all;
  result.ok.count = receive(d, max_results < BATCH ? (size_t)max_results : BATCH, bytes, all, &error);
  result.failed = error != 0;
  result.error = wasi_p2_network_error_code(error);
  wasi_p2_sockets_udp_incoming_datagram_stream_receive_return(call, &result);
  for (size_t i = 0; i < BATCH; i++)
    weir_value_clear(&all[i].data);
  mem_free(p2->alloc, bytes, WASI_DATAGRAM_MAX);
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

weir_status wasi_p2_sockets_udp_outgoing_datagram_stream_check_send(struct wasi_p2 *p2, weir_store *store,
                                                                    uint64_t self,
                                                                    struct wasi_result_u64_p2_sockets_error_code *ret) {
  struct datagrams *d = get(p2, &outgoing_type, self);
  (void)store;
  if (!d)
    return WEIR_ERR_MISUSE;
  d->allowed = wasi_socket_is_ready(d->socket, POLLOUT) ? BATCH : 0;
  ret->ok = d->allowed;
  return WEIR_OK;
}

/* One that names its receiver, or goes to the socket's peer. 0 or the negative of an errno. */
static int send_one(const struct datagrams *d, const struct wasi_bytes *data, const union wasi_address *to) {
  int status = wasi_socket_may_send(d->socket, d->connected, to);
  if (status != 0)
    return status;
  ssize_t count = wasi_socket_send_to(d->socket, d->connected ? NULL : to, data->data, data->size);
  return count < 0 ? (int)count : 0;
}

static int send_value(const struct datagrams *d, weir_value *datagram) {
  struct wasi_p2_sockets_outgoing_datagram given = wasi_p2_sockets_outgoing_datagram_from(datagram);
  union wasi_address to = wasi_address_of(&given.remote_address.value);
  struct wasi_bytes data = {(const uint8_t *)given.data.of.string.data, given.data.of.string.size};
  return send_one(d, &data, given.remote_address.some ? &to : NULL);
}

weir_status wasi_p2_sockets_udp_outgoing_datagram_stream_send(struct wasi_p2 *p2, weir_store *store, uint64_t self,
                                                              struct wasi_values datagrams,
                                                              struct wasi_result_u64_p2_sockets_error_code *ret) {
  struct datagrams *d = get(p2, &outgoing_type, self);
  int status = 0;
  (void)store;
  if (!d || datagrams.count > d->allowed)
    return WEIR_ERR_MISUSE;
  while (ret->ok < datagrams.count && status == 0) {
    status = send_value(d, &datagrams.items[ret->ok]);
    ret->ok += status == 0;
  }
  d->allowed -= ret->ok;
  ret->failed = ret->ok == 0 && status != 0 && status != -EAGAIN;
  ret->error = wasi_p2_network_error_code(-status);
  return WEIR_OK;
}
