/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Names that were found in memory a moment ago: to ask for the attributes of such a one does not read from a disk, most
 * likely, so the question needs no call that says whether it would. A name is one component, below a directory.
 */
#ifndef WASI_FILESYSTEM_RECENT_H
#define WASI_FILESYSTEM_RECENT_H

#include <stdbool.h>
#include <stdint.h>

#include "wasi/filesystem/file.h"

enum { WASI_RECENT_NAMES = 4096, WASI_RECENT_MS = 1000 };

struct wasi_recent_name {
  uint64_t name, at; /* a hash, 0: none; milliseconds */
};

/* All zero: none, with the system's allocator. For the loop's thread. */
struct wasi_recent {
  const struct weir_alloc *alloc;
  uint64_t now; /* milliseconds of the loop */
  bool known, local;
  dev_t device;                   /* which is known to be local, or not: another machine's is asked each time */
  struct wasi_recent_name *names; /* WASI_RECENT_NAMES, each at one of two places; NULL: not needed yet */
};

/* Whether `path` is one component that names an entry: neither `.` nor `..`, and without a slash. */
bool wasi_recent_is_name(const char *path);
bool wasi_recent_has(const struct wasi_recent *recent, const struct wasi_file *directory, const char *name);
/* Nothing is kept of another machine's file system. */
void wasi_recent_add(struct wasi_recent *recent, const struct wasi_file *directory, const char *name);

void wasi_recent_done(struct wasi_recent *recent);

#endif
