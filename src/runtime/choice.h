/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The choices that the specification leaves open, each a function here. Without a seed all fall as in its deterministic
 * profile; a seed permutes them, the same way every time. A choice is drawn only where there is one to make, so that
 * asking whether something could run changes nothing.
 *
 *   choice_thread    Store.tick and canon_lift's loop: which of the ready threads is resumed (random.choice)
 *   choice_event     WaitableSet.get_pending_event: which of the pending events comes first (random.shuffle)
 *   choice_target    Task.request_cancellation: which of the cancellable threads is told (random.choice)
 *   choice_skip      Thread.wait_until: whether a wait whose condition holds already blocks (random.randint)
 *
 * docs/conformance.md says what is not permuted, and which test demands it.
 */
#ifndef RUNTIME_CHOICE_H
#define RUNTIME_CHOICE_H

#include "base/rng.h"
#include "runtime/state.h"

/* One of `count` > 0 candidates, which stand in the order of the deterministic profile. */
static inline uint32_t choice_of(struct rt_store *s, uint32_t count) {
  return s->permute && count > 1 ? rng_below(&s->rng, count) : 0;
}

static inline uint32_t choice_thread(struct rt_store *s, uint32_t ready) {
  return choice_of(s, ready);
}

static inline uint32_t choice_event(struct rt_store *s, uint32_t pending) {
  return choice_of(s, pending);
}

static inline uint32_t choice_target(struct rt_store *s, uint32_t candidates) {
  return choice_of(s, candidates);
}

/* Only where the condition holds. The deterministic profile always blocks. */
static inline bool choice_skip(struct rt_store *s) {
  return s->permute && rng_coin(&s->rng);
}

#endif
