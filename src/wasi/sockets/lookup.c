/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:sockets/ip-name-lookup@0.3.0. The system looks a name up on a thread of libuv.
 *
 * What always holds: a request that is under way owns itself; a call that goes before only leaves it.
 */
#include <errno.h>
#include <netdb.h>

#include "base/mem.h"
#include "wasi/sockets/name.h"
#include "wasi/sockets/socket.h"

enum { ADDRESSES_MAX = 64 };

struct request {
  uv_getaddrinfo_t uv;
  const struct weir_alloc *alloc;
  weir_host_call *call; /* NULL: it has gone */
};

typedef struct wasi_result_list_sockets_ip_address_sockets_lookup_error_code lookup_result;

static enum wasi_sockets_lookup_error_code_tag code_of(int error) {
  switch (error) {
    case -EPERM:
      return WASI_SOCKETS_LOOKUP_ERROR_CODE_ACCESS_DENIED;
    case -EINVAL:
      return WASI_SOCKETS_LOOKUP_ERROR_CODE_INVALID_ARGUMENT;
    case UV_EAI_AGAIN:
      return WASI_SOCKETS_LOOKUP_ERROR_CODE_TEMPORARY_RESOLVER_FAILURE;
    case UV_EAI_FAIL:
      return WASI_SOCKETS_LOOKUP_ERROR_CODE_PERMANENT_RESOLVER_FAILURE;
    case -ENOMEM:
    case UV_EAI_MEMORY:
      return WASI_SOCKETS_LOOKUP_ERROR_CODE_OTHER;
    default:
      return WASI_SOCKETS_LOOKUP_ERROR_CODE_NAME_UNRESOLVABLE;
  }
}

static void give(weir_host_call *call, int error, const struct addrinfo *found) {
  struct wasi_sockets_ip_address all[ADDRESSES_MAX];
  lookup_result result = {.failed = error != 0, .ok.items = all, .error.tag = code_of(error)};
  for (; found && result.ok.count < ADDRESSES_MAX; found = found->ai_next)
    all[result.ok.count++] = wasi_address_ip(found->ai_addr);
  wasi_sockets_ip_name_lookup_resolve_addresses_return(call, &result);
}

static void looked_up(uv_getaddrinfo_t *uv, int status, struct addrinfo *found) {
  struct request *request = uv->data;
  if (request->call)
    give(request->call, status, found);
  uv_freeaddrinfo(found);
  mem_free(request->alloc, request, sizeof(*request));
}

static void cancelled(void *data, weir_host_call *call) {
  struct request *request = data;
  request->call = NULL;
  uv_cancel((uv_req_t *)&request->uv);
  weir_host_call_cancelled(call);
}

/* 0, or the negative of an errno. */
static int begin(struct wasi_sockets *sockets, weir_host_call *call, const char *name) {
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
  struct request *request = mem_zalloc(sockets->alloc, sizeof(*request));
  if (!request)
    return -ENOMEM;
  *request = (struct request){.alloc = sockets->alloc, .call = call};
  request->uv.data = request;
  int status = uv_getaddrinfo(sockets->loop, &request->uv, looked_up, name, NULL, &hints);
  if (status == 0)
    weir_host_call_on_cancel(call, cancelled, request, NULL);
  else
    mem_free(sockets->alloc, request, sizeof(*request));
  return status;
}

void wasi_sockets_ip_name_lookup_resolve_addresses(struct wasi_sockets *sockets, weir_host_call *call,
                                                   struct wasi_text name) {
  char text[WASI_NAME_MAX + 1];
  int error = wasi_name_read(name, text);
  if (error == 0 && !wasi_net_may_look_up(&sockets->net, text))
    error = -EPERM;
  if (error == 0)
    error = begin(sockets, call, text);
  if (error != 0)
    give(call, error, NULL);
}
