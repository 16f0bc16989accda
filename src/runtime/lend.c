/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See lend.h. A handle with loans cannot be removed, so its index stays. */
#include "runtime/lend.h"

#include "runtime/fused_check.h"
#include "runtime/trap.h"

weir_status lend_begin(struct rt_instance *lender, uint32_t handle_index) {
  struct rt_store *s = lender->store;
  if (lender->loans >= s->limits.handles)
    return rt_limit(s, s->limits.handles, "handles lent by one component instance", "max_handles");
  lender->handles.entries[handle_index].num_lends++;
  lender->loans++;
  return WEIR_OK;
}

void lend_end(struct rt_instance *lender, uint32_t handle_index) {
  lender->handles.entries[handle_index].num_lends--;
  lender->loans--;
}

weir_status lend_to_callee(struct rt_instance *callee, struct rt_instance *lender, uint32_t handle_index) {
  struct rt_store *s = lender->store;
  if (callee->borrowed.count > 0 && callee->lender != lender)
    return fused_trap_adapter(callee->root);
  callee->lender = lender;
  WEIR_TRY(lend_begin(lender, handle_index));
  if (VEC_PUSH(s->alloc, &callee->borrowed, handle_index))
    return WEIR_OK;
  lend_end(lender, handle_index);
  return rt_fail(s, diag_nomem(&s->failure));
}

void lend_end_callee(struct rt_instance *callee) {
  for (uint32_t i = 0; i < callee->borrowed.count; i++)
    lend_end(callee->lender, callee->borrowed.data[i]);
  callee->borrowed.count = 0;
}

void lend_done(struct rt_instance *callee) {
  if (callee->borrowed.capacity > 0)
    VEC_DONE(callee->store->alloc, &callee->borrowed);
}
