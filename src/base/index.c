/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The index: linear probing, at most three quarters full, never shrinking. The arena keeps what growth leaves behind.
 */
#include "base/index.h"

enum { INDEX_FIRST = 4 };

uint64_t hash_str(uint64_t h, struct str s) {
  h = hash_mix(h, s.size);
  for (size_t i = 0; i < s.size; i++)
    h = hash_mix(h, (unsigned char)s.data[i]);
  return h;
}

static uint32_t hash_fold(uint64_t hash) {
  return (uint32_t)(hash ^ (hash >> 29));
}

static void slot_fill(struct index_slot *slots, uint32_t capacity, struct index_slot filled) {
  uint32_t i = filled.hash & (capacity - 1);
  while (slots[i].position)
    i = (i + 1) & (capacity - 1);
  slots[i] = filled;
}

static bool index_reserve(struct index *x, struct arena *arena) {
  if (x->count < x->capacity / 4 * 3)
    return true;
  if (x->capacity > UINT32_MAX / 2)
    return false;
  uint32_t capacity = x->capacity ? x->capacity * 2 : INDEX_FIRST;
  struct index_slot *slots = ARENA_ARRAY(arena, struct index_slot, capacity);
  if (!slots)
    return false;
  for (uint32_t i = 0; i < x->capacity; i++)
    if (x->slots[i].position)
      slot_fill(slots, capacity, x->slots[i]);
  x->slots = slots;
  x->capacity = capacity;
  return true;
}

bool index_add(struct index *x, struct arena *arena, uint64_t hash, uint32_t position) {
  if (!index_reserve(x, arena))
    return false;
  slot_fill(x->slots, x->capacity, (struct index_slot){.hash = hash_fold(hash), .position = position + 1});
  x->count++;
  return true;
}

struct index_walk index_walk(const struct index *x, uint64_t hash) {
  uint32_t folded = hash_fold(hash);
  return (struct index_walk){.index = x, .hash = folded, .slot = folded};
}

uint32_t index_next(struct index_walk *w) {
  if (!w->index->capacity)
    return INDEX_NONE;
  for (;;) {
    const struct index_slot *slot = &w->index->slots[w->slot++ & (w->index->capacity - 1)];
    if (!slot->position)
      return INDEX_NONE;
    if (slot->hash == w->hash)
      return slot->position - 1;
  }
}
