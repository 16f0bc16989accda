/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Behind weir/completion.h. `state` decides who finishes the call: whoever takes it from OPEN, on whatever thread. The
 * winner alone writes the outcome, then posts it; the owner reads it when it takes the mail. `call` is the owner's.
 *
 *   OPEN --return, fail, exit, cancelled--> FINISHED      by a completion (mail follows) or by the call's own functions
 *     | the store goes
 *     +--> GONE
 */
#ifndef EMBED_COMPLETION_H
#define EMBED_COMPLETION_H

#include <stdatomic.h>

#include "base/diag.h"
#include "base/inbox.h"
#include "base/list.h"
#include "weir/completion.h"

enum completion_state { COMPLETION_OPEN, COMPLETION_FINISHED, COMPLETION_GONE };
enum host_call_outcome { HOST_CALL_NONE, HOST_CALL_RETURNED, HOST_CALL_FAILED, HOST_CALL_EXITED, HOST_CALL_CANCELLED };

struct host_outcome { /* how a host call ends */
  enum host_call_outcome kind;
  int exit_code;
  weir_value result;
  char *message; /* FAILED: from malloc(), NULL where memory was out */
};

struct weir_completion;

struct completion_ops { /* the call's owner's */
  /* Gets the mail, which has a hold of its own. */
  void (*deliver)(struct mail *mail, void *owner);
  /* Whether the call can have that result, which may be changed; NULL: any. On the thread that finishes the call. */
  weir_status (*accept)(const struct weir_completion *c, weir_value *result, struct diag *d);
  /* Gives up `held`; NULL: nothing is. Any thread. */
  void (*release)(void *held);
};

struct weir_completion {
  const struct completion_ops *ops;
  const void *subject; /* for accept(): what does not change, and stays as long as `held` is */
  void *held;
  atomic_uint holders; /* users, the call, the mail */
  atomic_uint users;
  atomic_int state; /* enum completion_state */
  atomic_bool cancel_requested;
  struct inbox *inbox; /* held */
  void *call;          /* the host call; NULL once it has ended. The owner's */
  struct host_outcome outcome;
  struct mail mail;
};

static inline struct weir_completion *completion_of_mail(struct mail *mail) {
  return LIST_OWNER(mail, struct weir_completion, mail);
}

/* One hold, the call's, and no user. NULL: out of memory. */
struct weir_completion *completion_new(struct inbox *inbox, void *call, const struct completion_ops *ops);
void completion_unref(struct weir_completion *c);

/* Takes the right to finish; false: it is taken, or gone. */
bool completion_claim(struct weir_completion *c, enum completion_state to);

/* Whether nobody has finished the call yet. */
static inline bool completion_is_open(const struct weir_completion *c) {
  return atomic_load(&c->state) == COMPLETION_OPEN;
}

void outcome_fail(struct host_outcome *o, const char *message);
void outcome_clear(struct host_outcome *o);

#endif
