/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The program; everything else of it can be linked into tests. Descriptors 0 to 2 are never left to be taken by files
 * that are opened later: where one is closed, something that fails every read or write stands in for it.
 */
#include <fcntl.h>
#include <stdio.h>

#include "cli/cli.h"

static void occupy_descriptor(int fd) {
  if (fcntl(fd, F_GETFD) == -1)
    open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY); /* the lowest that is free, which is `fd` */
}

int main(int argc, char **argv) {
  for (int fd = 0; fd <= 2; fd++)
    occupy_descriptor(fd);
  int code = cli_main(argc, argv);
  if (fflush(stdout) != 0 && code == CLI_OK) {
    cli_error("the standard output cannot be written");
    return CLI_INTERNAL;
  }
  return code;
}
