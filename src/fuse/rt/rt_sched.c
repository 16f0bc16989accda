/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Who runs next: first in, first out. A task in the queue may run: doors (rt_door.c) and sets of waitables see to that.
 *
 * In order: what a task waits for; running one; blocking on the stack.
 */
#include "fuse/rt/rt.h"

struct fr_task *current;
struct fr_task realloc_context;
bool posting;
struct fr_link ready = {&ready, &ready};

static void wake_one(struct fr_set *s) {
  struct fr_task *t = OWNER(s->asleep.next, struct fr_task, peer);
  list_remove(&t->peer);
  list_append(&s->awake, &t->peer);
  t->awake = true;
  s->awake_count++;
  make_ready(t);
}

/* The last one; it is the next to be woken. */
static void put_to_sleep(struct fr_set *s) {
  struct fr_task *t = OWNER(s->awake.before, struct fr_task, peer);
  list_remove(&t->peer);
  list_insert(&s->asleep, &t->peer);
  t->awake = false;
  s->awake_count--;
  leave_queue(t);
  if (!t->on_stack)
    let_through(&instances[t->inst], DOOR_LOCK);
}

/* Each change is by one event or one task, so each loop turns once at most. */
void set_changed(struct fr_set *s) {
  while (s->awake_count < s->events && !list_empty(&s->asleep))
    wake_one(s);
  while (s->awake_count > s->events)
    put_to_sleep(s);
}

void stop_waiting(struct fr_task *t) {
  if (t->wait == WAIT_SET) {
    list_remove(&t->peer);
    t->set->awake_count -= t->awake;
    t->awake = false;
    t->set->num_waiting--;
  }
  t->wait = RUNNING;
  t->cancellable = false;
}

bool has_backpressure(const struct fr_task *t) {
  const struct fr_instance *i = &instances[t->inst];
  return i->backpressure > 0 || (t->exclusive && i->exclusive);
}

/* The task leaves the set before the event does, or the event's leaving would put another task to sleep. */
static void go_on(struct fr_task *t) {
  u8 wait = t->wait;
  stop_waiting(t);
  t->below = NULL;
  if (wait == WAIT_ENTER) {
    instances[t->inst].num_waiting_to_enter--;
    if (!t->exclusive)
      let_through(&instances[t->inst], DOOR_ENTRY);
    enter_task(t);
    return;
  }
  current = t;
  told = (struct fr_told){EVENT_NONE, 0, 0};
  if (wait == WAIT_SET)
    first_event(t->set);
  tell(t, told.code, told.p1, told.p2);
}

/* On a stack of its own. */
void run(struct fr_task *t) {
  struct fr_task *below = current;
  u64 was = entered;
  entered |= instances[t->inst].ancestors;
  go_on(t);
  entered = was;
  current = below;
}

void wait_on(struct fr_task *t, struct fr_set *s) {
  t->wait = WAIT_SET;
  t->set = s;
  s->num_waiting++;
  list_append(&s->asleep, &t->peer);
  set_changed(s);
}

static struct fr_task *first(void) {
  return list_empty(&ready) ? NULL : OWNER(ready.next, struct fr_task, link);
}

/* The root on whose turn a task runs. NULL: on any. */
static struct fr_task *turn_of(struct fr_task *t) {
  if (t->is_root)
    return t;
  return t->on_stack ? t->base : NULL;
}

struct fr_task *pop(void) {
  struct fr_task *t = first();
  struct fr_task *root = t ? turn_of(t) : NULL;
  if (root && root != root_task) {
    wake_root(root);
    return NULL;
  }
  if (t)
    leave_queue(t);
  return t;
}

/* Another task on this stack is told that it may go on. */
static void run_or_resume(struct fr_task *t) {
  if (t->on_stack)
    t->resumed = true;
  else
    run(t);
}

void run_ready(void) {
  struct fr_task *t;
  current = NULL;
  entered = 0;
  while (!has_news(root_task) && (t = pop()))
    run_or_resume(t);
}

bool any_ready(void) {
  return !list_empty(&ready);
}

void hand_over(void) {
  struct fr_task *t = first();
  struct fr_task *root = t ? turn_of(t) : NULL;
  if (root)
    wake_root(root);
  else if (t)
    wake_any();
}

/* The synchronous task that everything on this stack runs for, if there is one. */
static struct fr_task *sync_base(void) {
  struct fr_task *t = current;
  while (t && t->async_typed)
    t = t->below;
  return t;
}

/* Of a synchronous task nothing else runs meanwhile: it goes on at once, or never. */
static void block_sync(struct fr_task *t) {
  if (t->queue != QUEUE_READY)
    trap_block();
  leave_queue(t);
}

/* The stack stays, and others run on top of it, until this task is ready. */
static void block_async(struct fr_task *t) {
  u64 was = entered;
  entered = 0;
  while (!t->resumed) {
    struct fr_task *next = pop();
    current = NULL;
    if (next)
      run_or_resume(next);
    else
      wait_outside();
  }
  t->resumed = false;
  current = t;
  entered = was;
}

void block(void) {
  struct fr_task *t = current;
  t->on_stack = true;
  t->base = root_task;
  if (t->wait != WAIT_ENTER)
    t->wait = WAIT_STACK;
  if (sync_base())
    block_sync(t);
  else
    block_async(t);
  t->on_stack = false;
  t->wait = RUNNING;
}
