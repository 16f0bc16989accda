/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * `weir serve`: an HTTP server in front of a component. The library does the work (weir/serve.h), serve_options.c
 * reads the command line; here are files and signals.
 *
 * What holds: the signals that are waited for are blocked before any thread begins, so the main thread alone takes
 * them. In order: what is told; the server's settings; signals; the command.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/access_log.h"
#include "cli/cli.h"
#include "cli/compose.h"
#include "cli/serve_confine.h"
#include "cli/serve_options.h"
#include "weir/serve.h"

enum { DRAIN_MILLISECONDS = 10000, WATCH_NANOSECONDS = 300000000 };

struct serve {
  struct serve_options options;
  weir_engine *engine;
  struct timespec *times;      /* of their files, as they were loaded */
  weir_component **components; /* of the routes, and of the file behind them */
  weir_server *server;
  struct access_log log;
};

static void write_access(void *data, const char *line, size_t size) {
  struct serve *s = data;
  access_log_write(&s->log, line, size);
}

static void tell_trouble(void *data, const char *text) {
  (void)data;
  cli_warning("%s", text);
}

/* ---- the server -------------------------------------------------------------------------------------------------- */

/* Components by number: those of the routes, and behind them the one of the file, if there is one. */
static size_t component_count(const struct serve *s) {
  return s->options.route_count + (s->options.source.path ? 1 : 0);
}

static int open_component(struct serve *s, size_t index, weir_component **ret) {
  const struct serve_options *o = &s->options;
  struct source_options source = o->source;
  if (index < o->route_count) {
    source.path = o->routes[index].file;
    return source_open(&source, s->engine, ret);
  }
  return o->with_count > 0 ? compose_open(s->engine, o->with, o->with_count, ret)
                           : source_open(&o->source, s->engine, ret);
}

static const char *file_of(const struct serve *s, size_t index) {
  return index < s->options.route_count ? s->options.routes[index].file : s->options.source.path;
}

/* A change of a file's time; a file that is being replaced may be gone for a moment. */
static bool has_changed(struct serve *s, size_t index) {
  struct stat now;
  if (stat(file_of(s, index), &now) != 0)
    return false;
  struct timespec *seen = &s->times[index];
  bool changed = seen->tv_sec != now.st_mtim.tv_sec || seen->tv_nsec != now.st_mtim.tv_nsec;
  *seen = now.st_mtim;
  return changed;
}

static int make_components(struct serve *s) {
  weir_engine_config config = WEIR_ENGINE_CONFIG_INIT;
  weir_error *error = NULL;
  config.features = s->options.features;
  config.deadlines = serve_options_slice(&s->options) > 0;
  config.pooling = s->options.pooling;
  config.notice = cli_notice;
  weir_status status = weir_engine_new(&config, &s->engine, &error);
  if (status != WEIR_OK)
    return cli_fail("weir serve", status, error);
  s->components = calloc(component_count(s), sizeof(weir_component *));
  s->times = calloc(component_count(s), sizeof(*s->times));
  if (!s->components || !s->times)
    return cli_fail("weir serve", WEIR_ERR_NOMEM, NULL);
  int code = CLI_OK;
  for (size_t i = 0; i < component_count(s) && code == CLI_OK; i++) {
    has_changed(s, i);
    code = open_component(s, i, &s->components[i]);
  }
  return code;
}

/* `ret_code`: of what was reported already. */
static weir_status make_server_of(struct serve *s, weir_serve_route *routes, int *ret_code, weir_error **ret_error) {
  const struct serve_options *o = &s->options;
  weir_serve_config config = WEIR_SERVE_CONFIG_INIT;
  weir_wasi_config world = world_options_wasi(&o->world);
  weir_store_config store = o->world.limits;
  store.size = sizeof(store);
  world.inherit_stdio = true;
  for (size_t i = 0; i < o->route_count; i++)
    routes[i] = (weir_serve_route){o->routes[i].host, o->routes[i].path, s->components[i]};
  config.routes = routes;
  config.route_count = o->route_count;
  serve_options_config(o, &config);
  config.world = &world;
  config.store = &store;
  config.access = o->logs_access ? write_access : NULL;
  config.trouble = tell_trouble;
  config.data = s;
  weir_component *rest = o->source.path ? s->components[o->route_count] : NULL;
  weir_status status = weir_server_new(rest, &config, &s->server, ret_error);
  if (status == WEIR_OK && (*ret_code = serve_confine(o, &world)) != CLI_OK) /* sockets are bound, no guest runs yet */
    return WEIR_OK;
  return status == WEIR_OK ? weir_server_start(s->server, ret_error) : status;
}

static int make_server(struct serve *s) {
  weir_serve_route *routes = calloc(s->options.route_count + 1, sizeof(*routes));
  weir_error *error = NULL;
  int code = CLI_OK;
  weir_status status = routes ? make_server_of(s, routes, &code, &error) : WEIR_ERR_NOMEM;
  free(routes);
  if (status == WEIR_OK)
    return code;
  bool of_component = status == WEIR_ERR_NOT_FOUND || status == WEIR_ERR_LINK;
  bool is_alone = s->options.source.path && s->options.route_count == 0;
  return cli_fail(of_component && is_alone ? s->options.source.path : "weir serve", status, error);
}

/* The words that say where, also for scripts that asked for any port. */
static void say_where(const struct serve *s) {
  for (size_t i = 0; i < s->options.address_count; i++) {
    const char *address = s->options.addresses[i];
    int host = (int)(strrchr(address, ':') - address);
    fprintf(stderr, "weir: serving %s://%.*s:%u\n", s->options.certificate ? "https" : "http", host,
            host > 0 ? address : "[::]", (unsigned)weir_server_port(s->server, i));
  }
  if (s->options.socket_count > 0)
    fprintf(stderr, "weir: serving on %zu sockets of the service manager's\n", s->options.socket_count);
  if (s->options.admin)
    fprintf(stderr, "weir: admin on port %u\n", (unsigned)weir_server_admin_port(s->server));
}

/* ---- signals ----------------------------------------------------------------------------------------------------- */

static void signals_of_ours(sigset_t *ret) {
  sigemptyset(ret);
  sigaddset(ret, SIGHUP);
  sigaddset(ret, SIGINT);
  sigaddset(ret, SIGTERM);
}

static void reload_one(struct serve *s, size_t index) {
  weir_component *component = NULL;
  weir_error *error = NULL;
  if (open_component(s, index, &component) != CLI_OK)
    return;
  weir_status status = weir_server_reload(s->server, index, component, &error);
  if (status == WEIR_OK)
    fprintf(stderr, "weir: reloaded %s\n", file_of(s, index));
  else
    cli_fail(file_of(s, index), status, error);
  weir_component_free(component);
}

/* What cannot be loaded stays as it is. */
static void reload(struct serve *s) {
  for (size_t i = 0; i < component_count(s); i++)
    reload_one(s, i);
}

static void reload_changed(struct serve *s) {
  for (size_t i = 0; i < component_count(s); i++)
    if (has_changed(s, i))
      reload_one(s, i);
}

/* The next of our signals; 0: none came for a while, and files are to be looked at. */
static int next_signal(const struct serve *s, const sigset_t *ours) {
  const struct timespec span = {.tv_nsec = WATCH_NANOSECONDS};
  int signal = 0;
  if (!s->options.watch)
    return sigwait(ours, &signal) == 0 ? signal : SIGTERM;
  signal = sigtimedwait(ours, NULL, &span);
  return signal > 0 ? signal : 0;
}

/* Until the server is to end. A second signal ends the process at once. */
static void take_signals(struct serve *s) {
  sigset_t ours;
  int signal;
  signals_of_ours(&ours);
  while ((signal = next_signal(s, &ours)) == SIGHUP || signal == 0) {
    if (signal == SIGHUP)
      reload(s);
    else
      reload_changed(s);
  }
  weir_server_drain(s->server, s->options.drain.given ? s->options.drain.value : DRAIN_MILLISECONDS);
  pthread_sigmask(SIG_UNBLOCK, &ours, NULL);
  weir_server_wait(s->server);
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static int serve(struct serve *s) {
  int code = s->options.logs_access ? access_log_open(&s->log, s->options.access_log) : CLI_OK;
  if (code == CLI_OK)
    code = make_components(s);
  if (code == CLI_OK)
    code = make_server(s);
  if (code != CLI_OK)
    return code;
  say_where(s);
  take_signals(s);
  return CLI_OK;
}

static int run(int argc, char **argv) {
  struct serve s = {.log.fd = -1};
  sigset_t ours;
  signals_of_ours(&ours);
  int code = serve_options_read(&s.options, &cli_serve, argc, argv);
  if (code == CLI_OK) {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a failed write */
    pthread_sigmask(SIG_BLOCK, &ours, NULL);
    code = serve(&s);
  }
  weir_server_free(s.server);
  for (size_t i = 0; s.components && i < component_count(&s); i++)
    weir_component_free(s.components[i]);
  free(s.components);
  free(s.times);
  weir_engine_free(s.engine);
  access_log_close(&s.log);
  serve_options_done(&s.options);
  return code;
}

const struct cli_command cli_serve = {
    .name = "serve",
    .summary = "serve HTTP with a component",
    .usage = "[options] FILE",
    .description =
        "Answers HTTP requests with a component that exports `wasi:http/handler` (WASI 0.3) or "
        "`wasi:http/incoming-handler` (0.2). SIGTERM and SIGINT let what runs end, and a second one does "
        "not; SIGHUP loads the component anew, and no request is lost.",
    .options = serve_option_table,
    .option_count = SERVE_OPTIONS,
    .examples =
        "weir serve app.wasm\n"
        "weir serve --addr :80 --workers 0 --admin 127.0.0.1:9090 --access-log app.wasm\n",
    .run = run,
};
