/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The admin address: /healthz (the process lives), /readyz (it takes requests), /metrics. See server.h.
 *
 * What holds: nothing here waits for a worker. In order: answers; the thread; starting and ending.
 */
#include "serve/admin.h"

/* ---- answers ----------------------------------------------------------------------------------------------------- */

/* The user of an exchange keeps nothing: what goes out is copied, and so the exchange can be let go of at once. */
static void respond(const struct admin *a, struct http_exchange *x, uint16_t status, struct str type, struct str body) {
  struct http_fields fields;
  struct http_head head = {.status = status, .length = body.size, .fields = &fields};
  http_fields_init(&fields, &a->server->alloc);
  http_fields_add(&fields, STR("content-type"), type);
  http_fields_add(&fields, STR("cache-control"), STR("no-store"));
  http_send_head(x, &head, body.size == 0);
  if (body.size > 0 && http_send_body(x, body.data, body.size) == body.size)
    http_send_end(x, NULL);
  http_fields_done(&fields);
  http_release(x);
}

static void respond_metrics(const struct admin *a, struct http_exchange *x) {
  char *text = NULL;
  size_t size = 0;
  if (weir_server_metrics(a->server, &text, &size) == WEIR_OK)
    respond(a, x, 200, STR("text/plain; version=0.0.4"), (struct str){text, size});
  else
    respond(a, x, 500, STR("text/plain"), STR("out of memory\n"));
  weir_text_free(text);
}

static const struct http_listener nobody = {0};

static void request(void *data, struct http_exchange *x) {
  const struct admin *a = data;
  const struct http_head *head = x->received;
  const struct str text = STR("text/plain");
  bool ready = atomic_load(&a->server->state) == SERVER_RUNNING;
  http_listen(x, &nobody, NULL);
  if (!str_eq(head->method, STR("GET")) && !str_eq(head->method, STR("HEAD")))
    respond(a, x, 405, text, STR("only GET\n"));
  else if (str_eq(head->path, STR("/healthz")))
    respond(a, x, 200, text, STR("ok\n"));
  else if (str_eq(head->path, STR("/readyz")))
    respond(a, x, ready ? 200 : 503, text, ready ? STR("ready\n") : STR("draining\n"));
  else if (str_eq(head->path, STR("/metrics")))
    respond_metrics(a, x);
  else
    respond(a, x, 404, text, STR("/healthz, /readyz, /metrics\n"));
}

/* ---- the thread -------------------------------------------------------------------------------------------------- */

static void closed(void *data) {
  struct admin *a = data;
  a->listener = NULL;
  http_loop_close(a->http);
  uv_close((uv_handle_t *)&a->stop, NULL);
}

static void stop(uv_async_t *async) {
  struct admin *a = async->data;
  if (a->listener)
    http_server_close(a->listener);
}

static void run(void *arg) {
  struct admin *a = arg;
  uv_run(&a->loop, UV_RUN_DEFAULT);
}

/* ---- starting and ending ----------------------------------------------------------------------------------------- */

static weir_status listen_on(struct admin *a, struct diag *d) {
  struct http_server_config config = {.max_connections = 64, .request = request, .closed = closed, .data = a};
  int fd = a->fd;
  WEIR_TRY(http_loop_new(&a->loop, &a->server->alloc, &a->http));
  WEIR_TRY(http_server_new(a->http, &config, &a->listener));
  a->fd = -1;
  return http_server_listen(a->listener, fd, d);
}

static void give_up(struct admin *a) {
  if (a->listener)
    http_server_close(a->listener);
  else if (a->http)
    closed(a);
  else
    uv_close((uv_handle_t *)&a->stop, NULL);
  run(a);
  uv_loop_close(&a->loop);
}

weir_status admin_start(struct admin *a, struct diag *d) {
  if (a->fd < 0)
    return WEIR_OK;
  if (uv_loop_init(&a->loop) != 0)
    return diag_set(d, WEIR_ERR_IO, "no loop can be made");
  if (uv_async_init(&a->loop, &a->stop, stop) != 0) {
    uv_loop_close(&a->loop);
    return diag_set(d, WEIR_ERR_IO, "no loop can be made");
  }
  a->stop.data = a;
  weir_status status = listen_on(a, d);
  if (status == WEIR_OK && uv_thread_create(&a->thread, run, a) != 0)
    status = diag_set(d, WEIR_ERR_IO, "a thread cannot be made");
  if (status != WEIR_OK) {
    give_up(a);
    return status == WEIR_ERR_NOMEM ? diag_nomem(d) : status;
  }
  a->running = true;
  return WEIR_OK;
}

void admin_end(struct admin *a) {
  if (!a->running)
    return;
  uv_async_send(&a->stop);
  uv_thread_join(&a->thread);
  uv_loop_close(&a->loop);
  a->running = false;
}
