/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Interceptors: told of every call between the guests of a store, or one instance in it, and the host, before and
 * after, in the order in which they were installed (after: in reverse). Each may let a call go on, answer in its place,
 * fail it, or keep it waiting until somebody, on any thread, decides. Only the task that made the call waits; a slow
 * interceptor so slows the guest, and nothing is dropped. What memory management does inside of calls (realloc,
 * post-return) is not seen.
 *
 *     before_import 1, 2, 3 -> the host function -> after_import 3, 2, 1
 *     before_export 1, 2, 3 -> the guest         -> after_export 3, 2, 1
 *
 * Unstable ring.
 */
#ifndef WEIR_INTERCEPT_H
#define WEIR_INTERCEPT_H

#include "weir/instance.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An interceptor's decision about a call. */
typedef enum weir_verdict {
  WEIR_GO_ON = 0,  /**< On to the next interceptor, the function, or the caller. */
  WEIR_ANSWER = 1, /**< Before only: weir_crossing_answer() has the result; the function is not called. */
  WEIR_FAIL = 2, /**< weir_crossing_fail() says why: an import traps its guest (WEIR_ERR_HOST), an export just fails. */
  WEIR_PENDING = 3, /**< weir_crossing_hold() has a hook, which decides later. */
  WEIR_VERDICT_WIDTH = 0x7fffffff
} weir_verdict;

/** A call that crosses. Everything in it is the store's and valid in the callback only; names are not terminated. */
typedef struct weir_crossing {
  weir_store *store;
  weir_instance *instance;
  const char *interface_name, *name;
  size_t interface_size, name_size;
  uint64_t call; /**< Number of the call; no two in a store have the same. Records have numbers of their own. */
  /** Import: number of the task that calls. Export, after: number of the task where it has called imports, else 0. */
  uint64_t task;
  bool import;
  bool async_type;
  /**
   * Before, after and failure. After an import, strings and lists are copies, made where an interceptor of the chain
   * has an after or a failure. Handles are to be looked at: the call may have given them away or dropped them
   * meanwhile, and after an export what it was lent is stale.
   */
  const weir_value *args;
  size_t arg_count;
  const weir_value *result; /**< After; NULL: none. */
  weir_status status;       /**< Failure. */
  const char *message;      /**< Failure; never NULL. */
} weir_crossing;

/**
 * An interceptor. Begin with WEIR_INTERCEPTOR_INIT. Callbacks may be NULL. They run on the store's thread, must not
 * step the store or call into it, and may be called wherever the call is made or finished.
 */
typedef struct weir_interceptor {
  size_t size; /**< sizeof(weir_interceptor): weir/api.h. */
  /**
   * It may keep imports of synchronous type waiting. All guests of the store then run on stacks of their own, which
   * costs 0.2 us for each call of an export. Without it such a call fails where it is kept waiting. (Imports of async
   * type, and exports, need nothing of the kind.) Never possible in start functions.
   */
  bool holds;
  weir_verdict (*before_import)(void *data, weir_crossing *crossing);
  weir_verdict (*after_import)(void *data, weir_crossing *crossing);
  weir_verdict (*before_export)(void *data, weir_crossing *crossing);
  weir_verdict (*after_export)(void *data, weir_crossing *crossing);
  /**
   * Instead of an after, for those that were told before: the function failed, was cancelled, its guest trapped, or the
   * store was freed (WEIR_ERR_CANCELLED). Each before is followed by one after or one failure.
   */
  void (*failure)(void *data, const weir_crossing *crossing);
} weir_interceptor;
#define WEIR_INTERCEPTOR_INIT WEIR_INIT(weir_interceptor)

/**
 * Installs an interceptor behind those that are there, for as long as the store lives; `free` (may be NULL) is called
 * with `data` then. WEIR_ERR_MISUSE: the store has instances already, or is another thread's; WEIR_ERR_NOMEM. On
 * failure `free` is not called.
 */
WEIR_API weir_status weir_store_intercept(weir_store *store, const weir_interceptor *interceptor, void *data,
                                          void (*free)(void *data));

/**
 * The same for the instance that is made next in the store and for no other: from its start functions on, whether
 * making it succeeds or not. Also where the store has instances already. These come behind those of the store, in the
 * order in which they were installed. `holds` counts from the moment the instance is made. WEIR_ERR_MISUSE: inside a
 * guest's call, or another thread's store; WEIR_ERR_NOMEM. On failure `free` is not called.
 */
WEIR_API weir_status weir_store_intercept_next(weir_store *store, const weir_interceptor *interceptor, void *data,
                                               void (*free)(void *data));

/* ---- inside a callback ------------------------------------------------------------------------------------------- */

/** The result for WEIR_ANSWER, moved from. Returns WEIR_ANSWER. */
WEIR_API weir_verdict weir_crossing_answer(weir_crossing *crossing, weir_value *take_result);
/** The reason for WEIR_FAIL. Returns WEIR_FAIL. */
WEIR_API weir_verdict weir_crossing_fail(weir_crossing *crossing, const char *message);

/**
 * A call that waits for somebody's decision. An export that waits to begin can be cancelled (weir_call_cancel()): the
 * call ends with WEIR_ERR_CANCELLED, interceptors are told of that as a failure, and its hook decides nothing any more.
 * One that waits with its outcome cannot: the outcome stands. A guest that cancels an import that waits learns of the
 * cancellation when the hook is finished.
 */
typedef struct weir_hook weir_hook;
/**
 * Makes the hook for WEIR_PENDING. The caller owns it and finishes it exactly once, which frees it. NULL: out of
 * memory; then the call had better fail.
 */
WEIR_API weir_hook *weir_crossing_hold(weir_crossing *crossing);

/** The type of a parameter, which lives as long as the component; NULL out of range. */
WEIR_API const weir_type *weir_crossing_param_type(const weir_crossing *crossing, size_t index);
/** The type of the result, which lives as long as the component; NULL: none. */
WEIR_API const weir_type *weir_crossing_result_type(const weir_crossing *crossing);

/* ---- later, on any thread ---------------------------------------------------------------------------------------- */

/**
 * Lets the call go on, in the next step, for which the store's wake-up asks. Finishes the hook and frees it. Any
 * thread. WEIR_ERR_GONE: too late: the call was cancelled, or it has ended with its store.
 */
WEIR_API weir_status weir_hook_go_on(weir_hook *take_hook);
/** The same with a result in the function's place, moved from in any case. Any thread. WEIR_ERR_GONE. */
WEIR_API weir_status weir_hook_answer(weir_hook *take_hook, weir_value *take_result);
/** The same with a failure; the message is copied. Any thread. WEIR_ERR_GONE. */
WEIR_API weir_status weir_hook_fail(weir_hook *take_hook, const char *message);

/* ---- subscribers ------------------------------------------------------------------------------------------------- */

/** The kinds of events for a subscriber; the values are bits. */
typedef enum weir_event_kind {
  WEIR_EVENT_BEFORE_IMPORT = 1 << 0,
  WEIR_EVENT_AFTER_IMPORT = 1 << 1,
  WEIR_EVENT_BEFORE_EXPORT = 1 << 2,
  WEIR_EVENT_AFTER_EXPORT = 1 << 3,
  WEIR_EVENT_FAILURE = 1 << 4,
  WEIR_EVENT_GAP = 1 << 5, /**< `count` events were dropped here. */
  WEIR_EVENT_KIND_WIDTH = 0x7fffffff
} weir_event_kind;

/**
 * One event, the receiver's own: release it with weir_event_clear(), which leaves it as WEIR_EVENT_INIT does. Begin
 * with that.
 */
typedef struct weir_event {
  size_t size; /**< sizeof(weir_event): weir/api.h. */
  weir_event_kind kind;
  uint64_t call, task, count;
  char *interface_name, *name; /**< Terminated. */
  char *values;                /**< Arguments, result or message for people, as in `weir log dump`. Terminated. */
  weir_status status;
} weir_event;
#define WEIR_EVENT_INIT WEIR_INIT(weir_event)

/** The fate of a call when the queue is full. */
typedef enum weir_events_policy {
  WEIR_EVENTS_WAIT = 0, /**< The call waits until there is room. (A failure cannot wait: it is counted into a gap.) */
  WEIR_EVENTS_FAIL = 1, /**< The call fails. */
  WEIR_EVENTS_DROP = 2, /**< The call goes on; the event is dropped, and counted in a gap. */
  WEIR_EVENTS_POLICY_WIDTH = 0x7fffffff
} weir_events_policy;

/** Settings of a subscriber. Begin with WEIR_EVENTS_CONFIG_INIT. */
typedef struct weir_events_config {
  size_t size;       /**< sizeof(weir_events_config): weir/api.h. */
  uint32_t kinds;    /**< weir_event_kind bits; 0: all. */
  uint32_t capacity; /**< Events; 0: 256. */
  weir_events_policy policy;
  bool holds;                   /**< As weir_interceptor.holds; for WEIR_EVENTS_WAIT. */
  void (*readable)(void *data); /**< Told on the store's thread when there is an event; it may take some. */
  void *data;
  bool next_instance; /**< Only of the instance that is made next: weir_store_intercept_next(). */
} weir_events_config;
#define WEIR_EVENTS_CONFIG_INIT WEIR_INIT(weir_events_config)

typedef struct weir_events weir_events;

/**
 * Installs a subscriber with a bounded queue of its own. As weir_store_intercept(), or weir_store_intercept_next(). The
 * caller frees it.
 */
WEIR_API weir_status weir_events_new(weir_store *store, const weir_events_config *config, weir_events **ret);

/** Takes the first event. Any thread. WEIR_ERR_NOT_FOUND: there is none now; WEIR_ERR_GONE: nor will there be. */
WEIR_API weir_status weir_events_take(weir_events *events, weir_event *ret);
/** The same, waiting up to so many nanoseconds (UINT64_MAX: as long as it takes); WEIR_ERR_TIMEOUT. */
WEIR_API weir_status weir_events_wait(weir_events *events, uint64_t nanoseconds, weir_event *ret);
/** A descriptor that is readable while there may be events. -1 where the system has none left. */
WEIR_API int weir_events_fd(weir_events *events);
/**
 * Frees a subscriber, on any thread: calls that wait go on, and later calls are not looked at. The function waits for a
 * `readable` that is under way on another thread, and none is called once the function has returned. NULL is allowed.
 */
WEIR_API void weir_events_free(weir_events *events);
WEIR_API void weir_event_clear(weir_event *event);

#ifdef __cplusplus
}
#endif
#endif
