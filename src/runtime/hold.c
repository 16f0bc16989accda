/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See hold.h. */
#include "runtime/hold.h"

#include "runtime/enter.h"
#include "runtime/sched.h"
#include "runtime/trap.h"

/*
 * Callers further down have their instances marked as entered until their calls return. While the stack is held nobody
 * is inside of them: what keeps others out is `held` alone. The owner's marks are taken back by whoever runs its stack.
 */
static void mark(const struct rt_hold *h, bool held) {
  for (struct rt_thread *t = h->self;; t = t->below) {
    struct rt_instance *inst = t->task->inst;
    if (t->task->lift && rt_task_is_sync(t->task)) {
      inst->held += held ? 1 : -1u;
      if (inst->held == 0)
        sched_released(inst);
    }
    if (t == h->owner)
      return;
    instance_set_may_enter(inst, t->levels, held);
  }
}

weir_status hold_until(struct rt_store *s, hold_condition over, const void *what) {
  struct rt_hold h = {.self = s->current, .owner = s->stack_owner, .over = over, .what = what};
  if (!hold_possible(s))
    return rt_trap(s, "a call of synchronous type cannot be held back here");
  mark(&h, true);
  list_append(&s->holds, &h.all);
  weir_status status = eng_suspend(s->eng);
  list_remove(&h.all);
  if (status != WEIR_OK)
    return status; /* the store goes */
  mark(&h, false);
  s->current = h.self;
  return s->failed ? s->failure.status : WEIR_OK;
}

/* ---- entering -------------------------------------------------------------------------------------------------------- */

static bool instance_free(const struct rt_store *s, const void *what) {
  const struct rt_instance *inst = what;
  (void)s;
  return inst->held == 0;
}

weir_status hold_entry(const struct rt_lift *lift, uint32_t levels) {
  struct rt_instance *inst = lift->inst;
  struct rt_store *s = inst->store;
  while (!s->failed && inst->held > 0 && !lift->type->async)
    WEIR_TRY(hold_until(s, instance_free, inst));
  for (const struct rt_instance *i = inst; levels > 0; levels--, i = i->parent)
    if (s->failed || !i->may_enter)
      return rt_trap_cannot_enter(s);
  return WEIR_OK;
}

/* ---- synchronous tasks that wait ---------------------------------------------------------------------------------------- */

bool hold_of_instance(const struct rt_instance *inst) {
  const struct list *holds = &inst->store->holds;
  for (const struct list *n = holds->next; n != holds; n = n->next)
    if (LIST_OWNER(n, struct rt_hold, all)->owner->task->inst == inst)
      return true;
  return false;
}

static bool others_may_run(const struct rt_store *s, const void *what) {
  const struct rt_thread *self = what;
  (void)s;
  return sched_waits_for_release(self->task->inst, self) || !hold_of_instance(self->task->inst);
}

weir_status hold_until_others_may_run(struct rt_store *s, struct rt_thread *self) {
  s->current = self;
  return hold_until(s, others_may_run, self);
}
