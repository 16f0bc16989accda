/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The name index: open addressing with linear probing, at most three quarters full, never shrinking. */
#include "component/link_names.h"

void link_names_init(struct link_names *n, struct arena *arena) {
  *n = (struct link_names){.arena = arena};
}

static uint32_t names_hash(const struct link_names *n, struct str key) {
  uint64_t h = (uint64_t)(uintptr_t)n->arena * UINT64_C(0x9e3779b97f4a7c15);
  for (size_t i = 0; i < key.size; i++) {
    h = (h ^ (unsigned char)key.data[i]) * UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 32;
  }
  return (uint32_t)(h ^ (h >> 29));
}

/* The slot of the key, or the free one where it would go. */
static struct link_name *names_slot(const struct link_names *n, struct str key) {
  uint32_t i = names_hash(n, key) & (n->capacity - 1);
  while (n->slots[i].value && !str_eq(n->slots[i].key, key))
    i = (i + 1) & (n->capacity - 1);
  return &n->slots[i];
}

static bool names_reserve(struct link_names *n) {
  if (n->count < n->capacity / 4 * 3)
    return true;
  struct link_names wider = {.arena = n->arena, .capacity = n->capacity ? n->capacity * 2 : 4, .count = n->count};
  wider.slots = ARENA_ARRAY(n->arena, struct link_name, wider.capacity);
  if (!wider.slots)
    return false;
  for (uint32_t i = 0; i < n->capacity; i++)
    if (n->slots[i].value)
      *names_slot(&wider, n->slots[i].key) = n->slots[i];
  *n = wider;
  return true;
}

bool link_names_add(struct link_names *n, struct str key, uint32_t value) {
  if (!names_reserve(n))
    return false;
  struct link_name *slot = names_slot(n, key);
  if (!slot->value) {
    *slot = (struct link_name){.key = key, .value = value + 1};
    n->count++;
  }
  return true;
}

uint32_t link_names_find(const struct link_names *n, struct str key) {
  if (!n->capacity)
    return UINT32_MAX;
  const struct link_name *slot = names_slot(n, key);
  return slot->value ? slot->value - 1 : UINT32_MAX;
}
