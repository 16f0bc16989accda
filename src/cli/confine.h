/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * `weir run --confine`, `weir serve --confine`: once all is ready, the kernel holds the process to what the program was
 * granted, should code ever run here that is not weir's. Directories and ports by Landlock, system calls by seccomp.
 */
#ifndef CLI_CONFINE_H
#define CLI_CONFINE_H

#include "weir/wasi.h"

enum confine_mode {
  CONFINE_USUAL,  /* as far as the kernel can, and a warning where it cannot at all */
  CONFINE_WANTED, /* or a failure */
  CONFINE_OFF
};

/* What the program was granted: `world` has directories and rules for the network. */
struct confine {
  enum confine_mode mode;
  const weir_wasi_config *world;
  const char *const *reads, *const *changes; /* what weir itself goes on reading, and changing below; NULL at the end of
                                                each list, or no list */
  bool serves;                               /* takes connections, of sockets that are bound already */
};

/* An exit code; what went wrong is reported. */
int confine_process(const struct confine *c);

#endif
