/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Host resources: types that a host defines, and handles to its resources of these types. A handle, of a host's
 * resource or of a guest's, is a value (weir/value.h), and weir_value_clear() releases the handle. Origin:
 * CanonicalABI.md#resource-state.
 *
 * Threads: a definition as in weir/linker.h; everything else for the thread that owns the store.
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
 * The destructor of a host's resource type: the last owned handle of the resource `rep` has gone in `store`. weir calls
 * the destructor inside a step, a call or an instantiation where a guest drops the handle; inside weir_value_clear()
 * where the host does; and inside weir_store_free() for all handles that are left. So the destructor must not step the
 * store, call guests or free the store.
 */
typedef void (*weir_resource_drop_fn)(void *data, weir_store *store, uint64_t rep);

/** Defines a host resource type. `drop` may be NULL. Otherwise as weir_linker_define_func(). */
WEIR_API weir_status weir_linker_define_resource(weir_linker *linker, const char *interface_name, const char *name,
                                                 weir_resource_drop_fn drop, void *data, void (*free)(void *data),
                                                 weir_error **ret_error);

/**
 * Makes an owned handle to a host resource with any representation, 0 too, for use as an argument, a result or an
 * element of a stream. `interface_name` and `name` are those that the linker of the instance defines, or those that the
 * component imports. A host function takes the instance from weir_host_call_instance(). Calls no guest and no hook.
 *
 * A failure leaves `*ret` empty and `rep` with the caller: no destructor is called. WEIR_ERR_NOT_FOUND: the component
 * does not import that resource; WEIR_ERR_MISUSE: the instance is gone, the store is being freed or another thread's;
 * WEIR_ERR_NOMEM.
 */
WEIR_API weir_status weir_resource_new(weir_instance *instance, const char *interface_name, const char *name,
                                       uint64_t rep, weir_value *ret, weir_error **ret_error);

/**
 * The same by resource type instead of by name: the very pointer that the component of the instance gives, by
 * weir_extern_resource(), weir_type_resource() or weir_func_resource() of what it imports. A binding looks types up
 * once, and this function compares pointers only. WEIR_ERR_NOT_FOUND: the type is not one of the component's, or is one
 * that guests define.
 */
WEIR_API weir_status weir_resource_new_typed(weir_instance *instance, const weir_resource_type *type, uint64_t rep,
                                             weir_value *ret, weir_error **ret_error);

/**
 * The representation of a host's resource in a value. WEIR_ERR_TYPE: the value is no resource, or a guest's, whose
 * representation is the guest's secret. WEIR_ERR_MISUSE: the resource is gone, or another thread's. A failure leaves
 * `*ret` as it is.
 *
 * What a guest lends to a host function (`borrow<thing>`) is gone when the call has ended, wherever the value was moved
 * to. A host may lend it on until then; a call that ends while that lasts fails its guest (WEIR_ERR_HOST).
 */
WEIR_API weir_status weir_resource_rep(const weir_value *value, uint64_t *ret);

/**
 * The type of a resource in a value, as the component of the guest that gave it declares it: its name, and which
 * instance it is from. Lives as long as the value's store. NULL: the value is no resource, or one that is gone or
 * another thread's.
 */
WEIR_API const weir_resource_type *weir_value_resource_type(const weir_value *value);

/**
 * Whether the value owns its resource: clearing it ends the resource. false for one that is borrowed, gone or another
 * thread's, and for what is no resource.
 */
WEIR_API bool weir_value_owns_resource(const weir_value *value);

#ifdef __cplusplus
}
#endif
#endif
