/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Imports and exports: what a component asks for and what it offers, by name, in the order of the component. An extern
 * is a function, a type, a resource type, or an instance with externs in it; interfaces of WIT are instances here.
 *
 *     for (size_t i = 0; i < weir_component_import_count(c); i++) {
 *       const weir_extern *e = weir_component_import(c, i);
 *       for (size_t k = 0; k < weir_extern_count(e); k++)
 *         bind(weir_extern_func(weir_extern_at(e, k)));
 *     }
 *
 * Externs live as long as the component, its code or an instance of it, and so do their texts (UTF-8 with a terminating
 * zero). All are borrowed: there is nothing to free.
 *
 * Threads: any. Externs do not change. Nothing here calls a guest or a callback.
 * Origin: Explainer.md#import-and-export-definitions.
 *
 * Stable ring.
 */
#ifndef WEIR_EXTERN_H
#define WEIR_EXTERN_H

#include "weir/api.h"
#include "weir/component.h"
#include "weir/func.h"
#include "weir/type.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An import or an export of a component, or a part of an instance. */
typedef struct weir_extern weir_extern;

/** What an extern is. A later version may have more kinds: be ready for numbers that are not listed here. */
typedef enum weir_extern_kind {
  WEIR_EXTERN_FUNC = 1,      /**< weir_extern_func(). */
  WEIR_EXTERN_TYPE = 2,      /**< A type with a name: weir_extern_type(). */
  WEIR_EXTERN_RESOURCE = 3,  /**< weir_extern_resource(). */
  WEIR_EXTERN_INSTANCE = 4,  /**< Has parts: weir_extern_at(). */
  WEIR_EXTERN_COMPONENT = 5, /**< A component: only its name is known. */
  WEIR_EXTERN_MODULE = 6,    /**< A core module: only its name is known. */
  WEIR_EXTERN_KIND_WIDTH = 0x7fffffff
} weir_extern_kind;

/** Number of imports and exports of the component itself; one of them, NULL out of range. */
WEIR_API size_t weir_component_import_count(const weir_component *component);
WEIR_API const weir_extern *weir_component_import(const weir_component *component, size_t index);
WEIR_API size_t weir_component_export_count(const weir_component *component);
WEIR_API const weir_extern *weir_component_export(const weir_component *component, size_t index);

/** The kind of an extern. */
WEIR_API weir_extern_kind weir_extern_kind_of(const weir_extern *item);

/** The word for a kind, such as "func" or "instance"; "unknown" for a number that is no kind. A static string. */
WEIR_API const char *weir_extern_kind_name(weir_extern_kind kind);

/** The name, such as "wasi:cli/stdout@0.3.0", "get-time" or "[method]output.write". Never NULL. */
WEIR_API const char *weir_extern_name(const weir_extern *item);

/**
 * The name of the instance that the extern is in; NULL for imports and exports of the component itself. An instance in
 * an instance has both names with a slash between. weir_linker_define_func() takes it as it is.
 */
WEIR_API const char *weir_extern_interface(const weir_extern *item);

/** The interface that an instance says it implements, and the identifier that it has outside; NULL where it says
 *  none. */
WEIR_API const char *weir_extern_implements(const weir_extern *item);
WEIR_API const char *weir_extern_external_id(const weir_extern *item);

/** The function, where the extern is one; else NULL. */
WEIR_API const weir_func *weir_extern_func(const weir_extern *item);

/**
 * The type, where the extern is a value type; else NULL. Types of functions, components and instances have no more than
 * a name here.
 */
WEIR_API const weir_type *weir_extern_type(const weir_extern *item);

/** The resource type, where the extern is one; else NULL. */
WEIR_API const weir_resource_type *weir_extern_resource(const weir_extern *item);

/**
 * Number of externs in an instance, 0 for other kinds; one of them, NULL out of range. Instances nest up to 100 deep.
 */
WEIR_API size_t weir_extern_count(const weir_extern *item);
WEIR_API const weir_extern *weir_extern_at(const weir_extern *item, size_t index);

/**
 * Writes an extern in WIT syntax into a new, terminated string for weir_text_free(), as one line or, for an instance,
 * as its whole declaration; `ret_size` (may be NULL) gets its size. Text beyond a mebibyte is cut off. WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_extern_print(const weir_extern *item, char **ret_text, size_t *ret_size);

#ifdef __cplusplus
}
#endif
#endif
