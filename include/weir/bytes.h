/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * The bytes of components and core modules: their kind, their validity, and their binary form. weir_component_new()
 * takes text and binary, so most programs need none of these functions.
 *
 * Threads: any. No function of this header calls a guest or a callback. Origin: Binary.md.
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

/** What bytes are, as their beginning says. A later version may know more kinds. */
typedef enum weir_bytes_kind {
  WEIR_BYTES_UNKNOWN = 0,   /**< Nothing that weir reads. */
  WEIR_BYTES_COMPONENT = 1, /**< A component in binary form. */
  WEIR_BYTES_MODULE = 2,    /**< A core module in binary form. Other tools make components of core modules. */
  WEIR_BYTES_CODE = 3,      /**< Compiled code (weir/code.h). */
  WEIR_BYTES_TEXT = 4,      /**< Maybe a component or a core module in text form. */
  WEIR_BYTES_KIND_WIDTH = 0x7fffffff
} weir_bytes_kind;

/** The kind of some bytes, by the first eight. `bytes` may be NULL if `size` is 0. */
WEIR_API weir_bytes_kind weir_bytes_kind_of(const void *bytes, size_t size);

/**
 * Turns the text form of a component or a core module into the binary form, and copies bytes that have the binary form
 * already. The function does not validate them. The caller owns `*ret`, `*ret_size` bytes (weir_bytes_free()).
 * WEIR_ERR_MALFORMED: the text does not parse; the message has line and column.
 * WEIR_ERR_LIMIT: the text is longer than weir_engine_config.max_component_size. WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_bytes_from_text(weir_engine *engine, const void *text, size_t size, void **ret,
                                          size_t *ret_size, weir_error **ret_error);

/**
 * Validates a component or a core module in binary form, with the features of the engine.
 * WEIR_ERR_MALFORMED: the bytes do not decode; WEIR_ERR_INVALID: they decode and break a rule; both with a byte offset.
 * WEIR_ERR_LIMIT: the component unfolds beyond the limits of the engine. WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_bytes_validate(weir_engine *engine, const void *bytes, size_t size, weir_error **ret_error);

/** Releases bytes that a function of weir returned. NULL is allowed. */
WEIR_API void weir_bytes_free(void *bytes);

#ifdef __cplusplus
}
#endif
#endif
