/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Module types (Binary.md#core-type-definitions, core:moduletype): the type of a core module that a component imports.
 * The decoder passes over the declarators one by one, the linker keeps names and kinds, and the validator compares the
 * types in them.
 */
#ifndef COMPONENT_MODULE_TYPE_H
#define COMPONENT_MODULE_TYPE_H

#include "component/ast.h"
#include "wasm/cursor.h"
#include "wasm/module.h"

/* Passes over the declarators of a module type, up to its end. WEIR_ERR_MALFORMED. */
weir_status module_type_skip(struct cursor *c);

/*
 * A module of this type, in the form of core_module_read(): exports are numbered in their order, and memory64 is known
 * of exported memories. The module may throw: nobody knows. Arrays are in `arena`, names point into the bytes.
 * WEIR_ERR_MALFORMED, WEIR_ERR_NOMEM.
 */
weir_status module_type_read(struct arena *arena, const struct ast_core_type *type, struct core_module *ret,
                             struct diag *d);

#endif
