/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Handles (handle.h): cells, the pools that stores keep of them, and the engine's home of all cells. */
#include "base/handle.h"

#include "base/mem.h"

_Static_assert(sizeof(uintptr_t) == 8, "generations are kept in the upper bits of 64-bit addresses");
_Static_assert(_Alignof(struct handle_cell) >= HANDLE_KINDS, "kinds are kept in the lower bits");

enum { PER_SLAB = 128, PER_VISIT = 16 };

struct handle_slab {
  struct handle_slab *next;
  struct handle_cell cells[PER_SLAB];
};

void handle_home_init(struct handle_home *h, const struct weir_alloc *alloc, const struct notice *notice) {
  h->alloc = alloc;
  h->notice = notice;
  pthread_mutex_init(&h->lock, NULL);
  h->slabs = NULL;
  h->free = NULL;
}

void handle_home_done(struct handle_home *h) {
  while (h->slabs) {
    struct handle_slab *slab = h->slabs;
    h->slabs = slab->next;
    mem_free(h->alloc, slab, sizeof(*slab));
  }
  pthread_mutex_destroy(&h->lock);
}

void handle_pool_init(struct handle_pool *p, struct handle_home *home, struct inbox *place) {
  p->home = home;
  p->place = place;
  p->free = p->last = NULL;
}

void handle_pool_done(struct handle_pool *p) {
  if (!p->free)
    return;
  pthread_mutex_lock(&p->home->lock);
  p->last->next = p->home->free;
  p->home->free = p->free;
  pthread_mutex_unlock(&p->home->lock);
  p->free = p->last = NULL;
}

static void home_grow(struct handle_home *h) {
  struct handle_slab *slab = mem_zalloc(h->alloc, sizeof(*slab));
  if (!slab)
    return;
  slab->next = h->slabs;
  h->slabs = slab;
  for (uint32_t i = 0; i < PER_SLAB; i++) {
    slab->cells[i].good = (uintptr_t)&slab->cells[i];
    slab->cells[i].next = h->free;
    slab->cells[i].home = h;
    h->free = &slab->cells[i];
  }
}

static void pool_add(struct handle_pool *p, struct handle_cell *cell) {
  cell->next = NULL;
  if (p->free)
    p->last->next = cell;
  else
    p->free = cell;
  p->last = cell;
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
    pool_add(p, cell);
  }
  pthread_mutex_unlock(&h->lock);
}

/* The cell's handle that comes after `handle`. */
static uintptr_t next_of(uintptr_t handle, enum handle_kind kind) {
  uintptr_t generation = (handle >> HANDLE_SHIFT) + 1;
  return (uintptr_t)handle_cell_of((void *)handle) | kind | generation << HANDLE_SHIFT;
}

void *handle_take(struct handle_pool *p, enum handle_kind kind, void *object) {
  if (!p->free)
    pool_fill(p);
  struct handle_cell *cell = p->free;
  if (!cell)
    return NULL;
  p->free = cell->next;
  uintptr_t handle = atomic_load_explicit(&cell->good, memory_order_relaxed) | kind;
  atomic_store_explicit(&cell->object, object, memory_order_relaxed);
  atomic_store_explicit(&cell->place, p->place, memory_order_relaxed);
  atomic_store_explicit(&cell->good, handle, memory_order_release);
  return (void *)handle;
}

void handle_give(struct handle_pool *p, void *handle) {
  if (!handle)
    return;
  struct handle_cell *cell = handle_cell_of(handle);
  atomic_store_explicit(&cell->good, next_of((uintptr_t)handle, HANDLE_NONE), memory_order_relaxed);
  atomic_store_explicit(&cell->object, NULL, memory_order_relaxed);
  pool_add(p, cell);
}

void *handle_renew(void *handle) {
  uintptr_t next = next_of((uintptr_t)handle, handle_kind_of(handle));
  atomic_store_explicit(&handle_cell_of(handle)->good, next, memory_order_release);
  return (void *)next;
}
