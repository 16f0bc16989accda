/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An index from names to positions, in an arena. Names come from hostile input, so the hash takes a seed that the input
 * cannot know. Names are borrowed.
 */
#ifndef BASE_NAME_INDEX_H
#define BASE_NAME_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

struct name_index_slot {
  struct str key;
  uint32_t value; /* position + 1; 0: free slot */
};

struct name_index {
  struct arena *arena;
  struct name_index_slot *slots;
  uint32_t capacity, count;
};

void name_index_init(struct name_index *n, struct arena *arena);
/* The first of equal names stays. false: memory is out. */
bool name_index_add(struct name_index *n, struct str key, uint32_t value);
/* UINT32_MAX where it is not there. */
uint32_t name_index_find(const struct name_index *n, struct str key);

#endif
