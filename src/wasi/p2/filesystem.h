/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the files of wasi:filesystem@0.2 share: error codes and types. The descriptors are those of 0.3's table. */
#ifndef WASI_P2_FILESYSTEM_H
#define WASI_P2_FILESYSTEM_H

#include <sys/types.h>

#include "wasi/filesystem/filesystem.h"
#include "wasi/wit.h"

/* `io` where there is no code for an errno. */
enum wasi_p2_filesystem_error_code wasi_p2_error_code(int error);

/* The type in a mode of stat(2). */
enum wasi_p2_filesystem_descriptor_type wasi_p2_kind_of_mode(mode_t mode);

#endif
