/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What the definitions of a component name among its core instances: core functions, memories and tables become engine
 * handles once, while an instance is made, so that no call ever looks anything up.
 */
#ifndef RUNTIME_ROOT_FIND_H
#define RUNTIME_ROOT_FIND_H

#include "runtime/state.h"

/* What a reference names; a failure where there is none, or one of another kind. */
weir_status root_find(struct rt_root *root, const struct core_ref *ref, enum eng_kind kind, struct eng_extern *ret);
weir_status root_find_func(struct rt_root *root, const struct core_ref *ref, struct eng_func *ret);
/* One pointer for one memory, whatever names it goes by: options are compared by pointer (LiftOptions.equal). */
weir_status root_find_memory(struct rt_root *root, const struct core_ref *ref, const struct eng_memory **ret);
/* The options of a lift or a trampoline. */
weir_status root_find_opts(struct rt_root *root, const struct graph_opts *decl, struct rt_opts *ret);

#endif
