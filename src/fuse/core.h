/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * `weir fuse --core`: a linked component becomes one core module (adapter/fused.h, docs/fused.md). Calls that have an
 * adapter become calls inside of the module; all other canonical definitions are imports that carry the number of
 * their component instance, and mean what they mean unfused. So what a fused module does is what its component does.
 */
#ifndef FUSE_CORE_H
#define FUSE_CORE_H

#include "base/text.h"
#include "component/graph.h"
#include "fuse/form.h"
#include "fuse/merge_plan.h"

struct fuse_core_input {
  const struct graph *graph;
  struct str bytes; /* of the component that the graph was linked from */
  bool no_adapters; /* all calls between components stay outside */
};

struct fuse_core_stats {
  struct merge_stats merge;
  uint32_t inside; /* calls between components that stay inside of the module */
  uint32_t calls;  /* all calls between components */
};

/*
 * Puts the merged module alone into `out`. In a shell adapters have no way outside, and bring what they need with them
 * (helpers.h), so that the imports are those of canonical definitions. Otherwise as fuse_core().
 */
weir_status fuse_merge(const struct weir_alloc *alloc, const struct graph *graph, enum fuse_form form, bool no_adapters,
                       struct text *out, struct fuse_core_stats *ret, struct diag *d);

/*
 * Puts the module into `out`, which the caller has made. `ret` may be NULL. WEIR_ERR_UNSUPPORTED: the component imports
 * core modules. Otherwise as merge_modules().
 */
weir_status fuse_core(const struct weir_alloc *alloc, const struct fuse_core_input *input, struct text *out,
                      struct fuse_core_stats *ret, struct diag *d);

#endif
