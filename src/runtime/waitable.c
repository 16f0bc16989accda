/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * See waitable.h. Events of a set are delivered in the order in which their waitables got them, unless choice.h
 * permutes it.
 */
#include "runtime/waitable.h"

#include "runtime/choice.h"
#include "runtime/sched.h"

void waitable_init(struct rt_waitable *w, enum rt_handle_kind kind) {
  *w = (struct rt_waitable){.kind = (uint8_t)kind};
  list_init(&w->pending);
}

static void enter_pending(struct rt_waitable *w) {
  list_append(&w->set->pending, &w->pending);
  w->set->events++;
  sched_set_changed(w->set);
}

static void leave_pending(struct rt_waitable *w) {
  list_remove(&w->pending);
  w->set->events--;
  sched_set_changed(w->set);
}

void waitable_set_pending(struct rt_waitable *w) {
  bool was_pending = w->has_pending_event;
  w->has_pending_event = true;
  sched_waitable_signalled(w);
  if (w->set && !was_pending)
    enter_pending(w);
}

void waitable_clear_pending(struct rt_waitable *w) {
  if (w->set && w->has_pending_event)
    leave_pending(w);
  w->has_pending_event = false;
}

void waitable_join(struct rt_waitable *w, struct rt_set *set) {
  if (w->set) {
    w->set->elems--;
    if (w->has_pending_event)
      leave_pending(w);
  }
  w->set = set;
  if (!set)
    return;
  set->elems++;
  if (w->has_pending_event)
    enter_pending(w);
}

void waitable_set_init(struct rt_set *set) {
  set->elems = 0;
  set->num_waiting = 0;
  set->events = 0;
  set->holder = NULL;
  list_init(&set->pending);
  for (uint32_t i = 0; i < RT_WAITER_CLASSES; i++) {
    list_init(&set->waiters[i].asleep);
    list_init(&set->waiters[i].awake);
    set->waiters[i].awake_count = 0;
  }
}

struct rt_waitable *waitable_set_next_pending(struct rt_store *s, const struct rt_set *set) {
  if (set->events == 0)
    return NULL;
  const struct list *n = set->pending.next;
  if (choice_open(s, CHOICE_EVENTS))
    for (uint32_t i = choice_of(s, CHOICE_EVENTS, set->events); i > 0; i--)
      n = n->next;
  return LIST_OWNER(n, struct rt_waitable, pending);
}
