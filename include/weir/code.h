/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Compiled code: what is expensive about a component, apart from the component. Take it from one, keep it, and wrap it
 * again as often as components are wanted; or write it to bytes (an artefact) and read it back in another process.
 * Immutable and counted; may be used from every thread.
 *
 * Stable ring.
 */
#ifndef WEIR_CODE_H
#define WEIR_CODE_H

#include "weir/bytes.h"
#include "weir/component.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_code weir_code;

/** The code of a component, with a hold for the caller (weir_code_free()). It outlives the component. Never NULL. */
WEIR_API weir_code *weir_component_code(const weir_component *component);

/**
 * Makes a component of code that is there already: no validation, no compilation, one small allocation. `engine` must
 * be the engine that the code was made with; code of another one is refused here with WEIR_ERR_MISUSE, whatever the
 * settings of the two are. The component has its own hold of the code. WEIR_ERR_NOMEM. The caller owns the result.
 */
WEIR_API weir_status weir_component_from_code(weir_engine *engine, const weir_code *code, weir_component **ret,
                                              weir_error **ret_error);

/** One more hold; returns `code`. */
WEIR_API weir_code *weir_code_ref(const weir_code *code);

/** Gives up a hold. NULL is allowed. Any thread. Components keep what they need. */
WEIR_API void weir_code_free(weir_code *code);

/** About how many bytes the code occupies in memory: for caches with a bound. */
WEIR_API size_t weir_code_size(const weir_code *code);

/**
 * Writes code as an artefact: new bytes for weir_bytes_free(). The same code gives the same bytes.
 * WEIR_ERR_NOMEM; WEIR_ERR_MISUSE: the component was only looked at (weir_component_inspect()).
 */
WEIR_API weir_status weir_code_serialize(const weir_code *code, void **ret, size_t *ret_size, weir_error **ret_error);

/**
 * Reads an artefact. Nothing of it is used before its digest has been checked, and before it is known to come from the
 * same version of weir, the same code generator and the same settings as `engine`'s.
 *
 * An artefact holds machine code, and the digest shows damage, not ill will: whoever can write the bytes can do
 * whatever this process can. Read only artefacts that come from where you would take a program from.
 *
 * WEIR_ERR_MALFORMED: no artefact, cut off or damaged. WEIR_ERR_UNSUPPORTED: of another version, of other settings or
 * for another processor; compile the component again. WEIR_ERR_NOMEM. The caller owns the result.
 */
WEIR_API weir_status weir_code_deserialize(weir_engine *engine, const void *bytes, size_t size, weir_code **ret,
                                           weir_error **ret_error);

/** Whether bytes begin as an artefact does. A component never does. */
WEIR_API bool weir_code_is_artefact(const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
