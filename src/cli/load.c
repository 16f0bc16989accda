/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads input files. The library judges their contents. */
#include "cli/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "weir/bytes.h"
#include "weir/wasi.h"

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

/* A core module that imports the functions of WASI preview 1. */
static bool is_preview1(const struct load *load) {
  static const char name[] = "wasi_snapshot_preview1";
  return weir_bytes_kind_of(load->bytes, load->size) == WEIR_BYTES_MODULE &&
         memmem(load->bytes, load->size, name, sizeof(name) - 1);
}

/* A program of WASI preview 1 becomes a component, whatever is done with it. */
static int adapt(const char *path, struct load *load) {
  void *component;
  weir_error *error = NULL;
  size_t size;
  if (!is_preview1(load))
    return CLI_OK;
  weir_status status = weir_wasi_adapt_preview1(load->bytes, load->size, &component, &size, &error);
  load_done(load);
  if (status != WEIR_OK)
    return cli_fail(path, status, error);
  *load = (struct load){component, size, size};
  return CLI_OK;
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
    return adapt(path, ret);
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
