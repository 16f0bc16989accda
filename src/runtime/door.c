/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Doors let waiting threads through, one at a time. What always holds: a thread that a door has let through is in a
 * ready queue, and may pass; no thread waits in front of an open door that has let nobody through.
 */
#include "runtime/door.h"

#include "runtime/choice.h"
#include "runtime/queue.h"

enum rt_door door_of(const struct rt_thread *t) {
  return queue_needs_exclusive(t) ? RT_DOOR_LOCK : RT_DOOR_ENTRY;
}

static enum rt_queue queue_before(const struct rt_thread *t) {
  if (t->wait != RT_WAIT_ENTER)
    return RT_QUEUE_LOCK;
  return queue_needs_exclusive(t) ? RT_QUEUE_ENTER_LOCK : RT_QUEUE_ENTER;
}

static bool may_pass(const struct rt_thread *t) {
  const struct rt_instance *inst = t->task->inst;
  return (!queue_needs_exclusive(t) || !inst->exclusive) && (t->wait != RT_WAIT_ENTER || inst->backpressure == 0);
}

/* The first thread at an open door. */
static struct rt_thread *next_at(struct rt_instance *inst, enum rt_door door) {
  struct rt_thread *enters = NULL;
  if (inst->backpressure == 0)
    enters = queue_elect(inst, door == RT_DOOR_LOCK ? RT_QUEUE_ENTER_LOCK : RT_QUEUE_ENTER);
  if (door == RT_DOOR_ENTRY)
    return enters;
  if (inst->exclusive)
    return NULL;
  struct rt_thread *back = queue_elect(inst, RT_QUEUE_LOCK);
  if (enters && back && choice_of(inst->store, CHOICE_THREADS, 2) == 1)
    return back;
  return queue_earlier(enters, back);
}

void door_let_through(struct rt_instance *inst, enum rt_door door) {
  struct rt_thread *t = inst->let_through[door] ? NULL : next_at(inst, door);
  if (!t)
    return;
  uint64_t place = t->place;
  queue_leave(t);
  t->place_before = place;
  inst->let_through[door] = t;
  queue_join_ready(t);
}

/* Back to the front of where it came from: nobody was there before. */
static void send_back(struct rt_thread *t) {
  struct rt_instance *inst = t->task->inst;
  queue_leave(t);
  inst->let_through[door_of(t)] = NULL;
  t->place = t->place_before;
  t->queue = (uint8_t)queue_before(t);
  list_prepend(&inst->queues[t->queue], &t->node);
}

void door_join(struct rt_thread *t) {
  enum rt_door door = door_of(t);
  t->task->inst->at_door[door]++;
  queue_join(t, queue_before(t));
  door_let_through(t->task->inst, door);
}

/* The thread goes on, or lacks something else. One that a door has let through is ready, or in a queue before it. */
void door_leave(struct rt_thread *t) {
  struct rt_instance *inst = t->task->inst;
  enum rt_door door = door_of(t);
  inst->at_door[door]--;
  if (inst->let_through[door] == t)
    inst->let_through[door] = NULL;
}

void door_update(struct rt_instance *inst, enum rt_door door) {
  if (inst->let_through[door] && !may_pass(inst->let_through[door]))
    send_back(inst->let_through[door]);
  door_let_through(inst, door);
}
