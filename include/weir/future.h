/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Futures: a host's ends of futures. A future is a stream of one element, which the host that has the writable end must
 * write. The functions of weir/stream.h serve both: weir_stream_read_values() and weir_stream_write_values() with
 * `count` 1, weir_stream_cancel() and weir_stream_drop(). Origin: CanonicalABI.md#future-state.
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
 * The host must write the future before the host drops the writable end: a drop without a write traps a guest that
 * reads. The caller owns both ends. Otherwise, and in its errors, as weir_stream_new().
 */
WEIR_API weir_status weir_future_new(weir_store *store, weir_value *ret_readable, weir_stream **ret_writable,
                                     weir_error **ret_error);

#ifdef __cplusplus
}
#endif
#endif
