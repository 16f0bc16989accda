/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One end of a stream or future: what can be said of it without its channel, CopyEnd in CanonicalABI.md#stream-state.
 */
#ifndef RUNTIME_END_H
#define RUNTIME_END_H

#include "runtime/state.h"

/* "stream" or "future", for messages. */
static inline const char *end_noun(const struct rt_end *end) {
  return end->channel->future ? "future" : "stream";
}

static inline bool end_copying(const struct rt_end *end) {
  return end->state == RT_COPY_COPYING || end->state == RT_COPY_CANCELLING;
}

/* Whether its elements are of that type (NULL: none), be it another component's that shares the store. */
bool end_carries(const struct rt_end *end, const struct weir_type *elem);

/* Trap for an end that is not IDLE, in the specification's words; `verb` is "read from", "write to" or "lift". */
weir_status end_trap_not_idle(struct rt_store *s, const struct rt_end *end, const char *verb);

#endif
