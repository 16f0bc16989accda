/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Host functions: what a guest calls, and how such a call is finished, inside of the function or later. From other
 * threads, or beyond the life of the store: weir/completion.h. Functions of numbers only: weir/flat.h.
 *
 * Threads: all for the one that owns the store. Those that finish give WEIR_ERR_MISUSE, and change nothing, where the
 * call is dead, has been finished before, or the store belongs to another thread.
 *
 * Stable ring.
 */
#ifndef WEIR_HOST_CALL_H
#define WEIR_HOST_CALL_H

#include "weir/store.h"
#include "weir/value.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * One call of a host function by a guest; dead once it is finished and, if it was not finished inside the host
 * function, the store has been stepped. A dead one is refused for as long as the engine lives (until its place has been
 * used 65,536 times). To finish a call on another thread, or to keep it longer than its store: weir/completion.h.
 */
typedef struct weir_host_call weir_host_call;

/**
 * A host function. `args` are the lifted arguments, valid until the function returns; it may move out of them. It
 * finishes the call with exactly one of weir_host_call_return(), _fail(), _exit() and (after a request) _cancelled():
 * before it returns, or, for functions of async type, at any time later. It must not step the store or call into it.
 */
typedef void (*weir_host_fn)(void *data, weir_host_call *call, weir_value *args, size_t count);

/** The store of the caller; NULL where the call is dead. */
WEIR_API weir_store *weir_host_call_store(const weir_host_call *call);

/**
 * Finishes with a result (NULL or empty for none), which is moved from, also on failure. A value of the wrong type
 * fails the guest (WEIR_ERR_HOST). WEIR_ERR_MISUSE as said above, and where it holds a resource, stream or future that
 * the host does not have, or one of another store: the call then goes on.
 */
WEIR_API weir_status weir_host_call_return(weir_host_call *call, weir_value *take_result);

/** Finishes by trapping the guest with this message (WEIR_ERR_HOST). */
WEIR_API weir_status weir_host_call_fail(weir_host_call *call, const char *message);

/** Finishes by ending the whole guest program: every running call fails with WEIR_ERR_EXIT and this code. */
WEIR_API weir_status weir_host_call_exit(weir_host_call *call, int code);

/**
 * Asks to be told when the guest cancels the call: `cancel` is called before the call is finished, or when the store is
 * freed; in the next step where the guest has asked already. It may finish the call there (with
 * weir_host_call_cancelled(), or still with a result) or later. Replaces what was set before; NULL: nobody is told. One
 * callback is called for each call at most, once. WEIR_ERR_MISUSE: the call is dead, or the store belongs to another
 * thread.
 */
WEIR_API weir_status weir_host_call_on_cancel(weir_host_call *call, void (*cancel)(void *data, weir_host_call *call),
                                              void *data);

/** Finishes a call whose cancellation has been requested: it did not happen. Fails as weir_host_call_return(). */
WEIR_API weir_status weir_host_call_cancelled(weir_host_call *call);

#ifdef __cplusplus
}
#endif
#endif
