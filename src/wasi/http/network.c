/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See network.h. */
#include "wasi/http/network.h"

#include "http/client.h"
#include "http/tls_config.h"

/* ---- what may be reached ----------------------------------------------------------------------------------------- */

/* Where no rule could grant an address nobody is asked, and nothing is made. */
static bool may_connect_at_all(const struct wasi_net *net) {
  for (size_t i = 0; i < net->count; i++) {
    if (net->rules[i].kinds & (1u << WEIR_WASI_NET_TCP_OUT))
      return true;
  }
  return net->may_use;
}

static bool may_look_up(void *data, const char *host) {
  return wasi_net_may_look_up(((const struct wasi_http_network *)data)->net, host);
}

static bool may_connect(void *data, const struct sockaddr *address) {
  return wasi_net_may_use(((const struct wasi_http_network *)data)->net, WEIR_WASI_NET_TCP_OUT, address);
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

/* In the nearest larger count of milliseconds; 0 stays none. */
static uint64_t milliseconds(uint64_t nanoseconds) {
  return nanoseconds / 1000000 + (nanoseconds % 1000000 != 0);
}

static weir_status client_make(struct wasi_http_network *n) {
  struct diag d;
  struct http_tls_config tls = {.is_client = true};
  diag_init(&d);
  if (n->client)
    return WEIR_OK;
  if (!n->loop)
    WEIR_TRY(http_loop_new(n->uv, n->alloc, &n->loop));
  weir_status status = n->tls ? WEIR_OK : http_tls_context_new(n->alloc, &tls, &n->tls, &d);
  if (status == WEIR_ERR_NOMEM)
    return status;
  struct http_client_config config = {.tls = n->tls};
  return http_client_new(n->loop, &config, &n->client);
}

static struct http_exchange *request(struct wasi_http_client *client, const struct http_head *head, bool end,
                                     const struct wasi_http_times *times, struct http_failure *ret_why) {
  struct wasi_http_network *n = (struct wasi_http_network *)client;
  if (!may_connect_at_all(n->net))
    return NULL;
  struct http_request out = {.head = head,
                             .end = end,
                             .connect_ms = milliseconds(times->connect),
                             .first_byte_ms = milliseconds(times->first_byte),
                             .between_bytes_ms = milliseconds(times->between_bytes),
                             .reach = {may_look_up, may_connect, n}};
  weir_status status = client_make(n);
  struct http_exchange *x = status == WEIR_OK ? http_client_send(n->client, &out, NULL, NULL) : NULL;
  if (!x)
    *ret_why = status == WEIR_ERR_UNSUPPORTED ? http_failure_text(HTTP_CONFIGURATION_ERROR, STR("built without HTTP"))
                                              : http_failure_nomem();
  return x;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

void wasi_http_network_init(struct wasi_http_network *n, const struct weir_alloc *alloc, uv_loop_t *uv,
                            const struct wasi_net *net) {
  *n = (struct wasi_http_network){.base = {.request = request}, .alloc = alloc, .uv = uv, .net = net};
}

static void client_closed(void *data) {
  struct wasi_http_network *n = data;
  http_tls_context_free(n->tls);
  http_loop_close(n->loop);
  n->closed(n->data);
}

bool wasi_http_network_close(struct wasi_http_network *n, void (*closed)(void *data), void *data) {
  if (!n->loop)
    return false;
  n->closed = closed;
  n->data = data;
  if (n->client)
    http_client_close(n->client, client_closed, n);
  else
    client_closed(n);
  return true;
}
