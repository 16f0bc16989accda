/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * `weir replay`: runs a component against a record of an earlier run, without any host. In order: options, the settings
 * that the record asks for, the report (as text or JSON), the run.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "base/number.h"
#include "cli/cli.h"
#include "cli/load.h"
#include "cli/options.h"
#include "weir/component.h"
#include "weir/record.h"

struct replay_options {
  const char *log, *path, *record;
  bool unfinished, any_engine, json;
};

#define AT(member) offsetof(struct replay_options, member)

static const struct option option_table[] = {
    {"record", 0, "LOG", "again.log", "Record the replay as well; its head is the same.", OPTION_TEXT, AT(record),
     NULL},
    {"unfinished", 0, NULL, NULL, "The record may be unfinished, as after a crash: replay as far as it goes.",
     OPTION_FLAG, AT(unfinished), NULL},
    {"any-engine", 0, NULL, NULL,
     "The record may be of another version of the code generator, or another kind of machine: stacks may overflow "
     "elsewhere, and NaNs have other bits.",
     OPTION_FLAG, AT(any_engine), NULL},
    {"json", 0, NULL, NULL, "Print one JSON object.", OPTION_FLAG, AT(json), NULL},
};

static int parse_options(struct replay_options *o, int argc, char **argv) {
  struct option_scan scan = {&cli_replay, o, argc, argv, 1, false};
  const char *file;
  enum option_found found;
  while ((found = option_next(&scan, &file)) == OPTIONS_OPERAND) {
    if (o->path) {
      cli_error("weir replay: one record and one component; `%s` is one too many", file);
      return CLI_USAGE;
    }
    *(o->log ? &o->path : &o->log) = file;
  }
  if (found == OPTIONS_ERROR)
    return CLI_USAGE;
  if (o->path)
    return CLI_OK;
  cli_error("weir replay: a record and a component are needed");
  cli_hint("weir replay app.log app.wasm");
  return CLI_USAGE;
}

/* The engine is like the one that recorded; the clock can stop guests where it did. */
static int read_engine(const char *path, weir_engine_config *ret) {
  weir_error *error = NULL;
  weir_status status = weir_log_engine_config(path, ret, &error);
  if (status == WEIR_OK)
    return CLI_OK;
  cli_error("%s", error ? weir_error_message(error) : weir_status_name(status));
  weir_error_free(error);
  return status == WEIR_ERR_MALFORMED ? CLI_BAD_INPUT : status == WEIR_ERR_IO ? CLI_NO_INPUT : CLI_INTERNAL;
}

/* The record is of another component, or of an engine that this weir cannot be: bad input, not a mistake of weir's. */
static int refused(const struct replay_options *o, weir_error *error) {
  cli_error("%s: %s", o->log, error ? weir_error_message(error) : weir_status_name(WEIR_ERR_MISUSE));
  weir_error_free(error);
  return CLI_BAD_INPUT;
}

static int report_json(weir_status status, const weir_replay_report *r, const char *head) {
  struct text t;
  text_init(&t);
  struct json j = json_begin(&t);
  json_object(&j);
  json_member(&j, "status", str_from(weir_status_name(status)));
  json_member_number(&j, "events", r->events);
  json_member(&j, "head", str_from(head));
  json_member_bool(&j, "unfinished", r->state == WEIR_LOG_UNFINISHED);
  if (status == WEIR_ERR_DIVERGED) {
    json_member_number(&j, "index", r->index);
    json_member(&j, "expected", str_from(r->expected ? r->expected : ""));
    json_member(&j, "found", str_from(r->found ? r->found : ""));
  }
  json_object_end(&j);
  return cli_print(&t);
}

static int report(const struct replay_options *o, weir_status status, const weir_replay_report *r, weir_error *error) {
  char head[2 * WEIR_LOG_HEAD + 1];
  hex_write(r->head, sizeof(r->head), head);
  int code = o->json ? report_json(status, r, head) : CLI_OK;
  if (status == WEIR_OK) {
    if (!o->json)
      printf("the same: %" PRIu64 " events, head %s\n", r->events, head);
    return code;
  }
  if (status == WEIR_ERR_MISUSE)
    return refused(o, error);
  if (status != WEIR_ERR_DIVERGED)
    return cli_fail(o->log, status, error);
  cli_error("%s: event %" PRIu64 " differs\n  expected: %s\n  found:    %s", o->log, r->index,
            r->expected ? r->expected : "the end of the record", r->found ? r->found : "nothing more");
  weir_error_free(error);
  return CLI_FAILED;
}

static int replay(const struct replay_options *o, const weir_engine_config *engine_config, const struct load *load) {
  weir_record_config again = WEIR_RECORD_CONFIG_INIT;
  again.path = o->record;
  weir_replay_config config = WEIR_REPLAY_CONFIG_INIT;
  config.path = o->log;
  config.component_count = 1;
  config.again = o->record ? &again : NULL;
  config.unfinished = o->unfinished;
  config.any_engine = o->any_engine;
  weir_engine *engine = NULL;
  weir_component *component = NULL;
  weir_replay_report r = WEIR_REPLAY_REPORT_INIT;
  weir_error *error = NULL;
  weir_status status = weir_engine_new(engine_config, &engine, &error);
  if (status == WEIR_OK)
    status = weir_component_new(engine, load->bytes, load->size, &component, &error);
  if (status != WEIR_OK) {
    weir_engine_free(engine);
    return cli_fail(o->path, status, error);
  }
  const weir_component *one = component;
  config.components = &one;
  status = weir_replay_with(engine, &config, &r, &error);
  int code = report(o, status, &r, error);
  weir_replay_report_clear(&r);
  weir_component_free(component);
  weir_engine_free(engine);
  return code;
}

static int run(int argc, char **argv) {
  struct replay_options o = {0};
  struct load load = {0};
  weir_engine_config engine_config = WEIR_ENGINE_CONFIG_INIT;
  int code = parse_options(&o, argc, argv);
  if (code == CLI_OK && (cli_would_replace(o.record, o.log) || cli_would_replace(o.record, o.path)))
    code = CLI_USAGE;
  if (code == CLI_OK)
    code = read_engine(o.log, &engine_config);
  if (code == CLI_OK)
    code = load_component(o.path, &load);
  if (code != CLI_OK)
    return code;
  code = replay(&o, &engine_config, &load);
  load_done(&load);
  return code;
}

const struct cli_command cli_replay = {
    .name = "replay",
    .summary = "run a component against a record, without any host",
    .usage = "[options] LOG FILE",
    .description =
        "Runs the component FILE against LOG, a record of `weir run --record`. Nothing is read, written or asked of "
        "the system: all that the guest gets is in the record, and all that it does must be there too. Stops at the "
        "first difference, shows what was expected and what was found, and exits with 1.",
    .options = option_table,
    .option_count = sizeof(option_table) / sizeof(option_table[0]),
    .examples = "weir run --record app.log app.wasm && weir replay app.log app.wasm\n",
    .run = run,
};
