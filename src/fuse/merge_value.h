/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Values of constant expressions that are known before anything runs: integers, and what is computed from them. */
#ifndef FUSE_MERGE_VALUE_H
#define FUSE_MERGE_VALUE_H

#include "fuse/merge_state.h"

/* Fills `values`: immutable integer globals that the result defines. Each expression is looked at once. */
weir_status merge_values(struct merge *m);

/* The value of an expression of an instance. An i32 is extended without its sign, as addresses are. */
weir_status merge_value_of(const struct merge *m, uint32_t instance, struct wasm_span expr, struct merged_value *ret);

#endif
