/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See waiters.h. */
#include "runtime/waiters.h"

#include "runtime/choice.h"
#include "runtime/door.h"
#include "runtime/queue.h"

/* A task that needs the lock and waits in the middle of its code has it. */
static bool waits_as_holder(const struct rt_thread *t) {
  return t->wait == RT_WAIT_SET && queue_needs_exclusive(t);
}

static void update_holder(const struct rt_set *set) {
  bool ready = set->holder->queue != RT_QUEUE_NONE;
  if (set->events > 0 && !ready)
    queue_join_ready(set->holder);
  else if (set->events == 0 && ready)
    queue_leave(set->holder);
}

static struct rt_waiters *waiters_of(const struct rt_thread *t) {
  return &t->set->waiters[t->wait == RT_WAIT_SET_CALLBACK ? RT_WAITER_CALLBACK : RT_WAITER_BESIDE];
}

static void wake(struct rt_waiters *w, struct rt_thread *t) {
  list_remove(&t->sleeper);
  list_append(&w->awake, &t->sleeper);
  w->awake_count++;
  t->awake = true;
  if (t->wait == RT_WAIT_SET_CALLBACK)
    door_join(t);
  else
    queue_join_ready(t);
}

static void wake_one(struct rt_store *s, struct rt_waiters *w) {
  uint32_t n = choice_open(s, CHOICE_THREADS) ? list_count(&w->asleep) : 0;
  const struct list *node = w->asleep.next;
  for (uint32_t i = choice_of(s, CHOICE_THREADS, n); i > 0; i--)
    node = node->next;
  wake(w, LIST_OWNER(node, struct rt_thread, sleeper));
}

static void put_to_sleep(struct rt_waiters *w, struct rt_thread *t) {
  list_remove(&t->sleeper);
  list_prepend(&w->asleep, &t->sleeper);
  w->awake_count--;
  t->awake = false;
  queue_leave(t);
  if (t->wait != RT_WAIT_SET_CALLBACK)
    return;
  door_leave(t);
  door_let_through(t->task->inst, RT_DOOR_LOCK);
}

/* Each change is by one event or one waiter, so each loop turns once at most. */
static void balance(struct rt_store *s, const struct rt_set *set, struct rt_waiters *w) {
  if (w->awake_count == set->events)
    return;
  while (w->awake_count < set->events && !list_empty(&w->asleep))
    wake_one(s, w);
  while (w->awake_count > set->events)
    put_to_sleep(w, LIST_OWNER(w->awake.prev, struct rt_thread, sleeper));
}

void waiters_join(struct rt_thread *t) {
  if (waits_as_holder(t)) {
    t->set->holder = t;
    update_holder(t->set);
    return;
  }
  list_append(&waiters_of(t)->asleep, &t->sleeper);
  balance(t->task->inst->store, t->set, waiters_of(t));
}

void waiters_leave(struct rt_thread *t, bool cancelled) {
  struct rt_waiters *w = waiters_of(t);
  if (waits_as_holder(t)) {
    t->set->holder = NULL;
    return;
  }
  list_remove(&t->sleeper);
  w->awake_count -= t->awake ? 1 : 0;
  t->awake = false;
  if (cancelled)
    balance(t->task->inst->store, t->set, w);
}

static struct rt_store *store_of(const struct rt_waiters *w) {
  const struct list *any = list_empty(&w->asleep) ? w->awake.next : w->asleep.next;
  return LIST_OWNER(any, struct rt_thread, sleeper)->task->inst->store;
}

void waiters_update(struct rt_set *set) {
  for (uint32_t i = 0; i < RT_WAITER_CLASSES; i++) {
    struct rt_waiters *w = &set->waiters[i];
    if (!list_empty(&w->asleep) || !list_empty(&w->awake))
      balance(store_of(w), set, w);
  }
  if (set->holder)
    update_holder(set);
}
