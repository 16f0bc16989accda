/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Holding a stack: a host keeps a guest from going on inside a call of synchronous type. The whole stack waits, with the
 * threads that call each other on it; everything else goes on. Only possible where guests run on stacks
 * (rt_store.always_stacks), and not in start functions.
 *
 * A synchronous task cannot be overtaken within its instance, whose shadow stack grows and shrinks with its frames. So
 * while it is held nothing else of its instance runs (rt_instance.held): asynchronous calls into it wait as for
 * backpressure, synchronous ones hold their callers in turn, and those of the host are put off by the layer above.
 *
 * The text has nothing like it: to the guest a held call is one that takes long.
 */
#ifndef RUNTIME_HOLD_H
#define RUNTIME_HOLD_H

#include "runtime/state.h"

typedef bool (*hold_condition)(const struct rt_store *s, const void *what);

struct rt_hold {                  /* lives on the stack that is held */
  struct rt_thread *self, *owner; /* the thread on top, and the one whose stack it is */
  hold_condition over;
  const void *what;
  struct list all;
};

/* Whether the code that runs can be held. */
static inline bool hold_possible(const struct rt_store *s) {
  return s->always_stacks && s->stack_owner;
}

/*
 * Holds the current thread until the condition, which is asked every round, is true. Traps where that is not possible;
 * fails where the store has failed meanwhile or goes.
 */
weir_status hold_until(struct rt_store *s, hold_condition over, const void *what);

/* Before a call enters an instance that may not be entered: waits where that is because it is held; else traps. */
weir_status hold_entry(const struct rt_lift *lift, uint32_t levels);

/* Whether a thread of the instance owns a held stack. */
bool hold_of_instance(const struct rt_instance *inst);

/* For a synchronous task that waits: until it may go on, or others of its instance may run on top of it. */
weir_status hold_until_others_may_run(struct rt_store *s, struct rt_thread *self);

#endif
