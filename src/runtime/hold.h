/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Holding a stack: what keeps it from going on, be it a host or the end of a time slice. The whole stack waits, with
 * the threads that call each other on it; everything else goes on. Only possible where guests run on stacks
 * (rt_store.always_stacks), and not in start functions. There are three kinds (rt_hold_kind):
 *
 * HOST. A host keeps a guest from going on inside a call of synchronous type. A synchronous task cannot be overtaken
 * within its instance, whose shadow stack grows and shrinks with its frames. So while it is held nothing else of its
 * instance runs (rt_instance.held): asynchronous calls into it wait as for backpressure, synchronous ones hold their
 * callers in turn, and those of the host are put off by the layer above. The caller of a synchronous task that has a
 * stack of its own waits with it (rt_nest).
 *
 * ASIDE. The time slice is over in the midst of guest code (rt_store.slices). The text lets others of an instance run
 * only where a thread gives control away, so every instance on the stack is held; and nobody touches the memory and
 * handles of the one whose code it was, or of the two whose values are being copied (rt_instance.frozen).
 *
 * WHOLE. Code that has to wait for one of these at a place where the text does not wait: before it enters a held
 * instance, or reads from or writes to a frozen one, or in a call that has started a stack which was then set aside
 * (rt_nest again). Every instance on it is held too.
 *
 * The text has nothing like it: to guests a held call is one that takes long, and a slice cannot be observed. No stacks
 * wait in a circle: a stack that freezes an instance goes on by itself; a stack that waits for it, or with another one,
 * freezes no instance; and a stack that waits to enter an instance waits for one that its own instance imports.
 *
 * What else the text does not know, and what it adds to the text:
 *
 * release.h   goes on with what is held: one turn for each in a round of the store, before the threads that are
 *             ready. While a stack runs that others wait with, their marks are taken back, as if they had called it.
 * frame.h     a task on the C stack, for calls that cannot outlive their caller: realloc, which cannot leave its
 *             instance, and direct calls and adapters into instances that cannot block. It cannot be told from an
 *             rt_task.
 * errand.h    a stack for work that a host causes in a guest's memory, or for canon_lift's loop when the host has
 *             called, so that these can be held like guests. Its thread has no lift, and no guest knows of it.
 */
#ifndef RUNTIME_HOLD_H
#define RUNTIME_HOLD_H

#include "runtime/state.h"

/* Whether the code that runs can be held. */
static inline bool hold_possible(const struct rt_store *s) {
  return s->always_stacks && s->stack_owner && !s->starting;
}

/*
 * HOST: holds the current thread until the condition, which is asked every round, is true. Traps where that is not
 * possible; fails where the store has failed meanwhile or goes.
 */
weir_status hold_until(struct rt_store *s, rt_hold_condition over, const void *what);

/*
 * HOST: holds the current thread until hold_wake() is called with the hold, which lives in the caller's frame: only
 * while that is held. Fails as hold_until() does.
 */
weir_status hold_until_woken(struct rt_store *s, struct rt_hold *ret);
/* It goes on in the next round. */
void hold_wake(struct rt_store *s, struct rt_hold *h);

/* Before a call enters an instance that may not be entered: waits where that is because it is held; else traps. */
weir_status hold_entry(const struct rt_lift *lift, uint32_t levels);

weir_status hold_until_thawed(struct rt_store *s, const struct rt_instance *inst);

/* Before anything that is the instance's (NULL: a host's) is read or written from outside. */
static inline weir_status hold_while_frozen(struct rt_store *s, const struct rt_instance *inst) {
  return inst && inst->frozen > 0 ? hold_until_thawed(s, inst) : WEIR_OK;
}

/* Whether a thread of the instance owns a held stack, which does not wait for the code that runs. */
static inline bool hold_of_instance(const struct rt_instance *inst) {
  return inst->owned_holds > 0;
}

/* For canon_lift's loop, while a synchronous task of the instance waits: until one of its threads may run. */
weir_status hold_until_others_may_run(struct rt_store *s, const struct rt_instance *inst);

/* For thread.c: the stack that has just been left was set aside; store.current is the thread on top of it. */
void hold_aside(struct rt_store *s, struct rt_thread *owner);

/*
 * For thread.c: whether the code that has started or resumed the stack of `t` waits with the stack. Not where a host
 * keeps an asynchronous task back: to its caller the task has blocked.
 */
static inline bool hold_keeps_caller(const struct rt_thread *t) {
  return t->held > RT_HOLD_HOST ||
         (t->held == RT_HOLD_HOST && t->implicit && t->task->lift && rt_task_is_sync(t->task));
}

/* For thread.c: store.paused, whose stack was started or resumed by the code that runs: waits with it. */
weir_status hold_with_nested(struct rt_store *s);

/* For release.c. Marks the instances on the stack of a hold as held, or takes the marks back before it goes on. */
void hold_mark(const struct rt_hold *h, bool held);
/* Whether it may go on. */
bool hold_is_over(const struct rt_store *s, const struct rt_hold *h);

#endif
