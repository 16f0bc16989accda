/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See error.h. */
#include "wasi/filesystem/error.h"

#include <errno.h>
#include <string.h>

#include "base/libc.h"
#include "wasi/filesystem/grant.h"

static enum wasi_filesystem_error_code_tag tag_of(int error) {
  switch (error) {
#define ERROR(number, CODE) \
  case number:              \
    return WASI_FILESYSTEM_ERROR_CODE_##CODE;
#include "wasi/filesystem/error.def"
    default:
      return WASI_FILESYSTEM_ERROR_CODE_OTHER;
  }
}

struct wasi_filesystem_error_code wasi_error_code(int error) {
  struct wasi_filesystem_error_code code = {.tag = tag_of(error)};
  const char *words = libc_error_words(error);
  if (code.tag == WASI_FILESYSTEM_ERROR_CODE_OTHER && words)
    code.of.other = (struct wasi_option_text){.some = true, .value = {words, strlen(words)}};
  return code;
}

uint32_t wasi_error_number(int error) {
  enum wasi_filesystem_error_code_tag tag = tag_of(error);
  return tag == WASI_FILESYSTEM_ERROR_CODE_OTHER ? WASI_FILESYSTEM_ERROR_CODE_IO : tag;
}
