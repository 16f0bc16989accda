/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See waitable.h. Events of a set are delivered in the order in which their waitables got them, unless choice.h permutes it. */
#include "runtime/waitable.h"

#include "runtime/choice.h"
#include "runtime/sched.h"

void waitable_init(struct rt_waitable *w, enum rt_handle_kind kind) {
  *w = (struct rt_waitable){.kind = (uint8_t)kind};
  list_init(&w->pending);
}

void waitable_set_pending(struct rt_waitable *w) {
  bool was_pending = w->has_pending_event;
  w->has_pending_event = true;
  if (w->sync_waiter)
    sched_thread_signalled(w->sync_waiter);
  if (!w->set || was_pending)
    return;
  list_append(&w->set->pending, &w->pending);
  sched_set_has_event(w->set);
}

void waitable_clear_pending(struct rt_waitable *w) {
  w->has_pending_event = false;
  list_remove(&w->pending);
}

void waitable_join(struct rt_waitable *w, struct rt_set *set) {
  if (w->set)
    w->set->elems--;
  list_remove(&w->pending);
  w->set = set;
  if (!set)
    return;
  set->elems++;
  if (w->has_pending_event) {
    list_append(&set->pending, &w->pending);
    sched_set_has_event(set);
  }
}

void set_init(struct rt_set *set) {
  set->elems = 0;
  set->num_waiting = 0;
  list_init(&set->pending);
  list_init(&set->waiters);
}

struct rt_waitable *set_next_pending(struct rt_store *s, const struct rt_set *set) {
  if (list_empty(&set->pending))
    return NULL;
  const struct list *n = set->pending.next;
  if (choice_open(s, CHOICE_EVENTS))
    for (uint32_t i = choice_of(s, CHOICE_EVENTS, list_count(&set->pending)); i > 0; i--)
      n = n->next;
  return LIST_OWNER(n, struct rt_waitable, pending);
}
