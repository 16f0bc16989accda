/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A hook: the right to decide about a call that waits. Any thread finishes it: it writes the decision and posts it
 * to the store's inbox; the owner takes it from there. `waiting` is the owner's.
 *
 *   OPEN --go on, answer, fail--> DECIDED      a mail follows
 *     | the call has ended: cancelled, or with its store
 *     +--> GONE
 */
#ifndef INTERCEPT_HOOK_H
#define INTERCEPT_HOOK_H

#include <stdatomic.h>

#include "base/inbox.h"
#include "base/list.h"
#include "weir/intercept.h"

struct chain_waiting;

enum hook_state { HOOK_OPEN, HOOK_DECIDED, HOOK_GONE };

struct weir_hook {
  atomic_uint holders;           /* the user, the call, the mail */
  atomic_int state;              /* enum hook_state */
  struct inbox *inbox;           /* held */
  struct chain_waiting *waiting; /* NULL: the call is gone */
  weir_verdict verdict;
  weir_value value;
  char *message; /* FAIL: from malloc(), NULL where memory was out */
  struct mail mail;
};

static inline struct weir_hook *hook_of_mail(struct mail *mail) {
  return LIST_OWNER(mail, struct weir_hook, mail);
}

/* Two holds: the user's, which becomes that of the mail that `deliver` gets, and the caller's. NULL: out of memory. */
struct weir_hook *hook_new(struct inbox *inbox, void (*deliver)(struct mail *mail, void *owner));
void hook_unref(struct weir_hook *h);
/* For the owner, and its hold: nobody waits for the decision any more. NULL is allowed. */
void hook_gone(struct weir_hook *h);

#endif
