/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Built-ins of the outer runtime that the runtime inside of a fused component uses itself (rt/rt_outer.c), where
 * exports may wait. The merged module imports them from "runtime", each under the name that it has in the text format.
 */
#ifndef FUSE_OUTER_H
#define FUSE_OUTER_H

#include "component/graph.h"

#define OUTER_MODULE "runtime" /* imports of the merged module */
#define OUTER_INSIDE "outer"   /* imports of the compiled runtime */
#define OUTER_MEMORY "runtime-memory"

struct outer_builtin {
  enum canon_kind kind;
  struct core_signature signature;
};

enum { OUTER_COUNT = 12 };
extern const struct outer_builtin outer_builtins[OUTER_COUNT];

/* OUTER_COUNT: none has that name. */
uint32_t outer_find(struct str name);

/* Whether an export that is lifted so may wait. */
static inline bool outer_may_wait(const struct graph_lift *l) {
  return l->opts.async || l->type->async;
}

/*
 * Whether an export of the root may wait, and so by number which built-ins the runtime inside is given. The async
 * subtask.cancel, which not all runtimes have, is there only where a guest cancels calls of the host so.
 */
bool outer_needed(const struct graph *g);
void outer_list(const struct graph *g, bool ret[OUTER_COUNT]);

#endif
