/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Writing on the loop's thread. Where the kernel can say that a write would block (RWF_NOWAIT), the kernel is asked.
 * Some file systems of local disks cannot say so, ext4 above all, and there a write fills memory for as long as the
 * disk keeps up. So one write goes beside the loop and is timed. Where it was quick the next ones are made at once: for
 * some time and some bytes, and until one is not quick.
 *
 * A write that has to read first is never made at once: to a part of a page that is not in memory. Nor is one to a file
 * whose writes wait for the disk, or to another machine's file system.
 *
 * What remains: where a disk stops answering within that time, one write may hold the loop until it answers.
 */
#ifndef WASI_FILESYSTEM_PACE_H
#define WASI_FILESYSTEM_PACE_H

#include "wasi/filesystem/file.h"

/* What is known of the file system that was written to last. All zero: nothing. For the loop's thread. */
struct wasi_pace {
  bool known;
  dev_t device;
  bool says; /* the kernel says what would block */
  bool local;
  uint64_t until;          /* of the clock: writes are made at once */
  uint64_t bytes;          /* so many more */
  uint64_t changes;        /* counts what may have changed files: a write at once, a round of the loop */
  uint64_t (*clock)(void); /* nanoseconds; NULL: uv_hrtime() */
};

/* As wasi_file_write() that must not block: -EAGAIN, and nothing is written, where the write is for another thread. */
ssize_t wasi_pace_write(struct wasi_pace *pace, struct wasi_file *file, const void *bytes, size_t size,
                        uint64_t offset);

/* A write beside the loop has ended: it took so long, and the file is written up to `end` (WASI_FILE_END: unknown). */
void wasi_pace_tell(struct wasi_pace *pace, struct wasi_file *file, uint64_t nanoseconds, uint64_t end);

#endif
