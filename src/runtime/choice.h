/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The choices that the specification leaves open, each with a bit here. Without a seed all fall as in its deterministic
 * profile, with the two exceptions below; a seed permutes them, the same way every time. A number is drawn only where
 * there is a choice to make, so that asking whether something could run changes nothing.
 *
 * A wait that need not block (CHOICE_WAITS) blocks in the deterministic profile. weir without a seed does not block in
 * waitable-set.wait where an event is at hand, as big-interleaving-test.wast wants it, and runs a holder of the
 * exclusive lock that is ready before it lets a new task wait for that lock, as sync-streams.wast does (task.c).
 */
#ifndef RUNTIME_CHOICE_H
#define RUNTIME_CHOICE_H

#include "base/rng.h"
#include "runtime/state.h"

enum choice {
  CHOICE_THREADS = 1, /* Store.tick and canon_lift's loop: which of the ready threads is resumed (random.choice) */
  CHOICE_EVENTS = 2,  /* WaitableSet.get_pending_event: which pending event is delivered first (random.shuffle) */
  CHOICE_TARGETS = 4, /* Task.request_cancellation: which of the cancellable threads is told (random.choice) */
  CHOICE_WAITS = 8,   /* Thread.wait_until: whether a wait whose condition holds already blocks (random.randint) */
  CHOICE_ALL = 15
};

static inline bool choice_open(const struct rt_store *s, enum choice which) {
  return (s->permute & which) != 0;
}

/* One of `count` > 0 candidates, which stand in the order of the deterministic profile. */
static inline uint32_t choice_of(struct rt_store *s, enum choice which, uint32_t count) {
  return choice_open(s, which) && count > 1 ? rng_below(&s->rng, count) : 0;
}

/* Whether a wait whose condition holds goes on without blocking; `otherwise`: what it does without a seed. */
static inline bool choice_skip(struct rt_store *s, bool otherwise) {
  return choice_open(s, CHOICE_WAITS) ? rng_coin(&s->rng) : otherwise;
}

#endif
