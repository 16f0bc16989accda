/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The thread of a worker: what it makes, how it serves, how it ends (worker.h).
 *
 *   open -> run [ serving --drain--> draining --server closed, instances gone or late--> ended ] -> close
 *
 * In order: wishes; work before the loop sleeps; the end; making; running.
 */
#include "serve/worker.h"

#include <unistd.h>

#include "serve/client.h"
#include "serve/request.h"
#include "serve/service.h"

/* ---- wishes ------------------------------------------------------------------------------------------------------ */

void worker_reload(struct worker *w, uint32_t lane, weir_component *take_component) {
  uv_mutex_lock(&w->wish.lock);
  weir_component *before = w->wish.components[lane];
  w->wish.components[lane] = take_component;
  uv_mutex_unlock(&w->wish.lock);
  weir_component_free(before);
  uv_async_send(&w->wake);
}

void worker_drain(struct worker *w, uint64_t milliseconds) {
  uv_mutex_lock(&w->wish.lock);
  w->wish.drain = true;
  w->wish.milliseconds = milliseconds;
  uv_mutex_unlock(&w->wish.lock);
  uv_async_send(&w->wake);
}

static void reload(struct worker *w, struct lane *lane, weir_component *take_component) {
  struct service *before = lane->service, *service;
  struct diag d;
  diag_init(&d);
  if (!w->draining && service_new(w, take_component, &service, &d) == WEIR_OK) {
    lane->service = service;
    service_retire(before);
  }
  diag_done(&d);
  weir_component_free(take_component);
  worker_due(w);
}

static void drain(struct worker *w, uint64_t milliseconds) {
  if (w->draining)
    return;
  w->draining = true;
  uint32_t span = milliseconds < UINT32_MAX ? (uint32_t)milliseconds : UINT32_MAX;
  http_server_drain(w->server, span);
  http_deadline_set(w->http, &w->end, worker_now(w) + span + 1);
}

static weir_component *take_component(struct worker *w, uint32_t lane) {
  uv_mutex_lock(&w->wish.lock);
  weir_component *component = w->wish.components[lane];
  w->wish.components[lane] = NULL;
  uv_mutex_unlock(&w->wish.lock);
  return component;
}

static void woken(uv_async_t *wake) {
  struct worker *w = wake->data;
  services_wake(w);
  for (uint32_t i = 0; i < lane_count(w); i++) {
    weir_component *component = take_component(w, i);
    if (component)
      reload(w, &w->lanes[i], component);
  }
  uv_mutex_lock(&w->wish.lock);
  bool wants_drain = w->wish.drain;
  uint64_t milliseconds = w->wish.milliseconds;
  uv_mutex_unlock(&w->wish.lock);
  if (wants_drain)
    drain(w, milliseconds);
}

/* ---- before the loop sleeps -------------------------------------------------------------------------------------- */

static void close_if_over(struct worker *w);

static void sweep(struct worker *w) {
  uint64_t next = UINT64_MAX;
  for (struct list *l = w->services.next, *after; l != &w->services; l = after) {
    after = l->next;
    uint64_t at = slots_sweep(&LIST_OWNER(l, struct service, link)->slots, worker_now(w));
    next = at < next ? at : next;
  }
  http_deadline_set(w->http, &w->sweep, next == UINT64_MAX ? 0 : next);
}

static void due(struct http_due *d) {
  struct worker *w = LIST_OWNER(d, struct worker, due);
  instances_end_due(w);
  requests_admit(w);
  for (uint32_t i = 0; i < lane_count(w); i++)
    if (w->lanes[i].service && slots_make_ahead(&w->lanes[i].service->slots, worker_now(w)))
      worker_due(w); /* one in each round */
  sweep(w);
  close_if_over(w);
}

static void sweep_due(struct http_deadline *deadline) {
  worker_due(LIST_OWNER(deadline, struct worker, sweep));
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

/* No request comes any more; work after responses may still go on. */
static void server_closed(void *worker) {
  struct worker *w = worker;
  w->server = NULL;
  for (uint32_t i = 0; i < lane_count(w); i++) {
    if (w->lanes[i].service)
      service_retire(w->lanes[i].service);
    w->lanes[i].service = NULL;
  }
  worker_due(w);
}

/* The loop ends when its handles are closed. */
static void close_if_over(struct worker *w) {
  if (w->server || !list_empty(&w->services) || !w->http)
    return;
  struct http_loop *http = w->http;
  requests_done(w);
  http_deadline_stop(http, &w->sweep);
  http_deadline_stop(http, &w->end);
  w->http = NULL;
  http_loop_close(http);
  weir_wasi_free(w->wasi);
  w->wasi = NULL;
  uv_close((uv_handle_t *)&w->wake, NULL);
}

static void ended(struct http_deadline *deadline) {
  struct worker *w = LIST_OWNER(deadline, struct worker, end);
  for (uint32_t i = 0; i < lane_count(w); i++)
    w->lanes[i].service = NULL;
  for (struct list *l = w->services.next, *after; l != &w->services; l = after) {
    after = l->next;
    service_end(LIST_OWNER(l, struct service, link));
  }
  worker_due(w);
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

static weir_status make_world(struct worker *w, struct diag *d) {
  weir_wasi_config config = WEIR_WASI_CONFIG_INIT;
  weir_error *error = NULL;
  config.stdin_fd = config.stdout_fd = config.stderr_fd = -1;
  if (w->config->world)
    config = *w->config->world;
  config.loop = &w->loop;
  weir_status status = weir_wasi_new(&config, &w->wasi, &error);
  if (status == WEIR_OK)
    status = weir_linker_new(w->engine, &w->linker, &error);
  if (status == WEIR_OK)
    status = weir_wasi_link(w->wasi, w->linker, &error);
  if (status != WEIR_OK)
    diag_set(d, status, "%s", error ? weir_error_message(error) : "out of memory");
  weir_error_free(error);
  return status;
}

static weir_status make_server(struct worker *w, struct diag *d) {
  struct http_server_config config = {.max_connections = w->config->max_connections,
                                      .tls = w->tls,
                                      .believes = w->config->proxy_protocol ? client_believes : NULL,
                                      .request = request_begin,
                                      .closed = server_closed,
                                      .data = w};
  weir_status status = http_loop_new(&w->loop, w->alloc, &w->http);
  if (status != WEIR_OK)
    return diag_set(d, status, status == WEIR_ERR_UNSUPPORTED ? "weir was built without HTTP" : "out of memory");
  WEIR_TRY(http_server_new(w->http, &config, &w->server));
  for (uint32_t i = 0; i < w->socket_count; i++) {
    int fd = w->sockets[i];
    w->sockets[i] = -1;
    WEIR_TRY(http_server_listen(w->server, fd, d));
  }
  return WEIR_OK;
}

static void lists_init(struct worker *w) {
  list_init(&w->services);
  for (uint32_t i = 0; i < lane_count(w); i++)
    list_init(&w->lanes[i].waiting);
  list_init(&w->spare);
  list_init(&w->ending);
  list_init(&w->due.node);
  w->due.run = due;
  w->sweep.late = sweep_due;
  w->end.late = ended;
}

static weir_status make_all(struct worker *w, struct diag *d) {
  WEIR_TRY(make_world(w, d));
  WEIR_TRY(make_server(w, d));
  for (uint32_t i = 0; i < lane_count(w); i++)
    WEIR_TRY(service_new(w, w->owner->components[i], &w->lanes[i].service, d));
  return WEIR_OK;
}

/* Of what is half made. The handles are closed when the loop runs. */
static void give_up(struct worker *w) {
  if (w->server) {
    http_server_close(w->server);
  } else if (w->http) {
    server_closed(w);
  } else {
    weir_wasi_free(w->wasi);
    uv_close((uv_handle_t *)&w->wake, NULL);
  }
}

weir_status worker_open(struct worker *w, struct diag *d) {
  lists_init(w);
  w->trace = (struct trace_source){{uv_hrtime() | 1, (uintptr_t)w}};
  if (uv_loop_init(&w->loop) != 0)
    return diag_set(d, WEIR_ERR_IO, "no loop can be made");
  if (uv_async_init(&w->loop, &w->wake, woken) != 0) {
    uv_loop_close(&w->loop);
    return diag_set(d, WEIR_ERR_IO, "no loop can be made");
  }
  w->wake.data = w;
  w->self = uv_thread_self();
  weir_status status = make_all(w, d);
  if (status == WEIR_OK) {
    worker_due(w);
    return WEIR_OK;
  }
  if (status == WEIR_ERR_NOMEM)
    diag_nomem(d);
  give_up(w);
  worker_run(w);
  return status;
}

/* ---- running ----------------------------------------------------------------------------------------------------- */

void worker_run(struct worker *w) {
  uv_run(&w->loop, UV_RUN_DEFAULT);
  uv_loop_close(&w->loop);
}
