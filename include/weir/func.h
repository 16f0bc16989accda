/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Functions that a component exports: their names, types and kind. What a call is made of: weir/call.h.
 *
 * Threads: any; a function lives as long as its component, is immutable, and is shared by all threads.
 *
 * Stable ring.
 */
#ifndef WEIR_FUNC_H
#define WEIR_FUNC_H

#include "weir/value.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A function that a component exports, with its type. Lives as long as the component. */
typedef struct weir_func weir_func;

/** Number of parameters; type and name of one; NULL out of range. They live as long as the component's code. */
WEIR_API size_t weir_func_param_count(const weir_func *func);
WEIR_API const weir_type *weir_func_param_type(const weir_func *func, size_t index);
WEIR_API const char *weir_func_param_name(const weir_func *func, size_t index);
/** Type of the result; NULL where there is none. Lives as long as the component's code. */
WEIR_API const weir_type *weir_func_result_type(const weir_func *func);
/** Whether the function has async type. */
WEIR_API bool weir_func_is_async(const weir_func *func);

#ifdef __cplusplus
}
#endif
#endif
