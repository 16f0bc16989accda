/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The bounded way in: requests from any thread, taken out in order by the worker. */
#ifndef BRIDGE_INTAKE_H
#define BRIDGE_INTAKE_H

#include "bridge/state.h"

/* What a request is made of. */
struct intake {
  const struct weir_bridge_job *job;
  const void *kind; /* of its result */
  size_t tail;      /* bytes */
  bool handle;      /* the caller wants one */
};

/* Makes a request, which is not handed in yet. The job's data may be changed until it is. */
weir_status intake_make(struct weir_bridge *b, const struct intake *in, struct weir_bridge_request **ret,
                        weir_error **ret_error);

/* Hands it in. Where it is refused it stays the caller's, for request_discard(). */
weir_status intake_enter(struct weir_bridge *b, struct weir_bridge_request *r, weir_error **ret_error);

/*
 * Hands in the requests of a list (by their `place`), in order, under one hold of the lock unless they wait for room.
 * Those that are left in it were refused, and stay the caller's.
 */
weir_status intake_enter_all(struct weir_bridge *b, struct list *requests, weir_error **ret_error);

/* Refuses to wait for the worker on the worker. */
weir_status intake_may_wait(const struct weir_bridge *b, weir_error **ret_error);

/* Whether a request may be started now. Under the lock. */
bool intake_startable(const struct weir_bridge *b);

/* The next one, which counts as running from now on; NULL where none may be started. Under the lock. */
struct weir_bridge_request *intake_take(struct weir_bridge *b);

#endif
