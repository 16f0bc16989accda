/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What every part of a bridge needs: holds on it, who is calling, waking the worker, and refusing. */
#ifndef BRIDGE_CORE_H
#define BRIDGE_CORE_H

#include "bridge/state.h"

/* The last hold frees; the worker has ended then. Not under the lock. */
void bridge_ref(struct weir_bridge *b);
void bridge_unref(struct weir_bridge *b);

/* A child of the process that made the bridge: it has neither the worker nor a usable lock. */
bool bridge_forked(const struct weir_bridge *b);

/* Makes the worker take a turn soon. Under the lock. */
void bridge_wake(struct weir_bridge *b);

/* Waits on a condition until it is signalled or, about, until `until`; the lock is held. */
void bridge_wait_until(struct weir_bridge *b, uv_cond_t *condition, uint64_t until);

/* Makes an error with this message where the caller wants one. */
void bridge_tell(weir_status status, const char *message, weir_error **ret_error);

/* The same; returns the status. Inline, so that whoever refuses is seen not to give WEIR_OK. */
static inline weir_status bridge_refuse(weir_status status, const char *message, weir_error **ret_error) {
  bridge_tell(status, message, ret_error);
  return status;
}

/* The message for a status that came without one. */
const char *bridge_message(weir_status status);

#endif
