/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * `weir log`: looks at records that `weir run --record` has made. In order: options, progress and reports; verify and
 * dump; diff. Records are read through weir/record.h, and nothing of one is held but the event in hand.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/number.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "weir/record.h"

struct log_options {
  bool json;
  const char *verb;
  const char *paths[2];
  int count;
};

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

/* ---- common ------------------------------------------------------------------------------------------------------ */

struct progress { /* a line on a terminal that is written over */
  bool on, shown;
  int percent;
};

static void show_progress(void *data, uint64_t bytes, uint64_t total) {
  struct progress *p = data;
  int percent = total ? (int)(bytes * 100 / total) : 0;
  if (!p->on || percent == p->percent)
    return;
  p->percent = percent;
  p->shown = true;
  fprintf(stderr, "\r%3d %%", percent);
  fflush(stderr);
}

static void end_progress(struct progress *p) {
  if (p->shown)
    fputs("\r      \r", stderr);
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

/* A record that cannot be read, as opposed to one that is not good. */
static int unread(weir_status status, weir_error *error) {
  cli_error("%s", error ? weir_error_message(error) : weir_status_name(status));
  weir_error_free(error);
  return status == WEIR_ERR_IO ? CLI_NO_INPUT : CLI_INTERNAL;
}

static int open_log(const char *path, weir_log **ret) {
  weir_error *error = NULL;
  weir_status status = weir_log_open(path, ret, &error);
  return status == WEIR_OK ? CLI_OK : unread(status, error);
}

/* The event in hand, as text or JSON. */
static int print_event(const weir_log *log, bool json) {
  char *text;
  if (weir_log_event_print(log, json, &text, NULL) != WEIR_OK)
    return unread(WEIR_ERR_NOMEM, NULL);
  printf("%s", text);
  weir_text_free(text);
  return CLI_OK;
}

/* ---- verify, dump ------------------------------------------------------------------------------------------------ */

static int verify(const struct log_options *o) {
  struct progress progress = {.on = isatty(2) == 1, .percent = -1};
  weir_log_report report = WEIR_LOG_REPORT_INIT;
  weir_error *error = NULL;
  weir_status status = weir_log_verify(o->paths[0], show_progress, &progress, &report, &error);
  end_progress(&progress);
  if (status != WEIR_OK)
    return unread(status, error);
  int code = print_report(o, &report);
  return code != CLI_OK ? code : state_exit(&report);
}

static int dump(const struct log_options *o) {
  weir_log *log;
  weir_log_event e = WEIR_LOG_EVENT_INIT;
  weir_log_report report = WEIR_LOG_REPORT_INIT;
  weir_error *error = NULL;
  int code = open_log(o->paths[0], &log);
  if (code != CLI_OK)
    return code;
  weir_status status = weir_log_next(log, &e, &error);
  for (; code == CLI_OK && status == WEIR_OK; status = weir_log_next(log, &e, &error)) {
    if (!o->json)
      printf("%8" PRIu64 "  ", e.index);
    code = print_event(log, o->json);
    printf("\n");
  }
  weir_log_report_so_far(log, &report, NULL);
  weir_log_close(log);
  if (code != CLI_OK)
    return code;
  if (status != WEIR_ERR_NOT_FOUND)
    return unread(status, error);
  if (report.state != WEIR_LOG_WHOLE)
    cli_error("%s: %s", o->paths[0], report.message);
  return state_exit(&report);
}

/* ---- diff -------------------------------------------------------------------------------------------------------- */

struct side {
  weir_log *log;
  weir_log_event event;
  weir_status status; /* WEIR_OK: there is an event */
  weir_error *error;
};

static void step(struct side *s) {
  s->status = weir_log_next(s->log, &s->event, &s->error);
}

static bool has(const struct side *s) {
  return s->status == WEIR_OK;
}

static bool same(const struct side *a, const struct side *b) {
  if (has(a) != has(b) || !has(a))
    return has(a) == has(b);
  return a->event.byte_count == b->event.byte_count && memcmp(a->event.bytes, b->event.bytes, a->event.byte_count) == 0;
}

static void print_side(const struct side *s) {
  if (has(s))
    print_event(s->log, false);
  else
    printf("(the record ends here)");
}

static weir_status add_side(struct json *j, const char *key, const struct side *s) {
  char *text = NULL;
  json_key(j, key);
  if (!has(s)) {
    json_null(j);
    return WEIR_OK;
  }
  weir_status status = weir_log_event_print(s->log, true, &text, NULL);
  if (status == WEIR_OK)
    json_ready(j, str_from(text));
  weir_text_free(text);
  return status;
}

static int print_difference_json(const struct side *a, const struct side *b, uint64_t index) {
  struct text t;
  text_init(&t);
  struct json j = json_begin(&t);
  json_object(&j);
  json_member_bool(&j, "same", false);
  json_member_number(&j, "index", index);
  if (add_side(&j, "first", a) != WEIR_OK || add_side(&j, "second", b) != WEIR_OK)
    t.failed = true;
  json_object_end(&j);
  return cli_print(&t);
}

static int print_difference(const struct log_options *o, const struct side *a, const struct side *b, uint64_t index) {
  if (o->json)
    return print_difference_json(a, b, index);
  printf("event %" PRIu64 " is the first that differs\n< ", index);
  print_side(a);
  printf("\n> ");
  print_side(b);
  printf("\n");
  return CLI_OK;
}

static int print_same(const struct log_options *o, uint64_t count) {
  struct text t;
  text_init(&t);
  struct json j = json_begin(&t);
  if (o->json) {
    json_object(&j);
    json_member_bool(&j, "same", true);
    json_member_number(&j, "events", count);
    json_object_end(&j);
  } else {
    text_printf(&t, "the same: %" PRIu64 " events", count);
  }
  return cli_print(&t);
}

/* The number of events that are the same. */
static uint64_t compare(struct side *a, struct side *b) {
  struct progress progress = {.on = isatty(2) == 1, .percent = -1};
  uint64_t index = 0, total;
  weir_log_report report = WEIR_LOG_REPORT_INIT;
  for (step(a), step(b); has(a) && same(a, b); step(a), step(b)) {
    if ((++index & 0xffff) != 0)
      continue;
    weir_log_report_so_far(a->log, &report, &total);
    show_progress(&progress, report.bytes, total);
  }
  end_progress(&progress);
  return index;
}

/* Whether a side has ended before its time, which is said. */
static bool is_broken(const struct log_options *o, const struct side *s, int which) {
  weir_log_report report = WEIR_LOG_REPORT_INIT;
  weir_log_report_so_far(s->log, &report, NULL);
  if (has(s) || report.state == WEIR_LOG_WHOLE)
    return false;
  cli_error("%s: %s", o->paths[which], report.message);
  return true;
}

static int judge(const struct log_options *o, struct side *a, struct side *b) {
  uint64_t index = compare(a, b);
  struct side *sides[] = {a, b};
  bool broken = false;
  for (int i = 0; i < 2; i++) {
    if (!has(sides[i]) && sides[i]->status != WEIR_ERR_NOT_FOUND)
      return unread(sides[i]->status, sides[i]->error);
    broken = is_broken(o, sides[i], i) || broken;
  }
  bool equal = same(a, b);
  int code = equal ? print_same(o, index) : print_difference(o, a, b, index);
  if (code != CLI_OK)
    return code;
  return broken ? CLI_BAD_INPUT : equal ? CLI_OK : CLI_FAILED;
}

static int diff(const struct log_options *o) {
  struct side a = {.event = WEIR_LOG_EVENT_INIT}, b = a;
  int code = open_log(o->paths[0], &a.log);
  if (code == CLI_OK)
    code = open_log(o->paths[1], &b.log);
  if (code == CLI_OK)
    code = judge(o, &a, &b);
  weir_log_close(a.log);
  weir_log_close(b.log);
  return code;
}

static int run(int argc, char **argv) {
  struct log_options o = {0};
  int code = parse_options(&o, argc, argv);
  if (code != CLI_OK)
    return code;
  bool two = o.verb && strcmp(o.verb, "diff") == 0;
  if (o.verb && o.count == (two ? 2 : 1)) {
    if (two)
      return diff(&o);
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
