/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The cache in memory: values under 32-byte keys, bounded by their sizes, least recently used out first, and single
 * flight: while one thread makes the value of a key, all others that want it wait. The shelf does not know what the
 * values are.
 *
 * Invariant: nobody holds the lock while a value is made or released, and an entry lives until the table and every
 * waiting thread have let go of it.
 */
#ifndef CACHE_SHELF_H
#define CACHE_SHELF_H

#include <pthread.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/list.h"
#include "weir/alloc.h"

enum { SHELF_KEY = 32 };

struct shelf_ops {
  /* Makes the value for a request, with one hold for the shelf, and tells its size. */
  weir_status (*make)(void *request, void **ret, uint64_t *ret_size, struct diag *d);
  void (*hold)(void *value);
  void (*release)(void *value);
};

struct shelf_stats {
  uint64_t hits, failed, evicted; /* requests answered without making; requests failed; values let go of */
  uint64_t bytes, entries;        /* kept now */
};

struct shelf_entry;

struct shelf {
  const struct weir_alloc *alloc;
  const struct shelf_ops *ops;
  uint64_t bound; /* of stats.bytes */
  pthread_mutex_t lock;
  struct shelf_entry **buckets;
  size_t bucket_count; /* a power of two */
  size_t in_table;     /* entries, those that are being made included */
  struct list recent;  /* ready ones, the last used first */
  struct shelf_stats stats;
};

weir_status shelf_init(struct shelf *s, const struct weir_alloc *alloc, const struct shelf_ops *ops, uint64_t bound);
/* Frees the shelf, which no thread uses any more. */
void shelf_done(struct shelf *s);

/*
 * The value of `key`, with a hold for the caller. A failure to make the value goes to all waiting threads, and is not
 * kept.
 */
weir_status shelf_get(struct shelf *s, const uint8_t key[SHELF_KEY], void *request, void **ret, struct diag *d);

struct shelf_stats shelf_get_stats(struct shelf *s);

#endif
