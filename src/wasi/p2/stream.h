/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What input and output streams of 0.2 share: how a guest hears of a failure. */
#ifndef WASI_P2_STREAM_H
#define WASI_P2_STREAM_H

#include "wasi/p2/stream_state.h"
#include "weir/store.h"

struct wasi_p2;
struct wasi_p2_io_stream_error;

/*
 * The stream-error of a stream that is FAILED, with an errno, or CLOSED. What is FAILED is CLOSED afterwards.
 * WEIR_ERR_NOMEM leaves it as it was.
 */
weir_status wasi_p2_stream_error(struct wasi_p2 *p2, weir_store *store, enum wasi_p2_stream_state *state, int error,
                                 struct wasi_p2_io_stream_error *ret);

#endif
