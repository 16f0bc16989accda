/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Where the outer runtime comes in: exports of the root, and what adapters tell. */
#include "fuse/rt/rt.h"

/* An adapter calls a synchronous function: a task that nobody sees but through its context and handles. */
EXPORT(enter) void enter(u32 caller, u32 inst) {
  u64 entering = instances[inst].ancestors & ~instances[caller].ancestors;
  if (entered & entering)
    trap_enter();
  struct fr_task *t = make(sizeof(*t));
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

/* What is ready runs before the outer runtime goes on. */
static void drain(void) {
  struct fr_task *t;
  current = NULL;
  entered = 0;
  while ((t = pop()))
    if (t->wait != WAIT_STACK)
      run(t);
}

/* An export is called. */
EXPORT(root) struct fr_task *root(u32 desc, u32 edge, u32 result_tag, u32 options_tag) {
  struct fr_task *t = new_task(desc, edge, result_tag, options_tag);
  t->is_root = true;
  struct fr_instance *i = &instances[t->inst];
  current = t;
  if (t->async_typed && (has_backpressure(t) || i->num_waiting_to_enter > 0)) {
    i->num_waiting_to_enter++;
    do {
      if (has_backpressure(t))
        wait_for_lock(t);
      else
        make_ready(t);
      block();
    } while (has_backpressure(t));
    i->num_waiting_to_enter--;
  }
  if (t->exclusive)
    i->exclusive = t;
  t->state = STARTED;
  entered = i->ancestors;
  return t;
}

/*
 * A root that is not lifted with a callback has returned. Its result may be in memory and yet to be lifted, so what
 * else is ready goes on with the next call.
 */
EXPORT(root_end) void root_end(struct fr_task *t) {
  if (t->lift == LIFT_SYNC)
    resolve_task(t);
  realloc_context.context[0] = t->context[0];
  realloc_context.context[1] = t->context[1];
  exit_task(t);
  drop(t, sizeof(*t));
  current = NULL;
  entered = 0;
}

/* A root with a callback has returned: what to tell the outer runtime. */
EXPORT(root_drive) u32 root_drive(struct fr_task *t, u32 packed) {
  drive(t, packed);
  current = NULL;
  entered = 0;
  while (!t->ended) {
    struct fr_task *next = pop();
    if (!next)
      trap_deadlock();
    if (next->wait != WAIT_STACK)
      run(next);
  }
  drain();
  drop(t, sizeof(*t));
  return 0;
}

/* Once for each instance, before anything else; parents first. 255: none. */
EXPORT(instance) void instance(u32 inst, u32 parent) {
  instances[inst].parent = (u8)parent;
  instances[inst].ancestors = 1ull << inst | (parent < MAX_INSTANCES ? instances[parent].ancestors : 0);
  list_init(&instances[inst].entering);
  *(volatile u8 *)inst = 1;
}
