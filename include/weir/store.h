/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * A store: instances, their tasks, and the scheduler that runs them. A store belongs to one thread at a time: every
 * function here and of instances, calls, streams and host calls is for that thread, unless it says otherwise.
 *
 * The store never sleeps and owns no thread. Whoever drives it calls weir_store_step() whenever something may have
 * become ready. Guest code runs only inside weir_store_step(), weir_call_start() and weir_instance_new(). Completions
 * are delivered only inside weir_store_step(), each exactly once.
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
 * are dropped (their destructors run), pending completions are delivered as WEIR_ERR_CANCELLED. Call handles and host
 * calls of the store are dead afterwards; ends of streams and resources that a host still holds are empty, and only to
 * be dropped. NULL is allowed. Not from inside a callback of this store
 * (WEIR_ERR_MISUSE cannot be told: nothing happens).
 */
WEIR_API void weir_store_free(weir_store *store);

/** What a store waits for after a step. */
typedef enum weir_step {
  WEIR_STEP_READY,   /**< More is ready already: step again, when it suits the caller. */
  WEIR_STEP_IDLE,    /**< No task is live: nothing will happen until the next call. */
  WEIR_STEP_WAITING, /**< Tasks wait for the host: a host call, or a host's end of a stream or future. */
  WEIR_STEP_STUCK,   /**< Tasks wait and the host owes nothing: a deadlock. */
  WEIR_STEP_FAILED   /**< A guest trapped: no code of this store runs any more. */
} weir_step;

/**
 * Runs one round: every guest thread that is ready now, in FIFO order, then completions. What becomes ready meanwhile
 * is for the next round, so that a guest that yields for ever cannot keep the caller. May call guests, host functions
 * and callbacks. Not re-entrant: from inside a callback it does nothing and returns WEIR_STEP_READY.
 */
WEIR_API weir_step weir_store_step(weir_store *store);

/**
 * Sets what is called when work becomes ready outside of weir_store_step(): a host call was finished, a host's end of
 * a stream moved. It should arrange for a step soon, and must not call the store itself. `data` is the caller's.
 */
WEIR_API void weir_store_on_wake(weir_store *store, void (*wake)(void *data), void *data);

/** Tasks that have not exited yet. */
WEIR_API size_t weir_store_live_tasks(const weir_store *store);

/** The failure that put the store into WEIR_STEP_FAILED, or NULL. Owned by the store. */
WEIR_API const weir_error *weir_store_failure(const weir_store *store);

#ifdef __cplusplus
}
#endif
#endif
