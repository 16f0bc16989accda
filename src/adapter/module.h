/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Inside adapter/: one module of adapters, written at once from the list of its trampolines. */
#ifndef ADAPTER_MODULE_H
#define ADAPTER_MODULE_H

#include "adapter/adapter.h"
#include "base/diag.h"

/* The planner's knowledge of the graph. */
struct adapter_source {
  const struct graph *g;
  const bool *flagged;             /* by graph.instances: its may_leave matters to adapters */
  const bool *throws;              /* by graph.instances: its code may throw */
  const bool *context;             /* by graph.instances: it can see context slots */
  const struct adapter_plan *plan; /* enters, group_of and standin_of are there */
  const uint32_t *members;         /* all adapters up to this group's */
  uint32_t member_count;
  bool flags_exist; /* an earlier group makes them */
  bool outside;     /* adapters have a way outside */
};

/*
 * Writes the module of group->trampolines: bytes, imports and makes_flags. adapter_plan_make() has checked that each of
 * them can be written. WEIR_ERR_NOMEM.
 */
weir_status adapter_group_write(struct arena *arena, const struct adapter_source *source, struct adapter_group *group,
                                struct diag *d);

#endif
