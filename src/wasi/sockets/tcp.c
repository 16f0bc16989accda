/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See tcp.h. */
#include "wasi/sockets/tcp.h"

#include "base/mem.h"

static void tcp_free(struct wasi_object *object) {
  struct wasi_tcp *t = (struct wasi_tcp *)object;
  wasi_socket_release(t->socket);
  mem_free(object->objects->alloc, t, sizeof(*t));
}

static const struct wasi_object_type tcp_type = {.free = tcp_free};

struct wasi_tcp *wasi_tcp_get(const struct wasi_sockets *sockets, uint64_t number) {
  return (struct wasi_tcp *)wasi_object_get(sockets->objects, &tcp_type, number);
}

weir_status wasi_tcp_new(weir_store *store, struct wasi_socket *take_socket, enum wasi_tcp_state state, uint64_t *ret) {
  struct wasi_objects *objects = take_socket->sockets->objects;
  struct wasi_tcp *t = mem_zalloc(objects->alloc, sizeof(*t));
  weir_status status = t ? wasi_object_init(objects, &tcp_type, store, &t->object) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK) {
    mem_free(objects->alloc, t, sizeof(*t));
    wasi_socket_release(take_socket);
    return status;
  }
  t->socket = take_socket;
  t->state = state;
  t->backlog = WASI_BACKLOG;
  *ret = t->object.number;
  return WEIR_OK;
}
