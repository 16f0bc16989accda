/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi_path_open() for kernels without openat2(): each component is opened without following links, and links are read
 * and resolved here, at most 40 for a path. So a link that somebody makes during the walk is either not seen or read.
 */
#ifndef WASI_FILESYSTEM_WALK_H
#define WASI_FILESYSTEM_WALK_H

#include <sys/types.h>

/* Flags as open(2), with O_CLOEXEC; a descriptor or the negative of an errno (also WASI_OUTSIDE). May block. */
int wasi_walk_open(int base, const char *path, int flags, mode_t mode);

#endif
