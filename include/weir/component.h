/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * A component: validated, linked and compiled. Immutable; may be used from every thread and instantiated any number of
 * times.
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
 * Makes a component from its binary or text form, and copies the bytes. Never calls the guest.
 * WEIR_ERR_MALFORMED, WEIR_ERR_INVALID (with byte offset), WEIR_ERR_COMPILE, WEIR_ERR_UNSUPPORTED, WEIR_ERR_LIMIT,
 * WEIR_ERR_NOMEM. The caller owns the result.
 */
WEIR_API weir_status weir_component_new(weir_engine *engine, const void *bytes, size_t size, weir_component **ret,
                                        weir_error **ret_error);

/**
 * Makes a component only to look at: it is validated and linked, but not compiled, and to compile is most of the work.
 * Every question about a component can be asked of this one, and weir_linker_check() takes it. weir_instance_new() and
 * the functions that write its code refuse it (WEIR_ERR_MISUSE). Otherwise as weir_component_new().
 */
WEIR_API weir_status weir_component_inspect(weir_engine *engine, const void *bytes, size_t size, weir_component **ret,
                                            weir_error **ret_error);

/** Gives up the caller's hold. NULL is allowed. Any thread. Instances keep what they need. */
WEIR_API void weir_component_free(weir_component *component);

/**
 * Finds an exported function. `interface_name` is the name of the function's exported instance, such as
 * "wasi:cli/run@0.3.0", or NULL for a function exported by itself. Versions match as those of imports do
 * (weir/linker.h): the function is looked for in the exported instance of the exact version, else in that of the
 * highest compatible version. NULL where there is none. The function lives as long as the component's code.
 */
WEIR_API const weir_func *weir_component_find_func(const weir_component *component, const char *interface_name,
                                                   const char *name);

/**
 * Writes the component's imports and exports in WIT syntax into a new, terminated string for weir_text_free();
 * `ret_size` (may be NULL) gets its size. Text beyond a mebibyte is cut off. WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_component_print(const weir_component *component, char **ret_text, size_t *ret_size);

/**
 * Writes all that can be asked of a component as one JSON object, on one line, into a new, terminated string for
 * weir_text_free(); `ret_size` (may be NULL) gets its size. For languages in which a call of C is expensive.
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
 * A type is the word of a kind without parts, or a number: its place in `types`, where parts come before what has
 * them; null is no type. A resource is its place in `resource_types`. `type` beside a `kind` is WIT, for readers.
 * Members that have nothing to say are left out. Members are only ever added. WEIR_ERR_LIMIT: it would be longer than
 * 64 MiB; WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_component_json(const weir_component *component, char **ret_text, size_t *ret_size,
                                         weir_error **ret_error);

/* ---- what it is made of ------------------------------------------------------------------------------------------ */

/** The name that the component gives itself; NULL where it gives none. Lives as long as the component's code. */
WEIR_API const char *weir_component_name(const weir_component *component);

/** The binary form, `*ret_size` bytes. Owned by the component's code, and lives as long. */
WEIR_API const void *weir_component_bytes(const weir_component *component, size_t *ret_size);

/** What a component has a number of. */
typedef enum weir_component_part {
  WEIR_PART_COMPONENT_INSTANCES = 1, /**< Itself, and those that it makes of components inside of it. */
  WEIR_PART_CORE_MODULES = 2,        /**< Distinct ones that are instantiated. */
  WEIR_PART_CORE_INSTANCES = 3,
  WEIR_PART_LIFTED_FUNCTIONS = 4, /**< Core functions that can be called as functions of a component. */
  WEIR_PART_BUILTINS = 5,         /**< Canonical built-ins, lowered functions among them. */
  WEIR_PART_RESOURCE_TYPES = 6,
  WEIR_PART_HOST_FUNCTIONS = 7, /**< Imported functions. */
  WEIR_COMPONENT_PART_WIDTH = 0x7fffffff
} weir_component_part;

/** How many there are; 0 for a number that is no part. */
WEIR_API size_t weir_component_part_count(const weir_component *component, weir_component_part part);

/**
 * Of a core module, by its number: name in its name section (NULL: none), bytes (0: it is imported, see
 * weir_linker_define_module()), and number of imports; NULL and 0 out of range. The name lives as long as the
 * component's code.
 */
WEIR_API const char *weir_component_module_name(const weir_component *component, size_t index);
WEIR_API size_t weir_component_module_size(const weir_component *component, size_t index);
WEIR_API size_t weir_component_module_import_count(const weir_component *component, size_t index);

#ifdef __cplusplus
}
#endif
#endif
