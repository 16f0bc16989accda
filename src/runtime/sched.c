/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See sched.h. Every queue is intrusive and a thread is in at most one of: store.ready, a gate. */
#include "runtime/sched.h"

#include "runtime/choice.h"

static bool needs_exclusive(const struct rt_thread *t) {
  return t->implicit && t->task->lift->needs_exclusive;
}

bool sched_has_backpressure(const struct rt_task *task) {
  const struct rt_instance *inst = task->inst;
  return inst->held > 0 || inst->backpressure > 0 || (task->lift->needs_exclusive && inst->exclusive);
}

bool sched_thread_ready(const struct rt_thread *t) {
  return t->task->inst->held == 0 && sched_wait_over(t);
}

bool sched_wait_over(const struct rt_thread *t) {
  if (t->state != RT_THREAD_WAITING)
    return false;
  switch ((enum rt_wait)t->wait) {
    case RT_WAIT_TRUE:
      return true;
    case RT_WAIT_ENTER:
      return !sched_has_backpressure(t->task);
    case RT_WAIT_EXCLUSIVE:
      return !t->task->inst->exclusive;
    case RT_WAIT_SET:
      return !list_empty(&t->set->pending);
    case RT_WAIT_SET_CALLBACK:
      return !t->task->inst->exclusive && !list_empty(&t->set->pending);
    case RT_WAIT_WAITABLE:
      return t->waitable->has_pending_event;
    case RT_WAIT_SUBTASK:
      return ((const struct rt_subtask *)(const void *)t->waitable)->state >= RT_SUBTASK_RETURNED;
    case RT_WAIT_NONE:
      break;
  }
  return false;
}

static void enqueue(struct rt_thread *t) {
  if (t->queued)
    return;
  list_remove(&t->queue);
  list_append(&t->task->inst->store->ready, &t->queue);
  t->queued = true;
}

/* A thread that only lacks the lock (or only waits for entry) stands in a gate; others are found through what they wait on. */
static bool belongs_in_gate(const struct rt_thread *t) {
  if (t->wait == RT_WAIT_ENTER || t->wait == RT_WAIT_EXCLUSIVE)
    return true;
  return t->wait == RT_WAIT_SET_CALLBACK && !list_empty(&t->set->pending);
}

/* Who comes back because others were quicker comes before those who came after it. */
static void join_gate(struct rt_store *s, struct list *gate, struct rt_thread *t) {
  struct list *after = gate->prev;
  if (t->place == 0)
    t->place = ++s->places;
  while (after != gate && LIST_OWNER(after, struct rt_thread, queue)->place > t->place)
    after = after->prev;
  list_prepend(after, &t->queue);
}

/*
 * Who needs the lock always joins the gate first and is let through from its head, so that nobody overtakes. A wake-up
 * too many is harmless: the condition is asked again on its turn.
 */
void sched_park(struct rt_thread *t) {
  struct rt_instance *inst = t->task->inst;
  list_remove(&t->queue);
  t->queued = false;
  if (belongs_in_gate(t)) {
    join_gate(inst->store, needs_exclusive(t) ? &inst->gate_exclusive : &inst->gate_entry, t);
    if (!inst->exclusive || !needs_exclusive(t)) /* who needs no lock waits for no one's release of it */
      sched_exclusive_released(inst);
  } else if (inst->held > 0) {
    list_append(&inst->gate_held, &t->queue);
  } else if (sched_thread_ready(t)) {
    enqueue(t);
  }
}

void sched_released(struct rt_instance *inst) {
  struct list batch;
  list_take(&batch, &inst->gate_held);
  while (!list_empty(&batch))
    sched_park(LIST_OWNER(batch.next, struct rt_thread, queue));
  sched_exclusive_released(inst);
}

bool sched_waits_for_release(const struct rt_instance *inst) {
  for (const struct list *n = inst->gate_held.next; n != &inst->gate_held; n = n->next) {
    const struct rt_thread *t = LIST_OWNER(n, struct rt_thread, queue);
    if (sched_wait_over(t) && !needs_exclusive(t))
      return true;
  }
  return false;
}

void sched_unpark(struct rt_thread *t) {
  list_remove(&t->queue);
  list_remove(&t->waiters);
  t->queued = false;
}

/*
 * One of those who need the lock may go on, the first that can; it gives the next one its turn when it releases the
 * lock. Where the order is permuted all that can stand for election; who loses comes back here on its turn. Those who wait for entry without needing the lock may all go on.
 */
void sched_exclusive_released(struct rt_instance *inst) {
  for (struct list *n = inst->gate_exclusive.next, *next; n != &inst->gate_exclusive; n = next) {
    next = n->next;
    struct rt_thread *t = LIST_OWNER(n, struct rt_thread, queue);
    if (sched_thread_ready(t)) {
      enqueue(t);
      if (!choice_open(inst->store, CHOICE_THREADS))
        break;
      continue;
    }
    if (belongs_in_gate(t))
      continue;
    list_remove(&t->queue); /* another waiter took its event: the set's next event finds it */
    t->place = 0;
  }
  while (inst->held == 0 && inst->backpressure == 0 && !list_empty(&inst->gate_entry))
    enqueue(LIST_OWNER(inst->gate_entry.next, struct rt_thread, queue));
}

void sched_set_has_event(struct rt_set *set) {
  for (struct list *n = set->waiters.next; n != &set->waiters; n = n->next) {
    struct rt_thread *t = LIST_OWNER(n, struct rt_thread, waiters);
    if (!t->queued)
      sched_park(t);
  }
}

void sched_thread_signalled(struct rt_thread *t) {
  if (t->state == RT_THREAD_WAITING && !t->queued)
    sched_park(t);
}

/* A thread of the queue that is not ready after all goes back to where its next signal finds it. */
static void put_back(struct rt_thread *t) {
  sched_park(t);
  if (!t->task->inst->exclusive) /* it may have been the one that was let through the gate */
    sched_exclusive_released(t->task->inst);
}

static struct rt_thread *queued_at(struct rt_store *s, uint32_t i) {
  struct list *n = s->ready.next;
  for (; i > 0; i--)
    n = n->next;
  return LIST_OWNER(n, struct rt_thread, queue);
}

struct rt_thread *sched_next(struct rt_store *s) {
  while (!list_empty(&s->ready)) {
    bool open = choice_open(s, CHOICE_THREADS);
    struct rt_thread *t = queued_at(s, open ? choice_of(s, CHOICE_THREADS, list_count(&s->ready)) : 0);
    if (sched_thread_ready(t))
      return t;
    put_back(t);
  }
  return NULL;
}

bool sched_has_next(struct rt_store *s) {
  while (!list_empty(&s->ready) && !sched_thread_ready(queued_at(s, 0)))
    put_back(queued_at(s, 0));
  return !list_empty(&s->ready);
}

/* The candidate number `skip` of those that may run beside a synchronous task: threads of tasks that have been entered. */
static struct rt_thread *candidate_beside(struct rt_instance *inst, uint32_t skip) {
  struct rt_store *s = inst->store;
  for (struct list *n = s->ready.next; n != &s->ready; n = n->next) {
    struct rt_thread *t = LIST_OWNER(n, struct rt_thread, queue);
    if (t->task->inst != inst || !sched_thread_ready(t) || needs_exclusive(t) || t->wait == RT_WAIT_ENTER)
      continue;
    if (skip-- == 0)
      return t;
  }
  return NULL;
}

struct rt_thread *sched_next_beside(struct rt_instance *inst) {
  uint32_t count = 0;
  while (choice_open(inst->store, CHOICE_THREADS) && candidate_beside(inst, count))
    count++;
  return candidate_beside(inst, choice_of(inst->store, CHOICE_THREADS, count));
}

bool sched_has_next_beside(struct rt_instance *inst) {
  return candidate_beside(inst, 0) != NULL;
}
