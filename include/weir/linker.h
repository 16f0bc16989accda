/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Linkers: tables of host functions, host resources and core modules by interface and name. weir_instance_new() checks
 * all imports of a component against the table before any code of the component runs.
 *
 * Versions. The definitions under one name of an interface are a set, and one set serves an import as a whole: the
 * set of the imported version, else the set of the highest compatible version; the order of definitions does not
 * matter. If the set lacks a definition, the import lacks it: no other version helps out, since a host may represent
 * its resources differently there. Versions are compatible if they agree up to and with the first part that is not
 * zero: 1.2.0 and 1.9.1, 0.3.0 and 0.3.1, but not 0.3.0 and 0.4.0, or 0.0.1 and 0.0.2. A pre-release (0.3.0-rc.1) is
 * compatible with itself only; builds (1.2.0+one) do not matter. Origin: Explainer.md#canonical-interface-name.
 *
 * Threads: one thread at a time fills a linker; then any number of threads may use the linker. Host functions run on
 * the thread that steps the store. A `free` function runs on the thread that ends the last use of its definition: the
 * one that replaces the definition, frees the linker, or frees the last store with an instance that has the definition.
 * No function of this header calls a guest, and only a `free` function is called back.
 *
 * Stable ring.
 */
#ifndef WEIR_LINKER_H
#define WEIR_LINKER_H

#include "weir/component.h"
#include "weir/extern.h"
#include "weir/host_call.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_linker weir_linker;

/** Makes an empty linker. The caller owns the result (weir_linker_free()). WEIR_ERR_NOMEM. */
WEIR_API weir_status weir_linker_new(weir_engine *engine, weir_linker **ret, weir_error **ret_error);

/** Adds a hold, which the caller gives up with weir_linker_free(); returns `linker`. Any thread that has a hold. */
WEIR_API weir_linker *weir_linker_ref(weir_linker *linker);

/**
 * Gives up a hold. NULL is allowed. Any thread. The linker goes with the last one; instances keep the definitions that
 * they use. The `free` function of a definition runs where the last of these goes: inside this function, inside the
 * function that replaces the definition, or inside weir_store_free(), on the thread that calls that function.
 */
WEIR_API void weir_linker_free(weir_linker *linker);

/**
 * Defines a host function. `interface_name` is the name of the instance import that has the function
 * ("wasi:cli/stdout@0.3.0"), or NULL for a function that is imported by itself.
 *
 * `signature` is the type in WIT syntax, with the structure of types in place of names:
 *     "async func(how-long: u64)"
 *     "func(data: stream<u8>) -> future<result<_, enum { io, pipe }>>"
 *     "func() -> option<own<terminal-input>>"
 * A resource stands there by name: `borrow<thing>`, `own<thing>`, or only `thing` for an owned resource that this
 * linker defines already (no other word may stand alone). The name means the resource of the same interface. If that
 * has no such resource, the name means the one of the nearest interface: of the same version, else of the same package,
 * else of any. A component that imports the function with another type, or with a resource of the same name from
 * elsewhere, cannot be instantiated (WEIR_ERR_LINK). NULL: any type; then `fn` must expect every resource of the
 * linker.
 *
 * `free` (may be NULL) is called once with `data`, when nothing uses the definition any more. A second definition of a
 * name replaces the first. WEIR_ERR_PARSE, with a byte offset: the signature does not parse; WEIR_ERR_NOMEM. A failure
 * does not call `free`.
 */
WEIR_API weir_status weir_linker_define_func(weir_linker *linker, const char *interface_name, const char *name,
                                             const char *signature, weir_host_fn fn, void *data,
                                             void (*free)(void *data), weir_error **ret_error);

/**
 * Lets a host function of synchronous type, defined before, finish its calls at any time later, as one of async type
 * may. To the guest such a call is one that takes long: the guest is held with the stack that it runs on, nothing else
 * of its instance runs meanwhile, and tasks of other instances go on. weir_host_call_detach() works too.
 *
 * A store that has an instance with such an import runs all guests on stacks of their own, and without adapters between
 * components. A start function cannot wait: a call of it that the host leaves unfinished fails (WEIR_ERR_HOST).
 * No effect on functions of async type. WEIR_ERR_NOT_FOUND: there is no such function. Threads: as the linker.
 */
WEIR_API weir_status weir_linker_let_wait(weir_linker *linker, const char *interface_name, const char *name,
                                          weir_error **ret_error);

/**
 * Defines a core module, for components that import one and instantiate the module themselves. `bytes` are a core
 * module in binary or text form. The function validates and compiles the module, and keeps no pointer to the bytes.
 * `interface_name` is the name of the instance import that has the module, or NULL for a module that is imported by
 * itself.
 *
 * The module must have every export that the type of the import names, each of a type that fits, and no import that the
 * type does not name (Explainer.md#type-checking). Otherwise weir_instance_new() fails with WEIR_ERR_LINK and says what
 * is missing or of another type. Each instance of a component makes its own instances of the module. The limits of a
 * store count for them as for all code.
 *
 * A store that is recorded takes no such component (WEIR_ERR_UNSUPPORTED): the record would lack the module.
 *
 * A second definition of a name replaces the first. WEIR_ERR_MALFORMED: the bytes are no core module; WEIR_ERR_COMPILE:
 * the module is not valid; WEIR_ERR_LIMIT: the module is larger than weir_engine_config.max_component_size;
 * WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_linker_define_module(weir_linker *linker, const char *interface_name, const char *name,
                                               const void *bytes, size_t size, weir_error **ret_error);

/**
 * Checks that every import of a component has a definition of the right type. WEIR_ERR_LINK: the message lists all
 * missing definitions with their types in WIT, all that differ with both types, and the version that serves an import
 * of another version. WEIR_ERR_MISUSE: linker and component are of different engines; WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_linker_check(const weir_linker *linker, const weir_component *component,
                                       weir_error **ret_error);

/** An import that a linker does not serve. The library makes it; a later version may add members at the end. */
typedef struct weir_mismatch {
  const char *interface_name; /**< The instance import, by the component's name; NULL: the import stands by itself. */
  const char *name;           /**< The item in it, or the import's own name. */
  weir_extern_kind kind;      /**< WEIR_EXTERN_FUNC, _RESOURCE, _MODULE, or _COMPONENT, which no linker has. */
  const char *wanted;         /**< What the component imports, in WIT: "async func(how-long: u64)", "resource". */
  const char *found;          /**< What the linker has under the name; NULL: nothing, the import is missing. */
  const char *note;           /**< Why, in a few words, where the types do not say it; NULL: nothing more to say. */
} weir_mismatch;

/**
 * Is told a mismatch. All texts are UTF-8, end with a zero, and are valid only in the call; so is the struct. Returns
 * false to hear no more. The function must not change the linker.
 */
typedef bool (*weir_mismatch_fn)(void *data, const weir_mismatch *mismatch);

/**
 * Checks as weir_linker_check(), and tells each mismatch to a callback instead of writing a message: resources first,
 * then functions, core modules and components, each in the order of the component. WEIR_OK: the linker serves all
 * imports. WEIR_ERR_LINK: at least one was told. WEIR_ERR_MISUSE: linker and component are of different engines;
 * WEIR_ERR_NOMEM: not all were told.
 */
WEIR_API weir_status weir_linker_check_each(const weir_linker *linker, const weir_component *component,
                                            weir_mismatch_fn mismatch, void *data, weir_error **ret_error);

#ifdef __cplusplus
}
#endif
#endif
