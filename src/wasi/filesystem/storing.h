/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The storing side of a sink: bytes to a file, in order, from one place on or at the end. At once where that cannot
 * hold the loop (pace.h), else a buffer at a time beside the loop; or from another file, which the kernel copies.
 */
#ifndef WASI_FILESYSTEM_STORING_H
#define WASI_FILESYSTEM_STORING_H

#include "wasi/filesystem/buffer.h"
#include "wasi/filesystem/pace.h"
#include "wasi/filesystem/pool.h"

struct wasi_storing {
  struct wasi_file *file;
  uint64_t offset; /* of what is stored next; WASI_FILE_END: append */
  struct wasi_pace *pace;
  struct wasi_buffer buffer; /* the job's */
  struct wasi_file *from;    /* instead: the job copies from this file, held */
  uint64_t from_offset;
  bool running;
  int outcome;   /* of the job: 0 or an errno */
  size_t copied; /* bytes that the job has copied from a file */
  uint64_t duration;
  struct wasi_job job;
  void (*done)(struct wasi_storing *storing); /* the job has ended */
};

/* Stores what can be stored now: a count, which may be 0, and maybe an errno. No job runs. */
size_t wasi_storing_now(struct wasi_storing *storing, const void *bytes, size_t size, int *ret_error);

/* Begins to store a buffer, which is empty afterwards. */
void wasi_storing_start(struct wasi_storing *storing, struct wasi_pool *pool, struct wasi_buffer *take_buffer);

/* Begins to copy a piece of another file. What fails leaves `copied` smaller, and has to be done in another way. */
void wasi_storing_copy(struct wasi_storing *storing, struct wasi_pool *pool, struct wasi_file *from, uint64_t offset);

#endif
