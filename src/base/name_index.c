/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The index of names: entries in order of their addition, found by the hash of their names. */
#include "base/name_index.h"

void name_index_init(struct name_index *n, struct arena *arena) {
  *n = (struct name_index){.arena = arena};
}

static const struct name_index_entry *find(const struct name_index *n, uint64_t hash, struct str name) {
  struct index_walk walk = index_walk(&n->index, hash);
  for (uint32_t i; (i = index_next(&walk)) != INDEX_NONE;)
    if (str_eq(n->entries.data[i].name, name))
      return &n->entries.data[i];
  return NULL;
}

bool name_index_add(struct name_index *n, struct str name, uint32_t position) {
  uint64_t hash = hash_str(hash_seed(n->arena), name);
  if (find(n, hash, name))
    return true;
  struct name_index_entry entry = {.name = name, .position = position};
  return ARENA_PUSH(n->arena, &n->entries, entry) && index_add(&n->index, n->arena, hash, n->entries.count - 1);
}

uint32_t name_index_find(const struct name_index *n, struct str name) {
  const struct name_index_entry *entry = find(n, hash_str(hash_seed(n->arena), name), name);
  return entry ? entry->position : INDEX_NONE;
}
