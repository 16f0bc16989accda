/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The program; everything else of it can be linked into tests. */
#include <stdio.h>

#include "cli/cli.h"

int main(int argc, char **argv) {
  int code = cli_main(argc, argv);
  if (fflush(stdout) != 0 && code == CLI_OK) {
    cli_error("the standard output cannot be written");
    return CLI_INTERNAL;
  }
  return code;
}
