/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What comes into a store from other threads: mail, and the wish to be stepped. The inbox is counted and outlives its
 * store for as long as a completion refers to it; once closed it refuses mail. Nothing here knows stores, values or
 * guests, so that it is tested alone under ThreadSanitizer.
 *
 * The descriptor (an eventfd) is made when it is asked for. `woken` is true while it is readable, so that it is written
 * once for any number of wake-ups. Origin: design rule 3, a wake-up is safe from any thread and from a signal handler.
 */
#ifndef BASE_INBOX_H
#define BASE_INBOX_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/list.h"
#include "weir/alloc.h"

struct inbox {
  struct weir_alloc alloc;
  atomic_uint holders;
  pthread_mutex_t lock;
  struct list mail; /* under lock, like `closed` */
  bool closed;
  atomic_bool has_mail;
  atomic_bool woken;
  atomic_int fd; /* -1: none */
  /* The embedder's callback; called under the lock by posters, so that it is never called once it was replaced. */
  void (*wake)(void *data);
  void *wake_data;
};

struct inbox *inbox_new(const struct weir_alloc *alloc); /* NULL: out of memory */
struct inbox *inbox_ref(struct inbox *b);
void inbox_unref(struct inbox *b);

/* The store is going: refuses mail from now on, and closes the descriptor. `*rest` gets what was not taken. */
void inbox_close(struct inbox *b, struct list *rest);

/* Any thread. Appends a node and wakes the owner; false: closed. */
bool inbox_post(struct inbox *b, struct list *node);

/* The owner. All mail in the order in which it came; false: there was none. */
bool inbox_take(struct inbox *b, struct list *ret);
static inline bool inbox_has_mail(const struct inbox *b) {
  return atomic_load_explicit(&b->has_mail, memory_order_acquire);
}

/* Any thread that knows the store to be alive, and signal handlers: makes the descriptor readable. */
void inbox_signal(struct inbox *b);
/* The owner: what was asked for so far is about to be done. */
void inbox_unsignal(struct inbox *b);

/* The owner: the descriptor, made now if need be; -1 and errno where it cannot be. It begins readable. */
int inbox_fd(struct inbox *b);

/* The owner. */
void inbox_on_wake(struct inbox *b, void (*wake)(void *data), void *data);

#endif
