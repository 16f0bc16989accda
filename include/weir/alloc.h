/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * The allocator that an engine and everything made from it uses.
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
 * One function does it all. `reallocate(ctx, NULL, 0, n)` allocates, `reallocate(ctx, p, old, n)` resizes and
 * `reallocate(ctx, p, old, 0)` frees and returns NULL. `old` is always the size that was asked for before. Blocks are
 * aligned for any object. It may be called from every thread that uses the engine, and must not call weir back. Begin
 * with WEIR_ALLOC_INIT.
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
