/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Loans of handles: Subtask.add_lender, and num_lends of the handle. Until a call has a subtask, which is when somebody
 * asks for its task (adapter/standin.h), the callee's instance has the loans of the call: one call at a time.
 */
#ifndef RUNTIME_LEND_H
#define RUNTIME_LEND_H

#include "runtime/state.h"

/* A handle of `lender` is lent. WEIR_ERR_LIMIT. */
weir_status lend_begin(struct rt_instance *lender, uint32_t handle_index);
void lend_end(struct rt_instance *lender, uint32_t handle_index);

/* The same for a call of `callee` through an adapter. WEIR_ERR_NOMEM too. */
weir_status lend_to_callee(struct rt_instance *callee, struct rt_instance *lender, uint32_t handle_index);
void lend_end_callee(struct rt_instance *callee);
void lend_done(struct rt_instance *callee);

#endif
