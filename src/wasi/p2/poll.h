/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:io/poll@0.2: pollables, and calls that wait. What can be waited for is an object with a `struct wasi_p2_pollee`:
 * an event, and whether it is ready already. A pollable holds the object, so it may outlive the object's own handle.
 */
#ifndef WASI_P2_POLL_H
#define WASI_P2_POLL_H

#include <poll.h>

#include "wasi/host/event.h"
#include "wasi/host/object.h"
#include "weir/host_call.h"

struct wasi_p2;

struct wasi_p2_pollee {
  struct wasi_event event;
  bool (*ready)(struct wasi_p2_pollee *pollee);
  /* NULL, or the question for poll(2) whose answer is `ready`; a descriptor below 0: there is none now. */
  struct pollfd (*asks)(struct wasi_p2_pollee *pollee);
};

/* Makes a pollable of a part of `object`. WEIR_ERR_NOMEM. */
weir_status wasi_p2_pollable_new(struct wasi_p2 *p2, weir_store *store, struct wasi_object *object,
                                 struct wasi_p2_pollee *pollee, uint64_t *ret);

#endif
