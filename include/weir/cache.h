/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * A cache of compiled code, in memory and, if the program names a directory, on disk. Processes may share a directory.
 * Trouble with the disk fails no request: the cache then compiles the component.
 *
 * Threads: any, also many at once, but weir_cache_free(). No function of this header calls a guest or a callback.
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

/** Settings of a cache. Begin with WEIR_CACHE_CONFIG_INIT; zero means the default in every member. */
typedef struct weir_cache_config {
  size_t size;           /**< sizeof(weir_cache_config): weir/api.h. */
  uint64_t memory_bytes; /**< Most bytes of code in memory, as weir_code_size() counts; 0: 256 MiB. */
  /**
   * The directory for compiled code; NULL: none. The cache makes a missing directory, and the folders above, with mode
   * 0700. The files there are run as machine code. So the cache uses no directory, folder or file that another user
   * owns (but root may), or that the group or others may write to.
   */
  const char *directory;
  uint64_t disk_bytes; /**< Most bytes of the files in the directory; 0: 1 GiB. */
} weir_cache_config;
#define WEIR_CACHE_CONFIG_INIT WEIR_INIT(weir_cache_config)

/** What has happened since the cache was made. Members are only added, at the end. */
typedef struct weir_cache_stats {
  uint64_t memory_hits;    /**< Requests answered from memory, or by the compilation of another thread. */
  uint64_t disk_hits;      /**< Requests answered from disk. */
  uint64_t compiled;       /**< Requests that compiled, also in vain. */
  uint64_t failed;         /**< Requests that failed. */
  uint64_t memory_evicted; /**< Codes that left memory for the limit. */
  uint64_t disk_evicted;   /**< Files that were removed for the limit. */
  uint64_t disk_damaged;   /**< Files that were damaged or unfit, and were removed. */
  uint64_t disk_written;   /**< Files that were written. */
  uint64_t disk_unwritten; /**< Files that could not be written, or exceed the limit. */
  uint64_t memory_bytes;   /**< Bytes of code in memory now. */
  uint64_t memory_entries; /**< Codes in memory now. */
  bool disk;               /**< Whether the cache uses a directory. */
} weir_cache_stats;

/**
 * Makes a cache for components of `engine`. `config` may be NULL. A directory that the cache cannot use is no failure:
 * weir_cache_stats.disk tells. The caller owns the result (weir_cache_free()), which keeps the engine.
 * WEIR_ERR_NOMEM. WEIR_ERR_MISUSE: settings of a later version (weir/api.h).
 */
WEIR_API weir_status weir_cache_new(weir_engine *engine, const weir_cache_config *config, weir_cache **ret,
                                    weir_error **ret_error);

/** Frees a cache. No thread may be using it. NULL is allowed. The components of the cache live on. */
WEIR_API void weir_cache_free(weir_cache *cache);

/**
 * Does what weir_component_new() does, and looks in the cache first. If many threads ask for the same bytes at once,
 * one of them compiles and the others block until it has. If that fails, all of them get the failure, and the next
 * request tries again. The caller owns the result. Fails as weir_component_new().
 */
WEIR_API weir_status weir_cache_load(weir_cache *cache, const void *bytes, size_t size, weir_component **ret,
                                     weir_error **ret_error);

/**
 * Copies the counters of this moment into `*ret`. `size` is sizeof(weir_cache_stats): the function writes no more
 * bytes, and zero into members that this version does not know.
 */
WEIR_API void weir_cache_get_stats(weir_cache *cache, weir_cache_stats *ret, size_t size);

#ifdef __cplusplus
}
#endif
#endif
