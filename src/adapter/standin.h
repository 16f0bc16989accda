/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Stand-ins: what stands for a task while nobody asks for the task. Adapters (emit_standin.c) and the runtime
 * (src/runtime/standin.c) share them in the memory of flags, behind the flags.
 *
 * The callee of a call may need a task: it has built-ins, or reaches the host. Most calls end before anything asks for
 * their task. So the adapter of such a call makes no task. It fills the stand-in of the callee's instance, puts the
 * stand-in on top of the others, runs the callee, and takes the stand-in off again. task.return and context.* of
 * instances with a stand-in are emitted too, and use the stand-in.
 *
 * What must hold:
 *
 * 1. Whoever asks, asks in C: a built-in, a host function, a helper. The runtime replaces all stand-ins by tasks before
 *    it does anything else (standin_replace()), the oldest first: each task gets its subtask, the lock, its entered
 *    instances and its place on the stack, as if canon_lower and canon_lift had made it. From then on the call is the
 *    runtime's: its stand-in says MADE, and the adapter has the runtime end the call (ADAPTER_FINISH, ADAPTER_LEAVE).
 * 2. So the stand-ins that are not replaced are those of calls above the running thread's last frame in C, and newer
 *    than store.current. No other stack runs while there is one, since switching stacks takes C.
 * 3. An instance needs one stand-in only. No instance is entered again while it is entered, and code that is emitted
 *    cannot even try: a call goes to another instance, which was complete before its caller was.
 * 4. A call without a task does nothing that a call with a task would do otherwise. The adapter asks the gate of the
 *    callee, which the runtime keeps: it is shut where the instance may not be entered, its lock is held, it has
 *    backpressure, or somebody waits to enter. A synchronous call of an async function asks whether a synchronous task
 *    of the caller's instance is under way, which may not block. In all these cases, and where the caller's place for
 *    the result is wrong, the adapter has the runtime do the call from the beginning.
 * 5. The callee's instance cannot block with core frames on the stack. So a callee whose task was made late runs where
 *    the runtime would have run it: on the stack of its caller.
 * 6. A call of realloc has context slots of its own, and no task that anybody could ask for. The slots are in the
 *    stand-in of its instance, whoever's realloc it is.
 * 7. A callee that returns in a stand-in puts its result there: checked, but not yet stored with the caller, which
 *    cannot see the difference before it goes on. A callee that exits without a result, that waits, returns twice or
 *    breaks a rule of task.return is the runtime's. So every trap comes from where it always came from.
 *
 * A fused module may be anybody's (fused.h): the runtime believes nothing of what it reads here, and keeps everything
 * that matters to itself in memory of its own. The gates are copies.
 */
#ifndef ADAPTER_STANDIN_H
#define ADAPTER_STANDIN_H

#include <stddef.h>

#include "component/types.h"

enum standin_state {
  STANDIN_NONE,     /* nobody's */
  STANDIN_MADE,     /* replaced: the call has a task */
  STANDIN_STARTED,  /* task.return is the runtime's */
  STANDIN_RETURNED, /* `values` are the result */
  /*
   * And everything from here on: started. The emitted task.return of trampoline (state - STANDIN_RETURNS) fits, and may
   * put the result into the stand-in.
   */
  STANDIN_RETURNS = 8
};

enum { STANDIN_CONTEXT_SLOTS = 2 };

struct standin {
  uint32_t state;
  uint32_t below;      /* the address of the next older one, or 0 */
  uint32_t trampoline; /* of the lowered function */
  uint32_t out;        /* where the caller wants the result, if that is in memory */
  uint32_t in_realloc; /* 0, or a realloc of the instance runs: the distance of its slots from the task's */
  uint32_t none;
  uint64_t context[STANDIN_CONTEXT_SLOTS], realloc_context[STANDIN_CONTEXT_SLOTS];
  uint64_t values[MAX_FLAT_PARAMS];
};

/* All zero: open. */
struct standin_gate {
  uint8_t entered; /* the instance may not be entered */
  uint8_t locked;  /* its exclusive lock is held */
  uint8_t closed;  /* it has backpressure, or somebody waits to enter */
  uint8_t none;
  uint32_t sync_tasks; /* of the instance, under way */
};

/*
 * Where what is in the memory, by the numbers of instances and stand-ins: behind the flags, and so in the same page of
 * the processor, if all of it fits in front of ADAPTER_FLAG_OUTSIDE; else in pages of its own.
 */
struct standin_layout {
  uint32_t top;   /* the address of the top stand-in, or 0 */
  uint32_t gates; /* for each instance */
  uint32_t first; /* stand-in */
  uint32_t end;
};

enum { STANDIN_PAGE = 65536 };

static inline uint32_t standin_round(uint32_t n) {
  return (n + 63) / 64 * 64;
}

static inline struct standin_layout standin_layout_at(uint32_t top, uint32_t instance_count, uint32_t standin_count) {
  struct standin_layout l = {.top = top, .gates = top + 64};
  l.first = standin_round(l.gates + instance_count * (uint32_t)sizeof(struct standin_gate));
  l.end = l.first + standin_count * (uint32_t)sizeof(struct standin);
  return l;
}

static inline struct standin_layout standin_layout(uint32_t instance_count, uint32_t standin_count) {
  struct standin_layout l = standin_layout_at(standin_round(instance_count), instance_count, standin_count);
  return l.end < STANDIN_PAGE ? l : standin_layout_at(STANDIN_PAGE, instance_count, standin_count);
}

static inline uint32_t standin_gate_at(const struct standin_layout *l, uint32_t instance) {
  return l->gates + instance * (uint32_t)sizeof(struct standin_gate);
}

static inline uint32_t standin_at(const struct standin_layout *l, uint32_t number) {
  return l->first + number * (uint32_t)sizeof(struct standin);
}

/* The memory's pages. */
static inline uint32_t standin_pages(const struct standin_layout *l, uint32_t standin_count) {
  return standin_count == 0 ? 1 : (l->end + STANDIN_PAGE - 1) / STANDIN_PAGE;
}

static inline bool standin_is_started(uint32_t state) {
  return state == STANDIN_STARTED || state >= STANDIN_RETURNS;
}

#endif
