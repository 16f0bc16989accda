/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Handles that tell whether they are still good. Embedders hold them in place of stores and of the objects in stores. A
 * handle is the address of a cell, with a kind in the bits that alignment leaves free and the cell's generation in the
 * upper 16; the cell leads to the object. Cells belong to the engine and live as long as the engine does, so a stale
 * handle can be asked about even when its store is gone. Free cells are used again in turn; the 65,536th use of one for
 * the same kind looks like the first. A handle of one kind never looks like one of another.
 *
 * Only the store's owner takes, renews and gives back handles; any thread and any signal handler may look them up.
 * Other threads than the owner must not look into an object, because its owner may free the object at any moment. They
 * ask for the handle's place, the store's inbox, which lives as long as the cells; and they ask for things to be done
 * to the object (handle_ask.c).
 */
#ifndef BASE_HANDLE_H
#define BASE_HANDLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/inbox.h"
#include "base/notice.h"
#include "weir/alloc.h"
#include "weir/error.h"

enum handle_kind { /* HANDLE_NONE is that of NULL and of stale handles */
                   HANDLE_NONE,
                   HANDLE_STORE,
                   HANDLE_INSTANCE,
                   HANDLE_CALL,
                   HANDLE_HOST_CALL,
                   HANDLE_RESOURCE,
                   HANDLE_END,
};

/* What any thread may ask for. Each runs on the owner's thread, and only if the handle is still good. */
struct handle_ops {
  void (*cancel)(void *object); /* NULL: there is nothing to cancel */
  void (*end)(void *object);    /* the holder of the handle lets go of it */
};

/* What a handle of a call, a resource or an end leads to begins with this. */
struct handled {
  const struct handle_ops *ops;
};

enum handle_wish { HANDLE_CANCEL = 1, HANDLE_LET_GO = 2 };

struct handle_cell {
  atomic_uintptr_t good; /* the one handle that leads to `object`; of kind HANDLE_NONE while the cell is free */
  _Atomic(void *) object;
  _Atomic(struct inbox *) place;
  struct handle_cell *next; /* of the free ones */
  /* What other threads have asked for, and of which handle. 0: nothing; else `mail` is on its way, and is nobody's. */
  atomic_uintptr_t asked;
  struct mail mail;
  const struct handle_home *home;
};

struct handle_slab;

struct handle_home { /* an engine's: all cells, and those that no store keeps */
  const struct weir_alloc *alloc;
  const struct notice *notice; /* NULL: nobody is told why a handle is refused */
  pthread_mutex_t lock;
  struct handle_slab *slabs;
  struct handle_cell *free;
};

struct handle_pool { /* a store's */
  struct handle_home *home;
  struct inbox *place;
  struct handle_cell *free, *last;
};

void handle_home_init(struct handle_home *h, const struct weir_alloc *alloc, const struct notice *notice);
void handle_home_done(struct handle_home *h);

/* `place` is that of all its handles; NULL: no other thread ever has one. */
void handle_pool_init(struct handle_pool *p, struct handle_home *home, struct inbox *place);
void handle_pool_done(struct handle_pool *p);

/* A handle to `object`; NULL where memory is out. */
void *handle_take(struct handle_pool *p, enum handle_kind kind, void *object);
/* Makes a good handle stale. NULL is allowed. */
void handle_give(struct handle_pool *p, void *handle);
/* The same, but the object gets another handle at once: every copy of the old handle is stale. */
void *handle_renew(void *handle);

/*
 * Wishes `wish` for the object of a handle: at once where the calling thread owns it, else in the owner's next step.
 * false: the handle is stale, or of another kind, or its holder has let go before. Any thread. Allocates nothing.
 */
bool handle_ask(void *handle, enum handle_kind kind, enum handle_wish wish);

/*
 * WEIR_ERR_MISUSE. The engine's notice tells that `function` refused the handle: because the handle is stale, or
 * another thread's, or else for `reason`. Of NULL, and of what never was a handle of the kind, nobody is told.
 */
weir_status handle_refuse(const void *handle, enum handle_kind kind, const char *function, const char *reason);

enum { HANDLE_SHIFT = 48, HANDLE_KINDS = 8 };

static inline struct handle_cell *handle_cell_of(const void *handle) {
  return (struct handle_cell *)((uintptr_t)handle & (((uintptr_t)1 << HANDLE_SHIFT) - HANDLE_KINDS));
}

static inline enum handle_kind handle_kind_of(const void *handle) {
  return (enum handle_kind)((uintptr_t)handle % HANDLE_KINDS);
}

/* The object of a handle; NULL: the handle is stale, of another kind, or NULL. */
static inline void *handle_object(const void *handle, enum handle_kind kind) {
  if (handle_kind_of(handle) != kind)
    return NULL;
  struct handle_cell *cell = handle_cell_of(handle);
  if (atomic_load_explicit(&cell->good, memory_order_relaxed) != (uintptr_t)handle)
    return NULL;
  return atomic_load_explicit(&cell->object, memory_order_relaxed);
}

/*
 * The place of a handle; NULL as above. The handle may become stale, and the place be another one's, at the same time.
 */
static inline struct inbox *handle_place(const void *handle, enum handle_kind kind) {
  if (handle_kind_of(handle) != kind)
    return NULL;
  struct handle_cell *cell = handle_cell_of(handle);
  if (atomic_load_explicit(&cell->good, memory_order_acquire) != (uintptr_t)handle)
    return NULL;
  return atomic_load_explicit(&cell->place, memory_order_relaxed);
}

/* The object of a handle, if the calling thread may use it; NULL also where the handle is another thread's. */
static inline void *handle_usable(const void *handle, enum handle_kind kind) {
  const struct inbox *place = handle_place(handle, kind);
  return place && inbox_is_usable(place) ? handle_object(handle, kind) : NULL;
}

#endif
