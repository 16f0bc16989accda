/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Fast paths for flat functions: all parameters and the result are booleans, numbers and characters, and there are at
 * most 16 parameters. A call makes no weir_value and allocates nothing.
 *
 * Each value has 64 bits. A bool is 0 or 1. An integer of 32 bits or less stands in the low 32 bits, in two's
 * complement, and the other bits are zero. A char is its scalar value, and an f32 or f64 its bits. Of a host's value
 * only the bits of its type count; a host's bool is true where any bit is set.
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
 * Calls an exported function. Where the function does not return at once, weir_call_flat() steps the store until the
 * function returns, as weir_call_run() does. `*ret_result` (may be NULL where there is none) gets the
 * result. Code that runs after the return is for weir_store_step(). Owner's thread; not from inside a host function.
 *
 * WEIR_ERR_TYPE: the type of the function is not flat, the number of arguments is wrong, or a char is no scalar value.
 * WEIR_ERR_DEADLOCK: the function waits for the host, or for what cannot come; the function goes on without its caller.
 * WEIR_ERR_WOULD_DEADLOCK: the function waits, and the caller is inside a callback, where nobody can step the store.
 * Otherwise as weir_call_start() and weir_call_result().
 */
WEIR_API weir_status weir_call_flat(weir_instance *instance, const weir_func *func, const uint64_t *args, size_t count,
                                    uint64_t *ret_result, weir_error **ret_error);

/** One call of a flat host function. The handle is stale when the function returns. */
typedef struct weir_flat_call weir_flat_call;

/**
 * A host function that finishes its call before the function returns. `slots` has the arguments, and takes the result
 * in `slots[0]`; the function may overwrite all 16. The function must not step the store or call guests.
 */
typedef void (*weir_flat_fn)(void *data, weir_flat_call *call, uint64_t *slots);

/**
 * Defines a flat host function, of synchronous or async type. As weir_linker_define_func(), but `signature` must not be
 * NULL (WEIR_ERR_MISUSE), and its type must be flat (WEIR_ERR_TYPE).
 */
WEIR_API weir_status weir_linker_define_func_flat(weir_linker *linker, const char *interface_name, const char *name,
                                                  const char *signature, weir_flat_fn fn, void *data,
                                                  void (*free)(void *data), weir_error **ret_error);

/** Fails the guest (WEIR_ERR_HOST) once the host function returns, with this message, which is copied. */
WEIR_API void weir_flat_call_fail(weir_flat_call *call, const char *message);

/** The store of the caller. */
WEIR_API weir_store *weir_flat_call_store(const weir_flat_call *call);

/** The import that the guest calls, as the component declares the import. Lives as weir/func.h says. */
WEIR_API const weir_func *weir_flat_call_func(const weir_flat_call *call);

#ifdef __cplusplus
}
#endif
#endif
