/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What the worker does each time before its loop blocks: tell news, fire alarms, start what may be started, give turns
 * to what is ready. Each for those that are there when it begins, so that nothing keeps the loop from input and output.
 */
#ifndef BRIDGE_TURN_H
#define BRIDGE_TURN_H

#include "bridge/state.h"

/* One turn; then the loop blocks only if there is nothing left to do, and ends if the bridge does. Worker only. */
void turn_take(struct weir_bridge *b);

/* The loop shall not block before the next turn. Worker only. */
void turn_again(struct weir_bridge *b);

/* Ends all requests as an abort does, after a drain too; afterwards only jobs are left that did not end theirs. */
void turn_abort(struct weir_bridge *b);

/* Tells news until there are none; with `close`, from then on none are taken. */
void turn_tell_all(struct weir_bridge *b, bool close);

/* It shall get a turn. Any thread. */
void turn_ready(struct weir_bridge *b, struct bridge_turn *t);

/* It gets no turns any more: leaves both lists. Worker only. */
void turn_remove(struct weir_bridge *b, struct bridge_turn *t);

#endif
