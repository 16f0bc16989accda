/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a loop does with a store: step it, wait for it, be told that it is idle. Behind weir/store.h. */
#ifndef EMBED_STORE_STEP_H
#define EMBED_STORE_STEP_H

#include "embed/state.h"

struct idle_waiter {
  weir_idle_fn idle;
  void *data;
  struct list all;
};

/* weir_store_step(). */
weir_step store_step(struct store *s);

/* A step begins: what has come from outside has its effect. */
void store_step_take_mail(struct store *s);

/* Whether there is anything for the next step. */
bool store_step_is_wanted(const struct store *s);

/* The embedder's wake callback of a store, which may be gone, is not called any more if it has that data. */
void store_step_forget_wake(weir_store *store, const void *data);

/* Whether somebody is to be told now. */
static inline bool store_step_idle_is_due(const struct store *s) {
  return !list_empty(&s->idle) &&
         (s->rt.failed || (s->rt.live_tasks == 0 && list_empty(&s->call_starts) && list_empty(&s->rt.holds)));
}

/* Tells everyone who waits; those who ask meanwhile are for the next step. */
void store_step_tell_idle(struct store *s, weir_status status);

/* Around a step: the descriptor is readable while a step is wanted. */
static inline void store_step_begin(struct store *s) {
  if (!s->still_signalled)
    inbox_unsignal(s->inbox);
}

/*
 * What is left behind keeps the descriptor readable, without a system call a step. It is not emptied at the end of the
 * last one, where a wake-up that has just come would be lost: it is readable once in vain then.
 */
static inline void store_step_end(struct store *s, bool more) {
  s->still_signalled = more;
  if (more)
    inbox_signal(s->inbox);
}

#endif
