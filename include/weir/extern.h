/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Imports and exports: what a component asks for and what it offers, by name, in the order of the component. An extern
 * is a function, a type, a resource type, or an instance with externs inside. An interface of WIT is an instance here.
 *
 *     for (size_t i = 0; i < weir_component_import_count(c); i++) {
 *       const weir_extern *e = weir_component_import(c, i);
 *       for (size_t k = 0; k < weir_extern_count(e); k++)
 *         bind(weir_extern_func(weir_extern_at(e, k)));
 *     }
 *
 * Life: an extern, its texts (UTF-8 with a terminating zero), its function and its types live as long as the types of
 * the component (weir/type.h). All are borrowed: there is nothing to free.
 *
 * Threads: any. Externs do not change. No function of this header calls a guest or a callback.
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

/** What an extern is. A later version may have more kinds. */
typedef enum weir_extern_kind {
  WEIR_EXTERN_FUNC = 1,      /**< weir_extern_func(). */
  WEIR_EXTERN_TYPE = 2,      /**< A type with a name: weir_extern_type(). */
  WEIR_EXTERN_RESOURCE = 3,  /**< weir_extern_resource(). */
  WEIR_EXTERN_INSTANCE = 4,  /**< Has externs inside: weir_extern_at(). */
  WEIR_EXTERN_COMPONENT = 5, /**< A component, with a name only. */
  WEIR_EXTERN_MODULE = 6,    /**< A core module, with a name only. */
  WEIR_EXTERN_KIND_WIDTH = 0x7fffffff
} weir_extern_kind;

/** The number of imports and of exports of the component itself, and each of them; NULL out of range. */
WEIR_API size_t weir_component_import_count(const weir_component *component);
WEIR_API const weir_extern *weir_component_import(const weir_component *component, size_t index);
WEIR_API size_t weir_component_export_count(const weir_component *component);
WEIR_API const weir_extern *weir_component_export(const weir_component *component, size_t index);

/** The kind of an extern. */
WEIR_API weir_extern_kind weir_extern_kind_of(const weir_extern *item);

/** The word for a kind, such as "func" or "instance"; "unknown" for a number that is no kind. A static text. */
WEIR_API const char *weir_extern_kind_name(weir_extern_kind kind);

/** The name, such as "wasi:cli/stdout@0.3.0", "get-time" or "[method]output.write". Never NULL. */
WEIR_API const char *weir_extern_name(const weir_extern *item);

/**
 * The name of the instance that has the extern; NULL for imports and exports of the component itself. If that instance
 * is inside of another, both names, with a slash between. weir_linker_define_func() takes the name as `interface_name`.
 */
WEIR_API const char *weir_extern_interface(const weir_extern *item);

/** What an instance says of itself: the interface that it implements, and its identifier outside. NULL: nothing. */
WEIR_API const char *weir_extern_implements(const weir_extern *item);
WEIR_API const char *weir_extern_external_id(const weir_extern *item);

/** The function of an extern of that kind; else NULL. */
WEIR_API const weir_func *weir_extern_func(const weir_extern *item);

/**
 * The type of an extern that is a value type; else NULL. Types of functions, components and instances have no more than
 * a name here.
 */
WEIR_API const weir_type *weir_extern_type(const weir_extern *item);

/** The resource type of an extern of that kind; else NULL. */
WEIR_API const weir_resource_type *weir_extern_resource(const weir_extern *item);

/**
 * The number of externs in an instance, 0 for other kinds, and each of them; NULL out of range. Instances nest up to
 * 100 deep.
 */
WEIR_API size_t weir_extern_count(const weir_extern *item);
WEIR_API const weir_extern *weir_extern_at(const weir_extern *item, size_t index);

/**
 * Writes an extern in WIT syntax: one line, or the whole declaration of an instance. The caller owns `*ret_text`
 * (weir_text_free()), which ends with a zero; `ret_size` (may be NULL) gets the size without the zero. The text ends
 * after a mebibyte. WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_extern_print(const weir_extern *item, char **ret_text, size_t *ret_size);

#ifdef __cplusplus
}
#endif
#endif
