/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Requests that are handed in together. All are made before the first enters, so that what fails then leaves nothing
 * behind; then they enter in order, until one is refused.
 */
#ifndef BRIDGE_BATCH_H
#define BRIDGE_BATCH_H

#include "bridge/state.h"

struct batch {
  struct list made;              /* weir_bridge_request.place */
  size_t count;                  /* of them */
  weir_bridge_request **handles; /* where they go; NULL: nobody wants any */
  void (*discard)(struct weir_bridge_request *r);
};

/* Nothing made yet. `handles` has room for `count`. */
void batch_init(struct batch *t, weir_bridge_request **handles, size_t count);

void batch_add(struct batch *t, struct weir_bridge_request *r);

/* Hands them in; those not accepted are discarded. `ret_accepted` may be NULL. */
weir_status batch_enter(struct batch *t, struct weir_bridge *b, size_t *ret_accepted, weir_error **ret_error);

/* Discards what was made. */
void batch_drop(struct batch *t);

#endif
