/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * See queue.h. In order: an instance's queues, and its turn among the others; joining and leaving; choosing.
 *
 * What always holds: rt_thread.queue says in which queue a thread is; rt_instance.ready_count counts its two ready
 * queues, and store.ready_count those of all instances that are not held; store.turns has just these instances,
 * where they have somebody, each by the place of its first.
 */
#include "runtime/queue.h"

#include "runtime/choice.h"

/* ---- an instance ------------------------------------------------------------------------------------------------ */

void queue_instance_init(struct rt_instance *inst) {
  for (uint32_t i = 0; i < RT_QUEUES; i++)
    list_init(&inst->queues[i]);
}

static struct rt_thread *first_in(const struct rt_instance *inst, enum rt_queue queue) {
  const struct list *q = &inst->queues[queue];
  return list_empty(q) ? NULL : LIST_OWNER(q->next, struct rt_thread, node);
}

struct rt_thread *queue_earlier(struct rt_thread *a, struct rt_thread *b) {
  if (!a || !b)
    return a ? a : b;
  return a->place < b->place ? a : b;
}

static struct rt_thread *first_ready(const struct rt_instance *inst) {
  return queue_earlier(first_in(inst, RT_QUEUE_READY_BESIDE), first_in(inst, RT_QUEUE_READY_TICK));
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

void queue_held_changed(struct rt_instance *inst) {
  inst->store->ready_count += inst->held == 0 ? inst->ready_count : -inst->ready_count;
  update_turn(inst);
}

/* ---- joining and leaving ---------------------------------------------------------------------------------------- */

static bool is_ready_queue(uint8_t queue) {
  return queue == RT_QUEUE_READY_BESIDE || queue == RT_QUEUE_READY_TICK;
}

static void count_ready(struct rt_instance *inst, uint32_t change) {
  inst->ready_count += change;
  if (inst->held == 0)
    inst->store->ready_count += change;
}

void queue_leave(struct rt_thread *t) {
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

void queue_join(struct rt_thread *t, enum rt_queue queue) {
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

void queue_join_ready(struct rt_thread *t) {
  bool beside = !queue_needs_exclusive(t) && t->wait != RT_WAIT_ENTER;
  queue_join(t, beside ? RT_QUEUE_READY_BESIDE : RT_QUEUE_READY_TICK);
}

/* ---- choosing --------------------------------------------------------------------------------------------------- */

static struct rt_thread *nth(const struct list *queue, uint32_t n) {
  const struct list *node = queue->next;
  for (; n > 0; n--)
    node = node->next;
  return LIST_OWNER(node, struct rt_thread, node);
}

struct rt_thread *queue_elect(struct rt_instance *inst, enum rt_queue queue) {
  const struct list *q = &inst->queues[queue];
  if (list_empty(q))
    return NULL;
  return nth(q, choice_open(inst->store, CHOICE_THREADS) ? choice_of(inst->store, CHOICE_THREADS, list_count(q)) : 0);
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

struct rt_thread *queue_next(struct rt_store *s) {
  if (s->ready_count == 0)
    return NULL;
  if (choice_open(s, CHOICE_THREADS))
    return nth_of_all(s, choice_of(s, CHOICE_THREADS, s->ready_count));
  return first_ready(LIST_OWNER(s->turns.first, struct rt_instance, turn));
}
