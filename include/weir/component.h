/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Components: validated, linked and compiled. A component does not change, and any number of stores may instantiate it.
 *
 * Threads: any. No function of this header calls a guest or a callback. Origin: Explainer.md#component-definitions.
 *
 * Stable ring.
 */
#ifndef WEIR_COMPONENT_H
#define WEIR_COMPONENT_H

#include "weir/api.h"
#include "weir/engine.h"
#include "weir/func.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_component weir_component;

/**
 * Makes a component of its binary or text form, `size` bytes, which the function copies. The caller owns the result
 * (weir_component_free()), which keeps the engine. To compile is most of the work, and may take seconds.
 * WEIR_ERR_MALFORMED: the bytes are no component; WEIR_ERR_INVALID: the component breaks a rule; both with a byte
 * offset where the bytes are binary (weir_error_offset()). WEIR_ERR_UNSUPPORTED: the component needs what this version
 * lacks. WEIR_ERR_COMPILE: the code generator refuses a core module. WEIR_ERR_LIMIT: max_component_size, max_nesting or
 * max_types of weir_engine_config, or a fixed limit that the message names. WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_component_new(weir_engine *engine, const void *bytes, size_t size, weir_component **ret,
                                        weir_error **ret_error);

/**
 * Makes a component only to look at: the function validates and links the component, and does not compile. The
 * component answers all questions, and weir_linker_check() takes it. weir_instance_new() and weir_code_serialize()
 * refuse it (WEIR_ERR_MISUSE). Otherwise as weir_component_new().
 */
WEIR_API weir_status weir_component_inspect(weir_engine *engine, const void *bytes, size_t size, weir_component **ret,
                                            weir_error **ret_error);

/** Adds a hold, which the caller gives up with weir_component_free(); returns `component`. */
WEIR_API weir_component *weir_component_ref(const weir_component *component);

/** Gives up a hold. NULL is allowed. Instances keep what they need. */
WEIR_API void weir_component_free(weir_component *component);

/**
 * Finds an exported function. `interface_name` is the name of the exported instance that has the function, such as
 * "wasi:cli/run@0.3.0", or NULL for a function that is exported by itself. Versions match as those of imports do
 * (weir/linker.h): the exported instance of the exact version counts, else that of the highest compatible version.
 * NULL: there is no such function. Looks at names: keep the result, which lives as weir/func.h says.
 */
WEIR_API const weir_func *weir_component_find_func(const weir_component *component, const char *interface_name,
                                                   const char *name);

/**
 * Writes the imports and exports of a component in WIT syntax. The caller owns `*ret_text` (weir_text_free()), which
 * ends with a zero; `ret_size` (may be NULL) gets the size without the zero. The text ends after a mebibyte.
 * WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_component_print(const weir_component *component, char **ret_text, size_t *ret_size);

/**
 * Writes all that a component can be asked as one JSON object on one line, for languages in which a call of C is
 * expensive. The caller owns `*ret_text` (weir_text_free()), which ends with a zero; `ret_size` (may be NULL) gets the
 * size without the zero.
 *
 *     {"name": "shop",
 *      "imports": [{"name": "docs:shop/types@1.0.0", "kind": "instance", "items": [
 *        {"name": "item", "kind": "type", "type": "record { price: u32 }", "type_ref": 0},
 *        {"name": "basket", "kind": "resource", "resource": 0},
 *        {"name": "[method]basket.add", "kind": "func", "type": "func(self: borrow<basket>, what: item)",
 *         "async": false, "flat": false, "role": "method", "member": "add", "resource": 0,
 *         "params": [{"name": "self", "type": 1}, {"name": "what", "type": 0}], "result": null}]}],
 *      "exports": [...],
 *      "types": [{"kind": "record", "name": "item", "interface": "docs:shop/types@1.0.0",
 *                 "parts": [{"name": "price", "type": "u32"}]},
 *                {"kind": "borrow", "resource": 0}],
 *      "resource_types": [{"name": "basket", "interface": "docs:shop/types@1.0.0", "imported": true}],
 *      "core_modules": [{"size": 1234, "imports": 5}], "component_instances": 1, ...}
 *
 * A type is the word of a kind without parts, or a number: the place in `types`. A type stands there behind its parts.
 * null is no type. A resource is the place in `resource_types`. `type` beside a `kind` is WIT, for readers. A member
 * that has nothing to say is left out. Later versions only add members. WEIR_ERR_LIMIT: the text would be longer than
 * 64 MiB; WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_component_json(const weir_component *component, char **ret_text, size_t *ret_size,
                                         weir_error **ret_error);

/* ---- what it is made of ------------------------------------------------------------------------------------------ */

/** The name that the component gives itself; NULL: none. The text lives as long as the component or its code. */
WEIR_API const char *weir_component_name(const weir_component *component);

/**
 * The binary form, `*ret_size` bytes, which live as long as the component or its code. Compiled code does not carry
 * what it was compiled from: a component of weir_code_deserialize() has core modules of the same types that only trap.
 */
WEIR_API const void *weir_component_bytes(const weir_component *component, size_t *ret_size);

/** Things that can be counted in a component. */
typedef enum weir_component_part {
  WEIR_PART_COMPONENT_INSTANCES = 1, /**< The component, and all that it instantiates inside. */
  WEIR_PART_CORE_MODULES = 2,        /**< Modules that the component instantiates. */
  WEIR_PART_CORE_INSTANCES = 3,
  WEIR_PART_LIFTED_FUNCTIONS = 4, /**< Core functions that can be called as functions of a component. */
  WEIR_PART_BUILTINS = 5,         /**< Canonical built-ins, lowered functions among them. */
  WEIR_PART_RESOURCE_TYPES = 6,
  WEIR_PART_HOST_FUNCTIONS = 7, /**< Imported functions. */
  WEIR_COMPONENT_PART_WIDTH = 0x7fffffff
} weir_component_part;

/** How many of a thing a component has; 0 for a number that is none of the things. */
WEIR_API size_t weir_component_part_count(const weir_component *component, weir_component_part part);

/**
 * The core modules of a component by number: the name in the name section (NULL: none), the size in bytes (0: the
 * component imports the module, see weir_linker_define_module()), and the number of imports. NULL and 0 for a number
 * out of range. The name lives as long as the component or its code.
 */
WEIR_API const char *weir_component_module_name(const weir_component *component, size_t index);
WEIR_API size_t weir_component_module_size(const weir_component *component, size_t index);
WEIR_API size_t weir_component_module_import_count(const weir_component *component, size_t index);

#ifdef __cplusplus
}
#endif
#endif
