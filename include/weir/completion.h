/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Completions: finishing a call of a host function from any thread.
 *
 * A weir_host_call belongs to the thread that owns the store, and is stale once the call is finished. A completion
 * stands for the call on other threads. Completions are counted: a thread keeps one as long as the thread likes, also
 * longer than the call, the store and the engine live. The first thread to finish the call wins, and the functions tell
 * all others that they came too late.
 *
 *     static void sleep_for(void *data, weir_host_call *call, weir_value *args, size_t count) {
 *       weir_completion *c;
 *       if (weir_host_call_detach(call, &c) == WEIR_OK)
 *         give_to_a_thread(c, args[0].of.u64);      // ... which calls weir_completion_return(c, NULL) and _free(c)
 *     }
 *
 * The guest goes on in the store's next step. Finishing wakes the store: weir_store_on_wake(), weir_store_fd().
 * None of these functions calls a guest or a callback other than the store's wake callback.
 *
 * Stable ring.
 */
#ifndef WEIR_COMPLETION_H
#define WEIR_COMPLETION_H

#include "weir/linker.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The right to finish one call of a host function, once. */
typedef struct weir_completion weir_completion;

/**
 * Makes the completion of a call, or adds a hold to the existing one. The caller owns the hold
 * (weir_completion_free()). The call's own functions stay usable on the store's thread. Owner's thread.
 * WEIR_ERR_MISUSE: the call is finished, or of a function of synchronous type that may not wait
 * (weir_linker_let_wait()); WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_host_call_detach(weir_host_call *call, weir_completion **ret);

/** Adds a hold, and returns its argument. Any thread. */
WEIR_API weir_completion *weir_completion_ref(weir_completion *completion);

/**
 * Gives up a hold. Any thread. NULL is allowed. If the call is not finished when the last hold is given up, it fails as
 * with weir_completion_fail(): a call that nobody can finish would keep its guest for ever.
 */
WEIR_API void weir_completion_free(weir_completion *completion);

/**
 * Finishes the call with a result (NULL or empty for none). The function takes the result, also on failure. Any thread;
 * but a value with a resource, a stream or a future only on the thread of its owner. WEIR_ERR_TYPE and WEIR_ERR_NOMEM:
 * as weir_host_call_return(), and the call goes on. WEIR_ERR_MISUSE: the call was finished before. The same status, and
 * the call goes on: the result has a resource, stream or future that is gone, or another store's or thread's.
 * WEIR_ERR_GONE: the store has been freed.
 */
WEIR_API weir_status weir_completion_return(weir_completion *completion, weir_value *take_result,
                                            weir_error **ret_error);

/**
 * Finishes the call by failing the guest with a message (WEIR_ERR_HOST), which the function copies. Each byte that
 * is not UTF-8 becomes U+FFFD. Otherwise as weir_completion_return().
 */
WEIR_API weir_status weir_completion_fail(weir_completion *completion, const char *message);

/** Finishes the call by ending the guest program with an exit code. Otherwise as weir_completion_return(). */
WEIR_API weir_status weir_completion_exit(weir_completion *completion, int code);

/**
 * Finishes the call as cancelled, after the guest has asked for that. Otherwise as weir_completion_return().
 * WEIR_ERR_MISUSE also where the guest has not asked; the call goes on then.
 */
WEIR_API weir_status weir_completion_cancelled(weir_completion *completion);

/**
 * Whether the guest has asked to cancel the call. Any thread. weir_host_call_on_cancel() sets a callback for that: a
 * callback that has begun runs to its end while another thread finishes the call, and no callback begins after that.
 */
WEIR_API bool weir_completion_cancel_requested(const weir_completion *completion);

#ifdef __cplusplus
}
#endif
#endif
