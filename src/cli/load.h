/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Input files: a component from its binary or text form, or from the standard input (`-`). Errors are reported here. */
#ifndef CLI_LOAD_H
#define CLI_LOAD_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of a file; empty after load_done(). */
struct load {
  uint8_t *bytes;
  size_t size; /* of `bytes` */
  size_t capacity;
  size_t file_size;
};

/* Reads a whole file. Returns an exit code, and reports where it is not CLI_OK. */
int load_file(const char *path, struct load *ret);

/* Turns what was read into the binary form of a component; what is none is refused. */
int load_convert(const char *path, struct load *load);

/* Both, one after the other. */
int load_component(const char *path, struct load *ret);

void load_done(struct load *load);

#endif
