/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Lines of a trace (trace.h), straight to a descriptor: the program may write to the same one. */
#include "cli/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

int trace_open(struct trace *t, const char *path, const char *only) {
  *t = (struct trace){.path = path, .only = only, .fd = STDERR_FILENO};
  if (path)
    t->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (t->fd >= 0)
    return CLI_OK;
  cli_error("%s: %s", path, strerror(errno));
  return CLI_NO_INPUT;
}

/* Waits where the descriptor does not. */
static void write_all(struct trace *t, const char *data, size_t size) {
  while (size > 0 && t->saved_errno == 0) {
    ssize_t n = write(t->fd, data, size);
    if (n >= 0) {
      data += n;
      size -= (size_t)n;
    } else if (errno == EAGAIN) {
      poll(&(struct pollfd){.fd = t->fd, .events = POLLOUT}, 1, -1);
    } else if (errno != EINTR) {
      t->saved_errno = errno;
    }
  }
}

void trace_tell(void *trace, const weir_log_event *event, const char *interface_name, const char *line) {
  struct trace *t = trace;
  if (t->only && fnmatch(t->only, interface_name, 0) != 0)
    return;
  t->line.size = 0;
  text_printf(&t->line, "%8" PRIu64 "  %s\n", event->index, line);
  if (t->line.failed)
    t->saved_errno = ENOMEM;
  else
    write_all(t, t->line.data, t->line.size);
}

int trace_close(struct trace *t, int code) {
  text_done(&t->line);
  if (t->path && t->fd >= 0)
    close(t->fd);
  if (t->saved_errno == 0)
    return code;
  cli_error("%s: the trace cannot be written: %s", t->path ? t->path : "stderr", strerror(t->saved_errno));
  return code == CLI_OK ? CLI_INTERNAL : code;
}
