/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The cache in memory (shelf.h). An entry is MAKING, then READY or FAILED. The table, the maker and each waiting thread
 * count as users of an entry; the last one frees it, after the lock is released.
 *
 * In order: entries; the table; the values that are kept, and their order of use; asking for a value. The functions of
 * the middle two parts run under the lock.
 */
#include "cache/shelf.h"

#include <string.h>

#include "base/mem.h"

enum { BUCKETS_FIRST = 64 };

enum entry_state { ENTRY_MAKING, ENTRY_READY, ENTRY_FAILED };

struct shelf_entry {
  uint8_t key[SHELF_KEY];
  struct shelf_entry *next; /* in its bucket; or in a chain of entries to be freed */
  struct list link;         /* in `recent`, where it is READY and in the table */
  enum entry_state state;
  unsigned users; /* the table, the maker, waiting threads */
  pthread_cond_t settled;
  void *value;
  uint64_t size;
  struct diag failure;
};

weir_status shelf_init(struct shelf *s, const struct weir_alloc *alloc, const struct shelf_ops *ops, uint64_t bound) {
  *s = (struct shelf){.alloc = alloc, .ops = ops, .bound = bound, .bucket_count = BUCKETS_FIRST};
  s->buckets = mem_array(alloc, BUCKETS_FIRST, sizeof(struct shelf_entry *));
  if (!s->buckets)
    return WEIR_ERR_NOMEM;
  list_init(&s->recent);
  if (pthread_mutex_init(&s->lock, NULL) == 0)
    return WEIR_OK;
  mem_free(alloc, s->buckets, BUCKETS_FIRST * sizeof(struct shelf_entry *));
  return WEIR_ERR_NOMEM;
}

/* ---- entries ----------------------------------------------------------------------------------------------------- */

static struct shelf_entry *entry_new(struct shelf *s, const uint8_t *key) {
  struct shelf_entry *e = mem_zalloc(s->alloc, sizeof(*e));
  if (!e)
    return NULL;
  if (pthread_cond_init(&e->settled, NULL) != 0) {
    mem_free(s->alloc, e, sizeof(*e));
    return NULL;
  }
  memcpy(e->key, key, SHELF_KEY);
  diag_init(&e->failure);
  e->users = 2; /* the table and the maker */
  return e;
}

/* Gives up one use under the lock; the last one puts the entry on `dead`, to be freed when the lock is gone. */
static void entry_leave(struct shelf_entry *e, struct shelf_entry **dead) {
  if (--e->users > 0)
    return;
  e->next = *dead;
  *dead = e;
}

static void free_dead(struct shelf *s, struct shelf_entry *dead) {
  while (dead) {
    struct shelf_entry *e = dead;
    dead = e->next;
    if (e->value)
      s->ops->release(e->value);
    diag_done(&e->failure);
    pthread_cond_destroy(&e->settled);
    mem_free(s->alloc, e, sizeof(*e));
  }
}

/* ---- the table, under the lock ----------------------------------------------------------------------------------- */

static struct shelf_entry **bucket_of(const struct shelf *s, const uint8_t *key) {
  uint64_t hash;
  memcpy(&hash, key, sizeof(hash)); /* keys are digests */
  return &s->buckets[hash & (s->bucket_count - 1)];
}

static struct shelf_entry *table_find(const struct shelf *s, const uint8_t *key) {
  struct shelf_entry *e = *bucket_of(s, key);
  while (e && memcmp(e->key, key, SHELF_KEY) != 0)
    e = e->next;
  return e;
}

/* Twice the buckets, or, where memory is out, longer chains. */
static void table_grow(struct shelf *s) {
  struct shelf_entry **old = s->buckets;
  size_t count = s->bucket_count;
  struct shelf_entry **grown = mem_array(s->alloc, count * 2, sizeof(struct shelf_entry *));
  if (!grown)
    return;
  s->buckets = grown;
  s->bucket_count = count * 2;
  for (size_t i = 0; i < count; i++) {
    for (struct shelf_entry *e = old[i], *next; e; e = next) {
      next = e->next;
      struct shelf_entry **bucket = bucket_of(s, e->key);
      e->next = *bucket;
      *bucket = e;
    }
  }
  mem_free(s->alloc, old, count * sizeof(struct shelf_entry *));
}

static void table_add(struct shelf *s, struct shelf_entry *e) {
  if (s->in_table >= s->bucket_count)
    table_grow(s);
  struct shelf_entry **bucket = bucket_of(s, e->key);
  e->next = *bucket;
  *bucket = e;
  s->in_table++;
}

static void table_remove(struct shelf *s, struct shelf_entry *e, struct shelf_entry **dead) {
  struct shelf_entry **at = bucket_of(s, e->key);
  while (*at != e)
    at = &(*at)->next;
  *at = e->next;
  s->in_table--;
  entry_leave(e, dead);
}

/* ---- what is kept, under the lock -------------------------------------------------------------------------------- */

static void drop_kept(struct shelf *s, struct shelf_entry *e, struct shelf_entry **dead) {
  list_remove(&e->link);
  s->stats.bytes -= e->size;
  s->stats.entries--;
  table_remove(s, e, dead);
}

/*
 * Makes room first, then adds the value: the bound holds at every moment. A value above the bound is not kept, and
 * drives out nothing.
 */
static void keep(struct shelf *s, struct shelf_entry *e, struct shelf_entry **dead) {
  if (e->size > s->bound) {
    s->stats.evicted++;
    table_remove(s, e, dead);
    return;
  }
  while (s->stats.bytes > s->bound - e->size) {
    s->stats.evicted++;
    drop_kept(s, LIST_OWNER(s->recent.prev, struct shelf_entry, link), dead);
  }
  list_prepend(&s->recent, &e->link);
  s->stats.bytes += e->size;
  s->stats.entries++;
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

static void copy_failure(const struct diag *from, struct diag *d) {
  if (from->has_offset)
    diag_at(d, from->status, from->offset, "%s", diag_message(from));
  else
    diag_set(d, from->status, "%s", diag_message(from));
}

/* The answer of a settled entry. Under the lock. */
static weir_status answer(struct shelf *s, struct shelf_entry *e, void **ret, struct diag *d) {
  if (e->state == ENTRY_FAILED) {
    s->stats.failed++;
    copy_failure(&e->failure, d);
    return e->failure.status;
  }
  s->ops->hold(e->value);
  *ret = e->value;
  return WEIR_OK;
}

/* Makes the value of a new entry, of which this thread is the maker; takes and leaves the lock. */
static weir_status make(struct shelf *s, struct shelf_entry *e, void *request, void **ret, struct diag *d) {
  struct shelf_entry *dead = NULL;
  weir_status status = s->ops->make(request, &e->value, &e->size, &e->failure);
  pthread_mutex_lock(&s->lock);
  if (status == WEIR_OK) {
    e->state = ENTRY_READY;
    keep(s, e, &dead);
  } else {
    e->failure.status = status;
    e->state = ENTRY_FAILED;
    e->value = NULL;
    table_remove(s, e, &dead);
  }
  pthread_cond_broadcast(&e->settled);
  status = answer(s, e, ret, d);
  entry_leave(e, &dead);
  pthread_mutex_unlock(&s->lock);
  free_dead(s, dead);
  return status;
}

/* Waits for an entry that is ready, or that another thread is making. Leaves the lock. */
static weir_status await(struct shelf *s, struct shelf_entry *e, void **ret, struct diag *d) {
  struct shelf_entry *dead = NULL;
  e->users++;
  if (e->state == ENTRY_READY) {
    list_remove(&e->link);
    list_prepend(&s->recent, &e->link);
  }
  while (e->state == ENTRY_MAKING)
    pthread_cond_wait(&e->settled, &s->lock);
  weir_status status = answer(s, e, ret, d);
  s->stats.hits += status == WEIR_OK;
  entry_leave(e, &dead);
  pthread_mutex_unlock(&s->lock);
  free_dead(s, dead);
  return status;
}

weir_status shelf_get(struct shelf *s, const uint8_t key[SHELF_KEY], void *request, void **ret, struct diag *d) {
  pthread_mutex_lock(&s->lock);
  struct shelf_entry *e = table_find(s, key);
  if (e)
    return await(s, e, ret, d);
  e = entry_new(s, key);
  if (e)
    table_add(s, e);
  else
    s->stats.failed++;
  pthread_mutex_unlock(&s->lock);
  return e ? make(s, e, request, ret, d) : diag_nomem(d);
}

struct shelf_stats shelf_get_stats(struct shelf *s) {
  pthread_mutex_lock(&s->lock);
  struct shelf_stats stats = s->stats;
  pthread_mutex_unlock(&s->lock);
  return stats;
}

void shelf_done(struct shelf *s) {
  struct shelf_entry *dead = NULL;
  while (!list_empty(&s->recent))
    drop_kept(s, LIST_OWNER(s->recent.next, struct shelf_entry, link), &dead);
  free_dead(s, dead);
  pthread_mutex_destroy(&s->lock);
  mem_free(s->alloc, s->buckets, s->bucket_count * sizeof(struct shelf_entry *));
}
