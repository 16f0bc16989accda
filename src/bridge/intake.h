/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The bounded way in: requests from any thread, taken out in order by the worker. */
#ifndef BRIDGE_INTAKE_H
#define BRIDGE_INTAKE_H

#include "bridge/state.h"

/* weir_bridge_submit() of a request whose result is of that kind. */
weir_status intake_submit(struct weir_bridge *b, const struct weir_bridge_job *job, const void *kind,
                          weir_bridge_request **ret, weir_error **ret_error);

/* weir_bridge_run() up to the outcome: it has ended; the caller owns the handle. */
weir_status intake_run(struct weir_bridge *b, const struct weir_bridge_job *job, const void *kind,
                       weir_bridge_request **ret, weir_error **ret_error);

/* Whether a request may be started now. Under the lock. */
bool intake_startable(const struct weir_bridge *b);

/* The next one, which counts as running from now on; NULL where none may be started. Under the lock. */
struct weir_bridge_request *intake_take(struct weir_bridge *b);

#endif
