/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:io/poll@0.2: pollables, and calls that wait. What can be waited for is an object with a `struct wasi_p2_pollee`:
 * an event, and whether it is ready already. A pollable holds the object, so it may outlive the object's own handle.
 *
 * A call that waits is tried again whenever the event happens, until it can be done. The guest is held meanwhile
 * (weir_linker_let_wait()).
 */
#ifndef WASI_P2_POLL_H
#define WASI_P2_POLL_H

#include "wasi/host/event.h"
#include "wasi/host/object.h"
#include "weir/host_call.h"

struct wasi_p2;

struct wasi_p2_pollee {
  struct wasi_event event;
  bool (*ready)(struct wasi_p2_pollee *pollee);
};

/* Makes a pollable of a part of `object`. WEIR_ERR_NOMEM. */
weir_status wasi_p2_pollable_new(struct wasi_p2 *p2, weir_store *store, struct wasi_object *object,
                                 struct wasi_p2_pollee *pollee, uint64_t *ret);

/* What a call tries until it is done; the struct stands first in one of its own. */
struct wasi_p2_try {
  struct wasi_p2 *p2;
  weir_host_call *call;
  struct wasi_object *object;
  struct wasi_p2_pollee *pollee;
  /* Finishes the call and returns true; or returns false, since it has to wait for the pollee. */
  bool (*attempt)(struct wasi_p2_try *t);
  void (*done)(struct wasi_p2_try *t); /* releases what it has; may be NULL */
  struct wasi_waiter waiter;
};

/* Tries it, now and later. `size` is that of the whole struct, which is copied where the call has to wait. */
void wasi_p2_try(const struct wasi_p2_try *t, size_t size);

#endif
