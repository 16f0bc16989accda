/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See subtask.h. Lenders are kept as handle indices: a handle with loans cannot be removed, so its index stays. */
#include "runtime/subtask.h"

#include <string.h>

#include "runtime/lend.h"
#include "runtime/trap.h"
#include "runtime/waitable.h"

void subtask_init(struct rt_subtask *st, struct rt_trampoline *lower, const union eng_val *args) {
  waitable_init(&st->w, RT_SUBTASK);
  st->state = RT_SUBTASK_STARTING;
  st->cancellation_requested = false;
  st->resolve_delivered = false;
  st->lower = lower;
  st->callee = NULL;
  st->host = NULL;
  st->lender_count = 0;
  memset(&st->more_lenders, 0, sizeof(st->more_lenders));
  for (uint32_t i = 0; i < lower->param_count; i++)
    st->args[i] = args[i];
}

void subtask_done(struct rt_subtask *st) {
  if (st->more_lenders.capacity > 0)
    VEC_DONE(st->lower->inst->store->alloc, &st->more_lenders);
}

void subtask_free(struct rt_subtask *st) {
  subtask_done(st);
  pool_give(&st->lower->inst->store->pool_subtasks, st);
}

weir_status subtask_add_lender(struct rt_subtask *st, uint32_t handle_index) {
  struct rt_instance *inst = st->lower->inst;
  WEIR_TRY(lend_begin(inst, handle_index));
  if (st->lender_count < RT_INLINE_LENDERS)
    st->lenders[st->lender_count++] = handle_index;
  else if (!VEC_PUSH(inst->store->alloc, &st->more_lenders, handle_index)) {
    lend_end(inst, handle_index);
    return rt_fail(inst->store, diag_nomem(&inst->store->failure));
  }
  return WEIR_OK;
}

/* Only a subtask that its caller knows by a handle, or waits for, has anyone to tell. */
static void progress(struct rt_subtask *st) {
  if (st->w.index != 0 || st->w.sync_waiter)
    waitable_set_pending(&st->w);
}

void subtask_started(struct rt_subtask *st) {
  st->state = RT_SUBTASK_STARTED;
  if (!st->w.sync_waiter)
    progress(st);
}

void subtask_resolve(struct rt_subtask *st, bool returned) {
  if (returned)
    st->state = RT_SUBTASK_RETURNED;
  else
    st->state =
        st->state == RT_SUBTASK_STARTING ? RT_SUBTASK_CANCELLED_BEFORE_STARTED : RT_SUBTASK_CANCELLED_BEFORE_RETURNED;
  progress(st);
}

void subtask_deliver_resolve(struct rt_subtask *st) {
  for (uint32_t i = 0; i < st->lender_count; i++)
    lend_end(st->lower->inst, st->lenders[i]);
  for (uint32_t i = 0; i < st->more_lenders.count; i++)
    lend_end(st->lower->inst, st->more_lenders.data[i]);
  st->lender_count = 0;
  st->more_lenders.count = 0;
  st->resolve_delivered = true;
}
