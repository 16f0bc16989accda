/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The options of `weir run` (run_options.h). Options that are more than one member of the struct have a function of
 * their own: --invoke, --env, --limit, --trace.
 *
 * In order: the table; those functions; the command line, whose words must be UTF-8; the settings of engine and store.
 */
#include "cli/run_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { DRAIN_MILLISECONDS = 10000 };

static bool take_invoke(void *options, const char *value);
static bool take_dir(void *options, const char *value);
static bool take_net(void *options, const char *value);
static bool take_env(void *options, const char *value);
static bool take_limit(void *options, const char *value);
static bool take_trace(void *options, const char *value);
static bool take_trace_only(void *options, const char *value);

#define AT(member) offsetof(struct run_options, member)

const struct option run_option_table[RUN_OPTIONS] = {
    {"env", 'e', "NAME=VALUE", "LANG=C",
     "Give the program an environment variable; `NAME` alone passes on that of weir, if it has one. May be given many "
     "times. Without it the program's environment is empty.",
     OPTION_OTHER, 0, take_env},
    {"dir", 0, "DIR", ".::/data:ro",
     "Give the program a directory: `HOST`, or `HOST::GUEST` where it has another name for the program; with `:ro` at "
     "the "
     "end it cannot change anything there. What is outside stays out of reach, wherever links lead. May be given many "
     "times. Without it the program has no files.",
     OPTION_OTHER, 0, take_dir},
    {"net", 0, "RULE", "tcp-out:*:443",
     "Let the program use the network: `all`; `lookup`, to look up names; or "
     "`(tcp|udp)[-in|-out][:ADDRESS[/BITS]][:PORT[-PORT]]`, where `in` is to bind, `out` to connect and send, `*` is "
     "any "
     "address, and one of IPv6 stands in brackets. May be given many times. Without it the program has no network.",
     OPTION_OTHER, 0, take_net},
    {"invoke", 0, "CALL", "'add(1, 2)'",
     "Call this exported function, print its result, and run nothing else; see below.", OPTION_OTHER, 0, take_invoke},
    {"timeout", 0, "SECONDS", "2.5",
     "End after so much time, with the exit code 124, whether the program computes, waits, or writes what nobody "
     "reads. "
     "`2.5` is fine; `0` leaves no time at all.",
     OPTION_SECONDS, AT(timeout), NULL},
    {"drain", 0, "SECONDS", "60",
     "How long tasks may go on that still work when the program has returned (default: 10). If some are left then, "
     "they "
     "are ended and the exit code is 124; `0` does not wait for any.",
     OPTION_SECONDS, AT(drain), NULL},
    {"fuel", 0, "N", "1000000",
     "End after about so many instructions, at the same place every time; `0` lets none run.", OPTION_NUMBER, AT(fuel),
     NULL},
    {"max-memory", 0, "SIZE", "64M",
     "The most bytes that all memories of the program may have together; `64M` and the like. A program that asks for "
     "more is told that there is none; one that begins with more is not run. `0` allows empty memories only.",
     OPTION_BYTES, AT(max_memory), NULL},
    {"limit", 0, "NAME=N", "tasks=100",
     "Lower one of the limits "
#define LIMIT(name, type, usual, field) "`" field "`, "
#include "base/limits.def"
#define LIMIT(name, type, usual, field) "`" field "`, "
#include "base/wasi_limits.def"
     "which keep a program from taking all there is.",
     OPTION_OTHER, 0, take_limit},
    {"no-cache", 0, NULL, NULL,
     "Compile, and keep nothing. Without this option compiled code is kept in `$XDG_CACHE_HOME/weir` or "
     "`~/.cache/weir`, so that the next run starts faster; where that folder cannot be used, weir does without.",
     OPTION_FLAG, AT(source.no_cache), NULL},
    {"cache", 0, NULL, NULL, "Say so if the folder for compiled code cannot be used.", OPTION_FLAG, AT(source.cache),
     NULL},
    {"cache-dir", 0, "DIR", "/var/cache/weir", "Keep it in this folder, which must be closed to other writers.",
     OPTION_TEXT, AT(source.cache_dir), NULL},
    {"record", 0, "LOG", "app.log",
     "Record all that crosses between the program and weir, for `weir replay` and `weir log`.", OPTION_TEXT, AT(record),
     NULL},
    {"sync", 0, NULL, NULL,
     "With `--record`: each event is on the disk before the program goes on, so that the record survives a crash of "
     "the machine. Slow.",
     OPTION_FLAG, AT(sync), NULL},
    {"trace", 0, "[=FILE]", "calls.txt",
     "Print all that crosses between the program and weir as it happens, in the words of `weir log dump`, to FILE or "
     "the standard error; the program waits for each line. Goes together with `--record`.",
     OPTION_OTHER, 0, take_trace},
    {"trace-only", 0, "PATTERN", "'wasi:filesystem/*'",
     "As `--trace`, but only calls of interfaces with such a name, where `*`, `?` and `[...]` are as for a shell; what "
     "belongs to no function, as streams, is left out.",
     OPTION_OTHER, 0, take_trace_only},
    {"schedule-seed", 0, "N", "42",
     "Permute, the same way every time, each choice of the schedule that the specification leaves open: for tests of "
     "programs. `0`, the default, permutes nothing.",
     OPTION_NUMBER, AT(schedule_seed), NULL},
    OPTION_OF_FEATURES(struct run_options, features),
};

/* ---- single options ---------------------------------------------------------------------------------------------- */

static bool take_invoke(void *options, const char *value) {
  struct run_options *o = options;
  if (o->invoke) {
    cli_error("--invoke is given twice; it makes one call");
    return false;
  }
  o->invoke = value;
  return true;
}

static bool take_net(void *options, const char *value) {
  struct run_options *o = options;
  o->net[o->net_count++] = value;
  return true;
}

/* NAME alone: the variable as weir has it; nothing where it has none. */
static bool inherit_env(struct run_options *o, const char *name) {
  const char *value = getenv(name);
  if (!value)
    return true;
  size_t size = strlen(name) + strlen(value) + 2;
  char *entry = malloc(size);
  if (!entry) {
    cli_fail("--env", WEIR_ERR_NOMEM, NULL);
    return false;
  }
  snprintf(entry, size, "%s=%s", name, value);
  o->owned[o->owned_count++] = entry;
  o->env[o->env_count++] = entry;
  return true;
}

/* A copy of `size` bytes of text that lives as long as the options; NULL, with a message, where memory is out. */
static char *own_text(struct run_options *o, const char *text, size_t size) {
  char *copy = strndup(text, size);
  if (copy)
    o->owned[o->owned_count++] = copy;
  else
    cli_fail("weir run", WEIR_ERR_NOMEM, NULL);
  return copy;
}

static bool ends_with(const char *text, const char *end) {
  size_t size = strlen(text), end_size = strlen(end);
  return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

/* HOST, HOST::GUEST, with or without :ro. */
static bool take_dir(void *options, const char *value) {
  struct run_options *o = options;
  weir_wasi_preopen dir = {.fd = -1, .read_only = ends_with(value, ":ro")};
  size_t size = strlen(value) - (dir.read_only ? strlen(":ro") : 0);
  const char *host = own_text(o, value, size);
  if (!host)
    return false;
  char *guest = strstr(host, "::");
  dir.host_path = host;
  dir.guest_path = guest ? guest + strlen("::") : host;
  if (guest)
    *guest = '\0';
  if (host[0] == '\0' || dir.guest_path[0] == '\0') {
    cli_error("--dir: `%s` has no directory", value);
    cli_hint("--dir HOST, --dir HOST::GUEST or --dir HOST::GUEST:ro");
    return false;
  }
  o->dirs[o->dir_count++] = dir;
  return true;
}

static bool take_env(void *options, const char *value) {
  struct run_options *o = options;
  if (value[0] == '=' || value[0] == '\0') {
    cli_error("--env: `%s` has no name", value);
    cli_hint("--env NAME=VALUE");
    return false;
  }
  if (!strchr(value, '='))
    return inherit_env(o, value);
  o->env[o->env_count++] = value;
  return true;
}

/* One limit of limits.def or wasi_limits.def: its offset in run_options, and its largest value. */
struct limit_name {
  const char *name;
  size_t at, size;
};

static const struct limit_name limit_names[] = {
#define LIMIT(name, type, usual, field) {field, AT(limits.max_##name), sizeof(type)},
#include "base/limits.def"
#define LIMIT(name, type, usual, field) {field, AT(world.max_##name), sizeof(type)},
#include "base/wasi_limits.def"
};

/* To the library zero is the usual limit. */
static bool store_limit(struct run_options *o, const struct limit_name *limit, uint64_t number) {
  if (number == 0) {
    cli_error("--limit: the least number of %s is 1", limit->name);
    return false;
  }
  if (limit->size == sizeof(uint32_t))
    *(uint32_t *)(void *)((char *)o + limit->at) = number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
  else
    *(uint64_t *)(void *)((char *)o + limit->at) = number;
  return true;
}

static bool take_limit(void *options, const char *value) {
  struct run_options *o = options;
  const char *equals = strchr(value, '=');
  size_t size = !equals ? strlen(value) : (size_t)(equals - value);
  uint64_t number;
  for (size_t i = 0; i < sizeof(limit_names) / sizeof(limit_names[0]); i++)
    if (equals && strlen(limit_names[i].name) == size && memcmp(limit_names[i].name, value, size) == 0)
      return option_read_number("limit", equals + 1, &number) && store_limit(o, &limit_names[i], number);
  cli_error("--limit: there is no limit `%.*s`", (int)size, value);
  cli_hint("--limit tasks=100; `weir help run` lists the names");
  return false;
}

static bool take_trace(void *options, const char *value) {
  struct run_options *o = options;
  o->tracing = true;
  o->trace = value;
  return true;
}

static bool take_trace_only(void *options, const char *value) {
  struct run_options *o = options;
  o->tracing = true;
  o->trace_only = value;
  return true;
}

/* ---- the command line -------------------------------------------------------------------------------------------- */

/* The last part of the path: the program's name. */
static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return !slash || slash[1] == '\0' ? path : slash + 1;
}

/* Shows bytes that are no text as numbers. */
static void print_bytes(char *out, size_t room, const char *text) {
  size_t at = 0;
  for (const char *c = text; *c != '\0' && at + 5 < room; c++)
    at += (size_t)snprintf(out + at, room - at, (unsigned char)*c < 0x80 ? "%c" : "\\x%02x", (unsigned char)*c);
  out[at] = '\0';
}

static bool check_text(const char *what, const char *text) {
  char shown[256];
  if (utf8_valid((const uint8_t *)text, strlen(text)))
    return true;
  print_bytes(shown, sizeof(shown), text);
  cli_error("%s `%s` is not UTF-8, which is all that a component can be given", what, shown);
  return false;
}

static int check_texts(const struct run_options *o) {
  bool good = check_text("the name of the file", o->args[0]);
  for (size_t i = 1; good && i < o->arg_count; i++)
    good = check_text("the argument", o->args[i]);
  for (size_t i = 0; good && i < o->env_count; i++)
    good = check_text("--env: the variable", o->env[i]);
  for (size_t i = 0; good && i < o->dir_count; i++)
    good = check_text("--dir: the program's name", o->dirs[i].guest_path);
  return good ? CLI_OK : CLI_USAGE;
}

static int check_cache(const struct source_options *o) {
  if (!o->no_cache || !(o->cache || o->cache_dir))
    return CLI_OK;
  cli_error("--no-cache and %s contradict each other", o->cache ? "--cache" : "--cache-dir");
  return CLI_USAGE;
}

static int check_trace(const struct run_options *o) {
  if (!o->trace || !o->record || strcmp(o->trace, o->record) != 0)
    return CLI_OK;
  cli_error("--trace and --record name the same file, %s", o->record);
  return CLI_USAGE;
}

static bool allocate(struct run_options *o, int argc) {
  size_t room = (size_t)argc + 1;
  *o = (struct run_options){.drain.value = DRAIN_MILLISECONDS};
  o->env = calloc(room, sizeof(*o->env));
  o->owned = calloc(room, sizeof(*o->owned));
  o->args = calloc(room, sizeof(*o->args));
  o->dirs = calloc(room, sizeof(*o->dirs));
  o->net = calloc(room, sizeof(*o->net));
  return o->env && o->owned && o->args && o->dirs && o->net;
}

int run_options_read(struct run_options *o, const struct cli_command *command, int argc, char **argv) {
  struct option_scan scan = {command, o, argc, argv, 1, false};
  const char *file;
  if (!allocate(o, argc))
    return cli_fail("weir run", WEIR_ERR_NOMEM, NULL);
  enum option_found found = option_next(&scan, &file);
  if (found == OPTIONS_END) {
    cli_error("weir run: there is no file to run");
    cli_hint("weir run app.wasm; `weir help run` explains");
  }
  if (found != OPTIONS_OPERAND)
    return CLI_USAGE;
  o->source.path = file;
  o->source.compiled = true;
  o->args[o->arg_count++] = base_name(file);
  for (int i = scan.next; i < argc; i++)
    o->args[o->arg_count++] = argv[i];
  int code = check_texts(o);
  if (code == CLI_OK)
    code = check_cache(&o->source);
  return code == CLI_OK ? check_trace(o) : code;
}

void run_options_done(struct run_options *o) {
  for (size_t i = 0; i < o->owned_count; i++)
    free(o->owned[i]);
  free(o->env);
  free(o->owned);
  free(o->args);
  free(o->dirs);
  free(o->net);
}

/* ---- settings ---------------------------------------------------------------------------------------------------- */

/* A recorded guest can be stopped by a signal; compiled code is as it was compiled. */
static bool has_deadline(const struct run_options *o) {
  return o->timeout.given || (o->record && !source_is_compiled(o->source.path));
}

void run_options_engine(const struct run_options *o, weir_engine_config *config) {
  config->features = o->features;
  config->fuel = o->fuel.given;
  config->deadlines = has_deadline(o);
}

/* A memory of one byte is no page: to the library zero is no limit. */
static uint64_t memory_bytes(const struct run_options *o) {
  if (!o->max_memory.given)
    return o->limits.max_total_memory_bytes;
  return o->max_memory.value == 0 ? 1 : o->max_memory.value;
}

/* The deadline is the first tick, of time_limit.c or stop_signal.c. */
weir_status run_options_store(const struct run_options *o, weir_engine *engine, weir_store **ret,
                              weir_error **ret_error) {
  weir_store_config config = o->limits;
  config.size = sizeof(config);
  config.schedule_seed = o->schedule_seed.value;
  config.max_total_memory_bytes = memory_bytes(o);
  config.fuel = o->fuel.value;
  config.deadline = has_deadline(o) ? 1 : 0;
  weir_status status = weir_store_new(engine, &config, ret, ret_error);
  if (status == WEIR_OK && o->fuel.given && o->fuel.value == 0)
    status = weir_store_set_fuel(*ret, 0);
  if (status == WEIR_OK && o->timeout.given && o->timeout.value == 0)
    status = weir_store_set_deadline(*ret, 0);
  return status;
}
