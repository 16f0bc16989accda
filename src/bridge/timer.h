/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Timers of jobs and host functions, in the same heap as the deadlines of requests. Worker only. */
#ifndef BRIDGE_TIMER_H
#define BRIDGE_TIMER_H

#include "bridge/state.h"

/* The timer has been taken out of the heap: calls and frees it. Not under the lock. */
void timer_fire(struct weir_bridge *b, struct alarm *a);

/* Frees all that have not fired. Not under the lock. */
void timer_drop_all(struct weir_bridge *b);

#endif
