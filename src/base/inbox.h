/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The one way into a store from outside: mail for its owner, and the wish that it be stepped. There is no lock: a
 * sender never waits. So signal handlers may send, and so may a thread that holds a lock of its own.
 *
 * Senders push mail onto a stack; the owner takes all of it, oldest first. A sender that finds the stack empty rings
 * the bell: the descriptor (an eventfd, made when it is asked for) becomes readable, and the embedder's callback is
 * called. `woken` is true while the descriptor is readable, so any number of wake-ups write once.
 *
 * A change of the bell (another callback, a descriptor, none) goes like this: the other of the two bells is filled in,
 * becomes the one that counts, and the change is over when no sender is left at the old one. So a callback is never
 * called, and a descriptor never written, after it was replaced. A sender counts itself at the bell, looks again
 * whether this bell still counts, and only then reads the bell.
 *
 * An inbox also says who takes the mail: the thread that owns the store. So threads that must not look into a store can
 * ask whether the store is theirs.
 *
 * Inboxes belong to an engine, as handles do, and are used again: the inbox that a stale handle leads to is still an
 * inbox. At worst a wake-up is in vain. Objects that may outlive the engine count as holders.
 */
#ifndef BASE_INBOX_H
#define BASE_INBOX_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct mail {
  struct mail *next;
  /* Called by the owner, in a step. `owner` NULL: nobody reads the mail any more, and it releases what it has. */
  void (*deliver)(struct mail *mail, void *owner);
};

struct bell {
  void (*wake)(void *data); /* NULL: nobody */
  void *data;
  int fd;              /* -1: none */
  atomic_uint ringing; /* who reads it */
};

/* Whose a store is: a thread (pthread_self()), with INBOX_INSIDE while that thread is inside of the store, or */
enum {
  INBOX_FIRST = 0,   /* the first thread's that runs something */
  INBOX_INSIDE = 1,  /* (the flag) */
  INBOX_NOBODY = 2,  /* given up: it has to be taken */
  INBOX_ANYBODY = 4, /* between two uses of a serialized store */
};

struct inbox {
  atomic_uint holders;
  atomic_uintptr_t owner;
  _Atomic(struct mail *) mail; /* the newest; inbox_closed_mark(): the inbox takes none */
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
 * The store is going: the inbox refuses mail from now on, rings no more, and closes the descriptor. Mail that is still
 * there is delivered to nobody.
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

static inline uintptr_t inbox_owner(const struct inbox *b) {
  return atomic_load_explicit(&b->owner, memory_order_relaxed) & ~(uintptr_t)INBOX_INSIDE;
}

/* Whether the calling thread owns the store: no other one changes it, or ends it, meanwhile. */
static inline bool inbox_is_mine(const struct inbox *b) {
  return inbox_owner(b) == (uintptr_t)pthread_self();
}

/* Whether the calling thread may use the store: it is the owner, or there is none and it promises to be alone. */
static inline bool inbox_is_usable(const struct inbox *b) {
  uintptr_t owner = inbox_owner(b);
  return owner == (uintptr_t)pthread_self() || owner == INBOX_FIRST || owner == INBOX_ANYBODY;
}

/* The calling thread becomes the owner of what was nobody's yet. false: another thread is the owner. */
bool inbox_own_first(struct inbox *b);
/* The same whoever was the owner; false: another thread is inside. */
bool inbox_own(struct inbox *b);
/* One thread at a time uses the store, which has no owner in between. Before any thread has used the store. */
void inbox_serialize(struct inbox *b);
/* Gives the store up. For the owner, who is not inside. */
void inbox_disown(struct inbox *b);

/* ---- the owner --------------------------------------------------------------------------------------------------- */

/* Guests, or callbacks, of the store run on the calling thread from here on; what it was before is put back then. */
static inline uintptr_t inbox_enter(struct inbox *b) {
  uintptr_t before = atomic_load_explicit(&b->owner, memory_order_relaxed);
  atomic_store_explicit(&b->owner, (uintptr_t)pthread_self() | INBOX_INSIDE, memory_order_relaxed);
  return before;
}

static inline void inbox_leave(struct inbox *b, uintptr_t before) {
  atomic_store_explicit(&b->owner, before, memory_order_relaxed);
}

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

/* Makes the descriptor readable and does not call the callback. */
void inbox_signal(struct inbox *b);
/* A step is about to do everything that was asked for so far. */
void inbox_unsignal(struct inbox *b);

/* The descriptor, made now if need be; -1 and errno where that fails. A new one is readable. */
int inbox_fd(struct inbox *b);

/*
 * Sets the callback. When this returns, the old callback is not running and never will be. So do not call this from
 * inside of the callback, or with a lock that the callback takes.
 */
void inbox_on_wake(struct inbox *b, void (*wake)(void *data), void *data);
/* Unsets it if it has that data. */
void inbox_forget_wake(struct inbox *b, const void *data);

#endif
