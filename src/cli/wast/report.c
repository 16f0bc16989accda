/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Lines are printed as they come; JSON is one object, printed at the end. */
#include "cli/wast/report.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"

void wast_report_open(struct wast_report *r, bool json, bool quiet) {
  *r = (struct wast_report){.json = json, .quiet = quiet};
  text_init(&r->text);
  r->out = json_begin(&r->text);
  if (!json)
    return;
  json_object(&r->out);
  json_key(&r->out, "files");
  json_array(&r->out);
}

void wast_report_file(struct wast_report *r, const char *path) {
  r->file = path;
  r->passed = r->failed = 0;
  if (r->json) {
    json_object(&r->out);
    json_member(&r->out, "file", str_from(path));
    json_key(&r->out, "failures");
    json_array(&r->out);
  }
  r->files++;
}

void wast_report_passed(struct wast_report *r) {
  r->passed++;
}

static void failed_json(struct json *j, const struct sexp *directive, const char *message) {
  json_object(j);
  if (directive) {
    json_member_number(j, "line", directive->line);
    json_member_number(j, "column", directive->column);
    json_member(j, "directive", sexp_head(directive));
  }
  json_member(j, "message", str_from(message));
  json_object_end(j);
}

/* Closes the object with its last members. */
static void totals_json(struct json *j, uint32_t passed, uint32_t failed) {
  json_member_number(j, "passed", passed);
  json_member_number(j, "failed", failed);
  json_object_end(j);
}

void wast_report_failed(struct wast_report *r, const struct sexp *directive, const char *message) {
  struct str head = sexp_head(directive);
  r->failed++;
  if (r->json)
    failed_json(&r->out, directive, message);
  else if (!directive)
    printf("%s:%s\n", r->file, message);
  else
    printf("%s:%u: " STR_FMT ": %s\n", r->file, directive->line, STR_ARG(head), message);
}

void wast_report_unfused(struct wast_report *r, const char *why) {
  r->unfused++;
  if (!r->json && !r->quiet)
    printf("%s: not fused: %s\n", r->file, why);
}

void wast_report_file_end(struct wast_report *r) {
  r->all_passed += r->passed;
  r->all_failed += r->failed;
  r->files_failed += r->failed > 0 ? 1 : 0;
  if (r->json) {
    json_array_end(&r->out);
    totals_json(&r->out, r->passed, r->failed);
  } else if (r->failed > 0) {
    printf("FAIL %s: %u passed, %u failed\n", r->file, r->passed, r->failed);
  } else if (!r->quiet) {
    printf("PASS %s: %u passed\n", r->file, r->passed);
  }
  fflush(stdout);
}

void wast_report_close(struct wast_report *r) {
  if (r->json) {
    json_array_end(&r->out);
    json_member_number(&r->out, "fused", r->fused);
    json_member_number(&r->out, "unfused", r->unfused);
    totals_json(&r->out, r->all_passed, r->all_failed);
    text_char(&r->text, '\n');
    char *text = text_take(&r->text, NULL);
    if (!text)
      cli_error("there was no memory for the report");
    else
      fputs(text, stdout);
    free(text);
  } else if (r->files > 1 && !r->quiet) {
    printf("%u files, %u failed; %u directives passed, %u failed\n", r->files, r->files_failed, r->all_passed,
           r->all_failed);
  }
  if (!r->json && !r->quiet && r->fused + r->unfused > 0)
    printf("%u components fused, %u not\n", r->fused, r->unfused);
}
