/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * The allocator of an engine, and of what is made from the engine: components, linkers, stores and all that is in them.
 *
 * Not of what goes beyond an engine: the C library's malloc() gives the memory that values own (weir/value.h), texts,
 * bytes and errors that weir returns, completions, interceptors, records, what waits for a store's next step, and the
 * code generator's own. A program that wants its allocator there too replaces malloc() for the whole process; weir has
 * no other hook for that.
 *
 * Stable ring.
 */
#ifndef WEIR_ALLOC_H
#define WEIR_ALLOC_H

#include <stddef.h>

#include "weir/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * One function does all. `reallocate(ctx, NULL, 0, n)` allocates, `reallocate(ctx, p, old, n)` resizes and
 * `reallocate(ctx, p, old, 0)` frees and returns NULL. `old` is always the size that was asked for before. Blocks are
 * aligned for any object. NULL: there is no memory, and the block is as it was; what was asked for fails with
 * WEIR_ERR_NOMEM. Every thread that uses the engine may call the function, several at a time. The function must not
 * call weir. `ctx` must be good as long as the engine and all holds of the engine are. Begin with WEIR_ALLOC_INIT.
 */
typedef struct weir_alloc {
  size_t size; /**< sizeof(weir_alloc): weir/api.h. */
  void *(*reallocate)(void *ctx, void *block, size_t old_size, size_t new_size);
  void *ctx;
} weir_alloc;
#define WEIR_ALLOC_INIT WEIR_INIT(weir_alloc)

#ifdef __cplusplus
}
#endif
#endif
