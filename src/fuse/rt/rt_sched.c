/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Who runs next: first in, first out. Tasks that have become ready are queued, and look again when they are taken: they
 * may have to wait for the lock of their instance, or another one may have taken the event.
 *
 * In order: queues; what a task waits for; running one; blocking on the stack.
 */
#include "fuse/rt/rt.h"

struct fr_task *current;
struct fr_task realloc_context;
bool posting;
static struct fr_task *ready_first, *ready_last;

static void push(struct fr_task **first, struct fr_task **last, struct fr_task *t) {
  t->next = NULL;
  if (*last)
    (*last)->next = t;
  else
    *first = t;
  *last = t;
}

void make_ready(struct fr_task *t) {
  if (t->queued)
    return;
  t->queued = true;
  push(&ready_first, &ready_last, t);
}

void wake_set(struct fr_set *s) {
  for (struct fr_task *t = s->waiting; t; t = t->peer)
    make_ready(t);
}

/* Those that wait for the lock, or to enter, look again. */
void wake_entering(struct fr_instance *i) {
  struct fr_task *t = i->entering;
  i->entering = i->entering_last = NULL;
  while (t) {
    struct fr_task *next = t->next;
    t->queued = false;
    make_ready(t);
    t = next;
  }
}

void wait_for_lock(struct fr_task *t) {
  t->queued = true;
  push(&instances[t->inst].entering, &instances[t->inst].entering_last, t);
}

void stop_waiting(struct fr_task *t) {
  if (t->wait == WAIT_SET) {
    struct fr_task **at = &t->set->waiting;
    while (*at != t)
      at = &(*at)->peer;
    *at = t->peer;
    t->set->num_waiting--;
  }
  t->wait = RUNNING;
  t->cancellable = false;
}

bool has_backpressure(const struct fr_task *t) {
  const struct fr_instance *i = &instances[t->inst];
  return i->backpressure > 0 || (t->exclusive && i->exclusive);
}

/* Runs the callback with an event, on a stack of its own. */
static void call_back(struct fr_task *t, struct fr_told event) {
  struct fr_task *below = current;
  u64 was = entered;
  stop_waiting(t);
  t->below = NULL;
  current = t;
  entered |= instances[t->inst].ancestors;
  tell(t, event);
  entered = was;
  current = below;
}

/* A task that was ready when it was queued. It runs, or it waits again. */
void run(struct fr_task *t) {
  struct fr_instance *i = &instances[t->inst];
  t->queued = false;
  if (t->wait == WAIT_ENTER) {
    if (has_backpressure(t)) {
      wait_for_lock(t);
      return;
    }
    i->num_waiting_to_enter--;
    stop_waiting(t);
    struct fr_task *below = current;
    u64 was = entered;
    t->below = NULL;
    entered |= i->ancestors;
    enter_task(t);
    entered = was;
    current = below;
    return;
  }
  if (t->wait == WAIT_SET && !t->set->first)
    return;
  if (i->exclusive) {
    wait_for_lock(t);
    return;
  }
  if (t->wait == WAIT_YIELD)
    call_back(t, (struct fr_told){EVENT_NONE, 0, 0});
  else if (t->wait == WAIT_SET)
    call_back(t, take_event(t->set->first));
}

void wait_on(struct fr_task *t, struct fr_set *s) {
  struct fr_task **at = &s->waiting;
  t->wait = WAIT_SET;
  t->set = s;
  t->peer = NULL;
  while (*at)
    at = &(*at)->peer;
  *at = t;
  s->num_waiting++;
  if (s->first)
    make_ready(t);
}

static bool unqueue(struct fr_task **first, struct fr_task **last, struct fr_task *t) {
  struct fr_task *before = NULL, *at = *first;
  while (at && at != t) {
    before = at;
    at = at->next;
  }
  if (!at)
    return false;
  if (before)
    before->next = t->next;
  else
    *first = t->next;
  if (*last == t)
    *last = before;
  t->queued = false;
  return true;
}

void leave_queue(struct fr_task *t) {
  struct fr_instance *i = &instances[t->inst];
  if (t->queued && !unqueue(&i->entering, &i->entering_last, t))
    unqueue(&ready_first, &ready_last, t);
}

struct fr_task *pop(void) {
  struct fr_task *t = ready_first;
  if (t) {
    ready_first = t->next;
    if (!ready_first)
      ready_last = NULL;
  }
  return t;
}

/* The first one that may run while a synchronous task of the instance waits; the others keep their order. */
static struct fr_task *pop_of(u32 inst) {
  struct fr_task *before = NULL, *t = ready_first;
  while (t && (t->inst != inst || t == instances[inst].exclusive)) {
    before = t;
    t = t->next;
  }
  if (!t)
    return NULL;
  if (before)
    before->next = t->next;
  else
    ready_first = t->next;
  if (ready_last == t)
    ready_last = before;
  return t;
}

/* The synchronous task that everything on this stack runs for, if there is one. */
static struct fr_task *sync_base(void) {
  struct fr_task *t = current;
  while (t && t->async_typed)
    t = t->below;
  return t;
}

/* The stack stays, and others run on top of it, until this task is ready. */
void block(void) {
  struct fr_task *t = current, *base = sync_base();
  u64 was = entered;
  t->wait = WAIT_STACK;
  if (!base)
    entered = 0;
  for (;;) {
    struct fr_task *next = base ? pop_of(base->inst) : pop();
    if (!next && base)
      trap_block();
    if (!next)
      trap_deadlock();
    if (next == t)
      break;
    current = NULL;
    if (next->wait != WAIT_STACK)
      run(next);
  }
  t->queued = false;
  t->wait = RUNNING;
  current = t;
  entered = was;
}
