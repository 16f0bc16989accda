/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Fusing: a component, with the components in it, becomes one core module, or one component around such a module.
 * Calls between its components that are compiled become calls inside of the module, which cost what a call of a
 * function costs. All other canonical
 * definitions (calls that can wait, handles, tasks, calls of the host) are imports of the module that carry the number
 * of their component instance. docs/fused.md describes the module, so that other runtimes can run it too.
 *
 * weir runs a fused module as it runs the component: weir_component_new() takes it. Functions, types, results, traps
 * and their words, order and numbers of handles are those of the component.
 *
 * Threads: any. Nothing here calls a guest or a callback.
 *
 * Unstable ring.
 */
#ifndef WEIR_FUSE_H
#define WEIR_FUSE_H

#include "weir/component.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How to fuse. Begin with WEIR_FUSE_CONFIG_INIT; zero means the default everywhere. */
typedef struct weir_fuse_config {
  size_t size; /**< sizeof(weir_fuse_config): weir/api.h. */
  /**
   * No call between components goes inside: all go through the runtime. Otherwise the runtime decides for each store:
   * where guests are held (time slices, interceptors that hold, host functions of synchronous type that wait), and in
   * engines of other readings, no call stays inside.
   */
  bool no_adapters;
  /** weir_fuse_component() fails with WEIR_ERR_UNSUPPORTED, and the reason, where components have to stay nested. */
  bool strict;
} weir_fuse_config;
#define WEIR_FUSE_CONFIG_INIT WEIR_INIT(weir_fuse_config)

/** How to link. Begin with WEIR_FUSE_LINK_CONFIG_INIT. */
typedef struct weir_fuse_link_config {
  size_t size; /**< sizeof(weir_fuse_link_config): weir/api.h. */
  /** A name for each component, such as the name of its file, for messages and links; NULL: they have numbers. */
  const char *const *names;
  /**
   * What is not to be decided by names: `app.docs:calc/ops@1.0.0=lib.my:own/ops@2.0.0` gives the import of `app` the
   * export of `lib`. The components are told by their names without folder and ending. NULL where there are none.
   */
  const char *const *links;
  size_t link_count; /**< How many there are. */
} weir_fuse_link_config;
#define WEIR_FUSE_LINK_CONFIG_INIT WEIR_INIT(weir_fuse_link_config)

/**
 * Links several components to one: the first with the others beside it, which take the place of its imports. An import
 * is given the export of the same name, or else of a compatible version, unless `config` says otherwise. What no other
 * component exports stays an import. Imports of one name, or of compatible versions, become one, with the items of all;
 * items of the same name must have the same type. The exports are those of the first one. New bytes for
 * weir_bytes_free(): a component that has been validated. `config` may be NULL.
 *
 * WEIR_ERR_LINK, with the reason: two components export what one imports; nobody imports what a component exports; a
 * component imports what nobody gives it, or they need each other in a circle. WEIR_ERR_NOT_FOUND: a link names what is
 * not there. WEIR_ERR_INVALID: the types do not fit; the message has both. WEIR_ERR_UNSUPPORTED: see docs/fused.md.
 * WEIR_ERR_LIMIT: more than 64 components. WEIR_ERR_MISUSE: there is none, one is a fused module, they are of several
 * engines, or the structure is of no version. WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_fuse_link(const weir_component *const *components, size_t count,
                                    const weir_fuse_link_config *config, void **ret, size_t *ret_size,
                                    weir_error **ret_error);

/** What a fused module is made of. Begin with WEIR_FUSE_STATS_INIT. */
typedef struct weir_fuse_stats {
  size_t size;                                            /**< sizeof(weir_fuse_stats): weir/api.h. */
  uint64_t core_instances;                                /**< Instances of core modules that became one. */
  uint64_t calls;                                         /**< Functions of one component that another one calls. */
  uint64_t calls_inside;                                  /**< Those of them that are called inside of the module. */
  uint64_t wired;                                         /**< Imports of core modules that are met from inside. */
  uint64_t functions, imports, memories, tables, globals; /**< Of the module. */
} weir_fuse_stats;
#define WEIR_FUSE_STATS_INIT WEIR_INIT(weir_fuse_stats)

/**
 * Fuses a component to a core module: new bytes for weir_bytes_free(). The same component and settings give the same
 * bytes. The component may be one that is only looked at (weir_component_inspect()). `config` may be NULL, and so may
 * `ret_stats`.
 *
 * WEIR_ERR_UNSUPPORTED: the component imports core modules. WEIR_ERR_LINK: a core module imports a memory or table that
 * is large enough only after it has grown. WEIR_ERR_LIMIT: the module would have more than engines take: 100
 * memories, 100 tables, a million functions, 1 GiB. WEIR_ERR_MISUSE: the component is a fused module already, or comes
 * from compiled code (weir_code_deserialize()), which has no more than its types; or a structure is of no version.
 * WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_fuse_core(const weir_component *component, const weir_fuse_config *config, void **ret,
                                    size_t *ret_size, weir_fuse_stats *ret_stats, weir_error **ret_error);

/**
 * Fuses a component to one component for any runtime: its core modules and the calls between its components become one
 * core module, with the imports, exports and types of the component. New bytes for weir_bytes_free(), which have been
 * validated. What cannot be fused without anybody being able to tell stays nested: then the component comes back as it
 * was, and `*ret_nested` is the reason, a new text for weir_text_free(); otherwise NULL. docs/fused.md has the rules.
 * `config`, `ret_stats` and `ret_nested` may be NULL; weir_fuse_config.no_adapters is not used.
 *
 * WEIR_ERR_UNSUPPORTED: weir_fuse_config.strict, and something stays nested. Otherwise what weir_fuse_core() gives.
 */
WEIR_API weir_status weir_fuse_component(const weir_component *component, const weir_fuse_config *config, void **ret,
                                         size_t *ret_size, weir_fuse_stats *ret_stats, char **ret_nested,
                                         weir_error **ret_error);

/**
 * Tells what becomes of each call between components when a component is fused, and why: a line for each, for readers,
 * as a new, terminated string for weir_text_free(). `ret_size` (may be NULL) gets its size. WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_fuse_explain(const weir_component *component, char **ret_text, size_t *ret_size,
                                       weir_error **ret_error);

/** What a fused module or component tells of its making. Begin with WEIR_FUSE_ORIGIN_INIT. */
typedef struct weir_fuse_origin {
  size_t size;             /**< sizeof(weir_fuse_origin): weir/api.h. */
  const char *version;     /**< Of weir; not terminated. The component's, as long as it lives. */
  size_t version_size;     /**< Bytes of it. */
  uint64_t component_size; /**< Of the component that was fused. */
  uint8_t sha256[32];      /**< Of its binary form. */
  bool no_adapters;        /**< As weir_fuse_config.no_adapters was. */
  bool component;          /**< weir_fuse_component() has made it, not weir_fuse_core(). */
} weir_fuse_origin;
#define WEIR_FUSE_ORIGIN_INIT WEIR_INIT(weir_fuse_origin)

/**
 * What a fused module or component tells of its making. `fused` is made of it. Nothing is proven by it:
 * weir_fuse_verify() does that. WEIR_ERR_MISUSE: `fused` is not fused, or the structure is of no version.
 * WEIR_ERR_INVALID: it tells nothing.
 */
WEIR_API weir_status weir_fuse_get_origin(const weir_component *fused, weir_fuse_origin *ret, weir_error **ret_error);

/**
 * Whether a fused module or component is what a component is fused to: fuses it again, in the form and with the
 * settings that the module tells, and compares all bytes. WEIR_ERR_INVALID, with the reason, where the module is
 * another one: of another component, of another version of weir, or changed. WEIR_ERR_MISUSE: `fused` is no fused
 * module, or `component` is one. What weir_fuse_core() gives.
 */
WEIR_API weir_status weir_fuse_verify(const weir_component *fused, const weir_component *component,
                                      weir_error **ret_error);

/**
 * The imports of a fused module as JSON, for a runtime that provides them: docs/fused.md describes it. `component` is
 * made of the module. A new, terminated string for weir_text_free(); `ret_size` (may be NULL) gets its size.
 * WEIR_ERR_MISUSE: the component is no fused module. WEIR_ERR_INVALID: an import is none that its component needs.
 * WEIR_ERR_LIMIT: the text would be longer than 64 MiB. WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_fuse_import_map(const weir_component *component, char **ret_text, size_t *ret_size,
                                          weir_error **ret_error);

/**
 * The same in version 1 of the format, for tools that read it: four members an import, and no `version`. A new,
 * terminated string for weir_text_free().
 */
WEIR_API weir_status weir_fuse_import_map_1(const weir_component *component, char **ret_text, size_t *ret_size,
                                            weir_error **ret_error);

#ifdef __cplusplus
}
#endif
#endif
