/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The queue of a subscriber, which its two ways share: in (events.c) and out (events_take.c). */
#ifndef INTERCEPT_EVENTS_H
#define INTERCEPT_EVENTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "intercept/event_node.h"

struct weir_events {
  atomic_uint holders; /* the user, the store */
  pthread_mutex_t lock;
  pthread_cond_t some, quiet;
  weir_events_config config;
  /* under the lock */
  struct list queue, late;
  uint32_t count;
  uint64_t dropped;
  bool freed, ended; /* by the user; with the store */
  bool telling;      /* `readable` runs, on the thread `teller` */
  pthread_t teller;
  int fd;
};

/* All of them under the lock. Wakes those that wait for an event, and makes the descriptor readable. */
void events_signal(struct weir_events *q);
void events_put(struct weir_events *q, struct event_node *n);
/* Dropped events stand in the queue as one event, which takes no place of its own. */
void events_put_gap(struct weir_events *q);

#endif
