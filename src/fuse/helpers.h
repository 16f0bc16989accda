/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What adapters call where no runtime of weir is around them (adapter.h, enum adapter_helper), as a core module for
 * each group of adapters: a trap is `unreachable` in a function whose name has the words; strings are checked in the
 * memory of their side. Such adapters (ADAPTER_ALONE) make no tasks.
 */
#ifndef FUSE_HELPERS_H
#define FUSE_HELPERS_H

#include "adapter/adapter.h"
#include "base/arena.h"
#include "base/diag.h"
#include "fuse/small.h"

struct helpers {
  struct str bytes;
  const struct core_ref *memories; /* for each import of the module, in order: all of them are memories */
  uint32_t memory_count;
};

/* A site, and the memory that its strings are in. */
struct helper_site {
  uint32_t site, memory;
};

/* Puts the trap and the check of UTF-8 into a module, whose imports are complete; `ret` gets the two functions. */
void helpers_put(struct small *m, const struct helper_site *sites, uint32_t site_count, uint32_t memory_count,
                 uint32_t *ret);

/*
 * For the adapters of a group; the functions are exported under fused_helper_name(). WEIR_ERR_UNSUPPORTED: an adapter
 * calls what is not there. WEIR_ERR_NOMEM.
 */
weir_status helpers_make(struct arena *arena, const struct graph *g, const struct adapter_group *group,
                         struct helpers *ret, struct diag *d);

#endif
