/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Roots that are instances of a fused module (adapter/fused.h): one core instance in the place of all, with the
 * adapters in it. The steps of the graph are the same, but that core instances are there from the beginning and are
 * only started.
 */
#ifndef RUNTIME_FUSED_H
#define RUNTIME_FUSED_H

#include "runtime/binding.h"
#include "runtime/state.h"

/* Makes the core functions that the module imports, and instantiates it. No code of the guest runs. */
weir_status fused_begin(struct rt_root *root, const struct root_binding *b);

/* What the graph names, by its name in the module. WEIR_ERR_NOMEM; *ret_found: whether it is there. */
weir_status fused_find(struct rt_root *root, const struct core_ref *ref, bool *ret_found, struct eng_extern *ret);

/* What runs in the turn of a core instance. WEIR_ERR_NOMEM; *ret_any: whether anything does. */
weir_status fused_start(struct rt_root *root, uint32_t core_instance, bool *ret_any, struct eng_func *ret);

/* After the step of a trampoline: from now on it may be called. */
weir_status fused_bind(struct rt_root *root, uint32_t trampoline);

#endif
