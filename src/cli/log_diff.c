/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * `weir log diff`: steps through two records side by side up to the first event that differs. In order: the sides;
 * printing, as text and as JSON; comparing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/cli.h"
#include "cli/log_output.h"

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
    log_print_event(s->log, false);
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
  struct log_progress progress = {.on = isatty(2) == 1, .percent = -1};
  uint64_t index = 0, total;
  weir_log_report report = WEIR_LOG_REPORT_INIT;
  for (step(a), step(b); has(a) && same(a, b); step(a), step(b)) {
    if ((++index & 0xffff) != 0)
      continue;
    weir_log_report_so_far(a->log, &report, &total);
    log_progress(&progress, report.bytes, total);
  }
  log_progress_end(&progress);
  return index;
}

/* Whether a side has ended before its time; reports that. */
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
      return log_unread(sides[i]->status, sides[i]->error);
    broken = is_broken(o, sides[i], i) || broken;
  }
  bool equal = same(a, b);
  int code = equal ? print_same(o, index) : print_difference(o, a, b, index);
  if (code != CLI_OK)
    return code;
  return broken ? CLI_BAD_INPUT : equal ? CLI_OK : CLI_FAILED;
}

int log_diff(const struct log_options *o) {
  struct side a = {.event = WEIR_LOG_EVENT_INIT}, b = a;
  int code = log_open(o->paths[0], &a.log);
  if (code == CLI_OK)
    code = log_open(o->paths[1], &b.log);
  if (code == CLI_OK)
    code = judge(o, &a, &b);
  weir_log_close(a.log);
  weir_log_close(b.log);
  return code;
}
