/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:sockets/network and instance-network@0.2, and what is in network.h. In order: outcomes for guests; the resource;
 * the streams of a connection.
 */
#include "wasi/p2/network.h"

#include <errno.h>
#include <poll.h>

#include "base/mem.h"
#include "wasi/p2/error.h"
#include "wasi/p2/input.h"
#include "wasi/p2/output.h"
#include "wasi/p2/relay.h"

/* ---- errors ------------------------------------------------------------------------------------------------------ */

enum wasi_p2_sockets_error_code wasi_p2_network_error_code(int error) {
  switch (error) {
#define ERROR(number, CODE, CODE_0_2) \
  case number:                        \
    return WASI_P2_SOCKETS_ERROR_CODE_##CODE_0_2;
#include "wasi/sockets/error.def"
    default:
      return WASI_P2_SOCKETS_ERROR_CODE_UNKNOWN;
  }
}

weir_status wasi_p2_network_give_done(int status, struct wasi_result_none_p2_sockets_error_code *ret) {
  ret->failed = status != 0;
  ret->error = wasi_p2_network_error_code(-status);
  return WEIR_OK;
}

weir_status wasi_p2_network_give_address(int status, const union wasi_address *address,
                                         struct wasi_result_sockets_ip_socket_address_p2_sockets_error_code *ret) {
  ret->failed = status != 0;
  ret->error = wasi_p2_network_error_code(-status);
  if (!ret->failed)
    ret->ok = wasi_address_to(address);
  return WEIR_OK;
}

weir_status wasi_p2_network_give_remote(const struct wasi_socket *s,
                                        struct wasi_result_sockets_ip_socket_address_p2_sockets_error_code *ret) {
  union wasi_address address;
  return s ? wasi_p2_network_give_address(wasi_socket_remote(s, &address), &address, ret) : WEIR_ERR_MISUSE;
}

weir_status wasi_p2_network_give_option(const struct wasi_socket *s, enum wasi_socket_option option,
                                        struct wasi_result_u64_p2_sockets_error_code *ret) {
  if (!s)
    return WEIR_ERR_MISUSE;
  int status = wasi_socket_get(s, option, &ret->ok);
  ret->failed = status != 0;
  ret->error = wasi_p2_network_error_code(-status);
  return WEIR_OK;
}

weir_status wasi_p2_network_take_option(struct wasi_socket *s, enum wasi_socket_option option, uint64_t value,
                                        struct wasi_result_none_p2_sockets_error_code *ret) {
  return s ? wasi_p2_network_give_done(wasi_socket_set(s, option, value), ret) : WEIR_ERR_MISUSE;
}

weir_status wasi_p2_sockets_network_network_error_code(struct wasi_p2 *p2, weir_store *store, uint64_t err,
                                                       struct wasi_option_p2_sockets_error_code *ret) {
  (void)store;
  int number = wasi_p2_error_number(p2, err);
  ret->some = number != 0;
  ret->value = wasi_p2_network_error_code(number);
  return WEIR_OK;
}

/* It has no state: what it may do is asked address by address. */
weir_status wasi_p2_sockets_instance_network_instance_network(struct wasi_p2 *p2, weir_store *store, uint64_t *ret) {
  (void)p2, (void)store;
  *ret = 1;
  return WEIR_OK;
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

struct half {                 /* one direction of a connection */
  struct wasi_socket *socket; /* held */
  struct wasi_p2_relay relay;
};

static struct half *half_new(struct wasi_socket *socket) {
  struct half *h = mem_zalloc(socket->sockets->alloc, sizeof(*h));
  if (!h)
    return NULL;
  wasi_socket_hold(socket);
  h->socket = socket;
  return h;
}

static void half_close(void *of) {
  struct half *h = of;
  const struct weir_alloc *alloc = h->socket->sockets->alloc;
  wasi_p2_relay_unwatch(&h->relay);
  wasi_socket_release(h->socket);
  mem_free(alloc, h, sizeof(*h));
}

static ssize_t half_read(void *of, uint8_t *bytes, size_t size) {
  return wasi_socket_receive(((struct half *)of)->socket, bytes, size);
}

static ssize_t half_write(void *of, const uint8_t *bytes, size_t size) {
  return wasi_socket_send(((struct half *)of)->socket, bytes, size);
}

static void half_draining(void *of, bool draining) {
  wasi_socket_set_unsent(((struct half *)of)->socket, draining);
}

static struct pollfd half_asks(void *of) {
  return (struct pollfd){.fd = ((struct half *)of)->socket->fd, .events = POLLIN};
}

static bool half_ready(void *of) {
  return wasi_socket_is_ready(((struct half *)of)->socket, POLLIN);
}

static bool watch_reading(void *of, struct wasi_event *event) {
  struct half *h = of;
  return wasi_p2_relay_watch(&h->relay, &h->socket->readable, event);
}

static bool watch_writing(void *of, struct wasi_event *event) {
  struct half *h = of;
  return wasi_p2_relay_watch(&h->relay, &h->socket->writable, event);
}

static void half_unwatch(void *of, struct wasi_event *event) {
  (void)event;
  wasi_p2_relay_unwatch(&((struct half *)of)->relay);
}

static const struct wasi_p2_source socket_source = {.read = half_read,
                                                    .ready = half_ready,
                                                    .asks = half_asks,
                                                    .watch = watch_reading,
                                                    .unwatch = half_unwatch,
                                                    .close = half_close};
static const struct wasi_p2_sink socket_sink = {.write = half_write,
                                                .watch = watch_writing,
                                                .unwatch = half_unwatch,
                                                .draining = half_draining,
                                                .close = half_close};

weir_status wasi_p2_socket_streams(struct wasi_p2 *p2, weir_store *store, struct wasi_socket *socket,
                                   uint64_t *ret_input, uint64_t *ret_output) {
  struct half *in = half_new(socket);
  weir_status status = in ? wasi_p2_input_new(p2, store, &socket_source, in, ret_input) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK)
    return status;
  struct half *out = half_new(socket);
  status = out ? wasi_p2_output_new(p2, store, &socket_sink, out, ret_output) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK)
    wasi_object_drop(p2->objects, *ret_input);
  return status;
}
