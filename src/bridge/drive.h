/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Stores that the worker drives: a store is stepped, a round a turn, from when it is woken until it waits. Calls that
 * were handed in stand with their store, so that they end where it can come to nothing more. Worker only.
 */
#ifndef BRIDGE_DRIVE_H
#define BRIDGE_DRIVE_H

#include "bridge/state.h"

struct drive;

struct drive_call {
  struct list all; /* drive.calls */
  bool wait_when_stuck;
  void (*lose)(struct drive_call *call, weir_status status); /* leaves the list */
};

/* That of an attached store; NULL. */
struct drive *drive_find(struct weir_bridge *b, const weir_store *store);

/* Asks to be told each time the store comes to wait for the host; true: it is stepped once more before. */
void drive_on_wait(struct drive *d, bool (*on_wait)(void *data, weir_store *store), void *data);

/* Guest code of the store is about to run: from now on its time counts. */
void drive_limit(struct drive *d);

/* A call was started in the store: it gets a turn. */
void drive_add(struct drive *d, struct drive_call *call);

#endif
