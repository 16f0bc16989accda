/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See access_log.h. A line that was cut short is ended before the next one, so that each line of the file is one. */
#include "cli/access_log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cli/cli.h"

int access_log_open(struct access_log *log, const char *path) {
  log->fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : STDOUT_FILENO;
  if (log->fd >= 0)
    return CLI_OK;
  cli_error("%s cannot be written: %s", path, strerror(errno));
  return CLI_NO_INPUT;
}

void access_log_close(struct access_log *log) {
  if (log->fd > STDERR_FILENO)
    close(log->fd);
}

static void lose(struct access_log *log, const char *why) {
  if (atomic_fetch_add(&log->lost, 1) == 0)
    cli_warning("the access log cannot be written: %s; lines are lost", why);
}

void access_log_write(struct access_log *log, const char *line, size_t size) {
  bool torn = atomic_exchange(&log->torn, false);
  struct iovec parts[2] = {{.iov_base = (char *)(uintptr_t) "\n", .iov_len = torn ? 1 : 0},
                           {.iov_base = (char *)(uintptr_t)line, .iov_len = size}};
  ssize_t all = (ssize_t)(size + torn), done;
  do
    done = writev(log->fd, parts, 2);
  while (done < 0 && errno == EINTR);
  if (done == all) {
    size_t lost = atomic_load(&log->lost) > 0 ? atomic_exchange(&log->lost, 0) : 0;
    if (lost > 0)
      cli_warning("the access log is written again; %zu lines were lost", lost);
    return;
  }
  if (done > (ssize_t)torn || (done < 0 && torn))
    atomic_store(&log->torn, true);
  lose(log, done < 0 ? strerror(errno) : "there is no room for all of a line");
}
