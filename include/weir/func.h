/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Functions that a component imports or exports, with name and type. weir/extern.h finds all of them, weir/call.h calls
 * them.
 *
 * Life: a function, its texts (UTF-8 with a terminating zero) and its types live as long as the types of the component
 * (weir/type.h). All are borrowed: there is nothing to free.
 *
 * Threads: any. Functions do not change. No function of this header calls a guest or a callback. Origin:
 * Explainer.md#type-definitions.
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

/** What a function is to a resource. WIT writes all but free functions inside of a resource. */
typedef enum weir_func_role {
  WEIR_FUNC_FREE = 0,        /**< Nothing. */
  WEIR_FUNC_CONSTRUCTOR = 1, /**< Returns the resource. */
  WEIR_FUNC_METHOD = 2,      /**< Its first parameter is the resource, borrowed. */
  WEIR_FUNC_STATIC = 3,      /**< Belongs to the resource. */
  WEIR_FUNC_ROLE_WIDTH = 0x7fffffff
} weir_func_role;

/** The whole name, such as "add" or "[method]output.write". Never NULL. */
WEIR_API const char *weir_func_name(const weir_func *func);

/** The name of the instance that has the function; NULL for a function that is imported or exported by itself. */
WEIR_API const char *weir_func_interface(const weir_func *func);

/** Whether the function is imported. weir_call_start() calls exported functions only. */
WEIR_API bool weir_func_is_imported(const weir_func *func);

/** What the function is to a resource. */
WEIR_API weir_func_role weir_func_role_of(const weir_func *func);

/** The resource type that the function belongs to; NULL for a free function. */
WEIR_API const weir_resource_type *weir_func_resource(const weir_func *func);

/**
 * The name inside of the resource: "write" of "[method]output.write"; "" for a constructor; the whole name of a free
 * function. Never NULL.
 */
WEIR_API const char *weir_func_member(const weir_func *func);

/** The number of parameters, and type and name of each; NULL out of range. */
WEIR_API size_t weir_func_param_count(const weir_func *func);
WEIR_API const weir_type *weir_func_param_type(const weir_func *func, size_t index);
WEIR_API const char *weir_func_param_name(const weir_func *func, size_t index);

/** The type of the result; NULL: the function returns nothing. */
WEIR_API const weir_type *weir_func_result_type(const weir_func *func);

/** Whether the function has async type. */
WEIR_API bool weir_func_is_async(const weir_func *func);

/**
 * Whether weir_call_flat() can call the function: all parameters and the result are booleans, numbers or characters,
 * and there are at most 16 parameters.
 */
WEIR_API bool weir_func_is_flat(const weir_func *func);

/**
 * Writes the type in WIT syntax, such as "async func(a: u32) -> string". The caller owns `*ret_text`
 * (weir_text_free()), which ends with a zero; `ret_size` (may be NULL) gets the size without the zero. The text ends
 * after a mebibyte. WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_func_print(const weir_func *func, char **ret_text, size_t *ret_size);

/**
 * Reads the arguments of a call from WAVE text: "(1, {x: 2}, \"text\")". The whole text must be the arguments. The last
 * arguments may be missing if they are options. `ret_args` has room for weir_func_param_count() values, which the
 * function overwrites; the caller clears them. WEIR_ERR_PARSE with a byte offset; WEIR_ERR_NOMEM. A failure leaves all
 * of them empty.
 */
WEIR_API weir_status weir_func_parse_args(const weir_func *func, const char *text, size_t size, weir_value *ret_args,
                                          weir_error **ret_error);

#ifdef __cplusplus
}
#endif
#endif
