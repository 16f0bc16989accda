/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Making a server: settings, what the component needs, sockets (server_new.h).
 *
 * What holds: all that a user can have got wrong is found here, before a thread begins. In order: settings; the
 * component; sockets; making and freeing.
 */
#include "serve/server_new.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/sized.h"
#include "http/tls_config.h"
#include "load/component.h"
#include "load/engine.h"
#include "serve/listen.h"
#include "wasi/http/handle.h"

/* ---- settings ---------------------------------------------------------------------------------------------------- */

static void usual(uint32_t *value, uint32_t if_zero) {
  if (*value == 0)
    *value = if_zero;
}

static void usual_time(uint64_t *value, uint64_t if_zero) {
  if (*value == 0)
    *value = if_zero;
}

static void set_usual(weir_serve_config *c) {
  usual(&c->workers, 1);
  usual(&c->max_instances, 128);
  usual(&c->instance_concurrency, 16);
  usual(&c->max_waiting, 1000);
  usual(&c->max_connections, 10000);
  usual(&c->retry_after, 1);
  usual(&c->record_files, 100);
  usual_time(&c->record_bytes, 16 << 20);
  usual_time(&c->idle_ms, 10000);
  usual_time(&c->request_ms, 60000);
  usual_time(&c->after_ms, 30000);
}

/* So that the first failure is not the first to find that nothing can be written. */
static weir_status check_records(const weir_serve_config *c, struct diag *d) {
  if (c->record_when == WEIR_SERVE_RECORD_NEVER)
    return WEIR_OK;
  if (!c->record_directory)
    return diag_set(d, WEIR_ERR_MISUSE, "records need a directory");
  int fd = open(c->record_directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
  int error = fd < 0 || access(c->record_directory, W_OK | X_OK) != 0 ? errno : 0;
  if (fd >= 0)
    close(fd);
  return error == 0 ? WEIR_OK
                    : diag_set(d, WEIR_ERR_IO, "records cannot be written to the directory %s: %s", c->record_directory,
                               strerror(error));
}

static weir_status check_config(const weir_serve_config *c, const weir_engine *engine, struct diag *d) {
  if (c->address_count + c->socket_count == 0)
    return diag_set(d, WEIR_ERR_MISUSE, "a server needs an address");
  if (c->slice_ms > 0 && !engine->deadlines)
    return diag_set(d, WEIR_ERR_MISUSE, "time slices need an engine with deadlines");
  if (c->world && c->world->loop)
    return diag_set(d, WEIR_ERR_MISUSE, "each worker has a loop of its own: `world` must have none");
  return check_records(c, d);
}

static weir_status take_config(weir_server *s, const weir_serve_config *given, struct diag *d) {
  WEIR_TRY(SIZED_READ(given, &s->config, weir_serve_config, d));
  WEIR_TRY(check_config(&s->config, s->engine, d));
  set_usual(&s->config);
  if (s->config.store) {
    WEIR_TRY(SIZED_READ(s->config.store, &s->store, weir_store_config, d));
    s->config.store = &s->store;
  }
  return WEIR_OK;
}

/* ---- the component ----------------------------------------------------------------------------------------------- */

static weir_status check_with(const weir_component *component, const weir_linker *linker, struct diag *d) {
  weir_error *error = NULL;
  weir_status status = weir_linker_check(linker, component, &error);
  if (status != WEIR_OK)
    diag_set(d, status, "%s", error ? weir_error_message(error) : "out of memory");
  weir_error_free(error);
  return status;
}

/* With a world that is made for this alone. */
static weir_status check_alone(const weir_component *component, const weir_serve_config *config, struct diag *d) {
  weir_wasi_config world = WEIR_WASI_CONFIG_INIT;
  weir_wasi *wasi = NULL;
  weir_linker *linker = NULL;
  weir_error *error = NULL;
  world.stdin_fd = world.stdout_fd = world.stderr_fd = -1;
  weir_status status = weir_wasi_new(config->world ? config->world : &world, &wasi, &error);
  if (status == WEIR_OK)
    status = weir_linker_new(component->engine, &linker, &error);
  if (status == WEIR_OK)
    status = weir_wasi_link(wasi, linker, &error);
  if (status != WEIR_OK)
    diag_set(d, status, "%s", error ? weir_error_message(error) : "out of memory");
  else
    status = check_with(component, linker, d);
  weir_error_free(error);
  weir_linker_free(linker);
  weir_wasi_free(wasi);
  return status;
}

weir_status server_check(const weir_component *component, const weir_serve_config *config, const weir_linker *linker,
                         struct diag *d) {
  if (!wasi_http_find_handler(component))
    return diag_set(d, WEIR_ERR_NOT_FOUND,
                    "the component exports neither wasi:http/handler@0.3 nor wasi:http/incoming-handler@0.2");
  return linker ? check_with(component, linker, d) : check_alone(component, config, d);
}

/* ---- sockets ----------------------------------------------------------------------------------------------------- */

static weir_status bind_worker(weir_server *s, struct worker *w, bool first, struct diag *d) {
  const weir_serve_config *c = &s->config;
  for (size_t i = 0; i < c->address_count; i++) {
    WEIR_TRY(listen_bind(c->addresses[i], s->ports[i], &w->sockets[w->socket_count], d));
    if (first)
      s->ports[i] = listen_port(w->sockets[w->socket_count]);
    w->socket_count++;
  }
  for (size_t i = 0; i < c->socket_count; i++) {
    int fd = fcntl(c->sockets[i], F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
      return diag_set(d, WEIR_ERR_IO, "socket %d cannot be used", c->sockets[i]);
    w->sockets[w->socket_count++] = fd;
  }
  return WEIR_OK;
}

static weir_status take_trusted(weir_server *s, struct diag *d) {
  const weir_serve_config *c = &s->config;
  size_t count = c->trusted_count > 0 ? c->trusted_count : TRUST_USUAL;
  s->trusted = mem_array(&s->alloc, count, sizeof(*s->trusted));
  if (!s->trusted)
    return diag_nomem(d);
  s->trusted_count = (uint32_t)count;
  if (c->trusted_count == 0)
    memcpy(s->trusted, trust_usual, sizeof(*s->trusted) * TRUST_USUAL);
  for (size_t i = 0; i < c->trusted_count; i++)
    if (!trust_read(c->trusted[i], &s->trusted[i]))
      return diag_set(d, WEIR_ERR_PARSE, "%s is no range of addresses: write 10.0.0.0/8, ::1", c->trusted[i]);
  return WEIR_OK;
}

static weir_status make_tls(weir_server *s, struct diag *d) {
  struct http_tls_identity own = {.certificate = s->config.tls_certificate, .key = s->config.tls_key};
  struct http_tls_config config = {.identities = &own, .identity_count = 1};
  if (!own.certificate && !own.key)
    return WEIR_OK;
  if (!own.certificate || !own.key)
    return diag_set(d, WEIR_ERR_MISUSE, "TLS needs both a certificate and its key");
  return http_tls_context_new(&s->alloc, &config, &s->tls, d);
}

static weir_status make_workers(weir_server *s, struct diag *d) {
  size_t sockets = s->config.address_count + s->config.socket_count;
  s->workers = mem_array(&s->alloc, s->config.workers, sizeof(*s->workers));
  s->ports = mem_array(&s->alloc, sockets, sizeof(*s->ports));
  if (!s->workers || !s->ports)
    return diag_nomem(d);
  for (uint32_t i = 0; i < s->config.workers; i++) {
    struct worker *w = &s->workers[i];
    w->config = &s->config;
    w->engine = s->engine;
    w->tls = s->tls;
    w->number = i;
    w->alloc = &s->alloc;
    w->owner = s;
    w->records = &s->records;
    diag_init(&w->failure);
    uv_mutex_init(&w->wish.lock);
    w->sockets = mem_array(&s->alloc, sockets, sizeof(*w->sockets));
    w->lanes = mem_array(&s->alloc, s->component_count, sizeof(*w->lanes));
    w->wish.components = mem_array(&s->alloc, s->component_count, sizeof(*w->wish.components));
    if (!w->sockets || !w->lanes || !w->wish.components)
      return diag_nomem(d);
    WEIR_TRY(bind_worker(s, w, i == 0, d));
  }
  if (s->config.admin)
    WEIR_TRY(listen_bind(s->config.admin, 0, &s->admin.fd, d));
  s->admin.port = s->admin.fd >= 0 ? listen_port(s->admin.fd) : 0;
  return WEIR_OK;
}

/* ---- making and freeing ------------------------------------------------------------------------------------------ */

static void worker_free(weir_server *s, struct worker *w) {
  size_t sockets = s->config.address_count + s->config.socket_count;
  if (!w->engine)
    return; /* making has not come to it */
  for (uint32_t i = 0; i < w->socket_count; i++)
    if (w->sockets[i] >= 0)
      close(w->sockets[i]);
  for (uint32_t i = 0; w->wish.components && i < s->component_count; i++)
    weir_component_free(w->wish.components[i]);
  mem_free(&s->alloc, w->sockets, sockets * sizeof(*w->sockets));
  mem_free(&s->alloc, w->lanes, s->component_count * sizeof(*w->lanes));
  mem_free(&s->alloc, w->wish.components, s->component_count * sizeof(*w->wish.components));
  uv_mutex_destroy(&w->wish.lock);
  weir_linker_free(w->linker);
  diag_done(&w->failure);
}

void server_free(weir_server *s) {
  size_t sockets = s->config.address_count + s->config.socket_count;
  for (uint32_t i = 0; s->workers && i < s->config.workers; i++)
    worker_free(s, &s->workers[i]);
  mem_free(&s->alloc, s->workers, s->config.workers * sizeof(*s->workers));
  mem_free(&s->alloc, s->trusted, s->trusted_count * sizeof(*s->trusted));
  mem_free(&s->alloc, s->ports, sockets * sizeof(*s->ports));
  if (s->admin.fd >= 0)
    close(s->admin.fd);
  http_tls_context_free(s->tls);
  uv_mutex_destroy(&s->lock);
  uv_cond_destroy(&s->changed);
  uv_cond_destroy(&s->tick_end);
  for (uint32_t i = 0; s->components && i < s->component_count; i++)
    weir_component_free(s->components[i]);
  mem_free(&s->alloc, s->components, (s->config.route_count + 1) * sizeof(*s->components));
  mem_free(&s->alloc, s->routes, s->config.route_count * sizeof(*s->routes));
  weir_engine *engine = s->engine;
  struct weir_alloc alloc = s->alloc;
  mem_free(&alloc, s, sizeof(*s));
  weir_engine_free(engine);
}

/* The engine of the first component there is; NULL: there is none. */
static weir_engine *engine_of(const weir_component *component, const weir_serve_config *config) {
  if (component)
    return component->engine;
  bool has_routes = config->size >= sizeof(*config) && config->route_count > 0 && config->routes[0].component;
  return has_routes ? config->routes[0].component->engine : NULL;
}

static weir_status take_component(weir_server *s, const weir_component *component, struct diag *d) {
  if (!component || component->engine != s->engine)
    return diag_set(d, WEIR_ERR_MISUSE, "all components of a server must be of one engine");
  WEIR_TRY(server_check(component, &s->config, NULL, d));
  s->components[s->component_count++] = weir_component_ref(component);
  return WEIR_OK;
}

static weir_status take_components(weir_server *s, const weir_component *component, struct diag *d) {
  size_t routes = s->config.route_count;
  s->components = mem_array(&s->alloc, routes + 1, sizeof(*s->components));
  s->routes = mem_array(&s->alloc, routes, sizeof(*s->routes));
  if (!s->components || (routes > 0 && !s->routes))
    return diag_nomem(d);
  for (size_t i = 0; i < routes; i++) {
    const weir_serve_route *r = &s->config.routes[i];
    s->routes[i] = *r;
    weir_status status = take_component(s, r->component, d);
    if (status != WEIR_OK) {
      diag_prefix(d, "route %s%s: ", r->host ? r->host : "", r->path ? r->path : "");
      return status;
    }
  }
  s->config.routes = s->routes;
  return component ? take_component(s, component, d) : WEIR_OK;
}

static weir_status server_make(const weir_component *component, const weir_serve_config *config, weir_server **ret,
                               struct diag *d) {
  weir_engine *engine = engine_of(component, config);
  if (!engine)
    return diag_set(d, WEIR_ERR_MISUSE, "a server needs a component");
  weir_server *s = mem_zalloc(&engine->alloc, sizeof(*s));
  if (!s)
    return diag_nomem(d);
  s->engine = weir_engine_ref(engine);
  s->alloc = engine->alloc;
  s->admin = (struct admin){.server = s, .fd = -1};
  uv_mutex_init(&s->lock);
  uv_cond_init(&s->changed);
  uv_cond_init(&s->tick_end);
  weir_status status = take_config(s, config, d);
  if (status == WEIR_OK)
    status = take_components(s, component, d);
  if (status == WEIR_OK)
    status = take_trusted(s, d);
  if (status == WEIR_OK)
    status = make_tls(s, d);
  if (status == WEIR_OK)
    status = make_workers(s, d);
  if (status != WEIR_OK) {
    server_free(s);
    return status;
  }
  *ret = s;
  return WEIR_OK;
}

weir_status weir_server_new(const weir_component *component, const weir_serve_config *config, weir_server **ret,
                            weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = server_make(component, config, ret, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}
