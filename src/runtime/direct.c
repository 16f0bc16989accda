/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See direct.h. */
#include "runtime/direct.h"

#include "runtime/enter.h"
#include "runtime/frame.h"
#include "runtime/fused_check.h"
#include "runtime/hold.h"
#include "runtime/table.h"
#include "runtime/trap.h"

static bool is_plain_number(const struct weir_type *t) {
  return t->numeric && t->layout[0].size >= 4;
}

bool direct_possible(const struct rt_trampoline *t) {
  const struct rt_lift *l = t->callee;
  if (!l || t->opts.async || l->type->async || !t->flat_scalars || t->never_enters)
    return false;
  if (l->type->result && !is_plain_number(l->type->result))
    return false;
  return !l->opts.has_post_return && !l->inst->decl->can_block;
}

weir_status direct_enter(struct rt_frame *frame, struct rt_lift *l, uint32_t levels) {
  struct rt_store *s = l->inst->store;
  frame->thread.index = 0;
  if (l->inst->indexes_seen)
    WEIR_TRY(rt_table_add_object(s, &l->inst->threads, RT_THREAD, &frame->thread, &frame->thread.index));
  frame_push(frame, l->inst);
  frame->task.lift = l;
  frame->task.state = RT_TASK_STARTED;
  frame->thread.levels = levels;
  enter_set_allowed(l->inst, levels, false);
  s->live_tasks++;
  l->inst->gate->sync_tasks = ++l->inst->sync_tasks;
  return WEIR_OK;
}

void direct_leave(struct rt_frame *frame, struct rt_lift *l, uint32_t levels) {
  l->inst->store->live_tasks--;
  l->inst->gate->sync_tasks = --l->inst->sync_tasks;
  enter_set_allowed(l->inst, levels, true);
  frame_pop(frame);
  if (frame->thread.index != 0)
    rt_table_remove(&l->inst->threads, frame->thread.index);
}

weir_status direct_call(struct rt_trampoline *t, union eng_val *vals) {
  struct rt_lift *l = t->callee;
  struct rt_store *s = l->inst->store;
  struct rt_frame frame;
  if (s->failed || !enter_is_allowed(l->inst, t->enter_levels))
    WEIR_TRY(hold_entry(l, t->enter_levels));
  WEIR_TRY(direct_enter(&frame, l, t->enter_levels));
  weir_status status = eng_call(s->eng, &l->callee, vals, l->param_count, &s->failure);
  status = fused_check_left(l->inst, &frame.thread, status);
  status = rt_fail(s, status == WEIR_OK && s->failed ? s->failure.status : status);
  direct_leave(&frame, l, t->enter_levels);
  return status;
}
