/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Entries in an array, and a table of indices into it that is at most three quarters full. The keys of components are
 * hostile input, so the hash has a key: the address of the table itself, kept behind its last slot so that a map may
 * be moved by assignment. What a map returns never depends on that key.
 */
#include "base/map.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/vec.h"

enum { MAP_FIRST = 16, MAP_SEED_SLOTS = 2 };

void map_init(struct map *m, const struct weir_alloc *alloc) {
  *m = (struct map){.alloc = alloc};
}

static size_t table_size(uint32_t slot_count) {
  return slot_count == 0 ? 0 : ((size_t)slot_count + MAP_SEED_SLOTS) * sizeof(uint32_t);
}

void map_done(struct map *m) {
  mem_free(m->alloc, m->entries, (size_t)m->capacity * sizeof(*m->entries));
  mem_free(m->alloc, m->slots, table_size(m->slot_count));
  map_init(m, m->alloc);
}

/* The slot where the key is, or the empty one where it belongs. There always is an empty one. */
static uint32_t slot_find(const struct map_entry *entries, const uint32_t *slots, uint32_t slot_count, struct str key) {
  uint32_t mask = slot_count - 1;
  uint64_t seed = slots[slot_count] | (uint64_t)slots[slot_count + 1] << 32;
  uint32_t i = (uint32_t)hash_keyed(seed, ~seed, key.data, key.size) & mask;
  while (slots[i] != 0 && !str_eq(entries[slots[i] - 1].key, key))
    i = (i + 1) & mask;
  return i;
}

static struct map_entry *entry_find(const struct map *m, struct str key) {
  if (m->slot_count == 0)
    return NULL;
  uint32_t found = m->slots[slot_find(m->entries, m->slots, m->slot_count, key)];
  return found == 0 ? NULL : &m->entries[found - 1];
}

void *map_get(const struct map *m, struct str key) {
  const struct map_entry *entry = entry_find(m, key);
  return entry == NULL ? NULL : entry->value;
}

bool map_has(const struct map *m, struct str key) {
  return entry_find(m, key) != NULL;
}

static bool table_grow(struct map *m) {
  if (m->slot_count > UINT32_MAX / 4)
    return false;
  uint32_t slot_count = m->slot_count == 0 ? MAP_FIRST : m->slot_count * 2;
  uint32_t *slots = mem_zalloc(m->alloc, table_size(slot_count));
  if (slots == NULL)
    return false;
  slots[slot_count] = (uint32_t)(uintptr_t)slots;
  slots[slot_count + 1] = (uint32_t)((uint64_t)(uintptr_t)slots >> 32);
  for (uint32_t i = 0; i < m->count; i++)
    slots[slot_find(m->entries, slots, slot_count, m->entries[i].key)] = i + 1;
  mem_free(m->alloc, m->slots, table_size(m->slot_count));
  m->slots = slots;
  m->slot_count = slot_count;
  return true;
}

bool map_set(struct map *m, struct str key, void *value) {
  struct map_entry *entry = entry_find(m, key);
  if (entry != NULL) {
    entry->value = value;
    return true;
  }
  if (!vec_reserve_one(m->alloc, &m->entries, &m->capacity, m->count, sizeof(*m->entries)))
    return false;
  if (m->count >= m->slot_count / 4 * 3 && !table_grow(m))
    return false;
  m->entries[m->count] = (struct map_entry){key, value};
  m->slots[slot_find(m->entries, m->slots, m->slot_count, key)] = ++m->count;
  return true;
}
