/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Where the outer runtime comes in: exports of the root, and what adapters tell. */
#include "fuse/rt/rt.h"

/* An adapter calls a synchronous function: a task that nobody sees but through its context and handles. */
EXPORT(enter) void enter(u32 caller, u32 inst) {
  u64 entering = instances[inst].ancestors & ~instances[caller].ancestors;
  if (entered & entering)
    trap_enter();
  struct fr_task *t = make(sizeof(*t));
  t->queue = QUEUE_NONE;
  t->state = STARTED;
  t->inst = inst;
  t->below = current;
  entered |= entering;
  current = t;
}

EXPORT(leave) void leave(u32 caller) {
  struct fr_task *t = current;
  entered &= ~(instances[t->inst].ancestors & ~instances[caller].ancestors);
  current = t->below;
  drop(t, sizeof(*t));
}

/* ---- roots ------------------------------------------------------------------------------------------------------- */

/* An export is called. */
EXPORT(root) struct fr_task *root(u32 desc, u32 edge, u32 result_tag, u32 options_tag) {
  struct fr_task *t = new_task(desc, edge, result_tag, options_tag);
  t->is_root = true;
  struct fr_instance *i = &instances[t->inst];
  root_task = current = t;
  if (t->async_typed && (has_backpressure(t) || i->num_waiting_to_enter > 0)) {
    i->num_waiting_to_enter++;
    do {
      t->wait = WAIT_ENTER;
      t->on_stack = true;
      t->base = t;
      make_ready(t);
      block();
    } while (has_backpressure(t));
    i->num_waiting_to_enter--;
  }
  if (t->exclusive)
    take_lock(t);
  t->state = STARTED;
  entered = i->ancestors;
  return t;
}

static void end_turn(void) {
  root_task = current = NULL;
  entered = 0;
}

/*
 * A root that is not lifted with a callback has returned. Of one that is lifted synchronously the result may be in
 * memory and yet to be lifted, so what else is ready goes on with a root that waits, or with the next call.
 */
EXPORT(root_end) void root_end(struct fr_task *t) {
  if (t->lift == LIFT_SYNC)
    resolve_task(t);
  realloc_context.context[0] = t->context[0];
  realloc_context.context[1] = t->context[1];
  exit_task(t);
  t->told = true;
  if (t->lift != LIFT_SYNC)
    run_ready();
  while (t->lift != LIFT_SYNC && awaits_host(t)) {
    wait_outside();
    run_ready();
  }
  drop_root(t);
  end_turn();
  hand_over();
}

bool has_news(const struct fr_task *root) {
  return root && root->state == RESOLVED && !root->told;
}

/* What a root with a callback tells the outer runtime. It ends when its calls of the host have. */
static u32 settle(struct fr_task *t) {
  enum { EXIT = 0, YIELD = 1, WAIT = 2 };
  run_ready();
  root_task = NULL;
  if (has_news(t) && any_ready()) {
    t->told = true;
    outer_context_set((u32)t);
    return YIELD;
  }
  if (t->ended && !awaits_host(t)) {
    drop_root(t);
    return EXIT;
  }
  u32 set = park(t);
  outer_context_set((u32)t);
  return WAIT | set << 4;
}

EXPORT(root_drive) u32 root_drive(struct fr_task *t, u32 packed) {
  drive(t, packed);
  return settle(t);
}

/* The outer runtime calls back. */
EXPORT(root_event) u32 root_event(u32 code, u32 p1, u32 p2) {
  struct fr_task *t = (struct fr_task *)outer_context_get();
  if (code == EVENT_NONE)
    root_task = t;
  else
    unpark(t, code, p1, p2);
  if (code == EVENT_TASK_CANCELLED)
    request_cancellation(t, instances[t->inst].ancestors);
  return settle(t);
}

/* Once for each instance, before anything else; parents first. 255: none. */
EXPORT(instance) void instance(u32 inst, u32 parent, u32 is_exported) {
  instances[inst].is_exported = is_exported;
  instances[inst].parent = (u8)parent;
  instances[inst].ancestors = 1ull << inst | (parent < MAX_INSTANCES ? instances[parent].ancestors : 0);
  for (u32 i = 0; i < 3; i++)
    list_init(&instances[inst].queues[i]);
  *(volatile u8 *)inst = 1;
}
