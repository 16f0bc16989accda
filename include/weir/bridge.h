/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * A bridge: for callers that cannot be asynchronous. One worker thread with a loop of its own runs jobs; callers on
 * any thread hand requests in, and wait for the reply, or look for the reply later, or are told.
 *
 *  - Requests run concurrently on the worker: a slow one does not hold up the others. A job must not block the worker.
 *  - Every request that was accepted ends exactly once, with one outcome, whatever happens. A request that fails loses
 *    only its own reply; the bridge lives on.
 *  - Functions are for any thread where they do not say otherwise. Callbacks and `free` functions run on the worker,
 *    never under a lock, and never from inside the function that caused them; where one runs elsewhere, its text says
 *    so. They must not unwind the worker's stack (an exception, a panic, a long jump).
 *  - The worker owns the stores that it makes. Other threads may cancel, let go and post there (weir/store.h): that
 *    acts in the store's next step on the worker.
 *  - A call from the worker that would wait for the worker is refused: WEIR_ERR_WOULD_DEADLOCK. Two bridges whose jobs
 *    wait for each other are not detected: give requests a timeout.
 *  - Time is the system's monotonic clock; timeouts are in nanoseconds, and too large ones mean "never".
 *  - A bridge does not survive fork(): in the child, everything gives WEIR_ERR_GONE, and freeing does nothing.
 *
 * Unstable ring.
 */
#ifndef WEIR_BRIDGE_H
#define WEIR_BRIDGE_H

#include "weir/instance.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_bridge weir_bridge;

/** A request that a bridge has accepted. */
typedef struct weir_bridge_request weir_bridge_request;

/** Where requests go when they have ended: one descriptor for many. */
typedef struct weir_bridge_port weir_bridge_port;

/** A timeout that never comes. */
#define WEIR_BRIDGE_FOREVER UINT64_MAX

/** What happens to a request when the inbox is full. */
typedef enum weir_bridge_full {
  WEIR_BRIDGE_WAIT = 0, /**< The caller waits for room. */
  WEIR_BRIDGE_FAIL = 1, /**< It is refused: WEIR_ERR_LIMIT. */
  WEIR_BRIDGE_FULL_WIDTH = 0x7fffffff
} weir_bridge_full;

/** Settings. Begin with WEIR_BRIDGE_CONFIG_INIT. Everything but what `data` points to is copied. */
typedef struct weir_bridge_config {
  size_t size;             /**< sizeof(weir_bridge_config): weir/api.h. */
  const weir_alloc *alloc; /**< Allocator, copied; NULL: the C library's. */
  const char *name;        /**< The thread's name, cut where the system wants it shorter; NULL: "weir-bridge". */
  size_t capacity;         /**< Requests that may wait in the inbox; 0: 1024. */
  size_t max_running;      /**< Jobs that run at once, others wait in the inbox; 0: no limit. A job that waits for
                                another one of the same bridge needs room for both. */
  weir_bridge_full full;   /**< What to do when the inbox is full. */

  /** Called on the worker before anything else, to make what jobs need: stores, instances. weir_bridge_new() waits for
   *  the hook, and fails as the hook fails. A hook that fails frees what it has made, stores after
   *  weir_bridge_detach(). May be NULL. */
  weir_status (*start)(void *data, weir_bridge *bridge, weir_error **ret_error);
  /** Called on the worker when all requests have ended, to free what `start` has made. Not called where `start` failed.
   *  May be NULL. */
  void (*stop)(void *data, weir_bridge *bridge);
  void *data; /**< For both. */

  /** For so many nanoseconds at most the worker, and a caller that waits, look again before they sleep, where this has
   *  paid lately and a processor is free for it; 0: 10,000. 1: practically not at all. */
  uint64_t spin;

  /**
   * An engine that a thread of the bridge ticks (weir_engine_tick()) every `tick_interval` nanoseconds (0: 10 ms), for
   * the deadlines and time slices of stores; slower while the worker sleeps. Lent until the bridge has ended. One
   * bridge is enough for an engine: two tick it twice as fast. NULL: none.
   */
  weir_engine *tick_engine;
  uint64_t tick_interval;

  /** With `tick_engine`: guest code of attached stores that runs for so many nanoseconds, about, and neither waits nor
   *  yields is stopped with WEIR_ERR_TIMEOUT, which ends its store, and no other. It takes over
   *  weir_store_set_deadline(). A guest that is set aside for others (weir_store_config.slice) yields. 0: no limit. */
  uint64_t turn_limit;
} weir_bridge_config;
#define WEIR_BRIDGE_CONFIG_INIT WEIR_INIT(weir_bridge_config)

/**
 * Makes a bridge, starts its worker, and waits for `start`. `config` may be NULL. The caller owns the result
 * (weir_bridge_free()). WEIR_ERR_NOMEM, WEIR_ERR_IO, WEIR_ERR_MISUSE (weir/api.h), or what `start` gives.
 */
WEIR_API weir_status weir_bridge_new(const weir_bridge_config *config, weir_bridge **ret, weir_error **ret_error);

/** How to shut down. */
typedef enum weir_bridge_shutdown_mode {
  WEIR_BRIDGE_DRAIN = 0, /**< What is in the inbox and what runs is finished, and what calls go on to do after their
                              return (weir_store_live_tasks()); new requests are refused. */
  WEIR_BRIDGE_ABORT = 1, /**< What waits in the inbox ends as WEIR_ERR_CANCELLED. What runs is asked to cancel, and
                              ends as WEIR_ERR_LOST where its job does not end it at once. */
  WEIR_BRIDGE_SHUTDOWN_MODE_WIDTH = 0x7fffffff
} weir_bridge_shutdown_mode;

/**
 * Refuses new requests (but takes those of running jobs while it drains), ends the old ones as `mode` says, ends the
 * worker and joins it. A drain waits until no task of an attached store is live, but for those that cannot go on: of a
 * store that has failed, or whose tasks wait for each other. A drain that takes longer than `timeout` becomes an abort
 * and gives WEIR_ERR_TIMEOUT; the worker is joined all the same. The function may be called again, also while another
 * thread is in it; an abort hurries a drain. WEIR_ERR_WOULD_DEADLOCK on the worker: nothing happens.
 */
WEIR_API weir_status weir_bridge_shutdown(weir_bridge *bridge, weir_bridge_shutdown_mode mode, uint64_t timeout,
                                          weir_error **ret_error);

/**
 * Aborts, joins and frees. Handles of requests stay valid. The worker cannot join itself: where the worker calls this
 * function, it ends by itself as soon as the callback that it is in has returned. NULL is allowed.
 */
WEIR_API void weir_bridge_free(weir_bridge *bridge);

/* ---- requests: the caller's side --------------------------------------------------------------------------------- */

/** What the worker shall do. Begin with WEIR_BRIDGE_JOB_INIT; copied. */
typedef struct weir_bridge_job {
  size_t size; /**< sizeof(weir_bridge_job): weir/api.h. */
  /** Starts the job, on the worker. It ends `request` with one of weir_bridge_complete(), _fail() and _drop(): before
   *  it returns, or at any time later. */
  void (*start)(void *data, weir_bridge_request *request);
  /** Called on the worker exactly once when the job needs `data` no more: the job has ended its request, or will never
   *  be started. The caller may have its reply before. Not called where the request was refused. May be NULL. */
  void (*free)(void *data);
  void *data;
  /** Releases a result that nobody has taken; any thread. May be NULL. */
  void (*free_result)(void *result);
  /** Called on the worker exactly once when the request has ended, also where no one holds its handle. May be NULL. */
  void (*done)(void *data, weir_bridge_request *request);
  void *done_data;
  /** From now on, everything counted; 0: none. Then the request ends as WEIR_ERR_TIMEOUT, at once for the caller; its
   *  job is asked to cancel. */
  uint64_t timeout;
  bool no_wait;        /**< WEIR_BRIDGE_FAIL for this request, whatever the bridge's policy is. */
  bool ends_elsewhere; /**< The job ends its request on another thread. It then must, also after the bridge has ended;
                            `free` is called on that thread where the worker is gone. */
  weir_bridge_port *port; /**< Where the request goes when it has ended; NULL: nowhere. */
  void *port_tag;         /**< Told with it there. */
} weir_bridge_job;
#define WEIR_BRIDGE_JOB_INIT WEIR_INIT(weir_bridge_job)

/**
 * Hands a request in. `ret` may be NULL; else the caller owns the handle (weir_bridge_request_free()). WEIR_ERR_LIMIT
 * (the inbox is full, or the port), WEIR_ERR_TIMEOUT (the inbox stayed full), WEIR_ERR_GONE (the bridge was shut down,
 * for ever), WEIR_ERR_WOULD_DEADLOCK (the worker would have to wait for room), WEIR_ERR_NOMEM, WEIR_ERR_MISUSE. Jobs
 * may call this too.
 */
WEIR_API weir_status weir_bridge_submit(weir_bridge *bridge, const weir_bridge_job *job, weir_bridge_request **ret,
                                        weir_error **ret_error);

/**
 * Hands in `count` requests, in order, as one by one, but with one wake-up of the worker. Where the inbox has no room
 * for all, those that have entered are worked on while the next one waits for room, or is refused, as its policy says.
 * The first that is refused ends it: a prefix was accepted, and the status is that one's. `*ret_accepted` (may be NULL)
 * is the length of the prefix; `ret` (may be NULL) has room for `count` handles, which the caller owns, and which are
 * NULL for those not accepted. None is accepted where memory runs out (WEIR_ERR_NOMEM), a port is full
 * (WEIR_ERR_LIMIT), or a job has no start (WEIR_ERR_MISUSE). Otherwise as weir_bridge_submit(). `size` is the same in
 * all jobs.
 */
WEIR_API weir_status weir_bridge_submit_many(weir_bridge *bridge, const weir_bridge_job *jobs, size_t count,
                                             weir_bridge_request **ret, size_t *ret_accepted, weir_error **ret_error);

/** Hands a request in, waits for its end, and gives its outcome: weir_bridge_submit(), _wait() and _result(). */
WEIR_API weir_status weir_bridge_run(weir_bridge *bridge, const weir_bridge_job *job, void **ret_result,
                                     weir_error **ret_error);

/**
 * Waits until the request has ended. WEIR_ERR_TIMEOUT where `timeout` has passed before (0 asks without waiting): the
 * request goes on. WEIR_ERR_WOULD_DEADLOCK on the worker, WEIR_ERR_GONE in a forked child.
 */
WEIR_API weir_status weir_bridge_wait(weir_bridge_request *request, uint64_t timeout);

/**
 * The outcome: the status that the job gave, and its result (moved to `*ret_result`, the first time only, else NULL);
 * WEIR_ERR_CANCELLED, WEIR_ERR_TIMEOUT; WEIR_ERR_LOST: the job was started and will never reply. WEIR_ERR_MISUSE where
 * the request has not ended, or is a call (weir_bridge_call_result()). The error's details are given the first time
 * only.
 */
WEIR_API weir_status weir_bridge_result(weir_bridge_request *request, void **ret_result, weir_error **ret_error);

/**
 * Asks to cancel. A request in the inbox ends as WEIR_ERR_CANCELLED before this returns. A job that runs is asked
 * (weir_bridge_on_cancel()), and decides: it may still end with a result. No effect on one that has ended.
 */
WEIR_API void weir_bridge_cancel(weir_bridge_request *request);

/**
 * Releases the caller's handle; cancels nothing. Any thread, while no other thread uses the handle. With the last
 * handle a result that nobody has taken is released (`free_result`), on this thread. NULL is allowed.
 */
WEIR_API void weir_bridge_request_free(weir_bridge_request *request);

/* ---- requests: for callers with a loop of their own -------------------------------------------------------------- */

/**
 * Makes a port: a descriptor for epoll, a libuv or asyncio loop and the like, that tells of any number of requests, of
 * any bridges. `capacity` requests may be on their way to it or in it at once (0: 1024); beyond, handing in is refused
 * with WEIR_ERR_LIMIT. `alloc` is copied; NULL: the C library's. WEIR_ERR_NOMEM, WEIR_ERR_IO. The caller owns the
 * result.
 */
WEIR_API weir_status weir_bridge_port_new(size_t capacity, const weir_alloc *alloc, weir_bridge_port **ret,
                                          weir_error **ret_error);

/** The descriptor: readable exactly while weir_bridge_port_take() would give something. The port's; only to be waited
 *  for. Any thread. */
WEIR_API int weir_bridge_port_fd(const weir_bridge_port *port);

/**
 * Takes out a request that has ended, oldest end first, each once; NULL: there is none. The caller owns the handle,
 * beside that of weir_bridge_submit() if it wanted one. `*ret_tag` (may be NULL) is its job's `port_tag`. Any thread.
 */
WEIR_API weir_bridge_request *weir_bridge_port_take(weir_bridge_port *port, void **ret_tag);

/**
 * Frees a port with what is in it. Requests that are on their way run on, and end without it. Not while another thread
 * uses it or hands in requests to it. NULL is allowed. Does nothing in a forked child.
 */
WEIR_API void weir_bridge_port_free(weir_bridge_port *port);

/* ---- requests: the job's side ------------------------------------------------------------------------------------ */

/**
 * Ends a request with a status and a result, which is moved. Once: the job must not touch the request afterwards, nor
 * after the stop hook unless it said `ends_elsewhere`. For the worker, or then for any thread. Where the caller has
 * been answered already (a timeout, an abort) the result is released.
 */
WEIR_API void weir_bridge_complete(weir_bridge_request *request, weir_status status, void *take_result);

/**
 * Ends a request with a failure (not WEIR_OK) and a message, which is copied as UTF-8: each byte that is none becomes
 * U+FFFD. Otherwise as weir_bridge_complete().
 */
WEIR_API void weir_bridge_fail(weir_bridge_request *request, weir_status status, const char *message);

/** Gives a request up without a reply: it ends as WEIR_ERR_LOST. Otherwise as weir_bridge_complete(). */
WEIR_API void weir_bridge_drop(weir_bridge_request *request);

/**
 * Asks for a callback when cancellation is asked for: by the caller, by a timeout or by an abort. `cancel` is called on
 * the worker, at most once, and does not begin after the job has ended its request. The callback may end the request,
 * or leave the request for later. `data` is the job's: it is good until the job's `free` has been called. Worker only.
 */
WEIR_API void weir_bridge_on_cancel(weir_bridge_request *request,
                                    void (*cancel)(void *data, weir_bridge_request *request), void *data);

/** Whether cancellation has been asked for: for jobs that look now and then. */
WEIR_API bool weir_bridge_cancel_wanted(weir_bridge_request *request);

/* ---- on the worker ----------------------------------------------------------------------------------------------- */

/** Whether this is the bridge's worker thread. */
WEIR_API bool weir_bridge_on_worker(const weir_bridge *bridge);

/**
 * The bridge's own loop, a uv_loop_t, for handles of jobs; NULL on other threads. Handles that are still open after the
 * stop hook are closed, without a callback. Do not run, stop or close it.
 */
WEIR_API struct uv_loop_s *weir_bridge_loop(weir_bridge *bridge);

typedef struct weir_bridge_timer weir_bridge_timer;

/**
 * Calls `fire` once, `delay` from now. `ret` may be NULL; the handle is dead when the timer fires, and when the bridge
 * ends (where it has not fired, it does not). Worker only: WEIR_ERR_MISUSE elsewhere. WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_bridge_after(weir_bridge *bridge, uint64_t delay, void (*fire)(void *data), void *data,
                                       weir_bridge_timer **ret);

/** Takes a timer back before it fires. Worker only. */
WEIR_API void weir_bridge_timer_cancel(weir_bridge_timer *timer);

/**
 * From now on the bridge steps this store whenever the store is woken, by other threads too; the bridge takes over
 * weir_store_on_wake(). This ends with weir_bridge_detach(), which is due before the store is freed, or by itself
 * before the stop hook. Worker only: WEIR_ERR_MISUSE elsewhere, where the store is attached already, gone, or another
 * thread's, or where the bridge limits turns and the store's engine has no deadlines (weir_engine_config.deadlines).
 * WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_bridge_attach(weir_bridge *bridge, weir_store *store, weir_error **ret_error);

/**
 * The bridge steps the store no more. Its calls that still run in the store are lost (WEIR_ERR_LOST). The worker stays
 * the store's owner: another thread takes the store with weir_store_own(). Worker only; not from a callback of the
 * store, and not while another thread may call weir_store_wake().
 */
WEIR_API void weir_bridge_detach(weir_bridge *bridge, weir_store *store);

/* ---- calls of components ----------------------------------------------------------------------------------------- */

/** A call of an exported function, made on the worker. Begin with WEIR_BRIDGE_INVOCATION_INIT. */
typedef struct weir_bridge_invocation {
  size_t size;             /**< sizeof(weir_bridge_invocation): weir/api.h. */
  weir_instance *instance; /**< Of a store that is attached when the call starts; must live as long. */
  const weir_func *func;   /**< Without resources, streams, futures and error-contexts: these belong to one thread. */
  weir_value *take_args;   /**< Moved from, also on failure. */
  size_t count;
  void (*done)(void *data, weir_bridge_request *request); /**< As in weir_bridge_job. */
  void *done_data;
  uint64_t timeout;       /**< As in weir_bridge_job. */
  bool no_wait;           /**< As in weir_bridge_job. */
  bool wait_when_stuck;   /**< Tasks that wait only for each other are a deadlock, and the call ends as
                             WEIR_ERR_DEADLOCK; set this where another call may come and help them. */
  weir_bridge_port *port; /**< As in weir_bridge_job. */
  void *port_tag;         /**< As in weir_bridge_job. */
} weir_bridge_invocation;
#define WEIR_BRIDGE_INVOCATION_INIT WEIR_INIT(weir_bridge_invocation)

/**
 * Calls and waits for the result (empty where there is none; `ret_result` may be NULL). Gives what weir_bridge_run()
 * and weir_call_result() give; WEIR_ERR_UNSUPPORTED for a function with handles in its type. A cancelled or timed out
 * call asks its guest to cancel.
 */
WEIR_API weir_status weir_bridge_call(weir_bridge *bridge, const weir_bridge_invocation *invocation,
                                      weir_value *ret_result, weir_error **ret_error);

/** Hands a call in; the rest as weir_bridge_submit(). */
WEIR_API weir_status weir_bridge_call_submit(weir_bridge *bridge, const weir_bridge_invocation *invocation,
                                             weir_bridge_request **ret, weir_error **ret_error);

/** Hands several calls in; the rest as weir_bridge_submit_many(). The arguments of all are moved from. */
WEIR_API weir_status weir_bridge_call_submit_many(weir_bridge *bridge, const weir_bridge_invocation *invocations,
                                                  size_t count, weir_bridge_request **ret, size_t *ret_accepted,
                                                  weir_error **ret_error);

/** The outcome of a call, as weir_bridge_result(); the result is given the first time, empty afterwards. */
WEIR_API weir_status weir_bridge_call_result(weir_bridge_request *request, weir_value *ret_result,
                                             weir_error **ret_error);

/* ---- counters ---------------------------------------------------------------------------------------------------- */

/**
 * Counters. At every moment: submitted = queued + running + completed + failed + cancelled + timed_out + lost.
 */
typedef struct weir_bridge_stats {
  uint64_t submitted;  /**< Requests that were accepted. */
  uint64_t refused;    /**< That were not: no room in the inbox or the port, or shut down. */
  uint64_t queued;     /**< In the inbox now. */
  uint64_t running;    /**< Started, and not ended, now. */
  uint64_t completed;  /**< Ended with WEIR_OK. */
  uint64_t failed;     /**< With another status of their job's. */
  uint64_t cancelled;  /**< WEIR_ERR_CANCELLED. */
  uint64_t timed_out;  /**< WEIR_ERR_TIMEOUT. */
  uint64_t lost;       /**< WEIR_ERR_LOST. */
  uint64_t abandoned;  /**< Jobs that still go on though their caller has been answered, now. */
  uint64_t max_queued; /**< The most that were in the inbox at once. */
  uint64_t wait_ns;    /**< Time spent in the inbox, by all. */
  uint64_t run_ns;     /**< Time from start to end, by all that were started and have ended. */
  uint64_t started;    /**< Have left the inbox to be run. */
} weir_bridge_stats;

/**
 * Reads the counters, all of one moment. `size` is sizeof(weir_bridge_stats): no more is written, and what this version
 * does not know is zero.
 */
WEIR_API void weir_bridge_get_stats(weir_bridge *bridge, weir_bridge_stats *ret, size_t size);

enum { WEIR_BRIDGE_BUCKETS = 44 };

/**
 * How long requests took, counted by powers of two: [i] has those that took at least 2^i nanoseconds and less than
 * 2^(i+1); [0] also those that took none, and the last one all from 2^43 (2.4 hours) on.
 */
typedef struct weir_bridge_times {
  uint64_t waited[WEIR_BRIDGE_BUCKETS]; /**< In the inbox; the sum is submitted - queued. */
  uint64_t ran[WEIR_BRIDGE_BUCKETS];    /**< From start to end; the sum is started - running. */
} weir_bridge_times;

/** Reads the times, all of one moment; `size` is sizeof(weir_bridge_times), as with the counters. */
WEIR_API void weir_bridge_get_times(weir_bridge *bridge, weir_bridge_times *ret, size_t size);

#ifdef __cplusplus
}
#endif
#endif
