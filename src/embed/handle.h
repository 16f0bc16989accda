/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Handles that tell whether they are still good: what embedders hold of calls and host calls. A handle is the address
 * of a cell with the cell's generation in the upper 16 bits; the cell leads to the object. Cells belong to the engine
 * and are never given back before it goes, so a stale handle can be asked about as long as the engine lives, even when
 * its store is gone. A cell is used again at once; the 65,536th use of it looks like the first.
 *
 * Taking and giving back are the store's owner's; asking is for any thread.
 */
#ifndef EMBED_HANDLE_H
#define EMBED_HANDLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "weir/alloc.h"

struct handle_cell {
  _Atomic(void *) object; /* NULL: free */
  atomic_uint generation;
  struct handle_cell *next; /* of the free ones */
};

struct handle_slab;

struct handle_home { /* an engine's: all cells, and those that no store keeps */
  const struct weir_alloc *alloc;
  pthread_mutex_t lock;
  struct handle_slab *slabs;
  struct handle_cell *free;
};

struct handle_pool { /* a store's */
  struct handle_home *home;
  struct handle_cell *free;
};

void handle_home_init(struct handle_home *h, const struct weir_alloc *alloc);
void handle_home_done(struct handle_home *h);

void handle_pool_init(struct handle_pool *p, struct handle_home *home);
void handle_pool_done(struct handle_pool *p);

/* A handle to `object`; NULL where memory is out. */
void *handle_take(struct handle_pool *p, void *object);
/* The handle is stale from now on. NULL is allowed. */
void handle_give(struct handle_pool *p, void *handle);

enum { HANDLE_SHIFT = 48, HANDLE_MASK = 0xffff };

static inline struct handle_cell *handle_cell_of(const void *handle) {
  return (struct handle_cell *)((uintptr_t)handle & (((uintptr_t)1 << HANDLE_SHIFT) - 1));
}

/* The object of a handle; NULL where it is stale, or NULL itself. */
static inline void *handle_object(const void *handle) {
  struct handle_cell *cell = handle_cell_of(handle);
  if (!cell)
    return NULL;
  unsigned generation = atomic_load_explicit(&cell->generation, memory_order_relaxed);
  if ((generation & HANDLE_MASK) != (uintptr_t)handle >> HANDLE_SHIFT)
    return NULL;
  return atomic_load_explicit(&cell->object, memory_order_relaxed);
}

#endif
