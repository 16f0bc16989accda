/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See release.h. There are few held stacks, so their conditions are asked one by one. */
#include "runtime/release.h"

#include "runtime/enter.h"
#include "runtime/hold.h"
#include "runtime/thread.h"
#include "runtime/trap.h"

static void resume(struct rt_store *s, struct rt_hold *h) {
  struct rt_instance *inst = h->owner->task->inst;
  uint32_t levels = inst->depth + 1;
  s->nesting_depth++;
  instance_set_may_enter(inst, levels, false);
  rt_fail(s, thread_resume_held(h->owner));
  instance_set_may_enter(inst, levels, true);
  s->nesting_depth--;
}

void hold_resume_ready(struct rt_store *s) {
  for (uint32_t left = list_count(&s->holds); left > 0 && !s->failed && !list_empty(&s->holds); left--) {
    struct rt_hold *h = LIST_OWNER(s->holds.next, struct rt_hold, all);
    if (h->over(s, h->what)) {
      resume(s, h);
    } else {
      list_remove(&h->all);
      list_append(&s->holds, &h->all);
    }
  }
}

bool hold_any_ready(const struct rt_store *s) {
  for (const struct list *n = s->holds.next; n != &s->holds; n = n->next) {
    const struct rt_hold *h = LIST_OWNER(n, struct rt_hold, all);
    if (h->over(s, h->what))
      return true;
  }
  return false;
}
