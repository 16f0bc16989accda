/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * Instances of components, for calls (weir/call.h). All functions are for the thread that owns the store
 * (weir/store.h); there is nothing to free: an instance lives as long as its store.
 *
 * Stable ring.
 */
#ifndef WEIR_INSTANCE_H
#define WEIR_INSTANCE_H

#include "weir/component.h"
#include "weir/linker.h"
#include "weir/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Instantiates a component in a store. Runs the start functions of its core modules, which may call host functions of
 * synchronous type. The instance belongs to the store and lives as long.
 * WEIR_ERR_LINK (see weir_linker_check()), WEIR_ERR_TRAP, WEIR_ERR_LIMIT, WEIR_ERR_NOMEM, WEIR_ERR_MISUSE (another
 * engine's objects; a store that is gone or another thread's; from inside a host function or an interceptor). `linker`
 * may be NULL for a component without imports.
 */
WEIR_API weir_status weir_instance_new(weir_store *store, const weir_linker *linker, const weir_component *component,
                                       weir_instance **ret, weir_error **ret_error);

#ifdef __cplusplus
}
#endif
#endif
