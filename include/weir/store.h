/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * A store: instances, their tasks, and the scheduler that runs them.
 *
 * What an embedder holds of a store and of what is in it (weir_store, weir_instance, weir_call, weir_host_call,
 * weir_stream, and the resources in values) are handles that tell when they are stale: what is asked of one whose
 * object has been freed, dropped or given away is refused with WEIR_ERR_MISUSE, or has no effect. That holds as long as
 * the engine lives, and until the place of the handle has been used 65,536 times by others of its kind.
 *
 * A store belongs to one thread at a time: every
 * function here and of instances, calls, streams and host calls is for that thread, unless it says otherwise. The owner
 * is whoever first runs something in it, until weir_store_disown(); others are refused (WEIR_ERR_MISUSE) where a
 * function has a way to say so.
 *
 * The store never sleeps and owns no thread. Whoever drives it calls weir_store_step() whenever something may have
 * become ready. Guest code runs only inside weir_store_step(), weir_call_start() and weir_instance_new(). Completions
 * are delivered only inside weir_store_step(), each exactly once.
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

/** Makes a store. WEIR_ERR_NOMEM. The caller owns the result. */
WEIR_API weir_status weir_store_new(weir_engine *engine, weir_store **ret, weir_error **ret_error);

/**
 * Ends everything in the store and frees it: suspended guest code is dropped without running on, resources of hosts
 * are dropped (their destructors run), pending completions are delivered as WEIR_ERR_CANCELLED. Every handle of the
 * store is stale afterwards, also those of resources and streams in values: dropping them has no effect, and need not
 * be. NULL is allowed, and so is a store that was freed before. Any thread, while no other uses the store. Not from
 * inside a callback, host function or interceptor of this store (WEIR_ERR_MISUSE cannot be told: nothing happens).
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
 * Runs one round: every guest thread that is ready now, in FIFO order, then completions. What becomes ready meanwhile
 * is for the next round, so that a guest that yields for ever cannot keep the caller. May call guests, host functions
 * and callbacks. Not re-entrant: from inside a callback, a host function, an interceptor or the wake callback it does
 * nothing and returns WEIR_STEP_READY.
 */
WEIR_API weir_step weir_store_step(weir_store *store);

/**
 * Sets what is called when work becomes ready outside of weir_store_step(): a host call was finished, a host's end of
 * a stream moved, a hook was decided, weir_store_wake(). It should arrange for a step soon, and must not call the store
 * itself. `data` is the caller's. Where another thread brings the work (weir_completion_return(), weir_hook_go_on(),
 * weir_store_wake() and the like), `wake` is called on that thread, with no lock of the store's held, and maybe on
 * several threads at once (uv_async_send() is right for it). What came while there was no callback is told at once,
 * here.
 *
 * When this returns, or weir_store_free(), the callback that was set before is not running and is not called again:
 * both wait for one that is under way on another thread. So not from inside of it, nor while holding a lock that it
 * takes. Any thread. A store that is gone: nothing happens.
 */
WEIR_API void weir_store_on_wake(weir_store *store, void (*wake)(void *data), void *data);

/**
 * A descriptor that is readable when a step is wanted, for poll(), epoll and the like; made when first asked for. Only
 * to be waited for: it is the store's, which reads, writes and closes it. It stays readable after WEIR_STEP_READY, and
 * may be readable once in vain.
 * -1 with errno where the system has none left; EPERM on another thread than the owner's, and where the store is gone.
 */
WEIR_API int weir_store_fd(weir_store *store);

/**
 * Asks for a step: makes weir_store_fd() readable and calls the wake callback. Any thread, as long as the engine lives,
 * also while the store is being freed, and then without effect; a signal handler too, if the wake callback may be
 * called there.
 */
WEIR_API void weir_store_wake(weir_store *store);

/**
 * Gives the store up: the next thread that steps it, starts a call in it or instantiates in it is the owner. The caller
 * hands it over by its own means (a queue, a mutex), so that one thread's use ends before the other's begins.
 * WEIR_ERR_MISUSE: it is another thread's, or gone, or this is inside a step, a host function or an interceptor.
 */
WEIR_API weir_status weir_store_disown(weir_store *store);

/**
 * Live tasks: calls of lifted functions, by hosts or guests, that have not yet both ended (returned, or agreed to be
 * cancelled) and exited. Other threads that a task has left behind, host calls and streams do not count. 0 on another
 * thread than the owner's, and where the store is gone.
 */
WEIR_API size_t weir_store_live_tasks(const weir_store *store);

/** WEIR_OK: no task is live. Else why that never came: the store's failure, or WEIR_ERR_CANCELLED when it is freed. */
typedef void (*weir_idle_fn)(void *data, weir_status status);

/**
 * Asks to be told when no task is live; any number may ask. `idle` is called exactly once, at the end of a step in
 * which the count is zero after all other callbacks: of the next one where it is zero now. It may start calls and ask
 * again. WEIR_ERR_NOMEM; WEIR_ERR_MISUSE: another thread's store, one that is gone, or inside weir_store_free().
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
