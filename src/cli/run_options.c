/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The options of `weir run` (run_options.h). Options that are more than one member of the struct have a function of
 * their own: --invoke, --trace.
 *
 * In order: the table; those functions; the command line, whose words must be UTF-8; the settings of engine and store.
 */
#include "cli/run_options.h"

#include <stdlib.h>
#include <string.h>

enum { DRAIN_MILLISECONDS = 10000 };

static bool take_invoke(void *options, const char *value);
static bool take_trace(void *options, const char *value);
static bool take_confine(void *options, const char *value);
static bool take_profile(void *options, const char *value);
static bool take_trace_only(void *options, const char *value);

#define AT(member) offsetof(struct run_options, member)

const struct option run_option_table[RUN_OPTIONS] = {
    OPTIONS_OF_WORLD(struct run_options, world),
    {"invoke", 0, "CALL", "'add(1, 2)'",
     "Call this exported function, print its result, and run nothing else; see below.", OPTION_OTHER, 0, take_invoke},
    {"timeout", 0, "SECONDS", "2.5",
     "End after so much time, with the exit code 124, whether the program computes, waits, or writes what nobody "
     "reads. `2.5` is fine; `0` leaves no time at all.",
     OPTION_SECONDS, AT(timeout), NULL},
    {"drain", 0, "SECONDS", "60",
     "How long tasks may go on that still work when the program has returned (default: 10). If some are left then, "
     "they are ended and the exit code is 124; `0` does not wait for any.",
     OPTION_SECONDS, AT(drain), NULL},
    {"fuel", 0, "N", "1000000",
     "End after about so many instructions, at the same place every time; `0` lets none run.", OPTION_NUMBER, AT(fuel),
     NULL},
    {"max-memory", 0, "SIZE", "64M",
     "The most bytes that all memories of the program may have together; `64M` and the like. A program that asks for "
     "more is told that there is none; one that begins with more is not run. `0` allows empty memories only.",
     OPTION_BYTES, AT(max_memory), NULL},
    {"no-cache", 0, NULL, NULL,
     "Compile, and keep nothing. Without this option compiled code is kept in `$XDG_CACHE_HOME/weir` or "
     "`~/.cache/weir`, so that the next run starts faster; where that folder cannot be used, weir does without.",
     OPTION_FLAG, AT(source.no_cache), NULL},
    {"cache", 0, NULL, NULL, "Say so if the folder for compiled code cannot be used.", OPTION_FLAG, AT(source.cache),
     NULL},
    {"cache-dir", 0, "DIR", "/var/cache/weir", "Keep it in this folder, which must be closed to other writers.",
     OPTION_TEXT, AT(source.cache_dir), NULL},
    {"fused", 0, NULL, NULL,
     "Fuse the component, with those in it, to one core module first (`weir fuse --core`), and run that.", OPTION_FLAG,
     AT(source.fused), NULL},
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
    {"confine", 0, "[=no]", "no",
     "Fail where the kernel cannot hold weir itself to what the program was granted. Without this option weir is "
     "confined as far as the kernel can (Landlock for files and ports, seccomp for system calls), with a warning where "
     "there is no Landlock; `--confine=no` leaves it to weir alone.",
     OPTION_OTHER, 0, take_confine},
    {"profile", 0, "HOW", "calls.json",
     "Show where the program's time goes, by the names of its functions: `perfmap` tells Linux's perf the names, "
     "`jitdump` writes names and code to `jit-PID.dump` in the current folder for `perf inject --jit`, and a "
     "file whose name ends in `.json` gets a profile that browsers show (as a CPU profile of Chrome's), of the time "
     "that the program itself computes.",
     OPTION_OTHER, 0, take_profile},
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

static bool take_trace(void *options, const char *value) {
  struct run_options *o = options;
  o->tracing = true;
  o->trace = value;
  return true;
}

static bool take_profile(void *options, const char *value) {
  return profile_options_read(&((struct run_options *)options)->profile, value);
}

static bool take_confine(void *options, const char *value) {
  struct run_options *o = options;
  o->confine = value ? CONFINE_OFF : CONFINE_WANTED;
  if (!value || strcmp(value, "no") == 0)
    return true;
  cli_error("--confine: `%s` is none of its values", value);
  cli_hint("--confine or --confine=no");
  return false;
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

static int check_texts(const struct run_options *o) {
  bool good = world_options_check_text("the name of the file", o->args[0]);
  for (size_t i = 1; good && i < o->arg_count; i++)
    good = world_options_check_text("the argument", o->args[i]);
  return good && world_options_check(&o->world) ? CLI_OK : CLI_USAGE;
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
  *o = (struct run_options){.drain.value = DRAIN_MILLISECONDS};
  o->args = calloc((size_t)argc + 1, sizeof(*o->args));
  return o->args && world_options_init(&o->world, argc);
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
  world_options_done(&o->world);
  free(o->args);
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
  config->profile = o->profile.engine;
}

/* A memory of one byte is no page: to the library zero is no limit. */
static uint64_t memory_bytes(const struct run_options *o) {
  if (!o->max_memory.given)
    return o->world.limits.max_total_memory_bytes;
  return o->max_memory.value == 0 ? 1 : o->max_memory.value;
}

/* The deadline is the first tick, of time_limit.c or stop_signal.c. */
weir_status run_options_store(const struct run_options *o, weir_engine *engine, weir_store **ret,
                              weir_error **ret_error) {
  weir_store_config config = o->world.limits;
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
