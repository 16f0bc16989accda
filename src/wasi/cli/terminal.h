/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:cli/terminal-input, terminal-output, terminal-stdin, terminal-stdout and terminal-stderr: whether a standard
 * stream is a terminal. The resources have no functions in 0.3.0; their representation is the stream's number plus one.
 */
#ifndef WASI_CLI_TERMINAL_H
#define WASI_CLI_TERMINAL_H

#include "wasi/host/fd.h"

struct wasi_terminal {
  const struct wasi_fd *in, *out, *err;
};

#endif
