/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * `weir log`: looks at records that `weir run --record` has made. In order: options; reports; the verbs `verify` and
 * `dump`; the command. `diff` is in log_diff.c. Records are read through weir/record.h, one event at a time.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/number.h"
#include "cli/cli.h"
#include "cli/log_output.h"
#include "cli/options.h"

static const struct option option_table[] = {
    {"json", 0, NULL, NULL, "Print one JSON object, or for `dump` one a line.", OPTION_FLAG,
     offsetof(struct log_options, json), NULL},
};

static int parse_options(struct log_options *o, int argc, char **argv) {
  struct option_scan scan = {&cli_log, o, argc, argv, 1, false};
  const char *word;
  enum option_found found;
  while ((found = option_next(&scan, &word)) == OPTIONS_OPERAND) {
    if (!o->verb) {
      o->verb = word;
    } else if (o->count < 2) {
      o->paths[o->count++] = word;
    } else {
      cli_error("weir log: `%s` is one file too many", word);
      return CLI_USAGE;
    }
  }
  return found == OPTIONS_END ? CLI_OK : CLI_USAGE;
}

static const char *state_name(weir_log_state state) {
  return state == WEIR_LOG_WHOLE ? "whole" : state == WEIR_LOG_UNFINISHED ? "unfinished" : "damaged";
}

static int state_exit(const weir_log_report *r) {
  return r->state == WEIR_LOG_WHOLE ? CLI_OK : CLI_BAD_INPUT;
}

static int print_report_json(const weir_log_report *r, const char *head) {
  struct text t;
  text_init(&t);
  struct json j = json_begin(&t);
  json_object(&j);
  json_member(&j, "state", str_from(state_name(r->state)));
  json_member_number(&j, "events", r->events);
  json_member_number(&j, "bytes", r->bytes);
  json_member_number(&j, "parts", r->parts);
  json_member(&j, "head", str_from(head));
  json_member(&j, "message", str_from(r->message));
  json_object_end(&j);
  return cli_print(&t);
}

static int print_report(const struct log_options *o, const weir_log_report *r) {
  char head[2 * WEIR_LOG_HEAD + 1];
  hex_write(r->head, sizeof(r->head), head);
  if (o->json)
    return print_report_json(r, head);
  printf("%s: %s, %" PRIu64 " events in %" PRIu64 " bytes, head %s\n", o->paths[0], state_name(r->state), r->events,
         r->bytes, head);
  if (r->message[0])
    cli_error("%s: %s", o->paths[0], r->message);
  return CLI_OK;
}

/* ---- verify, dump ------------------------------------------------------------------------------------------------ */

static int verify(const struct log_options *o) {
  struct log_progress progress = {.on = isatty(2) == 1, .percent = -1};
  weir_log_report report = WEIR_LOG_REPORT_INIT;
  weir_error *error = NULL;
  weir_status status = weir_log_verify(o->paths[0], log_progress, &progress, &report, &error);
  log_progress_end(&progress);
  if (status != WEIR_OK)
    return log_unread(status, error);
  int code = print_report(o, &report);
  return code != CLI_OK ? code : state_exit(&report);
}

static int dump(const struct log_options *o) {
  weir_log *log;
  weir_log_event e = WEIR_LOG_EVENT_INIT;
  weir_log_report report = WEIR_LOG_REPORT_INIT;
  weir_error *error = NULL;
  int code = log_open(o->paths[0], &log);
  if (code != CLI_OK)
    return code;
  weir_status status = weir_log_next(log, &e, &error);
  for (; code == CLI_OK && status == WEIR_OK; status = weir_log_next(log, &e, &error)) {
    if (!o->json)
      printf("%8" PRIu64 "  ", e.index);
    code = log_print_event(log, o->json);
    printf("\n");
  }
  weir_log_report_so_far(log, &report, NULL);
  weir_log_close(log);
  if (code != CLI_OK)
    return code;
  if (status != WEIR_ERR_NOT_FOUND)
    return log_unread(status, error);
  if (report.state != WEIR_LOG_WHOLE)
    cli_error("%s: %s", o->paths[0], report.message);
  return state_exit(&report);
}

static int run(int argc, char **argv) {
  struct log_options o = {0};
  int code = parse_options(&o, argc, argv);
  if (code != CLI_OK)
    return code;
  bool two = o.verb && strcmp(o.verb, "diff") == 0;
  if (o.verb && o.count == (two ? 2 : 1)) {
    if (two)
      return log_diff(&o);
    if (strcmp(o.verb, "verify") == 0)
      return verify(&o);
    if (strcmp(o.verb, "dump") == 0)
      return dump(&o);
  }
  if (o.verb && !two && strcmp(o.verb, "verify") != 0 && strcmp(o.verb, "dump") != 0)
    cli_error("weir log: there is no `%s`; there are verify, dump and diff", o.verb);
  else
    cli_error("weir log: %s", two ? "diff wants two files" : "a file is missing, or there is one too many");
  cli_hint("`weir help log` has examples");
  return CLI_USAGE;
}

const struct cli_command cli_log = {
    .name = "log",
    .summary = "check, print and compare records of runs",
    .usage =
        "verify [--json] LOG\n"
        "dump [--json] LOG\n"
        "diff [--json] LOG LOG2",
    .description =
        "Looks at records of `weir run --record`. `verify` checks the record and prints its head; `dump` prints every "
        "event; `diff` names the first event that differs, shows both, and exits with 1. A record that is damaged or "
        "unfinished gives 65.",
    .options = option_table,
    .option_count = sizeof(option_table) / sizeof(option_table[0]),
    .examples =
        "weir log verify app.log\n"
        "weir log dump --json app.log | grep import-call\n"
        "weir log diff monday.log tuesday.log\n",
    .run = run,
};
