/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Holding stacks: the marks that a hold leaves on instances; holding itself, for each of its kinds; what a call does
 * before it enters a held instance or touches a frozen one; synchronous tasks that wait.
 *
 * What always holds: marks are set when a stack is held and taken back before it goes on, so that they are balanced
 * whatever happened meanwhile. release.c goes on with what is held.
 */
#include "runtime/hold.h"

#include "runtime/enter.h"
#include "runtime/sched.h"
#include "runtime/trap.h"

/* ---- marks ------------------------------------------------------------------------------------------------------- */

static void mark_held(struct rt_instance *inst, bool held) {
  bool before = inst->held > 0;
  inst->held += held ? 1 : -1u;
  if (before != (inst->held > 0))
    sched_held_changed(inst);
}

static bool holds_instance_of(const struct rt_hold *h, const struct rt_thread *t) {
  return h->kind != RT_HOLD_HOST || (t->task->lift && rt_task_is_sync(t->task));
}

/* The thread below a realloc is that of one side of the copy, task.caller_inst is the other side (frame.h). */
static struct rt_instance *copied_with(const struct rt_hold *h) {
  return h->self->task->lift ? NULL : h->self->task->caller_inst;
}

static struct rt_instance *copied_below(const struct rt_hold *h) {
  return h->self->task->lift || h->self == h->owner ? NULL : h->self->below->task->inst;
}

static uint32_t freezes(const struct rt_hold *h, const struct rt_instance *inst) {
  if (h->kind != RT_HOLD_ASIDE)
    return 0;
  return (uint32_t)(h->self->task->inst == inst) + (copied_with(h) == inst) + (copied_below(h) == inst);
}

static void mark_frozen(const struct rt_hold *h, bool frozen) {
  struct rt_instance *with = copied_with(h), *below = copied_below(h);
  uint32_t change = frozen ? 1 : -1u;
  h->self->task->inst->frozen += change;
  if (below)
    below->frozen += change;
  if (!with)
    return;
  with->frozen += change;
  mark_held(with, frozen);
}

/*
 * Callers further down have their instances marked as entered until their calls return. While the stack is held no code
 * is inside of them: `held` alone keeps others out. The owner's marks are taken back by the code that runs its stack.
 */
void hold_mark(const struct rt_hold *h, bool held) {
  if (h->kind == RT_HOLD_ASIDE)
    mark_frozen(h, held);
  h->owner->task->inst->owned_holds += held ? 1 : -1u;
  for (struct rt_thread *t = h->self;; t = t->below) {
    struct rt_instance *inst = t->task->inst;
    if (holds_instance_of(h, t))
      mark_held(inst, held);
    if (t == h->owner)
      return;
    enter_set_allowed(inst, t->levels, held);
  }
}

/* Somebody else may have been set aside while it copied to or from one of the instances on the stack. */
static bool is_thawed(const struct rt_hold *h) {
  for (const struct rt_thread *t = h->self;; t = t->below) {
    const struct rt_instance *inst = t->task->inst;
    if (inst->frozen > freezes(h, inst))
      return false;
    if (t == h->owner)
      return true;
  }
}

bool hold_is_over(const struct rt_store *s, const struct rt_hold *h) {
  return (!h->over || h->over(s, h->what)) && is_thawed(h);
}

/* ---- holding ----------------------------------------------------------------------------------------------------- */

static weir_status hold(struct rt_store *s, struct rt_hold *h) {
  h->self = s->current;
  h->owner = s->stack_owner;
  if (!hold_possible(s))
    return rt_trap(s, "a call of synchronous type cannot be held back here");
  hold_mark(h, true);
  list_append(h->asleep ? &s->holds_asleep : &s->holds, &h->all);
  h->owner->held = (uint8_t)h->kind;
  weir_status status = eng_suspend(s->eng);
  list_remove(&h->all);
  if (status != WEIR_OK)
    return status; /* the store goes */
  h->owner->held = RT_HOLD_NONE;
  hold_mark(h, false);
  s->current = h->self;
  return s->failed ? s->failure.status : WEIR_OK;
}

weir_status hold_until(struct rt_store *s, rt_hold_condition over, const void *what) {
  struct rt_hold h = {.kind = RT_HOLD_HOST, .over = over, .what = what};
  return hold(s, &h);
}

weir_status hold_until_woken(struct rt_store *s, struct rt_hold *h) {
  *h = (struct rt_hold){.kind = RT_HOLD_HOST, .asleep = true};
  return hold(s, h);
}

void hold_wake(struct rt_store *s, struct rt_hold *h) {
  h->asleep = false;
  list_remove(&h->all);
  list_append(&s->holds, &h->all);
}

static bool is_over(const struct rt_store *s, const void *what) {
  (void)s;
  return ((const struct rt_nest *)what)->over;
}

weir_status hold_with_nested(struct rt_store *s) {
  enum rt_hold_kind kind = s->paused->held == RT_HOLD_HOST ? RT_HOLD_HOST : RT_HOLD_WHOLE;
  struct rt_nest nest = {.hold = {.kind = kind, .over = is_over, .what = &nest}};
  struct rt_instance *inst = s->paused->task->inst;
  s->paused->nest = &nest;
  s->paused = NULL;
  enter_set_allowed(inst, inst->depth + 1, true); /* nobody is inside of anything until it goes on */
  return hold(s, &nest.hold);
}

void hold_aside(struct rt_store *s, struct rt_thread *owner) {
  struct rt_hold *h = &owner->aside;
  *h = (struct rt_hold){.kind = RT_HOLD_ASIDE, .self = s->current, .owner = owner};
  owner->held = RT_HOLD_ASIDE;
  s->slice_used = true;
  hold_mark(h, true);
  list_append(&s->holds, &h->all);
}

/* ---- entering ---------------------------------------------------------------------------------------------------- */

static bool instance_free(const struct rt_store *s, const void *what) {
  const struct rt_instance *inst = what;
  (void)s;
  return inst->held == 0;
}

weir_status hold_entry(const struct rt_lift *lift, uint32_t levels) {
  struct rt_instance *inst = lift->inst;
  struct rt_store *s = inst->store;
  struct rt_hold h = {.kind = s->slices ? RT_HOLD_WHOLE : RT_HOLD_HOST, .over = instance_free, .what = inst};
  while (!s->failed && inst->held > 0 && !lift->type->async)
    WEIR_TRY(hold(s, &h));
  for (const struct rt_instance *i = inst; levels > 0; levels--, i = i->parent)
    if (s->failed || !i->may_enter)
      return rt_trap_cannot_enter(s);
  return WEIR_OK;
}

static bool instance_thawed(const struct rt_store *s, const void *what) {
  const struct rt_instance *inst = what;
  (void)s;
  return inst->frozen == 0;
}

weir_status hold_until_thawed(struct rt_store *s, const struct rt_instance *inst) {
  struct rt_hold h = {.kind = RT_HOLD_WHOLE, .over = instance_thawed, .what = inst};
  while (inst->frozen > 0)
    WEIR_TRY(hold(s, &h));
  return WEIR_OK;
}

/* ---- synchronous tasks that wait --------------------------------------------------------------------------------- */

struct beside { /* what a synchronous task waits for */
  const struct rt_instance *inst;
  uint32_t own; /* the stack that waits counts as held too */
};

static bool others_may_run(const struct rt_store *s, const void *what) {
  const struct beside *b = what;
  (void)s;
  return sched_has_next_beside(b->inst, true) || b->inst->owned_holds == b->own;
}

weir_status hold_until_others_may_run(struct rt_store *s, const struct rt_instance *inst) {
  struct beside what = {.inst = inst, .own = s->stack_owner && s->stack_owner->task->inst == inst};
  return hold_until(s, others_may_run, &what);
}
