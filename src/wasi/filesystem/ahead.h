/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reading ahead for those who read a file little by little, from its one place to the next: so most reads are no call
 * of the system. What was read ahead is good only while nothing can have changed the file: while neither a guest has
 * written to any, nor the loop was run, so that whatever a guest knows of the file was true when the bytes were read.
 */
#ifndef WASI_FILESYSTEM_AHEAD_H
#define WASI_FILESYSTEM_AHEAD_H

#include "wasi/filesystem/buffer.h"
#include "wasi/filesystem/pace.h"

struct wasi_ahead {
  struct wasi_buffer buffer;
  uint64_t offset;  /* of the first byte in it */
  uint64_t changes; /* pace.changes, when they were read */
  uint64_t next;    /* where the last read has ended, and was little; 0: it was not */
};

/* What reading has to do with. */
struct wasi_ahead_of {
  const struct weir_alloc *alloc;
  struct wasi_budget *bytes;
  const struct wasi_pace *pace;
  const struct wasi_file *file;
};

/* As wasi_file_read() that must not block. `ahead` is zeroed at first. */
ssize_t wasi_ahead_read(struct wasi_ahead *ahead, const struct wasi_ahead_of *of, void *buffer, size_t size,
                        uint64_t offset);
void wasi_ahead_done(struct wasi_ahead *ahead, const struct wasi_ahead_of *of);

#endif
