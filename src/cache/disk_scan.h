/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The files in a cache directory, and the choice of those that go to make room. */
#ifndef CACHE_DISK_SCAN_H
#define CACHE_DISK_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "weir/alloc.h"

enum {
  DISK_HEX = 64,
  DISK_TAG = 16,      /* digits that tell unfinished files of one key apart */
  DISK_NAME = 3 + 96, /* "ab/<key>.cwasm" or "ab/<key>.<tag>.tmp", terminated */
};

/* Whether only this user can have put this folder or file there: its contents will be run. */
bool disk_is_private(int fd);

/* A folder in the cache's directory, if it is private; -1: there is none. */
int disk_open_folder(int directory, const char *name);

/*
 * Removes unfinished files whose writer has died, and then, oldest first, files until no more than `bound` bytes are
 * left. Adds the number of evicted files to *ret_evicted. false: there is not that much room, or out of memory. On a
 * file system without locks a writer is taken for dead after `stale` seconds.
 */
bool disk_scan_evict(const struct weir_alloc *alloc, int directory, uint64_t bound, int64_t stale,
                     uint64_t *ret_evicted);

#endif
