/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Streams and futures: the rendezvous of a readable and a writable end, CanonicalABI.md#stream-state, #future-state.
 * A channel is the shared part; each end is a waitable with at most one copy under way.
 *
 *   IDLE --copy--> COPYING --event delivered--> IDLE, or DONE (dropped; a future that has completed)
 *                     | cancel
 *                     v
 *                  CANCELLING --event delivered--> the same
 */
#ifndef RUNTIME_CHANNEL_H
#define RUNTIME_CHANNEL_H

#include "runtime/state.h"

/* Makes a channel with its two ends, both without owner. */
weir_status channel_new(struct rt_store *s, bool future, const struct weir_type *elem, struct rt_end **ret_readable,
                        struct rt_end **ret_writable);

/* ReadableStream.read, WritableStream.write and those of futures: starts a copy with end->buffer filled in. */
weir_status channel_end_copy(struct rt_end *end);

/* SharedStreamImpl.cancel: the pending copy of this end completes as CANCELLED. The end's state is the caller's. */
void channel_end_cancel(struct rt_end *end);

/* Delivers the pending event: frees the buffer, moves the state on; returns result | progress << 4. */
uint32_t channel_end_deliver(struct rt_end *end);

/* Drops an end that copies nothing: tells the other end, frees what nobody holds. The end is gone afterwards. */
void channel_end_drop(struct rt_end *end);

#endif
