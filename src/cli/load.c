/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reading of input files. What begins with "\0asm" is binary; the rest is taken for text. */
#include "cli/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "component/ast.h"
#include "engine/eng.h"
#include "weir/code.h"

enum { LOAD_FIRST = 64 * 1024 };

void load_done(struct load *load) {
  free(load->bytes);
  *load = (struct load){0};
}

static bool load_grow(struct load *load) {
  size_t capacity = load->capacity == 0 ? LOAD_FIRST : load->capacity * 2;
  uint8_t *bytes = capacity > load->capacity ? realloc(load->bytes, capacity) : NULL;
  if (bytes == NULL)
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
  errno = in == NULL ? errno : 0;
  int error = in == NULL ? errno : read_all(in, ret);
  if (in != NULL && !is_stdin)
    fclose(in);
  ret->file_size = ret->size;
  if (error == 0)
    return CLI_OK;
  load_done(ret);
  cli_error("%s cannot be read: %s", path, strerror(error));
  return error == ENOMEM ? CLI_INTERNAL : CLI_NO_INPUT;
}

/* Puts the binary form in place of the text. */
static int convert_text(const char *path, struct load *load) {
  struct diag d;
  uint8_t *binary = NULL;
  size_t size = 0;
  weir_error *error = NULL;
  diag_init(&d);
  if (eng_text_to_binary(load->bytes, load->size, &binary, &size, &d) != WEIR_OK) {
    weir_status status = diag_raise(&d, &error);
    return cli_fail(path, status, error);
  }
  uint8_t *copy = malloc(size == 0 ? 1 : size);
  if (copy != NULL)
    memcpy(copy, binary, size);
  eng_bytes_free(binary, size);
  if (copy == NULL)
    return cli_fail(path, WEIR_ERR_NOMEM, NULL);
  free(load->bytes);
  load->bytes = copy;
  load->size = load->capacity = size;
  return CLI_OK;
}

int load_convert(const char *path, struct load *load) {
  if (load->size == 0) {
    cli_error("%s is empty", path);
    return CLI_BAD_INPUT;
  }
  if (weir_code_is_artefact(load->bytes, load->size)) {
    cli_error("%s is compiled code, not a component", path);
    cli_hint("this command wants the component that it was compiled from");
    return CLI_BAD_INPUT;
  }
  if (load->size < 4 || memcmp(load->bytes, "\0asm", 4) != 0) {
    int code = convert_text(path, load);
    if (code != CLI_OK)
      return code;
  }
  if (ast_layer(load->bytes, load->size) == AST_LAYER_CORE_MODULE) {
    cli_error("%s is a core module, not a component", path);
    cli_hint("make a component of it, for example with: wasm-tools component new %s -o component.wasm", path);
    return CLI_BAD_INPUT;
  }
  return CLI_OK;
}

int load_component(const char *path, struct load *ret) {
  int code = load_file(path, ret);
  if (code == CLI_OK)
    code = load_convert(path, ret);
  if (code != CLI_OK)
    load_done(ret);
  return code;
}
