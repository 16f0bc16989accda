/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See progress.h. */
#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

enum { LARGE = 4 << 20, MEGA = 1000000 };

/* The cursor goes to the first column, and the line is cleared. */
static const char new_line[] = "\r\033[K";

static int is_told(size_t bytes) {
  return bytes >= LARGE && isatty(STDERR_FILENO);
}

void progress_tell(const char *command, const char *doing, size_t bytes) {
  if (!is_told(bytes))
    return;
  fprintf(stderr, "%sweir %s: %s, %zu MB", new_line, command, doing, bytes / MEGA);
  fflush(stderr);
}

void progress_end(size_t bytes) {
  if (is_told(bytes))
    fputs(new_line, stderr);
}
