/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * A store in a libuv loop of the embedder's own: one call puts it there, and the loop does the rest.
 *
 *     weir_uv *adapter;
 *     weir_uv_attach(store, loop, NULL, NULL, &adapter, NULL);
 *     weir_call_start(...);
 *     uv_run(loop, UV_RUN_DEFAULT);   // comes back when the loop has nothing else to do and no task is live
 *     weir_uv_detach(adapter);
 *     uv_run(loop, UV_RUN_NOWAIT);    // closes what the adapter had in the loop
 *     weir_store_free(store);
 *
 * The store is stepped once in each round of the loop in which something is ready, so that a guest that is always ready
 * keeps neither timers nor sockets waiting. The adapter keeps the loop alive (as an active handle does) while the store
 * has work or waits for its host, and not otherwise.
 *
 * Threads: all functions are for the thread that runs the loop, which owns the store. Other threads may cancel, let go
 * and post (weir/store.h), and that wakes the loop. WASI has a driver of its own (weir/wasi.h), and so has a bridge
 * (weir/bridge.h).
 *
 * Unstable ring.
 */
#ifndef WEIR_UV_H
#define WEIR_UV_H

#include "weir/store.h"

#ifdef __cplusplus
extern "C" {
#endif

struct uv_loop_s; /* uv_loop_t: <uv.h> is not needed here */

/** A store's place in a loop. */
typedef struct weir_uv weir_uv;

/**
 * Called after each step with what the store waits for now; never inside weir_uv_attach(). The callback may start
 * calls, and detach the adapter; it must not unwind the loop's stack. WEIR_STEP_STUCK is the one state that nobody else
 * tells: tasks wait for what cannot come.
 */
typedef void (*weir_uv_step_fn)(void *data, weir_store *store, weir_step step);

/**
 * From now on the loop steps the store; the adapter takes over weir_store_on_wake(). `loop` is a uv_loop_t and must
 * outlive the adapter; `on_step` may be NULL. The caller owns the adapter, and detaches it before it frees the store.
 * WEIR_ERR_MISUSE: the store is another thread's, or the caller is inside its step; WEIR_ERR_NOMEM; WEIR_ERR_IO: libuv
 * has no handle left.
 */
WEIR_API weir_status weir_uv_attach(weir_store *store, struct uv_loop_s *loop, weir_uv_step_fn on_step, void *data,
                                    weir_uv **ret, weir_error **ret_error);

/**
 * The loop steps the store no more, and nothing is told any more; what runs in the store waits until somebody steps the
 * store. The adapter's memory is released when the loop runs next, as with uv_close(). Not while another thread may
 * wake the store. NULL is allowed.
 */
WEIR_API void weir_uv_detach(weir_uv *adapter);

#ifdef __cplusplus
}
#endif
#endif
