/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * `weir serve`: an HTTP server in front of a component. The library does the work (weir/serve.h); here are options,
 * signals and files.
 *
 * What holds: the signals that are waited for are blocked before any thread begins, so the main thread alone takes
 * them. In order: options; the access log; the server's settings; signals; the command.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/compose.h"
#include "cli/options.h"
#include "cli/source.h"
#include "cli/world_options.h"
#include "weir/serve.h"

struct serve_options {
  uint32_t features;
  struct world_options world;
  struct source_options source;
  const char **addresses; /* room for one per argument */
  size_t address_count;
  const char **with; /* the same; the component comes last */
  size_t with_count;
  struct serve_route {
    char *host, *path; /* for free(); NULL: any */
    const char *file;
  } * routes; /* room for one per argument */
  size_t route_count;
  int *sockets; /* that came from outside */
  size_t socket_count;
  const char *admin, *access_log, *certificate, *key;
  bool logs_access, watch, pooling;
  struct option_number workers, slice, max_instances, ahead, requests, concurrency, waiting, connections;
  const char *record;
  struct record_when {
    weir_serve_record kind;
    uint64_t number;
  } record_when;
  struct option_number record_files;
  struct option_number idle, request_timeout, after, drain; /* milliseconds */
};

struct serve {
  struct serve_options options;
  weir_engine *engine;
  struct timespec *times;      /* of their files, as they were loaded */
  weir_component **components; /* of the routes, and of the file behind them */
  weir_server *server;
  int access_fd; /* -1: none */
};

#define AT(member) offsetof(struct serve_options, member)

static bool take_address(void *options, const char *value) {
  struct serve_options *o = options;
  o->addresses[o->address_count++] = value;
  return true;
}

static bool take_with(void *options, const char *value) {
  struct serve_options *o = options;
  o->with[o->with_count++] = value;
  return true;
}

/* HOST/PATH=FILE; one of HOST and /PATH may be missing. */
static bool take_route(void *options, const char *value) {
  struct serve_options *o = options;
  struct serve_route *r = &o->routes[o->route_count];
  const char *equals = strrchr(value, '='), *slash = strchr(value, '/');
  if (!equals || equals == value || equals[1] == '\0') {
    cli_error("--route: `%s` is none", value);
    cli_hint("--route /shop=shop.wasm, --route shop.example=shop.wasm, --route shop.example/cart=cart.wasm");
    return false;
  }
  slash = slash && slash < equals ? slash : equals;
  if (slash > value)
    r->host = strndup(value, (size_t)(slash - value));
  if (equals > slash)
    r->path = strndup(slash, (size_t)(equals - slash));
  r->file = equals + 1;
  o->route_count++;
  return true;
}

static bool take_access_log(void *options, const char *value) {
  struct serve_options *o = options;
  o->logs_access = true;
  o->access_log = value;
  return true;
}

/* failed, slow:MS, sampled:N, all */
static bool take_record_when(void *options, const char *value) {
  struct serve_options *o = options;
  static const char slow[] = "slow:", sampled[] = "sampled:";
  if (strcmp(value, "failed") == 0 || strcmp(value, "all") == 0) {
    o->record_when.kind = value[0] == 'f' ? WEIR_SERVE_RECORD_FAILED : WEIR_SERVE_RECORD_ALL;
    return true;
  }
  bool is_slow = strncmp(value, slow, strlen(slow)) == 0;
  if (is_slow || strncmp(value, sampled, strlen(sampled)) == 0) {
    o->record_when.kind = is_slow ? WEIR_SERVE_RECORD_SLOW : WEIR_SERVE_RECORD_SAMPLED;
    return option_read_number("record-when", strchr(value, ':') + 1, &o->record_when.number);
  }
  cli_error("--record-when: `%s` is none of failed, slow:MS, sampled:N, all", value);
  return false;
}

static const struct option option_table[] = {
    {"addr", 'a', "ADDRESS", "127.0.0.1:8080",
     "Listen there: `127.0.0.1:8080`, `[::1]:8080`, or `:8080` for all addresses; port 0 is any that is free. May be "
     "given many times (default: 127.0.0.1:8080).",
     OPTION_OTHER, 0, take_address},
    {"with", 0, "FILE", "auth.wasm",
     "Put this component in front: it imports the handler that the component exports, and its own handler is served. "
     "May be given many times, the outermost first. Calls between them do not leave the process.",
     OPTION_OTHER, 0, take_with},
    {"route", 0, "ROUTE=FILE", "/shop=shop.wasm",
     "Let another component answer a part of the requests: `/PATH=FILE`, that path and all below it, `HOST=FILE`, or "
     "`HOST/PATH=FILE`. May be given many times. FILE at the end answers the rest, and may be missing then.",
     OPTION_OTHER, 0, take_route},
    {"watch", 0, NULL, NULL, "Load a file anew when it has changed, as SIGHUP does: while developing.", OPTION_FLAG,
     AT(watch), NULL},
    {"admin", 0, "ADDRESS", "127.0.0.1:9090", "Answer `/healthz`, `/readyz` and `/metrics` there.", OPTION_TEXT,
     AT(admin), NULL},
    {"tls-cert", 0, "FILE", "server.pem",
     "Speak TLS at all addresses, with the certificate and the chain in this PEM file.", OPTION_TEXT, AT(certificate),
     NULL},
    {"tls-key", 0, "FILE", "server.key", "The key of that certificate.", OPTION_TEXT, AT(key), NULL},
    {"workers", 'j', "N", "4", "Threads that serve (default: 1); `0` is one for each processor.", OPTION_NUMBER,
     AT(workers), NULL},
    {"access-log", 0, "[=FILE]", "access.log",
     "Write a line of JSON for each request to FILE, at its end, or to the standard output.", OPTION_OTHER, 0,
     take_access_log},
    {"record", 0, "DIR", "/var/lib/weir",
     "Record what crosses between each instance and weir, in memory, and write it to a file in this folder if a "
     "request "
     "was as `--record-when` says: `weir replay` does again what the instance did. The access log names the file.",
     OPTION_TEXT, AT(record), NULL},
    {"record-when", 0, "WHEN", "slow:200",
     "Which requests are worth a record: `failed` (the default: the guest trapped, took too long, or answered with "
     "5xx), `slow:MS` (so many milliseconds or more), `sampled:N` (one in N), or `all`.",
     OPTION_OTHER, 0, take_record_when},
    {"record-files", 0, "N", "20", "Most records that are written (default: 100).", OPTION_NUMBER, AT(record_files),
     NULL},
    {"max-instances", 0, "N", "64", "Most instances of a worker at a time (default: 128).", OPTION_NUMBER,
     AT(max_instances), NULL},
    {"pooling", 0, NULL, NULL,
     "Keep the memories of instances that have gone for the next ones. Worth it where instances live for one request; "
     "takes address space, and no guest may have a table of more than 65,536 elements.",
     OPTION_FLAG, AT(pooling), NULL},
    {"ahead", 0, "N", "4", "Keep as many instances ready in each worker before requests ask for them (default: 0).",
     OPTION_NUMBER, AT(ahead), NULL},
    {"instance-requests", 0, "N", "1000",
     "Requests that an instance answers in its life. Default: 1 for a handler of WASI 0.2, no end for one of 0.3.",
     OPTION_NUMBER, AT(requests), NULL},
    {"instance-concurrency", 0, "N", "1",
     "Requests that an instance of WASI 0.3 has at once (default: 16); one of 0.2 has 1.", OPTION_NUMBER,
     AT(concurrency), NULL},
    {"max-waiting", 0, "N", "100",
     "Requests of a worker that may wait for an instance (default: 1000). Those beyond are told 503.", OPTION_NUMBER,
     AT(waiting), NULL},
    {"max-connections", 0, "N", "1000", "Connections of a worker at a time (default: 10000).", OPTION_NUMBER,
     AT(connections), NULL},
    {"idle", 0, "SECONDS", "60", "How long an instance without work is kept (default: 10).", OPTION_SECONDS, AT(idle),
     NULL},
    {"request-timeout", 0, "SECONDS", "5",
     "The time from the head of a request to the end of its response (default: 60). What takes longer is told 504, or "
     "broken off.",
     OPTION_SECONDS, AT(request_timeout), NULL},
    {"after", 0, "SECONDS", "5",
     "How long an instance may work on after its last response (default: 30). Then the instance is ended.",
     OPTION_SECONDS, AT(after), NULL},
    {"drain", 0, "SECONDS", "20",
     "How long requests may go on after SIGTERM or SIGINT (default: 10). Then they are broken off.", OPTION_SECONDS,
     AT(drain), NULL},
    {"time-slice", 0, "SECONDS", "0.02",
     "Set a guest aside that has computed for so long, so that others have their turn (default: 0.01). `0` sets none "
     "aside: calls are a little faster then, and a guest that spins keeps its worker.",
     OPTION_SECONDS, AT(slice), NULL},
    OPTIONS_OF_WORLD(struct serve_options, world),
    {"no-cache", 0, NULL, NULL, "Compile, and keep nothing.", OPTION_FLAG, AT(source.no_cache), NULL},
    {"cache-dir", 0, "DIR", "/var/cache/weir", "Keep compiled code in this folder.", OPTION_TEXT, AT(source.cache_dir),
     NULL},
    OPTION_OF_FEATURES(struct serve_options, features),
};

/* ---- options ----------------------------------------------------------------------------------------------------- */

enum {
  DRAIN_MILLISECONDS = 10000,
  SLICE_MILLISECONDS = 10,
  FIRST_SOCKET = 3,
  MOST_SOCKETS = 64,
  WATCH_NANOSECONDS = 300000000
};

/*
 * Sockets that a service manager has opened (sd_listen_fds(3)): from descriptor 3 on, as many as LISTEN_FDS says, if
 * LISTEN_PID is this process. false: out of memory.
 */
static bool take_sockets(struct serve_options *o) {
  const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
  if (!pid || !count || strtol(pid, NULL, 10) != (long)getpid())
    return true;
  long n = strtol(count, NULL, 10);
  if (n <= 0 || n > MOST_SOCKETS)
    return true;
  o->sockets = calloc((size_t)n, sizeof(*o->sockets));
  if (!o->sockets)
    return false;
  for (long i = 0; i < n; i++)
    o->sockets[o->socket_count++] = FIRST_SOCKET + (int)i;
  return true;
}

static int read_options(struct serve_options *o, int argc, char **argv) {
  struct option_scan scan = {&cli_serve, o, argc, argv, 1, false};
  const char *file;
  enum option_found found;
  o->addresses = calloc((size_t)argc + 1, sizeof(*o->addresses));
  o->with = calloc((size_t)argc + 1, sizeof(*o->with));
  o->routes = calloc((size_t)argc + 1, sizeof(*o->routes));
  if (!world_options_init(&o->world, argc) || !o->addresses || !o->with || !o->routes || !take_sockets(o))
    return cli_fail("weir serve", WEIR_ERR_NOMEM, NULL);
  while ((found = option_next(&scan, &file)) == OPTIONS_OPERAND) {
    if (o->source.path) {
      cli_error("weir serve: one component; there are `%s` and `%s`", o->source.path, file);
      return CLI_USAGE;
    }
    o->source.path = file;
  }
  if (found != OPTIONS_END)
    return CLI_USAGE;
  if (!o->source.path && (o->route_count == 0 || o->with_count > 0)) {
    cli_error("weir serve: there is no component to serve");
    cli_hint("weir serve app.wasm; `weir help serve` explains");
    return CLI_USAGE;
  }
  o->source.compiled = true;
  if (o->record_when.kind == WEIR_SERVE_RECORD_NEVER)
    o->record_when.kind = WEIR_SERVE_RECORD_FAILED;
  if (o->with_count > 0)
    o->with[o->with_count++] = o->source.path;
  if (o->address_count + o->socket_count == 0)
    o->addresses[o->address_count++] = "127.0.0.1:8080";
  return world_options_check(&o->world) ? CLI_OK : CLI_USAGE;
}

static uint32_t number_of(const struct option_number *n, uint32_t usual) {
  if (!n->given)
    return usual;
  return n->value < UINT32_MAX ? (uint32_t)n->value : UINT32_MAX;
}

static uint32_t worker_count(const struct serve_options *o) {
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  if (o->workers.given && o->workers.value == 0)
    return processors > 0 ? (uint32_t)processors : 1;
  return number_of(&o->workers, 1);
}

static uint32_t slice_of(const struct serve_options *o) {
  return number_of(&o->slice, SLICE_MILLISECONDS);
}

/* ---- the access log ---------------------------------------------------------------------------------------------- */

static int open_access_log(struct serve *s) {
  s->access_fd = -1;
  if (!s->options.logs_access)
    return CLI_OK;
  if (!s->options.access_log) {
    s->access_fd = STDOUT_FILENO;
    return CLI_OK;
  }
  s->access_fd = open(s->options.access_log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (s->access_fd >= 0)
    return CLI_OK;
  cli_error("%s cannot be written", s->options.access_log);
  return CLI_NO_INPUT;
}

/* One write a line: lines of several workers do not mix. */
static void write_access(void *data, const char *line, size_t size) {
  const struct serve *s = data;
  if (write(s->access_fd, line, size) < 0)
    return; /* nobody is left to be told */
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
  config.deadlines = slice_of(&s->options) > 0;
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

static weir_status make_server_of(struct serve *s, weir_serve_route *routes, weir_error **ret_error) {
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
  config.addresses = o->addresses;
  config.address_count = o->address_count;
  config.sockets = o->sockets;
  config.socket_count = o->socket_count;
  config.admin = o->admin;
  config.tls_certificate = o->certificate;
  config.tls_key = o->key;
  config.workers = worker_count(o);
  config.max_instances = number_of(&o->max_instances, 0);
  config.instances_ahead = number_of(&o->ahead, 0);
  config.instance_requests = number_of(&o->requests, 0);
  config.instance_concurrency = number_of(&o->concurrency, 0);
  config.max_waiting = number_of(&o->waiting, 0);
  config.max_connections = number_of(&o->connections, 0);
  config.idle_ms = o->idle.value;
  config.request_ms = o->request_timeout.value;
  config.after_ms = o->after.value;
  config.slice_ms = slice_of(o);
  config.record_directory = o->record;
  config.record_when = o->record ? o->record_when.kind : WEIR_SERVE_RECORD_NEVER;
  config.record_number = o->record_when.number;
  config.record_files = number_of(&o->record_files, 0);
  config.world = &world;
  config.store = &store;
  config.access = s->access_fd >= 0 ? write_access : NULL;
  config.trouble = tell_trouble;
  config.data = s;
  weir_component *rest = o->source.path ? s->components[o->route_count] : NULL;
  weir_status status = weir_server_new(rest, &config, &s->server, ret_error);
  return status == WEIR_OK ? weir_server_start(s->server, ret_error) : status;
}

static weir_status make_server(struct serve *s, weir_error **ret_error) {
  weir_serve_route *routes = calloc(s->options.route_count + 1, sizeof(*routes));
  weir_status status = routes ? make_server_of(s, routes, ret_error) : WEIR_ERR_NOMEM;
  free(routes);
  return status;
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
  weir_error *error = NULL;
  int code = open_access_log(s);
  if (code == CLI_OK)
    code = make_components(s);
  if (code != CLI_OK)
    return code;
  weir_status status = make_server(s, &error);
  if (status != WEIR_OK)
    return cli_fail(s->options.source.path ? s->options.source.path : "weir serve", status, error);
  say_where(s);
  take_signals(s);
  return CLI_OK;
}

static int run(int argc, char **argv) {
  struct serve s = {.access_fd = -1};
  sigset_t ours;
  signals_of_ours(&ours);
  int code = read_options(&s.options, argc, argv);
  if (code == CLI_OK) {
    signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &ours, NULL);
    code = serve(&s);
  }
  weir_server_free(s.server);
  for (size_t i = 0; s.components && i < component_count(&s); i++)
    weir_component_free(s.components[i]);
  free(s.components);
  free(s.times);
  weir_engine_free(s.engine);
  if (s.access_fd > STDERR_FILENO)
    close(s.access_fd);
  world_options_done(&s.options.world);
  free(s.options.addresses);
  for (size_t i = 0; i < s.options.route_count; i++) {
    free(s.options.routes[i].host);
    free(s.options.routes[i].path);
  }
  free(s.options.routes);
  free(s.options.with);
  free(s.options.sockets);
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
    .options = option_table,
    .option_count = sizeof(option_table) / sizeof(option_table[0]),
    .examples =
        "weir serve app.wasm\n"
        "weir serve --addr :80 --workers 0 --admin 127.0.0.1:9090 --access-log app.wasm\n",
    .run = run,
};
