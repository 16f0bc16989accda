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

struct helpers {
  struct str bytes;
  const struct core_ref *memories; /* for each import of the module, in order: all of them are memories */
  uint32_t memory_count;
};

/*
 * For the adapters of a group; the functions are exported under fused_helper_name(). WEIR_ERR_UNSUPPORTED: an adapter
 * calls what is not there. WEIR_ERR_NOMEM.
 */
weir_status helpers_make(struct arena *arena, const struct graph *g, const struct adapter_group *group,
                         struct helpers *ret, struct diag *d);

#endif
