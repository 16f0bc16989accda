/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Resources of WASI, of both versions: what the handles of guests stand for, by number. Numbers are given in the order
 * of what guests do, so that a record and its replay have the same ones.
 *
 * An object is counted: its handle holds it, and so does whoever uses it beyond one call (a pollable of it, a call that
 * waits for it). A handle goes when the guest drops it, or with its store.
 */
#ifndef WASI_HOST_OBJECT_H
#define WASI_HOST_OBJECT_H

#include "base/vec.h"
#include "wasi/host/guard.h"

struct wasi_object;

struct wasi_object_type {
  void (*free)(struct wasi_object *object); /* releases all, the object too; it is in no list any more */
};

struct wasi_object {
  const struct wasi_object_type *type;
  struct wasi_objects *objects;
  unsigned holders;
  uint64_t number; /* of its handle; 0: it has none (any more) */
  struct wasi_guard_mark mark;
  struct list all;
};

/* A number that leads to an object, or (NULL) is free, and then leads to the next free one. */
struct wasi_object_slot {
  struct wasi_object *object;
  uint32_t next_free;
};

struct wasi_objects {
  const struct weir_alloc *alloc;
  struct wasi_guards *guards;
  VEC(struct wasi_object_slot) slots; /* by number; the first is none */
  uint32_t first_free;                /* 0: none */
  struct list all;                    /* wasi_object.all, with handle or without */
};

void wasi_objects_init(struct wasi_objects *objects, const struct weir_alloc *alloc, struct wasi_guards *guards);
/* Frees all that is left (its stores are gone). */
void wasi_objects_done(struct wasi_objects *objects);

/*
 * Gives a zeroed object its handle in a store, with its only hold. On failure the object is as it was, and the caller
 * frees its memory. WEIR_ERR_NOMEM.
 */
weir_status wasi_object_init(struct wasi_objects *objects, const struct wasi_object_type *type, weir_store *store,
                             struct wasi_object *object);

/* The same without a handle: for what others hold. Cannot fail. */
void wasi_object_init_bare(struct wasi_objects *objects, const struct wasi_object_type *type,
                           struct wasi_object *object);

/* What a number leads to; NULL where that is nothing of the type. */
struct wasi_object *wasi_object_get(const struct wasi_objects *objects, const struct wasi_object_type *type,
                                    uint64_t number);

void wasi_object_hold(struct wasi_object *object);
/* Frees it with the last hold. NULL is allowed. */
void wasi_object_release(struct wasi_object *object);
/* The guest has dropped its handle. */
void wasi_object_drop(struct wasi_objects *objects, uint64_t number);

#endif
