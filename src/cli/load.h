/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Input files, or the standard input (`-`). Errors are reported here. */
#ifndef CLI_LOAD_H
#define CLI_LOAD_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of a file; empty after load_done(). */
struct load {
  uint8_t *bytes;
  size_t size, capacity;
};

/*
 * Reads a whole file; a program of WASI preview 1 becomes a component at once. Returns an exit code, and reports every
 * other than CLI_OK.
 */
int load_file(const char *path, struct load *ret);

/* The same for a command that wants a component, in binary or text form: compiled code is refused. */
int load_component(const char *path, struct load *ret);

void load_done(struct load *load);

#endif
