/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * In place of all the rest where weir is built without HTTP: a loop cannot be made, and nothing else is ever called,
 * since all else wants one.
 */
#include "http/client.h"
#include "http/server.h"
#include "http/tls_config.h"

weir_status http_loop_new(uv_loop_t *uv, const struct weir_alloc *alloc, struct http_loop **ret) {
  (void)uv;
  (void)alloc;
  *ret = NULL;
  return WEIR_ERR_UNSUPPORTED;
}

void http_loop_close(struct http_loop *loop) {
  (void)loop;
}

void http_loop_due(struct http_loop *loop, struct http_due *due) {
  (void)loop;
  (void)due;
}

void http_deadline_set(struct http_loop *loop, struct http_deadline *deadline, uint64_t at) {
  (void)loop;
  (void)deadline;
  (void)at;
}

void http_deadline_stop(struct http_loop *loop, struct http_deadline *deadline) {
  (void)loop;
  (void)deadline;
}

weir_status http_tls_context_new(const struct weir_alloc *alloc, const struct http_tls_config *config,
                                 struct http_tls_context **ret, struct diag *d) {
  (void)alloc;
  (void)config;
  (void)ret;
  return diag_set(d, WEIR_ERR_UNSUPPORTED, "weir was built without HTTP");
}

void http_tls_context_free(struct http_tls_context *c) {
  (void)c;
}

weir_status http_server_new(struct http_loop *loop, const struct http_server_config *config, struct http_server **ret) {
  (void)loop;
  (void)config;
  *ret = NULL;
  return WEIR_ERR_UNSUPPORTED;
}

weir_status http_server_listen(struct http_server *server, int fd, struct diag *d) {
  (void)server;
  (void)fd;
  return diag_set(d, WEIR_ERR_UNSUPPORTED, "weir was built without HTTP");
}

uint16_t http_server_port(const struct http_server *server) {
  (void)server;
  return 0;
}

struct http_server_counts http_server_counts(const struct http_server *server) {
  (void)server;
  return (struct http_server_counts){0};
}

void http_server_drain(struct http_server *server, uint32_t milliseconds) {
  (void)server;
  (void)milliseconds;
}

void http_server_close(struct http_server *server) {
  (void)server;
}

weir_status http_client_new(struct http_loop *loop, const struct http_client_config *config, struct http_client **ret) {
  (void)loop;
  (void)config;
  *ret = NULL;
  return WEIR_ERR_UNSUPPORTED;
}

void http_client_close(struct http_client *client, void (*closed)(void *data), void *data) {
  (void)client;
  (void)closed;
  (void)data;
}

struct http_exchange *http_client_send(struct http_client *client, const struct http_request *request,
                                       const struct http_listener *listener, void *data) {
  (void)client;
  (void)request;
  (void)listener;
  (void)data;
  return NULL;
}

struct http_client_counts http_client_counts(const struct http_client *client) {
  (void)client;
  return (struct http_client_counts){0};
}
