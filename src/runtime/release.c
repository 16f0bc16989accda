/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See release.h. There are few held stacks, so their conditions are asked one by one. */
#include "runtime/release.h"

#include "runtime/enter.h"
#include "runtime/hold.h"
#include "runtime/thread.h"
#include "runtime/trap.h"

/*
 * While a stack runs that others wait with, they are as if they had called it just now: nobody is kept out by `held`,
 * and their instances are entered.
 */
static void mark_nests(const struct rt_nest *nest, bool held) {
  for (; nest; nest = nest->hold.owner->nest) {
    const struct rt_instance *inst = nest->hold.owner->task->inst;
    hold_mark(&nest->hold, held);
    enter_set_allowed(nest->hold.owner->task->inst, inst->depth + 1, held);
  }
}

static void take_aside(struct rt_hold *h) {
  list_remove(&h->all);
  h->owner->held = RT_HOLD_NONE;
  hold_mark(h, false);
}

static void resume(struct rt_store *s, struct rt_hold *h) {
  struct rt_thread *owner = h->owner, *top = h->self;
  struct rt_nest *nest = owner->nest;
  struct rt_instance *inst = owner->task->inst;
  uint32_t levels = inst->depth + 1;
  if (h->kind == RT_HOLD_ASIDE)
    take_aside(h);
  mark_nests(nest, false);
  enter_set_allowed(inst, levels, false);
  s->nesting_depth++;
  rt_fail(s, thread_resume_held(owner, top));
  s->nesting_depth--;
  enter_set_allowed(inst, levels, true);
  mark_nests(nest, true);
}

static bool resume_first(struct rt_store *s, bool aside_too) {
  struct rt_hold *h = LIST_OWNER(s->holds.next, struct rt_hold, all);
  s->steps++;
  if ((aside_too || h->kind != RT_HOLD_ASIDE) && hold_is_over(s, h)) {
    resume(s, h);
    return true;
  }
  list_remove(&h->all);
  list_append(&s->holds, &h->all);
  return false;
}

static size_t resume_some(struct rt_store *s, size_t count, bool aside_too, bool *ret_any) {
  for (; count > 0 && !s->failed && !s->slice_used && !list_empty(&s->holds); count--)
    *ret_any = resume_first(s, aside_too) || *ret_any;
  return s->failed || list_empty(&s->holds) ? 0 : count;
}

/* A stack that waits for an instance gets a turn before threads of the instance that are ready can hold it again. */
size_t hold_resume_ready(struct rt_store *s, size_t count) {
  bool any = false;
  size_t left = resume_some(s, count, true, &any);
  if (any && s->slices && !s->slice_used)
    resume_some(s, list_count(&s->holds), false, &any);
  return left;
}

bool hold_any_ready(const struct rt_store *s) {
  for (const struct list *n = s->holds.next; n != &s->holds; n = n->next)
    if (hold_is_over(s, LIST_OWNER(n, struct rt_hold, all)))
      return true;
  return false;
}

static struct rt_hold *any_aside(const struct rt_store *s) {
  for (struct list *n = s->holds.next; n != &s->holds; n = n->next) {
    struct rt_hold *h = LIST_OWNER(n, struct rt_hold, all);
    if (h->kind == RT_HOLD_ASIDE)
      return h;
  }
  return NULL;
}

void hold_drop_aside(struct rt_store *s) {
  struct rt_hold *h = any_aside(s);
  for (; h; h = any_aside(s)) {
    s->failed = true; /* also where the store goes: nothing runs on */
    struct rt_thread *owner = h->owner;
    struct eng_stack *stack = owner->stack;
    take_aside(h);
    owner->stack = NULL;
    s->current = h->self;
    s->stack_owner = owner;
    eng_stack_drop(stack); /* the owner may be gone */
    s->current = s->stack_owner = NULL;
  }
}
