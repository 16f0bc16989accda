/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Compiled code: the part of a component that takes time to make. A program takes the code from a component, keeps the
 * code, and makes other components of it at once; or writes the code to bytes (an artefact), for other processes.
 *
 * Code does not change, and is counted: each holder frees its hold. Threads: any. No function of this header calls a
 * guest or a callback.
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

/** The code of a component. The caller owns the hold (weir_code_free()); code outlives components. Never NULL. */
WEIR_API weir_code *weir_component_code(const weir_component *component);

/**
 * Makes a component of code: without validation and compilation, with one small allocation. The component has its own
 * hold of the code. The caller owns the result (weir_component_free()). WEIR_ERR_MISUSE: the code is of another engine,
 * whatever the settings of the two are; WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_component_from_code(weir_engine *engine, const weir_code *code, weir_component **ret,
                                              weir_error **ret_error);

/** Adds a hold, and returns its argument. */
WEIR_API weir_code *weir_code_ref(const weir_code *code);

/** Gives up a hold. NULL is allowed. Components keep the code that they need. */
WEIR_API void weir_code_free(weir_code *code);

/** About how many bytes of memory the code takes: for caches with a limit. */
WEIR_API size_t weir_code_size(const weir_code *code);

/**
 * Writes code as an artefact. The same code gives the same bytes. The caller owns `*ret`, `*ret_size` bytes
 * (weir_bytes_free()). WEIR_ERR_NOMEM. WEIR_ERR_MISUSE: the component was only looked at (weir_component_inspect()).
 */
WEIR_API weir_status weir_code_serialize(const weir_code *code, void **ret, size_t *ret_size, weir_error **ret_error);

/**
 * Reads an artefact. The function first checks the digest, and that the artefact comes from the same version of weir,
 * the same code generator and the same settings as those of `engine`. The caller owns the result (weir_code_free()).
 *
 * An artefact holds machine code. The digest shows damage, and no ill will: whoever can write the bytes can do all that
 * this process can do. Read only artefacts from places that you would take a program from.
 *
 * WEIR_ERR_MALFORMED: the bytes are no artefact, cut off or damaged. WEIR_ERR_UNSUPPORTED: the artefact is of another
 * version, of other settings or for another processor; the component has to be compiled again. WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_code_deserialize(weir_engine *engine, const void *bytes, size_t size, weir_code **ret,
                                           weir_error **ret_error);

/** Whether bytes begin as an artefact does. No component begins so. */
WEIR_API bool weir_code_is_artefact(const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
