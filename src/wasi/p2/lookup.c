/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:sockets/ip-name-lookup@0.2. The system looks a name up on a thread of libuv; the stream gives one address after
 * another. A name that is an address is one, without a look-up.
 *
 * What always holds: a request that is under way owns itself; a stream that goes before only leaves it.
 */
#include <errno.h>
#include <netdb.h>
#include <uv.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/p2/network.h"
#include "wasi/p2/poll.h"
#include "wasi/sockets/name.h"

struct lookup { /* resolve-address-stream */
  struct wasi_object object;
  struct request *request; /* NULL: it has ended */
  int error;               /* an EAI_ number of libuv; 0: none */
  struct addrinfo *all, *next;
  struct wasi_p2_pollee pollee;
};

struct request {
  uv_getaddrinfo_t uv;
  const struct weir_alloc *alloc;
  struct lookup *lookup; /* NULL: it has gone */
};

/* ---- life -------------------------------------------------------------------------------------------------------- */

static bool lookup_watch(struct wasi_event *event) {
  (void)event;
  return true;
}

static void lookup_unwatch(struct wasi_event *event) {
  (void)event;
}

static bool lookup_ready(struct wasi_p2_pollee *pollee) {
  return !LIST_OWNER(pollee, struct lookup, pollee)->request;
}

static void lookup_free(struct wasi_object *object) {
  struct lookup *l = (struct lookup *)object;
  if (l->request) {
    l->request->lookup = NULL;
    uv_cancel((uv_req_t *)&l->request->uv);
  }
  uv_freeaddrinfo(l->all);
  mem_free(object->objects->alloc, l, sizeof(*l));
}

static const struct wasi_object_type lookup_type = {.free = lookup_free};

static struct lookup *lookup_get(const struct wasi_p2 *p2, uint64_t number) {
  return (struct lookup *)wasi_object_get(p2->objects, &lookup_type, number);
}

void wasi_p2_sockets_resolve_address_stream_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}

weir_status wasi_p2_sockets_ip_name_lookup_resolve_address_stream_subscribe(struct wasi_p2 *p2, weir_store *store,
                                                                            uint64_t self, uint64_t *ret) {
  struct lookup *l = lookup_get(p2, self);
  return l ? wasi_p2_pollable_new(p2, store, &l->object, &l->pollee, ret) : WEIR_ERR_MISUSE;
}

/* ---- looking up -------------------------------------------------------------------------------------------------- */

static void looked_up(uv_getaddrinfo_t *uv, int status, struct addrinfo *found) {
  struct request *request = uv->data;
  struct lookup *l = request->lookup;
  if (l) {
    l->request = NULL;
    l->error = status;
    l->all = l->next = found;
    wasi_event_happened(&l->pollee.event);
  } else {
    uv_freeaddrinfo(found);
  }
  mem_free(request->alloc, request, sizeof(*request));
}

/* 0, or the negative of an errno. */
static int request_start(struct wasi_p2 *p2, struct lookup *l, const char *name) {
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
  struct request *request = mem_zalloc(p2->alloc, sizeof(*request));
  if (!request)
    return -ENOMEM;
  *request = (struct request){.alloc = p2->alloc, .lookup = l};
  request->uv.data = request;
  int status = uv_getaddrinfo(p2->sockets->loop, &request->uv, looked_up, name, NULL, &hints);
  if (status != 0) {
    mem_free(p2->alloc, request, sizeof(*request));
    return status;
  }
  l->request = request;
  return 0;
}

static weir_status lookup_new(struct wasi_p2 *p2, weir_store *store, const char *name, int *ret_error, uint64_t *ret) {
  struct lookup *l = mem_zalloc(p2->alloc, sizeof(*l));
  weir_status status = l ? wasi_object_init(p2->objects, &lookup_type, store, &l->object) : WEIR_ERR_NOMEM;
  if (status != WEIR_OK) {
    mem_free(p2->alloc, l, sizeof(*l));
    return status;
  }
  l->pollee.ready = lookup_ready;
  wasi_event_init(&l->pollee.event, lookup_watch, lookup_unwatch);
  *ret = l->object.number;
  *ret_error = request_start(p2, l, name);
  if (*ret_error != 0)
    wasi_object_drop(p2->objects, *ret);
  return WEIR_OK;
}

weir_status wasi_p2_sockets_ip_name_lookup_resolve_addresses(
    struct wasi_p2 *p2, weir_store *store, uint64_t network, struct wasi_text name,
    struct wasi_result_p2_sockets_resolve_address_stream_p2_sockets_error_code *ret) {
  char text[WASI_NAME_MAX + 1];
  int error = wasi_name_read(name, text);
  if (error == 0 && !wasi_net_may_look_up(&p2->sockets->net, text))
    error = -EPERM;
  (void)network;
  if (error == 0)
    WEIR_TRY(lookup_new(p2, store, text, &error, &ret->ok));
  ret->failed = error != 0;
  ret->error = wasi_p2_network_error_code(-error);
  return WEIR_OK;
}

/* ---- addresses --------------------------------------------------------------------------------------------------- */

static enum wasi_p2_sockets_error_code code_of(int error) {
  switch (error) {
    case UV_EAI_AGAIN:
      return WASI_P2_SOCKETS_ERROR_CODE_TEMPORARY_RESOLVER_FAILURE;
    case UV_EAI_FAIL:
      return WASI_P2_SOCKETS_ERROR_CODE_PERMANENT_RESOLVER_FAILURE;
    case UV_EAI_MEMORY:
      return WASI_P2_SOCKETS_ERROR_CODE_OUT_OF_MEMORY;
    default:
      return WASI_P2_SOCKETS_ERROR_CODE_NAME_UNRESOLVABLE;
  }
}

weir_status wasi_p2_sockets_ip_name_lookup_resolve_address_stream_resolve_next_address(
    struct wasi_p2 *p2, weir_store *store, uint64_t self,
    struct wasi_result_option_sockets_ip_address_p2_sockets_error_code *ret) {
  struct lookup *l = lookup_get(p2, self);
  (void)store;
  if (!l)
    return WEIR_ERR_MISUSE;
  ret->failed = l->request || l->error != 0;
  ret->error = l->request ? WASI_P2_SOCKETS_ERROR_CODE_WOULD_BLOCK : code_of(l->error);
  ret->ok.some = !ret->failed && l->next;
  if (!ret->ok.some)
    return WEIR_OK;
  ret->ok.value = wasi_address_ip(l->next->ai_addr);
  l->next = l->next->ai_next;
  return WEIR_OK;
}
