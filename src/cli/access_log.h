/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The file of the access log: one write a line, so that lines of several threads do not mix. Where the disk is full,
 * that is said once, requests go on, and when lines are written again their number that was lost is said.
 */
#ifndef CLI_ACCESS_LOG_H
#define CLI_ACCESS_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct access_log {
  int fd;             /* -1: none */
  atomic_size_t lost; /* lines, since the last one that was written */
  atomic_bool torn;   /* the end of the file is a part of a line */
};

/* `path` NULL: the standard output. An exit code; what went wrong is reported. */
int access_log_open(struct access_log *log, const char *path);
void access_log_close(struct access_log *log);

/* On any thread. `line` ends with its line break. */
void access_log_write(struct access_log *log, const char *line, size_t size);

#endif
