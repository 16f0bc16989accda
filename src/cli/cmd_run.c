/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * `weir run`: a component as a program. Its entry is the export wasi:cli/run of any 0.3 or 0.2 version, or the call
 * that --invoke names; in both cases it gets the WASI host, and stdout is written out before weir ends.
 *
 * In order: the objects of a run; the entry; making and running; the end, of itself or by a signal (stop_signal.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/confine.h"
#include "cli/exports.h"
#include "cli/invoke.h"
#include "cli/missing.h"
#include "cli/refused.h"
#include "cli/run_options.h"
#include "cli/stop_signal.h"
#include "cli/time_limit.h"
#include "cli/trace.h"
#include "weir/call.h"
#include "weir/extern.h"
#include "weir/record.h"
#include "weir/wasi.h"

/*
 * The time of a stopped guest before the process ends all the same. A recorded guest has a deadline, so it stops even
 * where it computes, and only the disk may take its time. Another guest may compute on, and weir does not wait for it.
 */
enum { GRACE_MILLISECONDS = 500, GRACE_OF_RECORDS = 10000 };

/* Everything that lives while the guest does, in the order of making. */
struct run {
  weir_engine *engine;
  weir_component *component;
  struct invoke entry;
  struct refused refused;
  weir_wasi *wasi;
  weir_linker *linker;
  weir_store *store;
  struct time_limit time;
  struct stop_signal stop;
  weir_instance *instance;
  weir_recorder *recorder;
  struct trace trace;
  struct profile profile;
};

/* ---- the entry --------------------------------------------------------------------------------------------------- */

static int no_entry(const struct run_options *o, const struct run *r) {
  const char *other = exports_find_instance(r->component, "wasi:cli/run@");
  if (other) {
    cli_error("%s exports %s, but weir runs wasi:cli/run of a released version 0.3 or 0.2", o->source.path, other);
    cli_hint("build it for a released version, with a toolchain for the target wasm32-wasip3 or wasm32-wasip2");
    return CLI_LINK;
  }
  other = exports_find_instance(r->component, "wasi:http/");
  if (other) {
    cli_error("%s exports no wasi:cli/run but %s: it is a server, not a program", o->source.path, other);
    cli_hint("weir serve %s", o->source.path);
    return CLI_USAGE;
  }
  cli_error("%s exports no wasi:cli/run, so it is not a program", o->source.path);
  invoke_list_functions(r->component);
  return CLI_USAGE;
}

static int find_entry(const struct run_options *o, struct run *r) {
  r->entry.func = weir_component_find_func(r->component, "wasi:cli/run@0.3.0", "run");
  if (!r->entry.func)
    r->entry.func = weir_component_find_func(r->component, "wasi:cli/run@0.2.0", "run");
  return r->entry.func ? CLI_OK : no_entry(o, r);
}

/* ---- making and running ------------------------------------------------------------------------------------------ */

static int make_component(const struct run_options *o, struct run *r) {
  weir_engine_config config = WEIR_ENGINE_CONFIG_INIT;
  weir_error *error = NULL;
  run_options_engine(o, &config);
  config.notice = cli_notice;
  weir_status status = weir_engine_new(&config, &r->engine, &error);
  if (status != WEIR_OK)
    return cli_fail(o->source.path, status, error);
  int code = source_open(&o->source, r->engine, &r->component);
  if (code != CLI_OK)
    return code;
  return !o->invoke ? find_entry(o, r) : invoke_parse(o->invoke, r->component, &r->entry);
}

/* From here on the time runs. */
static weir_status make_store(const struct run_options *o, struct run *r, weir_error **ret_error) {
  weir_status status = run_options_store(o, r->engine, &r->store, ret_error);
  if (status != WEIR_OK || !o->timeout.given)
    return status;
  weir_wasi_set_timeout(r->wasi, o->timeout.value);
  return time_limit_start(&r->time, r->engine, o->timeout.value);
}

static weir_status start_record(const struct run_options *o, struct run *r, weir_error **ret_error) {
  weir_record_config config = WEIR_RECORD_CONFIG_INIT;
  config.path = o->record;
  config.component = r->component;
  config.sync = o->sync ? WEIR_LOG_SYNC_EACH : WEIR_LOG_SYNC_NONE;
  if (o->tracing) {
    config.tell = trace_tell;
    config.tell_data = &r->trace;
  }
  return weir_record_start(r->store, &config, &r->recorder, ret_error);
}

/*
 * Whether the program imports anything of the version of WASI, 0.2 or 0.3, that an interface is of. A host links
 * hundreds of functions, and those of the other version would cost time at every start.
 */
static bool links(void *data, const char *interface_name) {
  const struct run *r = data;
  const char *version = strchr(interface_name, '@');
  size_t count = weir_component_import_count(r->component);
  for (size_t i = 0; version && i < count; i++) {
    const char *name = weir_extern_name(weir_component_import(r->component, i));
    const char *at = strchr(name, '@');
    if (at && strncmp(at, version, strlen("@0.2")) == 0)
      return true;
  }
  return !version;
}

/* What the program sees of the world. A directory of --dir that is not there is an input that is not there. */
static int make_world(const struct run_options *o, struct run *r) {
  weir_wasi_config world = world_options_wasi(&o->world);
  world.args = o->args;
  world.arg_count = o->arg_count;
  world.inherit_stdio = true;
  world.on_refused = refused_tell;
  world.refused_data = &r->refused;
  world.links = links;
  world.links_data = r;
  weir_error *error = NULL;
  weir_status status = weir_wasi_new(&world, &r->wasi, &error);
  if (status == WEIR_OK)
    return CLI_OK;
  int code = cli_fail(o->source.path, status, error);
  return status == WEIR_ERR_IO ? CLI_NO_INPUT : code;
}

/* The list of what is missing is long where a whole interface is. */
static int check_imports(const struct run_options *o, const struct run *r) {
  weir_error *error = NULL;
  char *list;
  weir_status status = missing_list(r->linker, r->component, &list, &error);
  if (!list)
    return status == WEIR_OK ? CLI_OK : cli_fail(o->source.path, status, error);
  cli_error("%s: %s", o->source.path, list);
  free(list);
  weir_error_free(error);
  return cli_exit_code(status);
}

static int make_linker(const struct run_options *o, struct run *r) {
  weir_error *error = NULL;
  weir_status status = weir_linker_new(r->engine, &r->linker, &error);
  if (status == WEIR_OK)
    status = weir_wasi_link(r->wasi, r->linker, &error);
  if (status != WEIR_OK)
    return cli_fail(o->source.path, status, error);
  return check_imports(o, r);
}

/* Once all is open that weir itself needs, and before the program runs. */
static int confine(const struct run_options *o, struct run *r) {
  weir_wasi_config world = world_options_wasi(&o->world);
  int code = profile_start(&r->profile, &o->profile);
  return code == CLI_OK ? confine_process(&(struct confine){.mode = o->confine, .world = &world}) : code;
}

static int make_instance(const struct run_options *o, struct run *r) {
  weir_error *error = NULL;
  int code = make_linker(o, r);
  if (code == CLI_OK && o->tracing)
    code = trace_open(&r->trace, o->trace, o->trace_only);
  if (code != CLI_OK)
    return code;
  weir_status status = make_store(o, r, &error);
  if (status == WEIR_OK && (o->record || o->tracing))
    status = start_record(o, r, &error);
  if (status == WEIR_OK)
    stop_signal_watch(&r->stop, r->engine, r->wasi, o->record ? GRACE_OF_RECORDS : GRACE_MILLISECONDS);
  if (status == WEIR_OK)
    code = confine(o, r);
  if (status == WEIR_OK && code == CLI_OK)
    status = weir_instance_new(r->store, r->linker, r->component, &r->instance, &error);
  return status == WEIR_OK ? code : cli_fail(o->source.path, status, error);
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

/* An exit code for the program's result; takes the result. */
static int report_result(const struct run_options *o, const struct run *r, weir_value *take_result) {
  int code = CLI_OK;
  if (o->invoke)
    code = invoke_print_result(r->entry.func, take_result);
  else if (take_result->kind == WEIR_VALUE_VARIANT && take_result->tag == 1)
    code = CLI_FAILED;
  weir_value_clear(take_result);
  return code;
}

/* The first failure is the exit code. A run that a signal cut short is no failure. */
static int worse(struct run *r, int code, const char *where, weir_status status, weir_error *take_error) {
  if (status == WEIR_OK || code == CLI_TIMEOUT || stop_signal_came(&r->stop)) { /* nor is a time limit reported twice */
    weir_error_free(take_error);
    return code;
  }
  int other = cli_fail(where, status, take_error);
  return code == CLI_OK ? other : code;
}

static int drain(const struct run_options *o, struct run *r, int code) {
  weir_error *error = NULL;
  weir_status status = weir_wasi_drain(r->wasi, r->store, o->drain.value, &error);
  if (status == WEIR_ERR_DEADLOCK) { /* the program has returned: tasks that can never end do not matter */
    weir_error_free(error);
    return code;
  }
  code = worse(r, code, o->source.path, status, error);
  if (status == WEIR_ERR_TIMEOUT && !o->timeout.given && !stop_signal_came(&r->stop))
    cli_hint("the program had returned; --drain SECONDS gives the rest of its work more time");
  return code;
}

/* A record that could not be written to its end is a failure, whatever the program's result is. */
static int end_record(const struct run_options *o, struct run *r, int code) {
  weir_error *error = NULL;
  weir_status status = weir_recorder_close(r->recorder, &error);
  r->recorder = NULL;
  return status == WEIR_OK ? code : cli_fail(o->record ? o->record : o->source.path, status, error);
}

/* The record ends before the output leaves, which nobody may read. */
static int run_guest(const struct run_options *o, struct run *r) {
  weir_value result = {0};
  weir_error *error = NULL, *flush_error = NULL;
  weir_status status = call_entry(r, &result, &error);
  int code = status == WEIR_OK ? report_result(o, r, &result) : worse(r, CLI_OK, o->source.path, status, error);
  if (status == WEIR_OK)
    code = drain(o, r, code);
  code = end_record(o, r, code);
  status = weir_wasi_flush(r->wasi, &flush_error);
  return worse(r, code, "output", status, flush_error);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static void run_done(struct run *r) {
  time_limit_stop(&r->time);
  invoke_done(&r->entry);
  weir_store_free(r->store);
  weir_linker_free(r->linker);
  weir_wasi_free(r->wasi);
  weir_component_free(r->component);
  weir_engine_free(r->engine);
}

static bool would_replace(const struct run_options *o) {
  return cli_would_replace(o->record, o->source.path) || cli_would_replace(o->trace, o->source.path) ||
         cli_would_replace(o->profile.path, o->source.path);
}

static int run_all(const struct run_options *o) {
  struct run r = {0};
  stop_signal_start(&r.stop); /* without it signals end the process at once */
  int code = would_replace(o) ? CLI_USAGE : make_component(o, &r);
  if (code == CLI_OK)
    code = make_world(o, &r);
  if (code == CLI_OK)
    code = make_instance(o, &r);
  if (code == CLI_OK)
    code = run_guest(o, &r);
  time_limit_stop(&r.time);
  code = profile_end(&r.profile, trace_close(&r.trace, end_record(o, &r, code)));
  int number = stop_signal_end(&r.stop);
  run_done(&r);
  fflush(NULL);
  if (number != 0)
    stop_signal_die(number);
  return code;
}

static int run(int argc, char **argv) {
  struct run_options options;
  int code = run_options_read(&options, &cli_run, argc, argv);
  if (code == CLI_OK)
    code = run_all(&options);
  run_options_done(&options);
  return code;
}

const struct cli_command cli_run = {
    .name = "run",
    .summary = "run a program, or call a function of a component",
    .usage = "[options] FILE [ARGUMENT...]",
    .description =
        "Runs a component as a program: it is validated, compiled, given WASI 0.3 and 0.2, instantiated, and its "
        "export `wasi:cli/run` is called. What stands after FILE goes to the program as it is; the first argument that "
        "it sees is the name of FILE without folders. FILE may be binary or text, or a core module of WASI preview 1 "
        "(`wasm32-wasip1`) in binary form; `-` reads the component from the standard input. The program's exit code "
        "becomes weir's.",
    .options = run_option_table,
    .option_count = RUN_OPTIONS,
    .notes =
        "CALL is `NAME(ARGUMENTS)`, or `INTERFACE#NAME(ARGUMENTS)` for a function of an exported interface. Arguments "
        "and results are written in WAVE: `1`, `-2.5`, `'c'`, `\"text\"`, `true`, `[1, 2]`, `(1, \"x\")`, "
        "`{name: \"a\", age: some(3)}`, `case(1)`, `some(1)`, `none`, `ok(1)`, `err(\"no\")`, `{read, write}`.\n"
        "\n"
        "A FILE that `weir compile` made, with a name that ends in `.cwasm`, runs as it is, and unchecked: run only "
        "what you have compiled yourself. `--timeout` and `--fuel` cost the program some speed, and so are not on by "
        "default.\n"
        "\n"
        "Before the program runs, weir confines itself, all of its threads and for good: files other than those of "
        "`--dir` cannot be opened, TCP reaches no other ports than those of `--net`, no process is started or touched, "
        "and system calls that weir does not make are not there. What Landlock cannot say is held by weir as ever: "
        "addresses, UDP, and rules of more than 1,024 ports. It needs Linux 5.13, for ports 6.7, and libseccomp.\n"
        "\n"
        "SIGINT and SIGTERM stop the program where it waits or yields, and with `--record` or `--timeout` also where "
        "it computes. Its output leaves, its record gets an end, and weir ends by the same signal. A program that "
        "computes on is ended half a second later, and a second signal ends it at once.",
    .examples =
        "weir run hello.wasm\n"
        "weir run --env LANG=C --timeout 10 app.wasm --verbose input.txt\n"
        "weir run --invoke 'add(1, 2)' calc.wasm\n"
        "weir run --invoke 'docs:calc/ops@0.1.0#sum([1, 2, 3])' calc.wasm\n"
        "weir run --record app.log app.wasm && weir replay app.log app.wasm\n"
        "weir run --trace-only 'wasi:filesystem/*' --dir . app.wasm\n",
    .run = run,
};
