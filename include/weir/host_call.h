/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Host functions: guests call them, and they finish each call before they return or later. weir/completion.h finishes
 * calls on other threads and beyond the life of the store. weir/flat.h has functions of numbers only.
 *
 * Threads: all functions are for the thread that owns the store (weir/store.h). A function that finishes a call gives
 * WEIR_ERR_MISUSE, and changes nothing, where the call is dead or was finished before, or the store belongs to another
 * thread. None of these functions calls a guest. They may call the store's wake callback.
 *
 * Stable ring.
 */
#ifndef WEIR_HOST_CALL_H
#define WEIR_HOST_CALL_H

#include "weir/func.h"
#include "weir/store.h"
#include "weir/value.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * One call of a host function by a guest. The call is dead once it is finished; if the host function returned before,
 * it is dead after the next step. A dead call is refused for as long as the engine lives (until its place has been used
 * 65,536 times). To finish a call on another thread, or to keep it longer than its store: weir/completion.h.
 */
typedef struct weir_host_call weir_host_call;

/**
 * A host function. `args` are the lifted arguments, valid until the function returns; the function may move values out
 * of them. It finishes the call with exactly one of weir_host_call_return(), _fail(), _exit() and (after a request)
 * _cancelled(): before it returns, or at any time later if its type is async or the linker lets it wait
 * (weir_linker_let_wait()). It must not step the store or call guests.
 */
typedef void (*weir_host_fn)(void *data, weir_host_call *call, weir_value *args, size_t count);

/** The store of the caller; NULL where the call is dead, or the store another thread's. Borrowed. */
WEIR_API weir_store *weir_host_call_store(const weir_host_call *call);

/** The instance that imports the function: for weir_resource_new(). NULL where the call is dead. */
WEIR_API weir_instance *weir_host_call_instance(const weir_host_call *call);

/**
 * The import that the guest calls, as its component declares it: name, and types of arguments and result. Lives as long
 * as the component, its code or an instance of it. NULL as above. So one host function can serve many
 * imports.
 */
WEIR_API const weir_func *weir_host_call_func(const weir_host_call *call);

/**
 * Finishes the call with a result (NULL or empty for none). The function takes the result, also on failure. A failure
 * leaves the call as it was, and the host may finish it in another way. Calls no guest.
 *
 * WEIR_ERR_TYPE: the result is not of the function's type; the message has the path to the part that differs.
 * WEIR_ERR_MISUSE: as said above, or the result holds a resource, stream or future that the host does not have, or that
 * is of another store; WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_host_call_return(weir_host_call *call, weir_value *take_result, weir_error **ret_error);

/**
 * Finishes the call with a trap of the guest (WEIR_ERR_HOST). The function copies `message`, as UTF-8: each byte that
 * is none becomes U+FFFD. NULL: a message of weir's. WEIR_ERR_MISUSE as said above.
 */
WEIR_API weir_status weir_host_call_fail(weir_host_call *call, const char *message);

/**
 * Ends the whole guest program: every running call fails with WEIR_ERR_EXIT and this code. WEIR_ERR_MISUSE as above.
 */
WEIR_API weir_status weir_host_call_exit(weir_host_call *call, int code);

/**
 * Asks for a callback when the guest cancels the call, or when the store is freed before the call is finished. At most
 * one callback is called for each call, once, on the owner's thread inside a step, a call, or weir_store_free(). If the
 * guest has asked already, the next step calls `cancel`. The callback may finish the call at once (with
 * weir_host_call_cancelled(), or still with a result) or leave the call for later. After any thread has finished the
 * call (weir_completion_return() and the like gave WEIR_OK) no callback begins.
 *
 * The new callback replaces the old one; `cancel` NULL: none. `free` (may be NULL) is called with `data` exactly once,
 * on the owner's thread: when the callback has returned, when another one replaces the callback, or when the call ends.
 * WEIR_ERR_MISUSE: the call is dead, or the store belongs to another thread; `free` is not called then.
 */
WEIR_API weir_status weir_host_call_on_cancel(weir_host_call *call, void (*cancel)(void *data, weir_host_call *call),
                                              void *data, void (*free)(void *data));

/** Finishes a call as cancelled, after the guest has asked for that. Fails as weir_host_call_return(). */
WEIR_API weir_status weir_host_call_cancelled(weir_host_call *call);

#ifdef __cplusplus
}
#endif
#endif
