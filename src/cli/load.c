/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads input files. The library judges their contents. */
#include "cli/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "weir/bytes.h"

enum { LOAD_FIRST = 64 * 1024 };

void load_done(struct load *load) {
  free(load->bytes);
  *load = (struct load){0};
}

static bool load_grow(struct load *load) {
  size_t capacity = load->capacity == 0 ? LOAD_FIRST : load->capacity * 2;
  uint8_t *bytes = capacity > load->capacity ? realloc(load->bytes, capacity) : NULL;
  if (!bytes)
    return false;
  load->bytes = bytes;
  load->capacity = capacity;
  return true;
}

/* Reads to the end; an errno, or 0. */
static int read_all(FILE *in, struct load *load) {
  for (;;) {
    if (load->size == load->capacity && !load_grow(load))
      return ENOMEM;
    size_t n = fread(load->bytes + load->size, 1, load->capacity - load->size, in);
    load->size += n;
    if (n == 0)
      return ferror(in) ? (errno != 0 ? errno : EIO) : 0;
  }
}

int load_file(const char *path, struct load *ret) {
  *ret = (struct load){0};
  bool is_stdin = strcmp(path, "-") == 0;
  FILE *in = is_stdin ? stdin : fopen(path, "rb");
  errno = !in ? errno : 0;
  int error = !in ? errno : read_all(in, ret);
  if (in && !is_stdin)
    fclose(in);
  if (error == 0)
    return CLI_OK;
  load_done(ret);
  cli_error("%s cannot be read: %s", path, strerror(error));
  return error == ENOMEM ? CLI_INTERNAL : CLI_NO_INPUT;
}

int load_component(const char *path, struct load *ret) {
  int code = load_file(path, ret);
  if (code != CLI_OK || weir_bytes_kind_of(ret->bytes, ret->size) != WEIR_BYTES_CODE)
    return code;
  load_done(ret);
  cli_error("%s is compiled code, not a component", path);
  cli_hint("this command wants the component that it was compiled from");
  return CLI_BAD_INPUT;
}
