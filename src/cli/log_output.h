/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Inside `weir log`: its options, and the output of its verbs. */
#ifndef CLI_LOG_OUTPUT_H
#define CLI_LOG_OUTPUT_H

#include "weir/record.h"

struct log_options {
  bool json;
  const char *verb;
  const char *paths[2];
  int count;
};

struct log_progress { /* a line on a terminal that is written over */
  bool on, shown;
  int percent;
};

/* Shows how much is done, as weir_log_verify() tells it; `data` is a struct log_progress. */
void log_progress(void *data, uint64_t bytes, uint64_t total);
/* Takes the line away. */
void log_progress_end(struct log_progress *p);

/* Says that a record cannot be read, as opposed to one that is not good; the exit code. Takes the error. */
int log_unread(weir_status status, weir_error *take_error);
/* Opens a record or says why not; the exit code. */
int log_open(const char *path, weir_log **ret);
/* Prints the event in hand, as text or JSON. */
int log_print_event(const weir_log *log, bool json);

/* The verb `diff` (log_diff.c). */
int log_diff(const struct log_options *o);

#endif
