/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * A component: validated, linked and compiled. Immutable; may be used from every thread and instantiated any number of
 * times.
 *
 * Stable ring.
 */
#ifndef WEIR_COMPONENT_H
#define WEIR_COMPONENT_H

#include "weir/engine.h"
#include "weir/func.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_component weir_component;

/**
 * Makes a component from its binary or text form, which is copied. Never calls the guest.
 * WEIR_ERR_MALFORMED, WEIR_ERR_INVALID (with byte offset), WEIR_ERR_COMPILE, WEIR_ERR_UNSUPPORTED, WEIR_ERR_LIMIT,
 * WEIR_ERR_NOMEM. The caller owns the result.
 */
WEIR_API weir_status weir_component_new(weir_engine *engine, const void *bytes, size_t size, weir_component **ret,
                                        weir_error **ret_error);

/** Gives up the caller's hold. NULL is allowed. Any thread. Instances keep what they need. */
WEIR_API void weir_component_free(weir_component *component);

/**
 * Finds an exported function. `interface_name` is the name of the exported instance that it is in, such as
 * "wasi:cli/run@0.3.0", or NULL for a function exported by itself. Versions match as those of imports do
 * (weir/linker.h): the exported instance of the exact version is looked at, else the one of the highest compatible
 * version. NULL where there is none. Lives as long as the component's code.
 */
WEIR_API const weir_func *weir_component_func(const weir_component *component, const char *interface_name,
                                              const char *name);

/**
 * Writes the component's imports and exports in WIT syntax into a new, terminated string for weir_text_free(); `ret_size`
 * (may be NULL) gets its size. WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_component_print(const weir_component *component, char **ret_text, size_t *ret_size);

#ifdef __cplusplus
}
#endif
#endif
