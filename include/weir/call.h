/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Calls of the functions that an instance exports: a call is started, may be watched and cancelled, and ends once. All
 * functions are for the thread that owns the store (weir/store.h), but for weir_call_cancel() and weir_call_free(),
 * which are for any thread. weir/flat.h has calls with numbers only, weir/bridge.h calls from threads that wait.
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

/**
 * Called when a call has ended: returned, was cancelled, or failed. Exactly once, on the owner's thread, in a step or
 * inside weir_store_free().
 */
typedef void (*weir_call_fn)(void *data, weir_call *call);

/**
 * Starts a call. The call takes `take_args`, also on failure, but for resources that the function borrows: they are
 * lent, and stay the caller's. A parameter that is such a resource keeps its value. A list or record is emptied even if
 * it holds one: the caller then keeps the resource by a copy of its value. A resource that is lent cannot be given away
 * until the call has returned, been cancelled or failed, and a drop takes effect only then (CanonicalABI.md:
 * num_lends). A resource, stream or future that is given away is gone from all copies of its value.
 *
 * Guest code runs until it blocks or ends. `done` (may be NULL) is called in a later step, never inside this function.
 * The caller owns the call handle and may free it at any time: the call then runs on, and `done` is not called any
 * more. WEIR_ERR_TYPE (wrong number or type of arguments), WEIR_ERR_MISUSE (a function of another component; from
 * inside a host function, an interceptor or the wake callback; another thread's store; an instance whose store is gone;
 * a resource, stream or future that is of another store, gone, in use, lent, or given twice), WEIR_ERR_TRAP (the store
 * has failed before), WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_call_start(weir_instance *instance, const weir_func *func, weir_value *take_args,
                                     size_t count, weir_call_fn done, void *data, weir_call **ret,
                                     weir_error **ret_error);

/** What happens to a call: STARTED, then exactly one of RETURNED, CANCELLED and FAILED, then EXITED. */
typedef enum weir_call_event {
  WEIR_CALL_STARTED = 0,   /**< The guest has taken the arguments. Not told of a call that is cancelled before. */
  WEIR_CALL_RETURNED = 1,  /**< weir_call_result() has its result; guest code of the call may run on. */
  WEIR_CALL_CANCELLED = 2, /**< The guest agreed to it, or had not started; or the store is freed. */
  WEIR_CALL_FAILED = 3,    /**< weir_call_result() says how. */
  WEIR_CALL_EXITED = 4,    /**< The task left weir_store_live_tasks(): no code of its main thread runs any more. */
  WEIR_CALL_EVENT_WIDTH = 0x7fffffff
} weir_call_event;

/**
 * Called for one event, on the owner's thread, in a step or inside weir_store_free(). The callback may start calls, and
 * may free this one: no other event is told then.
 */
typedef void (*weir_call_event_fn)(void *data, weir_call *call, weir_call_event event);

/**
 * Asks for a callback for every event of a call, each exactly once and in order. Events that have happened before are
 * told in the next step, as long as no `done` has been called. The new callback replaces the old one; NULL: no event is
 * told any more. `done` is called besides, after RETURNED, CANCELLED or FAILED. WEIR_ERR_MISUSE: the call was freed, or
 * is another thread's.
 */
WEIR_API weir_status weir_call_on_event(weir_call *call, weir_call_event_fn on_event, void *data);

/** Whether the call has returned a result, was cancelled or failed. false for a freed call, or another thread's. */
WEIR_API bool weir_call_finished(const weir_call *call);

/** Whether the call has exited; see WEIR_CALL_EXITED. false for a freed call, or another thread's. */
WEIR_API bool weir_call_exited(const weir_call *call);

/**
 * The outcome of a finished call: WEIR_OK and its result (moved to `*ret_result`, empty if there is none; only the
 * first time), WEIR_ERR_CANCELLED, WEIR_ERR_TRAP, WEIR_ERR_HOST, WEIR_ERR_EXIT, WEIR_ERR_DEADLOCK, or WEIR_ERR_MISUSE
 * where the call is not finished, has been freed, or is another thread's.
 */
WEIR_API weir_status weir_call_result(weir_call *call, weir_value *ret_result, weir_error **ret_error);

/**
 * Requests cancellation, in the next step. The call may still return. No effect on a finished call or the second time.
 * Any thread: on another thread than the owner's the request is queued, and the store is woken (weir/store.h). Calls no
 * guest, and no callback but the store's wake callback. Allocates nothing. WEIR_ERR_MISUSE: the call was freed.
 * Origin: CanonicalABI.md#canon-subtaskcancel.
 */
WEIR_API weir_status weir_call_cancel(weir_call *call);

/**
 * Releases the handle; the call runs on, and nothing more is told of it. NULL is allowed, and so is a handle that was
 * freed before or has died with its store (as long as the engine lives, and until its place has been used 65,536
 * times). Any thread: on another thread than the owner's the handle is released in the store's next step, and until
 * then the owner may still be told of the call. Calls no guest, and no callback but the store's wake callback.
 * Allocates nothing.
 */
WEIR_API void weir_call_free(weir_call *call);

/**
 * Starts a call and steps the store until the call has ended: for guests that need no host events. A trap in the same
 * round after the return (in post-return, say) is reported too. WEIR_ERR_DEADLOCK where the guest waits for something
 * that cannot come. Otherwise as weir_call_start() and weir_call_result().
 */
WEIR_API weir_status weir_call_run(weir_instance *instance, const weir_func *func, weir_value *take_args, size_t count,
                                   weir_value *ret_result, weir_error **ret_error);

#ifdef __cplusplus
}
#endif
#endif
