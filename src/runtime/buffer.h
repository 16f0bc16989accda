/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Buffers of stream and future copies: CanonicalABI.md#buffer-state. In a guest's memory or in a host's. */
#ifndef RUNTIME_BUFFER_H
#define RUNTIME_BUFFER_H

#include "runtime/state.h"

static inline uint32_t buffer_remain(const struct rt_buffer *b) {
  return b->length - b->progress;
}

/* BufferGuestImpl: checks alignment, bounds and length. `elem` may be NULL. */
weir_status buffer_init_guest(struct rt_buffer *b, struct rt_instance *inst, const struct rt_opts *opts,
                              const struct weir_type *elem, uint64_t address, uint32_t length);

/*
 * Moves as many elements as both sides have room for, from the writable end's buffer to the readable end's. Where a
 * host uses the other's buffer (RT_BUFFER_LENT) the host says how many: it may be none.
 */
weir_status buffer_transfer(struct rt_end *from, struct rt_end *to);

#endif
