/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Typed fast paths: functions whose parameters and result are all booleans, numbers and characters, up to 16
 * parameters and at most one result. No weir_value is made and nothing is allocated.
 *
 * Each value is 64 bits: a bool is 0 or 1; an integer up to 32 bits is in the low 32, in two's complement, the rest
 * zero; a char is its scalar value; an f32 or f64 is its bits. Of a value from a host only the bits of its type
 * count; a bool from a host is true where any bit is set.
 *
 * Threads: calls, and functions for use inside a host function, are for the store's owner. Definitions: weir/linker.h.
 *
 * Stable ring.
 */
#ifndef WEIR_FLAT_H
#define WEIR_FLAT_H

#include "weir/call.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Calls an exported function. If the function does not return at once, the store is stepped until it has, as
 * weir_call_run() does. `*ret_result` (may be NULL where there is none) gets the result. Code that runs after the
 * return is for weir_store_step(). Owner's thread; not from inside a host function.
 *
 * WEIR_ERR_TYPE: the function is not of such a type, the number of arguments is wrong, or a char is not a scalar
 * value; WEIR_ERR_DEADLOCK: the function waits for something that only the host can bring (it goes on without its
 * caller), or for nothing; WEIR_ERR_WOULD_DEADLOCK: the same inside a callback, where the store cannot be stepped.
 * Otherwise as weir_call_start() and weir_call_result().
 */
WEIR_API weir_status weir_call_flat(weir_instance *instance, const weir_func *func, const uint64_t *args, size_t count,
                                    uint64_t *ret_result, weir_error **ret_error);

/** One call of a flat host function; dead when the function returns. */
typedef struct weir_flat_call weir_flat_call;

/**
 * A host function that finishes before it returns. `slots` holds the arguments, and takes the result as `slots[0]`;
 * the function may overwrite all 16. It must not step the store or call guests.
 */
typedef void (*weir_flat_fn)(void *data, weir_flat_call *call, uint64_t *slots);

/**
 * Defines a flat host function, of synchronous or async type. As weir_linker_define_func(), but `signature` is
 * required: WEIR_ERR_MISUSE without, WEIR_ERR_TYPE where it is not of such a type.
 */
WEIR_API weir_status weir_linker_define_func_flat(weir_linker *linker, const char *interface_name, const char *name,
                                                  const char *signature, weir_flat_fn fn, void *data,
                                                  void (*free)(void *data), weir_error **ret_error);

/** Traps the guest with this message, which is copied, once the host function returns (WEIR_ERR_HOST). */
WEIR_API void weir_flat_call_fail(weir_flat_call *call, const char *message);

/** The store of the caller. */
WEIR_API weir_store *weir_flat_call_store(const weir_flat_call *call);

/** The import that the guest calls, as its component declares it. Lives as long as the component, its code or an
 *  instance of it. */
WEIR_API const weir_func *weir_flat_call_func(const weir_flat_call *call);

#ifdef __cplusplus
}
#endif
#endif
