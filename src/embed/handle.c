/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See handle.h. */
#include "embed/handle.h"

#include "base/mem.h"

_Static_assert(sizeof(uintptr_t) == 8, "generations are kept in the upper bits of 64-bit addresses");

enum { PER_SLAB = 128, PER_VISIT = 32 };

struct handle_slab {
  struct handle_slab *next;
  struct handle_cell cells[PER_SLAB];
};

void handle_home_init(struct handle_home *h, const struct weir_alloc *alloc) {
  h->alloc = alloc;
  pthread_mutex_init(&h->lock, NULL);
  h->slabs = NULL;
  h->free = NULL;
}

void handle_home_done(struct handle_home *h) {
  while (h->slabs) {
    struct handle_slab *slab = h->slabs;
    h->slabs = slab->next;
    mem_free(h->alloc, slab, sizeof *slab);
  }
  pthread_mutex_destroy(&h->lock);
}

void handle_pool_init(struct handle_pool *p, struct handle_home *home) {
  p->home = home;
  p->free = NULL;
}

void handle_pool_done(struct handle_pool *p) {
  struct handle_cell *last = p->free;
  if (!last)
    return;
  while (last->next)
    last = last->next;
  pthread_mutex_lock(&p->home->lock);
  last->next = p->home->free;
  p->home->free = p->free;
  pthread_mutex_unlock(&p->home->lock);
  p->free = NULL;
}

static void home_grow(struct handle_home *h) {
  struct handle_slab *slab = mem_zalloc(h->alloc, sizeof *slab);
  if (!slab)
    return;
  slab->next = h->slabs;
  h->slabs = slab;
  for (uint32_t i = 0; i < PER_SLAB; i++) {
    slab->cells[i].next = h->free;
    h->free = &slab->cells[i];
  }
}

/* A store asks rarely, for several at once: the lock is the only thing that stores share here. */
static void pool_fill(struct handle_pool *p) {
  struct handle_home *h = p->home;
  pthread_mutex_lock(&h->lock);
  if (!h->free)
    home_grow(h);
  for (uint32_t i = 0; i < PER_VISIT && h->free; i++) {
    struct handle_cell *cell = h->free;
    h->free = cell->next;
    cell->next = p->free;
    p->free = cell;
  }
  pthread_mutex_unlock(&h->lock);
}

void *handle_take(struct handle_pool *p, void *object) {
  if (!p->free)
    pool_fill(p);
  struct handle_cell *cell = p->free;
  if (!cell)
    return NULL;
  p->free = cell->next;
  atomic_store_explicit(&cell->object, object, memory_order_relaxed);
  uintptr_t generation = atomic_load_explicit(&cell->generation, memory_order_relaxed) & HANDLE_MASK;
  return (void *)((uintptr_t)cell | generation << HANDLE_SHIFT);
}

void handle_give(struct handle_pool *p, void *handle) {
  struct handle_cell *cell = handle_cell_of(handle);
  if (!cell)
    return;
  atomic_store_explicit(&cell->object, NULL, memory_order_relaxed);
  atomic_fetch_add_explicit(&cell->generation, 1, memory_order_relaxed);
  cell->next = p->free;
  p->free = cell;
}
