/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls that wait: one is tried, and tried again whenever an event happens, until it can be done. Where the function is
 * of synchronous type its guest is held meanwhile (weir_linker_let_wait()).
 */
#ifndef WASI_HOST_ATTEMPT_H
#define WASI_HOST_ATTEMPT_H

#include "wasi/host/event.h"
#include "wasi/host/object.h"
#include "weir/host_call.h"

/* What a call tries; the struct stands first in one of its own. */
struct wasi_attempt {
  const struct weir_alloc *alloc;
  weir_host_call *call;
  struct wasi_object *object; /* what the event is of: held while the call waits */
  struct wasi_event *event;
  /* Finishes the call and returns true; or returns false, since it has to wait for the event. */
  bool (*attempt)(struct wasi_attempt *a);
  void (*done)(struct wasi_attempt *a); /* releases what it has; may be NULL */
  struct wasi_waiter waiter;
};

/* Tries it, now and later. `size` is that of the whole struct, which is copied where the call has to wait. */
void wasi_attempt_begin(struct wasi_attempt *a, size_t size);

#endif
