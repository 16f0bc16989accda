/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The one way into a store from outside: mail for its owner, and the wish that it be stepped. There is no lock: whoever
 * sends never waits, so signal handlers may, and so does a thread that is holding a lock of its own.
 *
 * Mail is pushed onto a stack and taken whole, oldest first. Whoever pushes onto an empty one rings the bell: the
 * descriptor (an eventfd, made when it is asked for) becomes readable, and the embedder's callback is called. `woken`
 * is true while the descriptor is readable, so that it is written once for any number of wake-ups.
 *
 * A bell is changed (another callback, a descriptor, none) in this way: the other of the two is filled in, becomes the
 * one that counts, and the change is over when nobody is left at the old one. So a callback is never called, and a
 * descriptor never written, after it was replaced. Ringing counts itself at the bell, looks again whether it still
 * counts, and only then reads it.
 *
 * Inboxes belong to an engine, as handles do, and are used again: one that has been asked for by way of a handle that
 * is stale by now is still an inbox. At worst somebody is woken in vain. What may outlive the engine counts as a
 * holder.
 */
#ifndef BASE_INBOX_H
#define BASE_INBOX_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct mail {
  struct mail *next;
  /* For the owner, in a step. `owner` NULL: nobody reads it any more, and all that it has is let go of. */
  void (*deliver)(struct mail *mail, void *owner);
};

struct bell {
  void (*wake)(void *data); /* NULL: nobody */
  void *data;
  int fd;              /* -1: none */
  atomic_uint ringing; /* who reads it */
};

struct inbox {
  atomic_uint holders;
  _Atomic(struct mail *) mail; /* the newest; inbox_closed_mark(): none is taken */
  _Atomic(struct bell *) bell; /* the one that counts; NULL: none */
  atomic_flag changing;        /* somebody changes the bell */
  struct bell bells[2];
  atomic_bool woken;
  struct inbox *next; /* in its home */
};

/* ---- life -------------------------------------------------------------------------------------------------------- */

struct inbox_home { /* an engine's: those that no store has */
  pthread_mutex_t lock;
  struct inbox *first, *last;
};

void inbox_home_init(struct inbox_home *h);
void inbox_home_done(struct inbox_home *h);

/* An open one for a store; NULL: out of memory. */
struct inbox *inbox_open(struct inbox_home *h);

/*
 * The store is going: refuses mail from now on, rings no more, and closes the descriptor. What was not taken is
 * delivered to nobody.
 */
void inbox_close(struct inbox *b);
/* The store has gone. */
void inbox_give(struct inbox_home *h, struct inbox *b);

struct inbox *inbox_ref(struct inbox *b);
void inbox_unref(struct inbox *b);

/* ---- any thread, and signal handlers ----------------------------------------------------------------------------- */

/* false: closed. */
bool inbox_post(struct inbox *b, struct mail *mail);
/* Asks for a step. */
void inbox_ring(struct inbox *b);

/* ---- the owner --------------------------------------------------------------------------------------------------- */

/* Stands in place of mail. */
static inline struct mail *inbox_closed_mark(const struct inbox *b) {
  return (struct mail *)(uintptr_t)b;
}

/* All mail, the oldest first, linked by `next`. */
struct mail *inbox_take(struct inbox *b);
static inline bool inbox_has_mail(const struct inbox *b) {
  const struct mail *newest = atomic_load_explicit(&b->mail, memory_order_acquire);
  return newest && newest != inbox_closed_mark(b);
}

/* Makes the descriptor readable, without a word to the callback. */
void inbox_signal(struct inbox *b);
/* What was asked for so far is about to be done. */
void inbox_unsignal(struct inbox *b);

/* The descriptor, made now if need be; -1 and errno where it cannot be. It begins readable. */
int inbox_fd(struct inbox *b);

/*
 * Sets the callback. When this returns the old one is not running and never will be: so not from inside of it, and not
 * with a lock that it takes.
 */
void inbox_on_wake(struct inbox *b, void (*wake)(void *data), void *data);
/* Unsets it if it has that data. */
void inbox_forget_wake(struct inbox *b, const void *data);

#endif
