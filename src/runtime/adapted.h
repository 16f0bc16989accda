/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Lowered functions that are emitted core wasm (adapter/plan.h): their modules, and the helpers that these call. */
#ifndef RUNTIME_ADAPTED_H
#define RUNTIME_ADAPTED_H

#include "runtime/binding.h"
#include "runtime/state.h"

/* Finds a core definition among what exists by now; see root_steps.c. */
typedef weir_status (*adapted_find)(struct rt_root *root, const struct core_ref *ref, enum eng_kind kind,
                                    struct eng_extern *ret);

/* Whether a trampoline is such a function in this root: then nobody makes a core function for it but adapted_step(). */
static inline bool adapted(const struct root_binding *b, uint32_t trampoline) {
  return b->adapters && b->adapters->group_of[trampoline] != GRAPH_NONE;
}

/* Whether its group is late (late.h). */
static inline bool adapted_late(const struct root_binding *b, uint32_t trampoline) {
  return b->adapters->group_of[trampoline] >= b->adapters->late_first;
}

/* After the step of any other, whose `host` is there: instantiates its group if it is the last of it. */
weir_status adapted_step(struct rt_root *root, const struct root_binding *b, uint32_t trampoline, adapted_find find);

/* Instantiates a group; its exports are of decimal names. */
weir_status adapted_make(struct rt_root *root, const struct root_binding *b, uint32_t group, adapted_find find,
                         struct eng_instance *ret);
weir_status adapted_export(struct rt_root *root, const struct eng_instance *instance, uint32_t number,
                           struct eng_extern *ret);

/* The core function of a helper; made when it is first asked for. */
struct eng_extern adapted_helper(struct rt_root *root, const struct root_binding *b, enum adapter_helper kind);

/* From now on may_leave, gates and stand-ins of instances are in root->flags. `outside`: for ADAPTER_FLAG_OUTSIDE. */
weir_status adapted_take_flags(struct rt_root *root, const struct adapter_plan *plan, bool outside);

#endif
