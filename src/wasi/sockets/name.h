/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Names that guests have looked up. */
#ifndef WASI_SOCKETS_NAME_H
#define WASI_SOCKETS_NAME_H

#include "wasi/host/value.h"

enum { WASI_NAME_MAX = 255 };

/* Copies a name, terminated, and without the brackets of an address in a URL. 0, or -EINVAL. */
int wasi_name_read(struct wasi_text name, char ret[WASI_NAME_MAX + 1]);

#endif
