/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * The engine: the code generator and its configuration. All threads share it: a process makes one engine, and
 * components from it on any thread. An engine lives until the engine and everything made from it has been freed.
 *
 * Stable ring.
 */
#ifndef WEIR_ENGINE_H
#define WEIR_ENGINE_H

#include "weir/alloc.h"
#include "weir/error.h"

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
 * Rules that later texts of the specification change; each bit takes the later reading (docs/conformance.md). The
 * default is the text and the tests of 2026-08-21.
 */
typedef enum weir_reading {
  WEIR_READING_REENTRANCE = 1 << 0, /**< Calls may enter an instance that is entered already, instead of trapping. */
  WEIR_READING_NO_CANCELLABLE = 1 << 1, /**< Built-ins marked `cancellable` are refused when a component is loaded. */
  WEIR_READING_WIDTH = 0x7fffffff
} weir_reading;

/**
 * Settings of an engine. Begin with WEIR_ENGINE_CONFIG_INIT, change what you need: zero means the default everywhere.
 */
typedef struct weir_engine_config {
  size_t size;             /**< sizeof(weir_engine_config): weir/api.h. */
  const weir_alloc *alloc; /**< Allocator, copied; NULL: the C library's. */
  uint32_t features;       /**< weir_feature bits; 0: WEIR_FEATURES_RELEASED. */
  uint32_t max_wasm_stack; /**< Bytes of stack for guest code in one entry; 0: 256 KiB. */
  uint32_t stack_size;     /**< Bytes of address space of a suspendable stack; 0: 1 MiB. */
  bool pooling;            /**< Pool memories and stacks: for many short-lived stores. */
  bool fast_compile;       /**< Compile faster, run slower. */
  bool fuel;               /**< Count instructions (weir_store_set_fuel()); costs guests some speed. */
  bool deadlines;          /**< Stop guests at deadlines (weir_store_set_deadline()); costs guests a little speed. */
  uint64_t max_component_size; /**< Bytes of a component, in binary or text form; 0: 1 GiB. WEIR_ERR_LIMIT beyond. */
  uint32_t readings;           /**< weir_reading bits; 0: none of them. */
  uint32_t max_nesting;        /**< Components inside of each other; 0: 100, which is also the most. */
  uint32_t max_types;          /**< Distinct value types of a component, linked; 0: 1,000,000. */
  bool no_adapters; /**< Calls between components go through the runtime, never through compiled adapters: for tests. */
  /**
   * Every NaN that guest code computes has the same bits, whatever the processor does; costs floating-point code some
   * speed. Without it a record is good for replays on the same kind of processor only (docs/record.md).
   */
  bool canonical_nans;
} weir_engine_config;
#define WEIR_ENGINE_CONFIG_INIT WEIR_INIT(weir_engine_config)

/**
 * Makes an engine. `config` may be NULL. The caller owns the result (weir_engine_free()).
 * WEIR_ERR_NOMEM; WEIR_ERR_MISUSE for settings out of range, or of a later version (weir/api.h).
 */
WEIR_API weir_status weir_engine_new(const weir_engine_config *config, weir_engine **ret, weir_error **ret_error);

/** Gives up the caller's hold. NULL is allowed. Any thread. */
WEIR_API void weir_engine_free(weir_engine *engine);

#ifdef __cplusplus
}
#endif
#endif
