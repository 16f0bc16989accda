/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The size that a component unfolds to. Validation copies the type of an instance wherever one is imported, exported or
 * made. So a few hundred bytes, in which each component instantiates the one before twice, would take gigabytes.
 * Weighing comes before validation, takes time linear to the input, and trusts nothing in it.
 */
#ifndef COMPONENT_WEIGH_H
#define COMPONENT_WEIGH_H

#include "component/ast.h"

/*
 * The most that all definitions may weigh together. A definition weighs one, a resource type as much as 20, and an
 * instance what its component or type weighs. At the limit the validator takes some 200 MB.
 */
enum { AST_MAX_WEIGHT = 1000000, AST_RESOURCE_WEIGHT = 20 };

/* WEIR_ERR_LIMIT: too much. Indices that lead nowhere weigh nothing. WEIR_ERR_NOMEM. */
weir_status ast_weigh(const struct weir_alloc *alloc, const struct ast_component *root, struct diag *d);

#endif
