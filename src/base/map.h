/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A map from strings to pointers. Open addressing; keys are borrowed and must outlive the map. Iteration is in order of
 * insertion. Nothing is removed singly. Not for hot paths.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "weir/alloc.h"

struct map_entry {
  struct str key;
  void *value;
};

struct map {
  const struct weir_alloc *alloc;
  struct map_entry *entries; /* in order of insertion */
  uint32_t count, capacity;
  uint32_t *slots; /* index + 1 into entries; 0: empty */
  uint32_t slot_count;
};

void map_init(struct map *m, const struct weir_alloc *alloc);
void map_done(struct map *m);

/* NULL where the key is not there. */
void *map_get(const struct map *m, struct str key);
bool map_has(const struct map *m, struct str key);

/* Adds or replaces; false where memory is out (nothing changed). */
bool map_set(struct map *m, struct str key, void *value);

#endif
