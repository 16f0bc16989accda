/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * While a runtime calls a realloc or a post-return of a component instance, the instance may not leave. Adapters ask
 * the memory of flags for that; a runtime that knows nothing of the flags is given a function that sets them around
 * the call.
 */
#ifndef FUSE_GUARD_H
#define FUSE_GUARD_H

#include "base/arena.h"
#include "base/diag.h"
#include "component/graph.h"

struct guard {
  struct core_ref ref; /* the function */
  uint32_t instance;   /* whose it is */
  struct core_signature signature;
};

/*
 * The functions that a runtime calls so; each once for each instance. Those of definitions that an adapter stands for
 * are left out: `group_of` of adapter_plan. WEIR_ERR_NOMEM.
 */
weir_status guard_list(struct arena *arena, const struct graph *g, const uint32_t *group_of, struct guard **ret,
                       uint32_t *ret_count, struct diag *d);

/*
 * A core module that imports the function and the memory of flags, and exports the function as "guard". data == NULL:
 * memory is out.
 */
struct str guard_module(struct arena *arena, const struct guard *guard);

/* A module of the memory of flags alone. data == NULL: memory is out. */
struct str guard_flags_module(struct arena *arena);

/* By instance whether an adapter calls a realloc or a post-return of it. NULL: memory is out. */
bool *guard_staying(struct arena *arena, const struct graph *g, const uint32_t *group_of);

/*
 * A module that imports a canonical definition and the memory of flags, and exports the definition as "f": it traps
 * where the instance may not leave. data == NULL: memory is out.
 */
struct str guard_gate_module(struct arena *arena, const struct graph_trampoline *t);

/* The name of the guarded function among the exports of the merged module. data == NULL: memory is out. */
struct str guard_name(struct arena *arena, const struct core_ref *ref, uint32_t instance);

#endif
