/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Inside adapter/: one module of adapters, written at once from the list of its trampolines. */
#ifndef ADAPTER_MODULE_H
#define ADAPTER_MODULE_H

#include "adapter/adapter.h"
#include "base/diag.h"

/*
 * Writes the module of group->trampolines: bytes and imports, in `arena`. adapter_plan_make() has judged that all of
 * them can be written. WEIR_ERR_NOMEM.
 */
weir_status adapter_group_write(struct arena *arena, const struct graph *g, struct adapter_group *group,
                                struct diag *d);

#endif
