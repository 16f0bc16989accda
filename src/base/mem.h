/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Allocation. Everything goes through a `struct weir_alloc`; there is no global. The caller of mem_free() knows the
 * size. All sizes that come from a guest are multiplied with mem_array(), which refuses overflow.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

#include "weir/alloc.h"

/* The allocator on top of realloc() and free(). Immutable. */
extern const struct weir_alloc mem_system;

/* n bytes, uninitialised / zeroed. NULL: out of memory, or n == 0. */
void *mem_alloc(const struct weir_alloc *a, size_t n);
void *mem_zalloc(const struct weir_alloc *a, size_t n);

/* count * size bytes, zeroed; NULL on overflow too. */
void *mem_array(const struct weir_alloc *a, size_t count, size_t size);

/* Resizes; on failure returns NULL and the old block stays. */
void *mem_resize(const struct weir_alloc *a, void *block, size_t old_size, size_t new_size);

/* Releases; NULL is allowed. */
void mem_free(const struct weir_alloc *a, void *block, size_t size);

#endif
