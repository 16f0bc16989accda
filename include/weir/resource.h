/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Host resources: types that a host defines, and handles to its resources of these types. A handle from a guest is a
 * value (weir/value.h), and weir_value_clear() releases it. Origin: CanonicalABI.md#resource-state.
 *
 * Threads: a definition as in weir/linker.h; handles for the thread that owns the store.
 *
 * Stable ring.
 */
#ifndef WEIR_RESOURCE_H
#define WEIR_RESOURCE_H

#include "weir/linker.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Defines a host resource type. `drop` (may be NULL) is called with the representation when the last owned handle is
 * dropped, inside a step. Otherwise as weir_linker_define_func().
 */
WEIR_API weir_status weir_linker_define_resource(weir_linker *linker, const char *interface_name, const char *name,
                                                 void (*drop)(void *data, uint64_t rep), void *data,
                                                 void (*free)(void *data), weir_error **ret_error);

/**
 * Makes an owned handle to a host resource of a type that the call's linker defines, for use as result or argument.
 * WEIR_ERR_NOT_FOUND where the component does not import that resource; WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_resource_new(weir_host_call *call, const char *interface_name, const char *name, uint64_t rep,
                                       weir_value *ret);

/**
 * The representation of a handle that a guest gave; 0 where it is not a host's resource, or one that is gone. What a
 * guest lends to a host function (`borrow<thing>`) is gone when the call has ended, wherever the value was moved to. A
 * host may lend it on until then; a call that ends while that lasts fails its guest (WEIR_ERR_HOST).
 */
WEIR_API uint64_t weir_resource_rep(const weir_value *value);

/**
 * The type of a resource in a value, as the component of the guest that gave it declares it: its name, and which
 * instance it is from. Lives as long as the value's store. NULL: the value is no resource, or one that is gone.
 */
WEIR_API const weir_resource_type *weir_value_resource_type(const weir_value *value);

/** Whether the value owns its resource: clearing it ends the resource. false for one that is borrowed, gone or none. */
WEIR_API bool weir_value_owns_resource(const weir_value *value);

#ifdef __cplusplus
}
#endif
#endif
