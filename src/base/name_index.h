/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* An index from names to positions, in an arena. Names are borrowed. */
#ifndef BASE_NAME_INDEX_H
#define BASE_NAME_INDEX_H

#include "base/index.h"
#include "base/vec.h"

struct name_index_entry {
  struct str name;
  uint32_t position;
};

struct name_index {
  struct arena *arena;
  struct index index; /* positions in `entries` */
  VEC(struct name_index_entry) entries;
};

void name_index_init(struct name_index *n, struct arena *arena);
/* The first of equal names stays. false: out of memory. */
bool name_index_add(struct name_index *n, struct str name, uint32_t position);
/* INDEX_NONE: the index lacks the name. */
uint32_t name_index_find(const struct name_index *n, struct str name);

#endif
