/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * How much a component unfolds to: validating copies the type of an instance wherever one is imported, exported or
 * made, so that a few hundred bytes in which each component instantiates the one before twice would take gigabytes.
 * This comes before validation, in time linear to the input, and trusts nothing in it.
 */
#ifndef COMPONENT_WEIGH_H
#define COMPONENT_WEIGH_H

#include "component/ast.h"

/*
 * What all definitions may weigh together. A definition weighs one, a resource type as much as 20, and an instance what
 * its component or type weighs. At the limit the validator takes some 200 MB.
 */
enum { AST_MAX_WEIGHT = 1000000, AST_RESOURCE_WEIGHT = 20 };

/* WEIR_ERR_LIMIT where it is too much. Indices that lead nowhere weigh nothing. WEIR_ERR_NOMEM. */
weir_status ast_weigh(const struct weir_alloc *alloc, const struct ast_component *root, struct diag *d);

#endif
