/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The core definitions that a graph names: all that its steps resolve, but for the imports of core instances. */
#ifndef COMPONENT_GRAPH_REFS_H
#define COMPONENT_GRAPH_REFS_H

#include "component/graph.h"

/* What a core definition is used as. */
enum graph_use { GRAPH_USE_FUNC, GRAPH_USE_MEMORY, GRAPH_USE_TABLE };

typedef weir_status graph_ref_fn(void *data, const struct core_ref *ref, enum graph_use use);

/* Calls `fn` for each that is not CORE_REF_NONE, in the order of the graph's lists; stops at the first that fails. */
weir_status graph_each_ref(const struct graph *g, graph_ref_fn *fn, void *data);

#endif
