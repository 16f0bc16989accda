/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One instantiated component: walks the graph's steps (component/graph.h) in a store. */
#ifndef RUNTIME_ROOT_H
#define RUNTIME_ROOT_H

#include "runtime/binding.h"
#include "runtime/state.h"

/*
 * Instantiates. Runs start functions as synchronous tasks. On failure what was made stays in the store, dead, until the
 * store is freed; *ret is not set. A trap poisons the store. WEIR_ERR_TRAP, WEIR_ERR_LINK, WEIR_ERR_NOMEM,
 * WEIR_ERR_UNSUPPORTED, WEIR_ERR_INVALID; the detail is in the store's failure.
 */
weir_status root_instantiate(struct rt_store *s, const struct root_binding *binding, struct rt_root **ret);

/* Frees a root: called by the store. */
void root_free(struct rt_root *root);

#endif
