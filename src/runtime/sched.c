/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * See sched.h. From the ground up: conditions; the queues of an instance, and its turn among the others; what the lock
 * and backpressure let through; the waiters of a set; signals; choosing.
 *
 * What always holds between two calls from outside: rt_thread.queue says in which queue a thread is; in READY_* are
 * exactly those that may be resumed or only lack that their instance is not held, but for those that stand behind
 * another one that lacks the same; store.turns has the instances that are not held and have somebody there.
 */
#include "runtime/sched.h"

#include "runtime/choice.h"

/* ---- conditions -------------------------------------------------------------------------------------------------- */

static bool needs_exclusive(const struct rt_thread *t) {
  return t->implicit && t->task->lift->needs_exclusive;
}

bool sched_has_backpressure(const struct rt_task *task) {
  const struct rt_instance *inst = task->inst;
  return inst->held > 0 || inst->backpressure > 0 || (task->lift->needs_exclusive && inst->exclusive);
}

static bool waitable_ready(const struct rt_thread *t) {
  if (t->wait == RT_WAIT_WAITABLE)
    return t->waitable->has_pending_event;
  return ((const struct rt_subtask *)(const void *)t->waitable)->state >= RT_SUBTASK_RETURNED;
}

bool sched_thread_ready(const struct rt_thread *t) {
  const struct rt_instance *inst = t->task->inst;
  if (t->state != RT_THREAD_WAITING || inst->held > 0)
    return false;
  switch ((enum rt_wait)t->wait) {
    case RT_WAIT_TRUE:
      return true;
    case RT_WAIT_ENTER:
      return !sched_has_backpressure(t->task);
    case RT_WAIT_EXCLUSIVE:
      return !inst->exclusive;
    case RT_WAIT_SET:
      return t->set->events > 0;
    case RT_WAIT_SET_CALLBACK:
      return t->set->events > 0 && !inst->exclusive;
    case RT_WAIT_WAITABLE:
    case RT_WAIT_SUBTASK:
      return waitable_ready(t);
    case RT_WAIT_NONE:
      break;
  }
  return false;
}

/* ---- queues ------------------------------------------------------------------------------------------------------ */

static struct rt_thread *first_in(const struct rt_instance *inst, enum rt_queue queue) {
  const struct list *q = &inst->queues[queue];
  return list_empty(q) ? NULL : LIST_OWNER(q->next, struct rt_thread, node);
}

/* The earlier of two; either may be NULL. */
static struct rt_thread *earlier(struct rt_thread *a, struct rt_thread *b) {
  if (!a || !b)
    return a ? a : b;
  return a->place < b->place ? a : b;
}

static struct rt_thread *first_ready(const struct rt_instance *inst) {
  return earlier(first_in(inst, RT_QUEUE_READY_BESIDE), first_in(inst, RT_QUEUE_READY_TICK));
}

/* Keeps the instance where its first thread that is ready belongs among the others. */
static void update_turn(struct rt_instance *inst) {
  struct rt_store *s = inst->store;
  const struct rt_thread *first = inst->held == 0 ? first_ready(inst) : NULL;
  if (inst->turn.set && first && inst->turn.at == first->place)
    return;
  alarm_remove(&s->turns, &inst->turn);
  if (!first)
    return;
  inst->turn.at = first->place;
  alarm_add(&s->turns, &inst->turn);
}

static bool is_ready_queue(uint8_t queue) {
  return queue == RT_QUEUE_READY_BESIDE || queue == RT_QUEUE_READY_TICK;
}

static void count_ready(struct rt_instance *inst, uint32_t change) {
  inst->ready_count += change;
  if (inst->held == 0)
    inst->store->ready_count += change;
}

static void leave_queue(struct rt_thread *t) {
  struct rt_instance *inst = t->task->inst;
  uint8_t queue = t->queue;
  if (queue == RT_QUEUE_NONE)
    return;
  inst->store->steps++;
  list_remove(&t->node);
  t->queue = RT_QUEUE_NONE;
  if (!is_ready_queue(queue))
    return;
  count_ready(inst, -1u);
  update_turn(inst);
}

static void join_queue(struct rt_thread *t, enum rt_queue queue) {
  struct rt_instance *inst = t->task->inst;
  inst->store->steps++;
  t->place = ++inst->store->places;
  t->queue = (uint8_t)queue;
  list_append(&inst->queues[queue], &t->node);
  if (!is_ready_queue(t->queue))
    return;
  count_ready(inst, 1);
  update_turn(inst);
}

/* A task that waits to enter is none of its instance's threads yet. */
static void join_ready(struct rt_thread *t) {
  bool beside = !needs_exclusive(t) && t->wait != RT_WAIT_ENTER;
  join_queue(t, beside ? RT_QUEUE_READY_BESIDE : RT_QUEUE_READY_TICK);
}

/* ---- doors ------------------------------------------------------------------------------------------------------- */

static enum rt_door door_of(const struct rt_thread *t) {
  return needs_exclusive(t) ? RT_DOOR_LOCK : RT_DOOR_ENTRY;
}

static enum rt_queue queue_before(const struct rt_thread *t) {
  if (t->wait != RT_WAIT_ENTER)
    return RT_QUEUE_LOCK;
  return needs_exclusive(t) ? RT_QUEUE_ENTER_LOCK : RT_QUEUE_ENTER;
}

static bool may_pass(const struct rt_thread *t) {
  const struct rt_instance *inst = t->task->inst;
  return (!needs_exclusive(t) || !inst->exclusive) && (t->wait != RT_WAIT_ENTER || inst->backpressure == 0);
}

/* Where the order is permuted all that may pass stand for election. */
static struct rt_thread *elect(struct rt_instance *inst, enum rt_queue queue) {
  uint32_t n = choice_open(inst->store, CHOICE_THREADS) ? list_count(&inst->queues[queue]) : 0;
  const struct list *node = inst->queues[queue].next;
  for (uint32_t i = choice_of(inst->store, CHOICE_THREADS, n); i > 0; i--)
    node = node->next;
  return list_empty(&inst->queues[queue]) ? NULL : LIST_OWNER(node, struct rt_thread, node);
}

/* Who is first at a door that is open. */
static struct rt_thread *next_at(struct rt_instance *inst, enum rt_door door) {
  struct rt_thread *enters = NULL;
  if (inst->backpressure == 0)
    enters = elect(inst, door == RT_DOOR_LOCK ? RT_QUEUE_ENTER_LOCK : RT_QUEUE_ENTER);
  if (door == RT_DOOR_ENTRY)
    return enters;
  if (inst->exclusive)
    return NULL;
  struct rt_thread *back = elect(inst, RT_QUEUE_LOCK);
  if (enters && back && choice_of(inst->store, CHOICE_THREADS, 2) == 1)
    return back;
  return earlier(enters, back);
}

static void let_through(struct rt_instance *inst, enum rt_door door) {
  struct rt_thread *t = inst->let_through[door] ? NULL : next_at(inst, door);
  if (!t)
    return;
  uint64_t place = t->place;
  leave_queue(t);
  t->place_before = place;
  inst->let_through[door] = t;
  join_ready(t);
}

/* Back to the front of where it came from: nobody was there before. */
static void send_back(struct rt_thread *t) {
  struct rt_instance *inst = t->task->inst;
  leave_queue(t);
  inst->let_through[door_of(t)] = NULL;
  t->place = t->place_before;
  t->queue = (uint8_t)queue_before(t);
  list_prepend(&inst->queues[t->queue], &t->node);
}

static void join_door(struct rt_thread *t) {
  enum rt_door door = door_of(t);
  t->task->inst->at_door[door]++;
  join_queue(t, queue_before(t));
  let_through(t->task->inst, door);
}

/* It goes on, or lacks something else. Who has come from a door is ready or in a queue before it. */
static void leave_door(struct rt_thread *t) {
  struct rt_instance *inst = t->task->inst;
  enum rt_door door = door_of(t);
  inst->at_door[door]--;
  if (inst->let_through[door] == t)
    inst->let_through[door] = NULL;
}

/* ---- sets -------------------------------------------------------------------------------------------------------- */

static bool waits_for_set(const struct rt_thread *t) {
  return t->wait == RT_WAIT_SET || t->wait == RT_WAIT_SET_CALLBACK;
}

/* A task that needs the lock and waits in the middle of its code has it. */
static bool waits_as_holder(const struct rt_thread *t) {
  return t->wait == RT_WAIT_SET && needs_exclusive(t);
}

static void update_holder(const struct rt_set *set) {
  bool ready = set->holder->queue != RT_QUEUE_NONE;
  if (set->events > 0 && !ready)
    join_ready(set->holder);
  else if (set->events == 0 && ready)
    leave_queue(set->holder);
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
    join_door(t);
  else
    join_ready(t);
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
  leave_queue(t);
  if (t->wait != RT_WAIT_SET_CALLBACK)
    return;
  leave_door(t);
  let_through(t->task->inst, RT_DOOR_LOCK);
}

/* Each change is by one event or one waiter, so each loop turns once at most. */
static void balance(struct rt_store *s, const struct rt_set *set, struct rt_waiters *w) {
  while (w->awake_count < set->events && !list_empty(&w->asleep))
    wake_one(s, w);
  while (w->awake_count > set->events)
    put_to_sleep(w, LIST_OWNER(w->awake.prev, struct rt_thread, sleeper));
}

static void join_set(struct rt_thread *t) {
  if (waits_as_holder(t)) {
    t->set->holder = t;
    update_holder(t->set);
    return;
  }
  list_append(&waiters_of(t)->asleep, &t->sleeper);
  balance(t->task->inst->store, t->set, waiters_of(t));
}

static void leave_set(struct rt_thread *t, bool cancelled) {
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

static struct rt_store *store_of_waiters(const struct rt_waiters *w) {
  const struct list *any = list_empty(&w->asleep) ? w->awake.next : w->asleep.next;
  return LIST_OWNER(any, struct rt_thread, sleeper)->task->inst->store;
}

void sched_wake_waiters(struct rt_set *set) {
  for (uint32_t i = 0; i < RT_WAITER_CLASSES; i++) {
    struct rt_waiters *w = &set->waiters[i];
    if (!list_empty(&w->asleep) || !list_empty(&w->awake))
      balance(store_of_waiters(w), set, w);
  }
  if (set->holder)
    update_holder(set);
}

/* ---- threads and signals ----------------------------------------------------------------------------------------- */

void sched_instance_init(struct rt_instance *inst) {
  for (uint32_t i = 0; i < RT_QUEUES; i++)
    list_init(&inst->queues[i]);
}

void sched_start_waiting(struct rt_thread *t) {
  switch ((enum rt_wait)t->wait) {
    case RT_WAIT_SET:
    case RT_WAIT_SET_CALLBACK:
      join_set(t);
      break;
    case RT_WAIT_ENTER:
    case RT_WAIT_EXCLUSIVE:
      join_door(t);
      break;
    case RT_WAIT_WAITABLE:
    case RT_WAIT_SUBTASK:
      if (waitable_ready(t))
        join_ready(t);
      break;
    case RT_WAIT_TRUE:
      join_ready(t);
      break;
    case RT_WAIT_NONE:
      break;
  }
}

/*
 * Who has passed the door of the lock takes the lock, or says that it does not (sched_lock_changed); that of entry
 * stays open. Who was awake takes its event, or leaves it to the next.
 */
void sched_stop_waiting(struct rt_thread *t, bool cancelled) {
  struct rt_instance *inst = t->task->inst;
  bool at_door =
      t->wait == RT_WAIT_ENTER || t->wait == RT_WAIT_EXCLUSIVE || (t->wait == RT_WAIT_SET_CALLBACK && t->awake);
  leave_queue(t);
  if (at_door)
    leave_door(t);
  if (at_door && !needs_exclusive(t))
    let_through(inst, RT_DOOR_ENTRY);
  if (waits_for_set(t))
    leave_set(t, cancelled);
}

void sched_update_door(struct rt_instance *inst, enum rt_door door) {
  if (inst->let_through[door] && !may_pass(inst->let_through[door]))
    send_back(inst->let_through[door]);
  let_through(inst, door);
}

void sched_signal(struct rt_thread *t) {
  if (t->state == RT_THREAD_WAITING && t->queue == RT_QUEUE_NONE && waitable_ready(t))
    join_ready(t);
}

void sched_held_changed(struct rt_instance *inst) {
  inst->store->ready_count += inst->held == 0 ? inst->ready_count : -inst->ready_count;
  update_turn(inst);
}

/* ---- choosing ---------------------------------------------------------------------------------------------------- */

static struct rt_thread *nth(const struct list *queue, uint32_t n) {
  const struct list *node = queue->next;
  for (; n > 0; n--)
    node = node->next;
  return LIST_OWNER(node, struct rt_thread, node);
}

static struct rt_thread *nth_of_instance(const struct rt_instance *inst, uint32_t n) {
  uint32_t beside = list_count(&inst->queues[RT_QUEUE_READY_BESIDE]);
  if (n < beside)
    return nth(&inst->queues[RT_QUEUE_READY_BESIDE], n);
  return nth(&inst->queues[RT_QUEUE_READY_TICK], n - beside);
}

/* Where the order is permuted: number `n` of all that are ready. */
static struct rt_thread *nth_of_all(const struct rt_store *s, uint32_t n) {
  for (const struct list *node = s->roots.next; node != &s->roots; node = node->next) {
    const struct rt_root *root = LIST_OWNER(node, struct rt_root, all);
    for (uint32_t i = 0; i < root->graph->instance_count; i++) {
      const struct rt_instance *inst = &root->instances[i];
      uint32_t count = inst->held == 0 ? inst->ready_count : 0;
      if (n < count)
        return nth_of_instance(inst, n);
      n -= count;
    }
  }
  return NULL;
}

struct rt_thread *sched_next(struct rt_store *s) {
  if (s->ready_count == 0)
    return NULL;
  if (choice_open(s, CHOICE_THREADS))
    return nth_of_all(s, choice_of(s, CHOICE_THREADS, s->ready_count));
  return first_ready(LIST_OWNER(s->turns.first, struct rt_instance, turn));
}

struct rt_thread *sched_next_beside(struct rt_instance *inst) {
  struct rt_store *s = inst->store;
  const struct list *queue = &inst->queues[RT_QUEUE_READY_BESIDE];
  if (inst->held > 0 || list_empty(queue))
    return NULL;
  return nth(queue, choice_open(s, CHOICE_THREADS) ? choice_of(s, CHOICE_THREADS, list_count(queue)) : 0);
}

bool sched_has_next_beside(const struct rt_instance *inst, bool or_held) {
  return (inst->held == 0 || or_held) && !list_empty(&inst->queues[RT_QUEUE_READY_BESIDE]);
}
