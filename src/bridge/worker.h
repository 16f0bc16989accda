/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The worker: its thread and its loop, from the start hook to the stop hook. */
#ifndef BRIDGE_WORKER_H
#define BRIDGE_WORKER_H

#include "base/diag.h"
#include "bridge/state.h"

/* Makes the loop and starts the thread. On failure both are gone again. WEIR_ERR_IO. */
weir_status worker_start(struct weir_bridge *b, pthread_t *ret_thread, struct diag *d);

#endif
