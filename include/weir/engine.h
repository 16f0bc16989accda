/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * The engine: the code generator and its settings. A process makes one engine, and all threads share the engine. All
 * that is made from an engine keeps the engine: it ends when the engine and all that was made from it have been freed.
 *
 * Threads: any. No function of this header calls a guest, or a callback but the allocator and the notice
 * function.
 *
 * Stable ring.
 */
#ifndef WEIR_ENGINE_H
#define WEIR_ENGINE_H

#include "weir/alloc.h"
#include "weir/error.h"
#include "weir/notice.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_engine weir_engine;

/** Features of the Component Model, with the specification's gates (Explainer.md#gated-features). */
typedef enum weir_feature {
  WEIR_FEATURE_ASYNC = 1 << 0,               /**< Async functions, streams, futures. Released; on by default. */
  WEIR_FEATURE_ASYNC_STACKFUL = 1 << 1,      /**< Async lifts without callback. */
  WEIR_FEATURE_MORE_ASYNC_BUILTINS = 1 << 2, /**< Synchronous stream operations, async cancellation. */
  WEIR_FEATURE_THREADING = 1 << 3,           /**< Explicit threads. */
  WEIR_FEATURE_ERROR_CONTEXT = 1 << 4,       /**< error-context. */
  WEIR_FEATURE_FIXED_LENGTH_LISTS = 1 << 5,  /**< list<T, N>. */
  WEIR_FEATURE_MAP = 1 << 6,                 /**< map<K, V>. Released; on by default. */
  WEIR_FEATURE_IMPLEMENTS = 1 << 7,          /**< Attributes on names. Released; on by default. */
  WEIR_FEATURE_MEMORY64 = 1 << 8,            /**< 64-bit memories. */
  WEIR_FEATURES_RELEASED = WEIR_FEATURE_ASYNC | WEIR_FEATURE_MAP | WEIR_FEATURE_IMPLEMENTS,
  WEIR_FEATURE_WIDTH = 0x7fffffff
} weir_feature;

/**
 * Rules that later texts of the specification change. Each bit takes the later reading (docs/conformance.md). Without
 * bits the text and the tests of 2026-08-21 hold.
 */
typedef enum weir_reading {
  WEIR_READING_REENTRANCE = 1 << 0, /**< Calls may enter an instance that is entered already, instead of trapping. */
  WEIR_READING_NO_CANCELLABLE = 1 << 1, /**< Built-ins marked `cancellable` are refused when a component is loaded. */
  WEIR_READING_WIDTH = 0x7fffffff
} weir_reading;

/** Who is told where compiled code lies, so that a profiler shows functions of guests by name. */
typedef enum weir_profile {
  WEIR_PROFILE_NONE = 0,
  WEIR_PROFILE_PERFMAP = 1, /**< Linux's perf, by `/tmp/perf-PID.map`, which stays behind. */
  WEIR_PROFILE_JITDUMP = 2, /**< The same with code, by `jit-PID.dump` in the current folder, for `perf inject`. */
  WEIR_PROFILE_WIDTH = 0x7fffffff
} weir_profile;

/**
 * Settings of an engine. Begin with WEIR_ENGINE_CONFIG_INIT and change what you need: zero means the default in every
 * member.
 */
typedef struct weir_engine_config {
  size_t size;                 /**< sizeof(weir_engine_config): weir/api.h. */
  const weir_alloc *alloc;     /**< Allocator, which the engine copies; NULL: the C library's. */
  uint32_t features;           /**< weir_feature bits; 0: WEIR_FEATURES_RELEASED. */
  uint32_t max_wasm_stack;     /**< Bytes of stack for one entry of guest code; 0: 256 KiB. */
  uint32_t stack_size;         /**< Bytes of address space of a stack that can wait; 0: 1 MiB. */
  bool pooling;                /**< Pool memories and stacks: for many short-lived stores. */
  bool fast_compile;           /**< Compile faster, run slower. */
  bool fuel;                   /**< Count instructions (weir_store_set_fuel()); guests run a little slower. */
  bool deadlines;              /**< Stop guests at deadlines (weir_store_set_deadline()); guests run a little slower. */
  uint64_t max_component_size; /**< Most bytes of a component, in binary or text form; 0: 1 GiB. */
  uint32_t readings;           /**< weir_reading bits; 0: none of them. */
  uint32_t max_nesting;        /**< Most components inside of each other; 0: 100, and no component has more. */
  uint32_t max_types;          /**< Most value types of a component, and of the engine itself; 0: 1,000,000. */
  bool no_adapters; /**< Calls between components go through the runtime, never through compiled adapters: for tests. */
  /**
   * Every NaN that guest code computes has the same bits on every processor; floating-point code runs a little slower.
   * Without this setting a record is good for replays on the same kind of processor only (docs/record.md).
   */
  bool canonical_nans;
  weir_notice_fn notice; /**< Told why functions refuse that give no weir_error: weir/notice.h. NULL: nobody is told. */
  void *notice_data;     /**< For `notice`. */
  weir_profile profile;  /**< For whom compiled code is written down by the names of its functions. */
} weir_engine_config;
#define WEIR_ENGINE_CONFIG_INIT WEIR_INIT(weir_engine_config)

/**
 * Makes an engine. `config` may be NULL. The caller owns the result (weir_engine_free()).
 * WEIR_ERR_NOMEM. WEIR_ERR_MISUSE: `stack_size` is too small for `max_wasm_stack`, or the settings are of a later
 * version (weir/api.h). WEIR_ERR_UNSUPPORTED: the code generator was built without what `profile` asks for, or cannot
 * write it.
 */
WEIR_API weir_status weir_engine_new(const weir_engine_config *config, weir_engine **ret, weir_error **ret_error);

/**
 * Adds a hold, which the caller gives up with weir_engine_free(); returns `engine`. Any thread that has a hold. Handles
 * tell that they are stale as long as any hold of their engine is left (weir/store.h).
 */
WEIR_API weir_engine *weir_engine_ref(weir_engine *engine);

/**
 * Gives up a hold. NULL is allowed. Any thread. The last hold ends the engine, on the calling thread; components,
 * linkers and stores have holds of their own.
 */
WEIR_API void weir_engine_free(weir_engine *engine);

#ifdef __cplusplus
}
#endif
#endif
