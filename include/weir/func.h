/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Functions: what a component imports and exports, with name and type. What a call is made of: weir/call.h. How to find
 * all of them: weir/extern.h.
 *
 * Functions live as long as the component, its code or an instance of it, and so do their texts (UTF-8 with a
 * terminating zero) and types (weir/type.h). All are borrowed: there is nothing to free.
 *
 * Threads: any. Functions do not change. Nothing here calls a guest or a callback.
 *
 * Stable ring.
 */
#ifndef WEIR_FUNC_H
#define WEIR_FUNC_H

#include "weir/api.h"
#include "weir/type.h"
#include "weir/value.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A function that a component imports or exports, with its type. */
typedef struct weir_func weir_func;

/** What a function is to a resource: WIT writes all but free functions inside of a resource. */
typedef enum weir_func_role {
  WEIR_FUNC_FREE = 0,
  WEIR_FUNC_CONSTRUCTOR = 1, /**< Returns the resource. */
  WEIR_FUNC_METHOD = 2,      /**< Its first parameter is the resource, borrowed. */
  WEIR_FUNC_STATIC = 3,
  WEIR_FUNC_ROLE_WIDTH = 0x7fffffff
} weir_func_role;

/** The whole name, such as "add" or "[method]output.write". Never NULL. */
WEIR_API const char *weir_func_name(const weir_func *func);

/** The name of the instance that the function is in; NULL for a function imported or exported by itself. */
WEIR_API const char *weir_func_interface(const weir_func *func);

/** Whether the host provides the function. Otherwise weir_call_start() can call it. */
WEIR_API bool weir_func_is_imported(const weir_func *func);

/** What the function is to a resource. */
WEIR_API weir_func_role weir_func_role_of(const weir_func *func);

/** The resource type that the function belongs to; NULL for a free function. */
WEIR_API const weir_resource_type *weir_func_resource(const weir_func *func);

/** The name inside of the resource: "write" of "[method]output.write"; "" for a constructor; the whole name of a free
 *  function. Never NULL. */
WEIR_API const char *weir_func_member(const weir_func *func);

/** Number of parameters; type and name of one; NULL out of range. */
WEIR_API size_t weir_func_param_count(const weir_func *func);
WEIR_API const weir_type *weir_func_param_type(const weir_func *func, size_t index);
WEIR_API const char *weir_func_param_name(const weir_func *func, size_t index);

/** Type of the result; NULL where there is none. */
WEIR_API const weir_type *weir_func_result_type(const weir_func *func);

/** Whether the function has async type. */
WEIR_API bool weir_func_is_async(const weir_func *func);

/**
 * Whether weir_call_flat() can call the function: all parameters and the result are booleans, numbers or characters,
 * and there are at most 16 parameters.
 */
WEIR_API bool weir_func_is_flat(const weir_func *func);

/**
 * Writes the type in WIT syntax, such as "async func(a: u32) -> string", into a new, terminated string for
 * weir_text_free(); `ret_size` (may be NULL) gets its size. Text beyond a mebibyte is cut off. WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_func_print(const weir_func *func, char **ret_text, size_t *ret_size);

/**
 * Reads the arguments of a call from WAVE text: "(1, {x: 2}, \"text\")". The whole text must be the arguments; trailing
 * ones of option type may be left out. `ret_args` has room for weir_func_param_count() values, which are overwritten
 * and then the caller's to clear. WEIR_ERR_PARSE with a byte offset, and WEIR_ERR_NOMEM, leave all of them empty.
 */
WEIR_API weir_status weir_func_parse_args(const weir_func *func, const char *text, size_t size, weir_value *ret_args,
                                          weir_error **ret_error);

#ifdef __cplusplus
}
#endif
#endif
