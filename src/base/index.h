/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * From hashes to positions of an array that the owner keeps: open addressing in an arena. Several positions may share a
 * hash, so the owner compares the entries:
 *
 *     struct index_walk w = index_walk(&index, hash);
 *     for (uint32_t i; (i = index_next(&w)) != INDEX_NONE;)
 *       if (same(things[i], key)) ...
 *
 * Keys come from hostile input, so a hash begins with a seed that no input knows (hash_seed()).
 */
#ifndef BASE_INDEX_H
#define BASE_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

#define INDEX_NONE UINT32_MAX

struct index_slot {
  uint32_t hash;
  uint32_t position; /* + 1; 0: the slot is free */
};

/* Begins zeroed. */
struct index {
  struct index_slot *slots;
  uint32_t capacity; /* 0 or a power of two */
  uint32_t count;
};

struct index_walk {
  const struct index *index;
  uint32_t hash, slot;
};

/* false: out of memory; nothing was added. */
bool index_add(struct index *x, struct arena *arena, uint64_t hash, uint32_t position);

struct index_walk index_walk(const struct index *x, uint64_t hash);
/* The next position with the hash; INDEX_NONE after the last. */
uint32_t index_next(struct index_walk *w);

static inline uint64_t hash_mix(uint64_t h, uint64_t v) {
  h = (h ^ v) * UINT64_C(0xff51afd7ed558ccd);
  return h ^ (h >> 32);
}

static inline uint64_t hash_seed(const void *address) {
  return (uint64_t)(uintptr_t)address * UINT64_C(0x9e3779b97f4a7c15);
}

uint64_t hash_str(uint64_t h, struct str s);

#endif
