/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The program; tests can link everything else. No file that is opened later gets descriptor 0, 1 or 2: for a closed one
 * /dev/null stands in, whose input is at its end and which fails every write. Output is whole, even on a descriptor
 * that does not block: stdio alone would lose the part that it cannot write at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"

static void occupy_descriptor(int fd) {
  if (fcntl(fd, F_GETFD) == -1)
    open("/dev/null", O_RDONLY); /* the lowest that is free, which is `fd` */
}

/* Like write(), but writes everything; for fopencookie(). */
static ssize_t write_whole(void *cookie, const char *bytes, size_t size) {
  int fd = (int)(intptr_t)cookie;
  size_t written = 0;
  while (written < size) {
    ssize_t count = write(fd, bytes + written, size - written);
    if (count >= 0) {
      written += (size_t)count;
    } else if (errno == EAGAIN) {
      struct pollfd ask = {.fd = fd, .events = POLLOUT};
      poll(&ask, 1, -1);
    } else if (errno != EINTR) {
      return 0;
    }
  }
  return (ssize_t)size;
}

/* The stream for output to `fd`; out of memory: the stream of stdio. */
static FILE *open_whole(int fd, FILE *usual, int mode) {
  FILE *whole = fopencookie((void *)(intptr_t)fd, "w", (cookie_io_functions_t){.write = write_whole});
  if (!whole)
    return usual;
  setvbuf(whole, NULL, mode, BUFSIZ);
  return whole;
}

int main(int argc, char **argv) {
  for (int fd = 0; fd <= 2; fd++)
    occupy_descriptor(fd);
#ifdef __GLIBC__
  stdout = open_whole(STDOUT_FILENO, stdout, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF);
  stderr = open_whole(STDERR_FILENO, stderr, _IOLBF);
#else
  (void)open_whole; /* stdout is constant there: what a descriptor does not take at once is lost */
#endif
  int code = cli_main(argc, argv);
  if (fflush(stdout) != 0 && code == CLI_OK) {
    cli_error("the standard output cannot be written");
    return CLI_INTERNAL;
  }
  return code;
}
