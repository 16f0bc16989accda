/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Futures: a host's ends of them. A future is a stream of one element that must be written; its ends are read, written,
 * cancelled and dropped as those of streams are, with weir_stream_read_values(), weir_stream_write_values() and `count`
 * 1. Origin: CanonicalABI.md#future-state.
 *
 * Threads: as in weir/stream.h.
 *
 * Stable ring.
 */
#ifndef WEIR_FUTURE_H
#define WEIR_FUTURE_H

#include "weir/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Makes a future. The type of its element is that of the place where the readable end is first lowered to a guest.
 * The host must write the future before it drops the writable end; a drop without a write traps a guest that reads.
 * The caller owns both ends, as with weir_stream_new(), and the function fails as that one does.
 */
WEIR_API weir_status weir_future_new(weir_store *store, weir_value *ret_readable, weir_stream **ret_writable,
                                     weir_error **ret_error);

#ifdef __cplusplus
}
#endif
#endif
