/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Which calls between components of a graph go through emitted core wasm instead of the runtime, and the modules that
 * hold these functions. Made once, when a component is compiled; frozen with it.
 *
 * A lowered function gets an adapter where its callee is lifted sync, or async with a callback, it lends no handles but
 * of resources that the callee implements, and neither the code that runs nor the host can tell the difference.
 *
 * Where the callee is synchronous and its component instance is a leaf, no task is made. A leaf leaves only through
 * adapters to leaves: it has no built-ins and reaches no host function. So while it runs nothing asks for the current
 * task, no host code runs, nothing blocks, yields or is set aside. A leaf may always be entered: entered instances are
 * on the stack, and a leaf and the leaves below it call only leaves that were complete before, never a caller of their
 * own. (That holds for all instances that the call enters, the callee's and those around it.)
 *
 * For any other callee a stand-in takes the place of its task until somebody asks for the task (standin.h): its
 * instance must not be able to block. In such instances task.return, if its values fit into a stand-in, and context.*
 * are emitted too, and are in groups like the calls.
 *
 * An instance in its realloc or post-return may not leave. Its ways out ask for that, so it matters for instances that
 * have both: their flags are in a memory that adapters and runtime share. Context slots are a call's own, calls of
 * realloc included: where one could see the difference, its instance has a stand-in with slots for it.
 *
 * An exception of a callee, a realloc or a post-return becomes a trap in the adapter, if their instance has tags to
 * throw with (call_and_trap_on_throw).
 *
 * Traps have the words of the translator in C. Stores whose guests may be held or set aside take no adapters at all.
 */
#ifndef ADAPTER_PLAN_H
#define ADAPTER_PLAN_H

#include "adapter/adapter.h"

enum adapter_how {
  ADAPTER_REENTRANCE = 1 << 0, /* instances may be entered again while they are (weir_reading) */
  /*
   * Each adapter can do its call through the runtime instead (ADAPTER_FLAG_OUTSIDE): for modules that are made once and
   * run where adapters may not be taken.
   */
  ADAPTER_WAYS_OUTSIDE = 1 << 1,
  /* For modules without a runtime of weir around: nobody needs a task, and async callees have no adapters. */
  ADAPTER_ALONE = 1 << 2,
  ADAPTER_FLAGS_GIVEN = 1 << 3, /* the memory of flags is there: no group makes it */
  ADAPTER_LATE = 1 << 4         /* groups that need the memory of flags are late (struct adapter_plan) */
};

/* Everything is in `arena`, where the graph is. `how`: enum adapter_how. WEIR_ERR_NOMEM. */
weir_status adapter_plan_make(struct arena *arena, const struct graph *g, uint32_t how, struct adapter_plan **ret,
                              struct diag *d);

#endif
