/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Counters of what happens to requests. All under the lock, where nothing else is said. */
#ifndef BRIDGE_COUNT_H
#define BRIDGE_COUNT_H

#include "bridge/state.h"

/* It leaves the inbox after so many nanoseconds, to be started or ended. */
void count_waited(struct weir_bridge *b, uint64_t span);

/* It was started, and has ended after so many. */
void count_ran(struct weir_bridge *b, uint64_t span);

void count_outcome(struct weir_bridge *b, weir_status status);

/* So many have found their port full. Without the lock. */
void count_refused(struct weir_bridge *b, size_t requests);

#endif
