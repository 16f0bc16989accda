/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * A cache of compiled code, in memory and, where a directory is named, on disk. May be used from every thread; its
 * directory may be shared between processes. Trouble with the disk never fails a request: the component is compiled.
 *
 * Stable ring.
 */
#ifndef WEIR_CACHE_H
#define WEIR_CACHE_H

#include "weir/component.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_cache weir_cache;

/** Settings. Begin with WEIR_CACHE_CONFIG_INIT; zero means the default everywhere. */
typedef struct weir_cache_config {
  size_t size;           /**< sizeof(weir_cache_config): weir/api.h. */
  uint64_t memory_bytes; /**< Bound of the code kept in memory, as weir_code_size() counts; 0: 256 MiB. */
  /**
   * Where compiled code is kept on disk; NULL: nowhere. Made if it is missing, with the folders above it, all of
   * mode 0700. What lies there is run as machine code, so a directory that another user owns (root excepted), or that
   * group or others may write to, is not used, nor is such a folder or file in it.
   */
  const char *directory;
  uint64_t disk_bytes; /**< Bound of the files in it; 0: 1 GiB. */
} weir_cache_config;
#define WEIR_CACHE_CONFIG_INIT WEIR_INIT(weir_cache_config)

/** What has happened since the cache was made. */
typedef struct weir_cache_stats {
  uint64_t memory_hits;    /**< Answered from memory, waiting for another thread's compilation included. */
  uint64_t disk_hits;      /**< Read from disk. */
  uint64_t compiled;       /**< Compiled: neither here nor there. Failures included. */
  uint64_t failed;         /**< Requests that failed. */
  uint64_t memory_evicted; /**< Let go of to keep to the bound. */
  uint64_t disk_evicted;   /**< Files removed to keep to the bound. */
  uint64_t disk_damaged;   /**< Files found damaged or unfit; they were removed and the component compiled. */
  uint64_t disk_written;   /**< Files written. */
  uint64_t disk_unwritten; /**< Files that could not be written, or are larger than the bound. */
  uint64_t memory_bytes;   /**< In memory now. */
  uint64_t memory_entries; /**< The number of them. */
  bool disk;               /**< Whether there is a directory and it is used. */
} weir_cache_stats;

/**
 * Makes a cache for components of `engine`. `config` may be NULL. A directory that cannot be used is no failure: see
 * weir_cache_stats.disk. WEIR_ERR_NOMEM; WEIR_ERR_MISUSE. The caller owns the result.
 */
WEIR_API weir_status weir_cache_new(weir_engine *engine, const weir_cache_config *config, weir_cache **ret,
                                    weir_error **ret_error);

/** Releases a cache that no thread uses any more. NULL is allowed. Components live on. */
WEIR_API void weir_cache_free(weir_cache *cache);

/**
 * weir_component_new() through the cache. However many threads ask for the same bytes at once, one compiles and the
 * others wait for it; where it fails, all of them get its failure, and the next one tries again.
 * The statuses of weir_component_new(). The caller owns the result.
 */
WEIR_API weir_status weir_cache_load(weir_cache *cache, const void *bytes, size_t size, weir_component **ret,
                                     weir_error **ret_error);

/**
 * The counters, as of now. `size` is sizeof(weir_cache_stats): no more is written, and members that this version does
 * not know are zero.
 */
WEIR_API void weir_cache_get_stats(weir_cache *cache, weir_cache_stats *ret, size_t size);

#ifdef __cplusplus
}
#endif
#endif
