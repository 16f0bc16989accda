/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The report of `weir wast`: a line for each directive that fails and one for each file, or everything as JSON. */
#ifndef CLI_WAST_REPORT_H
#define CLI_WAST_REPORT_H

#include "base/json.h"
#include "cli/wast/read.h"

struct wast_report {
  bool json, quiet;
  struct text text; /* the JSON so far; nothing is printed before the end */
  struct json out;  /* writes it */
  const char *file;
  uint32_t passed, failed; /* of this file */
  uint32_t fused, unfused; /* components, of all files */
  uint32_t files, files_failed, all_passed, all_failed;
};

void wast_report_open(struct wast_report *r, bool json, bool quiet);
void wast_report_file(struct wast_report *r, const char *path);
void wast_report_passed(struct wast_report *r);
/* `directive` NULL: the script itself cannot be read. */
void wast_report_failed(struct wast_report *r, const struct sexp *directive, const char *message);
/* A component is run as it is, and not fused. */
void wast_report_unfused(struct wast_report *r, const char *why);
void wast_report_file_end(struct wast_report *r);
/* Prints the totals. */
void wast_report_close(struct wast_report *r);

#endif
