/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See name.h. */
#include "wasi/sockets/name.h"

#include <errno.h>
#include <string.h>

int wasi_name_read(struct wasi_text name, char ret[WASI_NAME_MAX + 1]) {
  if (name.size == 0 || name.size > WASI_NAME_MAX || memchr(name.data, '\0', name.size))
    return -EINVAL;
  memcpy(ret, name.data, name.size);
  ret[name.size] = '\0';
  size_t size = name.size;
  if (ret[0] == '[' && ret[size - 1] == ']') { /* as in a URL */
    memmove(ret, ret + 1, size - 2);
    ret[size - 2] = '\0';
  }
  return 0;
}
