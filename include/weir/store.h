/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * A store: instances, their tasks, and the scheduler that runs them.
 *
 * Handles. An embedder holds handles: weir_store, weir_instance, weir_call, weir_host_call, weir_stream, and the
 * resources in values. A handle tells when it is stale. If its object has been freed, dropped or given away, a function
 * refuses the handle with WEIR_ERR_MISUSE or does nothing. A handle can tell only as long as its engine lives, and
 * until 65,536 others of its kind have used its place: a program that keeps stale handles keeps the engine
 * (weir_engine_ref()).
 *
 * Threads. A store belongs to one thread at a time, its owner. Every function of stores, instances, calls, streams and
 * host calls is for the owner, unless the function says otherwise. A function refuses other threads (WEIR_ERR_MISUSE)
 * where its type can say so, and does nothing where its type cannot. There are two ways to have an owner:
 *
 * - The first thread that runs something in the store becomes the owner. weir_store_disown() gives the store up, and
 *   weir_store_own() takes the store. So one thread hands the store to another, and so a store is taken whose owner
 *   thread has ended.
 * - weir_store_config.serialized: the embedder promises that its threads use the store one at a time. A thread is the
 *   owner while it is inside of weir_store_step(), weir_call_start(), weir_call_run(), weir_call_flat(),
 *   weir_instance_new() or weir_store_free(); between these calls there is no owner. So goroutines, virtual threads and
 *   tasks that may change their thread after any call need no weir_store_own(). Only the promise is not checked, unless
 *   a thread comes while another one is inside: that thread is refused.
 *
 * Any thread may let go of things and cancel them: weir_call_free(), weir_call_cancel(), weir_stream_drop(),
 * weir_stream_cancel() and weir_value_clear() are for finalizers, timers and contexts of other languages. On the
 * owner's thread they act at once. On another thread, and in a serialized store also between two uses, they are queued:
 * they act at the beginning of the store's next step, and the store is woken. They allocate nothing and do not wait.
 * What the owner does meanwhile comes first: a callback may still be called that a free would have stopped. A store
 * that is freed takes handles back that were let go of before, so their callbacks are not called; all else that waits
 * then has no effect. Before a store has its first owner all of them are queued. weir_store_post() sends a function in
 * the same way.
 *
 * Running. The store never sleeps and owns no thread. The embedder calls weir_store_step() whenever something may have
 * become ready. Guest code runs only inside weir_store_step(), weir_call_start() and weir_instance_new().
 * weir_store_step() alone delivers completions, each exactly once.
 *
 * Callbacks. A callback, host function, interceptor or `free` function must return: it must not unwind the stack of the
 * store with an exception, a panic or a long jump. A language with a global lock (Python, Ruby) waits for
 * weir_store_fd() and sets no wake callback: a thread may call `wake` while that thread holds any lock of the program.
 * What a guest calls may run on a stack that weir has made for the guest: weir_store_config.caller_stack.
 *
 * Texts that weir gives out are UTF-8 and end with a zero byte. In a message that a host gives, each byte that is not
 * UTF-8 becomes U+FFFD. A bool is one byte, 0 or 1.
 *
 * Stable ring.
 */
#ifndef WEIR_STORE_H
#define WEIR_STORE_H

#include "weir/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_store weir_store;
typedef struct weir_instance weir_instance; /* weir/instance.h */

struct weir_store_config; /* weir/limits.h */

/**
 * Makes a store, with the settings of weir/limits.h; `config` may be NULL. The caller owns the result. Any thread.
 * WEIR_ERR_NOMEM. WEIR_ERR_MISUSE: settings of a later version (weir/api.h); fuel, and the engine does not count it
 * (weir_engine_config.fuel); a deadline or a slice, and the engine has no deadlines (weir_engine_config.deadlines).
 */
WEIR_API weir_status weir_store_new(weir_engine *engine, const struct weir_store_config *config, weir_store **ret,
                                    weir_error **ret_error);

/**
 * Ends everything in the store and frees the store: suspended guest code does not run on, the destructors of hosts'
 * resources run, and pending completions are delivered as WEIR_ERR_CANCELLED. All these callbacks, and the `free`
 * functions of what was posted or set in the store, run inside this function, on the calling thread. Afterwards every
 * handle of the store is stale, also the handles of resources and streams in values: to drop them is harmless and not
 * necessary. NULL is allowed, and so is a store that was freed before. Any thread, while no other thread uses the
 * store; other threads may cancel, let go and post meanwhile. Inside a callback, a host function or an interceptor of
 * this store the function does nothing.
 */
WEIR_API void weir_store_free(weir_store *store);

/** What a store waits for after a step. */
typedef enum weir_step {
  WEIR_STEP_READY = 0,   /**< More is ready already: step again, when it suits the caller. */
  WEIR_STEP_IDLE = 1,    /**< No task is live: nothing will happen until the next call. */
  WEIR_STEP_WAITING = 2, /**< Tasks wait for the host: a host call, or a host's end of a stream or future. */
  WEIR_STEP_STUCK = 3,   /**< Tasks wait and the host owes nothing: a deadlock. */
  WEIR_STEP_FAILED = 4,  /**< A guest trapped: no code of this store runs any more. */
  WEIR_STEP_REFUSED = 5, /**< Nothing was done: the store belongs to another thread, or is gone. */
  WEIR_STEP_WIDTH = 0x7fffffff
} weir_step;

/**
 * Runs one round: every guest thread that is ready now, in FIFO order, then completions. A thread that becomes ready
 * meanwhile has to wait for the next round, so a guest that yields for ever cannot keep the caller. The round may call
 * guests, host functions and callbacks. Inside a callback, a host function, an interceptor or the wake callback this
 * function does nothing and returns WEIR_STEP_READY.
 */
WEIR_API weir_step weir_store_step(weir_store *store);

/**
 * Sets the callback for work that becomes ready outside of weir_store_step(): a host call was finished, a host's end of
 * a stream moved, a hook was decided, weir_store_wake(). `wake` should arrange for a step soon, and must not call the
 * store itself. `data` is the caller's. Where another thread brings the work (weir_completion_return(),
 * weir_hook_go_on(), weir_store_wake() and the like), that thread calls `wake`. It holds no lock of the store then, and
 * several threads may call `wake` at once: uv_async_send() is right for this. If work came while no callback was set,
 * this function calls `wake` itself.
 *
 * After this function and after weir_store_free() the callback that was set before does not run and is not called
 * again: both functions wait until another thread has left the callback. So neither may be called inside the callback,
 * nor by a thread with a lock that the callback takes. Any thread. A store that is gone: nothing happens.
 */
WEIR_API void weir_store_on_wake(weir_store *store, void (*wake)(void *data), void *data);

/**
 * A descriptor for poll(), epoll and the like, which is readable when the store wants a step. The first call makes the
 * descriptor. The caller only waits for it: the store reads, writes and closes it. The descriptor stays readable after
 * WEIR_STEP_READY, and may be readable once in vain. -1 with errno where the system has no descriptor left; EPERM on
 * another thread than the owner's, and where the store is gone.
 */
WEIR_API int weir_store_fd(weir_store *store);

/**
 * Asks for a step: makes weir_store_fd() readable and calls the wake callback. Any thread, as long as the engine lives,
 * also while the store is being freed, and then without effect; a signal handler too, if the wake callback may be
 * called there.
 */
WEIR_API void weir_store_wake(weir_store *store);

/**
 * Gives the store up: nobody may use the store until a thread calls weir_store_own(). Other threads may still let go,
 * cancel, post and wake; their wishes act when the next owner steps the store. In a serialized store: no effect.
 * WEIR_ERR_MISUSE: the store is another thread's, given up already, or gone; or the caller is inside a step, a host
 * function or an interceptor of the store.
 */
WEIR_API weir_status weir_store_disown(weir_store *store);

/**
 * Makes the calling thread the owner, whoever was the owner before. Any thread. What the thread did that gave the store
 * up (weir_store_disown()) is visible afterwards. To take a store that was not given up, the caller has to know that
 * its owner's use has ended, and that all of that is visible to the caller: the thread was joined, or both use one
 * mutex. In a serialized store: no effect. WEIR_ERR_MISUSE: another thread is inside the store, or the store is gone.
 */
WEIR_API weir_status weir_store_own(weir_store *store);

/**
 * Has `run` called with `data` at the beginning of the owner's next step, and wakes the store. What one thread posts
 * runs in the order of its posts, and with the completions and hooks that the thread decides in between. `run` may do
 * all that a callback of a step may do: start calls, post again (for the step after). If the store is freed first,
 * `free` (may be NULL) is called with `data` instead, inside weir_store_free(): exactly one of the two is called, once.
 * On failure neither is, and `data` stays the caller's. Any thread, as long as the engine lives; not a signal handler.
 * WEIR_ERR_GONE: the store is gone, or being freed; WEIR_ERR_NOMEM; WEIR_ERR_MISUSE: there is no `run`.
 */
WEIR_API weir_status weir_store_post(weir_store *store, void (*run)(void *data), void *data, void (*free)(void *data));

/**
 * Live tasks: calls of lifted functions, by hosts or guests, that have not yet both ended (returned, or agreed to be
 * cancelled) and exited. Other threads that a task has left behind, host calls and streams do not count. 0 on another
 * thread than the owner's, and where the store is gone.
 */
WEIR_API size_t weir_store_live_tasks(const weir_store *store);

/** WEIR_OK: no task is live. Else why that never came: the store's failure, or WEIR_ERR_CANCELLED when it is freed. */
typedef void (*weir_idle_fn)(void *data, weir_status status);

/**
 * Asks for a callback when no task is live; any number may ask. The store calls `idle` exactly once, at the end of the
 * first step after which the count is zero, behind all other callbacks. `idle` may start calls and ask again.
 * WEIR_ERR_NOMEM; WEIR_ERR_MISUSE: the store is another thread's, gone, or being freed.
 */
WEIR_API weir_status weir_store_on_idle(weir_store *store, weir_idle_fn idle, void *data);

/**
 * The failure that put the store into WEIR_STEP_FAILED, or NULL. Owned by the store. NULL on another thread than the
 * owner's, and where the store is gone.
 */
WEIR_API const weir_error *weir_store_failure(const weir_store *store);

#ifdef __cplusplus
}
#endif
#endif
