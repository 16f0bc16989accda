/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Subtasks: a call through a lowered function as its caller sees it, CanonicalABI.md#subtask-state.
 *
 *   STARTING --start--> STARTED --return--> RETURNED
 *      | cancel            | cancel
 *      v                   v
 *   CANCELLED_BEFORE_STARTED, CANCELLED_BEFORE_RETURNED      each is resolved; delivered once the caller has seen it
 */
#ifndef RUNTIME_SUBTASK_H
#define RUNTIME_SUBTASK_H

#include "runtime/state.h"

/* Arguments are copied. */
void subtask_init(struct rt_subtask *st, struct rt_trampoline *lower, const union eng_val *args);
/* A subtask from the pool whose callee has let go of it. */
void subtask_free(struct rt_subtask *st);
/* Releases what it holds beyond its own memory. */
void subtask_done(struct rt_subtask *st);

static inline bool subtask_resolved(const struct rt_subtask *st) {
  return st->state >= RT_SUBTASK_RETURNED;
}

/* Subtask.add_lender: a handle of the caller is lent for the duration. */
weir_status subtask_add_lender(struct rt_subtask *st, uint32_t handle_index);

/* The callee has started: the caller learns of it. */
void subtask_started(struct rt_subtask *st);
/* The callee has resolved; results are in place. `returned` false: it was cancelled. */
void subtask_resolve(struct rt_subtask *st, bool returned);
/* Subtask.deliver_resolve: ends the loans. */
void subtask_deliver_resolve(struct rt_subtask *st);

#endif
