/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The name index: open addressing with linear probing, at most three quarters full, never shrinking. */
#include "base/name_index.h"

void name_index_init(struct name_index *n, struct arena *arena) {
  *n = (struct name_index){.arena = arena};
}

static uint32_t names_hash(const struct name_index *n, struct str key) {
  uint64_t h = (uint64_t)(uintptr_t)n->arena * UINT64_C(0x9e3779b97f4a7c15);
  for (size_t i = 0; i < key.size; i++) {
    h = (h ^ (unsigned char)key.data[i]) * UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 32;
  }
  return (uint32_t)(h ^ (h >> 29));
}

/* The slot of the key, or the free one where it would go. */
static struct name_index_slot *names_slot(const struct name_index *n, struct str key) {
  uint32_t i = names_hash(n, key) & (n->capacity - 1);
  while (n->slots[i].value && !str_eq(n->slots[i].key, key))
    i = (i + 1) & (n->capacity - 1);
  return &n->slots[i];
}

static bool names_reserve(struct name_index *n) {
  if (n->count < n->capacity / 4 * 3)
    return true;
  struct name_index wider = {.arena = n->arena, .capacity = n->capacity ? n->capacity * 2 : 4, .count = n->count};
  wider.slots = ARENA_ARRAY(n->arena, struct name_index_slot, wider.capacity);
  if (!wider.slots)
    return false;
  for (uint32_t i = 0; i < n->capacity; i++)
    if (n->slots[i].value)
      *names_slot(&wider, n->slots[i].key) = n->slots[i];
  *n = wider;
  return true;
}

bool name_index_add(struct name_index *n, struct str key, uint32_t value) {
  if (!names_reserve(n))
    return false;
  struct name_index_slot *slot = names_slot(n, key);
  if (!slot->value) {
    *slot = (struct name_index_slot){.key = key, .value = value + 1};
    n->count++;
  }
  return true;
}

uint32_t name_index_find(const struct name_index *n, struct str key) {
  if (!n->capacity)
    return UINT32_MAX;
  const struct name_index_slot *slot = names_slot(n, key);
  return slot->value ? slot->value - 1 : UINT32_MAX;
}
