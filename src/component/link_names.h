/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An index from names to positions, in an arena. Names come from hostile input, so the hash takes a seed that the input
 * cannot know. Names are borrowed.
 */
#ifndef COMPONENT_LINK_NAMES_H
#define COMPONENT_LINK_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

struct link_name {
  struct str key;
  uint32_t value; /* position + 1; 0: free slot */
};

struct link_names {
  struct arena *arena;
  struct link_name *slots;
  uint32_t capacity, count;
};

void link_names_init(struct link_names *n, struct arena *arena);
/* The first of equal names stays. false: memory is out. */
bool link_names_add(struct link_names *n, struct str key, uint32_t value);
/* UINT32_MAX where it is not there. */
uint32_t link_names_find(const struct link_names *n, struct str key);

#endif
