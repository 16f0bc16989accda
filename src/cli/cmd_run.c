/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * `weir run`: a component as a program. Its entry is the export wasi:cli/run of any 0.3 version, or the call that
 * --invoke names; in both cases it gets the WASI host, and stdout is written out before weir ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/invoke.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/run_limits.h"
#include "cli/source.h"
#include "cli/view.h"
#include "weir/call.h"
#include "weir/record.h"
#include "weir/wasi.h"

static const char help[] =
    "usage: weir run [options] FILE [ARGUMENT...]\n"
    "\n"
    "Runs a component. What stands after FILE goes to the program as it is. FILE may be binary or text; `-` reads the\n"
    "component from the standard input. The program's exit code becomes weir's.\n"
    "\n"
    "  --invoke CALL     call this function and print its result in place of running wasi:cli/run\n"
    "  --env NAME=VALUE  give the program an environment variable; NAME alone passes on weir's own\n"
    "  --features LIST   accept features that are not released yet: `all`, or names with commas of async-stackful,\n"
    "                    more-async-builtins, threading, error-context, fixed-length-lists, memory64\n"
    "  --timeout SECONDS end after so much time, with the exit code 124; 2.5 is fine\n"
    "  --fuel N          end after about so many instructions\n"
    "  --max-memory SIZE let no memory of the program grow beyond so many bytes; 64M and the like\n"
    "  --record FILE     record everything that crosses between the program and weir; see `weir help replay`\n"
    "  --schedule-seed N permute every choice of the schedule that the specification leaves open: for tests\n"
    "  --cache           keep compiled code in $XDG_CACHE_HOME/weir or ~/.cache/weir: the next run starts faster\n"
    "  --cache-dir DIR   keep it there\n"
    "\n"
    "A FILE that `weir compile` made, with a name that ends in .cwasm, runs as it is, and unchecked: run only what\n"
    "you have compiled yourself.\n"
    "\n"
    "CALL is NAME(ARGUMENTS), or INTERFACE#NAME(ARGUMENTS) for a function of an exported interface. Arguments and\n"
    "results are written in WAVE: 1, -2.5, 'c', \"text\", true, [1, 2], (1, \"x\"), {name: \"a\", age: some(3)},\n"
    "case(1), some(1), none, ok(1), err(\"no\"), {read, write}.\n"
    "\n"
    "examples:\n"
    "  weir run hello.wasm\n"
    "  weir run --env LANG=C server.wasm --port 80\n"
    "  weir run --invoke 'add(1, 2)' calc.wasm\n"
    "  weir run --invoke 'docs:calc/ops@0.1.0#sum([1, 2, 3])' calc.wasm\n";

enum {
  OPT_INVOKE,
  OPT_ENV,
  OPT_CACHE,
  OPT_CACHE_DIR,
  OPT_FEATURES,
  OPT_TIMEOUT,
  OPT_FUEL,
  OPT_MAX_MEMORY,
  OPT_SEED,
  OPT_RECORD
};

static const struct option_spec specs[] = {
    [OPT_INVOKE] = {"invoke", 0, "a call, such as 'add(1, 2)'"},
    [OPT_ENV] = {"env", 'e', "NAME=VALUE"},
    [OPT_CACHE] = {"cache", 0, NULL},
    [OPT_CACHE_DIR] = {"cache-dir", 0, "a folder"},
    [OPT_FEATURES] = {"features", 0, "a list of features, such as `all`"},
    [OPT_TIMEOUT] = {"timeout", 0, "seconds"},
    [OPT_FUEL] = {"fuel", 0, "a number of instructions"},
    [OPT_MAX_MEMORY] = {"max-memory", 0, "a number of bytes, such as 64M"},
    [OPT_SEED] = {"schedule-seed", 0, "a number"},
    [OPT_RECORD] = {"record", 0, "a file"},
};

struct run_options {
  uint32_t features;
  struct run_limits limits;
  const char *invoke;
  const char *record; /* NULL: none */
  const char **env;   /* room for one per argument; entries made here are in `owned` */
  char **owned;
  size_t env_count, owned_count;
  struct source_options source;
  const char **args; /* the program's, its name first */
  size_t arg_count;
};

/* Everything that lives while the guest does, in the order of making. */
struct run {
  struct load load;
  weir_engine *engine;
  weir_component *component;
  struct invoke entry;
  weir_wasi *wasi;
  weir_linker *linker;
  weir_store *store;
  struct time_limit time;
  weir_instance *instance;
  weir_recorder *recorder;
};

/* ---- the command line ---------------------------------------------------------------------------------------------------- */

/* NAME alone: the variable as weir has it; nothing where it has none. */
static bool inherit_env(struct run_options *o, const char *name) {
  const char *value = getenv(name);
  if (value == NULL)
    return true;
  size_t size = strlen(name) + strlen(value) + 2;
  char *entry = malloc(size);
  if (entry == NULL)
    return false;
  snprintf(entry, size, "%s=%s", name, value);
  o->owned[o->owned_count++] = entry;
  o->env[o->env_count++] = entry;
  return true;
}

static int add_env(struct run_options *o, const char *value) {
  if (value[0] == '=' || value[0] == '\0') {
    cli_error("--env: `%s` has no name", value);
    cli_hint("--env NAME=VALUE");
    return CLI_USAGE;
  }
  if (strchr(value, '=') != NULL)
    o->env[o->env_count++] = value;
  else if (!inherit_env(o, value))
    return cli_fail("--env", WEIR_ERR_NOMEM, NULL);
  return CLI_OK;
}

static int run_option(struct run_options *o, int found, const char *value) {
  switch (found) {
    case OPT_INVOKE:
      if (o->invoke != NULL) {
        cli_error("--invoke is given twice; it makes one call");
        return CLI_USAGE;
      }
      o->invoke = value;
      return CLI_OK;
    case OPT_ENV:
      return add_env(o, value);
    case OPT_CACHE:
      o->source.cache = true;
      return CLI_OK;
    case OPT_CACHE_DIR:
      o->source.cache_dir = value;
      return CLI_OK;
    case OPT_FEATURES:
      return option_features(value, &o->features) ? CLI_OK : CLI_USAGE;
    case OPT_TIMEOUT:
      return option_seconds("timeout", value, &o->limits.timeout) ? CLI_OK : CLI_USAGE;
    case OPT_FUEL:
      return option_number("fuel", value, &o->limits.fuel) ? CLI_OK : CLI_USAGE;
    case OPT_MAX_MEMORY:
      return option_bytes("max-memory", value, &o->limits.max_memory) ? CLI_OK : CLI_USAGE;
    case OPT_SEED:
      return option_number("schedule-seed", value, &o->limits.schedule_seed) ? CLI_OK : CLI_USAGE;
    case OPT_RECORD:
      o->record = value;
      return CLI_OK;
    default:
      return CLI_USAGE;
  }
}

/* The last part of the path: what the program sees as its name. */
static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

static int parse_options(struct run_options *o, int argc, char **argv) {
  struct option_scan scan = {"run", specs, sizeof(specs) / sizeof(specs[0]), argc, argv, 1, false};
  const char *value;
  int found = option_next(&scan, &value);
  for (; found != OPTION_END && found != OPTION_OPERAND; found = option_next(&scan, &value)) {
    int code = found == OPTION_ERROR ? CLI_USAGE : run_option(o, found, value);
    if (code != CLI_OK)
      return code;
  }
  if (found == OPTION_END) {
    cli_error("weir run: there is no file to run");
    cli_hint("weir run app.wasm; `weir help run` explains");
    return CLI_USAGE;
  }
  o->source.path = value;
  o->source.compiled = true;
  o->args[o->arg_count++] = base_name(value);
  for (int i = scan.next; i < argc; i++)
    o->args[o->arg_count++] = argv[i];
  return CLI_OK;
}

static bool options_init(struct run_options *o, int argc) {
  size_t room = (size_t)argc + 1;
  *o = (struct run_options){0};
  o->env = calloc(room, sizeof(*o->env));
  o->owned = calloc(room, sizeof(*o->owned));
  o->args = calloc(room, sizeof(*o->args));
  return o->env != NULL && o->owned != NULL && o->args != NULL;
}

static void options_done(struct run_options *o) {
  for (size_t i = 0; i < o->owned_count; i++)
    free(o->owned[i]);
  free(o->env);
  free(o->owned);
  free(o->args);
}

/* ---- the entry ------------------------------------------------------------------------------------------------------------- */

static int no_entry(const struct run_options *o, const struct run *r, const struct view *view) {
  struct str other = view_find_instance(view, STR("wasi:cli/run@"));
  if (other.size > 0) {
    cli_error("%s exports " STR_FMT ", but weir runs wasi:cli/run of a released version 0.3", o->source.path,
              STR_ARG(other));
    cli_hint("build it for WASI 0.3, with a toolchain for the target wasm32-wasip3");
    return CLI_LINK;
  }
  cli_error("%s exports no wasi:cli/run, so it is not a program", o->source.path);
  invoke_list_functions(&r->load);
  return CLI_USAGE;
}

static int find_entry(const struct run_options *o, struct run *r) {
  struct view view;
  struct diag d;
  r->entry.func = weir_component_func(r->component, "wasi:cli/run@0.3.0", "run");
  if (r->entry.func != NULL)
    return CLI_OK;
  diag_init(&d);
  if (view_open_shallow(&view, r->load.bytes, r->load.size, &d) != WEIR_OK) {
    weir_error *error = NULL;
    weir_status status = diag_raise(&d, &error);
    return cli_fail(o->source.path, status, error);
  }
  int code = no_entry(o, r, &view);
  view_close(&view);
  return code;
}

/* ---- making and running -------------------------------------------------------------------------------------------------- */

static int make_component(const struct run_options *o, struct run *r) {
  weir_config config = {.features = o->features};
  weir_error *error = NULL;
  run_limits_for_engine(&o->limits, &config);
  weir_status status = weir_engine_new(&config, &r->engine, &error);
  if (status != WEIR_OK)
    return cli_fail(o->source.path, status, error);
  int code = source_open(&o->source, r->engine, &r->load, &r->component);
  if (code != CLI_OK)
    return code;
  return o->invoke == NULL ? find_entry(o, r) : invoke_parse(o->invoke, r->component, &r->load, &r->entry);
}

/* From here on the time runs. */
static weir_status make_store(const struct run_options *o, struct run *r, weir_error **ret_error) {
  weir_store_config config = {0};
  run_limits_for_store(&o->limits, &config);
  weir_status status = weir_store_new_with(r->engine, &config, &r->store, ret_error);
  if (status != WEIR_OK)
    return status;
  weir_wasi_set_timeout(r->wasi, o->limits.timeout);
  return time_limit_start(&r->time, r->engine, &o->limits);
}

static weir_status start_record(const struct run_options *o, struct run *r, weir_error **ret_error) {
  weir_record_config config = {
      .path = o->record,
      .component = r->component,
      .schedule_seed = o->limits.schedule_seed,
  };
  return weir_record_start(r->store, &config, &r->recorder, ret_error);
}

static int make_instance(const struct run_options *o, struct run *r) {
  weir_wasi_config world = {
      .args = o->args,
      .arg_count = o->arg_count,
      .env = o->env,
      .env_count = o->env_count,
      .inherit_stdio = true,
  };
  weir_error *error = NULL;
  weir_status status = weir_wasi_new(&world, &r->wasi, &error);
  if (status == WEIR_OK)
    status = weir_linker_new(r->engine, &r->linker, &error);
  if (status == WEIR_OK)
    status = weir_wasi_link(r->wasi, r->linker, &error);
  if (status == WEIR_OK)
    status = weir_linker_check(r->linker, r->component, &error);
  if (status == WEIR_OK)
    status = make_store(o, r, &error);
  if (status == WEIR_OK && o->record != NULL)
    status = start_record(o, r, &error);
  if (status == WEIR_OK)
    status = weir_instance_new(r->store, r->linker, r->component, &r->instance, &error);
  return status == WEIR_OK ? CLI_OK : cli_fail(o->source.path, status, error);
}

/* Starts the entry and drives the store to its end. */
static weir_status call_entry(struct run *r, weir_value *ret, weir_error **ret_error) {
  weir_call *call = NULL;
  weir_status status =
      weir_call_start(r->instance, r->entry.func, r->entry.args, r->entry.arg_count, NULL, NULL, &call, ret_error);
  if (status == WEIR_OK)
    status = weir_wasi_drive(r->wasi, r->store, call, ret_error);
  if (status == WEIR_OK)
    status = weir_call_result(call, ret, ret_error);
  weir_call_free(call);
  return status;
}

static int run_guest(const struct run_options *o, struct run *r) {
  weir_value result = {0};
  weir_error *error = NULL, *flush_error = NULL;
  weir_status status = call_entry(r, &result, &error);
  weir_status flushed = weir_wasi_flush(r->wasi, &flush_error);
  int code = CLI_OK;
  if (status != WEIR_OK)
    code = cli_fail(o->source.path, status, error);
  else if (o->invoke != NULL)
    code = invoke_print_result(r->entry.func, &result);
  else if (result.kind == WEIR_VALUE_VARIANT && result.tag == 1)
    code = CLI_FAILED;
  if (flushed != WEIR_OK && code == CLI_OK)
    code = cli_fail("output", flushed, flush_error);
  else
    weir_error_free(flush_error);
  weir_value_clear(&result);
  return code;
}

/* A record that could not be written to its end is a failure, whatever the program made of it. */
static int end_record(const struct run_options *o, struct run *r, int code) {
  weir_error *error = NULL;
  weir_status status = weir_recorder_close(r->recorder, &error);
  return status == WEIR_OK ? code : cli_fail(o->record, status, error);
}

static void run_done(struct run *r) {
  time_limit_stop(&r->time);
  invoke_done(&r->entry);
  weir_store_free(r->store);
  weir_linker_free(r->linker);
  weir_wasi_free(r->wasi);
  weir_component_free(r->component);
  weir_engine_free(r->engine);
  load_done(&r->load);
}

static int run_all(const struct run_options *o) {
  struct run r = {0};
  int code = make_component(o, &r);
  if (code == CLI_OK)
    code = make_instance(o, &r);
  if (code == CLI_OK)
    code = run_guest(o, &r);
  code = end_record(o, &r, code);
  run_done(&r);
  return code;
}

static int run(int argc, char **argv) {
  struct run_options options;
  int code = CLI_INTERNAL;
  if (options_init(&options, argc))
    code = parse_options(&options, argc, argv);
  else
    cli_fail("weir run", WEIR_ERR_NOMEM, NULL);
  if (code == CLI_OK)
    code = run_all(&options);
  options_done(&options);
  return code;
}

const struct cli_command cli_run = {"run", "run a program, or call a function of a component", help, run};
