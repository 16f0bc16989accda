/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Bytes between a file and memory, one piece at a time: at once what is in memory, the rest by a job beside the loop,
 * which has a buffer of its own. While a job runs it owns the struct as much as whoever has made it; who is left last
 * frees the struct.
 */
#ifndef WASI_P2_TRANSFER_H
#define WASI_P2_TRANSFER_H

#include "wasi/filesystem/ahead.h"
#include "wasi/filesystem/filesystem.h"
#include "wasi/host/event.h"

struct wasi_p2_transfer {
  struct wasi_filesystem *files;
  struct wasi_file *file; /* held */
  uint64_t offset;        /* of the next piece; WASI_FILE_END: appends */
  bool writes;
  struct wasi_ahead ahead; /* of what reads */
  bool running, orphan;    /* a job runs; nobody else has this any more */
  uint8_t *buffer;         /* of the job */
  size_t room, taken;      /* of the buffer; of what was read */
  ssize_t outcome;         /* of a job that has ended, until it is taken; -EAGAIN: none */
  uint64_t duration;       /* of the job, in nanoseconds */
  struct wasi_job job;
  struct wasi_event *event; /* to be told when a job has ended; may be NULL */
};

/* From or to a descriptor. NULL: there is no such descriptor, or memory is out. */
struct wasi_p2_transfer *wasi_p2_transfer_new(struct wasi_filesystem *files, uint64_t descriptor, uint64_t offset,
                                              bool writes);
/* `of` is a transfer: sinks and sources close with this. */
void wasi_p2_transfer_free(void *of);
/* A count, 0 at the end, -EAGAIN while a job runs, or the negative of another errno. */
ssize_t wasi_p2_transfer(struct wasi_p2_transfer *t, uint8_t *bytes, size_t size);

#endif
