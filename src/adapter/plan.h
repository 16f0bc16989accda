/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Which calls between components of a graph go through emitted core wasm instead of the runtime, and the modules that
 * hold these functions. Made once, when a component is compiled; frozen with it.
 *
 * A lowered function gets an adapter only where nobody could tell the difference: synchronous on both sides, no handles
 * in its types, and the callee's component instance is a leaf. A leaf leaves only through adapters: it has no built-ins
 * and reaches no host function. So while it runs nothing asks for the current task, no host code runs, nothing blocks,
 * yields or is set aside. An adapter makes no task, and three rules of the text are met without one:
 *   - The callee may be entered. Whoever is entered is on the stack, and a leaf, or what is below it, gets from there
 *     only to leaves that were complete before it was made: never back to a caller of its own.
 *   - Its may_leave, off during its realloc and post-return, is read by ways out. Only those that can never be asked
 *     meanwhile are adapters; others make it no leaf.
 *   - The caller may leave: it has no realloc and no post-return that the canonical ABI ever calls.
 * Traps have the words of the translator in C. Stores whose guests may be held or set aside take no adapters at all.
 */
#ifndef ADAPTER_PLAN_H
#define ADAPTER_PLAN_H

#include "adapter/adapter.h"

/* Everything is in `arena`, where the graph is. WEIR_ERR_NOMEM. */
weir_status adapter_plan_make(struct arena *arena, const struct graph *g, struct adapter_plan **ret, struct diag *d);

#endif
