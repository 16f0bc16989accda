/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Inside adapter/: which component instances are inside of which. Nesting is bounded, so walks are short. */
#ifndef ADAPTER_INSIDE_H
#define ADAPTER_INSIDE_H

#include "component/graph.h"

/* Whether `inner` is `outer` or inside of it. */
static inline bool is_inside(const struct graph *g, uint32_t inner, uint32_t outer) {
  while (inner != GRAPH_NONE && inner != outer)
    inner = g->instances[inner].parent;
  return inner == outer;
}

/*
 * The next instance that a call from `caller` enters, after `entered`, which is the callee's at first; GRAPH_NONE: that
 * was the last (enter_count_levels()).
 */
static inline uint32_t next_entered(const struct graph *g, uint32_t entered, uint32_t caller) {
  uint32_t parent = g->instances[entered].parent;
  return parent == GRAPH_NONE || is_inside(g, caller, parent) ? GRAPH_NONE : parent;
}

#endif
