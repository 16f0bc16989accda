/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * What a store allows its guests, and the order in which it runs them.
 *
 * A guest that goes beyond a limit traps: its store fails with WEIR_ERR_LIMIT, or WEIR_ERR_TIMEOUT for a deadline, and
 * the message names the limit, its value and the member that sets it. A host that would go beyond one is refused with
 * the same status, and nothing has changed. Where core WebAssembly has an answer of its own the guest gets that:
 * memory.grow and table.grow return -1.
 *
 * Threads: the functions are for the thread that owns the store, except weir_engine_tick(). On another thread, and for
 * a store that is gone: WEIR_ERR_MISUSE.
 *
 * Stable ring.
 */
#ifndef WEIR_LIMITS_H
#define WEIR_LIMITS_H

#include "weir/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/** See weir_store_config.slice. */
#define WEIR_SLICE_EVERYWHERE UINT64_MAX

/** The choices that the specification leaves open. Values may be or'ed. */
typedef enum weir_choice {
  WEIR_CHOICE_THREADS = 1,       /**< Which of the threads that are ready runs next. */
  WEIR_CHOICE_EVENTS = 2,        /**< Which of the pending events of a waitable set is delivered first. */
  WEIR_CHOICE_CANCELLATIONS = 4, /**< Which of a task's cancellable threads is told of a cancellation. */
  WEIR_CHOICE_WAITS = 8,         /**< Whether a yield or wait blocks at all where it need not. */
  WEIR_CHOICE_WIDTH = 0x7fffffff
} weir_choice;

/**
 * Settings of a store. Begin with WEIR_STORE_CONFIG_INIT, change what you need: zero means the default everywhere.
 */
typedef struct weir_store_config {
  size_t size; /**< sizeof(weir_store_config): weir/api.h. */

  /**
   * 0: what is ready first runs first, and every choice that the specification leaves open falls as in its
   * deterministic profile. Another number permutes them, the same way every time: for tests of guests.
   */
  uint64_t schedule_seed;
  uint32_t schedule_keep; /**< weir_choice bits that schedule_seed does not permute. */

  uint32_t max_handles;     /**< Handles in the table of one component instance, and loans of them; 0: 1,000,000. */
  uint32_t max_tasks;       /**< Live tasks, but calls of guests that end at once; explicit threads; 0: 1,000,000. */
  uint32_t max_waitables;   /**< Subtasks, ends of streams and futures, waitable sets; 0: 1,000,000. */
  uint32_t max_stacks;      /**< Stacks of guests, suspended or in use; 0: 16,000, which usual kernel settings allow. */
  uint64_t max_value_bytes; /**< Memory of one value, or of one read of a stream, lifted to the host; 0: 1 GiB. */
  uint64_t max_memory_bytes;         /**< Of each linear memory; 0: what its module says, at most 4 GiB. */
  uint64_t max_table_elements;       /**< Of each table of core WebAssembly; 0: 10,000,000. */
  uint32_t max_memories;             /**< Linear memories; 0: 1,000,000. */
  uint32_t max_tables;               /**< Tables of core WebAssembly; 0: 1,000,000. */
  uint32_t max_instances;            /**< Instances of core modules; 0: 1,000,000. */
  uint64_t max_total_memory_bytes;   /**< Of all linear memories together; 0: no limit. */
  uint64_t max_total_table_elements; /**< Of all tables together; 0: no limit. */

  /**
   * Host functions, callbacks of cancellations, destructors of host resources and interceptors run on the stack that
   * the thread came with. Without this setting they run on the stack of the guest that calls, which weir may have made.
   * That is faster, and right for C and all languages that take any stack. The runtimes of Go and Java know the bounds
   * of their threads' stacks, and fail on any other. A callback from a guest on a stack of its own then costs 0.3 us
   * more. An instantiation in a store that has such guests costs one more stack, for what start functions call.
   */
  bool caller_stack;

  uint64_t fuel;     /**< As weir_store_set_fuel(); 0: no end of it. */
  uint64_t deadline; /**< As weir_store_set_deadline(); 0: none. */

  /**
   * Time slices: a guest that has run for so many calls of weir_engine_tick() is set aside in the midst of its code,
   * and the function that ran it returns: weir_store_step() with WEIR_STEP_READY. In the following steps other tasks
   * have their turn, and it goes on in its own. Guests cannot tell: meanwhile nothing else of its component instance
   * runs, and nobody enters that or touches its memory. Start functions are not set aside. 0: none;
   * WEIR_SLICE_EVERYWHERE: at the entry of every function and the head of every loop, without any tick, for tests.
   * Every entry of a guest costs a stack then, and the store cannot be recorded. Fuel is counted where a guest calls or
   * returns: what it has used up in a loop without calls, and been set aside in, is counted then.
   */
  uint64_t slice;

  /**
   * The embedder promises that its threads use the store one at a time, each use after the end of the one before (a
   * mutex, a queue, one task that moves from thread to thread). The store then has no owner, and each thread may use
   * the store in its turn: for goroutines, virtual threads and tasks that may go on elsewhere after any call. See
   * weir/store.h.
   */
  bool serialized;

  /**
   * Lists of booleans, numbers and characters arrive from guests as WEIR_VALUE_PACKED (weir/value.h), which takes a
   * fraction of the time and memory. All that receive values in the store get them so: results of calls, arguments of
   * host functions, elements of streams, interceptors. false: they arrive as WEIR_VALUE_LIST. Either way a list<u8>
   * arrives as WEIR_VALUE_BYTES, and fixed-length lists and maps arrive as WEIR_VALUE_LIST.
   */
  bool packed_lists;
} weir_store_config;
#define WEIR_STORE_CONFIG_INIT WEIR_INIT(weir_store_config)

/**
 * Gives the guests so many instructions, about: a guest that has used them up is stopped with WEIR_ERR_LIMIT. The same
 * guest with the same fuel stops at the same place every time. WEIR_ERR_MISUSE: the engine does not count.
 */
WEIR_API weir_status weir_store_set_fuel(weir_store *store, uint64_t fuel);
/** What is left of it. WEIR_ERR_MISUSE as above. */
WEIR_API weir_status weir_store_fuel(const weir_store *store, uint64_t *ret);

/**
 * Stops guest code that still runs, or begins to run, after so many more calls of weir_engine_tick(), with
 * WEIR_ERR_TIMEOUT; 0: at once. UINT64_MAX: never. Hundreds of completions in one step are stopped in the same way, and
 * the rest of them come in later steps. A guest that waits is not stopped: its driver looks at the clock itself.
 * WEIR_ERR_MISUSE: the engine has no deadlines.
 */
WEIR_API weir_status weir_store_set_deadline(weir_store *store, uint64_t ticks_from_now);

/**
 * Lets time pass for all stores of an engine: the embedder's timer calls it, every 10 ms for example. Any thread; safe
 * in a signal handler. Without weir_engine_config.deadlines it does nothing.
 */
WEIR_API void weir_engine_tick(weir_engine *engine);

#ifdef __cplusplus
}
#endif
#endif
