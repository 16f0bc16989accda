/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What is asked of a fused module while it runs (adapter/fused.h). The module may be anybody's. In a component the
 * validator has seen which core instance can call what; here any code of the module can call any import. So each call
 * is asked about: who calls out must be of the instance whose task runs, adapters may name only calls between
 * instances, and an instance that was entered must have been left.
 */
#ifndef RUNTIME_FUSED_CHECK_H
#define RUNTIME_FUSED_CHECK_H

#include "runtime/state.h"

/* Whether a task of the instance runs, and not a realloc; a trap where it does not. */
weir_status fused_check_runs(const struct rt_instance *inst);

/* Traps: an adapter does what none of weir's does. */
weir_status fused_trap_adapter(const struct rt_root *root);

/* Whether a helper may be called for a trampoline: it is a call of another instance, and its step has run. */
weir_status fused_check_site(const struct rt_root *root, uint32_t site);

/* After a call of a guest's function that was made by the thread `before`: it must be the one that runs again. */
weir_status fused_trap_not_left(struct rt_store *s, struct rt_thread *before);
static inline weir_status fused_check_left(const struct rt_instance *inst, struct rt_thread *before,
                                           weir_status status) {
  struct rt_store *s = inst->store;
  if (status != WEIR_OK || !inst->root || !inst->root->fused || s->current == before)
    return status;
  return fused_trap_not_left(s, before);
}

#endif
