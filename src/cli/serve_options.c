/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The options of `weir serve` (serve_options.h). Options that are more than one member of the struct have a function of
 * their own: --addr, --with, --route, --access-log, --record-when.
 *
 * In order: those functions; the table; the command line; numbers.
 */
#include "cli/serve_options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static bool take_trusted(void *options, const char *value) {
  struct serve_options *o = options;
  o->trusted[o->trusted_count++] = value;
  return true;
}

static bool take_forwarded(void *options, const char *value) {
  struct serve_options *o = options;
  bool is_standard = strcmp(value, "forwarded") == 0;
  if (!is_standard && strcmp(value, "x-forwarded") != 0) {
    cli_error("--forwarded: `%s` is none of forwarded, x-forwarded", value);
    return false;
  }
  o->forwarded = is_standard ? WEIR_SERVE_FORWARDED_STANDARD : WEIR_SERVE_FORWARDED_X;
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
  if ((slash > value && !r->host) || (equals > slash && !r->path)) {
    cli_fail("--route", WEIR_ERR_NOMEM, NULL); /* without its host or path a route would be for all requests */
    return false;
  }
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

const struct option serve_option_table[] = {
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
    {"proxy-protocol", 0, NULL, NULL,
     "Each connection begins with a header of the PROXY protocol, version 1 or 2, from a proxy that `--trust` names; "
     "others are closed. Guests see whom the header names in the field `forwarded`.",
     OPTION_FLAG, AT(proxy_protocol), NULL},
    {"forwarded", 0, "KIND", "x-forwarded",
     "Believe what proxies that `--trust` names write into requests, and remove what others do: `forwarded` (RFC "
     "7239), or `x-forwarded` (`X-Forwarded-For`, `-Proto`, `-Host`), whichever the proxy writes.",
     OPTION_OTHER, 0, take_forwarded},
    {"trust", 0, "RANGE", "10.0.0.0/8",
     "A proxy's address, or a range of them, for `--proxy-protocol` and `--forwarded`. May be given many times "
     "(default: 127.0.0.0/8 and ::1).",
     OPTION_OTHER, 0, take_trusted},
    {"workers", 'j', "N", "4", "Threads that serve (default: 1); `0` is one for each processor.", OPTION_NUMBER,
     AT(workers), NULL},
    {"access-log", 0, "[=FILE]", "access.log",
     "Write a line of JSON for each request to FILE, at its end, or to the standard output.", OPTION_OTHER, 0,
     take_access_log},
    {"record", 0, "DIR", "/var/lib/weir",
     "Record what crosses between each instance and weir, in memory, and write it to a file in this folder if a "
     "request was as `--record-when` says: `weir replay` does again what the instance did. The access log names the "
     "file.",
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
     "Requests that an instance answers in its life; with 1, no request can see what another one left. Default: 100 "
     "for a handler of WASI 0.2, no end for one of 0.3.",
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
    {"confine", 0, NULL, NULL,
     "Let the kernel hold weir itself to what it needs (Landlock for files and ports, seccomp for system calls), or "
     "fail: what was granted, the sockets that are bound, the folders of the files it serves (reading), of records and "
     "of the cache.",
     OPTION_FLAG, AT(confines), NULL},
    OPTIONS_OF_WORLD(struct serve_options, world),
    {"no-cache", 0, NULL, NULL, "Compile, and keep nothing.", OPTION_FLAG, AT(source.no_cache), NULL},
    {"cache-dir", 0, "DIR", "/var/cache/weir", "Keep compiled code in this folder.", OPTION_TEXT, AT(source.cache_dir),
     NULL},
    OPTION_OF_FEATURES(struct serve_options, features),
};
_Static_assert(sizeof(serve_option_table) / sizeof(serve_option_table[0]) == SERVE_OPTIONS, "as the header says");

/* ---- the command line -------------------------------------------------------------------------------------------- */

enum { SLICE_MILLISECONDS = 10, FIRST_SOCKET = 3, MOST_SOCKETS = 64 };

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

/* What would have no effect is a mistake. */
static bool check_trust(const struct serve_options *o) {
  if (o->trusted_count == 0 || o->proxy_protocol || o->forwarded != WEIR_SERVE_FORWARDED_NONE)
    return true;
  cli_error("--trust: nothing is believed of proxies without --proxy-protocol or --forwarded");
  return false;
}

static bool check_tls(const struct serve_options *o) {
  if (!o->certificate == !o->key)
    return true;
  cli_error("weir serve: --tls-cert and --tls-key go together, and there is one of them");
  return false;
}

int serve_options_read(struct serve_options *o, const struct cli_command *command, int argc, char **argv) {
  struct option_scan scan = {command, o, argc, argv, 1, false};
  const char *file;
  enum option_found found;
  o->addresses = calloc((size_t)argc + 1, sizeof(*o->addresses));
  o->with = calloc((size_t)argc + 1, sizeof(*o->with));
  o->trusted = calloc((size_t)argc + 1, sizeof(*o->trusted));
  o->routes = calloc((size_t)argc + 1, sizeof(*o->routes));
  if (!world_options_init(&o->world, argc) || !o->addresses || !o->with || !o->trusted || !o->routes ||
      !take_sockets(o))
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
  return check_trust(o) && check_tls(o) && world_options_check(&o->world) ? CLI_OK : CLI_USAGE;
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

uint32_t serve_options_slice(const struct serve_options *o) {
  return number_of(&o->slice, SLICE_MILLISECONDS);
}

void serve_options_config(const struct serve_options *o, weir_serve_config *config) {
  config->addresses = o->addresses;
  config->address_count = o->address_count;
  config->sockets = o->sockets;
  config->socket_count = o->socket_count;
  config->admin = o->admin;
  config->tls_certificate = o->certificate;
  config->tls_key = o->key;
  config->proxy_protocol = o->proxy_protocol;
  config->forwarded = o->forwarded;
  config->trusted = o->trusted;
  config->trusted_count = o->trusted_count;
  config->workers = worker_count(o);
  config->max_instances = number_of(&o->max_instances, 0);
  config->instances_ahead = number_of(&o->ahead, 0);
  config->instance_requests = number_of(&o->requests, 0);
  config->instance_concurrency = number_of(&o->concurrency, 0);
  config->max_waiting = number_of(&o->waiting, 0);
  config->max_connections = number_of(&o->connections, 0);
  config->idle_ms = o->idle.value;
  config->request_ms = o->request_timeout.value;
  config->after_ms = o->after.value;
  config->slice_ms = serve_options_slice(o);
  config->record_directory = o->record;
  config->record_when = o->record ? o->record_when.kind : WEIR_SERVE_RECORD_NEVER;
  config->record_number = o->record_when.number;
  config->record_files = number_of(&o->record_files, 0);
}

void serve_options_done(struct serve_options *o) {
  world_options_done(&o->world);
  free(o->addresses);
  for (size_t i = 0; i < o->route_count; i++) {
    free(o->routes[i].host);
    free(o->routes[i].path);
  }
  free(o->routes);
  free(o->with);
  free(o->trusted);
  free(o->sockets);
}
