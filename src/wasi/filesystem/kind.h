/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a file is, as wasi:filesystem@0.3.0 says it. */
#ifndef WASI_FILESYSTEM_KIND_H
#define WASI_FILESYSTEM_KIND_H

#include <sys/types.h>

#include "wasi/wit.h"

/* The type in a mode of stat(2). */
struct wasi_filesystem_descriptor_type wasi_kind_of_mode(mode_t mode);

#endif
