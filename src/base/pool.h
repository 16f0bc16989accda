/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A pool of objects of one size with stable addresses: slabs from the allocator, a LIFO free list. Taking and giving
 * back is a few instructions. Freed objects are poisoned under ASan. Memory goes back with pool_done().
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "weir/alloc.h"

struct pool_slab;
struct pool_item {
  struct pool_item *next;
};

struct pool {
  const struct weir_alloc *alloc;
  struct pool_slab *slabs;
  struct pool_item *free;
  size_t item_size; /* rounded up to 16 */
  uint32_t per_slab;
  uint32_t live; /* taken and not given back */
};

void pool_init(struct pool *p, const struct weir_alloc *alloc, size_t item_size, uint32_t per_slab);
void pool_done(struct pool *p);

/* An object with undefined content; NULL: out of memory. */
void *pool_take(struct pool *p);
void pool_give(struct pool *p, void *object);

#endif
