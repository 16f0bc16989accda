/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Waitables and sets of them: events are delivered in the order in which they became pending. */
#include "fuse/rt/rt.h"

static void list(struct fr_waitable *w) {
  list_append(&w->set->pending, &w->link);
  w->set->events++;
  set_changed(w->set);
}

static void unlist(struct fr_waitable *w) {
  list_remove(&w->link);
  w->set->events--;
  set_changed(w->set);
}

void set_pending(struct fr_waitable *w) {
  if (w->pending)
    return;
  w->pending = true;
  if (w->set)
    list(w);
  if (w->has_sync_waiter)
    make_ready(w->waiter);
}

void clear_pending(struct fr_waitable *w) {
  if (w->pending && w->set)
    unlist(w);
  w->pending = false;
}

void join(struct fr_waitable *w, struct fr_set *s) {
  if (w->set) {
    if (w->pending)
      unlist(w);
    w->set->elements--;
  }
  w->set = s;
  if (s) {
    s->elements++;
    if (w->pending)
      list(w);
  }
}

void drop_waitable(struct fr_waitable *w) {
  if (w->pending || w->has_sync_waiter)
    trap_waitable();
  join(w, NULL);
}

struct fr_told told;

void first_event(struct fr_set *s) {
  take_event(OWNER(s->pending.next, struct fr_waitable, link));
}

/* ---- built-ins --------------------------------------------------------------------------------------------------- */

EXPORT(waitable_set_new) u32 waitable_set_new(u32 inst) {
  check_leave(inst);
  struct fr_set *s = make(sizeof(*s));
  s->kind = SET;
  list_init(&s->pending);
  list_init(&s->asleep);
  list_init(&s->awake);
  return add(inst, s);
}

EXPORT(waitable_set_drop) void waitable_set_drop(u32 inst, u32 index) {
  check_leave(inst);
  struct fr_set *s = get_kind(inst, index, SET);
  if (s->elements > 0 || s->num_waiting > 0)
    trap_waitable();
  remove(inst, index);
  drop(s, sizeof(*s));
}

static struct fr_waitable *get_waitable(u32 inst, u32 index) {
  struct fr_object *o = get(inst, index);
  if (o->kind < SUBTASK || o->kind > FUTURE_WRITE)
    trap_handle();
  return (struct fr_waitable *)o;
}

EXPORT(waitable_join) void waitable_join(u32 inst, u32 index, u32 set) {
  check_leave(inst);
  struct fr_waitable *w = get_waitable(inst, index);
  if (w->has_sync_waiter)
    trap_waitable();
  join(w, set == 0 ? NULL : get_kind(inst, set, SET));
}

/* The last event's numbers, for emitted code. */
EXPORT(told) struct fr_told *get_told(void) {
  return &told;
}

EXPORT(waitable_set_wait) u32 waitable_set_wait(u32 inst, u32 cancellable, u32 index) {
  check_leave(inst);
  struct fr_set *s = get_kind(inst, index, SET);
  struct fr_task *t = current;
  if (deliver_cancel(t, cancellable)) {
    told = (struct fr_told){EVENT_TASK_CANCELLED, 0, 0};
    return told.code;
  }
  t->on_stack = true;
  wait_on(t, s);
  block();
  t->wait = WAIT_SET;
  stop_waiting(t);
  first_event(s);
  return told.code;
}

EXPORT(waitable_set_poll) u32 waitable_set_poll(u32 inst, u32 cancellable, u32 index) {
  check_leave(inst);
  struct fr_set *s = get_kind(inst, index, SET);
  if (deliver_cancel(current, cancellable))
    told = (struct fr_told){EVENT_TASK_CANCELLED, 0, 0};
  else if (s->events == 0)
    told = (struct fr_told){EVENT_NONE, 0, 0};
  else
    first_event(s);
  return told.code;
}
