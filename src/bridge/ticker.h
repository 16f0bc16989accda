/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A thread that ticks an engine, so that guests on the worker meet their deadlines and the ends of their time slices:
 * the worker cannot, while it is inside of one. It ticks at the interval as long as the worker is busy and for a while
 * after, and slowly where it sleeps.
 */
#ifndef BRIDGE_TICKER_H
#define BRIDGE_TICKER_H

#include "bridge/state.h"

/* Starts the thread where the configuration names an engine. Worker only. WEIR_ERR_IO: there is no thread left. */
weir_status ticker_start(struct weir_bridge *b);

/* Ends and joins it. Worker only. */
void ticker_stop(struct weir_bridge *b);

/* The worker is busy. Under the lock. */
static inline void ticker_hurry(struct weir_bridge *b) {
  b->ticker.idle = 0;
  if (b->ticker.slow)
    uv_cond_signal(&b->ticker.changed);
}

#endif
