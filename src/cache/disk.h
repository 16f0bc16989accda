/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The cache on disk: files of bytes under 32-byte keys, <directory>/<two digits>/<key>.cwasm, bounded by the sum of
 * their sizes, least recently used (oldest mtime) out first.
 *
 * A file appears under its name whole or not at all: it is written under another name, flushed and renamed. So readers
 * take no lock, processes need to know nothing of each other, and a crash leaves at most a file that nobody asks for; a
 * later write removes that file. The caller finds out whether the bytes are good. Trouble is never an error here: an
 * unreadable file counts as absent, and a failed write is counted.
 *
 * Only files with names of this form are looked at or removed. The lock is for the writers of one process.
 */
#ifndef CACHE_DISK_H
#define CACHE_DISK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/sha256.h"
#include "weir/alloc.h"

enum { DISK_KEY = SHA256_SIZE, DISK_STALE = 600 /* seconds: see disk_scan_evict() */ };

struct disk_stats {
  uint64_t written, unwritten, evicted;
};

struct disk {
  const struct weir_alloc *alloc;
  int directory; /* descriptor */
  uint64_t bound;
  pthread_mutex_t lock;
  struct disk_stats stats;
};

/* false: the directory cannot be made, or is open to others. Nothing is left to be released then. */
bool disk_init(struct disk *disk, const struct weir_alloc *alloc, const char *directory, uint64_t bound);
void disk_done(struct disk *disk);

/* The bytes under a key, for mem_free(); the entry counts as used now. false: there is none, or out of memory. */
bool disk_read(struct disk *disk, const uint8_t key[DISK_KEY], uint8_t **ret, size_t *ret_size);
/* Removes other entries until there is room, then puts bytes under a key. */
void disk_write(struct disk *disk, const uint8_t key[DISK_KEY], const uint8_t *bytes, size_t size);
void disk_remove(struct disk *disk, const uint8_t key[DISK_KEY]);

struct disk_stats disk_get_stats(struct disk *disk);

#endif
