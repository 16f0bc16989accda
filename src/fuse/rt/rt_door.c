/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Doors, as those of src/runtime/door.c: tasks that need the lock, or wait to enter an instance, are let through one at
 * a time, the first one first. What always holds: a task that a door has let through is in the queue of those that are
 * ready, and may pass; no task waits in front of an open door that has let nobody through.
 */
#include "fuse/rt/rt.h"

static u64 places;

static void join_queue(struct fr_link *queue, struct fr_task *t, u8 which) {
  t->place = ++places;
  t->queue = which;
  list_append(queue, &t->link);
}

void leave_queue(struct fr_task *t) {
  struct fr_instance *i = &instances[t->inst];
  if (t->queue == QUEUE_NONE)
    return;
  list_remove(&t->link);
  t->queue = QUEUE_NONE;
  if (i->through[!t->exclusive] == t)
    i->through[!t->exclusive] = NULL;
}

static u8 queue_before(const struct fr_task *t) {
  if (t->wait != WAIT_ENTER)
    return QUEUE_LOCK;
  return t->exclusive ? QUEUE_ENTER_LOCK : QUEUE_ENTER;
}

static bool may_pass(const struct fr_task *t) {
  const struct fr_instance *i = &instances[t->inst];
  return !(t->exclusive && i->exclusive) && (t->wait != WAIT_ENTER || i->backpressure == 0);
}

static struct fr_task *first_of(struct fr_link *queue) {
  return list_empty(queue) ? NULL : OWNER(queue->next, struct fr_task, link);
}

/* The first task at an open door. */
static struct fr_task *next_at(struct fr_instance *i, u32 door) {
  struct fr_task *enters = NULL;
  if (i->backpressure == 0)
    enters = first_of(&i->queues[door == DOOR_LOCK ? QUEUE_ENTER_LOCK : QUEUE_ENTER]);
  if (door == DOOR_ENTRY)
    return enters;
  if (i->exclusive)
    return NULL;
  struct fr_task *back = first_of(&i->queues[QUEUE_LOCK]);
  return !enters || (back && back->place < enters->place) ? back : enters;
}

void let_through(struct fr_instance *i, u32 door) {
  struct fr_task *t = i->through[door] ? NULL : next_at(i, door);
  if (!t)
    return;
  u64 place = t->place;
  leave_queue(t);
  t->place_before = place;
  i->through[door] = t;
  join_queue(&ready, t, QUEUE_READY);
}

/* Back to the front of where the task came from: nobody was there before. */
static void send_back(struct fr_task *t) {
  struct fr_instance *i = &instances[t->inst];
  leave_queue(t);
  t->place = t->place_before;
  t->queue = queue_before(t);
  list_insert(&i->queues[t->queue], &t->link);
}

static void update_door(struct fr_instance *i, u32 door) {
  if (i->through[door] && !may_pass(i->through[door]))
    send_back(i->through[door]);
  let_through(i, door);
}

void take_lock(struct fr_task *t) {
  instances[t->inst].exclusive = t;
  update_door(&instances[t->inst], DOOR_LOCK);
}

void release_lock(struct fr_instance *i) {
  i->exclusive = NULL;
  update_door(i, DOOR_LOCK);
}

void backpressure_changed(struct fr_instance *i) {
  update_door(i, DOOR_LOCK);
  update_door(i, DOOR_ENTRY);
}

void make_ready(struct fr_task *t) {
  if (t->queue != QUEUE_NONE)
    return;
  if (t->wait == RUNNING || (t->on_stack && t->wait != WAIT_ENTER)) {
    join_queue(&ready, t, QUEUE_READY);
    return;
  }
  u8 queue = queue_before(t);
  join_queue(&instances[t->inst].queues[queue], t, queue);
  let_through(&instances[t->inst], !t->exclusive);
}
