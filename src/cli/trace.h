/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The lines of `weir run --trace`: each is written before the program goes on, whatever reads them, so none is lost and
 * a crash has them all.
 */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

#include "base/text.h"
#include "weir/record.h"

struct trace {
  const char *path, *only; /* NULL: the standard error; every interface */
  int fd;
  int saved_errno; /* of the first line that could not be written: the last line */
  struct text line;
};

/* Opens the file, empty. An exit code. */
int trace_open(struct trace *t, const char *path, const char *only);
/* A weir_log_tell_fn; `trace` is a struct trace. */
void trace_tell(void *trace, const weir_log_event *event, const char *interface_name, const char *line);
/* Closes it; the exit code is `code`, or that of a line that could not be written. For one that was never open too. */
int trace_close(struct trace *t, int code);

#endif
