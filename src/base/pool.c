/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Slabs cut into items. An item is on the free list or with a user, never both; its address never changes. The link of
 * a free item lies in the item itself, which is poisoned except in the moment of taking or giving.
 */
#include "base/pool.h"

#include <stdbool.h>

#include "base/mem.h"
#include "base/poison.h"

enum { POOL_ALIGN = 16 };

struct pool_slab {
  struct pool_slab *next;
  void *unused; /* keeps the items behind at a multiple of 16 */
};

_Static_assert(sizeof(struct pool_slab) % POOL_ALIGN == 0, "items follow the slab's head");

void pool_init(struct pool *p, const struct weir_alloc *alloc, size_t item_size, uint32_t per_slab) {
  size_t least = item_size < sizeof(struct pool_item) ? sizeof(struct pool_item) : item_size;
  *p = (struct pool){.alloc = alloc, .per_slab = per_slab == 0 ? 1 : per_slab};
  p->item_size = least > SIZE_MAX - POOL_ALIGN ? SIZE_MAX : (least + POOL_ALIGN - 1) & ~(size_t)(POOL_ALIGN - 1);
}

/* Bytes of a slab; 0 on overflow. */
static size_t slab_size(const struct pool *p) {
  size_t bytes;
  if (__builtin_mul_overflow(p->item_size, (size_t)p->per_slab, &bytes) ||
      __builtin_add_overflow(bytes, sizeof(struct pool_slab), &bytes))
    return 0;
  return bytes;
}

void pool_done(struct pool *p) {
  struct pool_slab *slab = p->slabs;
  while (slab) {
    struct pool_slab *next = slab->next;
    UNPOISON(slab, slab_size(p));
    mem_free(p->alloc, slab, slab_size(p));
    slab = next;
  }
  p->slabs = NULL;
  p->free = NULL;
  p->live = 0;
}

static void item_release(struct pool *p, void *object) {
  struct pool_item *item = object;
  item->next = p->free;
  p->free = item;
  POISON(object, p->item_size);
}

/* A new slab, its items on the free list in order of address. False: out of memory. */
static bool slab_add(struct pool *p) {
  struct pool_slab *slab = mem_alloc(p->alloc, slab_size(p));
  if (!slab)
    return false;
  slab->next = p->slabs;
  p->slabs = slab;
  char *items = (char *)(slab + 1);
  for (uint32_t i = p->per_slab; i > 0; i--)
    item_release(p, items + (size_t)(i - 1) * p->item_size);
  return true;
}

void *pool_take(struct pool *p) {
  if (!p->free && !slab_add(p))
    return NULL;
  struct pool_item *item = p->free;
  UNPOISON(item, p->item_size);
  p->free = item->next;
  p->live++;
  return item;
}

void pool_give(struct pool *p, void *object) {
  if (!object)
    return;
  item_release(p, object);
  p->live--;
}
