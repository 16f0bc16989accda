/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Bytes that programs come in: what they are, whether they are valid, and from text to binary. weir_component_new()
 * takes both forms, so most programs need none of this.
 *
 * Threads: any. Nothing here calls a guest or a callback.
 *
 * Stable ring.
 */
#ifndef WEIR_BYTES_H
#define WEIR_BYTES_H

#include "weir/api.h"
#include "weir/engine.h"
#include "weir/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What bytes are, by how they begin. A later version may know more: be ready for numbers that are not listed here. */
typedef enum weir_bytes_kind {
  WEIR_BYTES_UNKNOWN = 0,   /**< Nothing that weir reads. */
  WEIR_BYTES_COMPONENT = 1, /**< A component in binary form. */
  WEIR_BYTES_MODULE = 2,    /**< A core module in binary form. A component can be made of one, not with weir. */
  WEIR_BYTES_CODE = 3,      /**< Compiled code (weir/code.h). */
  WEIR_BYTES_TEXT = 4,      /**< Maybe a component or a core module in text form. */
  WEIR_BYTES_KIND_WIDTH = 0x7fffffff
} weir_bytes_kind;

/** What bytes are. Looks at the first eight; `bytes` may be NULL where `size` is 0. */
WEIR_API weir_bytes_kind weir_bytes_kind_of(const void *bytes, size_t size);

/**
 * Turns the text form of a component or a core module into the binary form: new bytes for weir_bytes_free(). Bytes in
 * binary form are copied. The result is not validated.
 * WEIR_ERR_MALFORMED where the text does not parse (the message has line and column); WEIR_ERR_LIMIT:
 * weir_engine_config.max_component_size; WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_bytes_from_text(weir_engine *engine, const void *text, size_t size, void **ret,
                                          size_t *ret_size, weir_error **ret_error);

/**
 * Validates a component or a core module in binary form, with the features of the engine.
 * WEIR_ERR_MALFORMED or WEIR_ERR_INVALID with a byte offset; WEIR_ERR_LIMIT: validating would take too much;
 * WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_bytes_validate(weir_engine *engine, const void *bytes, size_t size, weir_error **ret_error);

/** Releases bytes that a function of weir returned. NULL is allowed. */
WEIR_API void weir_bytes_free(void *bytes);

#ifdef __cplusplus
}
#endif
#endif
