/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* `weir log`: looks at records that `weir run --record` has made: verify, dump, diff. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "record/log_reader.h"

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

/* ---- common ------------------------------------------------------------------------------------------------------------- */

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

static void print_report(const struct log_options *o, const weir_log_report *r) {
  char head[SHA256_HEX];
  struct text t;
  sha256_hex(r->head, head);
  text_init(&t);
  text_json_string(&t, str_from(r->message));
  if (o->json)
    printf("{\"state\":\"%s\",\"events\":%" PRIu64 ",\"bytes\":%" PRIu64
           ",\"parts\":%u,\"head\":\"%s\",\"message\":" STR_FMT "}\n",
           state_name(r->state), r->events, r->bytes, r->parts, head, (int)t.size, t.data);
  else
    printf("%s: %s, %" PRIu64 " events in %" PRIu64 " bytes, head %s\n", o->paths[0], state_name(r->state), r->events,
           r->bytes, head);
  text_done(&t);
  if (r->message[0] && !o->json)
    cli_error("%s: %s", o->paths[0], r->message);
}

static int open_log(const char *path, struct log_reader *r) {
  struct diag d;
  diag_init(&d);
  weir_status status = log_reader_open(r, path, &d);
  if (status != WEIR_OK)
    cli_error("%s", diag_message(&d));
  diag_done(&d);
  return status == WEIR_OK ? CLI_OK : CLI_NO_INPUT;
}

/* ---- verify, dump ---------------------------------------------------------------------------------------------------------- */

static int verify(const struct log_options *o) {
  struct progress progress = {.on = isatty(2) == 1, .percent = -1};
  weir_log_report report;
  weir_error *error = NULL;
  weir_status status = weir_log_verify(o->paths[0], show_progress, &progress, &report, &error);
  end_progress(&progress);
  if (status != WEIR_OK) {
    cli_error("%s", weir_error_message(error));
    weir_error_free(error);
    return CLI_NO_INPUT;
  }
  print_report(o, &report);
  return state_exit(&report);
}

static void print_event(const struct log_options *o, const struct log_event *e, uint64_t index) {
  struct text t;
  text_init(&t);
  if (o->json)
    log_event_print_json(e, index, &t);
  else
    log_event_print(e, &t);
  if (!o->json)
    printf("%8" PRIu64 "  ", index);
  printf(STR_FMT "\n", (int)t.size, t.data);
  text_done(&t);
}

static int dump(const struct log_options *o) {
  struct log_reader r;
  struct log_event e;
  const uint8_t *bytes;
  size_t size;
  int code = open_log(o->paths[0], &r);
  if (code != CLI_OK)
    return code;
  while (log_reader_next(&r, &e, &bytes, &size))
    print_event(o, &e, r.hash.count - 1);
  if (r.report.state != WEIR_LOG_WHOLE)
    cli_error("%s: %s", o->paths[0], r.report.message);
  code = state_exit(&r.report);
  log_reader_close(&r);
  return code;
}

/* ---- diff ---------------------------------------------------------------------------------------------------------------------- */

struct side {
  struct log_reader reader;
  struct log_event event;
  const uint8_t *bytes;
  size_t size;
  bool has;
};

static void step(struct side *s) {
  s->has = log_reader_next(&s->reader, &s->event, &s->bytes, &s->size);
}

static bool same(const struct side *a, const struct side *b) {
  return a->has == b->has && (!a->has || (a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0));
}

static void print_side(const struct log_options *o, const struct side *s, uint64_t index) {
  struct text t;
  text_init(&t);
  if (s->has && o->json)
    log_event_print_json(&s->event, index, &t);
  else if (s->has)
    log_event_print(&s->event, &t);
  else
    text_add(&t, o->json ? STR("null") : STR("(the record ends here)"));
  printf(STR_FMT, (int)t.size, t.data);
  text_done(&t);
}

static void print_difference(const struct log_options *o, const struct side *a, const struct side *b, uint64_t index) {
  if (o->json)
    printf("{\"same\":false,\"index\":%" PRIu64 ",\"first\":", index);
  else
    printf("event %" PRIu64 " is the first that differs\n< ", index);
  print_side(o, a, index);
  printf("%s", o->json ? ",\"second\":" : "\n> ");
  print_side(o, b, index);
  printf("%s", o->json ? "}\n" : "\n");
}

static int compare(const struct log_options *o, struct side *a, struct side *b) {
  struct progress progress = {.on = isatty(2) == 1, .percent = -1};
  uint64_t index = 0;
  for (step(a), step(b); a->has && same(a, b); step(a), step(b))
    if ((++index & 0xffff) == 0)
      show_progress(&progress, a->reader.report.bytes, a->reader.before + a->reader.total);
  end_progress(&progress);
  bool broken = false;
  const struct side *sides[] = {a, b};
  for (int i = 0; i < 2; i++) {
    const struct side *s = sides[i];
    if (!s->has && s->reader.report.state != WEIR_LOG_WHOLE) {
      cli_error("%s: %s", o->paths[i], s->reader.report.message);
      broken = true;
    }
  }
  if (!same(a, b)) {
    print_difference(o, a, b, index);
    return broken ? CLI_BAD_INPUT : CLI_FAILED;
  }
  printf(o->json ? "{\"same\":true,\"events\":%" PRIu64 "}\n" : "the same: %" PRIu64 " events\n", index);
  return broken ? CLI_BAD_INPUT : CLI_OK;
}

static int diff(const struct log_options *o) {
  struct side a = {.has = false}, b = {.has = false};
  int code = open_log(o->paths[0], &a.reader);
  if (code != CLI_OK)
    return code;
  code = open_log(o->paths[1], &b.reader);
  if (code == CLI_OK) {
    code = compare(o, &a, &b);
    log_reader_close(&b.reader);
  }
  log_reader_close(&a.reader);
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
        "Looks at records of `weir run --record`. `verify` checks the chain and prints its head; `dump` prints every "
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
