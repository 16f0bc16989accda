/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Module types (Binary.md#core-type-definitions, core:moduletype): what a core module has that a component imports.
 * Read declarator by declarator: the decoder passes over them, the linker keeps names and kinds. What the types in
 * them mean is the validator's to compare.
 */
#ifndef COMPONENT_MODULE_TYPE_H
#define COMPONENT_MODULE_TYPE_H

#include "component/ast.h"
#include "wasm/cursor.h"
#include "wasm/module.h"

/* Passes over the declarators of a module type, up to its end. WEIR_ERR_MALFORMED. */
weir_status module_type_skip(struct cursor *c);

/*
 * What a module of this type has, as core_module_read() says it of one that is there: exports are numbered in their
 * order, and memory64 is known of those that are memories. It may throw: nobody knows. Arrays are in `arena`, names
 * point into the bytes. WEIR_ERR_MALFORMED, WEIR_ERR_NOMEM.
 */
weir_status module_type_read(struct arena *arena, const struct ast_core_type *type, struct core_module *ret,
                             struct diag *d);

#endif
