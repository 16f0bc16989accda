/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Calls of what an instance exports: started, watched, cancelled; each ends once. All for the thread that owns the
 * store. Calls of numbers only, without values: weir/flat.h. From threads that wait: weir/bridge.h.
 *
 * Stable ring.
 */
#ifndef WEIR_CALL_H
#define WEIR_CALL_H

#include "weir/instance.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A call of an exported function: the handle that its caller owns. */
typedef struct weir_call weir_call;

/** Called when a call has ended: returned, was cancelled, or failed. Exactly once, inside a step. */
typedef void (*weir_call_fn)(void *data, weir_call *call);

/**
 * Starts a call. `take_args` are moved from (also on failure), but for resources that the function borrows: those are
 * lent, and stay the caller's. Such a parameter's value is left as it is; one inside of a list or record, which is
 * moved from, by the copy of the value that the caller has kept. Until the call has returned, been cancelled or failed,
 * what is lent cannot be given away, and dropping it takes effect only then (CanonicalABI.md: num_lends). A resource,
 * stream or future that is given away is gone from all copies of its value.
 *
 * Guest code runs until it blocks or ends. `done` (may be
 * NULL) is called in a later step; nothing is delivered from inside this function. The caller owns the call handle and
 * frees it at any time: freeing cancels nothing, the call runs on and `done` is not called any more.
 * WEIR_ERR_TYPE (wrong number or type of arguments), WEIR_ERR_MISUSE (a function of another component; from inside a
 * host function, an interceptor or the wake callback; another thread's store; an instance whose store is gone; a
 * resource, stream or future that is of another store, gone, in use, lent, or given twice), WEIR_ERR_TRAP (the store
 * has failed before), WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_call_start(weir_instance *instance, const weir_func *func, weir_value *take_args,
                                     size_t count, weir_call_fn done, void *data, weir_call **ret,
                                     weir_error **ret_error);

/** What happens to a call: STARTED, then exactly one of RETURNED, CANCELLED and FAILED, then EXITED. */
typedef enum weir_call_event {
  WEIR_CALL_STARTED = 0,   /**< Its arguments were taken: the guest's code began. Not where it is cancelled before. */
  WEIR_CALL_RETURNED = 1,  /**< weir_call_result() has its result; guest code of the call may run on. */
  WEIR_CALL_CANCELLED = 2, /**< It agreed to be cancelled, or was cancelled before it started, or the store is freed. */
  WEIR_CALL_FAILED = 3,    /**< weir_call_result() says how. */
  WEIR_CALL_EXITED = 4,    /**< It left weir_store_live_tasks(): no code of its main thread runs any more. */
  WEIR_CALL_EVENT_WIDTH = 0x7fffffff
} weir_call_event;

/** Told of one event, inside a step. May start calls, and free this one: then nothing more is told. */
typedef void (*weir_call_event_fn)(void *data, weir_call *call, weir_call_event event);

/**
 * Asks to be told of every event of a call, each exactly once and in order; of those that have happened already in the
 * next step, as long as no `done` has been called. Replaces what was set before; NULL: nothing more is told. `done` is
 * called besides, after RETURNED, CANCELLED or FAILED. WEIR_ERR_MISUSE: a freed call, or another thread's.
 */
WEIR_API weir_status weir_call_on_event(weir_call *call, weir_call_event_fn on_event, void *data);

/** Whether it has returned a result, was cancelled or failed. false for a freed call, or another thread's. */
WEIR_API bool weir_call_finished(const weir_call *call);

/** Whether it has exited; see WEIR_CALL_EXITED. false for a freed call, or another thread's. */
WEIR_API bool weir_call_exited(const weir_call *call);

/**
 * The outcome of a finished call: WEIR_OK and its result (moved to `*ret_result`, empty if there is none; only the
 * first time), WEIR_ERR_CANCELLED, WEIR_ERR_TRAP, WEIR_ERR_HOST, WEIR_ERR_EXIT, WEIR_ERR_DEADLOCK, or WEIR_ERR_MISUSE
 * where it is not finished, has been freed, or is another thread's.
 */
WEIR_API weir_status weir_call_result(weir_call *call, weir_value *ret_result, weir_error **ret_error);

/**
 * Requests cancellation, in the next step. It may still return. No effect on a finished call or the second time.
 * WEIR_ERR_MISUSE: a freed call, or another thread's.
 */
WEIR_API weir_status weir_call_cancel(weir_call *call);

/**
 * Releases the handle; the call runs on, and nothing more is told of it. NULL is allowed, and so is a handle that was
 * freed before or has died with its store (as long as the engine lives, and until its place has been used 65,536
 * times). Nothing happens on another thread than the store's owner.
 */
WEIR_API void weir_call_free(weir_call *call);

/**
 * Starts a call and steps the store until it has ended: for guests that need no host events. A trap after it has
 * returned but in the same round (in post-return, say) is reported too. WEIR_ERR_DEADLOCK where
 * the guest waits for something that cannot come. Otherwise as weir_call_start() and weir_call_result().
 */
WEIR_API weir_status weir_call_run(weir_instance *instance, const weir_func *func, weir_value *take_args, size_t count,
                                   weir_value *ret_result, weir_error **ret_error);

#ifdef __cplusplus
}
#endif
#endif
