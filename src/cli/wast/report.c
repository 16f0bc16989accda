/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Lines are printed as they come; JSON is one object, printed at the end. */
#include "cli/wast/report.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"

void wast_report_open(struct wast_report *r, bool json, bool quiet) {
  *r = (struct wast_report){.json = json, .quiet = quiet};
  text_init(&r->text);
  if (json)
    text_add(&r->text, STR("{\"files\": ["));
}

void wast_report_file(struct wast_report *r, const char *path) {
  r->file = path;
  r->passed = r->failed = 0;
  if (r->json) {
    text_add(&r->text, r->files == 0 ? STR("{\"file\": ") : STR(", {\"file\": "));
    text_json_string(&r->text, str_from(path));
    text_add(&r->text, STR(", \"failures\": ["));
  }
  r->files++;
}

void wast_report_passed(struct wast_report *r) {
  r->passed++;
}

static void failed_json(struct wast_report *r, const struct sexp *directive, const char *message) {
  if (r->failed > 1)
    text_add(&r->text, STR(", "));
  text_char(&r->text, '{');
  if (directive != NULL) {
    text_printf(&r->text, "\"line\": %u, \"column\": %u, \"directive\": ", directive->line, directive->column);
    text_json_string(&r->text, sexp_head(directive));
    text_add(&r->text, STR(", "));
  }
  text_add(&r->text, STR("\"message\": "));
  text_json_string(&r->text, str_from(message));
  text_char(&r->text, '}');
}

void wast_report_failed(struct wast_report *r, const struct sexp *directive, const char *message) {
  struct str head = sexp_head(directive);
  r->failed++;
  if (r->json)
    failed_json(r, directive, message);
  else if (directive == NULL)
    printf("%s:%s\n", r->file, message);
  else
    printf("%s:%u: " STR_FMT ": %s\n", r->file, directive->line, STR_ARG(head), message);
}

void wast_report_file_end(struct wast_report *r) {
  r->all_passed += r->passed;
  r->all_failed += r->failed;
  r->files_failed += r->failed > 0 ? 1 : 0;
  if (r->json)
    text_printf(&r->text, "], \"passed\": %u, \"failed\": %u}", r->passed, r->failed);
  else if (r->failed > 0)
    printf("FAIL %s: %u passed, %u failed\n", r->file, r->passed, r->failed);
  else if (!r->quiet)
    printf("PASS %s: %u passed\n", r->file, r->passed);
  fflush(stdout);
}

void wast_report_close(struct wast_report *r) {
  if (r->json) {
    text_printf(&r->text, "], \"passed\": %u, \"failed\": %u}\n", r->all_passed, r->all_failed);
    char *text = text_take(&r->text, NULL);
    if (text == NULL)
      cli_error("there was no memory for the report");
    else
      fputs(text, stdout);
    free(text);
  } else if (r->files > 1 && !r->quiet) {
    printf("%u files, %u failed; %u directives passed, %u failed\n", r->files, r->files_failed, r->all_passed,
           r->all_failed);
  }
}
